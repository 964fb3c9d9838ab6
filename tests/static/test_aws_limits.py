"""What AWS bounds (docs/aws-limits.md): each limit has AWS's page and a test that ends red beyond it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.static.conftest import ROOT
from tests.static.test_state_machine import states

TEXT = (ROOT / "docs" / "aws-limits.md").read_text("utf-8")
ROWS = [line.strip("|").split("|") for line in TEXT.splitlines() if line.startswith("| ") and "::" in line]

LONGEST = {"PromptBlockList": 1000, "ContentCredentialsSecretArn": 200, "ModerationCategories": 200, "MoreModels": 600}
"""Characters of the longest values of parameters that are longer than a name."""
A_NAME = 64
"""Characters of what a parameter, a resource's name, its ARN or its address has mostly, where the stack's has 30."""


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = template["Resources"].items()
    return {name: one["Properties"] for name, one in found if one["Type"] == "AWS::Serverless::Function"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_each_limit_has_its_page_and_tests_that_exist(row: list[str]) -> None:
    assert "](https://docs.aws.amazon.com/" in row[1], "AWS's page"
    places = re.findall(r"`(tests/[\w./]+\.py)::(\w+)`", row[-1])
    assert places
    for file, name in places:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"


def test_the_table_is_as_long_as_it_was() -> None:
    assert len(ROWS) >= 20


def test_a_functions_variables_fit_into_four_kilobytes(template: dict[str, Any]) -> None:
    common = template["Globals"]["Function"].get("Environment", {}).get("Variables", {})
    for name, function in functions(template).items():
        variables = {**common, **function.get("Environment", {}).get("Variables", {})}
        assert variables, name
        # As JSON: two pairs of quotes, a colon, a comma.
        sizes = {key: len(key) + _longest(value, template["Parameters"]) + 6 for key, value in variables.items()}
        assert sum(sizes.values()) < 4096, (name, sizes)


def _longest(value: Any, parameters: dict[str, Any]) -> int:
    if not isinstance(value, dict):
        return len(str(value))
    ((function, inner),) = value.items()
    if function == "Ref" and inner in parameters:
        one = parameters[inner]
        most = max((len(allowed) for allowed in one.get("AllowedValues", ())), default=A_NAME)
        return LONGEST.get(inner, 10 if one["Type"] == "Number" else most)
    if function == "Fn::If":
        return max(_longest(one, parameters) for one in inner[1:])
    if function == "Fn::Join":
        return sum(_longest(one, parameters) + 1 for one in inner[1])
    return A_NAME


def test_the_api_answers_before_its_gateway_gives_up(template: dict[str, Any]) -> None:
    assert functions(template)["ApiFunction"]["Timeout"] <= 29


def test_no_function_runs_longer_than_fifteen_minutes(template: dict[str, Any]) -> None:
    assert max(function["Timeout"] for function in functions(template).values()) <= 900


def test_the_template_is_no_larger_than_cloudformation_takes(template: dict[str, Any]) -> None:
    assert (ROOT / "template.yaml").stat().st_size < 1_000_000
    # SAM makes further resources of some: the API, each permission, each event source.
    assert len(template["Resources"]) * 2 < 500
    assert len(template["Parameters"]) <= 200
    assert len(template["Outputs"]) <= 200
    for name, parameter in template["Parameters"].items():
        assert len(parameter.get("Description", "")) <= 4000, name


def test_the_workflows_definition_is_no_larger_than_step_functions_takes(machine_text: str) -> None:
    # Each substitution is an ARN or an address, of 150 characters at most.
    assert len(machine_text) + 150 * machine_text.count("${") < 1_048_576
    for name, state in states(json.loads(machine_text)):
        assert len(name) <= 80
        assert len(state.get("Label", "")) <= 40


def test_the_bucket_has_no_more_lifecycle_rules_than_s3_takes(template: dict[str, Any]) -> None:
    buckets = [one for one in template["Resources"].values() if one["Type"] == "AWS::S3::Bucket"]
    rules = [len(one["Properties"]["LifecycleConfiguration"]["Rules"]) for one in buckets]
    assert rules
    assert max(rules) <= 1000


def test_a_roles_policies_fit_into_one_role(template: dict[str, Any]) -> None:
    """White space is not counted. An intrinsic function stands for an ARN, of a Region and account that are longer."""
    roles = [(name, one) for name, one in template["Resources"].items() if one["Type"] == "AWS::IAM::Role"]
    assert len(roles) > 10
    for name, role in roles:
        text = json.dumps(role["Properties"].get("Policies", []), separators=(",", ":"))
        assert len(text) + 40 * text.count('"Fn::') < 10_240, name


def _queries(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in template["Resources"].values():
        if one["Type"] == "AWS::Logs::QueryDefinition":
            yield one["Properties"]


def test_a_saved_query_reads_no_more_log_groups_than_it_may(template: dict[str, Any]) -> None:
    sizes = [len(query["LogGroupNames"]) for query in _queries(template)]
    assert sizes
    assert max(sizes) <= 50
    assert all(len(query["QueryString"]) <= 10_000 for query in _queries(template))


def test_what_an_alarm_says_fits_into_it(template: dict[str, Any]) -> None:
    alarms = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    # RunbookUrl may be long.
    assert max(len(str(alarm["AlarmDescription"])) for alarm in alarms) + 300 < 1024
