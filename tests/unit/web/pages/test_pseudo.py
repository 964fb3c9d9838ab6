"""No word of the job page, the list of jobs and the mailbox is left untranslated: read in the language of brackets."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.api.schemas.jobs import Flag, Job, UsedSettings
from backdrop.api.schemas.options import Output
from backdrop.core.options import Options, OutputOptions
from backdrop.core.verdicts import RejectReason, Why
from backdrop.core.vocabulary import JobStatus, Role, Verdict
from backdrop_web.download.tickets import TICKETS
from backdrop_web.pages.job.review import grid as review_grid
from backdrop_web.text.language import translate_text
from tests.unit.web import pseudo
from tests.unit.web.fakes import EMAIL, PASSWORD, FakeService
from tests.unit.web.jobs import grid, make_job

NAMES = (
    *("mug.jpg", "cup.jpg", "jar.jpg", "oak table & <light>", "oak table", "oak", "shop", EMAIL, "Deutsch", "English"),
    *(
        "Mug",
        "Table",
        "stability.inpaint",
        "Stability: inpaint",
        "model.good",
        "Model: good",
        "Backdrop",
        "list.csv",
        "backdrop explain",
    ),
    *("JPEG", "PNG", "WebP", "AVIF", "WEBP", "SKU", "halo", "spring", "CUT_OUT"),
)
"""What people and programs named, in these tests."""

_OF_THE_FAKE = (
    "The model's content filter refused this photo.",
    "Leave it out.",
    "Looks odd.",
    "Look again.",
    "An e-mail tells when it is done.",
    "The job was cancelled.",
    "Run the photo again.",
    "Who *asked*",
    "Job x.",
    "It ran.",
    "Job <b>x</b>.",
)
"""What the fake service says: a real one's sentences are marked where they are made."""


