"""The code of an authenticator app: asked for at sign-in, set up there or later in the sidebar, taken off again."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.errors import ServiceUnreachable, SessionExpired, SignInCodesOff, SignInCodeUsed
from tests.unit.web.conftest import sign_in, words
from tests.unit.web.fakes import CODE, FakeService, FakeSession

SPACED = "JBSW Y3DP EHPK 3PXP"


def is_inside(app: AppTest) -> bool:
    return "New job" in [title.value for title in app.title]


def type_code(app: AppTest, code: str) -> AppTest:
    app.text_input[0].input(code)
    return app.button[0].click().run()


def test_the_code_is_asked_for_after_the_password_and_wrong_ones_are_told(app: AppTest, fake: FakeService) -> None:
    fake.session.codes = True
    sign_in(app)
    assert [field.label for field in app.text_input] == ["Code from the app"]

    assert "six digits" in type_code(app, "12 34").error[0].value
    assert "code of the app is not right" in type_code(app, "654321").error[0].value
    fake.fail_with = SignInCodeUsed()
    assert "used already" in type_code(app, CODE).error[0].value
    fake.fail_with = None
    assert is_inside(type_code(app, f" {CODE[:3]} {CODE[3:]} "))


def test_the_code_can_be_left_and_one_that_comes_too_late_starts_over(app: AppTest, fake: FakeService) -> None:
    fake.session.codes = True
    sign_in(app)
    app.button(key="back").click().run()
    assert app.text_input[1].label == "Password"

    sign_in(app)
    fake.fail_with = SessionExpired()
    type_code(app, CODE)
    assert "took too long. Sign in once more" in app.info[0].value
    assert app.text_input[1].label == "Password"


def test_whoever_must_have_an_app_sets_it_up_while_signing_in(app: AppTest, fake: FakeService) -> None:
    fake.codes_for_all = True
    sign_in(app)
    assert app.code[0].value == SPACED
    assert 'alt="QR code of the key below"' in words(app)

    assert "not right" in type_code(app, "000000").error[0].value
    assert app.code[0].value == SPACED, "the same key, not another one"
    assert is_inside(type_code(app, CODE))
    assert fake.session.codes


def test_a_key_that_is_not_to_be_had_is_told(app: AppTest, fake: FakeService) -> None:
    fake.codes_for_all, fake.session.fail_with = True, SignInCodesOff()
    sign_in(app)
    assert "not switched on" in app.error[0].value


class Setting:
    """What the dialog holds, drawn by itself: a test's app does not play the runs of a dialog alone."""

    def __init__(self, session: FakeSession, *, required: bool) -> None:
        def page(session, required):  # type: ignore[no-untyped-def] # its source alone is run, elsewhere
            from backdrop_web.service.api import User
            from backdrop_web.sign_in.guard import explain_failures
            from backdrop_web.sign_in.second_step import show_setting
            from tests.unit.web.fakes import FakeApi, FakeUploader

            with explain_failures():
                show_setting(User("ana@example.com", session, FakeApi(), FakeUploader()), required=required)

        self.app = AppTest.from_function(page, args=(session, required)).run()

    def press(self, key: str) -> None:
        self.app.button(key=key).click().run()
        assert not self.app.exception

    def turn_on(self, code: str) -> None:
        self.app.text_input[0].input(code)
        self.press("app-turn-on")


def test_an_app_is_set_up_and_taken_off_in_the_sidebar(fake: FakeService) -> None:
    setting = Setting(fake.session, required=False)
    setting.press("app-on")
    assert setting.app.code[0].value == SPACED
    setting.press("app-cancel")
    assert not setting.app.code
    assert not fake.session.codes

    setting.press("app-on")
    for code in ("000000", "12"):
        setting.turn_on(code)
        assert "not right" in words(setting.app)
        assert setting.app.code[0].value == SPACED, "the same key, not another one"
    setting.turn_on(f"{CODE[:3]} {CODE[3:]}")
    assert fake.session.codes
    assert "next sign-in" in words(setting.app)

    setting.press("app-off")
    assert not fake.session.codes
    assert "password alone is asked for" in words(setting.app)


def test_what_fails_in_the_setting_is_told(fake: FakeService) -> None:
    setting = Setting(fake.session, required=False)
    fake.session.fail_with = ServiceUnreachable("The sign-in service", "no answer in time")
    setting.press("app-on")
    assert "be reached right now" in words(setting.app)


def test_where_everybody_needs_an_app_it_can_be_changed_and_not_taken_off(fake: FakeService) -> None:
    fake.session.codes = True
    keys = {button.key for button in Setting(fake.session, required=True).app.button}
    assert keys == {"app-other"}


def test_the_sidebar_offers_an_app_where_people_may_have_one(
    signed_in: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_SIGN_IN_MFA", "OPTIONAL")
    signed_in.button(key="app-setting").click().run()
    assert signed_in.button(key="app-on").label == "Set up an app"


def test_where_nobody_can_have_an_app_none_is_offered(signed_in: AppTest) -> None:
    signed_in.run()
    assert "app-setting" not in {button.key for button in signed_in.button}
