"""The local control plane's table, and the plan that denies access."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import localcloud.emulator
from backdrop.models import catalogue
from localcloud.emulator.access_plan import AccessKind, AccessPlan
from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import InvalidRule
from localcloud.models import registry

INPAINT = "us.stability.stable-image-inpaint-v1:0"
BARE = INPAINT.removeprefix("us.")


@pytest.fixture
def plan() -> AccessPlan:
    return AccessPlan(sleep=lambda _seconds: None)


def rules(*given: dict[str, Any]) -> list[dict[str, Any]]:
    return list(given)


def test_a_rule_is_about_the_model_and_its_profile(plan: AccessPlan) -> None:
    assert plan.of(INPAINT) is None
    plan.replace(rules({"kind": "not-authorized", "model": INPAINT}))
    assert plan.of(INPAINT) is plan.of(BARE) is AccessKind.NOT_AUTHORIZED
    plan.replace(rules({"kind": "not-authorized", "model": "stability.*"}))
    assert plan.of(INPAINT) is plan.of(BARE) is AccessKind.NOT_AUTHORIZED
    assert plan.of("amazon.nova-canvas-v1:0") is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("not-authorized", "AccessDeniedException"),
        ("no-agreement", "AccessDeniedException"),
        ("not-found", "ResourceNotFoundException"),
        ("not-in-region", "ResourceNotFoundException"),
    ],
)
def test_a_model_call_fails_as_the_control_plane_says(plan: AccessPlan, kind: str, error: str) -> None:
    plan.replace(rules({"kind": kind}))
    with pytest.raises(ServiceError) as raised:
        plan.check_invoke(INPAINT)
    assert raised.value.code == error


def test_a_control_plane_in_trouble_leaves_model_calls_alone(plan: AccessPlan) -> None:
    plan.replace(rules({"kind": "throttled"}))
    with pytest.raises(ServiceError):
        plan.of(INPAINT)
    plan.check_invoke(INPAINT)
    plan.replace(rules({"kind": "slow", "delaySeconds": 9}))
    assert plan.of(INPAINT) is None
    plan.check_invoke(INPAINT)


@pytest.mark.parametrize("bad", [{"kind": "odd"}, {}, {"kind": "slow", "seconds": 1}])
def test_a_rule_that_cannot_be_read_changes_nothing(plan: AccessPlan, bad: dict[str, Any]) -> None:
    plan.replace(rules({"kind": "no-agreement"}))
    with pytest.raises(InvalidRule):
        plan.replace(rules({"kind": "not-found"}, bad))
    assert plan.of(INPAINT) is AccessKind.NO_AGREEMENT
    assert plan.describe() == [{"kind": "no-agreement", "model": "*", "region": "*", "delaySeconds": 0.0}]


def test_the_table_has_the_models_that_are_played_with_the_catalogues_dates_and_quotas(table: dict[str, Any]) -> None:
    assert {f"us.{name}" if row["profile"] else name for name, row in table.items()} == set(registry.served_ids())
    for entry in catalogue.entries():
        for service_id in entry.services:
            service = catalogue.service(service_id)
            row = table[service.foundation_model_id]
            assert row["profile"] == bool(service.profile)
            assert row.get("legacy", False) == (service.state == "RETIRED")
            assert row.get("endOfLifeTime") == service.end_of_life
            assert row.get("legacyTime") == service.legacy_since
            if "requestsPerMinute" not in service.unverified:
                assert row["requestsPerMinute"] == service.requests_per_minute


@pytest.fixture
def table() -> dict[str, Any]:
    """Read as it is: the module around it imports MiniStack, which reads its environment when it is imported."""
    text = (Path(localcloud.emulator.__file__).parent / "control_plane.json").read_text("utf-8")
    return {row["id"]: row for row in json.loads(text)["models"]}


def test_a_rule_may_be_of_one_region(plan: AccessPlan) -> None:
    plan.replace(rules({"kind": "not-authorized", "region": "us-west-?"}))
    with pytest.raises(ServiceError):
        plan.check_invoke(INPAINT, "us-west-2")
    plan.check_invoke(INPAINT, "us-east-1")
    assert plan.of(INPAINT, "us-west-2") is AccessKind.NOT_AUTHORIZED
    assert plan.of(INPAINT, "us-east-2") is None
