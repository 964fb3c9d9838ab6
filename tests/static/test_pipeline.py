"""The example pipeline: pinned by commit, no key of AWS, nothing that is not there."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.documented_commands import ROOT

FILE = ROOT / "docs/pipeline/github-actions.yml"


def read_jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))["jobs"]
    return found


def test_actions_are_pinned_by_commit_and_say_their_version() -> None:
    used = re.findall(r"uses: (.*)", FILE.read_text("utf-8"))
    assert used
    for one in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


def test_only_what_deploys_may_sign_in_to_aws_and_nothing_holds_a_key() -> None:
    document = yaml.safe_load(FILE.read_text("utf-8"))
    assert document["permissions"] == {"contents": "read"}
    jobs = read_jobs()
    assert {name for name, job in jobs.items() if "id-token" in job.get("permissions", {})} == {"deploy"}
    assert jobs["deploy"]["environment"] == "production"
    assert jobs["deploy"]["needs"] == "test"
    assert "secrets." not in FILE.read_text("utf-8")


def test_a_title_from_outside_is_never_part_of_a_command() -> None:
    runs = [step["run"] for job in read_jobs().values() for step in job["steps"] if "run" in step]
    assert not [one for one in runs if "${{" in one]


def test_what_it_runs_is_there() -> None:
    from backdrop_cli.main import cli

    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for job in read_jobs().values():
        for step in job["steps"]:
            program, *words = step.get("run", "true x").split()
            if program == "make":
                assert words[0] in targets
            elif program == "backdrop":
                options = {name for one in cli.commands[words[0]].params for name in one.opts}
                assert {word for word in words if word.startswith("--")} <= options
