"""The fault plan: how Bedrock and Rekognition misbehave on request, so that tests can prove how the product copes.

Rules are matched in order; the first that applies decides. A rule is about models unless its `model` says
`guardrail:<id>`, `rekognition:<operation>` or `lambda:<function>`. Off by default. Sources of what they look like:
https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html (errors),
https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html and
https://docs.aws.amazon.com/nova/latest/userguide/image-gen-errors.html (filtered answers).
"""

import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from localcloud.emulator.errors import ServiceError
from localcloud.settings import REGION

QUOTA_WINDOW_SECONDS = 60.0


class FaultKind(StrEnum):
    """What goes wrong."""

    THROTTLE = "throttle"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server-error"
    UNAVAILABLE = "unavailable"
    NOT_READY = "not-ready"
    MODEL_ERROR = "model-error"
    DENIED = "denied"
    END_OF_LIFE = "end-of-life"
    FILTER = "filter"
    GARBAGE = "garbage"
    HTML = "html"
    TRUNCATED = "truncated"
    SLOW = "slow"
    QUOTA = "quota"
    MODERATION = "moderation"
    CRASH_BEFORE = "crash-before"
    """A function dies before it did anything."""
    CRASH_AFTER = "crash-after"
    """A function dies when all is done, but for its answer."""


_ERRORS: dict[FaultKind, tuple[str, str, int]] = {
    FaultKind.THROTTLE: (
        "ThrottlingException",
        "Too many requests, please wait before trying again.",
        429,
    ),
    FaultKind.TIMEOUT: ("ModelTimeoutException", "The request took too long to process.", 408),
    FaultKind.SERVER_ERROR: ("InternalServerException", "An internal server error occurred.", 500),
    FaultKind.UNAVAILABLE: ("ServiceUnavailableException", "Bedrock is unable to process your request.", 503),
    FaultKind.NOT_READY: ("ModelNotReadyException", "Model is not ready for inference.", 429),
    FaultKind.MODEL_ERROR: ("ModelErrorException", "The model failed while processing the request.", 424),
    FaultKind.DENIED: ("AccessDeniedException", "You don't have access to the model with that ID.", 403),
    FaultKind.END_OF_LIFE: (
        "ResourceNotFoundException",
        "This model version has reached the end of its life.",
        404,
    ),
}


# Rekognition's words for what it has in common with Bedrock:
# https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html
_REKOGNITION_ERRORS: dict[FaultKind, tuple[str, str, int]] = {
    FaultKind.THROTTLE: ("ThrottlingException", "Rate exceeded", 400),
    FaultKind.QUOTA: ("ProvisionedThroughputExceededException", "Provisioned throughput exceeded.", 400),
    FaultKind.SERVER_ERROR: ("InternalServerError", "Internal server error", 500),
    FaultKind.DENIED: ("AccessDeniedException", "User is not authorized to perform this operation.", 400),
}
MODERATION_TARGET = "rekognition:DetectModerationLabels"
_SERVICES = ("rekognition:", "guardrail:", "lambda:")
_CRASHES = (FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER)


class InvalidRule(ValueError):
    """A fault rule that cannot be read; the message names the field."""


