"""Whether an account may use a model, judged from what AWS answers about it. Pure: `aws/model_access.py` asks.

What is not known for certain is `UNKNOWN` and refuses no job. Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html and, for
GetInferenceProfile and GetFoundationModel, the SDK's service model of `bedrock`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from backdrop.core.vocabulary import AccessState
from backdrop.core.words.marks import phrase
from backdrop.models.catalogue import ServiceEntry

_WORST_FIRST = tuple(AccessState)


@dataclass(frozen=True)
class Access:
    """What is known of one Bedrock id (or of a model: the worst of its ids) in one account and Region.

    Attributes:
        service_id: the id that was asked about.
        reason: why it is not accessible or not known, for people; empty when it is accessible.
        next_step: what the reader can do about it; empty when there is nothing to do.
        checked_at: ISO 8601 UTC.
        lifecycle: `ACTIVE` or `LEGACY` as AWS says now; None: not told.
        legacy_since: day (YYYY-MM-DD) since which new accounts can't start with it, where AWS tells.
        end_of_life: day on which AWS stops to serve it, where AWS tells.
        routes_to: Regions that an inference profile spreads calls over, as AWS answered.
        requests_per_minute: applied to this account by Service Quotas; None: not found there, AWS's default holds.
        notes: what could not be found out besides, for people.
    """

    service_id: str
    state: AccessState
    reason: str
    next_step: str
    region: str
    checked_at: str
    lifecycle: str | None = None
    legacy_since: str | None = None
    end_of_life: str | None = None
    routes_to: tuple[str, ...] = ()
    requests_per_minute: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether a call is known to fail."""
        return self.state not in (AccessState.ACCESSIBLE, AccessState.UNKNOWN)

    def ended(self, today: str) -> bool:
        """Whether AWS names an end of life that is not after `today` (YYYY-MM-DD)."""
        return self.end_of_life is not None and self.end_of_life <= today


class Silence(StrEnum):
    """Why a question got no answer."""

    NOT_FOUND = "NOT_FOUND"
    DENIED = "DENIED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Unanswered:
    """A question that AWS did not answer. `action`: the IAM action; `words`: AWS's own, or ours, for people."""

    why: Silence
    action: str
    words: str
    next_step: str


@dataclass(frozen=True)
class Availability:
    """Answer of GetFoundationModelAvailability.

    Attributes:
        agreement: AVAILABLE, PENDING, NOT_AVAILABLE or ERROR; `agreement_error` says more.
        authorized: whether the account may use the model at all.
        entitled: whether what was agreed on has been granted.
        in_region: whether the model can be called on demand in the Region that was asked.
    """

    agreement: str
    agreement_error: str
    authorized: bool
    entitled: bool
    in_region: bool


@dataclass(frozen=True)
class Profile:
    """Answer of GetInferenceProfile: its status and the Regions of its models."""

    status: str
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Lifecycle:
    """Answer of GetFoundationModel: ACTIVE or LEGACY, and the days AWS tells (YYYY-MM-DD)."""

    status: str
    legacy_since: str | None
    end_of_life: str | None


@dataclass(frozen=True)
class Facts:
    """All that AWS answered about one id. `profile` is None for a model that is called on demand."""

    availability: Availability | Unanswered
    lifecycle: Lifecycle | Unanswered
    profile: Profile | Unanswered | None


def judge(service: ServiceEntry, region: str, facts: Facts, checked_at: str) -> Access:
    """What the answers mean for a call of `service` from `region`."""
    state, reason, next_step = _verdict(service, region, facts)
    if next_step and service.state == "RETIRED":
        next_step = phrase("Choose another model.")
    lifecycle = facts.lifecycle if isinstance(facts.lifecycle, Lifecycle) else None
    notes: tuple[str, ...] = ()
    if isinstance(facts.lifecycle, Unanswered) and state is AccessState.ACCESSIBLE:
        notes = (phrase("Its lifecycle is not known: {words}", words=facts.lifecycle.words),)
    return Access(
        service_id=service.service_id,
        state=state,
        reason=reason,
        next_step=next_step,
        region=region,
        checked_at=checked_at,
        lifecycle=lifecycle.status if lifecycle else None,
        legacy_since=lifecycle.legacy_since if lifecycle else None,
        end_of_life=lifecycle.end_of_life if lifecycle else None,
        routes_to=facts.profile.regions if isinstance(facts.profile, Profile) else (),
        notes=notes,
    )


def worst(model_id: str, accesses: Sequence[Access]) -> Access:
    """One answer for a model that calls several ids: it can do no more than the worst of them lets it.

    `accesses` is not empty. The reason names the id where it is not the model's own.
    """
    found = min(accesses, key=lambda one: _WORST_FIRST.index(one.state))
    reason = found.reason
    if reason and found.service_id != model_id:
        reason = f"It needs {found.service_id}: {reason}"
    dates = [one.end_of_life for one in accesses if one.end_of_life]
    legacy = [one.legacy_since for one in accesses if one.legacy_since]
    lifecycles = [one.lifecycle for one in accesses]
    quotas = [one.requests_per_minute for one in accesses]
    return Access(
        service_id=model_id,
        state=found.state,
        reason=reason,
        next_step=found.next_step,
        region=found.region,
        checked_at=min(one.checked_at for one in accesses),
        lifecycle="LEGACY" if "LEGACY" in lifecycles else None if None in lifecycles else "ACTIVE",
        legacy_since=min(legacy, default=None),
        end_of_life=min(dates, default=None),
        routes_to=next((one.routes_to for one in accesses if one.service_id == model_id), ()),
        # One pass whose quota was not found may be the slowest, so that no number would be true of the whole.
        requests_per_minute=None if None in quotas else min(one for one in quotas if one is not None),
        notes=tuple(dict.fromkeys(note for one in accesses for note in one.notes)),
    )


