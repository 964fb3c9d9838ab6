"""Alarms, their pages, the dashboard and the saved queries: each says something that is so."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest

from backdrop.core.telemetry.metrics import METRICS, NAMESPACE
from backdrop_cli.main import cli
from tests.static.conftest import ROOT

RUNBOOKS = ROOT / "docs/runbooks"

# Dimensions of AWS's own metrics, each with its page.
AWS_METRICS = {
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "AWS/States": ({"StateMachineArn"}, {f"Executions{one}" for one in ("Succeeded", "Failed", "TimedOut", "Aborted")}),
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": ({"FunctionName"}, {"Errors"}),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    "AWS/ApiGateway": ({"ApiName"}, {"Count", "4XXError", "5XXError", "Latency"}),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": ({"QueueName"}, {"ApproximateNumberOfMessagesVisible"}),
    # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    "AWS/SNS": ({"TopicName"}, {"NumberOfNotificationsFailed"}),
}  # fmt: skip

# What their dimensions may stand for: a resource of the stack of that type, or its name.
_TYPES = {
    "FunctionName": "AWS::Serverless::Function",
    "StateMachineArn": "AWS::Serverless::StateMachine",
    "QueueName": "AWS::SQS::Queue",
    "TopicName": "AWS::SNS::Topic",
}


def of_type(template: dict[str, Any], type_: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == type_}


def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return of_type(template, "AWS::CloudWatch::Alarm")


def page_of(alarm: dict[str, Any]) -> str:
    return str(alarm["AlarmDescription"]["Fn::Sub"].rpartition("${RunbookUrl}/")[2])


def watched(alarm: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Namespace, name and dimensions of each metric that an alarm reads."""
    for one in [line["MetricStat"]["Metric"] for line in alarm.get("Metrics", []) if "MetricStat" in line] or [alarm]:
        yield one["Namespace"], one["MetricName"], {pair["Name"]: pair["Value"] for pair in one["Dimensions"]}


def check_metric(namespace: str, name: str, dimensions: set[str]) -> None:
    if namespace == NAMESPACE:
        assert dimensions - {"Stack"} in [set(one) for one in METRICS[name].dimensions], name
        assert "Stack" in dimensions
    else:
        assert (dimensions, name in AWS_METRICS[namespace][1]) == (AWS_METRICS[namespace][0], True), name


def test_every_alarm_has_a_page_and_every_page_an_alarm(template: dict[str, Any]) -> None:
    pages = {page_of(alarm): name for name, alarm in alarms(template).items()}
    assert len(pages) == len(alarms(template)) >= 10
    assert set(pages) == {path.name for path in RUNBOOKS.glob("*")}
    for page, name in pages.items():
        text = (RUNBOOKS / page).read_text("utf-8")
        assert f"Alarm: `{name}`." in text
        assert re.findall(r"^## (.*)", text, re.MULTILINE) == ["What it means", "What to look at", "What to do"], page


def test_every_alarm_goes_to_operators_and_says_what_it_means(template: dict[str, Any]) -> None:
    for name, alarm in alarms(template).items():
        assert alarm["AlarmActions"] == [{"Ref": "OpsTopic"}], name
        # Of what is told all the time, silence is what the alarm is for.
        silent = name == "SweeperStoppedAlarm"
        assert alarm["TreatMissingData"] == ("breaching" if silent else "notBreaching"), name
        described = alarm["AlarmDescription"]["Fn::Sub"].replace("${RunbookUrl}", "x" * 201)
        assert len(described) <= 1024, "all that CloudWatch takes"
        assert "  " not in described, name
    business = json.dumps([template["Resources"]["Topic"], template["Resources"]["TopicPolicy"]])
    assert "cloudwatch" not in business, "the business mail gets no alarms"
    assert "cloudwatch.amazonaws.com" in json.dumps(template["Resources"]["OpsTopicPolicy"])


def test_every_alarm_watches_what_is_really_measured(template: dict[str, Any]) -> None:
    for name, alarm in alarms(template).items():
        for namespace, metric, dimensions in watched(alarm):
            check_metric(namespace, metric, set(dimensions))
            for dimension, value in dimensions.items():
                if type_ := _TYPES.get(dimension):
                    named, _, attribute = (value.get("Ref") or value["Fn::GetAtt"]).partition(".")
                    assert attribute in ("", dimension), name
                    assert template["Resources"][named]["Type"] == type_, (name, dimension)
                else:
                    assert value == {"Ref": "AWS::StackName"}, (name, dimension)
        if "Metrics" in alarm:
            ids = {line["Id"] for line in alarm["Metrics"]}
            (expression,) = [line for line in alarm["Metrics"] if line["ReturnData"]]
            used = set(re.findall(r"\b[a-z]\w*\b", expression["Expression"]))
            assert used == ids - {expression["Id"]}, name


