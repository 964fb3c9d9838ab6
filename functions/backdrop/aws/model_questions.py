"""The questions about models that AWS answers for free, one call each: Bedrock's control plane and Service Quotas.

No answer is an answer too: `Unanswered` says in words why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from backdrop.aws.failures import FAILURES, Kind, Trouble, trouble_of
from backdrop.core import clock
from backdrop.core.words.marks import phrase
from backdrop.models.account.access import Availability, Lifecycle, Profile, Silence, Unanswered
from backdrop.models.catalogue import ServiceEntry

AVAILABILITY = "bedrock:GetFoundationModelAvailability"
LIFECYCLE = "bedrock:GetFoundationModel"
PROFILE = "bedrock:GetInferenceProfile"
QUOTAS = "servicequotas:ListServiceQuotas"

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ModelQuestions:
    """Asks Bedrock's control plane about one model.

    Args:
        connect: gives the client.
    """

    connect: Callable[[], Any]

    def availability(self, service: ServiceEntry) -> Availability | Unanswered:
        """Whether the account may use the model."""

        def ask() -> Availability:
            answer = self.connect().get_foundation_model_availability(modelId=service.foundation_model_id)
            agreement = answer["agreementAvailability"]
            return Availability(
                agreement=agreement["status"],
                agreement_error=agreement.get("errorMessage", ""),
                authorized=answer["authorizationStatus"] == "AUTHORIZED",
                entitled=answer["entitlementAvailability"] == "AVAILABLE",
                in_region=answer["regionAvailability"] == "AVAILABLE",
            )

        return answered(AVAILABILITY, ask)

    def lifecycle(self, service: ServiceEntry) -> Lifecycle | Unanswered:
        """How long the model is served."""

        def ask() -> Lifecycle:
            answer = self.connect().get_foundation_model(modelIdentifier=service.foundation_model_id)
            lifecycle = answer["modelDetails"].get("modelLifecycle", {})
            return Lifecycle(
                status=lifecycle.get("status", "ACTIVE"),
                legacy_since=_day(lifecycle.get("legacyTime")),
                end_of_life=_day(lifecycle.get("endOfLifeTime")),
            )

        return answered(LIFECYCLE, ask)

    def profile(self, service: ServiceEntry) -> Profile | Unanswered:
        """Where the model's inference profile sends calls."""

        def ask() -> Profile:
            answer = self.connect().get_inference_profile(inferenceProfileIdentifier=service.service_id)
            arns = [model.get("modelArn", "") for model in answer["models"]]
            regions = sorted({arn.split(":")[3] for arn in arns if arn.count(":") >= 5})
            return Profile(status=answer["status"], regions=tuple(region for region in regions if region))

        return answered(PROFILE, ask)


@dataclass(frozen=True)
class QuotaQuestions:
    """Asks Service Quotas.

    Args:
        connect: gives the client.
    """

    connect: Callable[[], Any]

    def per_minute(self) -> dict[str, float] | Unanswered:
        """The account's quotas of Bedrock that are counted per minute: name -> value, from all pages."""

        def ask() -> dict[str, float]:
            pages = (
                self.connect()
                .get_paginator("list_service_quotas")
                .paginate(ServiceCode="bedrock", PaginationConfig={"PageSize": 100})
            )
            return {
                quota["QuotaName"]: float(quota["Value"])
                for page in pages
                for quota in page["Quotas"]
                if "Value" in quota and "per minute" in quota.get("QuotaName", "")
            }

        return answered(QUOTAS, ask)


def answered(action: str, ask: Callable[[], Answer]) -> Answer | Unanswered:
    """The answer, or in words why there is none."""
    try:
        return ask()
    except FAILURES as error:
        return _unanswered(action, trouble_of(error))
    except KeyError as missing:
        words = phrase("AWS's answer to {action} has no {missing}.", action=action, missing=missing)
        return Unanswered(Silence.FAILED, action, words, phrase("Tell the people who run Backdrop."))


def _unanswered(action: str, trouble: Trouble) -> Unanswered:
    code, message = trouble.code, trouble.message
    if not code:
        words = phrase("AWS could not be asked for {action}: {message}.", action=action, message=message)
        return Unanswered(Silence.FAILED, action, words, phrase("Check the network, the Region and the credentials."))
    if trouble.kind is Kind.MISSING:
        return Unanswered(Silence.NOT_FOUND, action, f"AWS says: {message}.", phrase("Choose another model."))
    if trouble.kind is Kind.DENIED:
        # The message may name another action than the one called; that is the one that is missing.
        named = re.search(r"not authorized to perform:? ([a-z-]+:[A-Za-z]+)", message)
        missing = named[1] if named else action
        return Unanswered(
            Silence.DENIED,
            missing,
            phrase("It could not be checked: {missing} is not allowed here ({code}).", missing=missing, code=code),
            phrase("Allow {missing} in IAM (and in your organization's policies) to have it checked.", missing=missing),
        )
    if trouble.kind.passes:
        return Unanswered(
            Silence.FAILED,
            action,
            phrase("AWS is too busy to answer {action} ({code}).", action=action, code=code),
            phrase("Look again later."),
        )
    words = phrase("AWS answered {action} with {reason}.", action=action, reason=trouble.reason)
    return Unanswered(
        Silence.FAILED, action, words, phrase("Look again later; if it stays, tell those who run Backdrop.")
    )


def _day(moment: datetime | None) -> str | None:
    return clock.iso(moment)[:10] if moment else None
