"""Exactly the images that are asked for: seeds of their own for single photos, as a retry sends them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Api
from tests.unit.api.test_estimate import CUT_OUT, INPAINT

FIRST, SECOND, THIRD = "00000000", "00000001", "00000002"


@pytest.fixture
def draft(api: Api) -> str:
    made = api.draft()
    api.ready(made, "a.jpg", "b.jpg", "c.jpg")
    return made


def test_each_photo_has_the_images_that_were_named_and_the_others_the_jobs_variations(api: Api, draft: str) -> None:
    wish = {"seed": 70, "options": {"variations": 2}, "seeds": {FIRST: [9], SECOND: [12, 10, 11]}}

    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **wish}).body
    job = api.submit(draft, **wish).body

    assert [line["Seeds"] for line in api.manifest(draft)] == [[9], [12, 10, 11], [70, 71]]
    assert (told["problems"], told["images"], job["counts"]["total"]) == ([], 6, 6)
    assert {one["modelId"]: one["calls"] for one in told["calls"]} == {CUT_OUT: 3, INPAINT: 6}
    assert told["usd"] == pytest.approx(job["estimatedCostUsd"]) == pytest.approx(9 * 0.07)


def test_each_picture_is_made_in_every_output_and_paid_once(api: Api, draft: str) -> None:
    outputs = [{"width": 300}, {"preset": "ebay", "fill": "PAD"}]
    wish = {"seed": 70, "options": {"outputs": outputs}, "seeds": {FIRST: [9, 4]}}

    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **wish}).body
    job = api.submit(draft, **wish).body

    assert [line["Seeds"] for line in api.manifest(draft)] == [[9, 9, 9, 4, 4, 4], [70] * 3, [70] * 3]
    assert (told["problems"], told["images"], job["counts"]["total"]) == ([], 12, 12)
    assert {one["modelId"]: one["calls"] for one in told["calls"]} == {CUT_OUT: 3, INPAINT: 4}
    assert told["usd"] == pytest.approx(job["estimatedCostUsd"]) == pytest.approx(7 * 0.07)
    photo = api.call("GET", f"/jobs/{draft}/images").body["images"][0]
    assert (photo["output"]["format"], job["options"]["outputs"][0]["width"]) == ("SAME", 300)


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ([{"width": 300}] * 2, "the same"),
        ([{"preset": "amazon-main"}], "on plain white (#ffffff) only"),
        ([{"width": 9000, "height": 9000}], "megapixels"),
        ([{"width": number} for number in range(300, 305)], "outputs"),
    ],
)
def test_an_output_that_can_not_be_is_told(api: Api, draft: str, outputs: list[Any], told: str) -> None:
    answer = api.submit(draft, options={"outputs": outputs})
    assert (answer.status, told in answer.message) == (400, True), answer
    assert api.jobs.puts == 0


@pytest.mark.parametrize(
    ("seeds", "code"),
    [
        ({FIRST: []}, "INVALID_REQUEST"),
        ({FIRST: [1, 2, 3, 4, 5, 6]}, "INVALID_REQUEST"),
        ({FIRST: [5, 5]}, "OPTIONS_INVALID"),
        ({FIRST: [0]}, "SEED_OUT_OF_RANGE"),
        ({FIRST: [-1]}, "SEED_OUT_OF_RANGE"),
        ({FIRST: [4_294_967_295]}, "SEED_OUT_OF_RANGE"),
        ({"00000009": [5]}, "OPTIONS_INVALID"),
        ({"#draft": [5]}, "OPTIONS_INVALID"),
    ],
)
def test_seeds_that_make_no_images_are_refused_and_told_beforehand(
    api: Api, draft: str, seeds: dict[str, Any], code: str
) -> None:
    answer = api.submit(draft, seeds=seeds)

    assert (answer.status, answer.code) == (400, code)
    assert api.jobs.puts == 0
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", "seeds": seeds})
    if code == "INVALID_REQUEST":
        assert told.code == code
    else:
        assert code in [problem["code"] for problem in told.body["problems"]]


def test_a_job_of_named_seeds_alone_needs_no_room_for_others(api: Api, draft: str) -> None:
    largest = 4_294_967_294
    wish = {"seed": largest, "options": {"variations": 3}, "seeds": {id_: [largest] for id_ in (FIRST, SECOND, THIRD)}}

    assert api.submit(draft, **wish).status == 202
    assert [line["Seeds"] for line in api.manifest(draft)] == [[largest]] * 3


def test_images_without_an_outcome_have_the_seeds_that_they_would_have_had(api: Api) -> None:
    draft = api.draft()
    api.ready(draft, "a.jpg")
    assert api.submit(draft, seed=5).status == 202

    (image,) = api.call("GET", f"/jobs/{draft}/images").body["images"]

    assert image["seed"] == 5
