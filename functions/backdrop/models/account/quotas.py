"""Which of an account's Bedrock quotas is a model's requests per minute. Never a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backdrop.models.catalogue import ServiceEntry

_PER_MINUTE = " requests per minute for "
_VENDORS = frozenset({"amazon", "stability", "ai", "stabilityai"})


def find_quota(service: ServiceEntry, quotas: Mapping[str, float]) -> float | None:
    """Requests per minute of a service among the account's Bedrock quotas (name -> value), or None.

    Quotas are named `<scope> model inference requests per minute for <vendor> <model> V<version>`, with the scope
    `Cross-region` or `On-demand`; the exact names of image models are not documented. None is said unless
    exactly one quota fits, and of a service whose quota the stack's configuration says.
    """
    if service.quota_said:
        return None
    scope = "cross region" if service.profile else "on demand"
    found = [
        value
        for name, value in quotas.items()
        if (parts := _quota_parts(name)) and parts[0].startswith(scope) and _same_model(parts[1], service)
    ]
    return found[0] if len(found) == 1 else None


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() or letter == "." else " " for letter in text.lower()).split()


def _quota_parts(name: str) -> tuple[str, list[str]] | None:
    """Scope and words of the model's name; None for any other kind of quota."""
    scope, separator, model = f" {name} ".lower().partition(_PER_MINUTE)
    return (" ".join(_words(scope)), _words(model.replace(".ai", " ai"))) if separator else None


def _same_model(words: Sequence[str], service: ServiceEntry) -> bool:
    """Whether a quota's words are the model's: the id's words in a row, besides a vendor and the id's version."""
    vendor, _, rest = service.foundation_model_id.partition(".")
    base, _, revision = rest.partition(":")
    wanted = _words(base.replace("-", " "))
    version = wanted.pop() if wanted and wanted[-1][:1] == "v" and wanted[-1][1:].isdigit() else ""
    extras = _VENDORS | {vendor, version, f"{version}.{revision}", f"{version}.{revision}".removeprefix("v")}
    at = next((n for n in range(len(words)) if list(words[n : n + len(wanted)]) == wanted), None)
    return at is not None and not {*words[:at], *words[at + len(wanted) :]} - extras
