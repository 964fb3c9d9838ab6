"""Where the labels are that somebody wrote down."""

from __future__ import annotations

from backdrop.jobs.locating import locate
from backdrop.jobs.model import Label

MUG, BOTTLE, CUP = (0.1, 0.4, 0.2, 0.4), (0.6, 0.2, 0.2, 0.7), (0.11, 0.41, 0.2, 0.4)
FOUND = (Label("Mug", 99.0, (MUG,)), Label("Bottle", 90.0, (BOTTLE,)), Label("Cup", 80.0, (CUP,)), Label("Table", 70.0))


def test_what_is_named_is_kept_where_it_is_and_all_else_is_removed() -> None:
    places = locate(["mug"], FOUND)
    assert (places.boxes, places.not_located) == ((MUG,), ())
    assert (places.removed, places.removed_boxes) == (("Bottle", "Cup", "Table"), (BOTTLE, CUP))


def test_a_name_that_is_not_there_or_has_no_place_is_told_beside_those_that_have_one() -> None:
    places = locate(["Unicorn", "Table", "Bottle"], FOUND)
    assert (places.boxes, places.not_located) == ((BOTTLE,), ("Unicorn", "Table"))
    assert places.removed == ("Mug", "Cup"), "a label that is to be kept is not removed"


def test_nothing_is_removed_where_nothing_of_what_is_named_has_a_place() -> None:
    assert locate(["Table"], FOUND) == ((), ("Table",), (), ())
    assert locate(["Mug"], ()) == ((), ("Mug",), (), ())
