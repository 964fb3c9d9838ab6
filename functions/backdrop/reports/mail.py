"""The mail about a finished job: a subject and a plain text that say what truly happened."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from backdrop.core.errors import ErrorCode
from backdrop.core.keys import ReportKeys
from backdrop.core.names import shown
from backdrop.core.naming import ascii_name
from backdrop.core.options import TRANSPARENT
from backdrop.core.scenes import describe_scene
from backdrop.core.vocabulary import JobStatus
from backdrop.core.workflow_state import RunningJob
from backdrop.jobs.proof.series import Head
from backdrop.reports.ending import job_url
from backdrop.reports.report import Report, photo_options

_SUBJECT_LENGTH = 99
_SUBJECT_ID_LENGTH = 32
"""SNS takes subjects of less than 100 ASCII characters without control characters:
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

_LISTED_FAILURES = 20
_PROMPT_LENGTH = 500
_NAME_LENGTH = 120
_CAUSE_LENGTH = 400


@dataclass(frozen=True)
class Mail:
    """Subject and body, plain text."""

    subject: str
    message: str


def compose(
    report: Report, report_keys: ReportKeys, web_app_url: str | None, link: Head | None = None, name: str = ""
) -> Mail:
    """The mail of a report. `web_app_url` is None for a job that the web app does not know, `link` (the report's in the
    stack's chain) for a report that is not signed. `name`: what the job is called now."""
    blocks = [
        f"Job: {_one_line(name, _NAME_LENGTH)}" if name else "",
        _outcome(report),
        _facts(report),
        _failures(report),
        _links(report, report_keys, web_app_url, link),
        _next_steps(report),
    ]
    return Mail(subject(report, name), "\n\n".join(block for block in blocks if block) + "\n")


def without_report(job_id: str, cause: str, why: str, web_app_url: str) -> Mail:
    """Return the mail of a job that was closed, because of `cause`, and of which no report could be made: `why` not."""
    blocks = [
        f"Job {job_id} failed, and no report could be written.",
        f"Cause: {_one_line(cause, _CAUSE_LENGTH)}\nNo report: {_one_line(why, _CAUSE_LENGTH)}",
        "Images that were finished before are kept; nothing that was paid for is lost.",
        "What to do next: tell the people who run Backdrop; the history of the job's execution has the details.",
        f"Job page: {job_url(web_app_url, job_id)}",
    ]
    return Mail(f"Backdrop failed: {job_id}", "\n\n".join(blocks) + "\n")


def subject(report: Report, name: str = "") -> str:
    """Return the subject, for example `Backdrop: 4 of 5 images done, 1 failed: Mugs (job 01jd...)`, with as much of the
    job's name as fits and is ASCII."""
    id_ = _shortened("".join(c if " " < c < "\x7f" else "?" for c in str(report.run.job["Id"])), _SUBJECT_ID_LENGTH)
    done = f"{report.succeeded} of {report.total} {_images(report.total)} done"
    words = {
        JobStatus.SUCCEEDED: f"all {report.total} images done" if report.total > 1 else done,
        JobStatus.PARTLY_FAILED: f"{done}, {report.failed} failed",
        JobStatus.FAILED: f"FAILED, {done}",
        JobStatus.CANCELLED: f"cancelled, {done}" + (f", {_broken(report)} failed" if _broken(report) else ""),
    }[report.status]
    around = f"Backdrop: {words} (job {id_})"
    called = ascii_name(name, _SUBJECT_LENGTH - len(around) - len(": "))
    return f"Backdrop: {words}{f': {called}' if called else ''} (job {id_})"


