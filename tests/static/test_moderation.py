"""What the template grants and takes for moderation (docs/moderation.md)."""

from __future__ import annotations

import re
from typing import Any

import pytest

ASKS = {
    "ApiFunction": [
        ("WithModeration", "rekognition:DetectModerationLabels"),
        ("WithGuardrail", "bedrock:ApplyGuardrail"),
    ],
    "PrepareJobFunction": [("WithGuardrail", "bedrock:ApplyGuardrail")],
    "InspectPhotoFunction": [("WithModeratedUploads", "rekognition:DetectModerationLabels")],
    "DecodeResultFunction": [("WithModeration", "rekognition:DetectModerationLabels")],
}


def statements_of(template: dict[str, Any], function: str) -> list[dict[str, Any]]:
    """The statements of a function's role."""
    policies = template["Resources"][f"{function}Role"]["Properties"]["Policies"]
    return [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]


def granted(template: dict[str, Any], function: str) -> list[tuple[str, str, Any]]:
    """Condition, action and resource of every statement that a condition switches on."""
    choices = [one["Fn::If"] for one in statements_of(template, function) if "Fn::If" in one]
    return [(condition, statement["Action"], statement["Resource"]) for condition, statement, _ in choices]


def test_only_who_asks_may_ask_and_only_where_it_is_switched_on(template: dict[str, Any]) -> None:
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        found = [
            (condition, action)
            for condition, action, _ in granted(template, name)
            if "Guardrail" in action or "Moderation" in action
        ]
        assert found == ASKS.get(name, []), name
        plain = statements_of(template, name)
        assert plain, name
        assert not [one for one in plain if "Guardrail" in str(one.get("Action")) + str(one.get("Sid"))]
        assert not [one for one in plain if "Moderation" in str(one.get("Action"))]


def test_the_one_guardrail_that_is_named_may_be_applied(template: dict[str, Any]) -> None:
    for name in ("ApiFunction", "PrepareJobFunction"):
        (resource,) = [one["Fn::Sub"] for condition, _, one in granted(template, name) if "Guardrail" in condition]
        assert resource.endswith(":guardrail/${GuardrailId}")


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("GuardrailId", ["", "abc123"], ["ABC", "a-b", "arn:aws:bedrock:us-east-1:1:guardrail/a"]),
        ("GuardrailVersion", ["DRAFT", "1", "12345678"], ["", "0", "draft", "123456789"]),
        ("PromptBlockList", ["", "gore, red flag", "naïve"], ["a\nb", "x" * 1501]),
    ],
)
def test_parameters_refuse_what_could_not_work(
    template: dict[str, Any], parameter: str, good: list[str], bad: list[str]
) -> None:
    pattern = template["Parameters"][parameter]["AllowedPattern"]
    for value in good:
        assert re.fullmatch(pattern, value), value
    for value in bad:
        assert not re.fullmatch(pattern, value), value


def test_results_are_moderated_and_uploads_are_not_unless_somebody_says_so(template: dict[str, Any]) -> None:
    defaults = {
        name: template["Parameters"][name]["Default"] for name in template["Parameters"] if name != "NotificationEmail"
    }
    assert "Explicit" in defaults["ModerationCategories"].split(",")
    assert defaults["ModerateUploads"] == "false"
    assert (defaults["PromptBlockList"], defaults["GuardrailId"]) == ("", "")
