"""Which pictures may be delivered: the policy, and the small copy of a picture that Rekognition looks at.

Names are those of Amazon Rekognition's moderation taxonomy, version 7. AWS advises to decide on its first and
second level: https://docs.aws.amazon.com/rekognition/latest/dg/moderation-api.html
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from backdrop.core.errors import ErrorCode, ModerationBlocked
from backdrop.core.limits import MIN_SIDE, PREVIEW_SIDE
from backdrop.core.words.marks import phrase

CATEGORIES: dict[str, tuple[str, ...]] = {
    "Explicit": ("Explicit Nudity", "Explicit Sexual Activity", "Sex Toys"),
    "Non-Explicit Nudity of Intimate parts and Kissing": (
        "Non-Explicit Nudity",
        "Obstructed Intimate Parts",
        "Kissing on the Lips",
    ),
    "Swimwear or Underwear": ("Female Swimwear or Underwear", "Male Swimwear or Underwear"),
    "Violence": ("Weapons", "Graphic Violence"),
    "Visually Disturbing": ("Death and Emaciation", "Crashes"),
    "Drugs & Tobacco": ("Products", "Drugs & Tobacco Paraphernalia & Use"),
    "Alcohol": ("Alcohol Use", "Alcoholic Beverages"),
    "Rude Gestures": ("Middle Finger",),
    "Gambling": (),
    "Hate Symbols": ("Nazi Party", "White Supremacy", "Extremist"),
}
"""First level -> second level. The template's pattern for `ModerationCategories` has the same names."""

ASKED_CONFIDENCE = 50.0
"""Per cent, Rekognition's own default: what was found and allowed is recorded down to this."""

_JPEG_QUALITY = 88


@dataclass(frozen=True)
class ModerationLabel:
    """Something Rekognition saw; `parent` is empty on the first level, `confidence` is per cent."""

    name: str
    parent: str
    confidence: float


@dataclass(frozen=True)
class Screening:
    """Rekognition's answer for one picture."""

    labels: tuple[ModerationLabel, ...]
    model_version: str

    def as_record(self) -> dict[str, Any]:
        """Return `{"labels": [{"name", "parent", "confidence"}], "modelVersion"}`, as the image's Review keeps it."""
        labels = [{"name": one.name, "parent": one.parent, "confidence": one.confidence} for one in self.labels]
        return {"labels": labels, "modelVersion": self.model_version}


@dataclass(frozen=True)
class Policy:
    """What is blocked. `categories` are lower-case names; none of them: moderation is off."""

    categories: frozenset[str]
    min_confidence: float

    @classmethod
    def parse(cls, categories: str, min_confidence: float) -> Policy:
        """Return the policy of the template's text: names separated by commas, in any case, with or without blanks
        around them.

        Raises:
            ValueError: a name is none of the taxonomy's, which would never block anything, or the confidence
                is not within 0 to 100.
        """
        names = {name.strip().casefold() for name in categories.split(",") if name.strip()}
        known = {name.casefold() for first, seconds in CATEGORIES.items() for name in (first, *seconds)}
        if names - known:
            raise ValueError(f"no moderation category of Rekognition: {', '.join(sorted(names - known))}")
        if not 0 <= min_confidence <= 100:
            raise ValueError(f"the moderation confidence must be 0 to 100, is {min_confidence:g}")
        return cls(frozenset(names), min_confidence)

    @property
    def active(self) -> bool:
        """Whether anything can be blocked."""
        return bool(self.categories)

    @property
    def asked_confidence(self) -> float:
        """The confidence, in per cent, from which Rekognition is asked for labels."""
        return min(ASKED_CONFIDENCE, self.min_confidence)

    def blocking(self, labels: Iterable[ModerationLabel]) -> ModerationLabel | None:
        """The surest label that the policy blocks, by its own name or its parent's; None: deliver it."""
        found = [
            label
            for label in labels
            if label.confidence >= self.min_confidence
            and {label.name.casefold(), label.parent.casefold()} & self.categories
        ]
        return max(found, key=lambda label: label.confidence, default=None)

    def check(self, screening: Screening) -> None:
        """Let the picture pass.

        Raises:
            ModerationBlocked: `MODERATION_BLOCKED`, naming the category and its confidence.
        """
        label = self.blocking(screening.labels)
        if label is None:
            return
        within = f"{label.name} ({label.parent})" if label.parent else label.name
        raise ModerationBlocked(
            ErrorCode.MODERATION_BLOCKED,
            phrase(
                "Amazon Rekognition sees {seen} with {confidence:.0f} % confidence; this is "
                "blocked from {least:g} % on.",
                seen=within,
                confidence=label.confidence,
                least=self.min_confidence,
            ),
        )


def screening_copy(image: Image.Image) -> bytes:
    """A JPEG of an RGB or RGBA picture for Rekognition: at most `PREVIEW_SIDE` and at least `MIN_SIDE` pixels a
    side, transparent parts white, far below the 5 MB that may be sent inline (the page at `core.limits.MIN_SIDE`)."""
    if image.mode == "RGBA":
        # Thinned out first: Pillow's good scaling would make a full-size copy of a picture with alpha.
        image = image.resize(_bounded(image.size, 2 * PREVIEW_SIDE), Image.Resampling.NEAREST)
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    size = _bounded(image.size, PREVIEW_SIDE)
    if size != image.size:
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
    if min(image.size) < MIN_SIDE:
        room = Image.new("RGB", (max(image.width, MIN_SIDE), max(image.height, MIN_SIDE)), "white")
        room.paste(image, ((room.width - image.width) // 2, (room.height - image.height) // 2))
        image = room
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()


def _bounded(size: tuple[int, int], most: int) -> tuple[int, int]:
    scale = min(1.0, most / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
