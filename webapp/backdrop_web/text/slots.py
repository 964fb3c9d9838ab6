"""Slots in a prompt: `{product}`, `{season}`, any name in braces, filled in just before the prompt is used."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backdrop.core.words.marks import mark_phrase

SUGGESTED = {
    "season": (
        mark_phrase("spring"),
        mark_phrase("summer"),
        mark_phrase("autumn"),
        mark_phrase("winter"),
        mark_phrase("Christmas"),
        mark_phrase("Easter"),
    ),
}
"""Slot -> values to offer."""

_SLOT = re.compile(r"\{([a-z][a-z0-9 _-]{0,29})\}")


def find_slots(text: str) -> list[str]:
    """Return the names of the slots of a text, each once, in their order. Other braces are ordinary text."""
    return list(dict.fromkeys(_SLOT.findall(text)))


def fill_slots(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its slots replaced. A slot without a value stays as it is."""
    return _SLOT.sub(lambda match: values.get(match[1], "").strip() or match[0], text)
