"""ApplyGuardrail for guardrails that were made as on AWS."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from localcloud.cloud import LocalCloud


@pytest.fixture
def guardrail(probe: LocalCloud) -> Iterator[str]:
    """A guardrail with a word and a topic."""
    bedrock = probe.client("bedrock")
    topic = {
        "name": "Weapons",
        "definition": "Weapons of any kind.",
        "examples": ["a loaded gun", "combat knife"],
        "type": "DENY",
    }
    made = bedrock.create_guardrail(
        name="shop",
        wordPolicyConfig={"wordsConfig": [{"text": "Acme"}, {"text": "red flag"}]},
        topicPolicyConfig={"topicsConfig": [topic]},
        blockedInputMessaging="Not here.",
        blockedOutputsMessaging="No.",
    )
    yield made["guardrailId"]
    bedrock.delete_guardrail(guardrailIdentifier=made["guardrailId"])


def apply(cloud: LocalCloud, guardrail: str, *texts: str, version: str = "DRAFT") -> dict[str, Any]:
    answer: dict[str, Any] = cloud.client("bedrock-runtime").apply_guardrail(
        guardrailIdentifier=guardrail,
        guardrailVersion=version,
        source="INPUT",
        content=[{"text": {"text": text}} for text in texts],
    )
    return answer


def test_what_holds_no_blocked_word_passes(probe: LocalCloud, guardrail: str) -> None:
    answer = apply(probe, guardrail, "on a beach", "acmes, a red and a flag")
    assert (answer["action"], answer["outputs"], answer["assessments"]) == ("NONE", [], [{}])
    assert answer["usage"]["wordPolicyUnits"] == 1


def test_words_and_topics_intervene_and_are_named(probe: LocalCloud, guardrail: str) -> None:
    answer = apply(probe, guardrail, "an ACME sign", "with a combat knife")
    assert (answer["action"], answer["outputs"]) == ("GUARDRAIL_INTERVENED", [{"text": "Not here."}])
    (assessment,) = answer["assessments"]
    assert [word["match"] for word in assessment["wordPolicy"]["customWords"]] == ["Acme"]
    assert [(one["name"], one["action"]) for one in assessment["topicPolicy"]["topics"]] == [("Weapons", "BLOCKED")]


def test_a_version_stays_as_it_was_published(probe: LocalCloud, guardrail: str) -> None:
    bedrock = probe.client("bedrock")
    version = bedrock.create_guardrail_version(guardrailIdentifier=guardrail)["version"]
    bedrock.update_guardrail(
        guardrailIdentifier=guardrail,
        name="shop",
        wordPolicyConfig={"wordsConfig": [{"text": "beach"}]},
        blockedInputMessaging="Not here.",
        blockedOutputsMessaging="No.",
    )
    assert apply(probe, guardrail, "on a beach")["action"] == "GUARDRAIL_INTERVENED"
    assert apply(probe, guardrail, "on a beach", version=version)["action"] == "NONE"


def test_an_unknown_guardrail_or_version_is_not_found(probe: LocalCloud, guardrail: str) -> None:
    for identifier, version in (("nosuch", "DRAFT"), (guardrail, "9")):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            apply(probe, identifier, "x", version=version)


def test_what_needs_a_model_is_refused_by_name(probe: LocalCloud) -> None:
    strict = {"type": "VIOLENCE", "inputStrength": "HIGH", "outputStrength": "HIGH"}
    made = probe.client("bedrock").create_guardrail(
        name="filters",
        contentPolicyConfig={"filtersConfig": [strict]},
        blockedInputMessaging="Not here.",
        blockedOutputsMessaging="No.",
    )
    with pytest.raises(ClientError, match="content filters"):
        apply(probe, made["guardrailId"], "x")


def test_a_guardrail_can_be_made_to_fail(probe: LocalCloud, guardrail: str, control: httpx.Client) -> None:
    rules = [{"kind": "denied", "model": f"guardrail:{guardrail}"}]
    control.put("/_backdrop/faults", json={"rules": rules}).raise_for_status()
    with pytest.raises(ClientError, match="AccessDeniedException"):
        apply(probe, guardrail, "x")


def test_a_function_needs_the_permission_on_that_guardrail(
    probe: LocalCloud, stack: dict[str, str], guardrail: str
) -> None:
    def called(name: str) -> str:
        payload = json.dumps({"guardrail": name}).encode()
        answer = probe.client("lambda").invoke(FunctionName=stack["GuardrailFunctionArn"], Payload=payload)
        return str(json.loads(answer["Payload"].read()))

    assert called(guardrail) == "AccessDeniedException"
    assert called("mine") == "ResourceNotFoundException"
