"""A scene is painted once for photos of one prompt, seed and size whose subjects stand alike."""

from __future__ import annotations

from localcloud.models.scenes.prompt import read_prompt
from localcloud.models.scenes.scene import MOST_SCENES, paint
from localcloud.models.scenes.stance import Stance

WISH = read_prompt("on a light oak table in a bright kitchen", "")
STANDS = Stance(top=0.3, bottom=0.80, cut_off=False, flat=0.0)


def test_subjects_that_stand_alike_share_a_scene_and_keep_their_own_stance() -> None:
    one = paint(WISH, 1, 320, 240, STANDS)
    lower = Stance(top=0.3, bottom=0.805, cut_off=False, flat=0.0)
    other = paint(WISH, 1, 320, 240, lower)
    assert other.image is one.image
    assert other.stance == lower


def test_another_seed_size_prompt_or_place_is_painted_anew() -> None:
    one = paint(WISH, 1, 320, 240, STANDS)
    high = Stance(top=0.1, bottom=0.5, cut_off=False, flat=0.0)
    others = [
        paint(WISH, 2, 320, 240, STANDS),
        paint(WISH, 1, 330, 240, STANDS),
        paint(read_prompt("on a marble counter", ""), 1, 320, 240, STANDS),
    ]
    assert all(other.image is not one.image for other in others)
    assert paint(WISH, 1, 320, 240, high).image is not paint(WISH, 1, 320, 240, STANDS).image


def test_no_more_than_a_few_are_kept() -> None:
    first = paint(WISH, 100, 320, 240, STANDS)
    for seed in range(MOST_SCENES):
        paint(WISH, 101 + seed, 320, 240, STANDS)
    again = paint(WISH, 100, 320, 240, STANDS)
    assert again.image is not first.image
    assert (again.image == first.image).all(), "the same arguments give the same picture"
