"""Where the labels to keep are in a photo: for labels that somebody wrote down, and did not choose from what was found.

Another system names them in an execution's input, a person types them where Rekognition could not be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backdrop.core.vocabulary import Box
from backdrop.jobs.model import Label


class Located(NamedTuple):
    """What is known of the labels to keep.

    Attributes:
        boxes: where they are, as shares of the upright photo.
        not_located: those of them that were not found, or that Rekognition can't point at.
        removed: names of what else was found; empty where nothing of what is to be kept has a place.
        removed_boxes: where that is.
    """

    boxes: tuple[Box, ...]
    not_located: tuple[str, ...]
    removed: tuple[str, ...]
    removed_boxes: tuple[Box, ...]

    def to_line(self) -> dict[str, object]:
        """Return it as fields of a manifest's line."""
        return {
            "Boxes": self.boxes,
            "NotLocated": ",".join(self.not_located),
            "Removed": ",".join(self.removed),
            "RemovedBoxes": self.removed_boxes,
        }


def locate(names: Sequence[str], found: Sequence[Label]) -> Located:
    """Find the labels to keep among those found in the photo. Names are compared without case.

    The others are removed, as of a photo whose labels somebody chose. Where none of the names has a place, nothing is:
    the whole product is kept.
    """
    wanted = {name.casefold() for name in names}
    kept = [label for label in found if label.name.casefold() in wanted and label.boxes]
    placed = {label.name.casefold() for label in kept}
    missing = tuple(name for name in names if name.casefold() not in placed)
    removed = [label for label in found if label.name.casefold() not in wanted] if kept else []
    return Located(
        boxes=tuple(box for label in kept for box in label.boxes),
        not_located=missing,
        removed=tuple(label.name for label in removed),
        removed_boxes=tuple(box for label in removed for box in label.boxes),
    )
