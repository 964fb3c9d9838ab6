"""The list of jobs: what became of each, finding one, making the first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.core.vocabulary import Role
from backdrop_client.api import NewPhoto
from backdrop_client.errors import ServiceUnreachable
from backdrop_web.pages.jobs.first_job import add_sample_photos
from tests.unit.web.conftest import words
from tests.unit.web.fakes import EMAIL, PASSWORD, FakeService
from tests.unit.web.jobs import make_job


def jobs_page() -> None:
    from backdrop_web.pages.jobs import page

    page.show_page()


@pytest.fixture
def page(fake: FakeService) -> AppTest:
    shown = AppTest.from_function(jobs_page, default_timeout=20)
    shown.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
    return shown


def said(app: AppTest) -> str:
    return words(app).replace("\\", "")


def test_empty_list_of_jobs_teaches_the_first(page: AppTest) -> None:
    page.run()

    assert not page.exception
    assert "No jobs yet" in [heading.value for heading in page.header]
    assert [button.label for button in page.button] == ["Make the first job", "Try with sample photos"]


def test_sample_photos_go_into_a_draft(fake: FakeService) -> None:
    draft_id = add_sample_photos(fake.sign_in(EMAIL, PASSWORD))

    photos = list(fake.api.drafts[draft_id or ""].values())
    assert [photo.name for photo in photos] == ["honey jar.jpg", "mug.jpg", "toy car.jpg"]
    assert all(photo.status == "READY" for photo in photos)
    assert all(20_000 < size < 300_000 for _, size in fake.uploader.sent)


def test_a_sample_photo_that_does_not_arrive_is_left_out(fake: FakeService) -> None:
    fake.uploader.fail_once["mug.jpg"] = ServiceUnreachable("The storage", "no answer")
    draft_id = add_sample_photos(fake.sign_in(EMAIL, PASSWORD))

    assert [photo.name for photo in fake.api.drafts[draft_id or ""].values()] == ["honey jar.jpg", "toy car.jpg"]


def test_list_of_jobs_tells_what_became_of_each(page: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["mug.jpg", "cup.jpg", "jar.jpg"])
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    page.run()

    assert not page.exception
    assert "oak table & <light>" in said(page)
    assert "3 images · 1 failed · $0.16" in said(page)
    assert "Partly failed" in said(page)
    assert f"Started by {EMAIL}" in said(page)


def test_jobs_are_found_by_words_and_by_id(page: AppTest, fake: FakeService) -> None:
    for prompt in ("oak table", "White marble", "marble and oak"):
        make_job(fake.api, ["mug.jpg"], prompt)
    page.run()
    page.text_input(key="jobs.words").input("MARBLE oak").run()
    assert "**marble and oak**" in said(page)
    assert "White marble" not in said(page)

    page.text_input(key="jobs.words").input("draft000000000000000000002").run()
    assert "**White marble**" in said(page)
    assert "oak" not in said(page)

    page.text_input(key="jobs.words").input("glass").run()
    assert "No job matches" in page.info[0].value


def test_jobs_are_filtered_by_outcome(page: AppTest, fake: FakeService) -> None:
    done = make_job(fake.api, ["mug.jpg"], "finished one")
    make_job(fake.api, ["mug.jpg"], "running one")
    fake.api.finish(done.job_id)
    page.run()
    page.selectbox(key="jobs.outcome").set_value("Done").run()

    assert "finished one" in said(page)
    assert "running one" not in said(page)


def test_many_jobs_come_in_pages_and_old_ones_are_found(page: AppTest, fake: FakeService) -> None:
    for number in range(230):
        make_job(fake.api, ["mug.jpg"], f"job number {number}" if number else "rare slate")
    for job_id in list(fake.api.submitted):
        fake.api.finish(job_id)
    page.run()
    assert fake.api.count("jobs_page") == 1
    assert sum(button.label == "Open" for button in page.button) == 20
    page.button(key="jobs-Older jobs").click().run()
    assert "**job number 209**" in said(page)
    assert "**job number 229**" not in said(page)

    page.text_input(key="jobs.words").input("slate").run()
    assert "**rare slate**" in said(page)
    assert sum(button.label == "Open" for button in page.button) == 1


def test_a_running_job_is_brought_up_to_date(page: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["mug.jpg"])
    page.run()
    assert "0 finished · about 1 min left" in said(page)
    fake.api.finish(job.job_id)
    page.run()

    assert "Done" in said(page)


def test_an_auditor_sees_who_started_each_job_and_finds_by_it(page: AppTest, fake: FakeService) -> None:
    fake.role = Role.AUDITOR
    page.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
    for who in ("bob@example.com", "carla@example.com"):
        made = make_job(fake.api, ["mug.jpg"], prompt=f"for {who[:3]}")
        fake.api.submitted[made.job_id] = replace(made, requested_by=who, mine=False)
    page.run()

    assert "Everybody's jobs" in said(page)
    assert "bob@example.com" in said(page)
    page.text_input(key="jobs.words").input("carla").run()
    assert "for bob" not in said(page)
    assert "for car" in said(page)


def test_a_member_finds_whose_job_it_is_and_chooses_whose_are_listed(page: AppTest, fake: FakeService) -> None:
    fake.teams = ("studio",)
    page.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
    make_job(fake.api, ["mug.jpg"], prompt="mine alone")
    made = make_job(fake.api, ["mug.jpg"], prompt="bob's", team="studio")
    fake.api.submitted[made.job_id] = replace(made, requested_by="bob@example.com", mine=False)
    page.run()

    assert "those of your team studio" in said(page)
    assert "by bob@example.com" in said(page)
    assert "by demo@example.com" not in said(page)
    page.selectbox(key="jobs.whose").select("*mine").run()
    assert "bob's" not in said(page)
    assert "mine alone" in said(page)
    page.selectbox(key="jobs.whose").select("studio").run()
    assert "bob's" in said(page)
    assert "mine alone" not in said(page)


def test_a_reviewer_is_not_asked_to_make_a_job(page: AppTest, fake: FakeService) -> None:
    fake.role, fake.teams = Role.REVIEWER, ("studio",)
    page.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
    page.run()

    assert "Nobody of your teams has made a job yet." in said(page)
    assert not page.button


def test_an_auditor_of_a_stack_without_jobs_is_not_asked_to_make_one(page: AppTest, fake: FakeService) -> None:
    fake.role = Role.AUDITOR
    page.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
    page.run()

    assert "Nobody has made a job yet." in said(page)
    assert not page.button


def test_drafts_are_listed_with_their_photos_deleted_and_put_back(page: AppTest, fake: FakeService) -> None:
    draft_id = fake.api.create_draft().draft_id
    for answer in fake.api.add_photos(draft_id, [NewPhoto(f"Spring/{name}.jpg", 100) for name in "ab"]):
        fake.api.inspect_photo(draft_id, answer.photo_id or "")
    make_job(fake.api, ["mug.jpg"])
    page.run()

    assert "**Spring/a.jpg and 1 more**" in said(page)
    assert "2 photos · last change" in said(page)
    page.button(key=f"discard-{draft_id}").click().run()
    assert "Spring/a.jpg" not in said(page)
    page.button(key="undo-discard").click().run()
    assert "**Spring/a.jpg and 1 more**" in said(page)
    assert not page.exception


def test_a_job_is_listed_by_its_name_and_found_by_its_file(page: AppTest, fake: FakeService) -> None:
    make_job(fake.api, ["SKU-7/mug.jpg"], name="Spring mugs", tags=("shop a",))
    make_job(fake.api, ["cup.jpg"], name="Cups")
    page.run()
    assert "**Spring mugs**" in said(page)
    assert "shop a" in said(page)

    page.text_input(key="jobs.words").input("sku-7").run()
    assert "**Spring mugs**" in said(page)
    assert "**Cups**" not in said(page)
