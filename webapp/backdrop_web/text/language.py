"""The reader's language: the one chosen in this session, else the browser's. Every word of the page goes through here.

The words stand in English in the code and are looked up in the catalogues of `functions/backdrop/core/words`:
docs/languages.md.
"""

from __future__ import annotations

import streamlit as st

from backdrop.core.words import catalogue

CHOSEN = "language"
"""The session's key of a language that was chosen by hand."""


def find_language() -> str:
    """Return the language to write in, `en` or `de`: the chosen one, else the browser's, else English."""
    return catalogue.choose_language((st.session_state.get(CHOSEN), st.context.locale))


def translate(pattern: str, /, **values: object) -> str:
    """Return a sentence in the reader's language, for example `translate("{name} is ready.", name="mug.jpg")`.

    Args:
        pattern: a literal with named places in the style of `str.format`, or what was marked with `mark_phrase`.
        values: what stands in the places; numbers are written in the reader's way.
    """
    return catalogue.translate(find_language(), pattern, **values)


def translate_count(one: str, many: str, /, count: int, **values: object) -> str:
    """Return the sentence in the form for `count`, say `translate_count("{count:,} photo", "{count:,} photos", 3)`."""
    return catalogue.translate_count(find_language(), one, many, count, **values)


def translate_text(text: str) -> str:
    """Return a sentence that the service wrote in English, in the reader's language; as it is when no pattern fits."""
    return catalogue.recognise(find_language(), text)
