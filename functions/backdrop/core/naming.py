"""What people call a job: its name and its tags, in any script.

A job that nobody names is called by the folder of its photos and its scene. The page shows the same proposal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.names import shown
from backdrop.core.scenes import Scene, describe_scene
from backdrop.core.words.marks import phrase

MAX_JOB_NAME = 120
"""Characters of a job's name: a line of the list."""

MAX_TAGS = 10
MAX_TAG = 40
"""Characters of a tag."""

_WHITE = "#ffffff"
_SCENE_WORDS = 40
"""Characters of the scene in a proposed name."""

_WORTH_TELLING = 8
"""Characters of a shortened name that still tell something."""


def propose_name(photo_names: Iterable[str], scene: Scene) -> str:
    """Return a name for a job: the folder that holds all of its photos, and its scene.

    Args:
        photo_names: with their folders, as they were chosen.
        scene: the job's own.
    """
    folder = _common_folder(photo_names)
    words = "white" if scene.background == _WHITE else _shortened(_one_line(describe_scene(scene)), _SCENE_WORDS)
    return _shortened(": ".join(part for part in (folder, words) if part), MAX_JOB_NAME)


def checked_name(name: str, what: str = "job's name") -> str:
    """Return a job's name on one line, without spaces around it; empty: it has none. `what`: else that is named so.

    Raises:
        BackdropError: `NAME_INVALID`.
    """
    name = _one_line(name)
    if len(name) > MAX_JOB_NAME:
        raise BackdropError(
            ErrorCode.NAME_INVALID,
            phrase(
                "The {what} has {name:,} characters; {most} are possible.", what=what, name=len(name), most=MAX_JOB_NAME
            ),
            phrase("Shorten it."),
        )
    return name


def saved_form(name: str) -> str:
    """Return a name of saved settings as it is told apart from others: on one line, in any case."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def describe_saved(name: str, version: int, *, changed: bool) -> str:
    """Return which saved settings a job was begun with: `Mugs, version 3, changed` where its own are others."""
    if changed:
        return phrase("{name}, version {version:,}, changed", name=shown(name), version=version)
    return phrase("{name}, version {version:,}", name=shown(name), version=version)


def checked_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Return a job's tags as they are kept: each once, whatever its case, in the order given.

    Raises:
        BackdropError: `NAME_INVALID`.
    """
    found: dict[str, str] = {}
    for tag in map(_one_line, tags):
        if not 1 <= len(tag) <= MAX_TAG or "," in tag:
            raise BackdropError(
                ErrorCode.NAME_INVALID,
                phrase(
                    "The tag {tag!r} can't be: one has 1 to {most} characters, and no comma.",
                    tag=tag[:MAX_TAG],
                    most=MAX_TAG,
                ),
                phrase("Change the tag, or leave it out."),
            )
        found.setdefault(search_form(tag), tag)
    if len(found) > MAX_TAGS:
        raise BackdropError(
            ErrorCode.NAME_INVALID,
            phrase("The job has {found} tags; {most} are possible.", found=len(found), most=MAX_TAGS),
            phrase("Leave some out."),
        )
    return tuple(found.values())


def search_form(text: str) -> str:
    """Return a text as it is searched, and as it is searched for: without case, accents and needless spaces."""
    plain = unicodedata.normalize("NFKD", shown(text).casefold())
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def ascii_name(name: str, most: int) -> str:
    """Return a name in ASCII, `Küche` as `Kuche`, with at most so many characters; empty where hardly anything of it
    would be left, as of one in another script."""
    plain = _one_line(unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    left, had = (sum(one.isalnum() for one in text) for text in (plain, name))
    if not left or 2 * left < had or (len(plain) > most and most < _WORTH_TELLING):
        return ""
    return _shortened(plain, most)


def _common_folder(photo_names: Iterable[str]) -> str:
    """The last part of the folder that all photos are in; empty where there is none."""
    common: list[str] | None = None
    for name in photo_names:
        parts = re.split(r"[\\/]", name)[:-1]
        if common is None:
            common = parts
        same = 0
        while same < min(len(common), len(parts)) and common[same] == parts[same]:
            same += 1
        common = common[:same]
        if not common:
            return ""
    return _one_line(common[-1]) if common else ""


def _one_line(text: str) -> str:
    return " ".join(shown(text).split())


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3].rstrip()}..."
