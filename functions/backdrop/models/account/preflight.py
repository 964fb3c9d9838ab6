"""Before a job: what this account can do with each model, and the refusal of one it is known not to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options
from backdrop.core.vocabulary import AccessState, Mode
from backdrop.core.words.marks import phrase
from backdrop.models import catalogue, registry
from backdrop.models.account import access
from backdrop.models.account.access import Access
from backdrop.models.catalogue import ModelEntry, ServiceEntry


class Account(Protocol):
    """The questions about what an account may do. Never raises: what can't be found out is `UNKNOWN`."""

    def of(self, services: Sequence[ServiceEntry], *, quotas: bool = True) -> Mapping[str, Access]:
        """Service id -> access, for each of `services`; `quotas`: with the account's requests per minute."""


class NoAccount:
    """An account that can't be asked: nothing is known of any model, and none is refused."""

    def of(self, services: Sequence[ServiceEntry], *, quotas: bool = True) -> Mapping[str, Access]:  # noqa: ARG002
        """Return `UNKNOWN` for each of `services`."""
        words, step = phrase("No AWS account was asked."), phrase("Look at it in the Bedrock console.")
        now = clock.iso(clock.now())
        return {
            one.service_id: Access(one.service_id, AccessState.UNKNOWN, words, step, "", checked_at=now)
            for one in services
        }


@dataclass(frozen=True)
class Preflight:
    """The checks, over one account. `allow_retired`: models past their end of life count as served (local cloud)."""

    account: Account
    allow_retired: bool
    now: Callable[[], datetime] = clock.now

    def models(self) -> dict[str, Access]:
        """Model id -> what the account can do with it.

        Left out are what Backdrop does itself, which needs no access, and what is retired, where AWS has no answer.
        """
        entries = [one for one in catalogue.entries() if one.services and (self.allow_retired or one.state == "ACTIVE")]
        needed = {entry.model_id: (*entry.services, *_for_new_aspects(entry)) for entry in entries}
        ids = dict.fromkeys(service_id for services in needed.values() for service_id in services)
        found = self.account.of([catalogue.service(service_id) for service_id in ids])
        return {entry.model_id: self._of(entry, found) for entry in entries}

    @staticmethod
    def _of(entry: ModelEntry, found: Mapping[str, Access]) -> Access:
        whole = access.worst(entry.model_id, [found[service_id] for service_id in entry.services])
        notes = [
            phrase(
                "Painting beyond the photo's frame needs {service_id}: {reason}",
                service_id=service_id,
                reason=found[service_id].reason,
            )
            for service_id in _for_new_aspects(entry)
            if found[service_id].refused
        ]
        return replace(whole, notes=(*whole.notes, *notes))

    def check_job(self, model_id: str, mode: Mode, options: Options) -> None:
        """Let a job begin, unless it is known that a model call it needs would fail.

        Raises:
            BackdropError: `MODEL_UNKNOWN`; `MODEL_RETIRED`, `MODEL_NOT_SERVED` or `MODEL_ACCESS_DENIED`, naming the
                models that can be used instead.
        """
        needed = catalogue.services_called(model_id, mode, options)
        if not needed:
            return
        found = self.account.of([catalogue.service(service_id) for service_id in needed], quotas=False)
        problem = self.problem(access.worst(model_id, list(found.values())))
        if problem is None:
            return
        code, reason, next_step = problem
        raise BackdropError(
            code,
            phrase(
                "{model_id} can't be used. {reason} {advice}",
                model_id=model_id,
                reason=reason,
                advice=self._alternatives(model_id, options),
            ),
            next_step,
        )

    def problem(self, found: Access) -> tuple[ErrorCode, str, str] | None:
        """Code, reason and next step when a job that uses the model would fail for sure; else None."""
        if found.ended(clock.iso(self.now())[:10]) and not self.allow_retired:
            reason = phrase("AWS no longer serves it since {day}.", day=found.end_of_life)
            return ErrorCode.MODEL_RETIRED, reason, phrase("Choose another model.")
        if not found.refused:
            return None
        gone = found.state in (AccessState.NOT_FOUND, AccessState.NOT_AVAILABLE_IN_REGION)
        return (
            ErrorCode.MODEL_NOT_SERVED if gone else ErrorCode.MODEL_ACCESS_DENIED,
            found.reason,
            found.next_step,
        )

    def usable(self, entry: ModelEntry, found: Access | None) -> str | None:
        """Return why a job may not use the model; None when it may."""
        if entry.state == "RETIRED" and not self.allow_retired:
            if entry.end_of_life:
                return phrase("AWS no longer serves it since {day}.", day=entry.end_of_life)
            return phrase("AWS no longer serves it.")
        problem = self.problem(found) if found else None
        return problem[1] if problem else None

    def _alternatives(self, model_id: str, options: Options) -> str:
        known = self.models()
        others = [
            entry.model_id
            for entry in catalogue.entries()
            if entry.model_id != model_id
            and (entry.settings.generates or not options.paints)
            and self.usable(entry, known.get(entry.model_id)) is None
        ]
        return (
            phrase("Models that can be used: {names}.", names=", ".join(others))
            if others
            else phrase("No other model can be used now.")
        )


def _for_new_aspects(entry: ModelEntry) -> tuple[str, ...]:
    """Ids that are called besides, when a job asks for another aspect."""
    extension = registry.get(entry.model_id).extend()
    if extension is None or extension.built_in or extension.service_id in entry.services:
        return ()
    return (extension.service_id,)
