"""What the service really says when it refuses is found again in the catalogue, whatever stands in its places."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from backdrop.aws.failures import storage_error, trouble_in
from backdrop.core import clock, people
from backdrop.core.by_hand import ByHand
from backdrop.core.by_hand import checked as checked_place
from backdrop.core.choices import color
from backdrop.core.errors import BackdropError, ErrorCode, explain, next_step_of
from backdrop.core.light import Light, check_light, check_tone
from backdrop.core.naming import checked_name, checked_tags
from backdrop.core.options import Options, OutputOptions, checked
from backdrop.core.people import Action, User
from backdrop.core.scenes import Scene, describe_scene
from backdrop.core.verdicts import RejectReason, check_why, describe_why
from backdrop.core.vocabulary import Mode, Role, Verdict
from backdrop.core.words.catalogue import recognise
from backdrop.imaging import framing, opening
from backdrop.imaging.marketplace import Check, preset_of, words
from backdrop.imaging.photos import open_photo
from backdrop.imaging.quality import flags
from backdrop.imaging.uploaded_masks import decode_mask
from backdrop.jobs.costs.spending import Limits, check_job
from backdrop.jobs.drafts import name_problem
from backdrop.models import catalogue, registry
from backdrop.policy.prompts import BlockList


def german(text: str) -> str:
    return recognise("de", text)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_codes_next_step_is_known(code: ErrorCode) -> None:
    assert german(next_step_of(code)) != next_step_of(code)


def picture(kind: str, size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **options)
    return out.getvalue()


def mask(colour: int, size: tuple[int, int] = (300, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, colour).save(out, "PNG")
    return out.getvalue()


ADA = User("sub", "ada@example.com", teams=frozenset({"shoes"}))
REVIEWER = User("sub", "ada@example.com", roles=frozenset({Role.REVIEWER}))

REFUSALS: dict[str, tuple[Callable[[], object], str]] = {
    "colour": (lambda: color("pink"), "'pink' ist keine Farbe."),
    "place": (lambda: checked_place(ByHand(turn=999)), "Ein Produkt ist um 999 gedreht."),
    "light": (lambda: check_light(Light(blur=7)), "Die Unschärfe der Kulisse ist 7."),
    "tone": (lambda: check_tone(Light(tone=0.5), Mode.PRECISE), "PRECISE behält die Pixel des Produkts"),
    "name": (lambda: checked_name("x" * 999, "name"), "999 Zeichen"),
    "tag": (lambda: checked_tags(["a,b"]), "Das Schlagwort 'a,b' geht nicht"),
    "variations": (lambda: checked(Options(variations=50)), "Es wurden 50 Varianten verlangt."),
    "scenes": (lambda: checked(Options(scenes=(Scene("a"), Scene("a")))), "Zwei der Szenen sind gleich."),
    "team": (lambda: people.check_team(ADA, "cups"), "Sie sind in keinem Team 'cups'."),
    "role": (lambda: people.check_role(REVIEWER, Action.START), "Prüfende sehen sich die Aufträge"),
    "why": (lambda: check_why(Verdict.APPROVED, RejectReason.COLOUR, ""), "Sie gelten nur für ein abgelehntes Bild."),
    "empty photo": (lambda: open_photo(b""), "Die Datei hat 0 Bytes."),
    "gif": (lambda: open_photo(picture("GIF")), "Die Datei ist ein GIF, nicht JPEG, PNG, WebP, HEIC, AVIF oder TIFF."),
    "small": (lambda: opening.check_geometry(10, 10), "Das Foto hat 10 x 10 Pixel; jede Seite braucht mindestens 80."),
    "narrow": (lambda: opening.check_geometry(900, 100), "Eine Seite ist mehr als 2,5-mal so lang wie die andere."),
    "large": (lambda: opening.check_geometry(9000, 9000), "die Grenzen sind 50 Megapixel"),
    "cut off": (lambda: open_photo(picture("PNG")[:200]), ""),
    "empty mask": (lambda: decode_mask(mask(0), 300, 200), "Die Maske ist leer: Alles ist Hintergrund."),
    "other mask": (lambda: decode_mask(mask(99, (100, 200)), 300, 200), "Das ist ein anderes Format."),
    "no mask": (lambda: decode_mask(b"x", 300, 200), "Die Maske ist keine PNG-Datei."),
    "preset": (lambda: preset_of("shop"), "Die Marktplatz-Vorgabe 'shop' gibt es nicht."),
    "preset's background": (
        lambda: framing.check_output(OutputOptions(preset="amazon-main"), "generated"),
        "nimmt Bilder nur mit diesem Hintergrund an: reines Weiß (#ffffff). Gewählt war ein gemalter Hintergrund.",
    ),
    "width": (lambda: framing.check_output(OutputOptions(width=99999), "generated"), "Die Breite ist 99.999 Pixel."),
    "model": (lambda: registry.get("nobody.knows"), "Das Modell 'nobody.knows' gibt es nicht"),
    "retired": (lambda: catalogue.check_usable("amazon.titan-image-generator-v2:0", False), "nicht mehr an"),
    "word": (lambda: BlockList.parse("gun").check("a gun", ""), "Beschreibung enthält 'gun'"),
    "own limit": (lambda: check_job(9, Limits(), 1), "Der Auftrag kostet etwa"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_that_was_raised_is_told_in_german(kind: str) -> None:
    call, told = REFUSALS[kind]
    with pytest.raises(BackdropError) as refused:
        call()
    error = refused.value
    if told:
        assert told in german(error.cause)
    assert german(error.cause) != error.cause
    assert german(error.next_step) != error.next_step


def test_what_step_functions_tells_is_recognised_behind_its_code() -> None:
    failure = explain("PhotoRefused", '{"errorMessage": "PHOTO_EMPTY: The file has 0 bytes."}')
    assert german(failure.cause) == "Die Datei hat 0 Bytes."


def test_a_sentence_in_a_sentence_is_told_in_german_too() -> None:
    whole = "The job ended before this image was done: The function that calls the model died: Sandbox.Timedout: 30 s"
    assert german(whole).startswith("Der Auftrag endete, bevor dieses Bild fertig war: Die Funktion, die das Modell")


def test_storage_that_does_not_answer() -> None:
    error = storage_error(trouble_in("SlowDown", "Please reduce your request rate."), "look up x")
    assert german(error.cause).startswith("Backdrop kam an seine Daten oder Dienste nicht heran (look up x: ")


@pytest.mark.parametrize("seconds", [5, 100, 400, 9000, 7200])
def test_times_to_come(seconds: float) -> None:
    assert german(clock.about(seconds)) != clock.about(seconds)


def test_times_have_the_languages_numbers() -> None:
    assert german(clock.about(150)) == "etwa 2,5 Min."


@pytest.mark.parametrize("code", list(flags.FlagCode))
def test_flags_say_in_german_what_they_mean_and_what_to_do(code: flags.FlagCode) -> None:
    assert all(german(text) != text for text in flags.words(code))


def test_a_marketplaces_check() -> None:
    found, advice = words(Check("FILL_AT_LEAST", False, 0.7, 0.85))
    assert german(found) == "Das Produkt füllt 70% des Bildes, verlangt sind mindestens 85%."
    assert german(advice).startswith("Prüfen Sie")


def test_scenes_and_reasons() -> None:
    assert german(describe_scene(Scene(background="#ffffff"))) == "Farbe #ffffff"
    assert german(describe_why(RejectReason.COLOUR, "too blue")) == "Farbe: too blue"


def test_names_of_files_are_not_taken_for_words() -> None:
    assert german("'The job ends.jpg': No label of 'none' is kept.").startswith("'The job ends.jpg': Von 'none'")


def test_a_name_that_can_not_be() -> None:
    problem = name_problem("x" * 2000)
    assert problem
    assert german(problem) == "Der Name hat 2.000 Zeichen; möglich sind 1 bis 1.024."


@pytest.mark.parametrize(
    "sentence",
    [
        "Leave it out.",
        "Only one is left",
        "Nothing left",
        "Everything failed.",
        "A sentence that nobody marked.",
        "It was never seen. The second is not known either.",
        "Something else failed. Nobody was not.",
        "Delete them",
    ],
)
def test_a_sentence_that_nobody_marked_stays_english_however_like_a_pattern_it_is(sentence: str) -> None:
    assert recognise("de", sentence) == sentence


def test_a_known_sentence_is_not_swallowed_by_the_open_place_of_another() -> None:
    stays, known = "Nobody knows why.", "Wait until it is done."
    told = recognise("de", known)
    assert told != known
    for text in (f"{stays} {known}", f"{known} {stays}", f"{known} {stays} {known}"):
        assert recognise("de", text) == text.replace(known, told)


def test_short_patterns_still_take_what_they_are_for() -> None:
    for text in ("about 2 min left", "a.jpg, variation 2", "Seed 7.", "Kept: Mug, Spoon.", "Delete mug.jpg"):
        assert recognise("de", text) != text