def _outcome(report: Report) -> str:
    if report.status is JobStatus.SUCCEEDED:
        text = f"{'The' if report.total == 1 else f'All {report.total:,}'} {_images(report.total)} "
        text += f"{'has its' if report.total == 1 else 'have their'} new background."
    elif report.status is JobStatus.PARTLY_FAILED:
        text = f"{report.succeeded:,} of {report.total:,} images have their new background; {report.failed:,} failed."
    elif report.status is JobStatus.CANCELLED:
        text = _cancelled(report)
    else:
        text = f"None of the {report.total:,} {_images(report.total)} got a new background."
    if report.to_review:
        text += (
            f"\n{report.to_review:,} of them should be looked at before use: the report and the web app say why."
            if report.to_review > 1
            else "\nOne of them should be looked at before use: the report and the web app say why."
        )
    if report.map_failure and report.map_failure.code is not ErrorCode.JOB_CANCELLED:
        text += f"\nThe batch ended with an error: {_one_line(report.map_failure.cause, _CAUSE_LENGTH)}"
        text += f"\nNext step: {_one_line(report.map_failure.next_step, _CAUSE_LENGTH)}"
    return text


def _cancelled(report: Report) -> str:
    text = f"The job was cancelled: {report.cancelled:,} of {report.total:,} {_images(report.total)} "
    text += f"{'was' if report.cancelled == 1 else 'were'} not begun."
    if report.succeeded:
        text += f" {report.succeeded:,} {'has its' if report.succeeded == 1 else 'have their'} new background."
    if _broken(report):
        text += f" {_broken(report):,} failed."
    return text


def _broken(report: Report) -> int:
    """Images that failed by themselves."""
    return report.failed - report.cancelled


def _facts(report: Report) -> str:
    job = report.run.job
    lines = [
        *_background(report.run.settings),
        *_own_words(report),
        _model(report),
        _cost(report),
    ]
    if len(report.regions) > 1:
        where = (f"{one.calls:,} in {one.region} (USD {one.usd:.2f})" for one in report.regions)
        lines.append(f"Model calls by Region: {', '.join(where)}")
    for out in report.left_out:
        cause = _one_line(out.cause, _CAUSE_LENGTH)
        lines.append(f"Left out: {out.region} for {out.model_id}, from {out.since} to {out.until}: {out.code}: {cause}")
    if report.reused:
        lines.append(f"Not paid for again: {report.reused:,} calls, whose answers to the same request were kept.")
    if report.seconds is not None:
        lines.append(f"Duration: {duration_words(report.seconds)}")
    if job.get("RequestedBy"):
        lines.append(f"Requested by: {_one_line(str(job['RequestedBy']), _NAME_LENGTH)}")
    if job.get("Team"):
        lines.append(f"Team: {_one_line(str(job['Team']), _NAME_LENGTH)}")
    return "\n".join(lines)


def _model(report: Report) -> str:
    """What made the images: the job's model, or what was called in its place, as a plain background's cut-out is."""
    job = report.run.job
    called = [one.model_id for one in report.cost.services]
    if called and job["ModelId"] not in called:
        models = f"Models called: {', '.join(called)}"
    else:
        models = f"Model: {job['ModelId']}"
    seed = f", seed {job['Seed']}" if report.run.settings.options.generates else ""
    return f"{models}, mode {job['Mode']}{seed}"


def _cost(report: Report) -> str:
    cost = report.cost
    if not cost.usd:
        return "Cost: nothing, no model that costs something was called."
    prices = f"list prices of {cost.price_date}"
    calls = f"{report.calls:,} model call{'' if report.calls == 1 else 's'}"
    if cost.usd == cost.answered_usd:
        return f"Cost: USD {cost.usd:.2f} for {calls} ({prices})."
    return (
        f"Cost: at most USD {cost.usd:.2f} for {calls}, retries included "
        f"(USD {cost.answered_usd:.2f} for those that were answered; {prices})."
    )


