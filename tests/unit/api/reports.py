"""A report for a job of the twins, as CompileReport writes it."""

from __future__ import annotations

from typing import Any

from backdrop.core.vocabulary import JobStatus
from backdrop.reports import files
from backdrop.reports.report import compile_report
from tests.unit.api.conftest import Api
from tests.unit.reports.conftest import done, item, run


def give_report(api: Api, job: str, rows: list[dict[str, Any]] | None = None, **settings: Any) -> None:
    """End the job with a report of `rows` (default: its first image succeeded), in the twins' bucket."""
    rows = [done(0)] if rows is None else rows
    report = compile_report(run(Id=job, **settings), [item(n) for n in range(len(rows))], rows)
    key = f"status-report-files/d/status_report_{job}.json"
    api.objects.data[key] = files.to_json(report)
    api.edit_job(
        job,
        status=JobStatus.SUCCEEDED,
        finished_at="2026-11-21T04:05:00.000Z",
        succeeded=len(rows),
        failed=0,
        report_key=key,
        report_csv_key="status-report-files/d/r.csv",
        report_page_key="status-report-files/d/r.html",
    )
