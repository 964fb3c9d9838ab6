"""Several outputs of a job: which image has which, what they are called, what can't be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backdrop.core.errors import BackdropError
from backdrop.core.options import Fill, Options, OutputOptions, checked
from backdrop.core.options_json import from_dict, to_dict
from backdrop.core.output_words import describe_output
from backdrop.core.vocabulary import Mode
from backdrop.imaging.framing import first_of_painting, paintings
from backdrop.models import catalogue

WEB = OutputOptions(width=800, format="WEBP")
EBAY = OutputOptions(preset="ebay", fill=Fill.PAD)
WIDE = OutputOptions(aspect="2:1")
INPAINT = "us.stability.stable-image-inpaint-v1:0"


def test_every_variation_is_finished_in_every_output() -> None:
    options = Options(variations=2, outputs=(WEB, EBAY))
    assert options.images == 6
    found = [options.of_image(number).output for number in range(1, 7)]
    assert found == [OutputOptions(), WEB, EBAY] * 2
    assert options.of_image(2).outputs == ()
    assert Options().of_image(3) == Options()


def test_they_travel_with_the_job() -> None:
    options = Options(outputs=(WEB, replace(EBAY, pad_color="#AABBCC")))
    assert from_dict(to_dict(options)) == checked(options)
    assert "Outputs" not in to_dict(Options())


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"Outputs": [{}]}, "the same"),
        ({"Outputs": [{"Width": 800}, {"Width": 800}]}, "the same"),
        ({"Outputs": [{"Width": width} for width in range(300, 305)]}, "6 outputs"),
        ({"Outputs": [{"Widht": 8}]}, r"Options.Outputs\[0\] has no 'Widht'"),
        ({"Outputs": [{"Format": "GIF"}]}, "GIF"),
        ({"Outputs": {"Width": 3}}, "no list"),
        ({"Outputs": [3]}, "no JSON object"),
    ],
)
def test_what_can_not_be_is_told(data: dict[str, object], told: str) -> None:
    with pytest.raises(BackdropError, match=told):
        from_dict(data)


def test_only_another_frame_for_a_model_is_another_painting() -> None:
    options = Options(output=OutputOptions(), outputs=(WEB, WIDE, OutputOptions(width=800, height=400), EBAY))
    assert [one.output for one in paintings(options)] == [OutputOptions(), WIDE]
    assert [first_of_painting(options, number) for number in range(1, 11)] == [1, 1, 3, 3, 1, 6, 6, 8, 8, 6]
    assert len(paintings(replace(options, background="#ffffff"))) == 1


def test_the_calls_are_those_of_the_paintings() -> None:
    def calls(options: Options) -> int:
        return sum(often for _, often in catalogue.calls_a_photo(INPAINT, Mode.PRECISE, options))

    one = calls(Options())
    assert calls(Options(outputs=(WEB, EBAY))) == one == 2
    assert calls(Options(variations=3, outputs=(WEB,))) == 4
    assert calls(Options(output=WIDE)) == 3
    assert calls(Options(outputs=(WIDE,))) == 3, "cut-out and painting serve both, the room beside it is painted once"
    assert calls(Options(variations=2, outputs=(WIDE, OutputOptions(aspect="1:1")))) == 1 + 2 * 3
    assert catalogue.price_per_photo(INPAINT, Mode.PRECISE, Options(outputs=(WEB,))) == pytest.approx(
        catalogue.price_per_photo(INPAINT, Mode.PRECISE)
    )


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (OutputOptions(), "as the photo"),
        (EBAY, "ebay"),
        (OutputOptions(aspect="4:5", width=800, format="WEBP", quality=70), "4:5, 800 pixels wide, WEBP, quality 70"),
        (OutputOptions(width=800, height=600), "800 × 600 pixels"),
        (OutputOptions(height=600), "600 pixels high"),
    ],
)
def test_an_output_has_words(output: OutputOptions, words: str) -> None:
    assert describe_output(output) == words
