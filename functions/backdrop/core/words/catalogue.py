"""The words of Backdrop in other languages than English: one file a language, `de.po`, compiled to `de.mo`.

Two ways lead through a catalogue. Who writes a sentence for a reader fills its pattern in the reader's language
(`translate`, `translate_count`). What was written in English before, in a row, a report or an answer of the API, is
recognised by its pattern (`recognise`). What no catalogue knows stays English: right, though not translated.

The files are GNU gettext's (https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html).
"""

from __future__ import annotations

import gettext
import re
import struct
from collections.abc import Iterator
from functools import cache, lru_cache
from string import Formatter
from typing import NamedTuple

from backdrop.core.words.languages import ENGLISH, FOLDER
from backdrop.core.words.marks import mark_phrase

NUMBER = mark_phrase("1,234.5")
"""A catalogue's translation of this number says how numbers are written in its language."""

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?:])[ \n]+|\n+")
_SENTENCES = 12
"""More sentences than any message has: from there on a text is people's own."""


def translate(language: str, pattern: str, /, **values: object) -> str:
    """Return the sentence of a marked pattern in `language`, its numbers written as that language writes them."""
    return _fill(_read(language).gettext(pattern), language, values)


def translate_count(language: str, one: str, many: str, /, count: int, **values: object) -> str:
    """Return the sentence in the form that `language` has for `count`."""
    return _fill(find_form(language, one, many, count), language, {"count": count, **values})


def find_form(language: str, one: str, many: str, /, count: int) -> str:
    """Return the pattern that `language` has for `count`, its places not filled."""
    return _read(language).ngettext(one, many, count)


@lru_cache(4096)
def recognise(language: str, text: str) -> str:
    """Return an English text in `language`: as a whole, or sentence by sentence where the whole is not known.

    Sentences that no pattern fits stay as they are.
    """
    if language == ENGLISH or not text.strip():
        return text
    whole = _recognise_one(language, text)
    if whole is not None:
        return whole
    cuts = [match.span() for match in _SENTENCE_END.finditer(text)]
    return text if not cuts or len(cuts) > _SENTENCES else _recognise_parts(language, text, cuts)


def write_number(language: str, text: str) -> str:
    """Return a number that is written in English, `1,234.5`, as `language` writes it."""
    model = _read(language).gettext(NUMBER)
    group, point = model[1], model[-2]
    return "".join({",": group, ".": point}.get(character, character) for character in text)


class _Places(Formatter):
    """Fills places by name; numbers as the language writes them."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: object, format_spec: str) -> str:
        text = format(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return write_number(self._language, text) if is_number else text


def _fill(pattern: str, language: str, values: dict[str, object]) -> str:
    return _Places(language).vformat(pattern, (), values) if values else pattern


@cache
def _read(language: str) -> gettext.NullTranslations:
    path = FOLDER / f"{language}.mo"
    if language == ENGLISH or not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


class _Known(NamedTuple):
    """A pattern as it is met in a text."""

    one: str
    many: str
    shape: re.Pattern[str]
    letters: int
    first: str
    """The place that a pattern of few words begins with, if it does."""


def _recognise_parts(language: str, text: str, cuts: list[tuple[int, int]]) -> str:
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    parts: list[str] = []
    first = 0
    while first < len(starts):
        for last in range(len(ends) - 1, first - 1, -1):
            known = _recognise_one(language, text[starts[first] : ends[last]])
            if known is not None:
                break
        else:
            last = first
            known = text[starts[first] : ends[first]]
        between = text[ends[last] : starts[last + 1]] if last + 1 < len(starts) else ""
        parts.append(known + between)
        first = last + 1
    return "".join(parts)


def _recognise_one(language: str, text: str) -> str | None:
    exact = _read(language).gettext(text)
    if exact != text or text in _sentences(language):
        return exact
    for known in _find_patterns(language, text):
        found = known.shape.fullmatch(text)
        if found and (not known.first or _may_begin(language, found[known.first])):
            return _say_again(language, known, found.groupdict())
    return None


def _say_again(language: str, known: _Known, found: dict[str, str]) -> str:
    values: dict[str, object] = {name: _in_place(language, name, value) for name, value in found.items()}
    catalogue = _read(language)
    if not known.many:
        pattern = catalogue.gettext(known.one)
    else:
        number = found.get("count", "2").replace(",", "")
        pattern = catalogue.ngettext(known.one, known.many, int(number) if number.isdecimal() else 2)
    return Formatter().vformat(_SPEC.sub(r"{\1}", pattern), (), values)


def _in_place(language: str, name: str, value: str) -> str:
    """Return what stands in a place: a number in the language's way, marked words in its words, others as they are."""
    if _NUMBER.fullmatch(value):
        return write_number(language, value)
    if name in _OWN_WORDS:
        return recognise(language, value)
    if name == "choices":
        return value.replace(OR, _read(language).gettext(OR))
    return _read(language).gettext(value) if value in _sentences(language) else value


