"""The catalogues of other languages: as `make words` writes them, complete, with the same places in each sentence."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from backdrop.core.words import catalogue, languages
from tests import catalogues

_FILES = sorted(languages.FOLDER.glob("*.po"))
_AGAIN = "run `make words`"


@pytest.fixture(scope="module")
def marked() -> Catalog:
    return catalogues.extract()


@pytest.fixture(params=_FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_what_is_marked_can_be_listed() -> None:
    """A pattern that is built while the program runs is in no catalogue."""
    built = []
    for part in catalogues.MARKED:
        for path in (catalogues.ROOT / part).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_bytes())):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id in catalogues.KEYWORDS
                ):
                    count = len(catalogues.KEYWORDS[call.func.id] or (1,))
                    is_built = any(isinstance(one, ast.JoinedStr | ast.BinOp) for one in call.args[:count])
                    built += [f"{path.name}:{call.lineno}"] if is_built else []
    assert not built


def test_there_are_english_and_german() -> None:
    assert languages.list_languages()[:2] == ("en", "de")


def test_a_catalogue_holds_what_is_marked_and_is_compiled(path: Path, marked: Catalog) -> None:
    known = catalogues.read(path)
    assert path.read_bytes() == catalogues.as_po(catalogues.update(known, marked)), _AGAIN
    assert path.with_suffix(".mo").read_bytes() == catalogues.as_mo(known), _AGAIN


def test_a_catalogue_is_complete(path: Path) -> None:
    missing = [message.id for message in _messages(path) if not catalogues.is_translated(message.string)]
    assert not missing


def test_a_translation_has_the_places_of_its_pattern(path: Path) -> None:
    wrong = []
    for message in _messages(path):
        wanted = set().union(*map(_places, _forms(message.id)))
        needed = set.intersection(*map(_places, _forms(message.id)))
        for form in _forms(message.string):
            if form and not needed <= _places(form) <= wanted:
                wrong.append((message.id, form))
    assert not wrong


def test_a_sentence_that_the_service_wrote_is_found_again(path: Path) -> None:
    """Each pattern, filled, is taken for itself and for no other."""
    wrong = []
    for message in _messages(path):
        if not catalogues.is_translated(message.string) or not isinstance(message.id, str):
            continue
        values = {name: "7" if spec else f"«{name}»" for _, name, spec, _ in Formatter().parse(message.id) if name}
        english = _without_specs(message.id).format(**values)
        said = catalogue.recognise(path.stem, english)
        if said != _without_specs(str(message.string)).format(**values):
            wrong.append((english, said))
    assert not wrong


def _messages(path: Path) -> list[Message]:
    return [message for message in catalogues.read(path) if message.id]


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def _places(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}


def _without_specs(pattern: str) -> str:
    parts = [
        literal.replace("{", "{{").replace("}", "}}")
        + (f"{{{name}{'!r' if conversion == 'r' else ''}}}" if name is not None else "")
        for literal, name, _, conversion in Formatter().parse(pattern)
    ]
    return "".join(parts)
