"""HTML that is inert whatever is written into it: every text is escaped, and nothing else gets in."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import NewType

from backdrop.core.names import shown_lines

Html = NewType("Html", str)
"""Markup that is made here, and may be written as it is."""


def text(value: object) -> Html:
    """A text as HTML. Hidden characters are shown (`core.names`), so that nothing turns the page around."""
    return Html(escape(shown_lines(str(value)), quote=True))


def name(value: object) -> Html:
    """A name that people gave: its direction of writing ends with it."""
    return element("bdi", text(value))


def element(tag: str, *inside: Html, **attributes: str) -> Html:
    """An element; attributes are escaped, `class_` is `class`, and an empty one is left out."""
    given = "".join(f' {key.rstrip("_")}="{text(value)}"' for key, value in attributes.items() if value)
    return Html(f"<{tag}{given}>{''.join(inside)}</{tag}>")


def joined(parts: Iterable[Html], between: str = "") -> Html:
    """Parts one after the other; `between` is text."""
    return Html(text(between).join(parts))


def listed(parts: Iterable[Html], class_: str = "") -> Html:
    """A list, of which each part is an item."""
    return element("ul", *(element("li", part) for part in parts), class_=class_)


def facts(pairs: Iterable[tuple[str, Html]], class_: str) -> Html:
    """Names and what they are; of the class `tiles`, each a box of its own."""
    rows = [(element("dt", text(key)), element("dd", value)) for key, value in pairs]
    return element("dl", *(element("div", *row) if class_ == "tiles" else joined(row) for row in rows), class_=class_)


def table(caption: str, heads: list[str], rows: Iterable[list[Html]], numbers: int) -> Html:
    """A table whose last columns, so many, are numbers."""

    def cells(tag: str, row: list[Html], **more: str) -> Html:
        first_number = len(row) - numbers
        return element(
            "tr", *(element(tag, one, class_="number" * (n >= first_number), **more) for n, one in enumerate(row))
        )

    return element(
        "table",
        element("caption", text(caption)),
        element("thead", cells("th", [text(head) for head in heads], scope="col")),
        element("tbody", *(cells("td", row) for row in rows)),
    )
