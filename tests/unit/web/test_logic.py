"""What the pages rest on, without Streamlit."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backdrop_client.answers import Failure, Label
from backdrop_client.errors import ApiError
from backdrop_web.pages.mailbox.mails import read_mailbox
from backdrop_web.service.settings import SettingsMissing, WebSettings
from backdrop_web.streamlit_shell.elements import figure_html
from backdrop_web.text.errors import explain, explain_failure
from backdrop_web.text.formats import duration, literal, local_time, money, plural, shorten, size
from tests.unit.web.conftest import ENVIRONMENT


def test_settings_name_all_that_is_missing() -> None:
    with pytest.raises(SettingsMissing) as caught:
        WebSettings.from_env({"BACKDROP_API_URL": "http://x/v1", "BACKDROP_REGION": " "})

    assert caught.value.names == ("BACKDROP_USER_POOL_ID", "BACKDROP_USER_POOL_CLIENT_ID", "BACKDROP_REGION")


def test_a_cloud_without_its_own_cognito_address_is_not_local() -> None:
    assert not WebSettings.from_env(ENVIRONMENT).local
    assert WebSettings.from_env(ENVIRONMENT | {"BACKDROP_COGNITO_ENDPOINT": "http://127.0.0.1:1"}).local


@pytest.mark.parametrize(
    ("dollars", "words"), [(0, "$0.00"), (0.08, "$0.08"), (0.004, "$0.0040"), (1234.5, "$1,234.50"), (0.28, "$0.28")]
)
def test_money_never_rounds_a_price_to_nothing(dollars: float, words: str) -> None:
    assert money(dollars) == words


def test_numbers_read_as_people_say_them() -> None:
    assert [plural(n, "photo") for n in (0, 1, 1200)] == ["0 photos", "1 photo", "1,200 photos"]
    assert [size(n) for n in (0, 2048, 52_428_800, 2_300_000)] == ["0 kB", "2 kB", "50 MB", "2.2 MB"]
    assert [duration(n) for n in (0.2, 59, 75, 7500)] == ["1 s", "59 s", "1 min", "2 h 5 min"]
    assert shorten("a  b\nc", 10) == "a b c"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"


def test_times_are_the_readers() -> None:
    moment = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    assert local_time(moment, "Europe/Berlin", now=datetime(2026, 11, 3, 8, tzinfo=UTC)) == "today 00:30"
    assert local_time(moment, None, now=datetime(2026, 12, 3, tzinfo=UTC)) == "2 Nov 2026 23:30"
    assert local_time(moment, "No/Where", now=datetime(2026, 12, 3, tzinfo=UTC)) == "2 Nov 2026 23:30"


def test_literal_text_has_no_markup_left() -> None:
    assert literal("*a* [b](c)") == "\\*a\\* \\[b\\]\\(c\\)"
    assert ":red[" not in literal(":red[x]").replace("\\", "")


def test_pictures_escape_what_they_are_given() -> None:
    html = figure_html('https://x/"><script>', '"><script>', missing="")

    assert "<script>" not in html
    assert html.count("<img") == 1


def test_labels_of_one_thing_share_a_frame() -> None:
    car, vehicle = (Label(name=name, confidence=90, boxes=[(0.1, 0.2, 0.301, 0.4)]) for name in ("Car", "<Vehicle>"))
    wheel = Label(name="Wheel", confidence=90, boxes=[(0.5, 0.2, 0.1, 0.1), (0.7, 0.2, 0.1, 0.1)])

    html = figure_html("https://x/", "car", boxes=[car, vehicle, wheel])

    assert html.count('class="bd-box"') == 3
    assert "<span>Car, &lt;Vehicle&gt;</span>" in html


def test_errors_of_the_api_list_their_details() -> None:
    details = [{"name": "mug.jpg", "message": "keeps nothing"}, "plain", {"field": "seed"}, {}]
    notice = explain(ApiError("NO_LABELS_KEPT", "Two photos keep nothing.", "Keep a label.", 400, details))

    assert notice.details == ("mug.jpg: keeps nothing", "plain", "seed")
    assert notice.sentence == "Two photos keep nothing. mug.jpg: keeps nothing plain seed Keep a label."


def test_a_failure_without_a_reason_still_says_something() -> None:
    assert explain_failure(None).next_step
    assert (
        explain_failure(Failure(code="X", message="It broke.", next_step="Mend it.")).sentence == "It broke. Mend it."
    )


def test_mailbox_newest_first_and_broken_mail_named(tmp_path: Path) -> None:
    assert read_mailbox(tmp_path / "none") == ([], 0)
    for hour in (9, 11, 10):
        (tmp_path / f"{hour}.eml").write_text(
            f"Subject: =?utf-8?q?fertig_=E2=9C=93_{hour}?=\nDate: Mon, 02 Nov 2026 {hour:02}:00:00 +0000\n"
            "Content-Type: text/plain; charset=utf-8\n\nhallo\n"
        )
    bad = tmp_path / "bad.eml"
    bad.write_bytes(b"Subject: x\nContent-Type: text/plain; charset=no-such\n\n\xff\n")
    moment = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()
    os.utime(bad, (moment, moment))

    mails, total = read_mailbox(tmp_path)

    assert total == 4
    assert [mail.name for mail in mails] == ["bad.eml", "11.eml", "10.eml", "9.eml"]
    assert mails[1].subject == "fertig ✓ 11"
    assert mails[0].problem
    assert "no-such" in mails[0].problem


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (503, "Backdrop can't be reached right now."),
        (413, "Backdrop did not understand what this page sent."),
    ],
)
def test_what_a_gateway_says_by_itself_is_told_in_words(status: int, what: str) -> None:
    notice = explain(ApiError(f"HTTP_{status}", f"The service answered {status} Reason", "Try again later.", status))

    assert notice.what == what
    assert str(status) not in notice.sentence
