"""`backdrop admin erase`: what it asks, what it prints, and its exit status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from backdrop_cli import main
from backdrop_cli.admin import erase

JOB = "01kb4v5m6n7p8q9r0s1t2v3w4x"
PLAN = {"Jobs": [JOB], "Drafts": 1, "Objects": 12, "Bytes": 3_400_000}
DONE = {**PLAN, "Rows": 5, "Stayed": 0, "Why": [], "Left": False}


class Stack:
    """A stack's Erase."""

    def __init__(self, *answers: Mapping[str, Any]) -> None:
        self.answers = list(answers or (DONE,))
        self.asked: list[Mapping[str, Any]] = []

    def __call__(self, *where: Any) -> dict[str, Any]:
        *_, wish = where
        self.asked.append(wish)
        return dict(PLAN if wish.get("Plan") else self.answers.pop(0))


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    made = Stack()
    monkeypatch.setattr(erase, "erase_stack", made)
    return made


def test_it_says_what_goes_and_asks(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt: "n")

    status = main.run(["admin", "erase", "--job", JOB])

    assert status != 0
    assert [wish.get("Plan") for wish in stack.asked] == [True], "nothing was removed"
    told = capsys.readouterr().err
    assert f"1 job: {JOB}" in told
    assert "12 files with old versions, 3.4 MB" in told


def test_what_went_is_told(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    status = main.run(["admin", "erase", "--person", "ann@example.com", "--reason", "ticket 4711", "--yes"])

    assert status == 0
    assert stack.asked[-1] == {"Person": "ann@example.com", "Reason": "ticket 4711"}
    assert capsys.readouterr().out.startswith("Removed: 1 job, 12 files (3.4 MB), 5 rows. A signed note stays")


def test_a_dry_run_removes_nothing(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["admin", "erase", "--job", JOB, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"jobs": [JOB], "drafts": 1, "objects": 12, "bytes": 3_400_000}
    assert [wish.get("Plan") for wish in stack.asked] == [True]


def test_it_is_called_until_nothing_is_left(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.answers = [{**DONE, "Left": True, "Objects": 8, "Rows": 0}, {**DONE, "Objects": 4}]

    assert main.run(["admin", "erase", "--job", JOB, "--yes"]) == 0
    told = capsys.readouterr()
    assert "12 files" in told.out
    assert "8 files are gone; going on" in told.err


def test_what_stayed_is_named_and_the_status_says_so(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    why = [{"key": "status/2026/report.json", "reason": "AccessDenied: under Object Lock"}]
    stack.answers = [{**DONE, "Stayed": 1, "Why": why}]

    assert main.run(["admin", "erase", "--job", JOB, "--yes"]) == 1
    assert "  status/2026/report.json: AccessDenied: under Object Lock" in capsys.readouterr().out


@pytest.mark.parametrize("names", [[], ["--job", JOB, "--person", "ann@example.com"]])
def test_one_of_both_is_named(stack: Stack, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["admin", "erase", *names]) == 2
    assert "either --person or --job" in capsys.readouterr().err
    assert not stack.asked
