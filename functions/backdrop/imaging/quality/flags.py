"""Quality flags: which finished pictures a person should look at, and why.

`quality_measures` measures, `quality.json` says which number is too much, this module joins the two. The thresholds
are chosen so that good results are seldom flagged (docs/quality-flags.md has the figures): each flag costs a
person's attention.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from PIL import Image

from backdrop.core.vocabulary import Box, Doubt, Mode
from backdrop.core.words.marks import mark_phrase
from backdrop.imaging.masks import VISIBLE
from backdrop.imaging.quality import frame as quality_frame
from backdrop.imaging.quality import measures as quality_measures
from backdrop.imaging.quality import subject as quality_subject

_SEEN = [255 if value >= VISIBLE else 0 for value in range(256)]

_OF_A_CUT_OUT = (
    "coverage",
    "border_contact",
    "subject_colour",
    "subject_structure",
    "photo_sharpness",
    "sharpness_kept",
)
"""Measures by which a photo that came cut out is judged."""

_BORDER = 0.02
"""Share of the picture's side: what ends nearer to the frame's border reaches it."""

_BOX_MARGIN = 0.05
"""Share of the picture's side: detectors' boxes are a little tight."""


class FlagCode(StrEnum):
    """Closed list of reasons to look at a picture."""

    CUT_OUT_DOUBTFUL = "CUT_OUT_DOUBTFUL"
    MASK_UNCERTAIN = "MASK_UNCERTAIN"
    MASK_TINY = "MASK_TINY"
    MASK_TOUCHES_BORDER = "MASK_TOUCHES_BORDER"
    HALO = "HALO"
    SUBJECT_ALTERED = "SUBJECT_ALTERED"
    BACKGROUND_UNCHANGED = "BACKGROUND_UNCHANGED"
    WRONG_OBJECT = "WRONG_OBJECT"
    BLURRED = "BLURRED"
    LABELS_NOT_LOCATED = "LABELS_NOT_LOCATED"


_WORDS: dict[FlagCode, tuple[str, str]] = {
    FlagCode.CUT_OUT_DOUBTFUL: (
        mark_phrase(
            "The cut-out may be wrong here: parts of the product missing, holes filled, or surroundings taken for it."
        ),
        mark_phrase(
            "Compare the outline with the photo; if it is wrong, fix the cut-out in the web app, or upload a mask."
        ),
    ),
    FlagCode.MASK_UNCERTAIN: (
        mark_phrase("The cut-out is undecided about parts of the product: they may be half transparent or missing."),
        mark_phrase(
            "Look at thin and see-through parts; if any are missing, fix the cut-out in the web app, or upload a mask."
        ),
    ),
    FlagCode.MASK_TINY: (
        mark_phrase("The product takes up very little of the picture."),
        mark_phrase("Check that the right object was cut out; crop the photo closer to the product."),
    ),
    FlagCode.MASK_TOUCHES_BORDER: (
        mark_phrase(
            "The cut-out reaches the edge of the photo: the product is cut off there, or surroundings "
            "were taken for it."
        ),
        mark_phrase("Check that this is meant; otherwise take the photo with some room on all sides."),
    ),
    FlagCode.HALO: (
        mark_phrase("The product's outline shows a rim of the old background, or a bright or dark ring."),
        mark_phrase(
            "Look at the outline at full size; upload a tighter mask or choose a background closer to the old one."
        ),
    ),
    FlagCode.SUBJECT_ALTERED: (
        mark_phrase("The product itself differs from the photo in colour or detail."),
        mark_phrase("Compare with the photo; use the PRECISE mode, which keeps the photo's own pixels."),
    ),
    FlagCode.BACKGROUND_UNCHANGED: (
        mark_phrase("Much of the background is still the photo's, or not what was asked for."),
        mark_phrase("Change the prompt or the seed and run the image again."),
    ),
    FlagCode.WRONG_OBJECT: (
        mark_phrase(
            "The cut-out does not fit the labels that were kept: a kept object is missing from it, or it holds another."
        ),
        mark_phrase("Check which object is in the picture; keep other labels, or upload a mask."),
    ),
    FlagCode.BLURRED: (
        mark_phrase("The product is out of focus in the photo, or has become clearly softer in the result."),
        mark_phrase("Take a sharper photo; if the photo is sharp, use the PRECISE mode."),
    ),
    FlagCode.LABELS_NOT_LOCATED: (
        mark_phrase(
            "Labels that were to be kept have no place in the photo that Rekognition can point at: they "
            "limited nothing."
        ),
        mark_phrase("Check what is in the picture; name labels that the photo has, or give it a mask."),
    ),
}


@dataclass(frozen=True)
class Flag:
    """One reason to look at a picture.

    Attributes:
        code: a `FlagCode`.
        measured: the number found.
        threshold: the most (or least) that passes without a flag.
        box: where to look; None where no place was found, or the whole picture is meant.
    """

    code: str
    measured: float
    threshold: float
    box: Box | None = None


@dataclass(frozen=True)
class Rule:
    """One row of quality.json: a measure, and how much of it is too much (`at_most`) or too little (`at_least`)."""

    code: FlagCode
    measure: str
    at_most: float | None
    at_least: float | None

    def broken_by(self, measured: float) -> bool:
        """True when the number asks for a person's look."""
        if self.at_most is not None and measured > self.at_most:
            return True
        return self.at_least is not None and measured < self.at_least

    @property
    def threshold(self) -> float:
        """The one that is given."""
        return self.at_most if self.at_most is not None else self.at_least or 0.0


