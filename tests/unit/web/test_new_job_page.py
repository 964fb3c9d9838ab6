"""Putting a job together."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from backdrop_client.errors import ServiceUnreachable
from tests.unit.web.conftest import words
from tests.unit.web.fakes import FakeService

JPEG = "image/jpeg"


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Choose files in the uploader."""
    app.file_uploader[0].set_value([(name, data, JPEG) for name, data in files])
    return app.run()


def test_photos_are_sent_inspected_and_let_go_of(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("crème brûlée.jpg", b"three"), ("mug.jpg", b"other"))

    assert sorted(fake.uploader.sent) == [("crème brûlée.jpg", 5), ("mug.jpg", 3), ("mug.jpg", 5)]
    assert "3 photos in this job" in words(signed_in)
    assert words(signed_in).count('class="bd-name">mug.jpg<') == 2
    # The uploader is a new, empty one: the browser session no longer holds the bytes.
    assert signed_in.file_uploader[0].value == []


def test_reruns_send_and_inspect_nothing_again(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    for _ in range(3):
        signed_in.run()
    upload(signed_in, ("cup.jpg", b"two"))

    assert fake.api.count("inspect_photo") == 2
    assert fake.api.count("create_draft") == 1
    assert len(fake.uploader.sent) == 2


def test_refused_photos_say_why_and_the_rest_go_on(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("broken.jpg", b"xx"), ("empty.jpg", b""), ("big.jpg", b"x" * 1_000_001))

    said = words(signed_in)
    assert "3 files are left out" in said
    assert "The file ends too early. Copy it again." in said
    assert "The file is empty. Copy it again." in said
    assert "a photo may have 977 kB" in said
    assert "1 photo in this job" in said
    assert not signed_in.button(key="submit").disabled


def test_a_photo_that_did_not_arrive_can_be_sent_again(signed_in: AppTest, fake: FakeService) -> None:
    fake.uploader.fail_once["mug.jpg"] = ServiceUnreachable("The upload storage", "no answer in time")
    upload(signed_in, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    assert "1 photo in this job" in words(signed_in)

    next(button for button in signed_in.button if button.label == "Send again").click().run()

    assert "2 photos in this job" in words(signed_in)
    assert [call for call in fake.api.calls if call[0] == "add_photos"] == [("add_photos", ["mug.jpg", "cup.jpg"])]


def test_file_names_are_shown_as_text(signed_in: AppTest) -> None:
    upload(signed_in, ("<script>alert(1)</script>.jpg", b"one"))

    said = words(signed_in)
    assert "<script>" not in said
    assert "&lt;script&gt;alert(1)" in said


def test_a_removed_photo_is_gone_here_and_in_the_draft(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    signed_in.button(key="remove-p0000001").click().run()

    assert "1 photo in this job" in words(signed_in)
    assert list(fake.api.drafts["draft000000000000000000001"]) == ["p0000002"]


def test_a_draft_in_the_address_is_taken_up_with_its_photos(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    del signed_in.session_state["backdrop.workspace"]
    signed_in.run()

    assert "1 photo in this job" in words(signed_in)
    assert fake.api.count("inspect_photo") == 1


def test_a_draft_that_is_gone_starts_a_new_job(signed_in: AppTest) -> None:
    signed_in.query_params["draft"] = "draft000000000000000000099"
    signed_in.run()

    assert not signed_in.error
    assert "draft" not in signed_in.query_params


def test_an_unreachable_service_is_said_without_a_trace(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "connection refused")
    upload(signed_in, ("mug.jpg", b"one"))

    assert not signed_in.exception
    assert "reached right now" in signed_in.error[0].value


def test_a_defect_of_the_app_shows_words_not_a_trace(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = RuntimeError("secret detail")
    upload(signed_in, ("mug.jpg", b"one"))

    assert not signed_in.exception
    assert "Something went wrong in this page" in signed_in.error[0].value
    assert "secret" not in words(signed_in)