def across(accesses: Sequence[Access]) -> Access:
    """One answer for an id that may be called in several Regions: what the best of them lets it, the first preferred.

    `accesses` is not empty. The requests per minute are those of all Regions in which it is accessible; the others are
    named in the notes, with the reason.
    """
    best = max(accesses, key=lambda one: _WORST_FIRST.index(one.state))
    used = [one for one in accesses if not one.refused]
    quotas = [one.requests_per_minute for one in used]
    notes = [note for one in used for note in one.notes]
    if len(used) > 1:
        notes.append(
            phrase("It is called in {names}, wherever a turn comes first.", names=", ".join(one.region for one in used))
        )
    if used:
        notes += [
            phrase(
                "{region} is left out: {reason} {next_step}",
                region=one.region,
                reason=one.reason,
                next_step=one.next_step,
            )
            for one in accesses
            if one.refused
        ]
    return replace(
        best,
        # One that was not found may be anything, so that no number would be true of the whole.
        requests_per_minute=None if not quotas or None in quotas else sum(one for one in quotas if one is not None),
        notes=tuple(dict.fromkeys(notes)),
    )


def _verdict(service: ServiceEntry, region: str, facts: Facts) -> tuple[AccessState, str, str]:
    profile, availability = facts.profile, facts.availability
    if isinstance(profile, Unanswered):
        if profile.why is Silence.NOT_FOUND:
            return _not_there(service, region, phrase("inference profile"))
        return _unknown(profile)
    if profile is not None and profile.status != "ACTIVE":
        words = phrase("Its inference profile is {status}, not ACTIVE.", status=profile.status)
        return AccessState.UNKNOWN, words, phrase("Look at Cross-region inference in the Bedrock console.")
    if isinstance(availability, Unanswered):
        # The profile is there, so the model is served; only what this account may do with it stays open.
        if availability.why is Silence.NOT_FOUND and profile is None:
            return _not_there(service, region, phrase("model"))
        return _unknown(availability)
    return _verdict_of(availability, service, region)


def _verdict_of(availability: Availability, service: ServiceEntry, region: str) -> tuple[AccessState, str, str]:
    if not availability.authorized:
        return (
            AccessState.NOT_AUTHORIZED,
            phrase("This AWS account is not authorized to use it."),
            phrase("Ask AWS support, or the owner of your AWS organization, to allow the model for this account."),
        )
    if availability.agreement != "AVAILABLE":
        return AccessState.AGREEMENT_NEEDED, *_agreement_words(availability)
    if not availability.entitled:
        return (
            AccessState.NOT_AUTHORIZED,
            phrase("This AWS account is not entitled to use it."),
            phrase("Look at the model's page in the Bedrock console; it says what is missing."),
        )
    # A profile answers in Regions in which its model can't be called on demand.
    if service.profile is None and not availability.in_region:
        return _elsewhere(service, region)
    return AccessState.ACCESSIBLE, "", ""


def _agreement_words(availability: Availability) -> tuple[str, str]:
    # The first call by somebody with these permissions subscribes the whole account.
    subscribe = phrase(
        "Call the model once as somebody with aws-marketplace:Subscribe, Unsubscribe and "
        "ViewSubscriptions and a valid payment method in the account: that accepts the provider's "
        "terms for everybody."
    )
    if availability.agreement == "PENDING":
        return phrase("The account's subscription to it is under way."), phrase("Try again in 15 minutes.")
    if availability.agreement == "ERROR":
        error = availability.agreement_error
        if error:
            return phrase("The account's subscription to it failed: {error}.", error=error.rstrip(".")), subscribe
        return phrase("The account's subscription to it failed."), subscribe
    return phrase("Nobody has accepted the provider's terms for this AWS account yet."), subscribe


def _not_there(service: ServiceEntry, region: str, what: str) -> tuple[AccessState, str, str]:
    if service.regions and region not in service.regions:
        return _elsewhere(service, region)
    return (
        AccessState.NOT_FOUND,
        phrase(
            "AWS knows no {what} {service_id} in {region}: it may have reached its end of life.",
            what=what,
            service_id=service.service_id,
            region=region,
        ),
        phrase("Choose another model."),
    )


def _elsewhere(service: ServiceEntry, region: str) -> tuple[AccessState, str, str]:
    others = [one for one in service.regions if one != region]
    step = (
        phrase("Deploy to {choices}, or choose another model.", choices=_one_of(others))
        if others
        else phrase("Choose another model or Region.")
    )
    reason = (
        phrase("It can't be called from {region}; {others} can.", region=region, others=", ".join(others))
        if others
        else phrase("It can't be called from {region}.", region=region)
    )
    return AccessState.NOT_AVAILABLE_IN_REGION, reason, step


def _unknown(problem: Unanswered) -> tuple[AccessState, str, str]:
    return AccessState.UNKNOWN, problem.words, problem.next_step


def _one_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