def words(code: str) -> tuple[str, str]:
    """What a flag means and what to do about it.

    Raises:
        ValueError: no such code.
    """
    return _WORDS[FlagCode(code)]


def assess(
    photo: Image.Image,
    result: Image.Image,
    mask: Image.Image | None,
    *,
    boxes: Sequence[Box],
    mode: Mode,
    background: str,
    cut_out: bool = False,
) -> tuple[Flag, ...]:
    """The reasons why a person should look at `result`; empty for a good picture.

    Args:
        photo: RGB, upright, any size.
        result: RGB, or RGBA when the background is transparent; the photo's frame in any size.
        mask: L, 255 = subject, the photo's frame in any size; None when no mask was made (then only what needs none
            is judged).
        boxes: of the kept labels.
        mode: in `PRECISE` the subject's pixels must be the photo's own.
        background: "generated", "transparent", "backdrop" or "#rrggbb".
        cut_out: `mask` is the photo's own alpha. Somebody chose it, and what shines through is meant to: neither it nor
            its rim is doubted.

    Returns:
        At most one flag per code, in the order of the table of rules.
    """
    if not cut_out or mask is None:
        return judge(measures(photo, result, mask, boxes=boxes, mode=mode, background=background))
    found = measures(photo, result, mask.point(_SEEN), boxes=(), mode=mode, background=background)
    asked = {*_OF_A_CUT_OUT, *(["background_unchanged"] if background in ("generated", "backdrop") else [])}
    return judge({name: value for name, value in found.items() if name in asked})


