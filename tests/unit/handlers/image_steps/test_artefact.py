"""A function whose artefact was built for another machine says so, before its libraries fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backdrop.handlers.artefact import WrongArtefact, check_artefact
from tests.static.conftest import ROOT

HERE = f"{ {'aarch64': 'arm64'}.get(os.uname().machine, os.uname().machine) } python3.{sys.version_info.minor}"


def test_an_artefact_for_this_machine_and_code_that_was_not_built_are_fine(tmp_path: Path) -> None:
    check_artefact(tmp_path / "built-for.txt")
    (tmp_path / "built-for.txt").write_text(f"{HERE}\n")
    check_artefact(tmp_path / "built-for.txt")


@pytest.mark.parametrize("built_for", ["arm64 python3.2", "riscv64 python3.13"])
def test_any_other_is_refused_with_what_to_do(built_for: str, tmp_path: Path) -> None:
    (tmp_path / "built-for.txt").write_text(built_for)
    with pytest.raises(WrongArtefact) as refused:
        check_artefact(tmp_path / "built-for.txt")
    assert f"built for {built_for} and runs on {HERE}" in str(refused.value)
    assert "`sam build` and to `sam deploy` alike" in str(refused.value)


def test_every_handler_refuses_before_it_imports_a_library(tmp_path: Path) -> None:
    """As Lambda has it: our code and the file side by side, and libraries that can't be imported."""
    shutil.copytree(ROOT / "functions" / "backdrop", tmp_path / "backdrop")
    (tmp_path / "built-for.txt").write_text("riscv64 python3.13\n")
    handlers = sorted(
        path.stem for path in (ROOT / "functions/backdrop/handlers").glob("*.py") if "def handler(" in path.read_text()
    )
    assert len(handlers) == 13
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
before = set(sys.modules)
for name in {handlers!r}:
    try:
        __import__(f"backdrop.handlers.{{name}}")
    except Exception as error:
        assert type(error).__name__ == "WrongArtefact", repr(error)
    else:
        raise SystemExit(f"{{name}} started")
print(sorted({{"boto3", "PIL", "pydantic", "c2pa", "numpy"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
