"""A job ends on the versions of the functions that it began with, and a new one has what was deployed last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

_PSEUDO = re.compile(r"AWS::\w+")


def published(template: dict[str, Any], machine_text: str) -> dict[str, dict[str, Any]]:
    """Functions that the workflow calls."""
    names = set(re.findall(r"\$\{(\w+Function)Arn\}", machine_text))
    assert len(names) > 5
    return {name: template["Resources"][name] for name in names}


def test_the_workflow_names_versions_and_may_call_nothing_else(template: dict[str, Any], machine_text: str) -> None:
    workflow = template["Resources"]["ReplaceBackgroundsStateMachine"]["Properties"]["DefinitionSubstitutions"]
    allowed = next(
        one["Resource"]
        for one in template["Resources"]["WorkflowRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if one.get("Sid") == "Functions"
    )
    functions = published(template, machine_text)
    for name in functions:
        assert workflow[f"{name}Arn"] == {"Ref": f"{name}.Version"}
    # Of any version: runs that go on call those of before.
    assert sorted(one["Fn::Sub"] for one in allowed) == sorted(f"${{{name}.Arn}}:*" for name in functions)


def test_versions_of_before_stay_and_each_change_is_published(template: dict[str, Any], machine_text: str) -> None:
    for name, function in published(template, machine_text).items():
        properties = function["Properties"]
        assert function["UpdateReplacePolicy"] == "Retain", name
        # DeletionPolicy would be the version's as well, for which SAM says Retain.
        assert "DeletionPolicy" not in function, name
        assert properties["AutoPublishAlias"] == "live", name
        assert properties["AutoPublishAliasAllProperties"] is True, name
        assert properties["VersionDescription"] == {"Fn::Sub": "settings ${SettingsVersion}"}, name
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    assert shared["SETTINGS_VERSION"] == {"Ref": "SettingsVersion"}


def test_every_setting_of_a_published_function_has_part_in_the_number(
    template: dict[str, Any], machine_text: str
) -> None:
    counted = set(names_in(template["Resources"]["SettingsVersion"]["Properties"]["Content"]))
    given: set[str] = set()
    for one in (
        template["Globals"]["Function"],
        *(f["Properties"] for f in published(template, machine_text).values()),
    ):
        told = {key: value for key, value in one.items() if key not in ("Role", "LoggingConfig", "VersionDescription")}
        given |= set(names_in(told, template["Conditions"]))
    assert len(given) > 20
    assert given - counted - {"SettingsVersion"} == set()
    assert counted - given == set()


def names_in(value: Any, conditions: dict[str, Any] | None = None) -> Iterator[str]:
    """Names of parameters and resources in a part of the template, through its conditions."""
    match value:
        case {"Ref": name}:
            yield from [] if _PSEUDO.fullmatch(name) else [name]
        case {"Fn::GetAtt": name}:
            yield str(name).partition(".")[0]
        case {"Fn::Sub": str(text)}:
            yield from (one for one in re.findall(r"\$\{([\w:]+)", text) if not _PSEUDO.fullmatch(one))
        case {"Fn::If": [condition, *others]}:
            yield from names_in((conditions or {})[condition], conditions)
            yield from names_in(others, conditions)
        case {"Condition": name}:
            yield from names_in((conditions or {})[name], conditions)
        case dict():
            for one in value.values():
                yield from names_in(one, conditions)
        case list():
            for one in value:
                yield from names_in(one, conditions)


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ({"Fn::If": ["With", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}, ["B", "A"]),
        ({"Fn::Sub": "${C}/${D.Arn} of ${AWS::Region}"}, ["C", "D"]),
        ({"Variables": {"X": {"Fn::Join": [",", {"Ref": "E"}]}, "Y": {"Fn::GetAtt": "F.Arn"}}}, ["E", "F"]),
    ],
)
def test_names_are_found_through_functions_and_conditions(part: Any, names: list[str]) -> None:
    assert list(names_in(part, {"With": {"Fn::Not": [{"Fn::Equals": [{"Ref": "B"}, ""]}]}})) == names
