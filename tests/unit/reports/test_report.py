"""The report reconciles with the manifest whatever became of the images, and names what it cost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode
from backdrop.core.vocabulary import JobStatus
from backdrop.reports.files import to_json
from backdrop.reports.report import compile_report
from tests.unit.reports.conftest import INPAINT, REMOVE_BACKGROUND, done, failed, item, left, one_pass, report_of, run


@pytest.mark.parametrize("total", [0, 1, 10_000])
@pytest.mark.parametrize("recorded", [0.0, 0.5, 1.0])
def test_every_line_of_the_manifest_is_one_image_of_the_report(total: int, recorded: float) -> None:
    rows = [
        done(n) if n % 3 else failed(n, "ModelRefused", "MODEL_REFUSED_PROMPT: no")
        for n in range(int(total * recorded))
    ]
    report = compile_report(run(), [item(n) for n in range(total)], rows)
    assert report.total == report.succeeded + report.failed == total
    assert [image.item["ImageId"] for image in report.images] == [f"{n:08d}" for n in range(total)]
    missing = [one for one in report.failures if one.failure and one.failure.code is ErrorCode.OUTCOME_NOT_RECORDED]
    assert len(missing) == total - len(rows)


@pytest.mark.parametrize(
    ("good", "bad", "status"),
    [(3, 0, JobStatus.SUCCEEDED), (2, 1, JobStatus.PARTLY_FAILED), (0, 3, JobStatus.FAILED), (0, 0, JobStatus.FAILED)],
)
def test_the_status_is_that_of_the_images(good: int, bad: int, status: JobStatus) -> None:
    assert report_of(good, bad).status is status


def test_rows_that_are_no_outcome_of_this_run_count_as_not_recorded() -> None:
    rows = [
        done(0, FinishedAt="2026-11-20T00:00:00.000Z"),
        {"ImageId": "00000001", "Status": "Ready"},
        {"ImageId": "99999999", "Status": "Refused", "Error": "PHOTO_EMPTY"},
    ]
    report = compile_report(run(), [item(0), item(1)], rows)
    assert report.total == report.failed == 2
    assert {one.failure.code for one in report.failures if one.failure} == {ErrorCode.OUTCOME_NOT_RECORDED}


def test_a_broken_batch_is_told_for_the_job_and_for_each_image_it_left_undone() -> None:
    broken = {"Error": "States.ItemReaderFailed", "Cause": "no such manifest"}
    report = compile_report(run(map_error=broken), [item(0), item(1)], [done(0)])
    assert report.map_failure is not None
    assert "no such manifest" in report.map_failure.cause
    assert report.failures[0].failure is not None
    assert "no such manifest" in report.failures[0].failure.cause
    assert report.status is JobStatus.PARTLY_FAILED


def test_cost_counts_every_call_made_and_tells_those_that_were_answered() -> None:
    rows = [
        done(0, attempts=(1, 3)),
        done(1, attempts=(0, 1)),  # the first answer lay in S3 already
        failed(2, "TooManyAttempts", "MODEL_THROTTLED: again", Attempts=12, Passes=json.dumps([one_pass(0)])),
        failed(3, "PhotoRefused", "PHOTO_MISSING: gone", Attempts=0),
    ]
    report = compile_report(run(), [item(n) for n in range(4)], rows)
    calls = {one.model_id: one.calls for one in report.cost.services}
    assert calls == {REMOVE_BACKGROUND: 1 + 0 + 1, INPAINT: 3 + 1 + 12}
    assert report.calls == 18
    assert report.cost.usd == pytest.approx(18 * 0.07)
    assert report.cost.answered_usd == pytest.approx(4 * 0.07)


def test_throttled_calls_are_told_and_cost_nothing() -> None:
    throttled = json.dumps([{**one_pass(0, 4), "Throttled": 3}])
    rows = [failed(0, "TooManyAttempts", "MODEL_TIMED_OUT: late", Attempts=9, Throttled=3, Passes=throttled)]
    report = compile_report(run(), [item(0)], rows)
    assert {one.model_id: one.calls for one in report.cost.services} == {REMOVE_BACKGROUND: 1, INPAINT: 6}
    (image,) = json.loads(to_json(report))["Images"]
    assert (image["Attempts"], image["Throttled"]) == (13, 6)


def test_a_failure_after_all_passes_adds_no_calls() -> None:
    both = json.dumps([one_pass(0), one_pass(1)])
    report = compile_report(run(), [item(0)], [failed(0, "DynamoDB.X", "no", Attempts=0, Passes=both)])
    assert report.calls == 2


def test_an_error_of_step_functions_becomes_words_with_a_next_step() -> None:
    cause = json.dumps({"errorMessage": "PHOTO_TRUNCATED: mug.jpg ends early.", "stackTrace": ["secret path"]})
    failure = compile_report(run(), [item(0)], [failed(0, "PhotoRefused", cause)]).failures[0].failure
    assert failure is not None
    assert (failure.code, failure.cause) == (ErrorCode.PHOTO_TRUNCATED, "mug.jpg ends early.")
    assert "upload" in failure.next_step


def test_a_cancelled_job_says_so_and_still_reconciles() -> None:
    rows = [done(0), failed(1, "ModelRefused", "MODEL_REFUSED_PROMPT: no"), left(2), left(3)]

    report = compile_report(run(), [item(n) for n in range(4)], rows)

    assert report.status is JobStatus.CANCELLED
    assert (report.total, report.succeeded, report.failed, report.cancelled) == (4, 1, 3, 2)
    assert report.calls == 3, "what was left cost nothing"


def test_a_job_that_left_everything_is_cancelled_and_not_failed() -> None:
    assert compile_report(run(), [item(0)], [left(0)]).status is JobStatus.CANCELLED


def test_cancelled_too_late_is_not_cancelled() -> None:
    assert compile_report(run(), [item(0)], [done(0)]).status is JobStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("error", "code", "advice"),
    [
        ("States.ItemReaderFailed", "MANIFEST_UNREADABLE", "one JSON object a line"),
        ("States.ResultWriterFailed", "RESULTS_NOT_LISTED", "Nothing has to be made again"),
        ("States.DataLimitExceeded", "STATE_TOO_LARGE", "shorter prompt"),
        ("States.ExceedToleratedFailureThreshold", "TOO_MANY_FAILED", "each image that failed"),
    ],
)
def test_an_error_of_the_whole_map_is_explained_to_the_job_and_to_each_image(
    error: str, code: str, advice: str
) -> None:
    report = compile_report(run(map_error={"Error": error, "Cause": "why"}), [item(0), item(1)], [done(0)])
    assert report.map_failure is not None
    assert (report.map_failure.code, report.map_failure.cause) == (code, f"{error}: why")
    assert advice in report.map_failure.next_step
    left = report.failures[0].failure
    assert left is not None
    assert left.next_step == report.map_failure.next_step
    assert "ry again" not in left.next_step


def elsewhere(number: int, attempts: int, regions: dict[str, int], region: str, **changes: Any) -> dict[str, Any]:
    return {**one_pass(number, attempts), "Regions": regions, "Region": region, **changes}


def by_region(rows: list[dict[str, Any]]) -> dict[str, tuple[int, Any]]:
    report = compile_report(run(), [item(number) for number in range(len(rows))], rows)
    assert sum(one.calls for one in report.regions) == report.calls
    assert sum(one.usd for one in report.regions) == pytest.approx(report.cost.usd)
    return {one.region: (one.calls, one.usd) for one in report.regions}


def test_calls_and_prices_are_told_by_region() -> None:
    first = [elsewhere(0, 1, {"us-west-2": 1}, "us-west-2"), elsewhere(1, 1, {"us-east-1": 1}, "us-east-1")]
    second = [elsewhere(0, 0, {}, ""), elsewhere(1, 2, {"us-east-2": 1, "us-west-2": 1}, "us-west-2")]
    rows = [done(0, Passes=json.dumps(first)), done(1, Passes=json.dumps(second))]
    assert by_region(rows) == {
        "us-east-1": (1, pytest.approx(0.07)),
        "us-east-2": (1, pytest.approx(0.07)),
        "us-west-2": (2, pytest.approx(0.14)),
    }


def test_a_record_that_tells_no_region_was_made_in_the_stacks_own() -> None:
    assert by_region([done(0)]) == {"us-east-1": (2, pytest.approx(0.14))}


@pytest.mark.parametrize(
    ("attempts", "throttled", "turn", "told"),
    [
        (1, 0, {"Attempt": 1, "Regions": {"us-west-2": 1}, "Region": "us-west-2"}, {"us-west-2": 1}),
        # The last one was a throttle, of which the turn does not know.
        (3, 2, {"Attempt": 3, "Regions": {"us-west-2": 1, "us-east-2": 1}, "Region": "us-west-2"}, {"us-east-2": 1}),
        # A turn that was given back when the job was cancelled.
        (1, 0, {"Attempt": 1, "Regions": {"us-west-2": 1, "us-east-1": 1}, "Region": "us-east-1"}, {"us-west-2": 1}),
        (1, 0, {"Attempt": 1}, {"us-east-1": 1}),
        (0, 0, {"Attempt": 0}, {}),
    ],
)
def test_calls_of_a_pass_that_failed_are_told_by_region(
    attempts: int, throttled: int, turn: dict[str, Any], told: dict[str, int]
) -> None:
    row = failed(0, "X", "y", Attempts=attempts, Throttled=throttled, LastTurn=json.dumps(turn))
    assert {region: calls for region, (calls, _) in by_region([row]).items()} == told
