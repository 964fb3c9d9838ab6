"""Following a job, the list of jobs, the mailbox."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.errors import ServiceUnreachable, SessionExpired
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import FakeService

JOB = "draft000000000000000000001"


@pytest.fixture
def started(signed_in: AppTest) -> AppTest:
    """A job of three photos, just submitted, on its page."""
    names = ("mug.jpg", "cup.jpg", "jar.jpg")
    signed_in.file_uploader[0].set_value([(name, b"photo", "image/jpeg") for name in names])
    signed_in.run()
    signed_in.text_area(key="prompt-1").input("oak table & <light>")
    return signed_in.button(key="submit").click().run()


def links(app: AppTest) -> dict[str, str]:
    """Link buttons of the page: text -> address."""
    return {element.proto.label: element.proto.url for element in app.get("link_button")}


def test_a_running_job_tells_counts_and_time_left(started: AppTest) -> None:
    progress = started.get("progress")[0].proto

    assert progress.text == "0 of 3 finished · about 1 min left"
    assert words(started).count("Working…") == 3
    assert "oak table &amp; &lt;light&gt;" in words(started)
    assert links(started) == {}


def test_a_finished_job_shows_results_failures_and_downloads(started: AppTest, fake: FakeService) -> None:
    fake.api.finish(JOB, fail=["cup.jpg"])
    started.run()

    said = words(started).replace("\\", "")
    assert "1 of 3 photos failed." in said
    assert "The model's content filter refused this photo." in said
    assert "Leave it out." in said
    assert not started.get("progress")
    assert {"Download", "Report for spreadsheets (CSV)", "Full report (JSON)"} <= set(links(started))
    assert links(started)["Full report (JSON)"] == "https://r.example/report.json"
    # What failed comes first, where nobody overlooks it.
    names = [line for line in said.splitlines() if "bd-name" in line]
    assert "cup.jpg" in names[0]


def test_polling_keeps_addresses_so_pictures_are_not_loaded_again(started: AppTest, fake: FakeService) -> None:
    before = [line for line in words(started).splitlines() if "bd-pair" in line]
    asked = fake.api.count("images_page")
    started.run()
    started.run()

    assert [line for line in words(started).splitlines() if "bd-pair" in line] == before
    assert fake.api.count("images_page") == asked
    assert fake.api.count("job") >= 3


def test_a_lost_connection_keeps_what_is_known(started: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "no answer in time")
    started.run()

    assert "trying again" in started.warning[0].value
    assert words(started).count("Working…") == 3
    assert not started.error


def test_an_expired_session_on_the_job_page_leads_back_to_the_job(started: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = SessionExpired()
    started.run()
    assert [field.label for field in started.text_input] == ["E-mail address", "Password"]
    fake.api.fail_with = None
    sign_in(started)

    assert words(started).count("Working…") == 3


def test_failures_can_be_shown_alone(started: AppTest, fake: FakeService) -> None:
    fake.api.finish(JOB, fail=["cup.jpg"])
    started.run()
    started.button_group(key=f"filter-{JOB}").set_value("Failed").run()

    assert words(started).count("bd-name") == 1
    assert "mug.jpg" not in words(started)


def test_an_unknown_job_is_said_plainly(signed_in: AppTest) -> None:
    signed_in.query_params["job"] = "nothing"
    signed_in.run()

    assert "This was not found" in signed_in.error[0].value


def test_a_link_from_a_mail_survives_signing_in(fake: FakeService, started: AppTest) -> None:
    visitor = AppTest.from_file(str(ENTRY), default_timeout=20)
    visitor.query_params["job"] = JOB
    visitor.run()
    sign_in(visitor)

    assert words(visitor).count("Working…") == 3


def test_after_submitting_the_next_job_starts_empty(started: AppTest) -> None:
    assert started.session_state["backdrop.workspace"].photos == {}
    assert started.session_state["backdrop.workspace"].draft_id is None


def test_mailbox_shows_mail_as_text(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "3 of 3 done *really*"
    mail["From"], mail["To"] = "backdrop@example.com", "ana@example.com"
    mail["Date"] = "Mon, 02 Nov 2026 09:32:00 +0000"
    mail.set_content("<script>alert(1)</script>\nhttps://app.example/?job=1.\n")
    (tmp_path / "1.eml").write_bytes(mail.as_bytes())

    def mailbox(folder: str) -> None:
        from pathlib import Path as FolderPath

        from backdrop_web.views import mailbox as view

        view.render(FolderPath(folder))

    shown = AppTest.from_function(mailbox, args=(str(tmp_path),)).run()

    assert "<script>" in shown.code[0].value
    assert "\\*really\\*" in shown.expander[0].label
    assert next(iter(links(shown).values())) == "https://app.example/?job=1"


def test_empty_list_of_jobs_teaches_the_first(fake: FakeService) -> None:
    shown = AppTest.from_function(_jobs_page, default_timeout=20)
    shown.session_state["backdrop.user"] = fake.sign_in("ana@example.com", "right-password")
    shown.run()

    assert not shown.exception
    assert "No jobs yet" in [heading.value for heading in shown.subheader]
    assert [button.label for button in shown.button] == ["Make the first job"]


def test_list_of_jobs_tells_what_became_of_each(started: AppTest, fake: FakeService) -> None:
    fake.api.finish(JOB, fail=["cup.jpg"])
    shown = AppTest.from_function(_jobs_page, default_timeout=20)
    shown.session_state["backdrop.user"] = fake.sign_in("ana@example.com", "right-password")
    shown.run()

    assert not shown.exception
    said = words(shown).replace("\\", "")
    assert "oak table & <light>" in said
    assert "3 photos · 1 failed · $0.16" in said
    assert "Partly failed" in said


def _jobs_page() -> None:
    from backdrop_web.views import jobs

    jobs.render()
