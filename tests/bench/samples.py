"""The sample photos that benchmarks work on."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

SAMPLES = Path(__file__).parents[2] / "samples"
SMALLEST = "toy_car_rug"
"""The photo that is the least work; what is measured of one photo only is measured of this one."""

_SMALLEST_SIDE = 640


def all_names() -> list[str]:
    """Names of the sample photos, alphabetically."""
    return sorted(path.stem for path in (SAMPLES / "photos").glob("*.jpg"))


def photo_folder(scratch: Path, *, smallest: bool) -> Path:
    """A folder with the sample photos; with the smallest alone, scaled down, a new one in `scratch`."""
    if not smallest:
        return SAMPLES / "photos"
    folder = scratch / "photos"
    folder.mkdir()
    with Image.open(SAMPLES / "photos" / f"{SMALLEST}.jpg") as photo:
        photo.thumbnail((_SMALLEST_SIDE, _SMALLEST_SIDE))
        photo.save(folder / f"{SMALLEST}.jpg", quality=92)
    return folder
