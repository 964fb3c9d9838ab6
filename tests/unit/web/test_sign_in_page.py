"""Signing in and out, and what happens when the session ends by itself."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.errors import SessionExpired
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import EMAIL, TEMPORARY, FakeService


def test_missing_settings_give_a_page_that_names_them(fake: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKDROP_API_URL")
    monkeypatch.setenv("BACKDROP_REGION", "  ")

    app = AppTest.from_file(str(ENTRY)).run()

    assert not app.exception
    said = words(app)
    assert "BACKDROP_API_URL" in said
    assert "BACKDROP_REGION" in said
    assert "BACKDROP_USER_POOL_ID" not in said


def test_a_visitor_sees_the_form_and_nothing_else(app: AppTest) -> None:
    assert [field.label for field in app.text_input] == ["E-mail address", "Password"]
    assert not app.get("file_uploader")


def test_wrong_password_is_said_in_plain_words(app: AppTest) -> None:
    sign_in(app, "wrong")

    assert "E\\-mail address or password is not right" in app.error[0].value
    assert not app.exception


def test_empty_fields_are_not_sent(app: AppTest) -> None:
    app.button[0].click().run()

    assert "Fill in" in app.error[0].value


def test_temporary_password_asks_for_a_new_one(app: AppTest) -> None:
    sign_in(app, TEMPORARY)
    app.text_input[0].input("a new one")
    app.text_input[1].input("another one")
    app.button[0].click().run()
    assert "same new password twice" in app.error[0].value

    app.text_input[1].input("a new one")
    app.button[0].click().run()

    assert "New job" in [title.value for title in app.title]


def test_signing_out_ends_the_session_and_forgets_the_draft(signed_in: AppTest, fake: FakeService) -> None:
    upload_one(signed_in)
    assert signed_in.text[0].value == EMAIL

    signed_in.button(key="sign-out").click().run()

    assert fake.session.signed_out
    assert "You are signed out." in signed_in.info[0].value
    assert "draft" not in signed_in.query_params
    sign_in(signed_in)
    assert "in this job" not in words(signed_in)


def test_expired_session_asks_to_sign_in_and_keeps_the_draft(signed_in: AppTest, fake: FakeService) -> None:
    upload_one(signed_in)
    signed_in.text_area(key="prompt-1").input("oak table").run()

    fake.api.fail_with = SessionExpired()
    signed_in.button(key="remove-p0000001").click().run()
    assert "signed out because" in signed_in.info[0].value
    fake.api.fail_with = None
    sign_in(signed_in)

    assert "1 photo in this job" in words(signed_in)
    assert signed_in.text_area(key="prompt-1").value == "oak table"
    assert fake.api.count("inspect_photo") == 1


def test_somebody_else_at_the_same_browser_does_not_get_the_draft(
    signed_in: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_one(signed_in)
    fake.api.fail_with = SessionExpired()
    signed_in.button(key="remove-p0000001").click().run()
    fake.api.fail_with = None

    monkeypatch.setattr("tests.unit.web.fakes.EMAIL", "other@example.com")
    signed_in.text_input[0].input("other@example.com")
    signed_in.text_input[1].input("right-password")
    signed_in.button[0].click().run()

    assert "in this job" not in words(signed_in)


def upload_one(app: AppTest) -> None:
    """Add one good photo."""
    app.file_uploader[0].upload("mug.jpg", b"photo", "image/jpeg").run()
