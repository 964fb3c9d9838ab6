"""A language made of brackets, to find the words that are not translated: what is marked stands in `⟦…⟧`, its places
outside of them. A letter outside of brackets is a word that no catalogue will ever translate, or one that was glued to
a translated one."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from streamlit.testing.v1 import AppTest

from backdrop.core.words import catalogue, languages
from backdrop_web.text import language
from tests import catalogues

PSEUDO = "eo"
"""A language that Babel knows and the project does not speak."""

_PLACE = re.compile(r"(\{\w+[^{}]*\}|:(?:material|[a-z]+)[/\[][a-z_0-9]*:?)")
_BRACKETED = re.compile(r"⟦[^⟧]*⟧")
_TAG = re.compile(r"</?[a-z][^<>]*>")
_NO_WORDS = re.compile(
    r"""\{\w+[^{}]*\}                             # places that a script fills
    | :material/\w+: | :[a-z-]+\[                # icons, colours
    | https?://\S+ | data:\S+ | \(job\?id=\w+\)
    | \#[0-9a-f]{6}
    | \b\d+\.?(?:-a\sde)?\s\w+\.?\s\d{4}\b      # a date
    | \d[\d.,]*\s?(?:US\$|\$|°|%|(?:kB|MB|s|sek|min|h|px)\b\.?)?""",
    re.VERBOSE,
)
_LETTER = re.compile(r"[^\W\d_]")

_SHOWN = frozenset(
    {
        *("label", "help", "placeholder", "body", "text", "value", "options", "captions", "caption", "title"),
        *("header", "content", "content_icons_text", "alt", "elements", "body_text", "toast", "feedback"),
        *("tooltip", "spinner_text", "display", "message", "subtitle", "default_options"),
    }
)
"""Names of the fields of Streamlit's messages that people read."""


def speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the app speak the language of brackets, whatever the browser asks for."""
    for module in (catalogue, languages):
        monkeypatch.setattr(module, "FOLDER", _folder())
    for kept in (catalogue._read, catalogue._sentences, catalogue._patterns, catalogue._list_ids, catalogue.recognise):
        kept.cache_clear()
    monkeypatch.setattr(language, "find_language", lambda: PSEUDO)


def list_foreign(app: AppTest, *names: str) -> list[str]:
    """Return every text on the page that has letters outside of brackets, besides these names, which people gave."""
    return sorted({text for text in list_texts(app) if has_foreign(text, names)})


def has_foreign(text: str, names: Iterable[str] = ()) -> bool:
    """Whether `text` has letters that stand in no bracket."""
    bare = unescape(_BRACKETED.sub("", _TAG.sub("", text)).replace("\\", "").replace("\u2060", ""))
    for name in sorted(names, key=len, reverse=True):
        bare = bare.replace(name, "")
    return bool(_LETTER.search(_NO_WORDS.sub("", bare)))


def list_texts(app: AppTest) -> Iterator[str]:
    """Yield every text that is to be read on the page: in elements, dialogs and what components are given."""
    yield from list_texts_of(app._tree)


def list_texts_of(block: Any) -> Iterator[str]:
    """Yield the same of a part of the page, such as `app.main`."""
    yield from _walk(block)


def list_values(data: Any, *, besides: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the texts among the values of what a component is given, those of the keys `besides` left out."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key not in besides:
                yield from list_values(value, besides=besides)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from list_values(value, besides=besides)


_FOR_PROGRAMS = frozenset(
    {
        *("job", "id", "photo", "state", "verdict", "reason", "thumb", "thumbBackup", "before", "after", "download"),
        *("run", "image", "draft", "url", "place", "ask", "slots", "slot", "save", "drop", "watch", "background"),
        *("product", "ground", "lang", "mask", "key", "accept", "type", "colour", "color", "language"),
    }
)
"""Keys of what components are given that hold ids, addresses, states: nothing to read."""


def _walk(block: Any) -> Iterator[str]:
    for child in block.children.values():
        if (proto := getattr(child, "proto", None)) is not None:
            yield from _read(proto)
        if hasattr(child, "children"):
            yield from _walk(child)


def _read(proto: Any) -> Iterator[str]:
    for field, value in proto.ListFields():
        if proto.DESCRIPTOR.name == "BidiComponent":
            if field.name == "json":
                yield from list_values(json.loads(value), besides=_FOR_PROGRAMS)
            continue
        repeated = not isinstance(value, str | bytes) and hasattr(value, "__iter__")
        for one in value if repeated else [value]:
            if hasattr(one, "ListFields"):
                yield from _read(one)
            elif isinstance(one, str) and field.name in _SHOWN:
                yield one


@cache
def _folder() -> Path:
    """A folder with one catalogue: of everything that is marked."""
    folder = Path(tempfile.mkdtemp(prefix="backdrop-words-"))
    made = Catalog(locale=PSEUDO, charset="utf-8", fuzzy=False)
    for message in catalogues.extract():
        if message.id:
            forms = message.id if isinstance(message.id, list | tuple) else (message.id,)
            said = tuple(map(bracket, forms))
            made.add(message.id, said if len(forms) > 1 else said[0])
    (folder / f"{PSEUDO}.mo").write_bytes(catalogues.as_mo(made))
    return folder


def bracket(pattern: str) -> str:
    """Return a pattern with its words in brackets and its places outside of them."""
    return "".join(
        part if not _LETTER.search(part) or _PLACE.fullmatch(part) else f"⟦{part}⟧" for part in _PLACE.split(pattern)
    )
