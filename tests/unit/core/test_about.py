"""How long something will take, as people are told."""

from __future__ import annotations

import re

import pytest

from backdrop.core.clock import about


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (60, "about 1 min"),
        (100, "about 1.5 min"),
        (284, "about 4.5 min"),
        (286, "about 5 min"),
        (5_300, "about 88 min"),
        (5_500, "about 1 h 30 min"),
        (9_300, "about 2 h 35 min"),
        (86_000, "about 23 h 55 min"),
        (7_190, "about 2 h"),
    ],
)
def test_it_is_rounded_the_way_it_can_be_known(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_less_time_is_never_told_as_more_and_rounding_hides_no_quarter_of_it() -> None:
    told = [about(seconds) for seconds in range(60, 20_000, 7)]
    minutes = [
        float(found[2]) + 60 * float(found[1] or 0)
        for found in (re.fullmatch(r"about (?:(\d+) h ?)?(?:([\d.]+) min)?", one) for one in told)
        if found and found[2]
    ]
    assert minutes == sorted(minutes)
    assert all(
        abs(float(found[1]) * 60 - seconds) <= 0.25 * seconds
        for seconds, one in zip(range(60, 20_000, 7), told, strict=True)
        if (found := re.fullmatch(r"about ([\d.]+) min", one))
    )
