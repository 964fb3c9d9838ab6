"""The end of a job as machines hear it is what its report says, in the shape that docs/job-ended.schema.json has."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from backdrop.core.keys import ReportKeys
from backdrop.jobs.proof.series import Head
from backdrop.reports import files
from backdrop.reports.ending import attributes_of, event_of, event_without_report
from backdrop.reports.report import compile_report
from tests.static.conftest import ROOT
from tests.unit.reports.conftest import done, failed, item, left, report_of, run

KEYS = ReportKeys("status/d/r.json", "status/d/r.csv", "status/d/r.html")
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "job-ended.schema.json").read_text()))
URL = "https://shop.example/job?id=x"


def event(report: Any, error: str | None = None, cause: str | None = None) -> dict[str, Any]:
    return event_of(report, files.totals(report), KEYS, URL, error, cause, Head(12, "ab" * 32))


@pytest.mark.parametrize("trial", [True, False])
def test_the_event_says_what_the_report_says(trial: bool) -> None:
    rows = [done(0), failed(1, "ModelRefused", "MODEL_REFUSED_PROMPT: no"), left(2)]
    report = compile_report(run(Trial=trial), [item(n) for n in range(3)], rows)
    document, told = json.loads(files.to_json(report)), event(report)
    SCHEMA.validate(told)
    assert (told["Status"], told["Totals"]) == (document["Job"]["Status"], document["Totals"])
    assert (told["CostUsd"], told["Trial"]) == (document["Cost"]["Usd"], trial)
    assert (told["FinishedAt"], told["RequestedBy"]) == (document["Job"]["FinishedAt"], "ada@example.com")
    assert (told["ReportKey"], told["CsvKey"], told["PageKey"]) == KEYS
    assert told["ChainLink"] == {"Number": 12, "Sha256": "ab" * 32}


def test_attributes_are_the_events_and_none_is_empty() -> None:
    told = {key: one["StringValue"] for key, one in attributes_of(event(report_of(4, 1))).items()}
    assert told == {
        "JobId": "01jd0000000000000000000000",
        "Status": "PartlyFailed",
        "CostUsd": "0.63",
        "RequestedBy": "ada@example.com",
        "ReportKey": "status/d/r.json",
        "PageKey": "status/d/r.html",
        "Images": "5",
        "Succeeded": "4",
        "Failed": "1",
        "NeedReview": "0",
    }
    assert "RequestedBy" not in attributes_of(event(report_of(1, 0, RequestedBy="")))
    assert attributes_of(event(report_of(1, 0)))["Succeeded"]["DataType"] == "Number"


def test_an_end_without_a_report_has_the_same_shape() -> None:
    told = event_without_report("j", "ada@example.com", "2026-11-21T04:00:00.000Z", URL, "X", "y" * 5000, trial=False)
    SCHEMA.validate(told)
    assert set(told) == set(event(report_of(1, 0)))
    assert set(attributes_of(told)) == {"JobId", "Status", "RequestedBy"}
    assert len(told["Error"]["Cause"]) == 1000


def test_the_workflow_words_the_end_without_a_report_alike() -> None:
    machine = json.loads((ROOT / "statemachine" / "replace_backgrounds.asl.json").read_text())
    worded = machine["States"]["WordFailureEmail"]["Parameters"]
    given = {key.removesuffix(".$"): value for key, value in worded["Event"].items()}
    assert set(given) == set(SCHEMA.schema["required"])
    assert set(worded["Attributes"]) == {"JobId", "Status"}
