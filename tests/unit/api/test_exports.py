"""Exports: a job of copies that calls no model, checked against the job that it is made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from backdrop.core.vocabulary import JobStatus
from backdrop.policy.prompts import PromptPolicy
from tests.unit.api.conftest import Answer, Api

MUG, CUP = "00000000", "00000001"
SEARCH = "us.stability.stable-image-search-replace-v1:0"
LABELS = ["Mug", "Spoon"]


def origin(api: Api, **wish: Any) -> str:
    """A job of two photos, which ended well."""
    draft = api.draft()
    api.ready(draft, "mug.jpg", "cup.jpg")
    assert api.submit(draft, labels={MUG: LABELS, CUP: LABELS}, seed=5, **wish).status == 202
    for photo in (MUG, CUP):
        api.finish(draft, photo)
    api.edit_job(draft, status=JobStatus.SUCCEEDED)
    return draft


def copied(api: Api, job: str) -> str:
    draft = api.draft()
    body = {"jobId": job, "imageIds": [MUG, CUP]}
    assert api.call("POST", f"/drafts/{draft}/copies", body).status == 201
    return draft


def wish(job: str, options: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    asked = {"prompt": "a beach", "labels": {MUG: LABELS, CUP: LABELS}, **changes}
    return {**asked, "options": {"exportOf": job, **(options or {})}}


def estimate(api: Api, draft: str, body: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = api.call("POST", f"/drafts/{draft}/estimate", body).body
    return told


def refused(api: Api, draft: str, body: dict[str, Any]) -> Answer:
    """The refusal, which an estimate tells as well; no job is made."""
    answer = api.submit(draft, **body)
    assert answer.status >= 400, answer
    problems = estimate(api, draft, body)["problems"]
    assert (answer.code, answer.message) in [(one["code"], one["message"]) for one in problems]
    assert draft not in api.jobs.rows
    return answer


@pytest.mark.parametrize(
    "options",
    [
        {"output": {"format": "PNG", "width": 400}},
        {"output": {"aspect": "1:1", "fill": "PAD"}},
        {"background": "#ffffff", "output": {"preset": "amazon-main"}},
        {"background": "transparent"},
    ],
)
def test_an_export_costs_nothing_and_says_so_before(api: Api, options: dict[str, Any]) -> None:
    job = origin(api)
    draft = copied(api, job)
    body = wish(job, options)

    told = estimate(api, draft, body)
    answer = api.submit(draft, **body)

    assert (told["problems"], told["usd"], told["calls"], told["images"]) == ([], 0, [], 2)
    assert answer.status == 202, answer
    assert (answer.body["estimatedCostUsd"], answer.body["options"]["exportOf"]) == (0, job)
    assert [line["AnswersAt"].rpartition("/")[2] for line in api.manifest(draft)] == [
        "mug-00000000.jpg",
        "cup-00000001.jpg",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompt": "a forest"}, "another prompt"),
        ({"negativePrompt": "people"}, "another negative prompt"),
        ({"mode": "DEFAULT"}, "another mode"),
        ({"modelId": SEARCH}, "another model"),
        ({"options": {"style": "anime"}}, "another style"),
        ({"labels": {MUG: ["Mug"], CUP: LABELS}}, "other labels"),
        ({"options": {"output": {"aspect": "2:1"}}}, "paint for this shape"),
        ({"options": {"reuseAnswers": False}}, "none again"),
    ],
)
def test_another_picture_is_refused_in_words(api: Api, changes: dict[str, Any], words: str) -> None:
    job = origin(api)
    body = wish(job, **{**changes, "options": {**changes.get("options", {}), "exportOf": job}})
    if "options" in changes:
        body = {**wish(job), "options": {**changes["options"], "exportOf": job}}

    assert words in refused(api, copied(api, job), body).message


def test_a_painted_shape_is_exported_in_the_same_shape(api: Api) -> None:
    job = origin(api, options={"output": {"aspect": "2:1"}})
    kept = wish(job, {"output": {"aspect": "2:1", "width": 800, "format": "WEBP"}})
    assert estimate(api, copied(api, job), kept)["problems"] == []
    assert "paint for this shape" in refused(api, copied(api, job), wish(job, {"output": {"aspect": "1:2"}})).message


def test_several_outputs_are_exported_from_the_frames_that_were_painted(api: Api) -> None:
    job = origin(api, options={"outputs": [{"aspect": "2:1"}]})
    wide = {
        "output": {"width": 400},
        "outputs": [{"aspect": "2:1", "format": "WEBP"}, {"preset": "ebay", "fill": "PAD"}],
    }
    assert api.submit(copied(api, job), **wish(job, wide)).status == 202
    tall = {"output": {"width": 400}, "outputs": [{"aspect": "1:2"}]}
    assert "paint for this shape" in refused(api, copied(api, job), wish(job, tall)).message


def test_a_photo_with_words_of_its_own_keeps_them(api: Api) -> None:
    job = origin(api, prompts={MUG: "on oak"})
    same = copied(api, job)
    assert api.submit(same, **wish(job, prompts={MUG: "on oak"})).status == 202
    for prompts in ({}, {MUG: "on ash"}, {MUG: "on oak", CUP: "on oak"}):
        assert "had other words" in refused(api, copied(api, job), wish(job, prompts=prompts)).message
    white = {"background": "#ffffff"}
    assert api.submit(copied(api, job), **wish(job, white, prompt="")).status == 202


def test_a_background_that_was_never_painted_is_not_exported(api: Api) -> None:
    job = origin(api, options={"background": "#ffffff"})
    assert "no painted background" in refused(api, copied(api, job), wish(job)).message
    assert api.submit(copied(api, job), **wish(job, {"background": "transparent"})).status == 202


def test_a_job_that_cut_nothing_out_needs_backdrops_own_cut_out(api: Api) -> None:
    job = origin(api, mode="DEFAULT", modelId=SEARCH)
    body = {"mode": "DEFAULT", "modelId": SEARCH}
    answer = refused(api, copied(api, job), wish(job, {"background": "#ffffff"}, **body))
    assert "made no cut-out" in answer.message
    assert "BUILT_IN" in answer.body["error"]["nextStep"]
    own = {"background": "#ffffff", "maskSource": "BUILT_IN"}
    assert api.submit(copied(api, job), **wish(job, own, **body)).status == 202


def test_only_photos_of_that_job_and_only_of_ones_own(api: Api) -> None:
    job = origin(api)
    strange = api.draft()
    api.ready(strange, "mug.jpg")
    body = wish(job, labels={})
    assert "no photo of the job" in refused(api, strange, body).message
    assert refused(api, copied(api, job), wish("no-such-job")).code == "NOT_FOUND"
    api.edit_job(job, status=JobStatus.RUNNING)
    assert refused(api, copied(api, job), wish(job)).code == "IMAGE_NOT_FINISHED"


def test_a_model_that_is_gone_is_no_obstacle(api: Api) -> None:
    api.allow_retired = True
    job = origin(api, modelId="amazon.nova-canvas-v1:0")
    api.allow_retired = False
    draft = copied(api, job)
    body = wish(job, {"output": {"format": "PNG"}}, modelId="amazon.nova-canvas-v1:0")
    assert estimate(api, draft, body)["problems"] == []
    assert api.submit(draft, **body).status == 202


class Guardrail:
    """A policy that costs money to ask."""

    def __init__(self) -> None:
        self.asked = 0

    def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
        self.asked += 1

    def free_of_charge(self) -> PromptPolicy:
        from backdrop.policy.prompts import Policies

        return Policies()


def test_no_guardrail_is_paid_for_words_that_go_to_no_model(api: Api) -> None:
    job = origin(api)
    guardrail = api.prompt_policy = Guardrail()
    assert api.submit(copied(api, job), **wish(job)).status == 202
    assert guardrail.asked == 0
