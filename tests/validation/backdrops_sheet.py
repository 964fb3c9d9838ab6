"""The contact sheet of docs/images/backdrops.jpg: twenty products on six backdrops, to be judged by eye.

`python -m tests.validation.backdrops_sheet [FOLDER]`: with a folder, each picture is stored there by itself as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from backdrop.core.backdrops import Backdrop, Placement, Shadow
from backdrop.core.light import Light
from backdrop.core.options import BACKDROP, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging.finishing import finish
from backdrop.imaging.lights import find_light
from backdrop.imaging.photos import open_photo
from backdrop.imaging.provenance import Origin
from backdrop.imaging.surfaces import find_surface
from localcloud.models.scenes.prompt import read_prompt
from localcloud.models.scenes.scene import paint
from localcloud.models.scenes.stance import Stance
from tests.bench.samples import SAMPLES, all_names
from tests.validation.pictures import PICTURES, REPOSITORY

_RENDERS = (
    "teddy_shelf",
    "perfume_bottle_white",
    "watering_can_table",
    "tote_bag_sweep",
    "black_speaker_night",
    "coloured_cups_kitchen",
    "step_ladder_bricks",
    "ceramic_figurine_shelf",
)
"""Of the validation pictures, which are our own (CC0), as the samples are."""

_BACKDROPS = (
    ("oak table before a white wall, light from the left", 7, Light(rim=0.5)),
    ("polished white marble, light from the right", 4, Light(rim=0.5, reflection=0.5)),
    ("pastel pink studio backdrop, light from the left", 3, Light(rim=0.5)),
    ("grey concrete, overhead light", 2, Light(rim=0.5, blur=0.5)),
    ("dark slate, light from the right", 5, Light(rim=0.5, blur=0.5, reflection=0.3)),
    ("wooden table, kitchen, light from the left", 9, Light(rim=0.5, blur=0.8)),
)
"""Words, seed, and all of the light but its direction, which is guessed."""

_STAGE = Stance(top=0.3, bottom=0.8, cut_off=False, flat=0.0)
_SIDE, _CELL, _GAP = 768, 150, 4
_TARGET = REPOSITORY / "docs" / "images" / "backdrops.jpg"


def main(folder: Path | None) -> None:
    """Make the sheet, and say what was flagged."""
    grounds = [(*_painted(words, seed), light) for words, seed, light in _BACKDROPS]
    rows = []
    for name, photo, alpha in _products():
        made = []
        for number, (picture, direction, light) in enumerate(grounds):
            image, flags = _finished(photo, alpha, picture, direction, light)
            made.append(image)
            if folder is not None:
                image.save(folder / f"{name}-{number}.png")
            if flags:
                print(name, number, *flags)
        rows.append(made)
    print("directions", [direction for _, direction, _ in grounds])
    # Two products a row.
    sheet = Image.new("RGB", (12 * (_CELL + _GAP) + _GAP, len(rows) // 2 * (_CELL + _GAP)), "white")
    for number, made in enumerate(rows):
        for place, image in enumerate(made):
            left = (number % 2) * (6 * (_CELL + _GAP) + _GAP) + place * (_CELL + _GAP)
            small = image.resize((_CELL, _CELL), Image.Resampling.LANCZOS, reducing_gap=3.0)
            sheet.paste(small, (left, number // 2 * (_CELL + _GAP)))
    sheet.save(_TARGET, quality=84, optimize=True)
    print(_TARGET, f"{_TARGET.stat().st_size:,} bytes")


def _painted(words: str, seed: int) -> tuple[Image.Image, float | None]:
    image = paint(read_prompt(words), seed, 1280, 1280, _STAGE).image
    picture = Image.fromarray((np.clip(image, 0, 1) * 255).round().astype(np.uint8))
    return picture, find_light(picture)


def _products() -> Iterator[tuple[str, bytes, Image.Image]]:
    for name in all_names():
        yield (
            name,
            (SAMPLES / "photos" / f"{name}.jpg").read_bytes(),
            Image.open(SAMPLES / "alpha" / f"{name}.alpha.png").convert("L"),
        )
    for name in _RENDERS:
        yield (
            name,
            (PICTURES / f"{name}.jpg").read_bytes(),
            Image.open(PICTURES / f"{name}.alpha.png").convert("L"),
        )


def _finished(
    data: bytes, alpha: Image.Image, picture: Image.Image, direction: float | None, light: Light
) -> tuple[Image.Image, list[str]]:
    settled = Light(**{**vars(light), "direction": direction, "guessed": True})
    placement = Placement(share=0.6, surface=find_surface(picture))
    options = Options(
        background=BACKDROP,
        backdrop=Backdrop(id="b", shadow=Shadow.SOFT, placement=placement, light=settled),
        output=OutputOptions(width=_SIDE, height=_SIDE, format="PNG"),
    )
    made = finish(
        open_photo(data),
        picture,
        alpha,
        mode=Mode.PRECISE,
        options=options,
        boxes=(),
        origin=Origin("backdrop", "sheet", "0"),
    )
    return made.image, [flag.code for flag in made.flags]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
