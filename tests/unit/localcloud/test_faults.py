"""The fault plan and the record of invocations."""

import random

import pytest

from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import FaultKind, FaultPlan, InvalidRule
from localcloud.emulator.invocations import InvocationLog
from localcloud.emulator.spoiled import spoil


def test_no_rule_means_no_fault() -> None:
    assert FaultPlan().before("any") is None


def test_a_counted_rule_skips_strikes_and_ends() -> None:
    plan = FaultPlan()
    plan.replace([{"kind": "throttle", "model": "*inpaint*", "skip": 1, "count": 1}])
    assert plan.before("us.stability.stable-image-inpaint-v1:0") is None
    assert plan.before("amazon.nova-canvas-v1:0") is None
    with pytest.raises(ServiceError) as raised:
        plan.before("us.stability.stable-image-inpaint-v1:0")
    assert (raised.value.code, raised.value.status) == ("ThrottlingException", 429)
    assert plan.before("us.stability.stable-image-inpaint-v1:0") is None


def test_a_probable_rule_strikes_as_often_as_it_says() -> None:
    plan = FaultPlan(rng=random.Random(1))
    plan.replace([{"kind": "garbage", "probability": 0.3}])
    hits = sum(plan.before("m") is FaultKind.GARBAGE for _ in range(1000))
    assert 250 < hits < 350


def test_a_quota_frees_itself_after_a_minute() -> None:
    now = 0.0
    plan = FaultPlan(clock=lambda: now)
    plan.replace([{"kind": "quota", "requestsPerMinute": 2}])
    plan.before("m")
    now = 30.0
    plan.before("m")
    now = 59.9
    with pytest.raises(ServiceError):
        plan.before("m")
    now = 60.0
    plan.before("m")
    with pytest.raises(ServiceError):
        plan.before("m")


def test_a_slow_rule_waits_and_lets_the_call_through() -> None:
    waited: list[float] = []
    plan = FaultPlan(sleep=waited.append)
    plan.replace([{"kind": "slow", "delaySeconds": 2.5}])
    assert plan.before("m") is None
    assert waited == [2.5]


def test_each_region_has_a_quota_of_its_own() -> None:
    plan = FaultPlan(clock=lambda: 0.0)
    plan.replace([{"kind": "quota", "requestsPerMinute": 2}])
    for region in ("us-east-1", "us-west-2"):
        assert [plan.before("m", region) for _ in range(2)] == [None, None]
    for region in ("us-east-1", "us-west-2"):
        with pytest.raises(ServiceError):
            plan.before("m", region)
    plan.replace([{"kind": "throttle", "region": "us-west-2"}])
    assert plan.before("m", "us-east-1") is None
    with pytest.raises(ServiceError):
        plan.before("m", "us-west-2")


@pytest.mark.parametrize(
    "rule", [{}, {"kind": "other"}, {"kind": "quota"}, {"kind": "slow"}, {"kind": "throttle", "colour": 1}]
)
def test_a_wrong_rule_leaves_the_plan_as_it_was(rule: dict[str, object]) -> None:
    plan = FaultPlan()
    plan.replace([{"kind": "html"}])
    with pytest.raises(InvalidRule):
        plan.replace([rule])
    assert plan.before("m") is FaultKind.HTML


def test_a_kind_that_is_an_error_does_not_spoil() -> None:
    assert spoil(FaultKind.TRUNCATED, "m", b"12345678") == b"1234"
    with pytest.raises(ValueError, match="throttle"):
        spoil(FaultKind.THROTTLE, "m", b"")


def test_only_answered_calls_are_paid() -> None:
    log = InvocationLog()
    for outcome in ("answered", "garbage", "ThrottlingException"):
        log.add("m", b"{}", outcome, 0.1, "us-east-1")
    described = log.describe()
    assert described["models"]["m"]["calls"] == 3
    assert described["models"]["m"]["paid"] == 2
    assert [record["paid"] for record in described["invocations"]] == [True, True, False]
    log.clear()
    assert log.describe() == {"models": {}, "invocations": []}


def test_a_planted_category_is_for_rekognition_and_ends_with_its_count() -> None:
    plan = FaultPlan()
    plan.replace([{"kind": "moderation", "category": "Graphic Violence", "parent": "Violence", "count": 1}])
    assert plan.before("us.stability.stable-image-inpaint-v1:0") is None
    assert plan.rule_for("rekognition:DetectLabels") is None
    rule = plan.rule_for("rekognition:DetectModerationLabels")
    assert rule is not None
    assert (rule.kind, rule.category, rule.parent, rule.confidence) == (
        FaultKind.MODERATION,
        "Graphic Violence",
        "Violence",
        95.0,
    )
    assert plan.rule_for("rekognition:DetectModerationLabels") is None
    assert plan.describe()[0]["category"] == "Graphic Violence"


@pytest.mark.parametrize(
    ("model", "target", "code", "status"),
    [
        ("rekognition:*", "rekognition:DetectModerationLabels", "ThrottlingException", 400),
        ("guardrail:abc*", "guardrail:abc123", "ThrottlingException", 429),
        ("*", "any-model", "ThrottlingException", 429),
    ],
)
def test_a_rule_is_about_one_service(model: str, target: str, code: str, status: int) -> None:
    plan = FaultPlan()
    plan.replace([{"kind": "throttle", "model": model}])
    with pytest.raises(ServiceError) as raised:
        plan.before(target)
    assert (raised.value.code, raised.value.status) == (code, status)
    for other in {"rekognition:DetectModerationLabels", "guardrail:abc123", "any-model"} - {target}:
        assert plan.before(other) is None


@pytest.mark.parametrize(
    "rule",
    [{"kind": "moderation"}, {"kind": "moderation", "category": "Violence", "model": "*inpaint*"}],
)
def test_a_planted_category_needs_a_name_and_rekognition(rule: dict[str, object]) -> None:
    with pytest.raises(InvalidRule, match="moderation needs a category"):
        FaultPlan().replace([rule])
