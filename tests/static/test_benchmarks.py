"""Every benchmark is run by `make test` at a smallest size (tests/bench/smallest.py)."""

from __future__ import annotations

import ast

from tests.bench.__main__ import LONG, PARTS
from tests.bench.smallest import ALONE, STARTED_BY, WITH_AN_APP
from tests.static.conftest import ROOT

FOLDER = ROOT / "tests" / "bench"
TEXTS = {path.stem: path.read_text("utf-8") for path in FOLDER.glob("*.py") if not path.stem.startswith("test_")}
RUN = {**ALONE, **WITH_AN_APP}.values()


def test_every_program_in_the_folder_has_a_smallest_size_or_is_started_by_one_that_has() -> None:
    programs = {name for name, text in TEXTS.items() if '\nif __name__ == "__main__":' in text}
    assert len(programs) > 8
    modules = {module.removeprefix("tests.bench").strip(".") or "__main__" for module, *_ in RUN}
    missing = programs - modules - set(STARTED_BY)
    assert not missing, f"without a smallest size: {missing}; teach them --smallest and name them in smallest.py"
    for module in modules:
        assert '"--smallest"' in TEXTS[module], f"{module} does not know --smallest"
    for name, starter in STARTED_BY.items():
        assert name in TEXTS[starter], f"{starter} does not start {name} any more"


def test_every_part_of_make_bench_is_run() -> None:
    parts = {name for name, text in TEXTS.items() if _has_part(text)}
    assert parts == {*PARTS, *LONG}, "a module with run(out) is a part of `python -m tests.bench`"
    run = {argument for _, *arguments in RUN for argument in arguments}
    own_programs = {module.rpartition(".")[2] for module, *_ in RUN}
    assert parts <= run | own_programs


def _has_part(text: str) -> bool:
    """Whether there is a `run(out: TextIO, ...)` at the top."""
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "run" and node.args.args[0].arg == "out"
        for node in ast.parse(text).body
    )
