"""Moderation in the deployed stack: a blocked image is never delivered, a blocked prompt is never paid for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from localcloud.cloud import LocalCloud
from localcloud.deploy import deploy
from localcloud.samconfig import StackConfig
from localcloud.settings import REPOSITORY
from tests.integration.people import Person
from tests.integration.test_workflow import INPAINT, Stack, small, with_photos
from tests.unit.localmodels.pictures import encoded, skin_coloured_shapes

pytestmark = pytest.mark.integration

VIOLENCE = {"kind": "moderation", "category": "Graphic Violence", "parent": "Violence", "confidence": 91, "count": 1}


@pytest.fixture
def stack(cloud: LocalCloud) -> Iterator[Stack]:
    stack = Stack(cloud).when_idle()
    yield stack
    stack.faults()


def finished(stack: Stack, job: str) -> list[str]:
    """Keys of finished images: what is under the output prefix and no model's answer; each has its thumbnail."""
    keys = [key for key in stack.keys(f"generated-image-files/2026/11/21/{job}/") if not key.endswith(".json")]
    images = [key for key in keys if not key.endswith(".thumb.jpg")]
    assert sorted(keys) == sorted([*images, *(f"{key}.thumb.jpg" for key in images)])
    return images


def paid(stack: Stack) -> int:
    return sum(model["paid"] for model in stack.invocations()["models"].values())


def test_a_blocked_image_fails_alone_with_its_category_and_is_not_stored(stack: Stack) -> None:
    stack.faults(VIOLENCE)
    images = with_photos(
        stack,
        "violent",
        car=small("toy_car_rug"),
        soap=small("soap_box_grey_sweep"),
        cup=small("white_cup_white_sweep"),
    )
    assert stack.start("violent", images)["status"] == "SUCCEEDED"

    report = stack.report("violent")
    (failed,) = [image for image in report["Images"] if image["Status"] == "Failed"]
    assert failed["Error"]["Code"] == "MODERATION_BLOCKED"
    assert "Graphic Violence (Violence) with 91 %" in failed["Error"]["Message"]
    assert failed["Error"]["NextStep"]
    good = [image for image in report["Images"] if image["Status"] == "Succeeded"]
    assert sorted(finished(stack, "violent")) == sorted(image["Output"]["Key"] for image in good)
    assert len(good) == 2
    ((subject, text),) = stack.mails("violent")
    assert "2 of 3" in subject
    assert failed["ImageName"] in text
    assert "Graphic Violence" in text


def test_what_is_found_and_allowed_is_recorded(stack: Stack) -> None:
    stack.faults({**VIOLENCE, "category": "Alcoholic Beverages", "parent": "Alcohol"})
    images = with_photos(stack, "wine", bottle=small("wine_bottle_kitchen"))
    assert stack.start("wine", images)["status"] == "SUCCEEDED"
    rows = stack.cloud.client("dynamodb").query(
        TableName=stack.cloud.outputs.images_table,
        KeyConditionExpression="JobId = :job",
        ExpressionAttributeValues={":job": {"S": "wine"}},
    )["Items"]
    (review,) = [json.loads(row["Review"]["S"]) for row in rows if not row["ImageId"]["S"].startswith("#")]
    assert [label["name"] for label in review["moderation"]["labels"]] == ["Alcohol", "Alcoholic Beverages"]
    assert review["moderation"]["modelVersion"] == "local-open-nsfw-1.0"


def test_an_image_that_could_not_be_checked_is_not_delivered_and_not_paid_for_again(stack: Stack) -> None:
    stack.faults({"kind": "denied", "model": "rekognition:DetectModerationLabels"})
    images = with_photos(stack, "unchecked", cup=small("white_cup_white_sweep"))
    stack.start("unchecked", images, Seed=7)
    (failed,) = stack.report("unchecked")["Images"]
    assert (failed["Status"], failed["Error"]["Code"]) == ("Failed", "MODERATION_UNAVAILABLE")
    assert finished(stack, "unchecked") == []

    stack.faults()
    before = paid(stack)
    again = stack.start(
        "checked",
        images,
        Seed=7,
        InputS3Prefix="image-files/2026/11/21/unchecked",
        OutputS3Prefix="generated-image-files/2026/11/21/unchecked",
    )
    assert again["status"] == "SUCCEEDED"
    assert len(finished(stack, "unchecked")) == 1
    assert paid(stack) == before


