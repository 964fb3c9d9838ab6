"""Rejected images redone on a job's page: new tries of the same images, in the same set."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.core.verdicts import RejectReason, Why
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_client.tries.sets import find_shown, images_of_set
from backdrop_web.pages.job.image_cache import Filter, ImageCache
from backdrop_web.pages.job.review import grid as review_grid
from tests.unit.web.fakes import FakeService
from tests.unit.web.jobs import grid, make_job, tiles


def test_what_is_rejected_is_redone_into_the_same_set(
    signed_in: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, Any] = {"run": "r", "decisions": []}
    monkeypatch.setattr(review_grid, "read_message", lambda key: said)
    api, job = fake.api, make_job(fake.api, ["mug.jpg", "cup.jpg"])
    api.finish(job.job_id)
    mug = api.results[job.job_id][0].image_id
    api.set_verdict(job.job_id, mug, Verdict.REJECTED, Why(RejectReason.CUT_OUT))
    signed_in.query_params["job"] = job.job_id
    signed_in.run()
    assert "1 of them is rejected" in " ".join(one.value for one in signed_in.success)

    signed_in.button(key="ask-redo").click().run()
    assert any("cut-out: 1 image" in one.value.replace("\\", "") for one in signed_in.caption)
    signed_in.text_area(key="redo-words").input("on oak").run()
    signed_in.button(key="redo-yes").click().run()

    sent = [what for name, what in api.calls if name == "submit"][-1]
    (copy,) = sent["instead_of"]
    assert (sent["redo_of"], sent["instead_of"], sent["prompts"]) == (job.job_id, {copy: [mug]}, {copy: "on oak"})
    redo = next(one.job_id for one in api.submitted.values() if one.redo_of)
    signed_in.run()
    assert tiles(signed_in)[0] == ("mug.jpg", "waiting"), "the same image, in the same job"
    api.finish(redo)
    signed_in.session_state[f"images-{job.job_id}"].tried._fetched_at = None
    signed_in.run()
    first, second = grid(signed_in)["records"]
    assert (first["id"], first["tryNumber"], first["tryOf"]) == (f"{redo}/{copy}", 2, 2)
    assert [(one["id"], one["verdict"], one["reason"]) for one in first["behind"]] == [(mug, "REJECTED", "CUT_OUT")]
    assert "behind" not in second

    said["decisions"] = [{"n": 1, "id": first["id"], "verdict": "APPROVED"}]
    signed_in.run()
    assert [what for name, what in api.calls if name == "set_verdict"][-1] == (redo, copy, Verdict.APPROVED)
    assert tiles(signed_in)[0] == ("mug.jpg", "APPROVED")

    of = api.job(job.job_id)
    in_set = list(images_of_set(api, of, find_shown(api, of)))
    assert (in_set[0].image_id, in_set[0].verdict) == (mug, Verdict.APPROVED), "in the ZIP, under its name"


def test_what_the_set_shows_of_a_redo_is_not_exported_as_its_first_try(signed_in: AppTest, fake: FakeService) -> None:
    api, job = fake.api, make_job(fake.api, ["mug.jpg", "cup.jpg"])
    api.finish(job.job_id)
    mug, cup = (image.image_id for image in api.results[job.job_id])
    redo = make_job(api, ["mug.jpg"], redo_of=job.job_id, instead_of={})
    api.instead_of[redo.job_id] = {api.results[redo.job_id][0].image_id: [mug]}
    api.finish(redo.job_id)
    signed_in.query_params["job"] = job.job_id
    signed_in.run()

    signed_in.button(key="ask-export").click().run()
    assert any("1 image was made anew and is left out here" in one.value for one in signed_in.caption)
    assert any(f"(job?id={redo.job_id})" in one.value for one in signed_in.caption)
    signed_in.selectbox(key=f"export-format-{job.job_id}").select("WEBP").run()
    signed_in.button(key="export-yes").click().run()

    copied = [what for name, what in api.calls if name == "copy_photos"][-1]
    assert cup.partition("-")[0] in str(copied)
    fresh = list(api.submitted.values())[-1]
    assert [image.name for image in api.results[fresh.job_id]] == ["cup.jpg"]


def test_a_job_tells_what_its_redos_cost_and_where_they_are(signed_in: AppTest, fake: FakeService) -> None:
    api, job = fake.api, make_job(fake.api, ["mug.jpg"])
    api.finish(job.job_id)
    redo = make_job(api, ["mug.jpg"], redo_of=job.job_id, instead_of={})
    api.instead_of[redo.job_id] = {api.results[redo.job_id][0].image_id: [api.results[job.job_id][0].image_id]}
    api.finish(redo.job_id)
    signed_in.query_params["job"] = job.job_id
    signed_in.run()

    told = next(one.value for one in signed_in.caption if "for 1 redo" in one.value).replace("\\", "")
    assert told.startswith("And $0.08 for 1 redo, a job of its own: [")
    assert told.endswith(f"](job?id={redo.job_id})")


def test_a_set_is_counted_by_what_it_shows_and_asked_for_only_where_something_was_redone(fake: FakeService) -> None:
    api, job = fake.api, make_job(fake.api, ["mug.jpg", "cup.jpg"])
    api.finish(job.job_id, fail=["cup.jpg"])
    cache = ImageCache(job.job_id)
    cache.refresh(api, api.job(job.job_id))
    assert (cache.count_images(api.job(job.job_id))[Filter.FAILED], api.count("tries")) == (1, 0)
    cup = api.results[job.job_id][1].image_id
    redo = make_job(api, ["cup.jpg"], redo_of=job.job_id, instead_of={})
    api.instead_of[redo.job_id] = {api.results[redo.job_id][0].image_id: [cup]}

    cache.refresh(api, api.job(job.job_id))
    counts = cache.count_images(api.job(job.job_id))

    assert (counts[Filter.FAILED], counts[Filter.WAITING]) == (0, 1)
    assert cache.glances[cup].status is ImageStatus.QUEUED
    assert not cache.is_behind(api.job(job.job_id)), "its page is not asked for twice a second meanwhile"
    asked = api.count("tries")
    cache.refresh(api, api.job(job.job_id))
    assert api.count("tries") == asked
