"""Marketplace presets: what a marketplace wants of a picture, as data, and whether a finished file has it.

The rules and their sources are in marketplace.json. `check` looks at the file itself, decoded again, not at what was
meant to be in it: an encoder may grey a white background, and no one but the marketplace would tell.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageCms

from backdrop.core.options import invalid
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop.imaging.colours.conversion import is_srgb
from backdrop.imaging.encoding import EXTENSIONS, Format
from backdrop.imaging.masks import VISIBLE

SOLID = 26
"""Least value of a mask that counts for the subject's box: a tenth of full cover, so that a speck does not."""

_BLOCK = 8
"""Pixels: a JPEG's unit. What the encoder does to the subject's edge never reaches beyond the blocks it touches."""

_NEAR_WHITE, _EDGE_SHARE = 250, 0.99
"""Inside those blocks no JPEG is exactly white: at quality 98 a fifth to a third of such pixels is a little off (on the
sample photos), and under 0.1 % darker than this."""


@dataclass(frozen=True)
class Rules:
    """What is checked; None: not asked for.

    Attributes:
        white_background: all of the background is exactly 255, 255, 255, but for the encoder's own noise in the blocks
            of the product's edge.
        fill_min: least share of the frame's width or height, the greater one, that the product's box takes.
        fill_max: most of it.
        side_min: pixels, longest side.
        side_max: likewise.
        formats: of the file.
        bytes_max: of the file.
        enlargement_max: finished pixels per pixel of the photo, along a side.
    """

    white_background: bool
    fill_min: float | None
    fill_max: float | None
    side_min: int
    side_max: int
    formats: tuple[Format, ...]
    bytes_max: int
    enlargement_max: float | None


@dataclass(frozen=True)
class Preset:
    """How a picture for one marketplace is made, and what is checked.

    Attributes:
        id: `amazon-main`.
        name: for people.
        background: the colour it must have, `#rrggbb`; None: any background.
        aspect: width to height; None: the photo's own.
        fill: share of the frame that the product is made to fill; None: the whole photo is shown.
        side: pixels, longest side, when the photo has as many; fewer, down to the rule's least, when it has not.
        format: when the job asks for none.
        quality: likewise; None: the format's default.
        rules: what is checked.
        sources: addresses where the rules were read.
        notes: how the sources were understood.
    """

    id: str
    name: str
    background: str | None
    aspect: tuple[int, int] | None
    fill: float | None
    side: int
    format: Format
    quality: int | None
    rules: Rules
    sources: tuple[str, ...]
    notes: str


@dataclass(frozen=True)
class Check:
    """One rule, measured on the finished file."""

    code: str
    passed: bool
    measured: float | str
    wanted: float | str


