"""How a name that people gave is written where it could do harm; tables, manifest and report keep it as it is.

Hidden are the characters that turn text around (U+202E makes `photo\\u202egpj.exe` look like `photoexe.jpg`), end
lines, steer a terminal, or can't be seen at all: controls (general category Cc), line and paragraph separators, lone
surrogates, noncharacters, and Default_Ignorable_Code_Point of https://www.unicode.org/reports/tr44/ with all of
Bidi_Control (https://www.unicode.org/reports/tr9/). Not hidden are the ignorable ones that letters and emoji are made
with: joiners, variation selectors, and the tags of a flag such as Scotland's.

The service, the command and the web app all go by this: what mails and reports say of a name, the pages say too.
"""

from __future__ import annotations

import os
import re
import unicodedata

HIDDEN = (
    (0x0000, 0x001F), (0x007F, 0x009F), (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160),
    (0x17B4, 0x17B5), (0x180E, 0x180E), (0x200B, 0x200B), (0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
    (0x3164, 0x3164), (0xD800, 0xDFFF), (0xFDD0, 0xFDEF), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE00FF), (0xE01F0, 0xE0FFF),
    *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(17)),
)  # fmt: skip
"""First and last code point of each range of hidden characters."""

BREAKS = "\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
"""Hidden characters that stand for white space: `str.splitlines` ends a line at each of them but the tab."""

FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{3,6}\U000e007f"
"""Pattern of a flag that is spelled in tags (https://www.unicode.org/reports/tr51/): the use of tags that shows."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in HIDDEN if first)
_HIDDEN = re.compile(f"({FLAG})|[\0-\x1f{_CLASS}]")
_HIDDEN_BUT_LAYOUT = re.compile(f"({FLAG})|[\0-\b\v\f\x0e-\x1f{_CLASS}]")
_RAW_IN_JSON = re.compile(f"[{_CLASS}]")


def shown(text: str) -> str:
    """A name or a text on one line: a hidden character becomes U+FFFD, one that breaks lines a space."""
    return _HIDDEN.sub(_visible, text)


def shown_lines(text: str) -> str:
    """The same for a text that may have lines of its own: tabs, carriage returns and line feeds stay."""
    return _HIDDEN_BUT_LAYOUT.sub(_visible, text)


def in_file_name(name: str) -> str:
    """The same for a file that is saved under it: `_` for each hidden character, and for what was no Unicode."""
    return _HIDDEN.sub(lambda found: found[1] or "_", name).replace(_REPLACEMENT, "_")


def name_key(name: str) -> str:
    """A text that is the same for two names exactly where some file system takes them for one: without case and Unicode
    form, and in upper case before that, as Windows compares.

    Source: definition D145 of https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/
    """
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).upper().casefold())


def escaped(document: str) -> str:
    """A JSON document with the escapes of JSON for hidden characters: it reads the same, and no line of it breaks.

    `document` comes from `json.dumps`, which has escaped those below U+0020 already.
    """
    return _RAW_IN_JSON.sub(lambda found: _escape(ord(found[0])), document)


def printable(name: str) -> str:
    """A file's name as valid Unicode: bytes that are none (possible on Linux) become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _visible(found: re.Match[str]) -> str:
    return found[1] or (" " if found[0] in BREAKS else _REPLACEMENT)


def _escape(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
