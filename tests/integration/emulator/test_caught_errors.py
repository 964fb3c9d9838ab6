"""What our workflow makes of an error that Step Functions caught: its own states, run by the local interpreter."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.emulator.conftest import Workflows

MACHINE = json.loads((Path(__file__).parents[3] / "statemachine" / "replace_backgrounds.asl.json").read_text("utf-8"))
CHILD = MACHINE["States"]["ReplaceBackgrounds"]["ItemProcessor"]

SPOKEN = json.dumps({"errorMessage": "PROMPT_EMPTY: There is no prompt.", "errorType": "X", "stackTrace": ["  File"]})
COMPACT = json.dumps({"errorMessage": "NAME_INVALID: {} is 'a' {name}", "errorType": "X"}, separators=(",", ":"))


def after(workflows: Workflows, machine: dict[str, Any], first: str, last: str, value: Any) -> dict[str, Any]:
    """What the state `last` gets of our workflow when `first` gets `value`."""
    states = {**machine["States"], last: {"Type": "Succeed"}}
    run = workflows.run({"StartAt": first, "States": states}, value)
    assert run["status"] == "SUCCEEDED", run
    output: dict[str, Any] = json.loads(run["output"])
    return output


@pytest.mark.parametrize(
    ("caught", "cause", "mailed"),
    [
        ({"Error": "States.Timeout"}, "", ""),
        ({"Error": "S3.NoSuchKey", "Cause": ""}, "", ""),
        ({"Error": "X", "Cause": 'The role "r" may not.'}, 'The role "r" may not.', 'The role "r" may not.'),
        ({"Error": "X", "Cause": SPOKEN}, SPOKEN, "PROMPT_EMPTY: There is no prompt."),
        ({"Error": "X", "Cause": COMPACT}, COMPACT, "NAME_INVALID: {} is 'a' {name}"),
    ],
)
def test_a_job_that_failed_keeps_its_cause_and_mails_the_words_in_it(
    workflows: Workflows, caught: dict[str, str], cause: str, mailed: str
) -> None:
    seen = after(workflows, MACHINE, "DescribeJobFailure", "RecordJobFailed", caught)
    assert seen == {
        "Failure": {"Error": caught["Error"], "Cause": cause},
        "Mail": {"Error": caught["Error"], "Cause": mailed},
    }


def test_a_functions_cause_can_be_cut_anywhere_and_is_mailed_all_the_same(workflows: Workflows) -> None:
    """One Map over every beginning of a cause."""
    states = {**MACHINE["States"], "RecordJobFailed": {"Type": "Pass", "OutputPath": "$.Mail.Cause", "End": True}}
    each = {"Type": "Map", "ItemProcessor": {"StartAt": "DescribeJobFailure", "States": states}, "End": True}
    causes = [SPOKEN[:end] for end in range(len(SPOKEN) + 1)]
    run = workflows.run(
        {"StartAt": "Each", "States": {"Each": each}}, [{"Error": "X", "Cause": cause} for cause in causes]
    )
    assert run["status"] == "SUCCEEDED", run
    begins = len('{"errorMessage":')
    for cause, mailed in zip(causes, json.loads(run["output"]), strict=True):
        if len(cause) < begins:
            assert mailed == cause, "no function's error yet"
        else:
            assert mailed == (cause[begins + 2 :].partition('"')[0] or "(cut off)")


@pytest.mark.parametrize("cause", [None, "", SPOKEN])
def test_an_image_that_failed_has_a_cause_to_record(workflows: Workflows, cause: str | None) -> None:
    failure = {"Error": "States.Timeout"} if cause is None else {"Error": "States.Timeout", "Cause": cause}
    seen = after(workflows, CHILD, "FillInCause", "RecordFailed", {"ImageId": "00000001", "Failure": failure})
    assert seen == {
        "ImageId": "00000001",
        "Failure": {"Reason": {"Error": "States.Timeout", "Cause": cause or ""}},
    }


def test_an_image_that_was_left_is_recorded_with_the_codes_of_a_cancelled_job(workflows: Workflows) -> None:
    seen = after(workflows, CHILD, "FailAsCancelled", "RecordFailed", {"ImageId": "00000001"})
    reason = seen["Failure"]["Reason"]
    assert (reason["Error"], reason["Cause"].partition(":")[0]) == ("JobCancelled", "JOB_CANCELLED")