_OWN_WORDS = frozenset({"advice", "cause", "happened", "kind", "next_step", "reason", "size", "what"})
"""Places of patterns in which the service's own words stand, sentences with places of their own among them. What people
typed never stands there."""

OR = mark_phrase(" or ")
"""Stands between the last two of the `choices` of a pattern."""


_NUMBERS = r"-?[\d.,]+%?"
"""What a place with a format holds: a pattern of few words would else fit any sentence."""

_REPR = r"""'[^\n]*?'|"[^\n]*?"|-?\d[\d.e+-]*|True|False|None|\[.*?\]|\{.*?\}"""
"""What `!r` writes: of a text always with its quotes."""

_WITHIN = r"(?:(?![.!?:]\s|\n).)+?"
"""What an open place at the border of a pattern holds: no end of a sentence, or it would swallow the next one."""

_FEW = 2
"""A pattern of so few words fits much that it was not made for."""

_NO_NAME = r"(?!(?:it|them|this|that|these|those|one|some|all|both|none|nothing|everything|you|we|they)(?!\w))"

_TOLD = re.compile(r"\d|^\S*[^\w\s]\S*$")
"""A number in it, or a name as of a file or a person's address."""

_WORD = re.compile(r"[^\W\d_]{2,}")

_SPEC = re.compile(r"\{(\w+)[^{}]*\}")


@cache
def _sentences(language: str) -> frozenset[str]:
    return frozenset(one for one, _ in _list_ids(language))


@cache
def _patterns(language: str) -> dict[str, list[_Known]]:
    """Every pattern with places, by its first character ("" where that is a place); the one with most words first."""
    found: dict[str, list[_Known]] = {}
    for one, many in _list_ids(language):
        for form in filter(None, (one, many)):
            if _SPEC.search(form):
                start = "" if form.startswith("{") and not form.startswith("{{") else form[0]
                few = _has_few_words(form) and (place := _SPEC.match(form))
                first = place[1] if few and place and form[place.end() - 2] != "r" else ""
                known = _Known(one, many, _shape(form), len(_SPEC.sub("", form)), first)
                found.setdefault(start, []).append(known)
    for several in found.values():
        several.sort(key=lambda one: one.letters, reverse=True)
    return found


def _find_patterns(language: str, text: str) -> Iterator[_Known]:
    yield from _patterns(language).get(text[0], ())
    yield from _patterns(language).get("", ())


def _has_few_words(pattern: str) -> bool:
    return len(_WORD.findall(_SPEC.sub(" ", pattern))) <= _FEW


def _may_begin(language: str, value: str) -> bool:
    """Whether a sentence of few words may begin with this: `about 2 min` left, `mug.jpg` (3)."""
    return bool(_TOLD.search(value)) or value in _sentences(language)


def _shape(pattern: str) -> re.Pattern[str]:
    """The pattern as an expression. An open place between words takes any text; one at the border, or beside few words,
    none that goes on after the end of a sentence, unless a colon or a quotation mark stands before it."""
    parts: list[str] = []
    seen: set[str] = set()
    found = list(Formatter().parse(pattern))
    few = _has_few_words(pattern)
    for number, (literal, name, spec, conversion) in enumerate(found):
        parts.append(re.escape(literal))
        if name is None:
            continue
        border = (number == 0 and not literal) or number == len(found) - 1
        bounded = name not in _OWN_WORDS and (border or few) and not literal.endswith((": ", "“", '"', "‘", "'", "`"))
        opened = f"{_NO_NAME if few else ''}{_WITHIN}" if bounded else ".+?"
        told = _REPR if conversion == "r" else _NUMBERS if spec else opened
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{told})")
        seen.add(name)
    return re.compile("".join(parts), re.DOTALL)


@cache
def _list_ids(language: str) -> tuple[tuple[str, str], ...]:
    """Return the ids of a catalogue, each with its plural (empty: it has none). `gettext` keeps no plural ids."""
    path = FOLDER / f"{language}.mo"
    if language == ENGLISH or not path.exists():
        return ()
    data = path.read_bytes()
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, table = struct.unpack(f"{order}II", data[8:16])
    ids: list[tuple[str, str]] = []
    for place in range(table, table + 8 * count, 8):
        length, offset = struct.unpack(f"{order}II", data[place : place + 8])
        one, _, many = data[offset : offset + length].decode().partition("\0")
        if one:
            ids.append((one, many))
    return tuple(ids)


class Words:
    """The words of one language, for whoever writes a whole text in it."""

    def __init__(self, language: str) -> None:
        self.language = language

    def translate(self, pattern: str, /, **values: object) -> str:
        """Return the sentence of a marked pattern."""
        return translate(self.language, pattern, **values)

    def translate_count(self, one: str, many: str, /, count: int, **values: object) -> str:
        """Return the sentence in the form for `count`."""
        return translate_count(self.language, one, many, count, **values)

    def recognise(self, text: str) -> str:
        """Return what was written in English before."""
        return recognise(self.language, text)
