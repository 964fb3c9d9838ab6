"""Searching jobs: what is searched stands in a job's row, in one text of a few KB, written when it is submitted.

So a search reads the rows of an owner's index, the newest first, and nothing else: no report, no manifest, no image.
The text has two lines: what people change later (name and tags), and what never changes. All is in lower case
(`naming.search_form`); of many files' names only as much as `_FILES` allows, each part of a path once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.naming import search_form
from backdrop.core.options import TRANSPARENT, Options
from backdrop.core.words.marks import phrase

LOOKED_AT = 1_000
"""Jobs that one call looks at: a search answers within a second or two, however many jobs there are."""

_WORDS = 2_000
_FILES = 6_000
"""Characters of what was asked for, and of the files' names: a page of the index holds at least 100 such rows."""

_MOST_WORDS = 12
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
FIRST, LAST = "0", "9"
"""Before and after all moments that are written in ISO 8601."""


@dataclass(frozen=True)
class Search:
    """Which jobs are wanted: those with all `words` (parts of words too), and all `tags`, made from `since` until
    `until` (ISO 8601 UTC, both included)."""

    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: str = FIRST
    until: str = LAST

    def takes(self, created_at: str, tags: Iterable[str], text: str) -> bool:
        """Whether a job is one of them. `text`: what it is found by (`write_text`)."""
        if not self.since <= created_at <= self.until:
            return False
        has = set(map(search_form, tags))
        return all(tag in has for tag in self.tags) and all(word in text for word in self.words)


def parse_search(words: str | None, tags: Sequence[str], since: str | None, until: str | None) -> Search | None:
    """Return the search that is asked for; None: all jobs are wanted.

    Args:
        words: with spaces between them, in any order and case.
        tags: whole ones, in any case.
        since: a day, from its first moment in UTC, or a moment.
        until: a day, to its last moment, or a moment.

    Raises:
        BackdropError: `INVALID_REQUEST`.
    """
    wanted = tuple(dict.fromkeys(search_form(words or "").split()))
    if len(wanted) > _MOST_WORDS:
        raise BackdropError(ErrorCode.INVALID_REQUEST, f"search: up to {_MOST_WORDS} words at once.")
    search = Search(
        wanted,
        tuple(search_form(" ".join(tag.split())) for tag in tags if tag.strip()),
        _moment("since", since, "T00:00:00.000Z") or FIRST,
        _moment("until", until, "T23:59:59.999Z") or LAST,
    )
    if search.since > search.until:
        raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("since: it comes after until."))
    return None if search == Search() else search


def write_text(name: str, tags: Sequence[str], rest: str) -> str:
    """Return the text of a job's row. `rest`: from `describe_for_search`."""
    return search_form(" ".join((name, *tags))) + "\n" + rest


def rewrite_text(text: str, name: str, tags: Sequence[str]) -> str:
    """Return a job's text with another name and other tags; what never changes stays."""
    return write_text(name, tags, text.partition("\n")[2])


def describe_for_search(
    job_id: str,
    email: str,
    model_id: str,
    prompts: Iterable[str],
    options: Options,
    photo_names: Iterable[str] = (),
    skus: Iterable[str] = (),
) -> str:
    """Return what a job can be found by besides name and tags, and never changes.

    Args:
        job_id: the job's.
        email: of who started it.
        model_id: the job's model.
        prompts: all words that were said: what is to be seen, what not, and words of single photos' own.
        options: the job's.
        photo_names: names with folders of its photos.
        skus: article numbers.
    """
    asked = chain(
        prompts,
        (scene.prompt for scene in options.scenes),
        *map(_background_words, options.by_scene()),
        (one.preset or "" for one in (options.output, *options.outputs)),
    )
    parts = chain.from_iterable(re.split(r"[\\/]", name) for name in photo_names)
    texts = (job_id, search_form(email), model_id, _joined(asked, _WORDS), _joined(chain(skus, parts), _FILES))
    return " ".join(text for text in texts if text).replace("\n", " ")


def _background_words(scene: Options) -> tuple[str, ...]:
    if scene.backdrop:
        return (scene.backdrop.name, "backdrop")
    plain = {TRANSPARENT: "transparent", "#ffffff": "white"}.get(scene.background, "")
    return () if scene.generates else (scene.background, plain)


def _joined(texts: Iterable[str], most: int) -> str:
    """The texts in the form that is searched, each once, as many as there is room for."""
    found: dict[str, None] = {}
    room = most
    for text in texts:
        form = " ".join(search_form(text).split())[:most]
        if not form or form in found:
            continue
        room -= len(form) + 1
        if room < 0:
            break
        found[form] = None
    return " ".join(found)


def _moment(field: str, text: str | None, of_day: str) -> str | None:
    if not text:
        return None
    if _DAY.fullmatch(text):
        return text + of_day
    if _MOMENT.fullmatch(text):
        return text if "." in text else text.replace("Z", ".000Z" if of_day.startswith("T00") else ".999Z")
    raise BackdropError(
        ErrorCode.INVALID_REQUEST,
        f"{field}: {text!r} is no day and no moment.",
        "Write a day as 2026-11-28, or a moment as 2026-11-28T09:30:00Z.",
    )
