"""Content credentials (C2PA) of a file: whether their signature is good, where the library for that is installed."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MARK = b"c2pa.claim"
"""The label of a claim's box in each manifest, in the file as text (https://spec.c2pa.org)."""

_ABOUT_WHO = frozenset({"signingCredential.untrusted", "signingCredential.expired"})
"""What says nothing about the file, but about who signed: whom to trust is the reader's to say."""

_SETTINGS: dict[str, Any] = {
    "version": 1,
    "verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


@dataclass(frozen=True)
class Checked:
    """What was found. `intact`: the signature is good, and the file what was signed; None: it could not be checked.
    `words`: for people."""

    intact: bool | None
    words: str


def check_credentials(file: Path) -> Checked | None:
    """Check the signature of a file's content credentials, offline; None where it carries none.

    Raises:
        OSError: the file can't be read.
    """
    data = file.read_bytes()
    if _MARK not in data:
        return None
    try:
        import c2pa  # type: ignore[import-untyped]
    except ImportError:
        words = (
            "It carries content credentials (C2PA). Their signature was not checked: c2pa-python is not installed here."
        )
        return Checked(None, words)
    try:
        context = c2pa.Context.from_dict(_SETTINGS)
        with c2pa.Reader(_content_type(data), io.BytesIO(data), context=context) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        return Checked(False, f"Its content credentials (C2PA) can't be read: {error}.")
    return _judge(told)


def _judge(told: dict[str, Any]) -> Checked:
    failures = told.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    codes = {str(one.get("code")) for one in failures}
    signature = told.get("manifests", {}).get(told.get("active_manifest"), {}).get("signature_info") or {}
    by = str(signature.get("issuer") or "somebody who is not named")
    wrong = sorted(codes - _ABOUT_WHO)
    if wrong or (not codes and told.get("validation_state") not in ("Valid", "Trusted")):
        return Checked(
            False,
            "Its content credentials (C2PA) do not hold: the file was changed since it was signed, or they are another"
            f" file's ({', '.join(wrong) or told.get('validation_state')}).",
        )
    expired = " The certificate has run out since." if "signingCredential.expired" in codes else ""
    return Checked(
        True,
        f"Its content credentials (C2PA) hold: signed by {by}, and nothing was changed since.{expired} Whether"
        " that is whom it says was not checked.",
    )


def _content_type(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
