"""Where the photo lies in the finished picture, and which options are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Fill, Options, OutputOptions
from backdrop.imaging.framing import Canvas, canvas_for, check_output, check_photo, format_for, shape_of, view_for

PLAIN = OutputOptions()


def test_without_an_aspect_the_frame_is_the_photos_own() -> None:
    assert canvas_for((4000, 3000), PLAIN) == Canvas((4000, 3000), (0, 0))
    assert canvas_for((4000, 3000), OutputOptions(width=500)) == Canvas((4000, 3000), (0, 0))


@pytest.mark.parametrize(
    ("size", "aspect", "frame", "offset"),
    [
        ((400, 300), "1:1", (400, 400), (0, 67)),
        ((300, 400), "1:1", (400, 400), (50, 0)),
        ((400, 300), "4:5", (400, 500), (0, 133)),
        ((400, 300), "16:9", (533, 300), (66, 0)),
        ((4000, 3001), "4:3", (4001, 3001), (0, 0)),
        ((1, 1), "4:1", (4, 1), (1, 0)),
    ],
)
def test_the_smallest_frame_of_the_aspect_with_room_above(
    size: tuple[int, int], aspect: str, frame: tuple[int, int], offset: tuple[int, int]
) -> None:
    assert canvas_for(size, OutputOptions(aspect=aspect)) == Canvas(frame, offset)


def test_width_and_height_make_an_aspect() -> None:
    assert canvas_for((400, 300), OutputOptions(width=800, height=1000)) == Canvas((400, 500), (0, 133))


@given(
    st.tuples(st.integers(80, 7000), st.integers(80, 7000)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)).filter(lambda one: max(one) <= 4 * min(one)),
)
def test_the_frame_holds_the_photo_and_has_the_aspect(size: tuple[int, int], aspect: tuple[int, int]) -> None:
    smallest = max(size[0], size[1] * aspect[0] / aspect[1]) * max(size[1], size[0] * aspect[1] / aspect[0])
    if smallest > 49_990_000:
        return
    canvas = canvas_for(size, OutputOptions(aspect=f"{aspect[0]}:{aspect[1]}"))
    width, height = canvas.size
    assert canvas.offset[0] >= 0
    assert canvas.offset[1] >= 0
    assert canvas.offset[0] + size[0] <= width
    assert canvas.offset[1] + size[1] <= height
    assert width == size[0] or height == size[1], "one side stays the photo's"
    off = min(abs(width - height * aspect[0] / aspect[1]), abs(height - width * aspect[1] / aspect[0]))
    assert off <= 0.5


def test_a_frame_beyond_the_limits_is_refused_with_its_numbers() -> None:
    with pytest.raises(BackdropError, match=r"8,192 x 5,464 pixels would grow to 8,192 x 8,192") as error:
        canvas_for((8192, 5464), OutputOptions(aspect="1:1"))
    assert "PAD" in error.value.next_step
    # A border needs no such frame when the picture is small.
    padded = Options(output=OutputOptions(aspect="1:1", fill=Fill.PAD, width=2000))
    check_photo((8192, 5464), padded)
    with pytest.raises(BackdropError, match=r"becomes 8,192 x 8,192"):
        check_photo((8192, 5464), replace(padded, output=replace(padded.output, width=None)))
    with pytest.raises(BackdropError, match="would grow"):
        check_photo((8192, 5464), replace(padded, output=replace(padded.output, fill=Fill.OUTPAINT)))
    with pytest.raises(BackdropError, match=r"becomes 10,000 x 16,000"):
        check_photo((500, 800), Options(output=OutputOptions(width=10_000)))


@pytest.mark.parametrize(
    ("output", "size"),
    [
        (PLAIN, (400, 300)),
        (OutputOptions(width=200), (200, 150)),
        (OutputOptions(height=600), (800, 600)),
        (OutputOptions(width=199), (199, 149)),
        (OutputOptions(width=100, height=100), (100, 100)),
        (OutputOptions(aspect="4:5", width=100), (100, 125)),
        (OutputOptions(aspect="4:5", height=100), (80, 100)),
        (OutputOptions(aspect="4:5"), (400, 500)),
    ],
)
def test_the_size_that_is_asked_for(output: OutputOptions, size: tuple[int, int]) -> None:
    assert view_for((400, 300), output).size == size


def test_a_preset_frames_the_subject_and_goes_beyond_the_photo() -> None:
    view = view_for((4000, 3000), OutputOptions(preset="amazon-main"), (100.0, 500.0, 1860.0, 2700.0))
    left, top, right, bottom = view.window
    assert right - left == pytest.approx(2500)  # 2200 high / .88
    assert bottom - top == pytest.approx(2500)
    assert (left + right, top + bottom) == pytest.approx((1960, 3200))
    assert left < 0
    assert view.size == (2000, 2000)


@pytest.mark.parametrize(("subject_side", "side"), [(3000, 2000), (1550, 1761), (1400, 1600), (300, 1600)])
def test_a_preset_enlarges_only_what_is_below_the_marketplaces_least(subject_side: int, side: int) -> None:
    view = view_for((4000, 4000), OutputOptions(preset="amazon-main"), (0.0, 0.0, subject_side, subject_side))
    assert view.size == (side, side)
    assert view.scale == pytest.approx(side * 0.88 / subject_side)


def test_a_preset_for_any_background_only_gives_shape_and_size() -> None:
    square = OutputOptions(preset="shop-square")
    assert shape_of(square) == (1, 1)
    assert canvas_for((4000, 3000), square).size == (4000, 4000)
    assert view_for((4000, 3000), square).size == (2000, 2000)
    assert view_for((4000, 3000), OutputOptions(preset="ebay")).size == (1600, 1200)
    assert shape_of(OutputOptions(preset="amazon-main")) is None


@pytest.mark.parametrize("aspect", ["4:1", "1:4", "1:1", "16:9"])
def test_good_options_pass(aspect: str) -> None:
    check_output(OutputOptions(aspect=aspect, format="AVIF", quality=1, pad_color="#00ff7f"), "generated")
    check_output(OutputOptions(aspect="4:5", width=800, height=1000), "generated")
    check_output(OutputOptions(aspect="3:2", width=1000, height=667), "generated")
    check_output(OutputOptions(preset="amazon-main"), "#ffffff")
    check_output(OutputOptions(format="SAME"), "transparent")


@pytest.mark.parametrize(
    ("output", "background", "cause", "advice"),
    [
        (OutputOptions(aspect="5:1"), "generated", "5:1 is beyond 1:4 to 4:1", "16:9"),
        (OutputOptions(aspect="1:5"), "generated", "1:5 is beyond", "between"),
        (OutputOptions(width=100, height=500), "generated", "100:500 is beyond", "between"),
        (OutputOptions(width=15), "generated", "width is 15 pixels", "16 to 16,384"),
        (OutputOptions(height=16_385), "generated", "height is 16,385 pixels", "16 to 16,384"),
        (OutputOptions(width=10_000, height=5_001), "generated", "50.01 megapixels", "at most 50"),
        (OutputOptions(aspect="1:1", width=100, height=102), "generated", "never stretched", "102 x 102"),
        (OutputOptions(pad_color="white"), "generated", "'white' is no colour", "#rrggbb"),
        (OutputOptions(format="TIFF"), "generated", "no output format 'TIFF'", "AVIF"),
        (OutputOptions(format="JPEG"), "transparent", "JPEG can't be transparent", "PNG, WEBP or AVIF"),
        (OutputOptions(quality=0), "generated", "quality is 0", "1 to 100"),
        (OutputOptions(quality=101), "generated", "quality is 101", "1 to 100"),
        (OutputOptions(format="PNG", quality=90), "generated", "PNG is lossless", "Leave the quality out"),
        (OutputOptions(format="WEBP", width=16_384), "generated", "WEBP takes at most 16,383", "another format"),
        (OutputOptions(preset="amazon"), "#ffffff", "no marketplace preset 'amazon'", "amazon-main"),
        (
            OutputOptions(preset="amazon-main"),
            "generated",
            "(#ffffff) only, and a painted background",
            "Choose the background",
        ),
        (OutputOptions(preset="amazon-main"), "#fffffe", "and the colour #fffffe", "leave the preset"),
        (OutputOptions(preset="amazon-main"), "transparent", "and no background was chosen", "Choose the background"),
        (OutputOptions(preset="ebay", aspect="1:1"), "generated", "an aspect was asked for as well", "Leave"),
        (OutputOptions(preset="ebay", width=100), "generated", "a width was asked for", "Leave"),
        (OutputOptions(preset="ebay", height=100), "generated", "a height was asked for", "Leave"),
        (OutputOptions(preset="amazon-main", format="WEBP"), "#ffffff", "takes no WEBP", "JPEG or PNG"),
    ],
)
def test_bad_options_are_refused_with_what_to_do(
    output: OutputOptions, background: str, cause: str, advice: str
) -> None:
    with pytest.raises(BackdropError) as error:
        check_output(output, background)
    assert error.value.code is ErrorCode.OPTIONS_INVALID
    assert cause in error.value.cause
    assert advice in error.value.next_step


@pytest.mark.parametrize(
    ("photo_format", "options", "format_"),
    [
        ("WEBP", Options(), "WEBP"),
        ("WEBP", Options(output=OutputOptions(format="AVIF")), "AVIF"),
        ("JPEG", Options(background="transparent"), "PNG"),
        ("WEBP", Options(background="transparent"), "WEBP"),
        ("HEIC", Options(), "JPEG"),
        ("TIFF", Options(), "JPEG"),
        ("AVIF", Options(), "JPEG"),
        ("TIFF", Options(background="transparent"), "PNG"),
        ("HEIC", Options(background="transparent"), "PNG"),
        ("HEIC", Options(output=OutputOptions(format="WEBP")), "WEBP"),
        ("PNG", Options(background="#ffffff", output=OutputOptions(preset="amazon-main")), "JPEG"),
        ("JPEG", Options(background="transparent", output=OutputOptions(preset="shop-square")), "PNG"),
        ("PNG", Options(output=OutputOptions(preset="ebay", format="PNG")), "PNG"),
    ],
)
def test_the_finished_files_format(photo_format: str, options: Options, format_: str) -> None:
    assert format_for(photo_format, options) == format_  # type: ignore[arg-type]