@dataclass(frozen=True)
class MarketplaceResult:
    """All checks of one preset on one file."""

    preset: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """True when the file has all that the marketplace wants."""
        return all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The form in which it is recorded."""
        return {
            "preset": self.preset,
            "passed": self.passed,
            "checks": [
                {"code": one.code, "passed": one.passed, "measured": one.measured, "wanted": one.wanted}
                for one in self.checks
            ],
        }


# code -> (what was measured, what to do when it is not as wanted); numbers are filled in by `words`.
_WORDS: Mapping[str, tuple[str, str]] = {
    "BACKGROUND_WHITE": (
        mark_phrase(
            "{measured:.3%} of the background is pure white (255, 255, 255), {wanted:.0%} is wanted. The "
            "blocks of 8 x 8 pixels that the product's edge lies in are left out."
        ),
        mark_phrase("Look for shadows or remains of the old background; use a higher quality."),
    ),
    "EDGE_WHITE": (
        mark_phrase(
            "In the blocks that the product's edge lies in, {measured:.2%} of the background is nearly "
            "white (250 or more), {wanted:.0%} is wanted."
        ),
        mark_phrase("Use a higher quality."),
    ),
    "FILL_AT_LEAST": (
        mark_phrase("The product fills {measured:.0%} of the frame, at least {wanted:.0%} is wanted."),
        mark_phrase("Check that the cut-out holds the product and no specks far from it."),
    ),
    "FILL_AT_MOST": (
        mark_phrase("The product fills {measured:.0%} of the frame, at most {wanted:.0%} is wanted."),
        mark_phrase("Check that the cut-out holds the product and no more."),
    ),
    "SIDE_AT_LEAST": (
        mark_phrase("The longest side has {measured:,.0f} pixels, at least {wanted:,.0f} are wanted."),
        mark_phrase("Take the photo with more pixels, or closer to the product."),
    ),
    "SIDE_AT_MOST": (
        mark_phrase("The longest side has {measured:,.0f} pixels, at most {wanted:,.0f} are wanted."),
        mark_phrase("Scale the picture down."),
    ),
    "ENLARGEMENT": (
        mark_phrase("The photo was enlarged {measured:.2f} times, at most {wanted:.2f} times is wanted."),
        mark_phrase("Take the photo with more pixels, or closer to the product."),
    ),
    "FORMAT": (
        mark_phrase("The file is {measured}, wanted is {wanted}."),
        mark_phrase("Ask for one of these formats."),
    ),
    "COLOUR_SPACE": (
        mark_phrase("The colours are {measured}, wanted is {wanted}."),
        mark_phrase("Run the image again."),
    ),
    "FILE_SIZE": (
        mark_phrase("The file has {measured:,.0f} bytes, at most {wanted:,.0f} are wanted."),
        mark_phrase("Ask for a lower quality."),
    ),
}


def words(check: Check) -> tuple[str, str]:
    """What a check found, and what to do when it did not pass."""
    found, advice = _WORDS[check.code]
    return found.format(measured=check.measured, wanted=check.wanted), advice


@cache
def presets() -> Mapping[str, Preset]:
    """All presets by id."""
    rows = json.loads(Path(__file__).with_name("marketplace.json").read_text("utf-8"))["presets"]
    return {row["id"]: _preset(row) for row in rows}


def preset_of(id_: str) -> Preset:
    """The preset of that id.

    Raises:
        BackdropError: OPTIONS_INVALID for an unknown one, naming those that there are.
    """
    found = presets().get(id_)
    if found is None:
        raise invalid(
            phrase("There is no marketplace preset {id!r}.", id=id_),
            phrase("Choose one of {names}, or none.", names=", ".join(presets())),
        )
    return found


def _preset(row: Mapping[str, Any]) -> Preset:
    rules = row["rules"]
    return Preset(
        id=row["id"],
        name=row["name"],
        background=row["background"],
        aspect=tuple(row["aspect"]) if row["aspect"] else None,
        fill=row["fill"],
        side=row["side"],
        format=row["format"],
        quality=row.get("quality"),
        rules=Rules(
            white_background=rules.get("white_background", False),
            fill_min=rules.get("fill_min"),
            fill_max=rules.get("fill_max"),
            side_min=rules["side_min"],
            side_max=rules["side_max"],
            formats=tuple(rules["formats"]),
            bytes_max=rules["bytes_max"],
            enlargement_max=rules.get("enlargement_max"),
        ),
        sources=tuple(row["sources"]),
        notes=row["notes"],
    )


def check(data: bytes, preset: Preset, subject: Image.Image | None, enlargement: float) -> MarketplaceResult:
    """Measure a finished file against a preset.

    Args:
        data: the file.
        preset: whose rules.
        subject: L, 255 = subject, of the finished picture's size; None leaves out what needs it.
        enlargement: finished pixels per pixel of the photo, along a side.
    """
    formats: tuple[Format, ...] = tuple(EXTENSIONS)
    with Image.open(io.BytesIO(data), formats=formats) as image:
        image.load()
        checks = (
            *_of_subject(image, preset.rules, subject),
            *_of_file(image, preset.rules, len(data)),
            *_at_most("ENLARGEMENT", round(enlargement, 3), preset.rules.enlargement_max),
        )
    return MarketplaceResult(preset.id, checks)


def _of_subject(image: Image.Image, rules: Rules, subject: Image.Image | None) -> Iterator[Check]:
    if subject is None:
        return
    if rules.white_background:
        exact, near = _white_shares(image, subject)
        yield Check("BACKGROUND_WHITE", exact == 1, exact, 1.0)
        yield from _at_least("EDGE_WHITE", near, _EDGE_SHARE)
    if rules.fill_min is None and rules.fill_max is None:
        return
    left, top, right, bottom = subject_box(subject)
    fill = round(max((right - left) / subject.width, (bottom - top) / subject.height), 3)
    yield from _at_least("FILL_AT_LEAST", fill, rules.fill_min)
    yield from _at_most("FILL_AT_MOST", fill, rules.fill_max)


def _of_file(image: Image.Image, rules: Rules, size: int) -> Iterator[Check]:
    side = max(image.size)
    yield from _at_least("SIDE_AT_LEAST", side, rules.side_min)
    yield from _at_most("SIDE_AT_MOST", side, rules.side_max)
    yield Check("FORMAT", image.format in rules.formats, image.format or "", " or ".join(rules.formats))
    space = _colour_space(image)
    yield Check("COLOUR_SPACE", space == "sRGB", space, "sRGB")
    yield from _at_most("FILE_SIZE", size, rules.bytes_max)


def _at_least(code: str, measured: float, wanted: float | None) -> Iterator[Check]:
    if wanted is not None:
        yield Check(code, measured >= wanted, measured, wanted)


def _at_most(code: str, measured: float, wanted: float | None) -> Iterator[Check]:
    if wanted is not None:
        yield Check(code, measured <= wanted, measured, wanted)


def subject_box(subject: Image.Image) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what is clearly the subject, in the mask's pixels; all of it for an empty
    mask."""
    box = subject.point([255 if value >= SOLID else 0 for value in range(256)]).getbbox()
    return box or (0, 0, subject.width, subject.height)


def _white_shares(image: Image.Image, subject: Image.Image) -> tuple[float, float]:
    """Return which share of the background is exactly white outside of the 8 x 8 blocks that hold some of the subject,
    and which share is nearly white inside of them.
    """
    visible = subject.point([255 if value >= VISIBLE else 0 for value in range(256)])
    # The mean of a block is rounded: one visible pixel of the 64 still makes 4.
    blocks = visible.reduce(_BLOCK).point([255] + [0] * 255)
    far = blocks.resize((blocks.width * _BLOCK, blocks.height * _BLOCK), Image.Resampling.NEAREST)
    far = far.crop((0, 0, *image.size))
    near = ImageChops.subtract(ImageChops.invert(visible), far)
    red, green, blue = image.convert("RGB").split()
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    return _share(darkest, far, 255), _share(darkest, near, _NEAR_WHITE)


def _share(values: Image.Image, where: Image.Image, least: int) -> float:
    """Return which share of the pixels where `where` is 255 has at least that value, rounded down to 1e-5; 1 of
    none."""
    histogram = values.histogram(where)
    total = sum(histogram)
    return sum(histogram[least:]) * 100_000 // total / 100_000 if total else 1.0


def _colour_space(image: Image.Image) -> str:
    profile = image.info.get("icc_profile")
    if not profile:
        return "without a profile"
    if is_srgb(profile):
        return "sRGB" if image.mode in ("RGB", "RGBA") else f"{image.mode}, sRGB"
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        return "damaged"
    return phrase("not sRGB, but called {name}", name=name) if "srgb" in name.lower() else f"{image.mode}, {name}"
