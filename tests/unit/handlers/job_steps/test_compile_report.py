"""CompileReport writes what the report says to S3, to the job's row and into the mail, all the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backdrop.aws.images_table import ImagesTable
from backdrop.aws.objects import Lock, Objects
from backdrop.core import clock, keys
from backdrop.core.errors import ErrorCode, StorageUnavailable, explain
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.scheduling import pacing
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.jobs.scheduling.regions import ModelRegions
from tests.signer import KmsTwin
from tests.unit.aws.bucket import Bucket
from tests.unit.handlers.job_steps.conftest import JobsTwin, Schedules
from tests.unit.reports.conftest import INPAINT, STARTED, done, failed, item, left, one_pass, run

JOB = run().job


def compiled(
    compile_report: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    bucket: dict[str, bytes],
    rows: list[dict[str, Any]],
    *,
    closing: bool = False,
    **state: Any,
) -> dict[str, Any]:
    def outcomes(table: ImagesTable, job_id: str) -> Iterator[dict[str, Any]]:
        assert (table.table, job_id) == ("images", JOB["Id"])
        return iter(rows)

    monkeypatch.setattr(ImagesTable, "outcomes", outcomes)
    bucket["in/d/manifest.jsonl"] = b"".join(json.dumps(item(n)).encode() + b"\n" for n in range(2))
    run_state = {"Job": JOB, "ManifestKey": "in/d/manifest.jsonl", "ImageCount": 2, "MaxConcurrency": 4, **state}
    event = {"Run": run_state, "ExecutionArn": "arn:x", "StartedAt": STARTED}
    answer: dict[str, Any] = compile_report.handler(
        event | ({"Closing": True} if closing else {}),
        None,
    )
    return answer


def test_files_row_and_mail_tell_the_same(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    rows = [done(0), failed(1, "ModelRefused", "MODEL_REFUSED_PROMPT: no")]
    answer = compiled(compile_report, monkeypatch, bucket, rows)
    assert answer["Status"] == "PartlyFailed"
    assert answer["Totals"] == {
        "Images": 2,
        "Succeeded": 1,
        "Failed": 1,
        "Cancelled": 0,
        "ModelCalls": 3,
        "AnswersReused": 0,
        "NeedReview": 0,
    }
    document = json.loads(bucket[answer["ReportKey"]])
    assert document["Totals"] == answer["Totals"]
    assert answer["CsvKey"] in bucket
    row = jobs.rows[JOB["Id"]]
    assert (row["status"], row["succeeded"], row["failed"]) == (JobStatus.PARTLY_FAILED, 1, 1)
    assert (row["report_key"], row["report_csv_key"]) == (answer["ReportKey"], answer["CsvKey"])
    assert row["cost_usd"] == document["Cost"]["Usd"]
    assert row["error"] is None
    assert "1 of 2 images done, 1 failed" in answer["Subject"]
    assert f"https://shop.example/job?id={JOB['Id']}" in answer["Message"]


def test_all_failed_gives_the_row_the_commonest_reason(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    rows = [failed(n, "ModelRefused", "MODEL_REFUSED_PROMPT: too rude") for n in range(2)]
    assert compiled(compile_report, monkeypatch, bucket, rows)["Status"] == "Failed"
    row = jobs.rows[JOB["Id"]]
    told = explain(row["error"], row["cause"])
    assert told.code is ErrorCode.MODEL_REFUSED_PROMPT
    assert "too rude" in told.cause


def test_a_job_of_another_system_has_no_row_and_no_page(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    answer = compiled(compile_report, monkeypatch, bucket, [done(0), done(1)])
    assert answer["Status"] == "Succeeded"
    assert jobs.rows == {}
    assert "/job?id=" not in answer["Message"]


def test_a_broken_batch_reaches_the_row(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    broken = {"Error": "States.ItemReaderFailed", "Cause": "unreadable"}
    answer = compiled(compile_report, monkeypatch, bucket, [], MapError=broken)
    assert answer["Status"] == "Failed"
    assert "unreadable" in answer["Message"]
    assert "unreadable" in jobs.rows[JOB["Id"]]["cause"]


STOPPED = {"Error": "RunStopped", "Cause": "RUN_STOPPED: Somebody stopped the job's run (by mistake)."}


def test_a_run_that_was_stopped_is_the_reason_of_what_is_missing_and_of_nothing_else(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    answer = compiled(compile_report, monkeypatch, bucket, [done(0)], MapError=STOPPED)
    document, row = json.loads(bucket[answer["ReportKey"]]), jobs.rows[JOB["Id"]]
    assert [one["Error"] and one["Error"]["Code"] for one in document["Images"]] == [None, "RUN_STOPPED"]
    assert (answer["Status"], row["error"], "Closed" in answer) == ("PartlyFailed", "RunStopped", False)
    assert "by mistake" in answer["Message"]

    answer = compiled(compile_report, monkeypatch, bucket, [done(0), done(1)], MapError=STOPPED)
    document, row = json.loads(bucket[answer["ReportKey"]]), jobs.rows[JOB["Id"]]
    assert (answer["Status"], row["error"], document["MapError"]) == ("Succeeded", None, None), "nothing is missing"
    assert "by mistake" not in answer["Message"]


def test_what_a_cancelled_job_misses_is_cancelled_when_its_run_was_stopped_too(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    cancelled = {"Error": "JobCancelled", "Cause": "JOB_CANCELLED: The job was cancelled."}
    answer = compiled(compile_report, monkeypatch, bucket, [done(0)], MapError=cancelled)
    assert (answer["Status"], answer["Totals"]["Cancelled"]) == ("Cancelled", 1)
    assert "error" not in answer["Message"], "somebody wanted it so"


def test_closing_leaves_the_row_to_who_sends_the_mail(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    answer = compiled(compile_report, monkeypatch, bucket, [done(0)], closing=True, MapError=STOPPED)
    assert jobs.rows == {JOB["Id"]: {}}
    row = json.loads(json.dumps(answer["Row"]))
    assert (row["status"], row["succeeded"], row["failed"], row["error"]) == ("PartlyFailed", 1, 1, "RunStopped")


def test_the_answer_stays_far_below_a_states_limit(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes]
) -> None:
    rows = [failed(n, "X", "é" * 30_000) for n in range(2)]
    assert len(json.dumps(compiled(compile_report, monkeypatch, bucket, rows))) < 100_000


def test_a_cancelled_jobs_row_tells_how_many_were_left(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    answer = compiled(compile_report, monkeypatch, bucket, [done(0), left(1)])
    assert (answer["Status"], answer["Totals"]["Cancelled"]) == ("Cancelled", 1)
    row = jobs.rows[JOB["Id"]]
    assert (row["status"], row["succeeded"], row["failed"], row["cancelled"]) == (JobStatus.CANCELLED, 1, 1, 1)
    assert row["error"] is None, "somebody wanted it so"


@pytest.mark.parametrize(("trial", "keep", "tagged"), [(True, False, 2), (True, True, 0), (False, False, 0)])
def test_a_trials_answers_expire_by_their_tag(
    compile_report: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    bucket: dict[str, bytes],
    jobs: JobsTwin,
    trial: bool,
    keep: bool,
    tagged: int,
) -> None:
    tags: list[tuple[str, str]] = []
    monkeypatch.setattr(Objects, "tag", lambda _self, _bucket, key, tagging: tags.append((key, tagging)))
    passes = [{**one_pass(n), "ResponseKey": f"out/d/{n}.json"} for n in range(2)]
    rows = [done(0, Passes=json.dumps(passes)), done(1)]
    job = {**JOB, "Trial": trial, "KeepPayloads": keep}
    compiled(compile_report, monkeypatch, bucket, rows, Job=job)

    assert len([key for key, _ in tags if key in ("out/d/0.json", "out/d/1.json")]) == tagged
    assert {tagging for _, tagging in tags} <= {"backdrop=payload"}


def test_a_region_that_was_left_out_is_told_in_report_and_mail(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes]
) -> None:
    began = round(clock.parse(STARTED).timestamp() * 1000)
    denied = explain("Bedrock.AccessDeniedException", "You don't have access to the model. (in us-west-2)")
    schedules = Schedules()
    schedules.rows[f"{INPAINT}@us-west-2"] = pacing.failed(Schedule.of(20), denied, began + 5_000)
    schedules.rows[f"{INPAINT}@us-east-2"] = pacing.failed(Schedule.of(20), denied, began - 3_600_000)
    schedules.rows[INPAINT] = Schedule.of(20)
    monkeypatch.setattr(compile_report, "_schedules", schedules)
    regions = ModelRegions.of("us-east-1", "us-west-2,us-east-2")
    monkeypatch.setattr(compile_report, "_environment", compile_report._environment._replace(regions=regions))

    told = compiled(compile_report, monkeypatch, bucket, [done(0), done(1)])

    report = json.loads(bucket[told["ReportKey"]])
    assert [(one["Region"], one["ModelId"], one["Code"]) for one in report["RegionsLeftOut"]] == [
        ("us-west-2", INPAINT, "MODEL_ACCESS_DENIED")
    ], "not the one of an hour before"
    assert clock.parse(report["RegionsLeftOut"][0]["Since"]).timestamp() == began / 1000 + 5
    assert f"Left out: us-west-2 for {INPAINT}, from " in told["Message"]
    assert "MODEL_ACCESS_DENIED: Bedrock.AccessDeniedException: You don't have access" in told["Message"]


def test_the_mail_tells_calls_by_region_where_there_were_several(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes]
) -> None:
    elsewhere = {"Regions": {"us-west-2": 1}, "Region": "us-west-2"}
    rows = [done(0), done(1, Passes=json.dumps([one_pass(0), {**one_pass(1), **elsewhere}]))]
    told = compiled(compile_report, monkeypatch, bucket, rows)
    assert "Model calls by Region: 3 in us-east-1 (USD 0.21), 1 in us-west-2 (USD 0.07)" in told["Message"]
    assert "by Region" not in compiled(compile_report, monkeypatch, bucket, [done(0), done(1)])["Message"]


def test_the_report_is_signed_and_the_next_of_the_chain(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes]
) -> None:
    for number in (1, 2):
        key = compiled(compile_report, monkeypatch, bucket, [done(0), done(1)])["ReportKey"]
        chain = json.loads(bucket[key])["Chain"]
        assert chain["Number"] == number
        link = json.loads(bucket[chain["Link"]])
        assert link["Report"] == {"Key": key, "Sha256": hashlib.sha256(bucket[key]).hexdigest()}
        assert {f"{key}.sig", f"{chain['Link']}.sig", chain["Key"]["PublicKey"]} <= set(bucket)
    first = keys.link_key(keys.chain_folder(key), 1)
    assert chain["Previous"] == {"Number": 1, "Sha256": hashlib.sha256(bucket[first]).hexdigest()}


def test_a_key_that_was_switched_off_takes_no_report_away(
    compile_report: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    bucket: dict[str, bytes],
    jobs: JobsTwin,
    kms: KmsTwin,
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    kms.refuse = ClientError({"Error": {"Code": "DisabledException", "Message": "key is disabled"}}, "Sign")

    key = compiled(compile_report, monkeypatch, bucket, [done(0), done(1)])["ReportKey"]

    document = json.loads(bucket[key])
    assert (document["Chain"], "DisabledException: key is disabled" in document["ChainError"]) == (None, True)
    assert f"{key}.sig" not in bucket
    assert not [one for one in bucket if one.startswith("status/chain/")]
    assert jobs.rows[JOB["Id"]]["status"] is JobStatus.SUCCEEDED


def test_kms_that_does_not_answer_is_waited_for(
    compile_report: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: dict[str, bytes], jobs: JobsTwin, kms: KmsTwin
) -> None:
    jobs.rows = {JOB["Id"]: {}}
    kms.refuse = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "Sign")

    with pytest.raises(StorageUnavailable):
        compiled(compile_report, monkeypatch, bucket, [done(0), done(1)])

    assert jobs.rows == {JOB["Id"]: {}}, "the state machine tries it again"


def test_reports_are_locked_where_the_stack_locks_them(bucket_at_the_wire: Bucket) -> None:
    store = replace(bucket_at_the_wire.objects, lock=Lock(30, "COMPLIANCE"))

    store.put("b", "status/d/r.json", b"{}", "application/json")
    assert store.put_new("b", "status/chain/1.json", b"{}", "application/json")
    assert not store.put_new("b", "status/chain/1.json", b"another", "application/json")

    assert bucket_at_the_wire.data["status/chain/1.json"] == b"{}"
    for request in bucket_at_the_wire.requests:
        assert request.headers["x-amz-object-lock-mode"] in (b"COMPLIANCE", "COMPLIANCE")
        until = request.headers["x-amz-object-lock-retain-until-date"]
        until = until.decode() if isinstance(until, bytes) else until
        days = (clock.parse(until.replace("Z", "+00:00")) - clock.now()).total_seconds() / 86_400
        assert 29.9 < days < 30.1


@pytest.fixture
def bucket_at_the_wire() -> Bucket:
    return Bucket()
