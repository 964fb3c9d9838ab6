"""The Jobs table's conditional updates, on a table that takes conditions as DynamoDB does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backdrop.aws.items import from_item, to_item
from backdrop.aws.jobs_table import JobsTable
from backdrop.core.search import Search
from backdrop.core.vocabulary import JobStatus

AT = "2026-11-21T04:00:00.000Z"
ARN = "arn:aws:states:us-east-1:0:execution:m:j"


class Row:
    """One row. Understands what `JobsTable` writes: `SET`, `REMOVE`, `=`, `<>`, `attribute_exists`, `AND`."""

    def __init__(self, **attributes: Any) -> None:
        self.attributes = {"JobId": "j", "ImageCount": 3, **attributes}

    def update_item(self, **asked: Any) -> dict[str, Any]:
        names, values = asked["ExpressionAttributeNames"], from_item(asked["ExpressionAttributeValues"])
        used = asked["UpdateExpression"] + " " + asked["ConditionExpression"]
        assert set(names) == set(re.findall(r"#\w+", used)), "DynamoDB refuses names that are not used"
        assert set(values) == set(re.findall(r":\w+", used))
        exists = asked["Key"] == to_item({"JobId": self.attributes.get("JobId")})
        row = self.attributes if exists else {}
        if not all(self._holds(one, row, names, values) for one in asked["ConditionExpression"].split(" AND ")):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": "no"}}, "UpdateItem")
        before = dict(row)
        sets, _, removed = asked["UpdateExpression"].removeprefix("SET ").partition(" REMOVE ")
        for one in sets.split(", "):
            name, _, value = one.partition(" = ")
            row[names.get(name, name)] = values[value] if value in values else before[value]
        for name in filter(None, removed.split(", ")):
            row.pop(names.get(name, name), None)
        return {}

    @staticmethod
    def _holds(text: str, row: dict[str, Any], names: dict[str, str], values: dict[str, Any]) -> bool:
        if found := re.fullmatch(r"attribute_(not_)?exists\((\w+)\)", text):
            return (found[2] in row) != bool(found[1])
        name, operator, value = text.split(" ")
        same = row.get(names[name]) == values[value]
        return same if operator == "=" else not same

    @property
    def status(self) -> str:
        return str(self.attributes["Status"])


def table(row: Row) -> JobsTable:
    return JobsTable(lambda: row, "jobs")  # type: ignore[return-value, arg-type]


def test_a_job_that_was_not_started_is_over_with_true_counts() -> None:
    row = Row(Status="Submitted")

    assert table(row).cancel("j", AT) is True

    counts = {name: row.attributes[name] for name in ("Succeeded", "Failed", "Cancelled", "CostUsd")}
    assert (row.status, row.attributes["CancelledAt"], row.attributes["FinishedAt"]) == ("Cancelled", AT, AT)
    assert counts == {"Succeeded": 0, "Failed": 3, "Cancelled": 3, "CostUsd": 0}
    assert table(row).cancel("j", "2027") is False
    assert row.attributes["CancelledAt"] == AT


def test_a_running_job_is_noted_only() -> None:
    row = Row(Status="Running")

    assert table(row).cancel("j", AT) is True
    assert (row.status, row.attributes["CancelledAt"]) == ("Running", AT)
    assert "FinishedAt" not in row.attributes
    assert table(row).cancel("j", AT) is False


@pytest.mark.parametrize("status", ["Succeeded", "PartlyFailed", "Failed"])
def test_a_job_that_has_ended_stays_so(status: str) -> None:
    row = Row(Status=status)

    assert table(row).cancel("j", AT) is False
    assert "CancelledAt" not in row.attributes


def test_a_start_that_fails_for_good_after_the_cancelling_changes_nothing() -> None:
    row = Row(Status="Submitted")
    table(row).cancel("j", AT)
    before = dict(row.attributes)

    assert table(row).fail_start("j", cause="no", finished_at=AT) is False
    assert row.attributes == before


def test_a_job_whose_start_failed_for_good_can_not_be_cancelled_any_more() -> None:
    row = Row(Status="Submitted")

    assert table(row).fail_start("j", cause="no", finished_at=AT) is True
    assert row.status == "Failed"
    assert table(row).cancel("j", AT) is False


def test_a_record_that_comes_again_does_not_fail_a_job_that_runs() -> None:
    row = Row(Status="Running")

    assert table(row).fail_start("j", cause="no", finished_at=AT) is False
    assert row.status == "Running"


@pytest.mark.parametrize(
    ("status", "then"),
    [("Submitted", "Running"), ("Running", "Running"), ("Failed", "Failed"), ("Cancelled", "Cancelled")],
)
def test_a_run_of_a_job_that_has_ended_does_not_show_as_running(status: str, then: str) -> None:
    row = Row(Status=status, **({"FinishedAt": AT} if JobStatus(status).final else {}))

    assert table(row).mark_running("j", ARN, AT) is True

    assert (row.status, row.attributes["ExecutionArn"]) == (then, ARN)
    assert ("StartedAt" in row.attributes) == (then == "Running")


def test_a_job_without_a_row_is_told() -> None:
    row = Row(Status="Running")

    assert table(row).mark_running("other", ARN, AT) is False
    assert table(row).finish("other", status=JobStatus.FAILED, finished_at=AT, succeeded=0, failed=1) is False


def test_a_job_is_closed_once_and_never_over_its_own_end() -> None:
    row = Row(Status="Running")
    closing: dict[str, Any] = {
        "status": JobStatus.PARTLY_FAILED,
        "finished_at": AT,
        "succeeded": 1,
        "failed": 2,
        "still_open": True,
    }

    assert table(row).finish("j", error="RunStopped", cause="RUN_STOPPED: x", **closing) is True
    closed = dict(row.attributes)
    assert table(row).finish("j", **closing) is False
    assert table(row).fail_run("j", error="RunBroke", cause="RUN_BROKE: x", finished_at=AT) is False
    assert row.attributes == closed

    # The run's own report, if it was being written when the run was stopped: it is the later one, in the bucket, too.
    assert table(row).finish("j", status=JobStatus.SUCCEEDED, finished_at=AT, succeeded=3, failed=0) is True
    assert (row.status, "Error" in row.attributes, "Cause" in row.attributes) == ("Succeeded", False, False)


def test_only_a_job_that_could_not_be_started_is_opened_again() -> None:
    row = Row(Status="Submitted")
    table(row).fail_start("j", cause="JOB_NOT_STARTED: x", finished_at=AT)

    assert table(row).reopen("j") is True
    assert (row.status, {"Error", "Cause", "FinishedAt"} & set(row.attributes)) == ("Submitted", set())
    assert table(row).reopen("j") is False
    table(row).mark_running("j", ARN, AT)
    table(row).fail_run("j", error="RunBroke", cause="x", finished_at=AT)
    assert table(row).reopen("j") is False
    assert row.status == "Failed"


class Index:
    """An owner's jobs, newest first, as the index answers a query: `ExclusiveStartKey` and `Limit`, no filter."""

    def __init__(self, count: int) -> None:
        self.rows = [job_row(number) for number in range(count, 0, -1)]
        self.read = 0

    def query(self, **asked: Any) -> dict[str, Any]:
        values = from_item(asked["ExpressionAttributeValues"])
        used = asked["KeyConditionExpression"] + " " + asked.get("FilterExpression", "")
        assert set(values) == set(re.findall(r":\w+", used)), "DynamoDB refuses values that are not used"
        after = from_item(asked.get("ExclusiveStartKey", {})).get("JobId")
        rest = [row for row in self.rows if after is None or row["JobId"] < after]
        page = rest[: asked["Limit"]]
        self.read += len(page)
        last = {name: page[-1][name] for name in ("Owner", "CreatedAt", "JobId")} if len(page) < len(rest) else {}
        return {"Items": list(map(to_item, page)), **({"LastEvaluatedKey": to_item(last)} if last else {})}


