"""What a page says while the server does not answer. The script stands in the page: nothing can be fetched by then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

WORDS: Final = {
    "what": "Backdrop does not answer right now.",
    "next": "Your photos and jobs are safe. This page goes on by itself when Backdrop answers again.",
}


def read_script() -> str:
    """Return the script with its words."""
    # Markup can't end it: "<" is written as JavaScript's own escape.
    words = json.dumps(WORDS).replace("<", "\\u003c")
    return Path(__file__).with_name("away.js").read_text("utf-8").replace('"words"', words, 1)
