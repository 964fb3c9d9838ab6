"""Named and hexadecimal colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Colour = npt.NDArray[np.float32]  # 3 values, 0..1, sRGB


def hexadecimal(text: str) -> Colour:
    """Return the colour `a1b2c3` or `abc`, with or without `#`, as 0..1 each."""
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)


def mix(
    first: npt.NDArray[np.float32],
    second: npt.NDArray[np.float32],
    share: npt.NDArray[np.floating[Any]] | float,
) -> npt.NDArray[np.float32]:
    """Return `first` where share is 0, `second` where it is 1."""
    return np.asarray(first + (second - first) * share, np.float32)


NAMED: dict[str, Colour] = {
    name: hexadecimal(code)
    for name, code in {
        "white": "ffffff",
        "black": "1a1a1e",
        "gray": "8f9296",
        "grey": "8f9296",
        "silver": "c6c9cc",
        "charcoal": "3a3d41",
        "red": "c8323a",
        "crimson": "a3182f",
        "burgundy": "6b1a2b",
        "pink": "f2a9bd",
        "blush": "f1d3cd",
        "coral": "f0806b",
        "peach": "f8c9a8",
        "orange": "ee8a3a",
        "terracotta": "c4694a",
        "rust": "a34b2a",
        "brown": "7a5238",
        "tan": "cfae8a",
        "beige": "e4d6bf",
        "cream": "f5ecd9",
        "ivory": "f6f1e4",
        "yellow": "f4cf4d",
        "mustard": "cf9f32",
        "gold": "d0a552",
        "green": "4f9a5b",
        "sage": "a9b89c",
        "olive": "7b7f47",
        "mint": "bfe3d0",
        "emerald": "1f7a57",
        "teal": "2c7f86",
        "turquoise": "4fbfbf",
        "cyan": "6fd0e0",
        "aqua": "8fd6dc",
        "blue": "3f74c4",
        "navy": "24345a",
        "indigo": "3d3a86",
        "lavender": "cdbfe6",
        "purple": "7a4fa8",
        "violet": "8a5cc0",
        "lilac": "cfb6e0",
        "magenta": "c2418f",
    }.items()
}
