"""`backdrop sweep`: what it prints, and its exit status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backdrop_cli import main

NOTHING: dict[str, Any] = {"Started": [], "Redriven": [], "Closed": [], "GivenUp": [], "Failed": []}


def swept(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], *arguments: str) -> tuple[int, list[object]]:
    """Exit status, and what the stack's sweeper was called with."""
    asked: list[object] = []

    def sweep_stack(*where: object) -> dict[str, Any]:
        asked.extend(where)
        return {**NOTHING, **answer}

    monkeypatch.setattr(main, "sweep_stack", sweep_stack)
    return main.run(["sweep", *arguments]), asked


def test_nothing_is_stuck(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, asked = swept(monkeypatch, {"DeadLetters": {"Retried": 0, "Left": 0}})
    assert (status, asked) == (0, ["backdrop", None, None])
    assert capsys.readouterr().out == "No job is stuck.\nDead-letter queue: empty.\n"


def test_what_was_done_and_what_is_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer = {
        "Started": ["j1", "j2"],
        "Closed": ["j3"],
        "Failed": [{"JobId": "j4", "Cause": "No permission."}],
        "DeadLetters": {"Retried": 2, "Left": 1},
    }
    status, asked = swept(monkeypatch, answer, "--stack", "shop", "--region", "us-west-2", "--profile", "ops")
    assert (status, asked) == (1, ["shop", "us-west-2", "ops"])
    assert capsys.readouterr().out.splitlines() == [
        "Started: j1, j2",
        "Closed with report and mail: j3",
        "Nothing could be done about j4: No permission.",
        "Dead-letter queue: 2 tried again and gone, 1 left.",
    ]
    swept(monkeypatch, answer, "--json")
    assert json.loads(capsys.readouterr().out) == {
        "started": ["j1", "j2"],
        "redriven": [],
        "closed": ["j3"],
        "givenUp": [],
        "failed": [{"jobId": "j4", "cause": "No permission."}],
        "deadLetters": {"retried": 2, "left": 1},
    }
