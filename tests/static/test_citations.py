"""What is cited can be opened by everybody: a public address, or a page of docs/ with a heading.

Papers that were never part of the repository, their sections by letter and number, and guides that are named without
an address tell a reader nothing.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.static.conftest import ROOT

PLACES = (
    "functions", "client", "webapp", "local", "tests", "statemachine", "docs", "requirements", ".ci", "samples",
    "template.yaml", "samconfig.toml", "Makefile", "pyproject.toml", "README.md", ".gitignore",
)  # fmt: skip
KINDS = {".py", ".js", ".css", ".html", ".json", ".yaml", ".yml", ".toml", ".md", ".in", ".svg", ".txt", ""}
MADE = {"__pycache__", ".aws-sam", "node_modules"}
MINE = Path(__file__).name

PAPERS = {
    "a paper outside of the repository": re.compile(
        r"aws-reference|\b(?:users|emulator|local-models|toolchain|layout|style|design|BRIEF)\.md\b"
        r"|(?:\.\.|/work)/shared\b|\b[Rr]eference,? (?:[A-Z]\d|\d\.\d|toolchain|design)"
        r"|\brecipe R\d|\((?:the )?(?:brief|issue)\b[,: ]|\bissue (?:#|no\. )?\d|\bper the (?:brief|issue)\b"
    ),
    "a mark of a paper": re.compile(r"(?<![\w\])])\[[USV]\](?![\w(\[])"),
    "a section by its number": re.compile(r"\bdocs/[\w-]+\.md\b`?,? (?:section )?\d|\bsections? \d+ (?:of|in) docs/"),
}
PROSE = {
    "a section by letter and number": re.compile(
        r"\([A-JQRU]\d{1,2}(?:(?:-|, |; )[A-Z]?\d{1,2})*\)|`BR`|`SF`|`LA`|`RK`"
    ),
    "a reference that is not named": re.compile(r"\([Rr]eference(?:,| [A-Z]\b)"),
    "a guide without its address": re.compile(r"\b(?:developer|user) guide\b|\bAPI reference\b", re.IGNORECASE),
    "a page of AWS without its address": re.compile(r"(?<![\w/.-])[a-z]+(?:-[a-z0-9]+){2,}\.html\b"),
}
"""For comments, docstrings and pages only: code may hold the same letters as a cell's name."""


def files() -> Iterator[Path]:
    """Yield every text file of the repository but this one, which holds the forms."""
    for place in PLACES:
        for file in [ROOT / place] if (ROOT / place).is_file() else sorted((ROOT / place).rglob("*")):
            made = MADE.intersection(file.parts) or any(part.endswith(".egg-info") for part in file.parts)
            if file.is_file() and file.suffix in KINDS and file.name != MINE and not made:
                yield file


def prose(file: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of what is written for people: of Python its comments and docstrings, else every line."""
    if file.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def faults(file: Path, text: str) -> list[str]:
    """Return every citation in a file that nobody outside can follow, as `line: what: the words`."""
    found = [
        f"{text.count(chr(10), 0, one.start()) + 1}: {what}: {one[0]}"
        for what, pattern in PAPERS.items()
        for one in pattern.finditer(text)
    ]
    # All that people wrote is part of the text: a file whose text holds no such form has none, and is not taken apart.
    if not any(pattern.search(text) for pattern in PROSE.values()):
        return found
    for line, words in prose(file, text):
        found += [f"{line}: {what}: {one[0]}" for what, pattern in PROSE.items() for one in pattern.finditer(words)]
    return found


def test_every_citation_can_be_opened() -> None:
    seen, wrong = 0, []
    for file in files():
        seen += 1
        wrong += [f"{file.relative_to(ROOT)}:{one}" for one in faults(file, file.read_text("utf-8"))]
    assert seen > 600
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "citation",
    [
        "(reference A3, A4)", "Reference A1.", "(reference, toolchain: import cost)", "(aws-reference.md D2)",
        "(users.md C3)", "../shared/layout.md", "recipe R1", "(issue: one job per draft)", "see issue 10",
        "docs/architecture.md section 4", "(docs/architecture.md, 2)", "section 7 of docs/architecture.md",
        "as AWS names it [U]", "keeps the pixels (Q1)", "a timeout of 300 s (A4)", "(D2-F4)", "`BR`model-access.html",
        "Source: Lambda developer guide", "the user pools API reference", "state-map-distributed.html",
    ],
)  # fmt: skip
def test_a_citation_that_nobody_can_open_is_found(citation: str) -> None:
    assert faults(Path("module.py"), f'"""What it does: {citation}."""\n')
    assert faults(Path("module.py"), f"x = 1  # {citation}\n")
    assert faults(Path("page.md"), f"| row | {citation} |\n")


@pytest.mark.parametrize(
    "citation",
    [
        "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html",
        "(docs/contracts.md, Tables)", "Adobe RGB at D65", "S3 (bucket)", "upload.html", "a reference to the picture", "[U](https://example.org)",
        "https://github.com/aws/aws-sam-cli/issues/3349",
    ],
)  # fmt: skip
def test_a_public_address_and_a_page_of_docs_pass(citation: str) -> None:
    assert not faults(Path("module.py"), f'"""What it does: {citation}."""\n')
    assert not faults(Path("page.md"), f"See {citation}.\n")


def test_code_is_not_taken_for_a_citation() -> None:
    assert not faults(Path("module.py"), 'CELLS = ["@SUM(A1)", "=B2"]\nwhite = _xyz(D50)\n')
