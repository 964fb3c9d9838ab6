"""Export again, on a job's page: the images chosen, what is otherwise, and no price."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.api.schemas import backdrops as schemas
from backdrop.api.schemas.jobs import Job, Problem
from backdrop.api.schemas.photos import PhotoStatus
from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.light import Light
from backdrop.core.options import Fill, Options, OutputOptions
from backdrop.core.vocabulary import Verdict
from backdrop_client.file_names import image_id_of
from tests.unit.web.conftest import words
from tests.unit.web.fakes import FakeService
from tests.unit.web.jobs import make_job


@pytest.fixture
def job(fake: FakeService) -> Job:
    """A finished job: of three photos one failed, and the first is approved."""
    made = make_job(fake.api, ["mug.jpg", "cup.jpg", "jar.jpg"], seed=11, options=Options(style="anime"))
    fake.api.finish(made.job_id, fail=["cup.jpg"])
    mug, cup, jar = fake.api.results[made.job_id]
    fake.api.results[made.job_id] = [replace(mug, verdict=Verdict.APPROVED), cup, jar]
    return made


@pytest.fixture
def asked(signed_in: AppTest, job: Job) -> AppTest:
    """The app with the form open."""
    signed_in.query_params["job"] = job.job_id
    signed_in.run()
    return signed_in.button(key="ask-export").click().run()


def key(name: str, job: Job) -> str:
    return f"export-{name}-{job.job_id}"


def start(app: AppTest) -> None:
    app.button(key="export-yes").click().run()


def submitted(fake: FakeService) -> dict[str, Any]:
    said: list[dict[str, Any]] = [call for called, call in fake.api.calls if called == "submit"]
    return said[-1]


def test_all_finished_images_in_another_file(asked: AppTest, fake: FakeService, job: Job) -> None:
    assert "No model is called" in words(asked)
    assert "1 image was not finished: there is nothing to export of it" in words(asked)
    asked.selectbox(key=key("format", job)).select("WEBP").run()

    start(asked)

    sent = submitted(fake)
    assert sent["options"] == Options(style="anime", export_of=job.job_id, output=OutputOptions(format="WEBP"))
    fresh = list(fake.api.submitted.values())[-1]
    assert [image.name for image in fake.api.results[fresh.job_id]] == ["mug.jpg", "jar.jpg"]
    assert asked.get("progress")[0].proto.text.startswith("0 of 2 finished"), "the new job's page is open"


def test_the_approved_on_white_in_a_shape(asked: AppTest, fake: FakeService, job: Job) -> None:
    asked.radio(key=key("which", job)).set_value("approved").run()
    assert "1 of 2 finished images: mug." in words(asked)
    asked.selectbox(key=key("background", job)).select("#ffffff").run()
    asked.selectbox(key=key("size", job)).select("own").run()
    asked.selectbox(key=key("aspect", job)).select("4:5").run()
    asked.number_input(key=key("width", job)).set_value(800).run()

    start(asked)

    assert submitted(fake)["options"] == Options(
        background="#ffffff", export_of=job.job_id, output=OutputOptions(aspect="4:5", width=800)
    )
    fresh = list(fake.api.submitted.values())[-1]
    assert [image.name for image in fake.api.results[fresh.job_id]] == ["mug.jpg"]


def test_a_painted_picture_gets_a_border_where_its_shape_changes(asked: AppTest, fake: FakeService, job: Job) -> None:
    asked.selectbox(key=key("size", job)).select("own").run()
    asked.selectbox(key=key("aspect", job)).select("1:1").run()

    start(asked)

    assert submitted(fake)["options"].output == OutputOptions(aspect="1:1", fill=Fill.PAD)


def test_what_the_search_shows_can_be_exported_alone(signed_in: AppTest, fake: FakeService, job: Job) -> None:
    signed_in.query_params["job"] = job.job_id
    signed_in.run()
    signed_in.text_input(key=f"find-{job.job_id}").set_value("jar").run()
    signed_in.button(key="ask-export").click().run()
    signed_in.radio(key=key("which", job)).set_value("shown").run()

    start(signed_in)

    fresh = list(fake.api.submitted.values())[-1]
    assert [image.name for image in fake.api.results[fresh.job_id]] == ["jar.jpg"]


def test_some_are_chosen_by_their_names(asked: AppTest, fake: FakeService, job: Job) -> None:
    asked.radio(key=key("which", job)).set_value("some").run()
    start(asked)
    assert "No image is chosen" in words(asked)
    assert fake.api.count("copy_photos") == 0
    some = asked.multiselect(key=key("some", job))
    assert some.options == ["mug", "jar"], "what failed is not there to choose"
    some.set_value([fake.api.results[job.job_id][2].image_id]).run()
    assert "1 of 2 finished images: jar." in words(asked)

    start(asked)

    fresh = list(fake.api.submitted.values())[-1]
    assert [image.name for image in fake.api.results[fresh.job_id]] == ["jar.jpg"]


def test_on_a_picture_of_ones_own_with_its_shadow(signed_in: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.library["b1"] = schemas.Backdrop(
        backdrop_id="b1", name="wall.jpg", status=PhotoStatus.READY, created_at="2026-11-20T04:00:00.000Z"
    )
    signed_in.query_params["job"] = job.job_id
    signed_in.run()
    app = signed_in.button(key="ask-export").click().run()
    app.selectbox(key=key("background", job)).select("picture").run()
    app.selectbox(key=key("shadow", job)).select("NONE").run()
    app.selectbox(key=key("light", job)).select("left").run()

    start(app)

    assert submitted(fake)["options"].backdrop == Backdrop(id="b1", shadow=Shadow.NONE, light=Light(direction=-45.0))


def test_of_several_files_of_a_picture_one_is_exported_under_its_own_name(
    signed_in: AppTest, fake: FakeService
) -> None:
    job = make_job(fake.api, ["mug.jpg"], seed=11, options=Options(variations=2, outputs=(OutputOptions(width=300),)))
    fake.api.finish(job.job_id)
    first = fake.api.results[job.job_id][0]
    fake.api.results[job.job_id] = [
        replace(first, image_id=image_id_of(first.photo_id, number), variation=number, seed=11 + (number - 1) // 2)
        for number in (1, 2, 3, 4)
    ]
    signed_in.query_params["job"] = job.job_id
    signed_in.run()
    app = signed_in.button(key="ask-export").click().run()

    start(app)

    assert list(submitted(fake)["seeds"].values()) == [[11, 12]]
    assert submitted(fake)["options"].outputs == ()
    assert fake.api.named[first.photo_id] == ["mug", "mug (3)"], "as the first files of both pictures are called"


def test_without_a_picture_the_way_to_one_is_told(asked: AppTest, fake: FakeService, job: Job) -> None:
    asked.selectbox(key=key("background", job)).select("picture").run()
    start(asked)
    assert "bring one on the page for a new job" in words(asked)
    assert fake.api.count("copy_photos") == 0


def test_what_the_service_refuses_is_told_and_photos_are_taken_over_once(
    asked: AppTest, fake: FakeService, job: Job
) -> None:
    refusal = Problem(
        code="OPTIONS_INVALID", message="A model would have to paint.", next_step="Fill it with a border."
    )
    fake.api.problems = [refusal]
    start(asked)
    assert "A model would have to paint" in words(asked)
    fake.api.problems = []
    start(asked)
    assert fake.api.count("copy_photos") == 1
    assert fake.api.count("submit") == 2
