"""The access plan: which models the local account may not use, so that tests can prove what the product does then.

Rules are matched in order; the first that applies decides. Off by default: every model is accessible.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import InvalidRule
from localcloud.settings import REGION


class AccessKind(StrEnum):
    """What stands between the account and a model."""

    NOT_AUTHORIZED = "not-authorized"
    NO_AGREEMENT = "no-agreement"
    PENDING_AGREEMENT = "pending-agreement"
    NOT_IN_REGION = "not-in-region"
    NOT_FOUND = "not-found"
    SLOW = "slow"
    """The control plane answers after `delaySeconds`."""
    THROTTLED = "throttled"
    """The control plane refuses to answer; InvokeModel works."""


@dataclass(frozen=True)
class AccessRule:
    """One rule. `model` is a shell pattern on the foundation model's id, or on its `us.` profile's; `region` on the
    Region of the request's signature."""

    kind: AccessKind
    model: str = "*"
    region: str = "*"
    delay_seconds: float = 0.0

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "AccessRule":
        """Read a rule of the plan; raises `InvalidRule`."""
        if unknown := set(data) - {"kind", "model", "region", "delaySeconds"}:
            raise InvalidRule(f"unknown field {', '.join(sorted(unknown))}")
        try:
            kind = AccessKind(data["kind"])
        except (KeyError, ValueError):
            raise InvalidRule(f"kind must be one of {', '.join(AccessKind)}") from None
        model, region = (str(data.get(name, "*")) for name in ("model", "region"))
        return cls(kind, model, region, float(data.get("delaySeconds", 0.0)))

    def to_json(self) -> dict[str, Any]:
        """The rule as it would be sent."""
        return {
            "kind": self.kind.value,
            "model": self.model,
            "region": self.region,
            "delaySeconds": self.delay_seconds,
        }


class AccessPlan:
    """The rules in force. Safe to use from many threads."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._rules: list[AccessRule] = []
        self._lock = threading.Lock()
        self._sleep = sleep

    def replace(self, rules: list[dict[str, Any]]) -> None:
        """Put `rules` in force instead of those before; raises `InvalidRule` and then changes nothing."""
        parsed = [AccessRule.from_json(rule) for rule in rules]
        with self._lock:
            self._rules = parsed

    def describe(self) -> list[dict[str, Any]]:
        """The rules in force, in order."""
        with self._lock:
            return [rule.to_json() for rule in self._rules]

    def of(self, model_id: str, region: str = REGION) -> AccessKind | None:
        """What stands in the way of a model (an id, with or without `us.`) in a Region; waits where the rule says so.

        Raises `ServiceError` where the control plane itself does not answer.
        """
        rule = self._rule(model_id, region)
        if rule is None:
            return None
        if rule.delay_seconds > 0:
            self._sleep(rule.delay_seconds)
        if rule.kind is AccessKind.THROTTLED:
            raise ServiceError("ThrottlingException", "Too many requests, please wait before trying again.", 429)
        return None if rule.kind is AccessKind.SLOW else rule.kind

    def check_invoke(self, model_id: str, region: str = REGION) -> None:
        """Refuse InvokeModel as AWS does where access is missing; raises `ServiceError`."""
        rule = self._rule(model_id, region)
        if rule is None or rule.kind in (AccessKind.SLOW, AccessKind.THROTTLED):
            return
        if rule.kind in (AccessKind.NOT_FOUND, AccessKind.NOT_IN_REGION):
            raise ServiceError(
                "ResourceNotFoundException", f"Could not resolve the foundation model from {model_id}.", 404
            )
        raise ServiceError(
            "AccessDeniedException", "You don't have access to the model with the specified model ID.", 403
        )

    def _rule(self, model_id: str, region: str) -> AccessRule | None:
        bare = model_id.removeprefix("us.")
        names = (bare, f"us.{bare}")
        with self._lock:
            rules = list(self._rules)
        rules = [rule for rule in rules if fnmatchcase(region, rule.region)]
        return next((rule for rule in rules if any(fnmatchcase(name, rule.model) for name in names)), None)
