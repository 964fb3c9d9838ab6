"""Sentences of the service, marked for the catalogues of other languages.

The service speaks English: in its records, its logs, its API. A page or a mail shows the same sentence in its reader's
language (`catalogue.recognise`). So each sentence that people read is one pattern with named places, marked here: what
is marked, `make words` lists in the catalogues. The pattern is the key of its translations, as in GNU gettext:
https://www.gnu.org/software/gettext/manual/html_node/Mark-Keywords.html
"""

from __future__ import annotations


def mark_phrase(text: str) -> str:
    """Return `text` as it is: a sentence that stands in a table, or a pattern that is filled elsewhere."""
    return text


def phrase(pattern: str, /, **values: object) -> str:
    """Return the English sentence of a pattern, for example `phrase("The photo has {count:,} pixels.", count=12)`.

    Args:
        pattern: a literal in the style of `str.format`, with names for its places.
        values: what stands in the places.
    """
    return pattern.format(**values) if values else pattern


def plural(one: str, many: str, /, count: int, **values: object) -> str:
    """Return the English sentence of the pattern that fits `count`, which both patterns may name as `{count}`."""
    return (one if count == 1 else many).format(count=count, **values)
