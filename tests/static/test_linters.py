"""What the linters say. cfn-lint and sam do not look inside the state machine, so that has a linter of its own."""

from __future__ import annotations

import re
from typing import Any

from statelint.linter import Linter  # type: ignore[import-untyped]

from tests.static.conftest import run_tool


def test_cfn_lint() -> None:
    run_tool("cfn-lint", "template.yaml")


def test_sam_validate() -> None:
    run_tool("sam", "validate", "--lint")


def test_statelint(machine_text: str, machine: dict[str, Any]) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    rendered = re.sub(r"\$\{[A-Za-z]*FunctionArn\}", arn, machine_text)
    # statelint 3.1 reads intrinsics without line breaks only.
    rendered = rendered.replace("\\n", " ")
    problems = [
        problem
        for problem in Linter.validate(rendered)
        # AWS's own fields, which the language's public specification lacks.
        if "InputType" not in problem and not problem.startswith('Field "Label" not allowed')
    ]
    assert problems == []
