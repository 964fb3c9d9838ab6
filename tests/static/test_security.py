"""docs/security.md names what there is: tests, settings, resources; and the lists of dependencies are whole."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.audit_answers import tell
from tests.checkov_reasons import compare, expected, read_reasons
from tests.dependencies import ARTEFACTS, FUNCTIONS, list_packages, make_list
from tests.static.conftest import ROOT

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
THREATS = PAGE.partition("## Threats")[2].partition("## Dependencies")[0]
LINES = [line for line in THREATS.splitlines() if line.startswith("| ") and not line.startswith(("| threat", "| ---"))]


def is_there(named: str, template: dict[str, Any]) -> bool:
    """Whether a test, a resource's property or a parameter of that name exists."""
    file, is_test, function = named.partition("::")
    if is_test:
        path = ROOT / file
        return path.is_file() and f"\ndef {function}(" in path.read_text("utf-8")
    resource, is_property, name = named.partition(".")
    if is_property:
        return name in template["Resources"].get(resource, {}).get("Properties", {})
    return named in template["Parameters"]


def test_every_threat_names_a_test_or_a_setting_that_is_there(template: dict[str, Any]) -> None:
    assert len(LINES) >= 30
    for line in LINES:
        names = re.findall(r"`([^`]+)`", line.split(" | ")[-1])
        assert names, line
        assert [one for one in names if not is_there(one, template)] == [], line


@pytest.mark.parametrize("named", ["tests/static/test_security.py::test_x", "Bucket.Nothing", "Nobody.Type", "NoSuch"])
def test_what_is_not_there_is_noticed(named: str, template: dict[str, Any]) -> None:
    assert not is_there(named, template)


def test_each_reason_is_of_a_resource_that_is_there(template: dict[str, Any]) -> None:
    places = {*template["Resources"], *(one["Type"] for one in template["Resources"].values())}
    assert len(read_reasons()) == PAGE.count("\n| CKV_"), "a line that is not read"
    assert [place for _, place in read_reasons() if place not in places] == []


def test_a_check_without_a_reason_and_a_reason_without_a_check_are_told(template: dict[str, Any]) -> None:
    failed = [{"check_id": check, "resource": f"AWS::X.{name}"} for check, name in sorted(expected(template))]
    found = {"results": {"failed_checks": failed}}
    assert compare(found, template) == []
    found["results"]["failed_checks"] = [*failed[1:], {"check_id": "CKV_AWS_1", "resource": "AWS::S3::Bucket.Bucket"}]
    assert [line.split(" at ")[0] for line in compare(found, template)] == [
        "CKV_AWS_1 fails",
        f"{failed[0]['check_id']} no longer fails",
    ]


@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_the_list_of_an_artefact_has_each_pinned_package_with_its_hashes(artefact: str) -> None:
    made = make_list(artefact)
    texts = [(FUNCTIONS / file).read_text("utf-8") for file in ARTEFACTS[artefact]]
    assert len(made["components"]) == sum(len(re.findall(r"^\S+==", text, re.M)) for text in texts)
    listed = [one for part in made["components"] for one in part["externalReferences"]]
    assert len(listed) == sum(text.count("--hash=sha256:") for text in texts)


def test_the_lists_are_of_what_the_makefile_installs() -> None:
    installed = set(re.findall(r"-r (requirements\S*\.txt)", (FUNCTIONS / "Makefile").read_text("utf-8")))
    assert {file for files in ARTEFACTS.values() for file in files} == installed


def test_what_is_not_pinned_with_a_hash_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="not pinned"):
        list_packages("pillow>=11\n")
    with pytest.raises(ValueError, match="not pinned"):
        list_packages("pillow==11.0\n")


def test_a_known_flaw_fails_the_audit_and_what_was_not_looked_up_is_said() -> None:
    flawed = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
    unknown = {"name": "b", "skip_reason": "not found"}
    lines, found = tell("r.txt", json.dumps({"dependencies": [flawed, unknown]}))
    assert found
    assert lines[0] == "r.txt: a 1 has CVE-1, repaired in ['2']"
    assert lines[1:] == ["r.txt: 1 of 2 packages looked up, 1 known flaws.", "r.txt: SKIPPED, no data from here: b"]
    for answer in (None, "", "Traceback"):
        ((line,), found) = tell("r.txt", answer)
        assert (not found, "SKIPPED" in line) == (True, True)
