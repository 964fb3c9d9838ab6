"""Putting a job together: its photos."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from backdrop_client.errors import ServiceUnreachable, SessionExpired
from tests.unit.web.conftest import add_photos, sign_in, words
from tests.unit.web.fakes import FakeService

DRAFT = "draft000000000000000000001"


def test_photos_are_sent_checked_and_shown(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"), ("été/crème brûlée.jpg", b"three"), ("mug.jpg", b"other"))

    assert fake.browser.stored == [("mug.jpg", 3), ("été/crème brûlée.jpg", 5), ("mug.jpg", 5)]
    assert "3 photos in this job" in words(signed_in)
    assert words(signed_in).count('class="bd-name" title="mug.jpg">mug.jpg<') == 2
    assert fake.browser.left_out == {}


def test_no_photo_passes_through_this_server(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"))

    assert fake.uploader.sent == []
    assert [one.label for one in signed_in.file_uploader] == ["Filled-in sheet (CSV or Excel)"]


def test_reruns_send_and_check_nothing_again(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"))
    for _ in range(3):
        signed_in.run()
    add_photos(signed_in, fake, ("cup.jpg", b"two"))

    assert fake.api.count("inspect_photo") == 2
    assert fake.api.count("create_draft") == 1
    assert len(fake.browser.stored) == 2


def test_refused_photos_say_why_and_the_rest_go_on(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"), ("broken.jpg", b"xx"), ("empty.jpg", b""))

    assert fake.browser.left_out == {
        "broken.jpg": "The file ends too early. Copy it again.",
        "empty.jpg": "The file is empty. Copy it again.",
    }
    assert "1 photo in this job" in words(signed_in)


def test_the_draft_is_in_the_address_before_the_first_photo_is_sent(signed_in: AppTest, fake: FakeService) -> None:
    signed_in.run()
    fake.browser.choose(("mug.jpg", 3))
    fake.browser.say()
    signed_in.run()

    assert fake.browser.stored == []
    assert signed_in.query_params["draft"] == DRAFT


def test_file_names_are_shown_as_text(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("<script>alert(1)</script>.jpg", b"one"))

    said = words(signed_in)
    assert "<script>" not in said
    assert "&lt;script&gt;alert(1)" in said


def test_a_removed_photo_is_gone_here_and_in_the_draft_and_can_be_added_again(
    signed_in: AppTest, fake: FakeService
) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    signed_in.button(key="remove-p0000001").click().run()

    assert "1 photo in this job" in words(signed_in)
    assert list(fake.api.drafts[DRAFT]) == ["p0000002"]

    add_photos(signed_in, fake, ("mug.jpg", b"one"))
    assert "2 photos in this job" in words(signed_in)


def test_a_draft_in_the_address_is_taken_up_with_its_photos(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"))
    del signed_in.session_state["backdrop.uploads"]
    signed_in.run()

    assert "1 photo in this job" in words(signed_in)
    assert fake.api.count("inspect_photo") == 1


def test_a_reload_in_the_middle_names_what_was_not_uploaded(signed_in: AppTest, fake: FakeService) -> None:
    signed_in.run()
    fake.api.lost.add("cup.jpg")
    fake.browser.choose(("mug.jpg", 3), ("cup.jpg", 4))
    for _ in range(2):
        fake.browser.say()
        signed_in.run()

    del signed_in.session_state["backdrop.uploads"]
    fake.browser.files.clear()
    signed_in.run()
    fake.browser.work(signed_in.run)

    assert "1 photo in this job" in words(signed_in)
    assert fake.browser.left_out == {"cup.jpg": "It was not uploaded yet. Add it again, or remove it here."}

    fake.api.lost.clear()
    add_photos(signed_in, fake, ("mug.jpg", b"one"), ("cup.jpg", b"four"))

    assert "2 photos in this job" in words(signed_in)
    assert fake.browser.left_out == {}
    assert sorted(photo.name for photo in fake.api.drafts[DRAFT].values()) == ["cup.jpg", "mug.jpg"]


def test_a_draft_that_is_gone_starts_a_new_job(signed_in: AppTest) -> None:
    signed_in.query_params["draft"] = "draft000000000000000000099"
    signed_in.run()

    assert not signed_in.error
    assert "draft" not in signed_in.query_params


def test_an_expired_session_keeps_the_files_on_their_way(signed_in: AppTest, fake: FakeService) -> None:
    signed_in.run()
    fake.browser.choose(("mug.jpg", 3), ("cup.jpg", 4))
    fake.browser.say()
    fake.api.fail_with = SessionExpired()
    signed_in.run()
    assert "signed out" in words(signed_in)

    fake.api.fail_with = None
    sign_in(signed_in)
    fake.browser.work(signed_in.run)

    assert "2 photos in this job" in words(signed_in)


def test_an_unreachable_service_is_said_by_the_uploader_and_the_files_wait(
    signed_in: AppTest, fake: FakeService
) -> None:
    signed_in.run()
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "connection refused")
    add_photos(signed_in, fake, ("mug.jpg", b"one"))
    assert "reached right now" in fake.browser.data["trouble"]

    fake.api.fail_with = None
    signed_in.run()
    fake.browser.work(signed_in.run)

    assert fake.browser.data["trouble"] is None
    assert "1 photo in this job" in words(signed_in)
    assert fake.api.count("add_photos") == 1


def test_a_defect_of_the_app_shows_words_not_a_trace(signed_in: AppTest, fake: FakeService) -> None:
    signed_in.run()
    fake.api.fail_with = RuntimeError("secret detail")
    add_photos(signed_in, fake, ("mug.jpg", b"one"))

    assert not signed_in.exception
    assert "Something went wrong in this page" in signed_in.error[0].value
    assert "secret" not in words(signed_in)


HIDDEN = "photo\u202egpj.exe\u2028\u2066.jpg"


def test_a_name_turns_nothing_around_on_the_page_and_is_kept_as_it_is(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, (HIDDEN, b"one"), ("mug.jpg", b"two"))

    assert 'class="bd-name" title="photo\ufffdgpj.exe \ufffd.jpg">photo\ufffdgpj.exe \ufffd.jpg<' in words(signed_in)
    assert "Take photo\ufffdgpj" in signed_in.button(key="remove-p0000001").help.replace("\\", "")
    (trial,) = [box for box in signed_in.selectbox if box.label == "Photo to try"]
    assert trial.options == ["photo\ufffdgpj.exe \ufffd.jpg", "mug.jpg"]
    # The fake service's addresses have the name; S3's never do.
    said = re.sub('https://pictures.example/[^"]*', "", words(signed_in))
    assert 'alt="photo\ufffdgpj.exe \ufffd.jpg"' in said
    assert not {"\u202e", "\u2066", "\u2028"} & set(said)
    assert [photo.name for photo in fake.api.drafts[DRAFT].values()] == [HIDDEN, "mug.jpg"]
