"""What a page says while the server does not answer. The script stands in the page: nothing can be fetched by then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from backdrop.core.words import catalogue
from backdrop.core.words.languages import list_languages
from backdrop.core.words.marks import mark_phrase

_WHAT: Final = mark_phrase("Backdrop does not answer right now.")
_NEXT: Final = mark_phrase("Your photos and jobs are safe. This page goes on by itself when Backdrop answers again.")


def list_words() -> dict[str, dict[str, str]]:
    """Return the words in each language: the page is the same for everybody, and its script chooses."""
    return {
        language: {"what": catalogue.translate(language, _WHAT), "next": catalogue.translate(language, _NEXT)}
        for language in list_languages()
    }


def read_script() -> str:
    """Return the script with its words, in all languages."""
    # Markup can't end it: "<" is written as JavaScript's own escape.
    words = json.dumps(list_words()).replace("<", "\\u003c")
    return Path(__file__).with_name("away.js").read_text("utf-8").replace('"words"', words, 1)