def job_row(number: int) -> dict[str, Any]:
    """The row of job `number`; every thousandth is about slate, and of an earlier version every second."""
    prompt = "slate" if number % 1000 == 500 else "oak"
    return {
        "JobId": f"{number:026d}", "Owner": "ann", "OwnerEmail": "a@b.c", "CreatedAt": f"2026-11-{number:018d}Z",
        "Status": "Succeeded", "S3Bucket": "b", "InputS3Prefix": "i", "OutputS3Prefix": "o", "StatusS3Prefix": "s",
        "ManifestKey": "m", "ImageCount": 1, "Prompt": prompt, "NegativePrompt": "", "Mode": "PRECISE",
        "ModelId": "m", "Seed": 1, **({"SearchText": f"name\n{prompt}"} if number % 2 else {}),
    }  # fmt: skip


def test_a_search_looks_at_a_thousand_jobs_a_call_and_goes_on_where_it_stopped() -> None:
    index = Index(2_600)
    jobs = JobsTable(lambda: index, "jobs")  # type: ignore[return-value, arg-type]
    search, found, reads, after = Search(words=("slate",)), [], [], None
    while True:
        index.read = 0
        page, after = jobs.of_owner("ann", 20, after, trials=False, search=search)
        found += [int(job.id) for job in page]
        reads.append(index.read)
        if after is None:
            break

    assert found == [2500, 1500, 500]
    assert reads == [1000, 1000, 600]


def test_a_full_page_of_a_search_ends_with_its_last_job() -> None:
    index = Index(40)
    jobs = JobsTable(lambda: index, "jobs")  # type: ignore[return-value, arg-type]

    first, after = jobs.of_owner("ann", 30, None, trials=True, search=Search(words=("oak",)))
    rest, end = jobs.of_owner("ann", 30, after, trials=True, search=Search(words=("oak",)))

    assert [int(job.id) for job in first + rest] == list(range(40, 0, -1))
    assert end is None
