"""The estimate: what a submission would cost, take, and be refused for, with nothing stored and nothing paid."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode, PromptBlocked
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.policy.prompts import BlockList, Policies
from tests.unit.api.conftest import START, Answer, Api

CUT_OUT = "us.stability.stable-image-remove-background-v1:0"
INPAINT = "us.stability.stable-image-inpaint-v1:0"
OUTPAINT = "us.stability.stable-outpaint-v1:0"
NOVA = "amazon.nova-canvas-v1:0"


def estimate(api: Api, draft: str, user: str = "ann", **body: Any) -> Answer:
    return api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **body}, user)


def codes(answer: Answer) -> list[str]:
    return [problem["code"] for problem in answer.body["problems"]]


@pytest.fixture
def draft(api: Api) -> str:
    made = api.draft()
    api.ready(made, "a.jpg", "b.jpg", "c.jpg")
    return made


def test_it_counts_every_call_at_its_dated_price(api: Api, draft: str) -> None:
    answer = estimate(api, draft)

    assert answer.status == 200
    assert answer.body == {
        "images": 3,
        "calls": [
            {"modelId": INPAINT, "calls": 3, "usdPerCall": 0.07},
            {"modelId": CUT_OUT, "calls": 3, "usdPerCall": 0.07},
        ],
        "usd": pytest.approx(0.42),
        "priceDate": answer.body["priceDate"],
        # Passes at two models side by side, 20 a minute each; a first minute's calls come at twice the pace.
        "seconds": pytest.approx(2 * 3.07 / 2, abs=0.1),
        "queueSeconds": 0,
        "reusedCalls": 0,
        "cutOutAlready": 0,
        "equalPhotos": 0,
        "answerDays": 0,
        "problems": [],
    }


def test_the_price_is_that_of_the_job_which_is_then_submitted(api: Api, draft: str) -> None:
    options = {"variations": 3}
    told = estimate(api, draft, options=options).body

    job = api.submit(draft, options=options).body

    assert told["images"] == job["counts"]["total"] == 9
    assert told["usd"] == pytest.approx(job["estimatedCostUsd"])


def test_variations_share_one_cut_out_and_a_mask_of_ones_own_needs_none(api: Api, draft: str) -> None:
    row = api.store.photo_rows[draft, "00000000"]
    api.store.photo_rows[draft, "00000000"] = replace(row, mask_sha256="ab" * 32)

    body = estimate(api, draft, options={"variations": 4}).body

    assert {one["modelId"]: one["calls"] for one in body["calls"]} == {INPAINT: 12, CUT_OUT: 2}
    assert body["seconds"] == pytest.approx(11 * 3.07 / 2, abs=0.1)


def test_a_photo_that_has_the_aspect_already_is_not_extended(api: Api, draft: str) -> None:
    row = api.store.photo_rows[draft, "00000000"]
    assert row.facts
    api.store.photo_rows[draft, "00000000"] = replace(row, facts=replace(row.facts, width=240, height=300))

    body = estimate(api, draft, options={"output": {"aspect": "4:5"}}).body

    assert {one["modelId"]: one["calls"] for one in body["calls"]} == {INPAINT: 3, CUT_OUT: 3, OUTPAINT: 2}


def test_a_plain_background_with_the_built_in_cut_out_is_free(api: Api, draft: str) -> None:
    answer = estimate(api, draft, prompt="", options={"background": "#ffffff", "maskSource": "BUILT_IN"})

    assert (answer.body["calls"], answer.body["usd"], answer.body["problems"]) == ([], 0, [])
    assert "seconds" not in answer.body, "no quota bounds it"


def test_without_pacing_no_time_is_promised(api: Api, draft: str) -> None:
    api.requests_per_minute = 0

    assert "seconds" not in estimate(api, draft).body


def test_the_queue_is_told_by_the_schedule_of_the_slowest_model(api: Api, draft: str) -> None:
    busy = Schedule.of(20)._replace(last=int((START + timedelta(seconds=90)).timestamp() * 1000))
    api.schedule = {INPAINT: busy, OUTPAINT: busy._replace(last=9_999_999_999_999)}
    told = estimate(api, draft, options={"variations": 2}).body
    assert told["queueSeconds"] == pytest.approx(90 + 1.5, abs=0.1)
    assert told["seconds"] == pytest.approx(5 * 1.535, abs=0.1), "after that"

    api.now = START + timedelta(minutes=5)
    assert estimate(api, draft, options={"variations": 2}).body["queueSeconds"] == 0, "a turn in the past is free now"


def test_all_problems_are_told_at_once_beside_the_price(api: Api, draft: str) -> None:
    answer = estimate(
        api,
        draft,
        prompt="  ",
        negativePrompt="x" * 20_000,
        seed=-1,
        labels={"00000000": [], "00000001": ["Unicorn"], "00000077": ["Mug"]},
    )

    assert answer.status == 200
    assert codes(answer) == [
        "PROMPT_EMPTY",
        "NEGATIVE_PROMPT_TOO_LONG",
        "SEED_OUT_OF_RANGE",
        "LABEL_UNKNOWN",
        "NO_LABELS_KEPT",
        "LABEL_UNKNOWN",
    ]
    assert [problem.get("photoId") for problem in answer.body["problems"]][-3:] == [None, "00000000", "00000001"]
    assert all(problem["nextStep"] for problem in answer.body["problems"])
    assert answer.body["usd"] == pytest.approx(0.42)


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": ""},
        {"modelId": "no such model"},
        {"modelId": NOVA},
        {"mode": "DEFAULT", "modelId": "backdrop.cut-out"},
        {"options": {"background": "pink"}},
        {"options": {"output": {"aspect": "wide"}}},
        {"options": {"output": {"width": 1}}},
        {"options": {"cfgScale": 99.0}},
        {"labels": {"00000001": []}},
        {"labels": {"00000009": ["Mug"]}},
        {"seed": 4_294_967_294, "options": {"variations": 5, "varySeed": True}},
    ],
)
def test_what_a_submission_refuses_the_estimate_names_first(api: Api, draft: str, body: dict[str, Any]) -> None:
    told = estimate(api, draft, **body)
    refused = api.submit(draft, **body)

    assert told.status == 200
    assert refused.status >= 400
    assert told.body["problems"][0] == {**refused.body["error"], **_photo(told.body["problems"][0])}


def _photo(problem: dict[str, Any]) -> dict[str, Any]:
    return {"photoId": problem["photoId"]} if "photoId" in problem else {}


def test_a_draft_without_good_photos_is_a_problem(api: Api) -> None:
    draft = api.draft()
    api.upload(draft, "never inspected.jpg")

    answer = estimate(api, draft)

    assert codes(answer) == ["NO_PHOTOS"]
    assert (answer.body["images"], answer.body["usd"]) == (0, 0)


def test_blocked_words_are_told_and_what_costs_money_is_not_asked(api: Api, draft: str) -> None:
    class Paid:
        def check(self, prompt: str, negative_prompt: str, own: Sequence[str] = ()) -> None:
            raise PromptBlocked(ErrorCode.PROMPT_BLOCKED, "asked, and paid")

        def free_of_charge(self) -> Policies:
            return Policies()

    api.prompt_policy = Policies((Paid(), BlockList(("beach",))))

    (problem,) = estimate(api, draft).body["problems"]

    assert problem["code"] == "PROMPT_BLOCKED"
    assert "'beach'" in problem["message"]


def test_a_thousand_reasons_are_cut(api: Api, draft: str) -> None:
    row = api.store.photo_rows[draft, "00000000"]
    for number in range(3, 200):
        id_ = f"{number:08d}"
        api.store.photo_rows[draft, id_] = replace(row, image_id=id_)

    answer = estimate(api, draft, labels={f"{number:08d}": [] for number in range(200)})

    assert len(answer.body["problems"]) == 100
    assert answer.body["images"] == 200


def test_nothing_is_stored_and_the_draft_stays_open(api: Api, draft: str) -> None:
    before = copy.deepcopy((api.store.rows, api.store.photo_rows, api.objects.data, api.detector.calls))

    estimate(api, draft)

    assert (api.store.rows, api.store.photo_rows, api.objects.data, api.detector.calls) == before
    assert api.jobs.puts == 0


def test_another_users_draft_is_not_found_and_a_submitted_one_is_closed(api: Api, draft: str) -> None:
    assert estimate(api, draft, "bob").status == 404
    api.submit(draft)
    assert estimate(api, draft).code == "ALREADY_SUBMITTED"


def test_a_body_that_is_not_right_is_400(api: Api, draft: str) -> None:
    assert estimate(api, draft, unknown=1).code == "INVALID_REQUEST"
