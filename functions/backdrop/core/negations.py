"""What a description says that it does not want: image models read "no people" as people, mostly.

AWS advises to leave such words out and to name the things in the negative prompt
(https://docs.aws.amazon.com/nova/latest/userguide/prompting-image-negative.html). Only English is looked at: that is
what the models are made for.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NO = r"(?:no|not|never|without)"
_ELSEWHERE = r"(?:on|in|at|by|under|over|near|behind|beside|with|but|while|that|which|from|for)"
_FOUND = re.compile(
    r"(?:\b(?:and|but|with)\s+)?"
    r"\b(?:no|not|never|without|free\s+of|free\s+from)\s+"
    r"(?:(?:any|a|an|the|too|very|so|be|being|to|have|having|show|showing|include|including)\s+)*"
    rf"([^\s,.;:!?()](?:(?!\s(?:and\s|but\s|or\s)?{_NO}\s)(?!\s{_ELSEWHERE}\s)[^,.;:!?()\n])*)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:,|\band\b|\bor\b|\bnor\b)\s*", re.IGNORECASE)


class Negation(NamedTuple):
    """Something that a description does not want.

    Attributes:
        words: as they stand there.
        things: what is not wanted.
        start: where the words begin.
        end: where they end.
    """

    words: str
    things: tuple[str, ...]
    start: int
    end: int


def find_negations(text: str) -> list[Negation]:
    """Return what the text does not want, in its order."""
    found = []
    for match in _FOUND.finditer(text):
        things = tuple(filter(None, (one.strip() for one in _LISTED.split(match[1]))))
        if things:
            found.append(Negation(match[0].strip(), things, match.start(), match.end()))
    return found


def move_negations(text: str, avoided: str) -> tuple[str, str]:
    """Return the text without what it does not want, and what is to be avoided with it: a list with commas."""
    found = find_negations(text)
    for one in reversed(found):
        text = f"{text[: one.start].rstrip(' ,')}{_joint(text, one)}{text[one.end :].lstrip(' ,')}"
    known = [one.strip() for one in avoided.split(",") if one.strip()]
    names = {one.casefold() for one in known}
    for one in found:
        for thing in one.things:
            if thing.casefold() not in names:
                names.add(thing.casefold())
                known.append(thing)
    return text.strip(), ", ".join(known)


def _joint(text: str, one: Negation) -> str:
    """What stands between the text before and the text behind what was taken out."""
    before, behind = text[: one.start].rstrip(" "), text[one.end :].lstrip(" ")
    if not before or not behind or behind[0] in ".;:!?)\n":
        return ""
    return ", " if before.endswith(",") or behind.startswith(",") else " "
