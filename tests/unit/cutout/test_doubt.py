"""Looks at a photo that find different things cannot all be right: how far they differ, and where."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from backdrop_cutout.doubt import hesitation, most_doubtful, spread

Mask = npt.NDArray[np.float32]


def seen(left: int, right: int) -> Mask:
    """A block from `left` to `right` of 320 pixels, 100 pixels high."""
    mask = np.zeros((320, 320), np.float32)
    mask[100:200, left:right] = 1
    return mask


def test_looks_that_are_alike_leave_no_doubt() -> None:
    looks = [seen(50, 250), seen(50, 250)]
    assert spread(looks) == pytest.approx(0)
    assert most_doubtful(looks) is None


def test_a_part_that_one_look_alone_sees_is_the_doubtful_place() -> None:
    looks = [seen(50, 150), seen(50, 250)]
    assert spread(looks) == pytest.approx(0.5)
    place = most_doubtful(looks)
    assert place is not None
    assert place == pytest.approx((150 / 320, 100 / 320, 100 / 320, 100 / 320), abs=0.02)


def test_of_two_places_the_larger_is_named() -> None:
    small = seen(50, 150)
    small[20:24, 20:24] = 1
    place = most_doubtful([seen(50, 250), small])
    assert place is not None
    assert place[0] == pytest.approx(150 / 320, abs=0.02)


def test_weak_answers_count_as_much_as_strong_ones() -> None:
    """The network's answer to a photo without a clear subject is weak all over."""
    assert spread([seen(50, 250), seen(50, 250) * np.float32(0.2)]) == pytest.approx(0)


def test_hesitation_is_what_is_undecided_per_pixel_of_subject() -> None:
    mask = seen(50, 150)
    assert hesitation(mask) == 0
    mask[100:200, 150:200] = 0.3
    assert hesitation(mask) == pytest.approx(0.5)
