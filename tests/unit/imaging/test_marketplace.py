"""Marketplace presets: the data, and what `check` finds in a file."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from backdrop.core.errors import BackdropError
from backdrop.core.options import OutputOptions
from backdrop.imaging.encoding import Format, encode
from backdrop.imaging.framing import check_output
from backdrop.imaging.marketplace import Check, MarketplaceResult, check, preset_of, presets, words
from tests.unit.imaging.pictures import disc

AMAZON = preset_of("amazon-main")


def shown(size: int = 1600, radius: float | None = None, ground: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """A dark disc, as an Amazon main image would show it; see `mask_of`."""
    return Image.composite(
        Image.new("RGB", (size, size), (20, 30, 90)), Image.new("RGB", (size, size), ground), mask_of(size, radius)
    )


def mask_of(size: int = 1600, radius: float | None = None) -> Image.Image:
    return disc((size, size), (size / 2, size / 2), radius or size * 0.44)


def by_code(result: MarketplaceResult) -> dict[str, Check]:
    return {one.code: one for one in result.checks}


def failed(result: MarketplaceResult) -> list[str]:
    return [one.code for one in result.checks if not one.passed]


def test_a_good_file_passes_everything() -> None:
    result = check(encode(shown(), "JPEG", 98), AMAZON, mask_of(), 1.0)
    assert failed(result) == []
    assert result.passed
    found = by_code(result)
    assert set(found) == {
        "BACKGROUND_WHITE", "EDGE_WHITE", "FILL_AT_LEAST", "SIDE_AT_LEAST", "SIDE_AT_MOST", "FORMAT", "COLOUR_SPACE",
        "FILE_SIZE", "ENLARGEMENT",
    }  # fmt: skip
    assert found["BACKGROUND_WHITE"].measured == 1
    assert found["FILL_AT_LEAST"].measured == pytest.approx(0.88, abs=0.002)
    assert found["SIDE_AT_LEAST"].measured == 1600


def test_one_grey_pixel_far_from_the_product_is_found() -> None:
    image = shown()
    image.putpixel((3, 1500), (255, 255, 254))
    result = check(encode(image, "PNG"), AMAZON, mask_of(), 1.0)
    assert failed(result) == ["BACKGROUND_WHITE"]
    assert by_code(result)["BACKGROUND_WHITE"].measured == 0.99999
    assert "99.999%" in words(by_code(result)["BACKGROUND_WHITE"])[0]


def test_off_white_fails() -> None:
    result = check(encode(shown(ground=(254, 255, 255)), "PNG"), AMAZON, mask_of(), 1.0)
    assert failed(result) == ["BACKGROUND_WHITE"]
    assert by_code(result)["BACKGROUND_WHITE"].measured == 0


def test_what_the_encoder_does_at_the_edge_is_judged_apart() -> None:
    """A strong JPEG greys the white beside the product; beyond the blocks of the edge it must not."""
    image, mask = shown(), mask_of()
    draw, draw_mask = ImageDraw.Draw(image), ImageDraw.Draw(mask)
    for x in range(100, 1500, 20):
        draw.line((x, 50, x + 7, 190), fill=(10, 10, 10), width=2)
        draw_mask.line((x, 50, x + 7, 190), fill=255, width=2)
    strong, fine = (check(encode(image, "JPEG", quality), AMAZON, mask, 1.0) for quality in (60, 98))
    assert failed(strong) == ["EDGE_WHITE"]
    assert failed(fine) == []


@pytest.mark.parametrize("quality", range(80, 101, 2))
def test_white_blocks_stay_exactly_white_at_every_good_quality(quality: int) -> None:
    result = check(encode(shown(), "JPEG", quality), AMAZON, mask_of(), 1.0)
    assert by_code(result)["BACKGROUND_WHITE"].passed


def test_a_size_that_is_no_multiple_of_eight() -> None:
    image = shown(1603)
    assert check(encode(image, "JPEG", 98), AMAZON, mask_of(1603), 1.0).passed
    image.putpixel((1602, 1602), (250, 250, 250))
    assert failed(check(encode(image, "PNG"), AMAZON, mask_of(1603), 1.0)) == ["BACKGROUND_WHITE"]


def test_a_speck_beside_the_product_does_not_count_for_the_fill_but_is_no_background() -> None:
    mask = mask_of(radius=600)
    mask.paste(20, (10, 10, 14, 14))
    image = shown(radius=600)
    image.paste((240, 240, 240), (10, 10, 14, 14))
    result = check(encode(image, "PNG"), AMAZON, mask, 1.0)
    assert failed(result) == ["FILL_AT_LEAST"]
    assert by_code(result)["FILL_AT_LEAST"].measured == pytest.approx(0.75, abs=0.002)


@pytest.mark.parametrize(
    ("image", "mask", "format_", "enlargement", "codes"),
    [
        (shown(1599), mask_of(1599), "JPEG", 1.0, ["SIDE_AT_LEAST"]),
        (shown(), mask_of(), "WEBP", 1.0, ["BACKGROUND_WHITE", "EDGE_WHITE", "FORMAT"]),
        (shown(), mask_of(), "JPEG", 2.01, ["ENLARGEMENT"]),
        (shown(radius=640), mask_of(radius=640), "JPEG", 1.0, ["FILL_AT_LEAST"]),
    ],
)
def test_each_rule_fails_alone(
    image: Image.Image, mask: Image.Image, format_: Format, enlargement: float, codes: list[str]
) -> None:
    result = check(encode(image, format_, 98), AMAZON, mask, enlargement)
    assert failed(result) == codes
    assert not result.passed


def test_bytes_and_the_other_limits() -> None:
    strict = replace(AMAZON, rules=replace(AMAZON.rules, bytes_max=1000, side_max=1000, fill_max=0.5))
    data = encode(shown(), "JPEG", 98)
    result = check(data, strict, mask_of(), 1.0)
    assert failed(result) == ["FILL_AT_MOST", "SIDE_AT_MOST", "FILE_SIZE"]
    assert by_code(result)["FILE_SIZE"].measured == len(data)


def test_a_file_without_srgb_fails() -> None:
    bare = Image.new("RGB", (1600, 1600), "white")
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=98)
    assert failed(check(out.getvalue(), AMAZON, None, 1.0)) == ["COLOUR_SPACE"]


def test_without_a_mask_only_the_file_is_judged() -> None:
    codes = set(by_code(check(encode(shown(ground=(9, 9, 9)), "JPEG"), preset_of("ebay"), None, 1.0)))
    assert codes == {"SIDE_AT_LEAST", "SIDE_AT_MOST", "FORMAT", "COLOUR_SPACE", "FILE_SIZE"}


def test_the_record_is_plain_json() -> None:
    result = check(encode(shown(radius=640), "JPEG", 98), AMAZON, mask_of(radius=640), 1.0)
    record = result.to_dict()
    assert record["preset"] == "amazon-main"
    assert record["passed"] is False
    assert {"code": "FILL_AT_LEAST", "passed": False, "measured": 0.8, "wanted": 0.85} in record["checks"]


def test_there_are_words_for_every_code() -> None:
    codes: set[str] = set()
    for preset in presets().values():
        for one in check(encode(shown(), "JPEG"), preset, mask_of(), 1.0).checks:
            found, advice = words(one)
            assert "{" not in found
            assert found.endswith(".")
            assert advice.endswith(".")
            codes.add(one.code)
    assert {"FILL_AT_MOST", "BACKGROUND_WHITE", "FILE_SIZE"} < codes
    assert words(Check("FILL_AT_LEAST", False, 0.801, 0.85))[0] == (
        "The product fills 80% of the frame, at least 85% is wanted."
    )


def test_every_preset_is_one_that_can_be_met() -> None:
    for preset in presets().values():
        rules = preset.rules
        assert preset.sources
        assert preset.format in rules.formats
        assert rules.side_min <= preset.side <= rules.side_max
        assert preset.fill is None or preset.background is not None, "framing goes beyond the photo"
        if preset.fill is not None:
            assert (rules.fill_min or 0) < preset.fill < (rules.fill_max or 1)
        check_output(OutputOptions(preset=preset.id), preset.background or "generated")
    with pytest.raises(BackdropError, match="no marketplace preset"):
        preset_of("nowhere")
