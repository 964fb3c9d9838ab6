"""How long a job will take: by the quota at least, by the user's own finished jobs as soon as there are some."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.clock import iso
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.duration import Run, seconds_for
from tests.unit.api.conftest import START, Api

SEARCH_REPLACE = "us.stability.stable-image-search-replace-v1:0"


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


def test_no_job_is_faster_than_the_quota(api: Api) -> None:
    finished(api, images=1, seconds=15)

    # 20 requests a minute: three seconds for each image after the first.
    assert expected(api, 5) == pytest.approx(15 + 4 * 3, rel=0.03)


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


@given(_runs, st.integers(0, 10_000), st.floats(0, 1e5))
def test_it_is_a_sane_number_whatever_went_before(runs: list[Run], images: int, quota_seconds: float) -> None:
    found = seconds_for(images, runs, quota_seconds)

    assert found is not None
    assert found >= quota_seconds * (1 - 1e-9) if images else found >= 0
    assert seconds_for(images, [], quota_seconds) is None
