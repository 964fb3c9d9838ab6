"""Signing in and out, and what happens when the session ends by itself."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.errors import (
    PasswordExpired,
    PasswordResetRequired,
    ServiceUnreachable,
    SessionExpired,
    SignInError,
    TooManyAttempts,
    UserDisabled,
    UserNotConfirmed,
)
from backdrop_web.sign_in import password_rules
from tests.unit.web.conftest import ENTRY, add_photos, sign_in, words
from tests.unit.web.fakes import CODE, EMAIL, TEMPORARY, FakeService

NEW = "Good-password-1!"


@pytest.fixture
def signed_in(app: AppTest) -> AppTest:
    """The app after signing in by its form."""
    return sign_in(app)


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


def test_another_language_keeps_what_was_typed(app: AppTest) -> None:
    # The browser keeps what is typed in a form by the field's id, and sends it with the form.
    before = [field.proto.id for field in app.text_input]
    app.selectbox(key="language.field").set_value("de").run()

    assert [field.label for field in app.text_input] == ["E-Mail-Adresse", "Passwort"]
    assert [field.proto.id for field in app.text_input] == before


def test_wrong_password_is_said_in_plain_words(app: AppTest) -> None:
    sign_in(app, "wrong")

    assert "E\\-mail address or password is not right" in app.error[0].value
    assert not app.exception


def test_empty_fields_are_not_sent(app: AppTest) -> None:
    app.button[0].click().run()

    assert "Fill in" in app.error[0].value


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TooManyAttempts("Password attempts exceeded"), "Wait a few minutes"),
        (UserNotConfirmed(), "not ready yet"),
        (UserDisabled("User is disabled."), "switched off"),
        (PasswordExpired("Temporary password has expired"), "temporary password is no longer valid"),
        (ServiceUnreachable("The sign-in service", "Connection refused"), "can't be reached right now"),
        (SignInError("CHALLENGE_NOT_SUPPORTED", "SOFTWARE_TOKEN_MFA", "..."), "second step"),
    ],
)
def test_what_keeps_people_out_is_said_in_plain_words(
    app: AppTest, fake: FakeService, error: Exception, said: str
) -> None:
    fake.fail_with = error

    sign_in(app)

    assert said in app.error[0].value.replace("\\", "")
    assert [field.label for field in app.text_input] == ["E-mail address", "Password"]
    assert not app.exception


def test_a_defect_is_told_with_a_reference_that_is_in_the_log(
    app: AppTest, fake: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail_with = KeyError("a secret detail")

    sign_in(app)

    told = app.error[0].value.replace("\\", "")
    reference = re.search(r"Reference.* (\w{8})$", told)
    assert reference
    assert reference[1] in caplog.text
    assert "a secret detail" in caplog.text
    assert "a secret detail" not in words(app)


def test_temporary_password_asks_for_a_new_one(app: AppTest) -> None:
    sign_in(app, TEMPORARY)
    assert password_rules.RULES in words(app)
    app.text_input[0].input(NEW)
    app.text_input[1].input("another one")
    app.button[0].click().run()
    assert "same new password twice" in app.error[0].value

    app.text_input[1].input(NEW)
    app.button[0].click().run()

    assert "New job" in [title.value for title in app.title]


def test_a_new_password_says_what_it_lacks(app: AppTest) -> None:
    sign_in(app, TEMPORARY)
    for field in app.text_input:
        field.input("lowercase1")
    app.button[0].click().run()

    told = app.error[0].value.replace("\\", "")
    assert "It still needs 2 more characters, a capital letter and a symbol" in told


def test_a_temporary_password_that_waited_too_long_starts_over(app: AppTest, fake: FakeService) -> None:
    sign_in(app, TEMPORARY)
    fake.fail_with = SessionExpired()
    for field in app.text_input:
        field.input(NEW)
    app.button[0].click().run()

    assert "temporary password once more" in app.info[0].value
    assert app.text_input[1].label == "Password"


def test_a_forgotten_password_is_replaced_with_the_mailed_code(app: AppTest, fake: FakeService) -> None:
    app.button(key="forgot").click().run()
    app.text_input[0].input(EMAIL)
    app.button[0].click().run()
    assert fake.codes == [EMAIL]
    assert [field.label for field in app.text_input] == [
        "Code from the e-mail",
        "New password",
        "New password again",
    ]

    _new_password(app, "999999")
    assert "code is not right" in app.error[0].value
    app.button(key="send-again").click().run()
    assert fake.codes == [EMAIL, EMAIL]
    assert "new code is on its way" in app.info[0].value
    _new_password(app, f" {CODE[:3]} {CODE[3:]} ")

    assert "New job" in [title.value for title in app.title]


def test_nobody_learns_from_the_form_who_has_an_account(app: AppTest, fake: FakeService) -> None:
    app.button(key="forgot").click().run()
    app.text_input[0].input("nobody@example.com")
    app.button[0].click().run()

    assert "If <strong>nobody@example.com</strong> has an account" in words(app)


def test_a_reset_that_an_administrator_asked_for_goes_to_the_code(app: AppTest, fake: FakeService) -> None:
    fake.fail_with = PasswordResetRequired()
    sign_in(app)

    assert app.text_input[0].label == "Code from the e-mail"
    assert "must be changed" in app.info[0].value


def test_codes_asked_for_too_often_are_refused_in_words(app: AppTest, fake: FakeService) -> None:
    app.button(key="forgot").click().run()
    app.text_input[0].input(EMAIL)
    fake.fail_with = TooManyAttempts("Attempt limit exceeded, please try after some time.")
    app.button[0].click().run()

    assert "Wait a few minutes" in app.error[0].value
    app.button(key="back").click().run()
    assert app.text_input[1].label == "Password"


def test_a_page_loaded_again_stays_signed_in(signed_in: AppTest, fake: FakeService) -> None:
    fake.cookie = str(signed_in.session_state["backdrop.sign_in_name"])

    again = AppTest.from_file(str(ENTRY), default_timeout=20).run()

    assert "New job" in [title.value for title in again.title]
    assert again.text[0].value == EMAIL


def test_a_made_up_cookie_is_nobody(fake: FakeService) -> None:
    fake.cookie = "made-up"

    app = AppTest.from_file(str(ENTRY), default_timeout=20).run()

    assert app.text_input[1].label == "Password"


def test_signing_out_in_one_tab_signs_out_the_others(signed_in: AppTest, fake: FakeService) -> None:
    fake.cookie = str(signed_in.session_state["backdrop.sign_in_name"])
    other = AppTest.from_file(str(ENTRY), default_timeout=20).run()

    other.button(key="sign-out").click().run()
    signed_in.run()

    assert signed_in.text_input[1].label == "Password"
    assert "You are signed out." in signed_in.info[0].value
    third = AppTest.from_file(str(ENTRY), default_timeout=20).run()
    assert third.text_input[1].label == "Password"


def test_signing_out_everywhere_ends_all_sessions_of_the_user(fake: FakeService) -> None:
    here, there = (sign_in(AppTest.from_file(str(ENTRY), default_timeout=20).run()) for _ in range(2))

    here.button(key="sign-out-everywhere").click().run()
    there.run()

    assert fake.session.everywhere
    assert "on all devices" in here.info[0].value
    assert there.text_input[1].label == "Password"


def test_signing_out_everywhere_that_failed_is_not_called_done(signed_in: AppTest, fake: FakeService) -> None:
    fake.session.fail_with = ServiceUnreachable("The sign-in service", "no answer in time")

    signed_in.button(key="sign-out-everywhere").click().run()

    assert "could not be reached" in signed_in.info[0].value
    assert signed_in.text_input[1].label == "Password"


def test_fields_keep_their_words_over_a_new_sign_in(fake: FakeService) -> None:
    def page() -> None:
        import streamlit as st

        from backdrop_web.service.api import User
        from backdrop_web.sign_in import session
        from tests.unit.web.fakes import FakeApi, FakeSession, FakeUploader

        if st.query_params.get("away"):
            st.text_input("Password")
            return
        if st.session_state.pop("return", False):
            session.begin_session(User("ana@example.com", FakeSession(), FakeApi(), FakeUploader()))
        st.text_input("Words", key="words")
        st.checkbox("On", key="on")
        st.multiselect("Some", ["a", "b"], key="some")
        st.slider("How much", 0, 10, key="much")
        st.file_uploader("Files", key="files")
        st.button("Press", key="press")
        if st.button("Expire", key="expire"):
            session.expire_session("You were away.")
            st.query_params["away"] = "1"
            st.rerun()

    app = AppTest.from_function(page).run()
    app.text_input(key="words").input("oak table")
    app.checkbox(key="on").check()
    app.multiselect(key="some").set_value(["b"])
    app.slider(key="much").set_value(7)
    app.button(key="press").click().run()
    app.button(key="expire").click().run()
    app.text_input[0].input("secret").run()
    del app.query_params["away"]
    app.session_state["return"] = True
    app.run()

    assert not app.exception
    assert app.text_input(key="words").value == "oak table"
    assert app.checkbox(key="on").value is True
    assert app.multiselect(key="some").value == ["b"]
    assert app.slider(key="much").value == 7
    app.button(key="press").click().run()
    assert not app.exception


def test_signing_out_ends_the_session_and_forgets_the_draft(signed_in: AppTest, fake: FakeService) -> None:
    upload_one(signed_in, fake)
    assert signed_in.text[0].value == EMAIL

    signed_in.button(key="sign-out").click().run()

    assert fake.session.signed_out
    assert "You are signed out." in signed_in.info[0].value
    assert "draft" not in signed_in.query_params
    sign_in(signed_in)
    assert "in this job" not in words(signed_in)


def test_expired_session_asks_to_sign_in_and_keeps_the_draft(signed_in: AppTest, fake: FakeService) -> None:
    upload_one(signed_in, fake)
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
    upload_one(signed_in, fake)
    fake.api.fail_with = SessionExpired()
    signed_in.button(key="remove-p0000001").click().run()
    fake.api.fail_with = None

    monkeypatch.setattr("tests.unit.web.fakes.EMAIL", "other@example.com")
    signed_in.text_input[0].input("other@example.com")
    signed_in.text_input[1].input("right-password")
    signed_in.button[0].click().run()

    assert "in this job" not in words(signed_in)


def upload_one(app: AppTest, fake: FakeService) -> None:
    """Add one good photo."""
    add_photos(app, fake, ("mug.jpg", b"photo"))


def _new_password(app: AppTest, code: str) -> None:
    app.text_input[0].input(code)
    app.text_input[1].input(NEW)
    app.text_input[2].input(NEW)
    app.button[0].click().run()
