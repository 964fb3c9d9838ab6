"""A folder of backdrop photos, used by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from localcloud.models.__main__ import backdrops_folder
from localcloud.models.engine import Engine
from localcloud.models.errors import ModelError
from localcloud.models.scenes.own import OwnBackdrops
from tests.icc_files import Space, matrix_profile
from tests.unit.localmodels.pictures import blank, encoded, picture_of
from tests.unit.localmodels.test_requests import INPAINT, MASK, call, inpaint, refusal

OUTSIDE = MASK[..., 0] == 255


def striped() -> bytes:
    """400 x 800: magenta above, cyan below; the sides, which a square crop leaves out, are black."""
    pixels = blank(800, 400)
    pixels[:200], pixels[200:] = (255, 0, 255), (0, 255, 255)
    pixels[:, :190], pixels[:, -190:] = 0, 0
    return encoded(pixels)


@pytest.fixture
def folder(backdrops: Path) -> Iterator[Path]:
    names = ("my-shop-table.png", "Shop.png", "notes.txt", "broken.jpg")
    for name in names[:2]:
        (backdrops / name).write_bytes(striped())
    (backdrops / "notes.txt").write_text("no photo")
    (backdrops / "broken.jpg").write_bytes(striped()[:300])
    yield backdrops
    for name in names:
        (backdrops / name).unlink()


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("backdrop: my-shop-table", "my-shop-table.png"),
        ("Backdrop: My Shop Table.png, soft light", "my-shop-table.png"),
        ("on my shop table, bright", "my-shop-table.png"),
        ("in a shop", "Shop.png"),
        ("in a workshop", None),
        ("notes", None),
    ],
)
def test_photos_are_found_by_name(folder: Path, prompt: str, name: str | None) -> None:
    found = OwnBackdrops(folder).named_in(prompt)
    assert (found.name if found else None) == name


def test_a_missing_folder_has_no_photos(tmp_path: Path) -> None:
    assert OwnBackdrops(tmp_path / "nothing").named_in("on my shop table") is None


def test_the_server_looks_into_the_folder_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_LOCAL_HOME", str(tmp_path))
    monkeypatch.delenv("BACKDROP_BACKDROPS", raising=False)
    assert backdrops_folder() == tmp_path / "backdrops"
    monkeypatch.setenv("BACKDROP_BACKDROPS", str(tmp_path / "photos"))
    assert backdrops_folder() == tmp_path / "photos"


def test_a_photo_in_other_colours_is_shown_in_srgb(backdrops: Path, engine: Engine) -> None:
    photo = backdrops / "linear.png"
    profile = matrix_profile(Space(exponent=1.0), name="sRGB")
    Image.new("RGB", (400, 400), (55, 55, 55)).save(photo, icc_profile=profile)
    try:
        answer = call(engine, INPAINT, inpaint(prompt="backdrop: linear", negative_prompt="shadows", grow_mask=0))
    finally:
        photo.unlink()
    shown = np.asarray(picture_of(answer["images"][0]), np.int16)
    assert abs(shown[20:80, 20:380].mean() - 128) < 6


@pytest.mark.usefixtures("folder")
def test_the_photo_is_the_background(engine: Engine) -> None:
    answer = call(engine, INPAINT, inpaint(prompt="backdrop: my-shop-table", negative_prompt="shadows", grow_mask=0))
    shown = np.asarray(picture_of(answer["images"][0]), np.int16)
    top, bottom = shown[20:80, 20:380].mean((0, 1)), shown[340:390, 20:380].mean((0, 1))
    # Cropped to the middle, so no black sides; blurred where the halves meet, but still two halves.
    assert np.abs(top - (255, 0, 255)).max() < 6
    assert np.abs(bottom - (0, 255, 255)).max() < 6


@pytest.mark.usefixtures("folder")
def test_the_product_throws_its_shadow_on_the_photo(engine: Engine) -> None:
    def below(negative: str) -> float:
        body = inpaint(prompt="backdrop: my-shop-table", negative_prompt=negative, grow_mask=0)
        return float(np.asarray(picture_of(call(engine, INPAINT, body)["images"][0]))[314:322, 190:210].mean())

    assert below("") < below("shadows") - 10


@pytest.mark.usefixtures("folder")
def test_an_unknown_name_lists_the_known_ones(engine: Engine) -> None:
    error = refusal(engine, INPAINT, inpaint(prompt="backdrop: my-sofa"))
    assert error.kind == "ValidationException"
    assert "my-sofa" in error.message
    assert "Shop, broken, my-shop-table" in error.message


@pytest.mark.usefixtures("folder")
def test_a_broken_photo_is_named(engine: Engine) -> None:
    error = refusal(engine, INPAINT, inpaint(prompt="backdrop: broken"))
    assert "broken.jpg" in error.message


def test_no_way_out_of_the_folder(folder: Path) -> None:
    (folder.parent / "secret.png").write_bytes(striped())
    with pytest.raises(ModelError, match="no backdrop photo"):
        OwnBackdrops(folder).named_in("backdrop: ../secret")
