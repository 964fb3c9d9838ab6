"""Which languages there are: a compiled catalogue each, and English."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

ENGLISH = "en"

FOLDER = Path(__file__).parent


def list_languages() -> tuple[str, ...]:
    """Return the languages that there are, English first: `("en", "de")`."""
    return _list_compiled(FOLDER)


@cache
def _list_compiled(folder: Path) -> tuple[str, ...]:
    """Return them once: a page asks with each of its words."""
    return (ENGLISH, *sorted(path.stem for path in folder.glob("*.mo")))


def choose_language(wanted: Iterable[str | None]) -> str:
    """Return the first language of `wanted` (BCP 47 tags such as `de-AT`) that there is; English when there is none."""
    there = list_languages()
    for tag in wanted:
        language = (tag or "").replace("_", "-").split("-")[0].lower()
        if language in there:
            return language
    return ENGLISH


def choose_known(wanted: str | None) -> str | None:
    """Return the language of a job's mail as it is recorded; None: English."""
    language = choose_language([wanted])
    return None if language == ENGLISH else language
