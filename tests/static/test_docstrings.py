"""Docstrings begin with what is returned or done, or, of a class, with what it is: no fragment that needs a guess."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.static.conftest import ROOT

FOLDERS = ("functions", "client", "webapp", "local")
FRAGMENTS = {
    "Also", "Always", "And", "As", "At", "Because", "Both", "But", "By", "For", "From", "Here", "In", "It", "Its",
    "Like", "Never", "None", "Not", "Of", "On", "Once", "Only", "Or", "Per", "See", "So", "Than", "That", "These",
    "They", "This", "Those", "To", "Under", "Up", "With", "Without",
}  # fmt: skip
"""First words that lean on the name above, so that the sentence alone says nothing."""

Described = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def docstrings(tree: ast.AST, within: str = "") -> Iterator[tuple[str, Described, str]]:
    """Yield name, node and docstring of everything below that has one, also of what is nested."""
    for node in ast.iter_child_nodes(tree):
        inside = within
        if isinstance(node, Described):
            inside = f"{within}{node.name}."
            if text := ast.get_docstring(node):
                yield inside[:-1], node, text
        yield from docstrings(node, inside)


def fault(node: Described, text: str) -> str | None:
    """Return what is wrong with the beginning of a docstring; None where it is good."""
    summary = text.split("\n\n")[0]
    first = re.match(r"[A-Z]\w*", summary)
    if first is None:
        return "does not begin with a word"
    if first[0] in FRAGMENTS:
        return f"begins with {first[0]!r}"
    if not isinstance(node, ast.ClassDef) and len(summary.split()) < 3:
        return "is too short to say what is returned or done"
    return None


def published(document: Any) -> Iterator[str]:
    """Yield every description in the API's document, where a class's docstring stands beside the class's name."""
    if isinstance(document, dict):
        if isinstance(words := document.get("description"), str):
            yield words
        for value in document.values():
            yield from published(value)
    elif isinstance(document, list):
        for value in document:
            yield from published(value)


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_begin_with_what_is_returned_or_done(folder: str) -> None:
    told = set(published(json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))))
    found, wrong = 0, []
    for file in sorted((ROOT / folder).rglob("*.py")):
        for name, node, text in docstrings(ast.parse(file.read_text("utf-8"))):
            found += 1
            is_published = isinstance(node, ast.ClassDef) and text in told
            if (why := fault(node, text)) and not is_published:
                wrong.append(f"{file.relative_to(ROOT)}:{node.lineno} {name} {why}: {text.splitlines()[0]}")
    assert found > 200
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "code",
    [
        'def size(self): "Of the file."',
        'def needs_mask(self): "It takes none."',
        'def get(): "As it is now."',
        'def mask(): "`alpha`, inverted."',
        'def mask(): "255 inside the boxes."',
        'def left(): "left, top, right and bottom."',
        'def stop(): "Stop."',
        'class Options: "As in the submission."',
        "class Outer:\n  def run(self):\n    async def inner():\n      'From the environment.'",
    ],
)
def test_a_fragment_is_found_wherever_it_stands(code: str) -> None:
    assert [fault(node, text) for _, node, text in docstrings(ast.parse(code)) if fault(node, text)]


@pytest.mark.parametrize(
    "code",
    [
        'def size(self): "Return the file\'s bytes."',
        'def size(self): "A file\'s size in bytes."',
        'def is_done(self): "Whether it has ended."',
        'class Options: "Choices."',
    ],
)
def test_a_plain_sentence_passes(code: str) -> None:
    assert [fault(node, text) for _, node, text in docstrings(ast.parse(code))] == [None]
