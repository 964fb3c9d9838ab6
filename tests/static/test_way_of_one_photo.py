"""docs/way-of-one-photo.md: every place that it names exists, and it names every task of the workflow."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.static.conftest import ROOT
from tests.static.test_state_machine import states, tasks

TEXT = (ROOT / "docs" / "way-of-one-photo.md").read_text("utf-8")
PLACES = sorted(set(re.findall(r"`([\w./-]+\.(?:py|js|json|yaml)(?::[\w.]+)?)`", TEXT)))
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| stop ")]


def names_of(path: Path, machine: dict[str, Any], template: dict[str, Any]) -> set[str]:
    """What a file holds that can be named: functions, classes with their methods, states, resources."""
    text = path.read_text("utf-8")
    match path.suffix:
        case ".py":
            return set(_definitions(ast.parse(text)))
        case ".js":
            return set(re.findall(r"\bfunction (\w+)\(", text))
        case ".json":
            return {name for name, _ in states(machine)}
        case _:
            return set(template["Resources"])


def _definitions(tree: ast.Module | ast.ClassDef, within: str = "") -> list[str]:
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(within + node.name)
        if isinstance(node, ast.ClassDef):
            found += _definitions(node, f"{within}{node.name}.")
    return found


@pytest.mark.parametrize("place", PLACES)
def test_a_place_on_the_way_exists(place: str, machine: dict[str, Any], template: dict[str, Any]) -> None:
    file, _, name = place.partition(":")
    assert (ROOT / file).is_file(), "the file was moved: name its new place"
    if name:
        assert name in names_of(ROOT / file, machine, template), f"{file} has no {name}"


def test_every_stop_says_where_it_is() -> None:
    assert len(ROWS) > 15
    for row in ROWS:
        assert re.search(r"`[\w./-]+:[\w.]+`[^|]*\|$", row), row


def test_every_task_of_the_workflow_and_every_function_is_on_the_way(
    machine: dict[str, Any], template: dict[str, Any]
) -> None:
    named = {place.rpartition(":")[2] for place in PLACES}
    assert set(tasks(machine)) <= named
    handlers = {
        one["Properties"]["Handler"].rsplit(".", 1)[0].replace(".", "/")
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    }
    # The API's own function is one stop for each of its routes.
    assert {f"functions/{path}.py" for path in handlers} - {"functions/backdrop/handlers/api.py"} <= {
        place.partition(":")[0] for place in PLACES
    }
