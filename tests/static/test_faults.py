"""The page of faults: each test that it names exists, and each row names one."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.static.conftest import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
STEPS = (
    "Upload", "Labels", "Cut", "Row", "Stream", "Start", "Manifest", "Stage", "Turn", "Invoke", "Answer", "Decode",
    "Sign", "Record", "Report", "Mail", "Download",
)  # fmt: skip
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


@cache
def _functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "test"), NAMED, ids=lambda one: one)
def test_a_named_test_exists(file: str, test: str) -> None:
    assert test.startswith("test_")
    assert test in _functions_of(file)


def test_every_step_has_a_table_whose_rows_name_their_test() -> None:
    sections = dict(re.findall(r"^## (\w+).*\n((?:(?!## ).*\n)*)", PAGE, re.MULTILINE))
    assert list(sections)[-len(STEPS) :] == list(STEPS)
    for step in STEPS:
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in sections[step].split("\n") if "|" in line]
        assert len(rows) > 4, step
        for row in rows[2:]:
            assert len(row) == len(rows[0]), row
            assert all(row), row
            assert re.search(r"::test_|make soak|^the same", row[-1]), row
