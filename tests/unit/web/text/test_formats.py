"""Numbers, times and text as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backdrop_web.text import language
from backdrop_web.text.formats import (
    choose_date_field,
    escape_markdown,
    format_day,
    format_duration,
    format_local_time,
    format_money,
    format_size,
    format_wait,
    name_seer,
    shorten_text,
)


@pytest.mark.parametrize(
    ("dollars", "words"), [(0, "$0.00"), (0.08, "$0.08"), (0.004, "$0.0040"), (1234.5, "$1,234.50"), (0.28, "$0.28")]
)
def test_money_never_rounds_a_price_to_nothing(dollars: float, words: str) -> None:
    assert format_money(dollars) == words


def test_numbers_read_as_people_say_them() -> None:
    assert [format_size(n) for n in (0, 2048, 52_428_800, 2_300_000)] == ["0 kB", "2 kB", "50 MB", "2.2 MB"]
    assert [format_duration(n) for n in (0.2, 59, 75, 7500)] == ["1 s", "59 s", "1 min", "2 h 5 min"]
    assert shorten_text("a  b\nc", 10) == "a b c"
    assert shorten_text("x" * 50, 10) == "x" * 9 + "…"


def test_times_are_the_readers() -> None:
    moment = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    assert format_local_time(moment, "Europe/Berlin", now=datetime(2026, 11, 3, 8, tzinfo=UTC)) == "today 00:30"
    assert format_local_time(moment, None, now=datetime(2026, 12, 3, tzinfo=UTC)) == "2 Nov 2026 23:30"
    assert format_local_time(moment, "No/Where", now=datetime(2026, 12, 3, tzinfo=UTC)) == "2 Nov 2026 23:30"


def test_literal_text_has_no_markup_left() -> None:
    assert escape_markdown("*a* [b](c)") == "\\*a\\* \\[b\\]\\(c\\)"
    assert ":red[" not in escape_markdown(":red[x]").replace("\\", "")


def test_numbers_money_and_times_are_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "find_language", lambda: "de")
    moment = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)

    assert [format_money(n).replace("\xa0", " ") for n in (0, 0.14, 0.004, 1234.5)] == [
        *("0,00 $", "0,14 $", "0,004 $", "1.234,50 $")
    ]
    assert [format_size(n) for n in (2048, 2_300_000, 2_300_000_000)] == ["2 kB", "2,2 MB", "2.193,5 MB"]
    assert [format_duration(n) for n in (1, 75, 7500)] == ["1 Sek.", "1 Min.", "2 Std. 5 Min."]
    assert [format_wait(n) for n in (10, 140, 9300)] == [
        *("weniger als eine Minute", "etwa 2,5 Min.", "etwa 2 Std. 35 Min.")
    ]
    assert format_local_time(moment, "Europe/Berlin", now=datetime(2026, 11, 3, 8, tzinfo=UTC)) == "heute 00:30"
    assert format_local_time(moment, None, now=datetime(2026, 12, 3, tzinfo=UTC)) == "2. Nov. 2026 23:30"
    assert (format_day("2026-11-03"), choose_date_field()) == ("03.11.2026", "DD.MM.YYYY")
    assert [name_seer("Shop"), name_seer(None)] == ["Team Shop", "Nur ich"]
