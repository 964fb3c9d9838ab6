"""The light on a backdrop as it travels, and what of it can't be."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError
from backdrop.core.light import Light, check_tone
from backdrop.core.options import BACKDROP, Options
from backdrop.core.options_json import from_dict, to_dict
from backdrop.core.vocabulary import Mode


def behind(light: Light | None) -> Options:
    return Options(background=BACKDROP, backdrop=Backdrop(id="b", light=light))


@pytest.mark.parametrize(
    "light",
    [
        None,
        Light(),
        Light(direction=-30.0, guessed=True, strength=0.0, reflection=0.4),
        Light(rim=1.0, blur=0.2, tone=1.0),
    ],
)
def test_it_travels_with_the_job(light: Light | None) -> None:
    assert from_dict(to_dict(behind(light))) == behind(light)


def test_what_was_written_before_there_was_one_has_none() -> None:
    assert "Light" not in to_dict(behind(None))["Backdrop"]
    assert to_dict(behind(Light(direction=45.0)))["Backdrop"]["Light"] == {"Direction": 45.0}


@pytest.mark.parametrize(
    ("light", "told"),
    [
        ({"Direction": 91}, "The direction of the light is 91."),
        ({"Direction": float("nan")}, "The direction of the light is nan."),
        ({"Strength": 1.6}, "The strength of the shadow is 1.6."),
        ({"Blur": -0.1}, "The blur of the backdrop is -0.1."),
        ({"Tone": "much"}, "Tone is 'much', no number."),
        ({"Guessed": 1}, "Guessed is 1, neither true nor false."),
        ({"Colour": "red"}, "Options.Backdrop.Light has no 'Colour'"),
        ("left", "Options.Backdrop.Light is no JSON object."),
    ],
)
def test_what_can_not_be_is_refused(light: Any, told: str) -> None:
    with pytest.raises(BackdropError) as caught:
        from_dict({"Background": "backdrop", "Backdrop": {"Id": "b", "Light": light}})
    assert told in caught.value.cause


def test_precise_keeps_the_products_pixels_and_says_so() -> None:
    with pytest.raises(BackdropError) as caught:
        check_tone(Light(tone=0.5), Mode.PRECISE)
    assert "PRECISE keeps the product's own pixels" in caught.value.cause
    check_tone(Light(tone=0.5), Mode.DEFAULT)
    check_tone(Light(), Mode.PRECISE)
    check_tone(None, Mode.PRECISE)
