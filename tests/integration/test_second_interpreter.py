"""The workflow in two interpreters that know nothing of each other: the local cloud's and moto's
(docs/two-interpreters.md). The same input ends in the same way, with the same rows, report and mail.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.integration.test_cancel_before_start import Starter
from tests.integration.test_workflow import INPAINT, Stack, small, stack, with_photos
from tests.second_interpreter import Outcome, SecondInterpreter

AT = "2026-11-21T10:00:00Z"
_PREFIXES = ("InputS3Prefix", "OutputS3Prefix", "StatusS3Prefix")

pytestmark = pytest.mark.integration

__all__ = ["stack"]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)|(?:\d+ min )?\d+ s\b|Place in the chain of reports: \S+")


@dataclass(frozen=True)
class Told:
    """All that a run leaves behind, without what no two runs have in common: its id, times, sizes and hashes."""

    status: str
    error: str | None
    states: tuple[str, ...]
    rows: list[Any]
    images: list[Any]
    totals: Any
    calls: Any
    mails: list[str]


def first(stack: Stack, job_id: str, images: Any, changes: dict[str, Any]) -> Outcome:
    """Run it in the local cloud's interpreter, as StartExecution does."""
    ended = stack.start(job_id, images, **changes)
    history = stack.cloud.client("stepfunctions").get_execution_history(executionArn=ended["executionArn"])["events"]
    entered = (one["stateEnteredEventDetails"]["name"] for one in history if "stateEnteredEventDetails" in one)
    output = json.loads(ended["output"]) if "output" in ended else None
    return Outcome(ended["status"], output, ended.get("error"), ended.get("cause"), tuple(entered))


def second(stack: Stack, job_id: str, images: Any, changes: dict[str, Any]) -> Outcome:
    """Run it in moto's."""
    return SecondInterpreter(stack.cloud).run(job_id, stack.body(job_id, images, **changes))


def told(stack: Stack, job_id: str, outcome: Outcome) -> Told:
    """What can be seen of the run from outside."""
    cloud = stack.cloud
    rows = cloud.client("dynamodb").query(
        TableName=cloud.outputs.images_table,
        KeyConditionExpression="JobId = :job",
        ExpressionAttributeValues={":job": {"S": job_id}},
    )["Items"]
    try:
        report = stack.report(job_id)
    except cloud.client("s3").exceptions.NoSuchKey:
        report = {}
    kept = ("ImageName", "Variation", "Seed", "Status", "Attempts", "Throttled", "Flags")
    return Told(
        outcome.status,
        outcome.error,
        outcome.states,
        [_plain(row, job_id) for row in sorted(rows, key=lambda row: str(row["ImageId"]["S"]))],
        [
            {name: one.get(name) for name in kept} | {"Code": (one.get("Error") or {}).get("Code")}
            for one in report.get("Images", [])
        ],
        report.get("Totals"),
        report.get("Cost"),
        [_TIME.sub("*", f"{subject}\n{text}".replace(job_id, "JOB")) for subject, text in stack.mails(job_id)],
    )


def _plain(row: dict[str, Any], job_id: str) -> dict[str, Any]:
    """A row without what differs from run to run; of a function's error its name and message."""
    # A finished file says in its own data when and in which job it was made.
    row = {name: value for name, value in row.items() if name not in ("OutputSha256", "ExpiresAt")}
    plain: dict[str, Any] = json.loads(_TIME.sub("*", json.dumps(row).replace(job_id, "JOB")))
    cause = str(row.get("Cause", {}).get("S", ""))
    if cause.startswith("{"):
        plain["Cause"] = [json.loads(cause)[name] for name in ("errorType", "errorMessage")]
    return plain


@dataclass(frozen=True)
class Case:
    """What is run in both, and how it must end; `codes` of the images, None for one that succeeded."""

    status: str
    codes: list[str | None]
    photos: tuple[str, ...] = ("mug",)
    changes: tuple[tuple[str, Any], ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    throttled: int = 0
    cancelled: bool = False


THROTTLE, TIMEOUT = ({"kind": kind, "model": INPAINT, "count": 1} for kind in ("throttle", "timeout"))
CASES = {
    "ok": Case(
        "SUCCEEDED",
        [None, None, "PHOTO_TRUNCATED", "PHOTO_TRUNCATED"],
        photos=("mug", "broken"),
        changes=(("Options", {"Variations": 2}),),
    ),
    "th": Case("SUCCEEDED", [None], faults=(THROTTLE, TIMEOUT), throttled=1),
    "no": Case("FAILED", ["MODEL_REFUSED_OUTPUT_IMAGE"], faults=({"kind": "filter", "model": INPAINT},)),
    "ca": Case("SUCCEEDED", ["JOB_CANCELLED"], cancelled=True),
    "in": Case("FAILED", [], changes=(("Mode", "SOMEHOW"),)),
}


@pytest.mark.parametrize("name", CASES)
def test_both_end_the_same_input_in_the_same_way(stack: Stack, name: str) -> None:
    case = CASES[name]
    photo = small("mug_wooden_desk", 160)
    photos = {one: photo if one == "mug" else photo[: len(photo) // 2] for one in case.photos}
    seen = []
    for job_id, run in ((f"opinion-{name}-1", first), (f"opinion-{name}-2", second)):
        images = with_photos(stack, job_id, **photos)
        stack.faults(*case.faults)
        if case.cancelled:
            _cancel(stack, job_id)
        outcome = run(stack, job_id, images, {"Seed": 5, **dict(case.changes)})
        seen.append(told(stack, job_id, outcome))
        assert (outcome.status, [one["Code"] for one in seen[-1].images]) == (case.status, case.codes), outcome
        assert sum(one["Throttled"] or 0 for one in seen[-1].images) == case.throttled
        assert len(seen[-1].mails) == 1
    assert seen[0] == seen[1]


def _cancel(stack: Stack, job_id: str) -> None:
    """Let the job have a row, as one of the API's has, that says so.

    It is put bare first: whatever is put first starts a job, and of a row that is none there is a letter, taken away.
    """
    job = stack.body(job_id, [])
    texts = {name: job[name] for name in ("S3Bucket", "Prompt", "NegativePrompt", "Mode", *_PREFIXES)}
    texts |= {"Owner": "ann", "OwnerEmail": "ann@example.com", "Status": "Running", "ModelId": INPAINT}
    texts |= {"ManifestKey": "image-files/none.jsonl", "CreatedAt": AT, "CancelledAt": AT}
    key = {"JobId": {"S": job_id}}
    numbers = {"ImageCount": {"N": "1"}, "Seed": {"N": "5"}}
    put = partial(stack.cloud.client("dynamodb").put_item, TableName=stack.cloud.outputs.jobs_table)
    put(Item=key)
    Starter(stack.cloud).dead_letter(job_id)
    put(Item=key | numbers | {name: {"S": text} for name, text in texts.items()})
