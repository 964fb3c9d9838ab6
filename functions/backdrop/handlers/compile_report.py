"""CompileReport: reconcile manifest and outcomes, write the report files, set the job's final status, word the mail
and the event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from backdrop.api.logs import make_logger
from backdrop.aws.clients import dynamodb, kms, s3
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.objects import Objects, lines_of
from backdrop.aws.proof.heads_table import HeadsTable
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.aws.secrets import KmsSigner
from backdrop.aws.spending_table import SpendingTable
from backdrop.aws.telemetry.writing import measure
from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode, StorageUnavailable
from backdrop.core.limits import PAYLOAD_TAG, PICTURES_OF_JOB
from backdrop.core.vocabulary import JobStatus
from backdrop.core.words.marks import phrase
from backdrop.core.workflow_state import read_item
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import CompileReportEnvironment
from backdrop.jobs.manifest import read_items
from backdrop.jobs.proof.series import Head, Ledger
from backdrop.jobs.scheduling.outage import Outage
from backdrop.models import catalogue
from backdrop.reports import ending, mail
from backdrop.reports import files as report_files
from backdrop.reports.measures import measures_of
from backdrop.reports.page_pictures import write_page
from backdrop.reports.proof.links import ChainedReport, Proof, file_fact
from backdrop.reports.report import LeftOut, Report, Run, compile_report

logger = make_logger()
objects = Objects(s3)
_environment = CompileReportEnvironment.from_env()
signer = KmsSigner(kms, _environment.signing_key_arn)
_heads = HeadsTable(dynamodb, _environment.heads_table)
_spending = SpendingTable(dynamodb, _environment.spending_table)
_schedules = ScheduleTable(dynamodb, _environment.schedule_table)


@observed("CompileReport")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write the report and set the job's final status: `{"Run": the state, "ExecutionArn", "StartedAt"}` ->
    `{"Subject", "Message", "Attributes", "Event", "Status", "Totals", "ReportKey", "CsvKey", "PageKey"}`.

    With `"Closing": true`, of a job whose run has ended, the row stays as it is, and `"Row"` says what to write into it
    (`JobsTable.finish`): it ends when its mail is on its way, so that a crash between the two loses neither.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    state = event["Run"]
    job = state["Job"]
    run = Run(
        job=job,
        manifest_key=state["ManifestKey"],
        execution_arn=event["ExecutionArn"],
        region=_environment.regions.own,
        started_at=event["StartedAt"],
        finished_at=clock.iso(clock.now()),
        map_error=state.get("MapError"),
    )
    manifest = objects.get(job["S3Bucket"], run.manifest_key)
    items = read_items(lines_of(manifest))
    rows = ImagesTable(dynamodb, _environment.images_table).outcomes(job["Id"])
    report = compile_report(run, items, rows, _label_calls(run, items), _left_out(run))
    files = keys.report_keys(job["StatusS3Prefix"], job["Id"])
    document, head = _write(report, files, manifest)
    _write_page(job, document, files, signed=head is not None)
    closing, row = bool(event.get("Closing")), _row_of(report, files)
    jobs = JobsTable(dynamodb, _environment.jobs_table)
    known_to_web_app = closing or jobs.finish(str(job["Id"]), **row)
    if job.get("Limited"):
        _spending.settle(job["Id"], report.cost.usd)
    _tidy(report)
    _measure(report)
    totals = report_files.totals(report)
    # Its name may have changed since it was submitted: the mail has the one that people find it by.
    known = jobs.get(str(job["Id"])) if known_to_web_app else None
    address = _environment.web_app_url if known_to_web_app else None
    words = mail.compose(report, files, address, head, known.name if known else "")
    url = ending.job_url(_environment.web_app_url, str(job["Id"])) if known_to_web_app else None
    told = ending.event_of(report, totals, files, url, row["error"], row["cause"], head)
    logger.info("report written", extra={"job": job["Id"], "status": report.status.value, **totals})
    return {
        "Subject": words.subject,
        "Message": words.message,
        "Attributes": ending.attributes_of(told),
        "Event": told,
        "Status": report.status.value,
        "Totals": totals,
        "ReportKey": files.json,
        "CsvKey": files.csv,
        "PageKey": files.html,
        **({"Row": row} if closing else {}),
    }


def _write(report: Report, files: keys.ReportKeys, manifest: bytes) -> tuple[bytes, Head | None]:
    """Store the report's files: locked, where the stack locks reports, and signed as the next of its chain. Returns the
    JSON and its link; None: it has none."""
    job, csv = report.run.job, report_files.to_csv(report)
    store = replace(objects, lock=_environment.lock)
    store.put(job["S3Bucket"], files.csv, csv, "text/csv; charset=utf-8")
    facts = {"Manifest": file_fact(report.run.manifest_key, manifest), "Csv": file_fact(files.csv, csv)}
    chained = ChainedReport(Ledger(store, signer, _heads), job["S3Bucket"], job["StatusS3Prefix"], job["Id"])
    try:
        both = {**facts, "Page": {"Key": files.html}}
        return chained.write(files.json, lambda chain: report_files.to_json(report, Proof(chain, None, both)))
    except StorageUnavailable:
        raise
    except BackdropError as error:
        # A key that was switched off must not take the images' report away. It says itself that it is not signed.
        logger.exception("report not signed", extra={"job": job["Id"]})
        unsigned = report_files.to_json(report, Proof(None, error.cause, facts))
        store.put(job["S3Bucket"], files.json, unsigned, "application/json")
        return unsigned, None


def _write_page(job: Mapping[str, Any], document: bytes, files: keys.ReportKeys, *, signed: bool) -> None:
    """Write the page for people, out of the report as it was written; signed, where that could be."""
    known = JobsTable(dynamodb, _environment.jobs_table).get(str(job["Id"])) is not None
    url = ending.job_url(_environment.web_app_url, str(job["Id"])) if known else None
    # Nobody has judged an image of a job that ends just now.
    images = ending.image_url(_environment.web_app_url, str(job["Id"]), "") if known else None
    at, by = clock.iso(clock.now()), signer if signed else None
    write_page(
        objects,
        job["S3Bucket"],
        files.html,
        document,
        {},
        job_url=url,
        images_url=images,
        written_at=at,
        signer=by,
    )


def _label_calls(run: Run, items: Iterable[Mapping[str, Any]]) -> int:
    """How often the job asked Rekognition where labels are: each answer was kept (handlers/_shared/photo_facts.py)."""
    first = next((item for item in items if read_item(item).to_locate), None)
    if first is None:
        return 0
    prefix = keys.labels_prefix(str(first["Key"]), keys.owner_hash(run.settings.id))
    return objects.count_since(run.settings.bucket, prefix, clock.parse(run.started_at))


def _left_out(run: Run) -> list[LeftOut]:
    """Where the job's models were not called for a time while it ran."""
    found, began_ms = [], clock.parse(run.started_at).timestamp() * 1000
    job = run.settings
    for service_id in catalogue.services_called(job.model_id, job.mode, job.options):
        regions = _environment.regions.of_model(service_id)
        for region in regions if len(regions) > 1 else ():
            schedule = _schedules.read(service_id, region)
            out = schedule.outage if schedule else Outage()
            if out.until > began_ms:
                found.append(
                    LeftOut(
                        region, service_id, out.code, out.cause, clock.iso_of_ms(out.since), clock.iso_of_ms(out.until)
                    )
                )
    return found


