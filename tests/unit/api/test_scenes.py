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


def test_a_photo_has_scenes_and_an_article_number_of_its_own(api: Api, draft: str) -> None:
    wall = api.backdrop("wall.jpg")
    first, second = (photo["photoId"] for photo in api.call("GET", f"/drafts/{draft}").body["photos"])
    wish = {
        "options": {"scenes": [on(wall)], "spread": "FIRST"},
        "inScenes": {second: [2]},
        "skus": {first: "MUG-1", second: "MUG-2"},
    }
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **wish}).body
    assert (told["problems"], told["images"]) == ([], 2)
    assert {one["modelId"]: one["calls"] for one in told["calls"]} == {REMOVE: 2, INPAINT: 1}, "none for the backdrop"

    job = api.submit(draft, **wish).body

    assert (job["counts"]["total"], job["options"]["spread"]) == (2, "FIRST")
    assert job["estimatedCostUsd"] == pytest.approx(told["usd"])
    lines = api.manifest(draft)
    assert [(one.get("Scenes"), one["Sku"], len(one["Seeds"])) for one in lines] == [
        (None, "MUG-1", 1),
        ([2], "MUG-2", 1),
    ]
    images = api.call("GET", f"/jobs/{draft}/images").body["images"]
    assert [(one["scene"], one.get("scenes"), one["sku"]) for one in images] == [(1, None, "MUG-1"), (2, [2], "MUG-2")]
    assert [one["sku"] for one in api.call("GET", f"/jobs/{draft}/names").body["photos"]] == ["MUG-1", "MUG-2"]


def test_photos_have_one_scene_in_turn(api: Api, draft: str) -> None:
    wish = {"options": {"scenes": [on(api.backdrop("wall.jpg")), on(api.backdrop("table.jpg"))], "spread": "TURN"}}
    api.submit(draft, **wish)
    assert [one["Scenes"] for one in api.manifest(draft)] == [[1], [2]]
    assert api.jobs.rows[draft].image_count == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"inScenes": {"PHOTO": [3]}}, "the job has 2"),
        ({"inScenes": {"99999999": [2]}}, "inScenes names '99999999'"),
        ({"inScenes": {"PHOTO": [2]}, "prompts": {"PHOTO": "at sea"}}, "words of its own"),
        ({"skus": {"99999999": "MUG"}}, "skus names"),
    ],
)
def test_what_is_wrong_with_single_photos_is_told(api: Api, draft: str, more: dict[str, Any], words: str) -> None:
    photo = api.call("GET", f"/drafts/{draft}").body["photos"][0]["photoId"]
    more = {name: {photo if id_ == "PHOTO" else id_: held for id_, held in of.items()} for name, of in more.items()}
    refused = api.submit(draft, options={"scenes": [on(api.backdrop("wall.jpg"))], "spread": "FIRST"}, **more)
    assert refused.status == 400
    assert words in refused.message
