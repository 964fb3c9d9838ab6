"""A job's images as they are collected: few calls, addresses kept, verdicts of others seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backdrop.api.schemas.jobs import Counts, Flag, Job
from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict
from backdrop_web.pages.job.image_cache import FIRST_IMAGES, LATE_SECONDS, STRETCH, Filter, ImageCache
from backdrop_web.service.api import FRESH_SECONDS
from tests.unit.web.fakes import FakeApi
from tests.unit.web.jobs import make_job


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


def filled(api: FakeApi, count: int) -> tuple[Job, ImageCache, Clock]:
    clock = Clock()
    job = make_job(api, [f"{number}.jpg" for number in range(count)])
    cache = ImageCache(job.job_id, clock=clock)
    while not cache.is_complete:
        cache.refresh(api, job)
    return job, cache, clock


def finish_first(api: FakeApi, job_id: str, count: int) -> None:
    """Let the first images of a running job end."""
    images = api.results[job_id]
    done = [replace(image, status=ImageStatus.SUCCEEDED) for image in images[:count]]
    api.results[job_id] = done + images[count:]
    told = Counts(total=len(images), succeeded=count, failed=0, pending=len(images) - count)
    api.submitted[job_id] = replace(api.submitted[job_id], status=JobStatus.RUNNING, counts=told)


def shown(cache: ImageCache, count: int = 48) -> list[str]:
    return list(cache.glances)[:count]


def asked(api: FakeApi) -> list[tuple[int | None, str | None]]:
    """Limit and start of each call for images at a glance."""
    return [call for name, call in api.calls if name == "overview"]


def test_all_images_are_known_after_two_calls_and_none_of_them_in_full(api: FakeApi) -> None:
    job = make_job(api, [f"{number}.jpg" for number in range(10_000)])
    cache = ImageCache(job.job_id)
    cache.refresh(api, job)
    assert (len(cache.glances), cache.is_complete) == (FIRST_IMAGES, False)
    cache.refresh(api, job)

    assert (len(cache.glances), cache.is_complete) == (10_000, True)
    assert asked(api) == [(FIRST_IMAGES, None), (None, f"p{FIRST_IMAGES:07d}")]
    assert api.count("images_page") == api.count("images_of_ids") == 0


def test_nothing_is_asked_while_nothing_changed(api: FakeApi) -> None:
    job, cache, clock = filled(api, 250)
    cache.load(api, shown(cache))
    api.calls.clear()
    clock.now += LATE_SECONDS * 2
    cache.refresh(api, job, shown(cache))
    images = cache.load(api, shown(cache))

    assert api.calls == []
    assert [image.name for image in images] == [f"{number}.jpg" for number in range(48)]


def test_the_page_people_see_is_asked_for_first(api: FakeApi) -> None:
    job, cache, _ = filled(api, 2000)
    finish_first(api, job.job_id, 10)
    api.calls.clear()
    cache.refresh(api, api.job(job.job_id), list(cache.glances)[1220:1260])
    assert asked(api)[0] == (STRETCH, f"p{FIRST_IMAGES + 2 * STRETCH:07d}")
    assert len(cache.select(Filter.TO_REVIEW)) == 10


@pytest.mark.parametrize("count", [1000, 3000])
def test_a_poll_costs_the_same_in_a_small_job_and_a_large_one(api: FakeApi, count: int) -> None:
    job, cache, clock = filled(api, count)
    for number in range(0, 450, 10):
        finish_first(api, job.job_id, number + 10)
        api.calls.clear()
        clock.now += 2
        cache.refresh(api, api.job(job.job_id), list(cache.glances)[900:948])
        # People look at images that wait: their stretch, and the one that the job is at.
        assert len(asked(api)) == 2
        assert all(limit is not None and limit <= STRETCH for limit, _ in asked(api))
        assert len(cache.select(Filter.TO_REVIEW)) == number + 10
    assert cache.count_images(api.job(job.job_id))[Filter.TO_REVIEW] == 450


def test_a_large_job_that_ends_is_caught_up_with_before_the_page_rests(api: FakeApi) -> None:
    job, cache, _ = filled(api, 3200)
    api.finish(job.job_id)
    job = api.job(job.job_id)
    rounds = 0
    while cache.is_behind(job):
        cache.refresh(api, job, shown(cache))
        rounds += 1

    assert (rounds, len(cache.select(Filter.TO_REVIEW))) == (3, 3200)


def test_further_variations_that_come_when_the_job_begins_take_their_places(api: FakeApi) -> None:
    job, cache, _ = filled(api, 3)
    first, *others = api.results[job.job_id]
    api.results[job.job_id] = [first, replace(first, image_id=f"{first.image_id}-2", variation=2), *others]
    finish_first(api, job.job_id, 1)
    cache.refresh(api, api.job(job.job_id), shown(cache))

    assert list(cache.glances) == ["p0000001", "p0000001-2", "p0000002", "p0000003"]
    assert cache.is_complete


def test_further_images_of_the_last_photo_are_seen_too(api: FakeApi) -> None:
    job, cache, _ = filled(api, 1)
    (first,) = api.results[job.job_id]
    api.results[job.job_id] = [first, replace(first, image_id=f"{first.image_id}-2", variation=2)]
    finish_first(api, job.job_id, 1)
    cache.refresh(api, api.job(job.job_id), shown(cache))
    assert list(cache.glances) == [first.image_id, f"{first.image_id}-2"]


def test_an_image_that_ended_is_told_in_full_anew_and_never_waits_again(api: FakeApi) -> None:
    job, cache, clock = filled(api, 3)
    waiting = api.results[job.job_id]
    cache.load(api, shown(cache))
    finish_first(api, job.job_id, 2)
    cache.refresh(api, api.job(job.job_id), shown(cache))
    api.calls.clear()
    images = cache.load(api, shown(cache))
    assert api.calls == [("images_of_ids", ["p0000001", "p0000002"])]
    assert [image.status for image in images] == [ImageStatus.SUCCEEDED] * 2 + [ImageStatus.QUEUED]

    # The index is a moment behind.
    api.results[job.job_id] = [api.results[job.job_id][0], *waiting[1:]]
    told = Counts(total=3, succeeded=3, failed=0, pending=0)
    api.submitted[job.job_id] = replace(api.submitted[job.job_id], counts=told)
    clock.now += 2
    cache.refresh(api, api.job(job.job_id), shown(cache))
    assert len(cache.select(Filter.TO_REVIEW)) == 2


def test_nothing_waits_for_ever_that_the_index_told_too_late(api: FakeApi) -> None:
    job, cache, _ = filled(api, 3)
    waiting = api.results[job.job_id]
    finish_first(api, job.job_id, 3)
    # All are counted, and the index is a moment behind.
    api.results[job.job_id] = [*api.results[job.job_id][:2], waiting[2]]
    cache.refresh(api, api.job(job.job_id), shown(cache))
    assert len(cache.select(Filter.WAITING)) == 1

    api.finish(job.job_id)
    job = api.job(job.job_id)
    assert cache.is_behind(job)
    cache.refresh(api, job, shown(cache))

    assert (cache.select(Filter.WAITING), cache.is_behind(job)) == ([], False)


def test_counts_of_what_is_not_known_yet_are_not_guessed(api: FakeApi) -> None:
    job = make_job(api, [f"{number}.jpg" for number in range(400)])
    api.finish(job.job_id)
    job = api.job(job.job_id)
    cache = ImageCache(job.job_id)
    cache.refresh(api, job)

    assert cache.count_images(job)[Filter.ALL] == 400
    assert cache.count_images(job)[Filter.TO_REVIEW] is None
    assert cache.count_images(job)[Filter.FLAGGED] is None
    cache.refresh(api, job)
    assert cache.count_images(job)[Filter.TO_REVIEW] == 400


@pytest.mark.parametrize("words", ["stuhl", "STÜHL", "möbel", "Mobel", "sku-0001  stuhl", "  "])
def test_names_are_found_by_a_part_whatever_case_and_accents(api: FakeApi, words: str) -> None:
    job = make_job(api, ["SKU-0001 Stuhl Mo\u0308bel.jpg", "cup.jpg"])
    cache = ImageCache(job.job_id)
    cache.refresh(api, job)

    assert len(cache.select(Filter.ALL, words)) == (1 if words.strip() else 2)
    assert cache.select(Filter.ALL, "Tisch") == []


def test_doubtful_images_are_shown_alone_until_they_are_judged(api: FakeApi) -> None:
    job = make_job(api, ["a.jpg", "b.jpg"])
    api.finish(job.job_id)
    flag = Flag(code="HALO", measured=2, threshold=1, meaning="A light rim.", next_step="")
    api.results[job.job_id][1] = replace(api.results[job.job_id][1], flags=[flag])
    job = api.job(job.job_id)
    cache = ImageCache(job.job_id)
    cache.refresh(api, job)

    assert [image.name for image in cache.select(Filter.FLAGGED)] == ["b.jpg"]
    cache.set_verdict(cache.select(Filter.FLAGGED)[0].image_id, Verdict.APPROVED)
    cache.set_verdict("p0000001", Verdict.APPROVED)
    assert cache.count_images(job)[Filter.FLAGGED] == 0
    assert [image.name for image in cache.select(Filter.FLAGGED)] == ["b.jpg"]


def test_addresses_are_kept_until_they_grow_old(api: FakeApi) -> None:
    _job, cache, clock = filled(api, 3)
    (image,) = cache.load(api, ["p0000001"])
    clock.now += FRESH_SECONDS - 1
    assert cache.load(api, ["p0000001"]) == [image]
    clock.now += 2
    assert cache.load(api, ["p0000001"])[0].before_url != image.before_url


def test_what_was_judged_stays_until_the_filter_is_chosen_again(api: FakeApi) -> None:
    job, cache, _ = filled(api, 3)
    api.finish(job.job_id)
    cache.refresh(api, api.job(job.job_id), shown(cache))
    cache.set_verdict("p0000002", Verdict.APPROVED)

    assert len(cache.select(Filter.TO_REVIEW)) == 3
    assert cache.count_images(job)[Filter.TO_REVIEW] == 2
    cache.judged.clear()
    assert [image.image_id for image in cache.select(Filter.TO_REVIEW)] == ["p0000001", "p0000003"]
    assert [image.image_id for image in cache.select(Filter.APPROVED)] == ["p0000002"]


def test_a_verdict_given_elsewhere_is_seen_with_fresh_addresses(api: FakeApi) -> None:
    job, cache, clock = filled(api, 3)
    api.finish(job.job_id)
    job = api.job(job.job_id)
    cache.refresh(api, job, shown(cache))
    cache.load(api, shown(cache))
    api.set_verdict(job.job_id, "p0000001", Verdict.REJECTED)
    clock.now += FRESH_SECONDS + 1
    cache.load(api, shown(cache))

    assert cache.images["p0000001"].verdict is Verdict.REJECTED
    assert [image.image_id for image in cache.select(Filter.REJECTED)] == ["p0000001"]