def doubted(doubt: Doubt | None, flags: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """Return `flags`, and before them that of a cut-out whose maker doubts it.

    What such a mask has at the frame's border is as likely surroundings as a product that is cut off: where the doubt
    lies there, it is said once, and by the doubt.
    """
    found = judge({"doubt": doubt.measured}) if doubt else ()
    if not doubt or not found:
        return flags
    first = replace(found[0], box=doubt.box)
    others = (one for one in flags if one.code != FlagCode.MASK_TOUCHES_BORDER or not _at_border(doubt.box))
    return (first, *others)


def _at_border(box: Box | None) -> bool:
    if box is None:
        return False
    left, top, width, height = box
    return min(left, top, 1 - left - width, 1 - top - height) < _BORDER


def not_located(found: Mapping[str, object]) -> tuple[Flag, ...]:
    """The flag of an image for whose photo somebody wrote labels down that were looked for in vain.

    Args:
        found: what the workflow found out about the photo; `NotLocated` has the names, by commas.
    """
    names = str(found.get("NotLocated") or "")
    return (Flag(FlagCode.LABELS_NOT_LOCATED.value, names.count(",") + 1, 0.0),) if names else ()


def judge(measured: Mapping[str, float | None]) -> tuple[Flag, ...]:
    """The flags that `measures` asks for, at most one per code: of several broken rules the first counts."""
    flags: dict[FlagCode, Flag] = {}
    for rule in rules():
        value = measured.get(rule.measure)
        if value is not None and rule.code not in flags and rule.broken_by(value):
            flags[rule.code] = Flag(rule.code.value, round(value, 4), rule.threshold)
    return tuple(flags.values())


def measures(
    photo: Image.Image,
    result: Image.Image,
    mask: Image.Image | None,
    *,
    boxes: Sequence[Box],
    mode: Mode,
    background: str,
) -> Mapping[str, float | None]:
    """The numbers behind `assess` by the names of quality.json; what cannot be measured is None or left out."""
    frame = _frame(photo, result, mask)
    found: dict[str, float | None] = {}
    if frame.mask is None:
        found["picture_unchanged"] = quality_measures.unchanged_picture(frame)
        found["detail_kept"] = quality_subject.detail_kept(frame, boxes)
    else:
        places = quality_frame.regions(frame.mask)
        found["background_unchanged"] = quality_measures.unchanged_background(frame, places.outside, background)
        found.update(_of_mask(frame.mask, boxes))
        found.update(_of_subject(frame, places, mode))
    found.update(_of_sharpness(photo, result, frame.mask, boxes, mode))
    return found


def _frame(photo: Image.Image, result: Image.Image, mask: Image.Image | None) -> quality_frame.Frame:
    size = quality_frame.small_size(photo.size)
    small_photo, small_result = (quality_frame.small(image, size) for image in (photo, result))
    small_mask = quality_frame.small(mask, size) if mask is not None else None
    if small_result.mode != "RGBA":
        return quality_frame.Frame(small_photo, small_result, None, small_mask)
    # Bright and dark rings both show on grey.
    ground = Image.new("RGB", size, (128, 128, 128))
    ground.paste(small_result.convert("RGB"), mask=small_result)
    return quality_frame.Frame(small_photo, ground, small_result.getchannel("A"), small_mask)


def _of_mask(mask: Image.Image, boxes: Sequence[Box]) -> dict[str, float | None]:
    return {
        "coverage": quality_measures.coverage(mask),
        "undecided": quality_measures.undecided(mask),
        "border_contact": quality_measures.border_contact(mask),
        "least_box_filled": quality_measures.least_box_filled(mask, boxes),
        "outside_boxes": quality_measures.outside_boxes(mask, boxes, _BOX_MARGIN),
    }


def _of_subject(frame: quality_frame.Frame, places: quality_frame.Regions, mode: Mode) -> dict[str, float | None]:
    found: dict[str, float | None] = {"old_rim": quality_measures.old_rim(frame, places)}
    rings = quality_measures.rings(frame, places)
    if rings is not None:
        found["bright_ring"], found["dark_ring"] = rings
    if mode is Mode.PRECISE:
        found["subject_differing"] = quality_subject.differing_subject(frame, places.core)
        return found
    altered = quality_subject.alteration(frame, places.core)
    if altered is not None:
        found["subject_colour"], found["subject_structure"] = altered
    return found


def _of_sharpness(
    photo: Image.Image, result: Image.Image, mask: Image.Image | None, boxes: Sequence[Box], mode: Mode
) -> dict[str, float | None]:
    box = quality_subject.window(mask, boxes, photo.size)
    before = quality_subject.sharpness(quality_subject.closeup(photo, box))
    found: dict[str, float | None] = {"photo_sharpness": before}
    if mode is Mode.PRECISE or before is None:
        return found
    after = quality_subject.sharpness(quality_subject.closeup(result, quality_subject.window(mask, boxes, result.size)))
    found["sharpness_kept"] = after / before if after is not None and before else None
    return found


@cache
def rules() -> tuple[Rule, ...]:
    """The rows of quality.json."""
    rows = json.loads(Path(__file__).with_name("quality.json").read_text("utf-8"))["rules"]
    return tuple(Rule(FlagCode(row["code"]), row["measure"], row.get("at_most"), row.get("at_least")) for row in rows)
