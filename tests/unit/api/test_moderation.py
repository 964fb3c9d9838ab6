"""Prompts and uploads that the stack's policy blocks: refused in words, nothing paid, nothing shown."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image

from backdrop.core.errors import ErrorCode, ModerationBlocked, ModerationUnavailable
from backdrop.policy.prompts import BlockList, Policies
from tests.unit.api.conftest import Api


def test_a_blocked_word_refuses_the_submission_and_the_draft_stays_open(api: Api) -> None:
    api.prompt_policy = BlockList(("gore",))
    draft = api.draft()
    api.ready(draft, "mug.jpg")

    refused = api.submit(draft, prompt="a beach", negativePrompt="no Gore, please")

    assert (refused.status, refused.code) == (400, "PROMPT_BLOCKED")
    assert "negative prompt holds 'gore'" in refused.message
    assert api.jobs.puts == 0
    assert api.submit(draft, prompt="a beach").status == 202


def test_a_policy_that_cannot_be_asked_lets_nothing_pass(api: Api) -> None:
    class Down:
        def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
            raise ModerationUnavailable(ErrorCode.MODERATION_UNAVAILABLE, f"No answer about {prompt!r}.")

        def free_of_charge(self) -> Policies:
            return Policies()

    api.prompt_policy = Down()
    draft = api.draft()
    api.ready(draft, "mug.jpg")

    refused = api.submit(draft, prompt="a beach")

    assert (refused.status, refused.code) == (503, "MODERATION_UNAVAILABLE")
    assert api.jobs.puts == 0


def test_a_submitted_job_is_answered_without_asking_the_policy_again(api: Api) -> None:
    job = api.job("mug.jpg")
    api.prompt_policy = BlockList(("beach",))

    assert api.submit(job, prompt="a beach").status == 200


@pytest.fixture
def screened(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Uploads are moderated: what the gate was shown, or the errors it is to raise."""
    module = importlib.import_module("backdrop.handlers.inspect_photo")
    monkeypatch.setattr(module, "_environment", module._environment._replace(moderate_uploads=True))
    seen: list[Any] = []

    def screen(image: Image.Image) -> None:
        if seen and isinstance(seen[-1], Exception):
            raise seen.pop()
        seen.append(image.size)

    monkeypatch.setattr(module.moderation_gate, "screen", screen)
    return seen


def test_a_blocked_upload_is_refused_without_preview_or_labels(api: Api, screened: list[Any]) -> None:
    screened.append(ModerationBlocked(ErrorCode.MODERATION_BLOCKED, "Rekognition sees Graphic Violence."))
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")

    body = api.inspect(draft, photo).body

    assert (body["status"], body["error"]["code"]) == ("REFUSED", "MODERATION_BLOCKED")
    assert "Graphic Violence" in body["error"]["message"]
    assert api.detector.calls == 0
    assert not [key for key in api.objects.data if key.endswith(".preview.jpg")]


def test_an_upload_that_could_not_be_checked_can_be_inspected_again(api: Api, screened: list[Any]) -> None:
    screened.append(ModerationUnavailable(ErrorCode.MODERATION_UNAVAILABLE, "ThrottlingException"))
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")

    assert api.inspect(draft, photo).code == "MODERATION_UNAVAILABLE"
    assert api.inspect(draft, photo).body["status"] == "READY"
    assert screened == [(320, 240)]


def test_uploads_are_not_moderated_unless_the_stack_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("backdrop.handlers.inspect_photo")
    monkeypatch.setattr(module, "_environment", module._environment._replace(moderate_uploads=False))
    monkeypatch.setattr(module.moderation_gate, "screen", lambda _image: pytest.fail("asked"))
    draft = api.draft()

    assert api.ready(draft, "mug.jpg")