@dataclass
class FaultRule:
    """One rule of the plan.

    `model` is a shell pattern on the model id, `region` on the Region of the request's signature. It applies `count`
    times (None = for ever), each time with `probability`, after letting `skip` matching calls pass. `delay_seconds` is
    waited for first.
    `requests_per_minute` belongs to `QUOTA`: calls beyond it in any 60 seconds are throttled, in each Region by itself.
    `category`, `parent` (the category of the level above, where there is one) and `confidence` belong to
    `MODERATION`: what Rekognition sees in a picture besides what is there.
    """

    kind: FaultKind
    model: str = "*"
    region: str = "*"
    count: int | None = None
    skip: int = 0
    probability: float = 1.0
    delay_seconds: float = 0.0
    requests_per_minute: int = 0
    category: str = ""
    parent: str = ""
    confidence: float = 95.0
    accepted: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    """When calls were let pass, by Region."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FaultRule":
        """Read a rule of the plan; raises `InvalidRule`."""
        known = {"kind", "model", "region", "count", "skip", "probability", "delaySeconds", "requestsPerMinute"}
        known |= {"category", "parent", "confidence"}
        if unknown := set(data) - known:
            raise InvalidRule(f"unknown field {', '.join(sorted(unknown))}")
        try:
            kind = FaultKind(data["kind"])
        except (KeyError, ValueError):
            raise InvalidRule(f"kind must be one of {', '.join(FaultKind)}") from None
        rule = cls(
            kind=kind,
            model=str(data.get("model", MODERATION_TARGET if kind is FaultKind.MODERATION else "*")),
            region=str(data.get("region", "*")),
            count=None if data.get("count") is None else int(data["count"]),
            skip=int(data.get("skip", 0)),
            probability=float(data.get("probability", 1.0)),
            delay_seconds=float(data.get("delaySeconds", 0.0)),
            requests_per_minute=int(data.get("requestsPerMinute", 0)),
            category=str(data.get("category", "")),
            parent=str(data.get("parent", "")),
            confidence=float(data.get("confidence", 95.0)),
        )
        if kind is FaultKind.QUOTA and rule.requests_per_minute < 1:
            raise InvalidRule("quota needs requestsPerMinute of at least 1")
        if kind is FaultKind.SLOW and rule.delay_seconds <= 0:
            raise InvalidRule("slow needs delaySeconds above 0")
        if (kind in _CRASHES) != rule.model.startswith("lambda:"):
            raise InvalidRule(f"{' and '.join(_CRASHES)} are for a model of lambda:..., and nothing else is")
        if kind is FaultKind.MODERATION and not (rule.category and rule.model.startswith("rekognition:")):
            raise InvalidRule("moderation needs a category, and a model that is left out or rekognition:...")
        return rule

    def to_json(self) -> dict[str, Any]:
        """The rule as it would be sent, with the count that is left."""
        seen = {"category": self.category, "parent": self.parent, "confidence": self.confidence}
        return {
            "kind": self.kind.value,
            "model": self.model,
            "region": self.region,
            "count": self.count,
            "skip": self.skip,
            "probability": self.probability,
            "delaySeconds": self.delay_seconds,
            "requestsPerMinute": self.requests_per_minute,
            **(seen if self.kind is FaultKind.MODERATION else {}),
        }


class FaultPlan:
    """The rules in force. Safe to use from many threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        self._rules: list[FaultRule] = []
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep
        self._random = rng or random.Random()

    def replace(self, rules: list[dict[str, Any]]) -> None:
        """Put `rules` in force instead of those before; raises `InvalidRule` and then changes nothing."""
        parsed = [FaultRule.from_json(rule) for rule in rules]
        with self._lock:
            self._rules = parsed

    def describe(self) -> list[dict[str, Any]]:
        """The rules in force, in order."""
        with self._lock:
            return [rule.to_json() for rule in self._rules]

    def before(self, target: str, region: str = REGION) -> FaultKind | None:
        """Decide about one call of a model id, `guardrail:<id>`, `rekognition:<operation>` or `lambda:<function>`, in a
        Region: raise the `ServiceError` it meets, or return the kind that spoils its answer, or None. Waits where the
        rule says so."""
        rule = self.rule_for(target, region)
        return None if rule is None or rule.kind is FaultKind.SLOW else rule.kind

    def rule_for(self, target: str, region: str = REGION) -> FaultRule | None:
        """Decide as `before` does, and return all that the rule says."""
        rule = self._decide(target, region)
        if rule is None:
            return None
        if rule.delay_seconds > 0:
            self._sleep(rule.delay_seconds)
        errors = {**_ERRORS, FaultKind.QUOTA: _ERRORS[FaultKind.THROTTLE]}
        if target.startswith("rekognition:"):
            errors |= _REKOGNITION_ERRORS
        if rule.kind in errors:
            raise ServiceError(*errors[rule.kind])
        return rule

    def _decide(self, target: str, region: str) -> FaultRule | None:
        with self._lock:
            return next((rule for rule in self._rules if self._applies(rule, target, region)), None)

    def _applies(self, rule: FaultRule, target: str, region: str) -> bool:
        if _service(target) != _service(rule.model) or not fnmatchcase(target, rule.model):
            return False
        if not fnmatchcase(region, rule.region):
            return False
        if rule.kind is FaultKind.QUOTA:
            return self._over_quota(rule, region)
        if rule.skip > 0:
            rule.skip -= 1
            return False
        if rule.count == 0 or self._random.random() >= rule.probability:
            return False
        if rule.count is not None:
            rule.count -= 1
        return True

    def _over_quota(self, rule: FaultRule, region: str) -> bool:
        now, accepted = self._clock(), rule.accepted[region]
        while accepted and now - accepted[0] >= QUOTA_WINDOW_SECONDS:
            accepted.popleft()
        if len(accepted) >= rule.requests_per_minute:
            return True
        accepted.append(now)
        return False


def _service(target: str) -> str:
    return next((service for service in _SERVICES if target.startswith(service)), "")
