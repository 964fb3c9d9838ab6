"""Words of single photos' own for their backgrounds: checked as the job's before anything starts, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode, PromptBlocked
from backdrop.policy.prompts import BlockList, Policies
from tests.unit.api.conftest import Api, picture

FIRST, SECOND, THIRD = "00000000", "00000001", "00000002"


@pytest.fixture
def draft(api: Api) -> str:
    made = api.draft()
    api.ready(made, "a.jpg", "b.jpg", "c.jpg")
    return made


def problems(api: Api, draft: str, **body: Any) -> list[tuple[str, str | None]]:
    answer = api.call("POST", f"/drafts/{draft}/estimate", body).body
    return [(problem["code"], problem.get("photoId")) for problem in answer["problems"]]


def own_prompts(api: Api, draft: str) -> list[str | None]:
    return [image.get("prompt") for image in api.call("GET", f"/jobs/{draft}/images").body["images"]]


def test_a_photos_own_words_are_in_its_line_and_told_from_the_first_moment(api: Api, draft: str) -> None:
    assert api.submit(draft, prompt="a beach", prompts={SECOND: "a forest"}).status == 202

    assert [line.get("Prompt") for line in api.manifest(draft)] == [None, "a forest", None]
    assert own_prompts(api, draft) == [None, "a forest", None]


def test_when_every_photo_has_words_the_job_needs_none(api: Api, draft: str) -> None:
    prompts = {FIRST: "a beach", SECOND: "a forest"}
    assert problems(api, draft, prompts=prompts) == [("PROMPT_EMPTY", THIRD)]
    refused = api.submit(draft, prompt="", prompts=prompts)
    assert (refused.status, refused.code) == (400, "PROMPT_EMPTY")
    assert "'c.jpg'" in refused.message
    assert api.jobs.puts == 0

    prompts[THIRD] = "a desk"
    assert problems(api, draft, prompts=prompts) == []
    assert api.submit(draft, prompt="", prompts=prompts).status == 202


@pytest.mark.parametrize(
    ("body", "code", "photo"),
    [
        ({"prompts": {SECOND: "x" * 10_001}}, "PROMPT_TOO_LONG", SECOND),
        ({"prompts": {SECOND: "  "}}, "PROMPT_EMPTY", SECOND),
        ({"prompts": {"00000009": "a beach"}}, "OPTIONS_INVALID", None),
        ({"prompts": {"#draft": "a beach"}}, "OPTIONS_INVALID", None),
        ({"prompts": {SECOND: "a Gore forest"}}, "PROMPT_BLOCKED", None),
        ({"prompts": {SECOND: "a forest"}, "options": {"background": "#ffffff"}}, "OPTIONS_INVALID", None),
    ],
)
def test_words_that_can_not_be_used_are_told_beforehand_and_refused(
    api: Api, draft: str, body: dict[str, Any], code: str, photo: str | None
) -> None:
    api.prompt_policy = BlockList(("gore",))

    assert (code, photo) in problems(api, draft, prompt="a beach", **body)
    refused = api.submit(draft, prompt="a beach", **body)
    assert (refused.status, refused.code, api.jobs.puts) == (400, code, 0)


def test_more_words_than_can_be_looked_at_are_refused(api: Api) -> None:
    draft = api.draft()
    api.ready(draft, *(f"{number}.jpg" for number in range(31)))
    prompts = {f"{number:08}": f"{number:02}" + "x" * 9_998 for number in range(31)}

    assert problems(api, draft, prompt="a beach", prompts=prompts) == [("PROMPT_TOO_LONG", None)]
    assert api.submit(draft, prompts=prompts).code == "PROMPT_TOO_LONG"
    assert api.submit(draft, prompts=dict.fromkeys(prompts, "x" * 10_000)).status == 202, "the same words are one text"


def test_the_policy_reads_all_words(api: Api, draft: str) -> None:
    asked: list[object] = []

    class Recorder:
        def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
            asked.append((prompt, negative_prompt, list(own)))
            raise PromptBlocked(ErrorCode.PROMPT_BLOCKED, "no")

        def free_of_charge(self) -> Policies:
            return Policies()

    api.prompt_policy = Recorder()
    assert api.submit(draft, prompt="a beach", prompts={SECOND: "a forest"}).code == "PROMPT_BLOCKED"
    assert asked == [("a beach", "", ["a forest"])]
    assert own_rows(api, draft) == [None, None, None], "nothing was submitted"


def own_rows(api: Api, draft: str) -> list[str | None]:
    return [row.prompt for (job, _), row in sorted(api.store.photo_rows.items()) if job == draft]


def test_words_of_a_submission_that_came_to_nothing_are_not_left_behind(api: Api, draft: str) -> None:
    row = api.store.photo_rows[draft, FIRST]
    api.store.photo_rows[draft, FIRST] = replace(row, prompt="of another try")

    assert api.submit(draft, prompt="a beach", prompts={SECOND: "a forest"}).status == 202
    assert own_prompts(api, draft) == [None, "a forest", None]


def test_equal_photos_with_other_words_are_made_by_themselves(api: Api) -> None:
    draft = api.draft()
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (photo,) = api.upload(draft, name, data=picture())
        api.inspect(draft, photo)

    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", "prompts": {SECOND: "a forest"}}).body
    assert told["equalPhotos"] == 1
    assert api.submit(draft, prompts={SECOND: "a forest"}).status == 202
    assert [(line.get("Prompt"), len(line.get("Copies", ()))) for line in api.manifest(draft)] == [
        (None, 1),
        ("a forest", 0),
    ]


def test_a_copy_begins_without_words_of_its_own(api: Api, draft: str) -> None:
    assert api.submit(draft, prompt="a beach", prompts={SECOND: "a forest"}).status == 202
    again = api.draft()
    api.call("POST", f"/drafts/{again}/copies", {"jobId": draft, "imageIds": [SECOND]})

    assert api.submit(again, prompt="a desk").status == 202
    assert own_prompts(api, again) == [None]
