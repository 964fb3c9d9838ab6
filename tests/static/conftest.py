"""The template and the state machine, read as data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


class _Intrinsic(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` becomes `{"Ref": "X"}`, `!Sub x` `{"Fn::Sub": "x"}`."""


def _short_form(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Intrinsic.add_multi_constructor("!", _short_form)


def read_template() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text("utf-8"), _Intrinsic)
    return document


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    return read_template()


@pytest.fixture(scope="session")
def machine_text() -> str:
    return (ROOT / "statemachine" / "replace_backgrounds.asl.json").read_text("utf-8")


@pytest.fixture(scope="session")
def machine(machine_text: str) -> dict[str, Any]:
    definition: dict[str, Any] = json.loads(machine_text)
    return definition


def tool(name: str) -> str:
    """Path of a command-line tool; skips where set-up has not installed it (which fails in CI)."""
    for folder in (ROOT / ".venv-tools" / "bin", ROOT / ".venv" / "bin"):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: make setup-dev")
    return found


def run_tool(name: str, *arguments: str) -> str:
    """What a command-line tool prints; fails with its words."""
    venv = str(ROOT / ".venv" / "bin")
    done = subprocess.run(
        [tool(name), *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{venv}{os.pathsep}{os.environ['PATH']}",
            "SAM_CLI_TELEMETRY": "0",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
