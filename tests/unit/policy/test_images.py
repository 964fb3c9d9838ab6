"""Which findings block a picture, and what Rekognition is shown of it."""

from __future__ import annotations

import io
import random
import re

import pytest
from PIL import Image

from backdrop.core.errors import ErrorCode, ModerationBlocked
from backdrop.policy.images import CATEGORIES, ModerationLabel, Policy, Screening, screening_copy
from tests.static.conftest import ROOT

BLOOD = ModerationLabel("Blood & Gore", "Graphic Violence", 91.4)
WEAPONS = ModerationLabel("Weapons", "Violence", 99.0)
BEER = ModerationLabel("Alcohol", "", 98.0)


def blocked(policy: Policy, *labels: ModerationLabel) -> str:
    with pytest.raises(ModerationBlocked) as caught:
        policy.check(Screening(labels, "7.0"))
    assert caught.value.code is ErrorCode.MODERATION_BLOCKED
    return caught.value.cause


def test_a_category_of_the_second_level_blocks_what_lies_below_it_and_nothing_beside() -> None:
    policy = Policy.parse("Explicit, graphic violence", 60)

    assert blocked(policy, BEER, BLOOD) == (
        "Amazon Rekognition sees Blood & Gore (Graphic Violence) with 91 % confidence; this is blocked from 60 % on."
    )
    policy.check(Screening((WEAPONS, BEER), "7.0"))


def test_a_category_of_the_first_level_blocks_the_second() -> None:
    assert "Weapons (Violence)" in blocked(Policy.parse("Violence", 60), WEAPONS)


def test_the_surest_reason_is_named() -> None:
    assert "Weapons" in blocked(Policy.parse("Violence,Graphic Violence", 60), BLOOD, WEAPONS)


def test_the_threshold_itself_blocks_and_less_does_not() -> None:
    policy = Policy.parse("Alcohol", 98)
    assert "98 %" in blocked(policy, BEER)
    policy.check(Screening((ModerationLabel("Alcohol", "", 97.99),), "7.0"))


@pytest.mark.parametrize("text", ["", " ", " , "])
def test_no_category_switches_moderation_off(text: str) -> None:
    assert not Policy.parse(text, 60).active


@pytest.mark.parametrize(("text", "confidence"), [("Explict", 60), ("Explicit,Swearing", 60), ("Explicit", 101)])
def test_a_name_that_would_never_block_is_an_error(text: str, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"moderation c"):
        Policy.parse(text, confidence)


def test_rekognition_is_asked_for_more_than_is_blocked() -> None:
    assert Policy.parse("Explicit", 80).asked_confidence == 50
    assert Policy.parse("Explicit", 30).asked_confidence == 30


def test_what_is_recorded_has_every_finding() -> None:
    assert Screening((BEER,), "7.0").as_record() == {
        "labels": [{"name": "Alcohol", "parent": "", "confidence": 98.0}],
        "modelVersion": "7.0",
    }


def test_the_template_takes_the_names_that_the_policy_knows() -> None:
    definition = re.search(
        r"ModerationCategories:\n.*?AllowedPattern: (.*?)\n", (ROOT / "template.yaml").read_text(), re.DOTALL
    )
    assert definition
    names = [name for first, seconds in CATEGORIES.items() for name in (first, *seconds)]
    for good in (*names, ",".join(names), "Explicit , Violence", ""):
        assert re.fullmatch(definition[1], good), good
        Policy.parse(good, 60)
    for bad in ("Explict", "Explicit Violence", "explicit;Violence", ",Explicit", "Explicit,,Violence"):
        assert not re.fullmatch(definition[1], bad), bad


def shown(image: Image.Image) -> Image.Image:
    data = screening_copy(image)
    assert len(data) <= 5_242_880
    opened = Image.open(io.BytesIO(data))
    assert (opened.format, opened.mode) == ("JPEG", "RGB")
    return opened


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 3000), (1568, 1176)), ((800, 600), (800, 600)), ((60, 40), (80, 80)), ((3000, 30), (1568, 80))],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_copy_has_a_size_that_rekognition_takes(
    size: tuple[int, int], expected: tuple[int, int], mode: str
) -> None:
    assert shown(Image.new(mode, size, "teal")).size == expected


def test_noise_stays_under_the_five_megabytes() -> None:
    noise = Image.frombytes("RGB", (1568, 1568), random.Random(1).randbytes(1568 * 1568 * 3))
    assert shown(noise).size == (1568, 1568)


def test_transparent_parts_are_white_and_the_subject_keeps_its_colour() -> None:
    image = Image.new("RGBA", (4000, 4000), (255, 0, 0, 0))
    image.paste((0, 0, 200, 255), (2000, 0, 4000, 4000))
    copy = shown(image)
    assert min(copy.getpixel((100, 700))) > 245  # type: ignore[arg-type]
    assert copy.getpixel((1400, 700))[2] > 190  # type: ignore[index]
    assert copy.getpixel((1400, 700))[0] < 10  # type: ignore[index]
