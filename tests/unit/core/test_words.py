"""A language's words: sentences are filled in it, and English ones recognised. Each test has its own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from backdrop.core.words import catalogue, languages
from tests.catalogues import as_mo

Write = Callable[[dict[str | tuple[str, str], str | tuple[str, str]]], None]


def _forget() -> None:
    catalogue.recognise.cache_clear()
    for kept in (catalogue._read, catalogue._sentences, catalogue._patterns, catalogue._list_ids):
        kept.cache_clear()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)

    def write(messages: dict[str | tuple[str, str], str | tuple[str, str]]) -> None:
        made = Catalog(locale="de", charset="utf-8")
        for one, other in {catalogue.NUMBER: "1.234,5", **messages}.items():
            made.add(one, other)
        (tmp_path / "de.mo").write_bytes(as_mo(made))
        _forget()

    _forget()
    yield write
    _forget()


def test_a_pattern_is_filled_with_numbers_as_the_language_writes_them(write: Write) -> None:
    write({"{name} has {pixels:,} pixels ({share:.1f} %).": "{name} hat {pixels:,} Pixel ({share:.1f} %)."})
    pattern = "{name} has {pixels:,} pixels ({share:.1f} %)."
    said = catalogue.translate("de", pattern, name="a.b.jpg", pixels=1200000, share=2.5)
    assert said == "a.b.jpg hat 1.200.000 Pixel (2,5 %)."
    assert catalogue.translate("en", pattern, name="x", pixels=1200000, share=2.5) == "x has 1,200,000 pixels (2.5 %)."


def test_a_count_takes_its_form(write: Write) -> None:
    write({("{count:,} photo", "{count:,} photos"): ("{count:,} Foto", "{count:,} Fotos")})
    said = [catalogue.translate_count("de", "{count:,} photo", "{count:,} photos", count) for count in (0, 1, 2000)]
    assert said == ["0 Fotos", "1 Foto", "2.000 Fotos"]


def test_what_was_written_in_english_is_recognised(write: Write) -> None:
    write(
        {
            "Upload the photo again.": "Laden Sie das Foto noch einmal hoch.",
            "The photo has {pixels:,} pixels; at most {limit:,} are read.": "Das Foto hat {pixels:,} Pixel; gelesen "
            "werden höchstens {limit:,}.",
            ("{count:,} of {total:,} failed.", "{count:,} of {total:,} failed."): (
                "{count:,} von {total:,} misslang.",
                "{count:,} von {total:,} misslangen.",
            ),
        }
    )
    say = catalogue.recognise
    photo = "The photo has 12,000,000 pixels; at most 50,000 are read."
    assert say("de", photo) == "Das Foto hat 12.000.000 Pixel; gelesen werden höchstens 50.000."
    assert say("de", f"{photo} Upload the photo again.") == (
        "Das Foto hat 12.000.000 Pixel; gelesen werden höchstens 50.000. Laden Sie das Foto noch einmal hoch."
    )
    assert say("de", "1 of 3 failed.") == "1 von 3 misslang."
    assert say("de", "2 of 3,000 failed.") == "2 von 3.000 misslangen."


def test_what_no_pattern_fits_stays_and_its_neighbours_are_told(write: Write) -> None:
    write({"Try again.": "Versuchen Sie es noch einmal."})
    assert catalogue.recognise("de", "Disk on fire. Try again.") == "Disk on fire. Versuchen Sie es noch einmal."
    assert catalogue.recognise("de", "Disk on fire.") == "Disk on fire."
    assert catalogue.recognise("en", "Try again.") == "Try again."
    assert catalogue.recognise("de", "") == ""


def test_the_pattern_with_more_words_wins(write: Write) -> None:
    write({"{name} failed.": "{name} misslang.", "The job {name} failed.": "Der Auftrag {name} misslang."})
    assert catalogue.recognise("de", "The job Mugs failed.") == "Der Auftrag Mugs misslang."


def test_words_in_a_place_are_translated_and_names_are_not(write: Write) -> None:
    write({"{name}: {what}": "{name}: {what}", "too large": "zu groß"})
    assert catalogue.recognise("de", "mug.jpg: too large") == "mug.jpg: zu groß"


def test_the_first_language_that_there_is_is_chosen(write: Write) -> None:
    write({})
    assert languages.choose_language(["fr-CA", "de_AT", "en"]) == "de"
    assert languages.choose_language([None, "fr"]) == "en"
    assert languages.list_languages() == ("en", "de")
