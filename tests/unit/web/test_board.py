"""A job's images as they are collected: few calls, addresses kept, verdicts of others seen."""

from __future__ import annotations

import pytest

from backdrop_client.answers import Job, Verdict
from backdrop_web.board import FRESH_SECONDS, LATE_SECONDS, Board, Filter
from tests.unit.web.fakes import FakeApi
from tests.unit.web.jobs import make_job


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def filled(api: FakeApi, count: int) -> tuple[Job, Board, Clock]:
    clock = Clock()
    job = make_job(api, [f"{number}.jpg" for number in range(count)])
    board = Board(job.job_id, clock=clock)
    while not board.complete:
        board.refresh(api, job)
    return job, board, clock


def shown(board: Board, count: int = 48) -> list[str]:
    return list(board.images)[:count]


def test_a_refresh_makes_three_calls_at_most(api: FakeApi) -> None:
    job = make_job(api, [f"{number}.jpg" for number in range(1000)])
    board = Board(job.job_id)
    board.refresh(api, job)

    assert api.count("images_page") == 3
    assert (len(board.images), board.complete) == (300, False)


def test_nothing_is_asked_while_nothing_changed(api: FakeApi) -> None:
    job, board, clock = filled(api, 250)
    asked = api.count("images_page")
    clock.now += LATE_SECONDS * 2
    board.refresh(api, job, shown(board))

    assert api.count("images_page") == asked


def test_the_page_people_see_is_asked_for_first(api: FakeApi) -> None:
    job, board, clock = filled(api, 250)
    api.finish(job.job_id)
    job = api.job(job.job_id)
    api.calls.clear()
    board.refresh(api, job, list(board.images)[120:160])
    assert [call for name, call in api.calls if name == "images_page"] == [(None, 100, "100")]

    clock.now += LATE_SECONDS + 1
    board.refresh(api, job, list(board.images)[120:160])
    assert len(board.select(Filter.TO_REVIEW)) == 250


def test_addresses_are_kept_until_they_grow_old(api: FakeApi) -> None:
    job, board, clock = filled(api, 3)
    before = board.images["p0000001"].before_url
    api.finish(job.job_id)
    job = api.job(job.job_id)
    board.refresh(api, job, shown(board))
    signed = board.images["p0000001"].before_url
    assert signed != before
    clock.now += FRESH_SECONDS - 1
    board.refresh(api, job, shown(board))
    assert board.images["p0000001"].before_url == signed
    clock.now += 2
    board.refresh(api, job, shown(board))
    assert board.images["p0000001"].before_url != signed


def test_what_was_judged_stays_until_the_filter_is_chosen_again(api: FakeApi) -> None:
    job, board, _ = filled(api, 3)
    api.finish(job.job_id)
    board.refresh(api, api.job(job.job_id), shown(board))
    board.judge("p0000002", Verdict.APPROVED)

    assert len(board.select(Filter.TO_REVIEW)) == 3
    assert board.counts(job)[Filter.TO_REVIEW] == 2
    board.judged.clear()
    assert [image.image_id for image in board.select(Filter.TO_REVIEW)] == ["p0000001", "p0000003"]
    assert [image.image_id for image in board.select(Filter.APPROVED)] == ["p0000002"]


def test_a_verdict_given_elsewhere_is_seen_with_fresh_addresses(api: FakeApi) -> None:
    job, board, clock = filled(api, 3)
    api.finish(job.job_id)
    job = api.job(job.job_id)
    board.refresh(api, job, shown(board))
    api.set_verdict(job.job_id, "p0000001", Verdict.REJECTED)
    clock.now += FRESH_SECONDS + 1
    board.refresh(api, job, shown(board))

    assert board.images["p0000001"].verdict is Verdict.REJECTED