def test_functions_that_fail_by_design_are_not_watched_for_errors(template: dict[str, Any]) -> None:
    """Those that the workflow calls for an image raise an error to tell of a photo that can't be done."""
    read = {dimensions["FunctionName"]["Ref"] for _, _, dimensions in watched(alarms(template)["FunctionsBrokenAlarm"])}
    steps = ("PrepareJob", "StagePayload", "ReserveTurn", "InvokeElsewhere", "CutOut", "DecodeResult", "SignResult")
    by_design = {f"{one}Function" for one in steps}
    assert read == set(of_type(template, "AWS::Serverless::Function")) - by_design


def test_an_alarm_about_cost_can_be_left_out_and_an_address_too(template: dict[str, Any]) -> None:
    assert template["Resources"]["CostAlarm"]["Condition"] == "WithCostAlarm"
    assert template["Resources"]["OpsTopic"]["Properties"]["Subscription"]["Fn::If"][0] == "WithOpsEmail"
    assert template["Parameters"]["OpsEmail"]["Default"] == ""


def test_the_dashboard_is_json_and_shows_what_is_measured(template: dict[str, Any]) -> None:
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    text = dashboard["DashboardBody"]["Fn::Sub"]
    named = set(re.findall(r"\$\{([\w:.]+)\}", text))
    assert {one.partition(".")[0] for one in named if not one.startswith("AWS::")} <= set(template["Resources"])
    body = json.loads(re.sub(r"\$\{[\w:.]+\}", "x", text))
    places = set()
    for widget in body["widgets"]:
        assert (widget["x"] + widget["width"] <= 24, (widget["x"], widget["y"]) in places) == (True, False)
        places.add((widget["x"], widget["y"]))
        for line in widget["properties"]["metrics"]:
            if isinstance(line[0], dict):
                found = re.fullmatch(
                    r"SEARCH\('\{Backdrop,([\w,]+)\} MetricName=\"(\w+)\" Stack=\"x\"', '\w+', \d+\)",
                    line[0]["expression"],
                )
                assert found, line
                check_metric(NAMESPACE, found[2], set(found[1].split(",")))
            else:
                namespace, name, *pairs = [one for one in line if not isinstance(one, dict)]
                check_metric(namespace, name, set(pairs[::2]))


def test_saved_queries_ask_for_fields_that_are_written(template: dict[str, Any]) -> None:
    queries = of_type(template, "AWS::Logs::QueryDefinition")
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    fields = set(re.findall(r"`(\w+)`", page.partition("## Metrics")[0])) | set(METRICS) | {"Model", "Region"}
    words = {
        "fields", "filter", "stats", "sort", "limit", "asc", "desc", "by", "as", "and", "or", "not", "ispresent",
        "count", "avg", "pct", "max", "sum", "latest", "bin",
    }  # fmt: skip
    for name, query in queries.items():
        assert query["Name"]["Fn::Sub"].startswith("${AWS::StackName}/")
        assert query["Name"]["Fn::Sub"].partition("/")[2] in page, name
        code = re.sub(r'#.*|"[^"]*"|@\w+|\d+\w*', " ", query["QueryString"])
        made = set(re.findall(r"\bas (\w+)", code))
        assert set(re.findall(r"[A-Za-z_]\w*", code)) <= fields | words | made, name
    groups = {one["Ref"] for one in queries["ImageQuery"]["LogGroupNames"]}
    assert groups == {f"{name}LogGroup" for name in of_type(template, "AWS::Serverless::Function")}


def commands() -> list[str]:
    pages = [ROOT / "docs/operations.md", *RUNBOOKS.glob("*.md")]
    blocks = [block for page in pages for block in re.findall(r"^```\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)]
    return sorted({line for block in blocks for line in block.splitlines()})


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("backdrop ")])
def test_every_command_of_the_runbooks_is_one_that_there_is(line: str) -> None:
    """Those of AWS: test_documented_commands.py."""
    words = shlex.split(line)[1:]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, name
        command = found
    with command.make_context(command.name, words):
        pass


def test_the_runbooks_have_no_other_commands() -> None:
    assert [line for line in commands() if not line.startswith(("backdrop ", "aws "))] == []
