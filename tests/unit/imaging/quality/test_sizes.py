"""The flags do not depend on the number of pixels, and no picture makes them fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from backdrop.core.vocabulary import Mode
from backdrop.imaging.quality.flags import assess, measures
from tests.unit.imaging.quality.pictures import Product, product

SIDES = st.integers(8, 90)
SHARES = st.floats(0, 1)


@pytest.fixture(scope="module")
def tin() -> Product:
    return product(1800, 1400)


@pytest.mark.parametrize("width", [450, 900, 4096])
def test_the_same_picture_in_another_size_measures_the_same(tin: Product, width: int) -> None:
    size = (width, width * 7 // 9)
    other = Product(*(image.resize(size, Image.Resampling.BICUBIC) for image in (tin.photo, tin.mask, tin.background)))
    found, again = (
        measures(one.photo, one.result, one.mask, boxes=(one.box,), mode=Mode.PRECISE, background="generated")
        for one in (tin, other)
    )
    assert found.keys() == again.keys()
    for name, value in found.items():
        assert again[name] == pytest.approx(value, abs=0.35 if name == "photo_sharpness" else 0.05), name


def test_photo_result_and_mask_may_differ_in_size(tin: Product) -> None:
    flags = assess(
        tin.photo,
        tin.result.resize((900, 700), Image.Resampling.BOX),
        tin.mask.resize((320, 250)),
        boxes=(tin.box,),
        mode=Mode.DEFAULT,
        background="generated",
    )
    assert flags == ()


def test_a_fault_is_found_in_a_large_picture_as_in_a_small_one(tin: Product) -> None:
    for share in (0.25, 1.0, 2.5):
        size = (round(1800 * share), round(1400 * share))
        photo, mask, background = (image.resize(size) for image in (tin.photo, tin.mask, tin.background))
        wide = mask.filter(ImageFilter.GaussianBlur(14 * share)).point([255 if v > 12 else 0 for v in range(256)])
        result = Image.composite(photo, background, wide)
        flags = assess(photo, result, wide, boxes=(), mode=Mode.PRECISE, background="generated")
        assert [flag.code for flag in flags] == ["HALO"], size


@pytest.mark.parametrize("value", [0, 1, 127, 255])
def test_a_mask_of_one_value(tin: Product, value: int) -> None:
    mask = Image.new("L", tin.mask.size, value)
    flags = assess(tin.photo, tin.result, mask, boxes=(tin.box,), mode=Mode.DEFAULT, background="generated")
    assert flags, "a mask that says nothing must be looked at"


@settings(deadline=None, max_examples=60)
@given(
    size=st.tuples(SIDES, SIDES),
    result_size=st.tuples(SIDES, SIDES),
    mask_value=st.one_of(st.none(), st.integers(0, 255)),
    boxes=st.lists(st.tuples(SHARES, SHARES, SHARES, SHARES), max_size=3),
    mode=st.sampled_from(Mode),
    background=st.sampled_from(["generated", "transparent", "#a0b0c0"]),
    noise=st.integers(0, 90),
    transparent=st.booleans(),
)
def test_no_picture_makes_it_fail(
    size: tuple[int, int],
    result_size: tuple[int, int],
    mask_value: int | None,
    boxes: list[tuple[float, float, float, float]],
    mode: Mode,
    background: str,
    noise: int,
    transparent: bool,
) -> None:
    photo = Image.merge("RGB", [Image.effect_noise(size, noise)] * 3)
    result = Image.merge("RGB", [Image.effect_noise(result_size, noise)] * 3)
    mask = None if mask_value is None else Image.effect_noise(size, noise).point(lambda v: (v + mask_value) % 256)
    if transparent:
        result.putalpha(Image.effect_noise(result_size, noise))
    flags = assess(photo, result, mask, boxes=boxes, mode=mode, background=background)
    assert len({flag.code for flag in flags}) == len(flags)
    assert all(isinstance(flag.measured, float) for flag in flags)
