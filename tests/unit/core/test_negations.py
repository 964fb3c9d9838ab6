"""Descriptions that say what they do not want."""

from __future__ import annotations

import pytest

from backdrop.core.negations import find_negations, move_negations


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("on a table, no people", [("people",)]),
        ("a kitchen without people or cars, morning light", [("people", "cars")]),
        ("No text, no logos and not too dark", [("text",), ("logos",), ("dark",)]),
        ("a wall with no windows in soft light", [("windows",)]),
        ("a beach, free of any footprints.", [("footprints",)]),
        ("a meadow (no flowers)", [("flowers",)]),
        ("on a marble counter", []),
        ("Chanel No. 5 beside a knot, notes, a no-nonsense desk", []),
        ("nothing but sand", []),
        ("no", []),
        ("", []),
    ],
)
def test_what_is_not_wanted_is_found(text: str, things: list[tuple[str, ...]]) -> None:
    assert [one.things for one in find_negations(text)] == things
    for one in find_negations(text):
        assert text[one.start : one.end].strip() == one.words


@pytest.mark.parametrize(
    ("text", "avoided", "moved"),
    [
        ("on a table, no people", "", ("on a table", "people")),
        ("no people, on a table", "text", ("on a table", "text, people")),
        ("on a table, no people, soft light", "People, text", ("on a table, soft light", "People, text")),
        ("a wall with no windows in soft light", "", ("a wall in soft light", "windows")),
        ("a kitchen without people or cars. Morning.", "", ("a kitchen. Morning.", "people, cars")),
        ("on a table", "text", ("on a table", "text")),
    ],
)
def test_it_moves_to_what_is_avoided(text: str, avoided: str, moved: tuple[str, str]) -> None:
    assert move_negations(text, avoided) == moved
    assert find_negations(moved[0]) == []


def test_a_long_text_is_read_at_once() -> None:
    assert len(find_negations("no a " * 20_000)) < 20_001
