"""Several scenes in one job, through the API: told before, checked before, and kept with the job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode, PromptBlocked
from backdrop.core.vocabulary import JobStatus
from backdrop.policy.prompts import Policies
from tests.unit.api.conftest import Api

INPAINT, REMOVE = "us.stability.stable-image-inpaint-v1:0", "us.stability.stable-image-remove-background-v1:0"


@pytest.fixture
def draft(api: Api) -> str:
    made = api.draft()
    api.ready(made, "a.jpg", "b.jpg")
    return made


def on(id_: str, **more: object) -> dict[str, Any]:
    return {"background": "backdrop", "backdrop": {"id": id_, **more}}


def test_price_and_calls_are_told_before_and_every_scene_has_its_copy(api: Api, draft: str) -> None:
    wall, table = api.backdrop("wall.jpg"), api.backdrop("table.jpg")
    scenes = [{"prompt": "a forest"}, on(table, shadow="NONE"), on(wall)]
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", "options": {"scenes": scenes}}).body
    photos = 2 - told["equalPhotos"]
    assert told["problems"] == []
    assert told["images"] == 8
    assert {one["modelId"]: one["calls"] for one in told["calls"]} == {REMOVE: photos, INPAINT: 2 * photos}

    job = api.submit(draft, options={"scenes": scenes}).body

    assert job["estimatedCostUsd"] == pytest.approx(told["usd"])
    assert job["counts"]["total"] == 8
    shown = job["options"]["scenes"]
    assert [one.get("prompt") for one in shown] == ["a forest", "", ""]
    assert [one["backdrop"]["name"] for one in shown[1:]] == ["table.jpg", "wall.jpg"]
    assert shown[1]["backdrop"]["shadow"] == "NONE"
    kept = api.jobs.rows[draft].settings.options.scenes
    keys = [scene.backdrop.key for scene in kept if scene.backdrop]
    assert len(set(keys)) == 2
    assert all(key in api.objects.data for key in keys)
    (line, *_) = api.manifest(draft)
    assert len(line["Seeds"]) == 4
    assert len(set(line["Seeds"])) == 1


@pytest.mark.parametrize(
    ("scenes", "code", "words"),
    [
        ([on("01h00000000000000000000000")], "OPTIONS_INVALID", "is gone"),
        ([{"prompt": "a beach"}], "OPTIONS_INVALID", "same words"),
        ([{"prompt": "x" * 10_001}], "PROMPT_TOO_LONG", "10,001"),
        ([{"prompt": " "}], "PROMPT_EMPTY", "Scene 2"),
        ([{"background": "blue"}], "OPTIONS_INVALID", "blue"),
    ],
)
def test_a_scene_that_can_not_be_is_told_before_anything_is_done(
    api: Api, draft: str, scenes: list[dict[str, Any]], code: str, words: str
) -> None:
    body = {"prompt": "a beach", "options": {"scenes": scenes}}
    refused = api.submit(draft, **body)
    assert (refused.status, refused.code) == (400, code), refused
    assert words in refused.message
    problems = api.call("POST", f"/drafts/{draft}/estimate", body).body["problems"]
    assert any(words in one["message"] for one in problems), problems
    assert api.jobs.puts == 0


def test_the_policy_reads_the_words_of_all_scenes(api: Api, draft: str) -> None:
    asked: list[object] = []

    class Recorder:
        def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
            asked.append((prompt, list(own)))
            raise PromptBlocked(ErrorCode.PROMPT_BLOCKED, "no")

        def free_of_charge(self) -> Policies:
            return Policies()

    api.prompt_policy = Recorder()
    assert api.submit(draft, options={"scenes": [{"prompt": "a forest"}]}).code == "PROMPT_BLOCKED"
    assert asked == [("a beach", ["a forest"])]


def test_images_say_which_scene_they_have(api: Api, draft: str) -> None:
    api.submit(draft, options={"scenes": [{"prompt": "a forest"}], "outputs": [{"width": 300}]})
    # The workflow writes the rows of further images; these are the first.
    assert [one["scene"] for one in api.call("GET", f"/jobs/{draft}/images").body["images"]] == [1, 1]


def test_an_export_takes_only_words_that_the_job_had(api: Api, draft: str) -> None:
    api.submit(draft, options={"scenes": [{"prompt": "a forest"}]})
    api.edit_job(draft, status=JobStatus.SUCCEEDED)
    made = api.draft()
    ids = [line["ImageId"] for line in api.manifest(draft)]
    api.call("POST", f"/drafts/{made}/copies", {"jobId": draft, "imageIds": ids})
    for prompt, scenes, told in (
        ("a forest", [], []),
        ("a beach", [{"prompt": "a forest"}], []),
        ("a beach", [{"prompt": "a lake"}], ["With another prompt"]),
        ("a lake", [], ["With another prompt"]),
    ):
        wish = {"exportOf": draft, "scenes": scenes}
        body = {"prompt": prompt, "seed": api.jobs.rows[draft].settings.seed, "options": wish}
        problems = api.call("POST", f"/drafts/{made}/estimate", body).body["problems"]
        assert [one["message"][:19] for one in problems] == told
