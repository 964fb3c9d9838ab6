"""The catalogues of words, from what is marked in the code: `make words` (docs/languages.md).

A new language: `python -m tests.catalogues fr` begins `functions/backdrop/core/words/fr.po`; whoever knows French fills
it, and `make words` compiles it.
"""

from __future__ import annotations

import io
import sys
import tomllib
from contextlib import redirect_stderr
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from backdrop.core.words.languages import FOLDER

ROOT = Path(__file__).resolve().parents[1]

_SCENES = ROOT / "webapp" / "backdrop_web" / "pages" / "new_job" / "scenes.toml"
"""Ready-made backgrounds: their names are words of the page."""

MARKED = ("functions/backdrop", "client/backdrop_client", "webapp")
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "mark_phrase": None,
    "phrase": None,
    "plural": (1, 2),
    "translate": None,
    "translate_count": (1, 2),
    "translate_forms": (1, 2),
}
_WIDTH = 120

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""A date would make two files of the same words differ."""


def extract() -> Catalog:
    """Return every marked sentence of the service, the client and the web app, without its translations."""
    found = Catalog(charset="utf-8")
    for part in MARKED:
        files = extract_from_dir(
            ROOT / part,
            [("**.py", "python")],
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        # Babel tells of every f-string in a marked call, also of one that only fills a place.
        with redirect_stderr(io.StringIO()):
            for _, _, message, comments, _ in files:
                found.add(message, auto_comments=comments)
    for scene in tomllib.loads(_SCENES.read_text("utf-8"))["scenes"]:
        found.add(scene["name"])
    return found


def read(path: Path) -> Catalog:
    """Return the catalogue of a `.po` file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def update(known: Catalog, found: Catalog) -> Catalog:
    """Return `found` with what `known` has of its translations. What is not marked any more goes."""
    catalogue = Catalog(locale=known.locale, charset="utf-8", header_comment=known.header_comment, fuzzy=False)
    for message in found:
        if not message.id:
            continue
        before = known.get(message.id)
        catalogue.add(message.id, before.string if before else "", auto_comments=message.auto_comments)
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """Return the text of a `.po` file, sorted, without dates and places, which would change with every edit."""
    file = io.BytesIO()
    write_po(file, catalogue, width=_WIDTH, no_location=True, omit_header=False, sort_output=True)
    kept = ("#", "msg", '"Language:', '"Content-', '"MIME', '"Plural')
    head, _, rest = file.getvalue().decode().partition("\n\n")
    head = "\n".join(line for line in head.split("\n") if line.startswith(kept) and not _is_filler(line))
    return f"{head}\n\n{rest}".rstrip("\n").encode() + b"\n"


def as_mo(catalogue: Catalog) -> bytes:
    """Return the compiled file of a catalogue."""
    compiled = Catalog(
        locale=catalogue.locale, charset="utf-8", fuzzy=False, creation_date=_NO_DATE, revision_date=_NO_DATE
    )
    for message in catalogue:
        if message.id:
            compiled.add(message.id, message.string)
    file = io.BytesIO()
    write_mo(file, compiled)
    return file.getvalue()


def _is_filler(line: str) -> bool:
    """Whether Babel wrote this comment about a project that it knows nothing of."""
    return line == "#" or any(word in line for word in ("PROJECT", "ORGANIZATION", "FIRST AUTHOR"))


def main(begun: list[str]) -> None:
    """Bring each catalogue up to what is marked, and compile it. Begins those that are named in `begun`."""
    found = extract()
    for language in begun:
        path = FOLDER / f"{language}.po"
        if not path.exists():
            path.write_bytes(as_po(Catalog(locale=language, charset="utf-8", fuzzy=False)))
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = update(read(path), found)
        path.write_bytes(as_po(catalogue))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        missing = sum(1 for message in catalogue if message.id and not is_translated(message.string))
        print(f"{path.stem}: {len(catalogue):,} sentences, {missing:,} not translated yet")


def is_translated(string: object) -> bool:
    """Whether a message has a translation in each of its forms."""
    return all(string) if isinstance(string, list | tuple) else bool(string)


if __name__ == "__main__":
    main(sys.argv[1:])