def _background(job: RunningJob) -> list[str]:
    """What the product was laid on. A job on a colour, or on nothing, has a prompt only where another system gave it
    one."""
    options = job.options
    lines = []
    if not options.generates:
        plain = "transparent" if options.background == TRANSPARENT else f"the colour {options.background}"
        if options.backdrop:
            plain = f"the picture {options.backdrop.name or options.backdrop.key}"
        lines.append(f"Background: {_one_line(plain, _PROMPT_LENGTH)}")
    if job.prompt:
        lines.append(f"Prompt: {_one_line(job.prompt, _PROMPT_LENGTH)}")
    for number, scene in enumerate(options.scenes, 2):
        lines.append(f"Scene {number}: {_one_line(describe_scene(scene), _PROMPT_LENGTH)}")
    return lines


def _own_words(report: Report) -> list[str]:
    number = sum(
        image.own_prompt is not None and not photo_options(report.run, image.item).scene_of(image.variation)
        for image in report.images
    )
    return [f"Images with a prompt of their own: {number:,} of {report.total:,}"] if number else []


def _failures(report: Report) -> str:
    failures = [image for image in report.failures if not image.left]
    if not failures:
        return ""
    reasons = Counter(image.failure.code for image in failures if image.failure)
    lines = ["Failed: " + ", ".join(f"{count:,} x {code}" for code, count in reasons.most_common())]
    for image in failures[:_LISTED_FAILURES]:
        assert image.failure is not None
        lines.append(f"- {_one_line(image.name, _NAME_LENGTH)}")
        lines.append(f"    Reason: {_one_line(image.failure.cause, _CAUSE_LENGTH)}")
        lines.append(f"    Next step: {_one_line(image.failure.next_step, _CAUSE_LENGTH)}")
    rest = len(failures) - _LISTED_FAILURES
    if rest > 0:
        lines.append(f"- and {rest:,} more; the report names them all.")
    return "\n".join(lines)


def _links(report: Report, report_keys: ReportKeys, web_app_url: str | None, link: Head | None) -> str:
    job = report.run.job
    bucket = job["S3Bucket"]
    lines = [
        f"Report for people (CSV): s3://{bucket}/{report_keys.csv}",
        f"Report for auditors (JSON): s3://{bucket}/{report_keys.json}",
        f"Finished images: s3://{bucket}/{job['OutputS3Prefix']}/",
    ]
    if web_app_url:
        lines.insert(0, f"Look at the results: {job_url(web_app_url, str(job['Id']))}")
        lines.insert(1, f"Report with pictures: {job_url(web_app_url, str(job['Id']))}&report=page")
        lines.insert(2, _who_may_look(report))
    else:
        lines.insert(0, f"Report with pictures (HTML): s3://{bucket}/{report_keys.html}")
    if link:
        # Whoever keeps the mail can tell later that nothing was taken away from the chain up to here (docs/proof.md).
        lines.append(f"Place in the chain of reports: {link.number}:{link.sha256}")
    return "\n".join(lines)


def _who_may_look(report: Report) -> str:
    job = report.run.job
    who = _one_line(str(job.get("RequestedBy") or ""), _NAME_LENGTH) or "who started the job"
    team = f", everybody of the team {_one_line(str(job['Team']), _NAME_LENGTH)}" if job.get("Team") else ""
    return f"Both open for {who}{team}, ops and auditors. If they do not open for you, ask {who} to share the job."


def _next_steps(report: Report) -> str:
    if report.status is JobStatus.SUCCEEDED:
        return "What to do next: look at the results and download them."
    if report.status is JobStatus.CANCELLED:
        return (
            "What to do next: nothing, if that is what you wanted. To make the images that were left, run them again "
            "as a new job; images that are done stay as they are."
        )
    return (
        "What to do next: follow the step named with each reason, then submit the failed images again as a new job. "
        "Images that are done stay as they are."
    )


def _images(count: int) -> str:
    return "image" if count == 1 else "images"


def duration_words(seconds: float) -> str:
    """Return a duration as people say it, such as `2 min 6 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _one_line(text: str, length: int) -> str:
    """Return a text on one line: names and prompts come from people, and must not start lines of their own in the mail,
    nor turn it around."""
    return _shortened(" ".join(shown(text).split()), length)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
