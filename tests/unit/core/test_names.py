"""Names are shown without what could do harm, by the service, the command and the web app alike."""

from __future__ import annotations

import json
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core import names

ALL = [chr(code) for code in range(0x110000)]
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
RLO = "photo\u202egpj.exe"

# Format characters that are seen, or that letters and emoji are made with: Arabic number signs, joiners, and the
# frames of hieroglyphs.
_SEEN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x200C, 0x200D, 0x110BD, 0x110CD,
         *range(0x13430, 0x13440)}  # fmt: skip


def test_what_turns_text_steers_a_terminal_or_is_not_seen_is_hidden() -> None:
    for one in ALL:
        category, hidden = unicodedata.category(one), names.shown(one) != one
        if category in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(one) in TURNING:
            assert hidden, ascii(one)
        elif category == "Cf":
            assert hidden == (ord(one) not in _SEEN), ascii(one)
    assert all(names.shown(one) == "\ufffd" for one in "\u200e\u200f\u061c\u115f\u3164\uffa0\u034f\u2065\ufff0")


@pytest.mark.parametrize(
    "name",
    ["Café (2).jpg", "Cafe\u0301.jpg", "été/Möbel.png", "杯子.jpg", "杯\U000e0100.jpg", "קפה.jpg", "نمی\u200cخواهم.jpg",
     "क्\u200dष.jpg", "👩\u200d🚀❤\ufe0f.jpg", f"{SCOTLAND}.jpg", "a\xa0b\u3000c.jpg", "new emoji \U0001fae9.jpg"],
)  # fmt: skip
def test_names_of_any_language_are_shown_as_they_are(name: str) -> None:
    assert names.shown(name) == names.shown_lines(name) == names.in_file_name(name) == name


def test_hidden_characters_are_seen() -> None:
    assert names.shown(RLO) == "photo\ufffdgpj.exe"
    assert names.shown("a\u2028b\x85c\nd\te") == "a b c d e"
    assert names.shown_lines("a\u2028b\x85c\nd\te\u202e") == "a b c\nd\te\ufffd"
    assert names.in_file_name("a\u2028b\u202ec\nd\udcff\ufffd.jpg") == "a_b_c_d__.jpg"
    assert names.shown("x\U000e0041\U000e007f") == "x\ufffd\ufffd", "tags that are no flag"


@given(st.text(st.characters()))
def test_shown_once_is_shown_for_good_and_stays_on_its_line(text: str) -> None:
    shown = names.shown(text)
    assert names.shown(shown) == shown
    assert len(shown) == len(text)
    assert len(f"a{shown}b".splitlines()) == 1
    assert not TURNING & {unicodedata.bidirectional(one) for one in shown}
    shown.encode("utf-8")


@given(st.text(st.characters()))
def test_escaped_json_reads_the_same_and_holds_nothing_hidden(text: str) -> None:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    document = names.escaped(json.dumps({"name": text}, ensure_ascii=False))
    assert json.loads(document) == {"name": text}
    assert names.shown(document) == document
    document.encode("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="other systems take only Unicode names")
def test_bytes_that_are_no_unicode_are_named_alike_before_and_after_the_service_had_them() -> None:
    name = os.fsdecode(b"caf\xe9 \xe2\x80.jpg")
    assert names.printable(name) == "caf\ufffd \ufffd.jpg"
    assert names.in_file_name(names.printable(name)) == "caf_ _.jpg"
