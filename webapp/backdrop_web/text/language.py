"""The reader's language: the one chosen in this session, else the browser's. Every word of the page goes through here.

The words stand in English in the code and are looked up in the catalogues of `functions/backdrop/core/words`:
docs/languages.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import streamlit as st
from babel import Locale
from streamlit.runtime.scriptrunner import get_script_run_ctx

from backdrop.core.words import catalogue
from backdrop.core.words.languages import ENGLISH, choose_language, list_languages

CHOSEN = "language"
"""The session's key of a language that was chosen by hand."""

COOKIE = "backdrop_language"
"""The cookie in which the browser keeps it (streamlit_shell/language_choice.py)."""

_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")

_COUNTS = range(201)
"""Numbers among which every form of a plural is met."""


def find_language() -> str:
    """Return the language to write in, `en` or `de`: the chosen one, else the browser's, else English. Outside of a
    page it is English, as all records are, besides within `speak_in`."""
    if spoken := _SPOKEN.get():
        return spoken
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return choose_language((read_chosen(), st.context.locale))


@contextmanager
def speak_in(language: str) -> Iterator[None]:
    """Write in this language: of an answer of the server beside the pages."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def read_chosen() -> str | None:
    """Return the language that was chosen by hand, in this session or one before; None: the browser's."""
    if CHOSEN in st.session_state:
        return st.session_state[CHOSEN] or None
    kept = st.context.cookies.get(COOKIE)
    # Anybody can write a cookie.
    return kept if kept in list_languages() else None


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


def translate_forms(one: str, many: str) -> dict[str, str]:
    """Return a pattern in all forms that the reader's language has for counts, by their names in `Intl.PluralRules`:
    for a script of the browser, which fills its places itself."""
    language = find_language()
    return {form: catalogue.find_form(language, one, many, count) for form, count in _find_counts(language).items()}


@cache
def _find_counts(language: str) -> dict[str, int]:
    """Return the forms that a language has for counts, each with the smallest number that takes it."""
    form = Locale.parse(language).plural_form
    return {form(count): count for count in reversed(_COUNTS)}


def make_speech(words: Mapping[str, str | dict[str, str]]) -> dict[str, Any]:
    """Return what a script of the browser speaks with (`learnWords` in streamlit_shell/slider/dom.js).

    `words`: name -> translated pattern, or its forms; places such as `{count}` are filled by the script.
    """
    return {"language": find_language(), "words": dict(words)}
