"""Rekognition and Bedrock Guardrails, stubbed at botocore: requests and answers are checked against the SDK's model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber
from PIL import Image

from backdrop.aws import clients
from backdrop.aws.guardrails import Guardrail
from backdrop.aws.moderation import Moderation
from backdrop.core.errors import BackdropError, ErrorCode, ModerationBlocked, ModerationUnavailable, PromptBlocked
from backdrop.handlers._shared import moderation_gate, prompt_gate
from backdrop.handlers.environment import MissingVariable, PromptEnvironment
from backdrop.policy.prompts import BlockList, Policies

USAGE = dict.fromkeys(
    (
        "topicPolicyUnits",
        "contentPolicyUnits",
        "wordPolicyUnits",
        "sensitiveInformationPolicyUnits",
        "sensitiveInformationPolicyFreeUnits",
        "contextualGroundingPolicyUnits",
    ),
    0,
)


def stubbed(monkeypatch: pytest.MonkeyPatch, name: str, service: str) -> Iterator[Stubber]:
    session = boto3.Session("x", "x", region_name="us-east-1")
    client: Any = session.client(service)  # type: ignore[call-overload]
    monkeypatch.setattr(clients, name, lambda: client)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def rekognition(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    yield from stubbed(monkeypatch, "rekognition", "rekognition")


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    yield from stubbed(monkeypatch, "bedrock_runtime", "bedrock-runtime")


def label(name: str, parent: str, confidence: float, level: int) -> dict[str, Any]:
    return {"Name": name, "ParentName": parent, "Confidence": confidence, "TaxonomyLevel": level}


def answers(stub: Stubber, *labels: dict[str, Any]) -> None:
    stub.add_response("detect_moderation_labels", {"ModerationLabels": list(labels), "ModerationModelVersion": "7.0"})


def test_labels_come_the_surest_first(rekognition: Stubber) -> None:
    answer = {
        "ModerationLabels": [label("Alcohol", "", 61.23456, 1), label("Weapons", "Violence", 99.0, 2)],
        "ModerationModelVersion": "7.0",
    }
    rekognition.add_response("detect_moderation_labels", answer, {"Image": {"Bytes": b"jpeg"}, "MinConfidence": 50.0})
    found = Moderation(clients.rekognition).detect(b"jpeg", 50.0)
    assert [(one.name, one.parent, one.confidence) for one in found.labels] == [
        ("Weapons", "Violence", 99.0),
        ("Alcohol", "", 61.23),
    ]
    assert found.model_version == "7.0"


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InvalidImageFormatException"])
def test_no_answer_is_an_error_of_its_own(rekognition: Stubber, code: str) -> None:
    rekognition.add_client_error("detect_moderation_labels", code, "No.")
    with pytest.raises(ModerationUnavailable, match=f"MODERATION_UNAVAILABLE: .*{code}: No"):
        Moderation(clients.rekognition).detect(b"jpeg", 50.0)


def test_neither_does_a_lost_connection_let_a_picture_pass() -> None:
    def lost() -> Any:
        raise ConnectTimeoutError(endpoint_url="https://rekognition")

    with pytest.raises(ModerationUnavailable):
        Moderation(lost).detect(b"jpeg", 50.0)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("MODERATION_CATEGORIES", "Explicit,Violence")
    monkeypatch.setenv("MODERATION_MIN_CONFIDENCE", "60")
    moderation_gate._policy.cache_clear()
    yield monkeypatch
    moderation_gate._policy.cache_clear()


PICTURE = Image.new("RGB", (200, 100), "teal")


def test_the_gate_records_what_it_lets_pass(gate: pytest.MonkeyPatch, rekognition: Stubber) -> None:
    answers(rekognition, label("Alcohol", "", 98.0, 1))
    assert moderation_gate.screen(PICTURE) == {
        "labels": [{"name": "Alcohol", "parent": "", "confidence": 98.0}],
        "modelVersion": "7.0",
    }


def test_the_gate_stops_what_the_policy_blocks(gate: pytest.MonkeyPatch, rekognition: Stubber) -> None:
    answers(rekognition, label("Weapons", "Violence", 88.0, 2))
    with pytest.raises(ModerationBlocked, match=r"Weapons \(Violence\) with 88 %"):
        moderation_gate.screen(PICTURE)


def test_a_gate_that_is_off_asks_nobody(gate: pytest.MonkeyPatch, rekognition: Stubber) -> None:
    gate.setenv("MODERATION_CATEGORIES", "")
    assert moderation_gate.screen(PICTURE) is None


@pytest.mark.parametrize(
    ("name", "value"), [("MODERATION_CATEGORIES", "Explict"), ("MODERATION_MIN_CONFIDENCE", "lots")]
)
def test_a_gate_without_sense_lets_nothing_pass(gate: pytest.MonkeyPatch, name: str, value: str) -> None:
    gate.setenv(name, value)
    with pytest.raises(MissingVariable, match="MODERATION_"):
        moderation_gate.screen(PICTURE)


def test_a_forgotten_variable_does_not_switch_the_gate_off(gate: pytest.MonkeyPatch) -> None:
    gate.delenv("MODERATION_CATEGORIES")
    with pytest.raises(MissingVariable, match="MODERATION_CATEGORIES"):
        moderation_gate.screen(PICTURE)


def intervenes(stub: Stubber, *assessments: dict[str, Any]) -> None:
    answer = {
        "usage": USAGE,
        "action": "GUARDRAIL_INTERVENED",
        "outputs": [{"text": "Blocked."}],
        "assessments": list(assessments),
    }
    stub.add_response("apply_guardrail", answer)


def test_both_texts_are_asked_about_in_one_call(bedrock: Stubber) -> None:
    answer: dict[str, Any] = {"usage": USAGE, "action": "NONE", "outputs": [], "assessments": []}
    asked = {"guardrailIdentifier": "abc123", "guardrailVersion": "2", "source": "INPUT"}
    texts = [{"text": {"text": "on sand"}}, {"text": {"text": "people"}}]
    bedrock.add_response("apply_guardrail", answer, {**asked, "content": texts})
    Guardrail(clients.bedrock_runtime, "abc123", "2").check("on sand", "people")
    bedrock.add_response("apply_guardrail", answer, {**asked, "content": texts[:1]})
    Guardrail(clients.bedrock_runtime, "abc123", "2").check("on sand", " ")


def test_the_reasons_are_named_and_personal_data_is_not(bedrock: Stubber) -> None:
    word = {"match": "acme", "action": "BLOCKED"}
    filter_ = {"type": "VIOLENCE", "confidence": "HIGH", "action": "BLOCKED"}
    seen_only = {"type": "HATE", "confidence": "LOW", "action": "NONE"}
    person = {"match": "ann@example.com", "type": "EMAIL", "action": "ANONYMIZED"}
    intervenes(
        bedrock,
        {
            "topicPolicy": {"topics": [{"name": "Weapons", "type": "DENY", "action": "BLOCKED"}]},
            "contentPolicy": {"filters": [filter_, seen_only]},
            "wordPolicy": {"customWords": [word], "managedWordLists": []},
            "sensitiveInformationPolicy": {"piiEntities": [person], "regexes": []},
        },
        {"wordPolicy": {"customWords": [word], "managedWordLists": []}},
    )
    with pytest.raises(PromptBlocked) as caught:
        Guardrail(clients.bedrock_runtime, "abc123", "2").check("x", "y")
    assert caught.value.cause == (
        "The guardrail abc123 blocks the prompt or negative prompt: topic 'Weapons', category 'VIOLENCE', "
        "word 'acme', personal data 'EMAIL'."
    )


def test_photos_own_texts_are_asked_about_together_and_the_blocked_one_is_named(bedrock: Stubber) -> None:
    passes: dict[str, Any] = {"usage": USAGE, "action": "NONE", "outputs": [], "assessments": []}
    asked = {"guardrailIdentifier": "abc123", "guardrailVersion": "2", "source": "INPUT"}
    blocked = {**passes, "action": "GUARDRAIL_INTERVENED"}

    def expect(answer: dict[str, Any], *texts: str) -> None:
        content = [{"text": {"text": text}} for text in texts]
        bedrock.add_response("apply_guardrail", answer, {**asked, "content": content})

    long = "x" * 5_000
    expect(passes, "on sand")
    expect(passes, "a", long)
    expect(blocked, long[:4_000], "b", "c")
    expect(passes, long[:4_000])
    expect(blocked, "b", "c")
    expect(passes, "b")
    expect(blocked, "c")
    with pytest.raises(PromptBlocked, match="blocks the prompt 'c'"):
        Guardrail(clients.bedrock_runtime, "abc123", "2").check("on sand", "", ["a", long, "a", long[:4_000], "b", "c"])
    bedrock.assert_no_pending_responses()


def test_an_intervention_without_a_reason_blocks_as_well(bedrock: Stubber) -> None:
    intervenes(bedrock)
    with pytest.raises(PromptBlocked, match="no reason"):
        Guardrail(clients.bedrock_runtime, "abc123", "2").check("x", "y")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ResourceNotFoundException"])
def test_a_guardrail_without_an_answer_lets_nothing_pass(bedrock: Stubber, code: str) -> None:
    bedrock.add_client_error("apply_guardrail", code, "No.", http_status_code=400)
    with pytest.raises(ModerationUnavailable, match=f"{code}: No") as caught:
        Guardrail(clients.bedrock_runtime, "abc123", "2").check("x", "y")
    assert caught.value.code is ErrorCode.MODERATION_UNAVAILABLE
    assert isinstance(caught.value, BackdropError)


def test_the_stack_s_policy_has_the_parts_that_are_configured() -> None:
    def made(words: str, guardrail: str) -> Policies:
        policy = prompt_gate.policy(PromptEnvironment(words, guardrail, "DRAFT"))
        assert isinstance(policy, Policies)
        return policy

    assert made("", "").parts == ()
    assert made("gore", "abc123").parts == (BlockList(("gore",)), Guardrail(clients.bedrock_runtime, "abc123", "DRAFT"))
