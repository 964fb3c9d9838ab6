"""Two words that every step of an image uses. A module of its own, so that a cold start loads no more for them."""

from __future__ import annotations

from enum import StrEnum

Box = tuple[float, float, float, float]
"""left, top, width, height as shares (0..1) of the upright image."""


class Mode(StrEnum):
    """`PRECISE`: the photo's own subject pixels ship. `DEFAULT`: the model may blend."""

    PRECISE = "PRECISE"
    DEFAULT = "DEFAULT"