def _tidy(report: Report) -> None:
    """Delete the payloads that are spent, and let those expire that may be used once more. The report stands already:
    what stays costs storage and nothing else."""
    job = report.run.job
    try:
        objects.delete(str(job["S3Bucket"]), report.spent_payloads)
        # Those that later jobs may use have a tag, and an age, of their own.
        if not job.get("KeepPayloads") and not report.run.settings.answers_folder:
            for key in report.lent_answers:
                objects.tag(str(job["S3Bucket"]), key, PAYLOAD_TAG)
    except BackdropError:
        logger.exception("payloads could not be deleted", extra={"job": job["Id"]})


def _measure(report: Report) -> None:
    """Tell CloudWatch what the job came to, once a run of the workflow. It is worth no report."""
    job_id, run = str(report.run.job["Id"]), report.run.execution_arn
    try:
        if not _spending.claim_measuring(run, clock.now()):
            return
    except BackdropError:
        logger.exception("not measured", extra={"job": job_id})
        return
    for values, dimensions in measures_of(report):
        measure(values, dimensions, message="job measured", job=job_id)


def _row_of(report: Report, files: keys.ReportKeys) -> dict[str, Any]:
    """Return how the job's row ends, as `JobsTable.finish` takes it. There is none of a job that another system
    started."""
    error, cause = _job_error(report)
    return {
        "status": report.status,
        "finished_at": report.run.finished_at,
        "succeeded": report.succeeded,
        "failed": report.failed,
        "need_review": report.to_review,
        "cancelled": report.cancelled if report.status is JobStatus.CANCELLED else None,
        "report_key": files.json,
        "report_csv_key": files.csv,
        "report_page_key": files.html,
        "cost_usd": report.cost.usd,
        "picture_keys": _picture_keys(report),
        "error": error,
        "cause": cause,
    }


def _picture_keys(report: Report) -> list[str]:
    """A few finished images to recognise the job by, of as many photos as there are."""
    made = sorted((one for one in report.images if one.succeeded), key=lambda one: one.variation)
    return [str(one.row["OutputKey"]) for one in made[:PICTURES_OF_JOB]]


def _job_error(report: Report) -> tuple[str | None, str | None]:
    """Return `Error` and `Cause` of the job's row: of the batch when it broke, else of a job in which no image
    succeeded."""
    if report.map_failure and report.run.map_error:
        return str(report.run.map_error.get("Error")), f"{report.map_failure.code}: {report.map_failure.cause}"
    if report.status is not JobStatus.FAILED:
        return None, None
    reasons = Counter((one.failure.code, one.failure.cause) for one in report.failures if one.failure)
    if not reasons:
        return "NoImageSucceeded", f"{ErrorCode.NO_PHOTOS}: {phrase('The manifest holds no image.')}"
    (code, cause), count = reasons.most_common(1)[0]
    words = phrase(
        "None of {total:,} images succeeded; {failed:,} for this reason: {cause}",
        total=report.total,
        failed=count,
        cause=cause,
    )
    return "NoImageSucceeded", f"{code}: {words}"