@contextmanager
def changed(cloud: LocalCloud, **parameters: str) -> Iterator[None]:
    """The stack, updated with other parameters for the time being."""
    cloudformation = cloud.client("cloudformation")
    name = cloud.outputs.stack_name
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    before = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    template = REPOSITORY / "template.yaml"
    deploy(cloud.endpoint, template, StackConfig(name, {**before, **parameters}))
    try:
        yield
    finally:
        deploy(cloud.endpoint, template, StackConfig(name, before))


@pytest.fixture(scope="module")
def guardrail(cloud: LocalCloud) -> str:
    """A guardrail made as on AWS."""
    topic = {"name": "Weapons", "definition": "Weapons of any kind.", "examples": ["loaded gun"], "type": "DENY"}
    made = cloud.client("bedrock").create_guardrail(
        name="moderation-test",
        topicPolicyConfig={"topicsConfig": [topic]},
        blockedInputMessaging="Not here.",
        blockedOutputsMessaging="Not here.",
    )
    return str(made["guardrailId"])


@pytest.fixture(scope="module")
def strict(cloud: LocalCloud, guardrail: str) -> Iterator[None]:
    """The stack with a block list, a guardrail and moderated uploads."""
    with changed(cloud, PromptBlockList="gore, red flag", GuardrailId=guardrail, ModerateUploads="true"):
        yield


@pytest.fixture
def ann(cloud: LocalCloud, strict: None) -> Iterator[Person]:
    with httpx.Client(base_url=cloud.outputs.api_url) as http:
        yield Person(http, cloud.demo_token())


def ready(ann: Person) -> str:
    """A draft with one good photo."""
    draft = ann.draft()
    assert ann.inspect(draft, ann.upload(draft, "cup.jpg", small("white_cup_white_sweep")))["status"] == "READY"
    return draft


def submit(ann: Person, draft: str, prompt: str, negative: str = "") -> tuple[int, Any]:
    body = {"prompt": prompt, "negativePrompt": negative, "modelId": INPAINT}
    answer = ann.call("POST", f"/drafts/{draft}/submit", body)
    return answer.status_code, answer.json()


def test_a_blocked_prompt_is_refused_at_submission_and_nothing_is_paid(
    stack: Stack, ann: Person, guardrail: str
) -> None:
    draft, before = ready(ann), paid(stack)
    for prompt, negative, reason in (
        ("under a RED-Flag", "", "prompt holds 'red flag'"),
        ("on a beach", "Góre", "negative prompt holds 'gore'"),
        ("beside a loaded gun", "", f"guardrail {guardrail} blocks the prompt or negative prompt: topic 'Weapons'"),
    ):
        status, body = submit(ann, draft, prompt, negative)
        assert (status, body["error"]["code"]) == (400, "PROMPT_BLOCKED")
        assert reason in body["error"]["message"]

    stack.faults({"kind": "throttle", "model": f"guardrail:{guardrail}"})
    status, body = submit(ann, draft, "on a beach")
    assert (status, body["error"]["code"]) == (503, "MODERATION_UNAVAILABLE")
    assert paid(stack) == before
    assert not ann.call("GET", f"/drafts/{draft}").json()["submitted"]

    stack.faults()
    assert submit(ann, draft, "on a beach")[0] == 202
    assert ann.finished(draft)["status"] == "Succeeded"  # the next test counts paid calls


def test_another_systems_job_with_a_blocked_prompt_fails_before_anything_is_paid(
    stack: Stack, strict: None, guardrail: str
) -> None:
    before = paid(stack)
    images = with_photos(stack, "armed", cup=small("white_cup_white_sweep"))
    assert stack.start("armed", images, Prompt="beside a loaded gun")["status"] == "FAILED"
    ((subject, text),) = stack.mails("armed")
    assert "topic 'Weapons'" in text, subject
    assert paid(stack) == before


def test_a_blocked_upload_is_refused(stack: Stack, ann: Person) -> None:
    stack.faults(VIOLENCE)
    draft = ann.draft()
    photo = ann.inspect(draft, ann.upload(draft, "cup.jpg", small("white_cup_white_sweep")))
    assert (photo["status"], photo["error"]["code"]) == ("REFUSED", "MODERATION_BLOCKED")


def test_an_upload_that_the_local_model_takes_for_nudity_is_refused(ann: Person) -> None:
    """No fault planted: the network itself says so of blurred shapes in skin colours."""
    draft = ann.draft()
    photo = ann.inspect(draft, ann.upload(draft, "shapes.jpg", encoded(skin_coloured_shapes(), "JPEG")))
    assert photo["error"]["code"] == "MODERATION_BLOCKED"
    assert "Explicit" in photo["error"]["message"]