@pytest.fixture(autouse=True)
def _speak(monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo.speak(monkeypatch)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the review says to the page."""
    said: dict[str, Any] = {"run": "r", "decisions": []}
    monkeypatch.setattr(review_grid, "read_message", lambda key: said)
    return said


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TICKETS, "served", True)


def left(app: AppTest) -> list[str]:
    """What is still in English; the sidebar and the navigation are not this test's."""
    assert not app.exception
    found = {text for text in pseudo.list_texts_of(app.main) if pseudo.has_foreign(text, [*NAMES, *_OF_THE_FAKE])}
    # One of them may fit a pattern of the service, in part.
    return sorted(found - {translate_text(told) for told in _OF_THE_FAKE})


def open_job(app: AppTest, job: Job) -> AppTest:
    app.query_params["job"] = job.job_id
    return app.run()


def test_a_job_under_way(signed_in: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["mug.jpg", "cup.jpg"])
    open_job(signed_in, job)
    assert left(signed_in) == []

    signed_in.button(key="ask-cancel").click().run()
    assert left(signed_in) == []
    signed_in.button(key="cancel-yes").click().run()
    assert left(signed_in) == []


@pytest.mark.parametrize("name", ["ask-retry", "ask-export", "ask-duplicate", "ask-save", "ask-rename"])
def test_a_job_partly_failed_and_what_is_asked(signed_in: AppTest, fake: FakeService, name: str) -> None:
    job = make_job(fake.api, ["mug.jpg", "cup.jpg", "jar.jpg"], seed=11, options=Options(variations=2))
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    mug = fake.api.results[job.job_id][0]
    odd = Flag(code="EDGE", measured=1, threshold=0, meaning="Looks odd.", next_step="Look again.", box=(0, 0, 1, 1))
    fake.api.results[job.job_id][0] = replace(
        mug, flags=[odd], output=Output(**vars(OutputOptions(width=800, format="WEBP", quality=80)))
    )
    open_job(signed_in, job)
    assert left(signed_in) == []

    signed_in.button(key=name).click().run()
    assert left(signed_in) == []


def test_every_choice_of_an_export(signed_in: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["mug.jpg", "cup.jpg"])
    fake.api.finish(job.job_id)
    open_job(signed_in, job)
    signed_in.button(key="ask-export").click().run()
    for choice, values in {
        "which": ["some"],
        "background": ["colour", "picture", "transparent"],
        "size": ["photo", "own"],
    }.items():
        for value in values:
            key = f"export-{choice}-{job.job_id}"
            (signed_in.radio if choice == "which" else signed_in.selectbox)(key=key).set_value(value).run()
            assert left(signed_in) == [], (choice, value)


def test_a_redo_and_its_tries(signed_in: AppTest, fake: FakeService, browser: dict[str, Any]) -> None:
    job = make_job(fake.api, ["mug.jpg", "cup.jpg"])
    fake.api.finish(job.job_id)
    mug = fake.api.results[job.job_id][0].image_id
    fake.api.set_verdict(job.job_id, mug, Verdict.REJECTED, Why(RejectReason.CUT_OUT, "halo"))
    open_job(signed_in, job)
    assert left(signed_in) == []

    signed_in.button(key="ask-redo").click().run()
    assert left(signed_in) == []
    signed_in.button(key="redo-yes").click().run()
    signed_in.run()
    assert left(signed_in) == [], "while the redo runs"
    redo = next(one.job_id for one in fake.api.submitted.values() if one.redo_of)
    fake.api.finish(redo)
    signed_in.session_state[f"images-{job.job_id}"].tried._fetched_at = None
    signed_in.run()
    assert grid(signed_in)["records"][0]["tryOf"] == 2
    assert left(signed_in) == []
    assert left(open_job(signed_in, fake.api.job(redo))) == []


@pytest.mark.parametrize("wish", ["again", "fix", "place", "story"])
def test_one_image_again(signed_in: AppTest, fake: FakeService, browser: dict[str, Any], wish: str) -> None:
    job = make_job(fake.api, ["mug.jpg"], options=Options(background="#ffffff" if wish == "place" else "generated"))
    fake.api.finish(job.job_id)
    open_job(signed_in, job)
    browser[wish] = {"n": 1, "id": grid(signed_in)["records"][0]["id"]}
    signed_in.run()

    assert left(signed_in) == []


def test_every_filter_that_finds_nothing(signed_in: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["mug.jpg"])
    fake.api.finish(job.job_id)
    open_job(signed_in, job)
    for wanted in ("to-review", "flagged", "approved", "rejected", "failed", "waiting"):
        signed_in.segmented_control(key=f"filter-{job.job_id}").set_value(wanted).run()
        assert left(signed_in) == [], wanted
    signed_in.text_input(key=f"find-{job.job_id}").input("oak").run()
    assert left(signed_in) == []


def test_the_facts_of_a_job_with_all_of_them(signed_in: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["mug.jpg"], negative_prompt="oak", name="shop", tags=("spring",))
    fake.api.finish(job.job_id)
    fake.api.submitted[job.job_id] = replace(
        fake.api.submitted[job.job_id],
        settings=UsedSettings(id="s", name="shop", version=3, changed=True),
        mine=False,
        team="shop",
    )
    assert left(open_job(signed_in, job)) == []


def jobs_page() -> None:
    from backdrop_web.pages.jobs import page

    page.show_page()


@pytest.fixture
def jobs(fake: FakeService) -> AppTest:
    shown = AppTest.from_function(jobs_page, default_timeout=20)
    shown.session_state["backdrop.user"] = fake.sign_in(EMAIL, PASSWORD)
    return shown


def test_the_list_of_jobs(jobs: AppTest, fake: FakeService) -> None:
    assert left(jobs.run()) == [], "before there is any"
    for status in JobStatus:
        made = make_job(fake.api, ["mug.jpg", "cup.jpg"], tags=("spring",), options=Options())
        if status.final:
            fake.api.finish(made.job_id, fail=["cup.jpg"])
        fake.api.submitted[made.job_id] = replace(fake.api.submitted[made.job_id], status=status)
    fake.api.submitted[made.job_id] = replace(fake.api.submitted[made.job_id], prompt="", mine=False, team="shop")
    jobs.session_state["backdrop.user"] = replace(fake.sign_in(EMAIL, PASSWORD), teams=("shop",))
    for photos in (1, 2, 1, 1):
        draft = fake.api.create_draft().draft_id
        for answer in fake.api.add_photos(draft, [_photo(number) for number in range(photos)]):
            fake.api.inspect_photo(draft, answer.photo_id or "")
    del jobs.session_state["jobs.list"]
    assert left(jobs.run()) == []

    jobs.text_input(key="jobs.words").input("oak oak").run()
    assert left(jobs) == [], "nothing found"
    next(one for one in jobs.button if (one.key or "").startswith("discard-")).click().run()
    assert left(jobs) == [], "a draft that can be put back"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REVIEWER, Role.OPS])
def test_the_list_for_other_roles(jobs: AppTest, fake: FakeService, role: Role) -> None:
    jobs.session_state["backdrop.user"] = replace(fake.sign_in(EMAIL, PASSWORD), role=role)
    assert left(jobs.run()) == []
    make_job(fake.api, ["mug.jpg"])
    del jobs.session_state["jobs.list"]
    assert left(jobs.run()) == []


def test_the_mailbox(tmp_path: Path) -> None:
    def mailbox(folder: str) -> None:
        from pathlib import Path as FolderPath

        from backdrop_web.pages.mailbox import page as view

        view.show_page(FolderPath(folder))

    shown = AppTest.from_function(mailbox, args=(str(tmp_path),)).run()
    assert left(shown) == [], "empty"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Date"] = EMAIL, EMAIL, "Mon, 02 Nov 2026 09:32:00 +0000"
    mail.set_content("oak")
    (tmp_path / "1.eml").write_bytes(mail.as_bytes())
    assert left(shown.run()) == []


def _photo(number: int) -> Any:
    from backdrop_client.api import NewPhoto

    return NewPhoto(["mug.jpg", "cup.jpg"][number], 100)
