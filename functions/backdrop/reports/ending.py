"""The end of a job as machines hear it: an event (docs/job-ended.schema.json), and attributes of its mail.

The state machine words the same for a job that ended without a report (`AnnounceFailure`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backdrop.core.names import shown
from backdrop.core.vocabulary import JobStatus

if TYPE_CHECKING:
    # Functions that end no job with a report start without it.
    from backdrop.core.keys import ReportKeys
    from backdrop.jobs.proof.series import Head
    from backdrop.reports.report import Report

SOURCE = "backdrop"
DETAIL_TYPE = "Backdrop Job Ended"
SCHEMA_VERSION = "1.1"
"""Minor: fields were added. Major: fields changed or went."""

_MOST_CHARACTERS = 1_000
"""Of a cause or a name: an event has room for 256 KB."""
_ATTRIBUTES = ("JobId", "Status", "CostUsd", "RequestedBy", "ReportKey", "PageKey")
_COUNTS = ("Images", "Succeeded", "Failed", "NeedReview")
"""With the others ten: what SNS hands on to a queue that takes messages as they are.
https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html"""


def job_url(web_app_url: str, job_id: str) -> str:
    """Return the address of a job's page, for whoever signs in."""
    return f"{web_app_url}/job?id={job_id}"


def image_url(web_app_url: str, job_id: str, image_id: str) -> str:
    """Return the address of one image, which stays the same, for whoever signs in."""
    return f"{web_app_url}/image?job={job_id}&id={image_id}"


def event_of(
    report: Report,
    totals: dict[str, int],
    files: ReportKeys,
    url: str | None,
    error: str | None,
    cause: str | None,
    link: Head | None,
) -> dict[str, Any]:
    """Return the event's `detail`. `totals`: as the report has them; `error` and `cause`: as the job's row has them;
    `url`: of the job's page, None where the web app does not know the job; `link`: its place in the chain, if any."""
    job = report.run.job
    return {
        **_beginning(str(job["Id"]), report.status, str(job.get("RequestedBy") or ""), report.run.finished_at),
        "Trial": bool(job.get("Trial")),
        "StartedAt": report.run.started_at,
        "ExecutionArn": report.run.execution_arn,
        "Totals": totals,
        "CostUsd": report.cost.usd,
        "Bucket": job["S3Bucket"],
        "OutputPrefix": job["OutputS3Prefix"],
        "ReportKey": files.json,
        "CsvKey": files.csv,
        "PageKey": files.html,
        "ChainLink": {"Number": link.number, "Sha256": link.sha256} if link else None,
        "JobUrl": url,
        "Error": _error(error, cause) if error else None,
    }


def event_without_report(
    job_id: str, requested_by: str, finished_at: str, url: str, error: str, cause: str, *, trial: bool
) -> dict[str, Any]:
    """Return the event's `detail` of a job that failed and has no report."""
    return {
        **_beginning(job_id, JobStatus.FAILED, requested_by, finished_at),
        "Trial": trial,
        **dict.fromkeys(("StartedAt", "ExecutionArn", "Totals", "CostUsd", "Bucket", "OutputPrefix")),
        **dict.fromkeys(("ReportKey", "CsvKey", "PageKey", "ChainLink")),
        "JobUrl": url,
        "Error": _error(error, cause),
    }


def attributes_of(event: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the attributes of the mail about the same end, as SNS takes them: what is not known, or empty, is left
    out, for SNS refuses empty ones."""
    found = {key: event[key] for key in _ATTRIBUTES} | {key: (event["Totals"] or {}).get(key) for key in _COUNTS}
    return {
        key: {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}
        for key, value in found.items()
        if value not in (None, "")
    }


def _beginning(job_id: str, status: JobStatus, requested_by: str, finished_at: str) -> dict[str, Any]:
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "JobId": job_id,
        "Status": status.value,
        "RequestedBy": _short(requested_by) or None,
        "FinishedAt": finished_at,
    }


def _error(error: str, cause: str | None) -> dict[str, str]:
    return {"Error": error, "Cause": _short(cause or "")}


def _short(words: str) -> str:
    return shown(words)[:_MOST_CHARACTERS]
