"""The sample photos that benchmarks work on."""

from __future__ import annotations

import shutil
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "samples"
SMALLEST = "toy_car_rug"
"""The photo that is the least work; what is measured of one photo only is measured of this one."""


def all_names() -> list[str]:
    """Names of the sample photos, alphabetically."""
    return sorted(path.stem for path in (SAMPLES / "photos").glob("*.jpg"))


def photo_folder(scratch: Path, *, smallest: bool) -> Path:
    """A folder with the sample photos; with the smallest alone, a new one in `scratch`."""
    if not smallest:
        return SAMPLES / "photos"
    folder = scratch / "photos"
    folder.mkdir()
    shutil.copy(SAMPLES / "photos" / f"{SMALLEST}.jpg", folder)
    return folder
