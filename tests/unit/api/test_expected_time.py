"""How long a job will take: by the quota at least, by the user's own finished jobs as soon as there are some."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.clock import iso
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.duration import Run, seconds_for
from backdrop.jobs.scheduling.pacing import Schedule, announce, ask
from tests.unit.api.conftest import START, Api

CUT_OUT = "us.stability.stable-image-remove-background-v1:0"
INPAINT = "us.stability.stable-image-inpaint-v1:0"
SEARCH_REPLACE = "us.stability.stable-image-search-replace-v1:0"


def took(**seconds: float) -> str:
    """The passes of an image, by what each took; what it waited for its turns is another affair."""
    models = {"cut_out": CUT_OUT, "inpaint": INPAINT}
    return json.dumps(
        [
            {"ModelId": models[name], "TurnAt": iso(START), "DecodedAt": iso(START + timedelta(seconds=one))}
            for name, one in seconds.items()
        ]
    )


def finished(api: Api, images: int, seconds: float, began: datetime = START, **changes: Any) -> str:
    """A job of ann's that made so many images in so many seconds."""
    job = api.job("a.jpg")
    times = {"started_at": iso(began), "finished_at": iso(began + timedelta(seconds=seconds))}
    api.edit_job(job, **{"status": JobStatus.SUCCEEDED, "image_count": images, **times, **changes})
    return job


def expected(api: Api, photos: int, user: str = "ann", **body: Any) -> Any:
    draft = api.draft()
    api.ready(draft, *(f"{number}.jpg" for number in range(photos)))
    answer = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **body}, user)
    assert answer.status == 200
    return answer.body.get("expectedSeconds")


def test_nothing_is_told_from_nothing(api: Api) -> None:
    assert expected(api, 2) is None


def test_a_job_like_earlier_ones_takes_as_long(api: Api) -> None:
    api.requests_per_minute = 0
    finished(api, images=4, seconds=40)

    assert expected(api, 4) == pytest.approx(40)
    assert expected(api, 8) == pytest.approx(80)


def test_the_start_is_told_from_the_pace(api: Api) -> None:
    api.requests_per_minute = 0
    finished(api, images=1, seconds=12)
    finished(api, images=11, seconds=32)

    assert expected(api, 6) == pytest.approx(22)


def test_at_a_quota_turns_and_what_images_took_tell_it(api: Api) -> None:
    job = finished(api, images=1, seconds=500)
    assert expected(api, 5) is None, "how long a job waited says nothing"
    api.finish(job, "00000000", passes=took(cut_out=10, inpaint=5))

    # 20 requests a minute: a first minute's calls come at twice the pace.
    assert expected(api, 5) == pytest.approx(4 * 1.53 + 10 + 5, rel=0.03)
    assert expected(api, 40) == pytest.approx(61.4 + 3.5 + 19 * 1.53 + 10 + 5, rel=0.03)


def test_the_estimate_says_what_the_job_then_says(api: Api) -> None:
    measured = finished(api, images=1, seconds=15)
    api.finish(measured, "00000000", passes=took(cut_out=10))
    told = expected(api, 30)

    job = api.job(*(f"{number}.jpg" for number in range(30)))
    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == pytest.approx(told, abs=1)
    for model in (CUT_OUT, INPAINT):
        api.schedule[model] = announce(Schedule.of(20), job, 30, 1, round(api.now.timestamp() * 1000))
    api.edit_job(job, status=JobStatus.RUNNING, started_at=iso(api.now))
    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == pytest.approx(told, abs=1)


@pytest.mark.parametrize(
    "changes",
    [{"status": JobStatus.FAILED}, {"status": JobStatus.CANCELLED}, {"finished_at": None}],
    ids=["failed", "cancelled", "running"],
)
def test_jobs_that_did_not_end_well_tell_nothing(api: Api, changes: dict[str, Any]) -> None:
    finished(api, images=4, seconds=1, **changes)

    assert expected(api, 4) is None


def test_other_models_and_plain_backgrounds_tell_nothing(api: Api) -> None:
    finished(api, images=4, seconds=40)

    assert expected(api, 4, modelId=SEARCH_REPLACE) is None
    assert expected(api, 4, options={"background": "#ffffff"}) is None


_runs = st.lists(st.builds(Run, st.integers(1, 10_000), st.floats(0, 1e5)), min_size=1, max_size=20)


@given(_runs, st.integers(0, 10_000))
def test_it_is_a_sane_number_whatever_went_before(runs: list[Run], images: int) -> None:
    found = seconds_for(images, runs)

    assert found is not None
    assert found >= 0
    assert seconds_for(images, []) is None


def test_turns_that_a_running_job_had_are_not_waited_for_again(api: Api) -> None:
    job = api.job(*(f"{number}.jpg" for number in range(30)))
    api.edit_job(job, status=JobStatus.RUNNING, started_at=iso(api.now))
    now_ms = round(api.now.timestamp() * 1000)
    schedule = announce(Schedule.of(20), job, 30, 1, now_ms - 60_000)
    for number in range(18):
        schedule, _turn = ask(schedule, now_ms - 60_000 + 3_100 * number, None, job=job)
    api.schedule = {CUT_OUT: schedule, INPAINT: schedule}

    # Nothing is finished yet, and 12 calls of each model are left.
    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == pytest.approx(12 * 3.07, rel=0.3)
