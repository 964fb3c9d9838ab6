"""Each artefact holds the libraries that its handler's code can reach, and of the four that weigh most no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.static.conftest import ROOT
from tests.static.test_build import recipe

FUNCTIONS = ROOT / "functions"
HANDLERS = {
    path.stem: "".join(word.title() for word in path.stem.split("_"))
    for path in sorted((FUNCTIONS / "backdrop" / "handlers").glob("*.py"))
    if "def handler(" in path.read_text("utf-8") and path.stem not in ("cut_out", "sign_result")
}
PARTS = {
    "pydantic": "pydantic*",
    "aws_lambda_powertools": "aws_lambda_powertools*",
    "PIL": " PIL ",
    "pi_heif": "pi_heif*",
}
NOT_CALLED = {(one, "pi_heif") for one in ("api", "prepare_job", "compile_report", "sweep_jobs")}
"""Photos that people upload are opened by the steps of each image; these open what was made of them."""


def _path(module: str) -> Path | None:
    place = FUNCTIONS.joinpath(*module.split("."))
    return next((one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file()), None)


def _imports(node: ast.AST) -> Iterator[str]:
    """Modules that code imports, within functions as well; not what is for the type checker only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from (one.name for one in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield str(child.module)
            yield from (f"{child.module}.{one.name}" for one in child.names)
        yield from _imports(child)


def reached(module: str) -> set[str]:
    """Names of the libraries that a module can import, itself or through others of ours."""
    seen, libraries, todo = set[str](), set[str](), [module]
    while todo:
        name = todo.pop()
        path = _path(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        todo += [name.rpartition(".")[0]] if "." in name else []
        if name == "backdrop.models.registry":
            # It imports an adapter by the name of its module.
            todo += [f"backdrop.models.{one.stem}" for one in (FUNCTIONS / "backdrop" / "models").glob("*.py")]
        for one in _imports(ast.parse(path.read_text("utf-8"))):
            todo.append(one)
            libraries.add(one.partition(".")[0])
    return libraries


@pytest.mark.parametrize("handler", HANDLERS)
def test_an_artefact_has_what_its_handler_can_reach_and_nothing_heavy_besides(handler: str) -> None:
    commands = recipe("functions/builds/arm64-python3.13/Makefile", f"build-{HANDLERS[handler]}Function")
    needed = reached(f"backdrop.handlers.{handler}")
    assert "boto3" in needed or "botocore" in needed, "the way to the libraries was not found"
    for library, removed in PARTS.items():
        if (handler, library) not in NOT_CALLED:
            left_out = any("rm -rf" in line and removed in line for line in commands.splitlines())
            assert left_out == (library not in needed), library
