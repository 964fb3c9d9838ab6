"""Words that every step of an image uses. A module of its own, so that a cold start loads no more for them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Box = tuple[float, float, float, float]
"""left, top, width, height as shares (0..1) of the upright image."""


class Mode(StrEnum):
    """`PRECISE`: the photo's own subject pixels ship. `DEFAULT`: the model may blend."""

    PRECISE = "PRECISE"
    DEFAULT = "DEFAULT"


def boxes_of(item: Mapping[str, Any], name: str) -> tuple[Box, ...]:
    """`Boxes` or `RemovedBoxes` of a manifest's line; none where it has none."""
    return tuple((left, top, width, height) for left, top, width, height in item.get(name) or ())
