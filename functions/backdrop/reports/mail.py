"""The mail about a finished job: a subject and a plain text that say what truly happened, in the language of whoever
asked for the job (docs/languages.md)."""

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
from backdrop.core.words.catalogue import Words
from backdrop.core.words.languages import ENGLISH, choose_language
from backdrop.core.workflow_state import RunningJob
from backdrop.jobs.proof.series import Head
from backdrop.reports.ending import job_url
from backdrop.reports.report import Report, photo_options

_SUBJECT_LENGTH = 99
_SUBJECT_ID_LENGTH = 32
"""SNS takes subjects of less than 100 ASCII characters without control characters:
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

_LETTERS = {"de": str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})}
"""How a language writes its own letters in ASCII; others lose their marks."""

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
    words = _words_of(report)
    blocks = [
        words.translate("Job: {name}", name=_one_line(name, _NAME_LENGTH)) if name else "",
        _outcome(report, words),
        _facts(report, words),
        _failures(report, words),
        _links(report, report_keys, web_app_url, link, words),
        _next_steps(report, words),
    ]
    return Mail(subject(report, name), "\n\n".join(block for block in blocks if block) + "\n")


def without_report(job_id: str, cause: str, why: str, web_app_url: str, language: str | None = None) -> Mail:
    """Return the mail of a job that was closed, because of `cause`, and of which no report could be made: `why` not."""
    words = Words(language or ENGLISH)
    blocks = [
        words.translate("Job {job_id} failed, and no report could be written.", job_id=job_id),
        words.translate("Cause: {cause}", cause=_one_line(_told(words, cause), _CAUSE_LENGTH))
        + "\n"
        + words.translate("No report: {cause}", cause=_one_line(_told(words, why), _CAUSE_LENGTH)),
        words.translate("Images that were finished before are kept; nothing that was paid for is lost."),
        words.translate(
            "What to do next: tell the people who run Backdrop; the history of the job's execution has the details."
        ),
        words.translate("Job page: {url}", url=job_url(web_app_url, job_id)),
    ]
    return Mail(_ascii(words.translate("Backdrop failed: {job_id}", job_id=job_id)), "\n\n".join(blocks) + "\n")


def subject(report: Report, name: str = "") -> str:
    """Return the subject, for example `Backdrop: 4 of 5 images done, 1 failed: Mugs (job 01jd...)`, with as much of the
    job's name as fits and is ASCII."""
    words = _words_of(report)
    id_ = _shortened("".join(c if " " < c < "\x7f" else "?" for c in str(report.run.job["Id"])), _SUBJECT_ID_LENGTH)
    told = _subject_words(report, words)
    around = _ascii(words.translate("Backdrop: {what} (job {job_id})", what=told, job_id=id_))
    called = ascii_name(name.translate(_LETTERS.get(words.language, {})), _SUBJECT_LENGTH - len(around) - len(": "))
    if not called:
        return around
    return _ascii(words.translate("Backdrop: {what}: {name} (job {job_id})", what=told, name=called, job_id=id_))


def _subject_words(report: Report, words: Words) -> str:
    total, done, failed = report.total, report.succeeded, report.failed
    match report.status:
        case JobStatus.SUCCEEDED if total > 1:
            return words.translate("all {total} images done", total=total)
        case JobStatus.SUCCEEDED:
            return words.translate_count(
                "{done} of {count} image done", "{done} of {count} images done", total, done=done
            )
        case JobStatus.PARTLY_FAILED:
            return words.translate_count(
                "{done} of {count} image done, {failed} failed",
                "{done} of {count} images done, {failed} failed",
                total,
                done=done,
                failed=failed,
            )
        case JobStatus.FAILED:
            return words.translate_count(
                "FAILED, {done} of {count} image done", "FAILED, {done} of {count} images done", total, done=done
            )
    if _broken(report):
        return words.translate_count(
            "cancelled, {done} of {count} image done, {failed} failed",
            "cancelled, {done} of {count} images done, {failed} failed",
            total,
            done=done,
            failed=_broken(report),
        )
    return words.translate_count(
        "cancelled, {done} of {count} image done", "cancelled, {done} of {count} images done", total, done=done
    )


def _words_of(report: Report) -> Words:
    return Words(choose_language([report.run.job.get("Language")]))


def _told(words: Words, text: str) -> str:
    """A recorded cause in the mail's language; its code, where it begins with one, stays."""
    code, separator, rest = text.partition(": ")
    if separator and code in ErrorCode.__members__:
        return f"{code}: {words.recognise(rest)}"
    return words.recognise(text)


def _ascii(text: str) -> str:
    """A subject in the letters that SNS takes: `für` becomes `fuer`."""
    return text if text.isascii() else ascii_name(text.translate(_LETTERS["de"]), len(text) * 2)


def _outcome(report: Report, words: Words) -> str:
    total = report.total
    if report.status is JobStatus.SUCCEEDED:
        text = words.translate_count(
            "The image has its new background.", "All {count:,} images have their new background.", total
        )
    elif report.status is JobStatus.PARTLY_FAILED:
        text = words.translate(
            "{done:,} of {total:,} images have their new background; {failed:,} failed.",
            done=report.succeeded,
            total=total,
            failed=report.failed,
        )
    elif report.status is JobStatus.CANCELLED:
        text = _cancelled(report, words)
    else:
        text = words.translate_count(
            "None of the {count:,} image got a new background.",
            "None of the {count:,} images got a new background.",
            total,
        )
    if redone := report.run.job.get("RedoOf"):
        text += "\n" + words.translate(
            "It makes new tries for the job {job_id}, and they are in that job's set.",
            job_id=_one_line(str(redone), _NAME_LENGTH),
        )
    if report.to_review:
        text += "\n" + words.translate_count(
            "One of them should be looked at before use: the report and the web app say why.",
            "{count:,} of them should be looked at before use: the report and the web app say why.",
            report.to_review,
        )
    if report.map_failure and report.map_failure.code is not ErrorCode.JOB_CANCELLED:
        cause, next_step = words.recognise(report.map_failure.cause), words.recognise(report.map_failure.next_step)
        text += "\n" + words.translate("The batch ended with an error: {cause}", cause=_one_line(cause, _CAUSE_LENGTH))
        text += "\n" + words.translate("Next step: {next_step}", next_step=_one_line(next_step, _CAUSE_LENGTH))
    return text


def _cancelled(report: Report, words: Words) -> str:
    total = report.total
    if total == 1:
        text = words.translate_count(
            "The job was cancelled: {count:,} of 1 image was not begun.",
            "The job was cancelled: {count:,} of 1 image were not begun.",
            report.cancelled,
        )
    else:
        text = words.translate_count(
            "The job was cancelled: {count:,} of {total:,} images was not begun.",
            "The job was cancelled: {count:,} of {total:,} images were not begun.",
            report.cancelled,
            total=total,
        )
    if report.succeeded:
        text += " " + words.translate_count(
            "{count:,} has its new background.", "{count:,} have their new background.", report.succeeded
        )
    if _broken(report):
        text += " " + words.translate("{failed:,} failed.", failed=_broken(report))
    return text


def _broken(report: Report) -> int:
    """Images that failed by themselves."""
    return report.failed - report.cancelled


def _facts(report: Report, words: Words) -> str:
    job = report.run.job
    lines = [
        *_background(report.run.settings, words),
        *_own_words(report, words),
        _model(report, words),
        _cost(report, words),
    ]
    if len(report.regions) > 1:
        where = ", ".join(
            words.translate("{calls:,} in {region} (USD {usd:.2f})", calls=one.calls, region=one.region, usd=one.usd)
            for one in report.regions
        )
        lines.append(words.translate("Model calls by Region: {regions}", regions=where))
    lines += [
        words.translate(
            "Left out: {region} for {model_id}, from {since} to {until}: {code}: {cause}",
            region=out.region,
            model_id=out.model_id,
            since=out.since,
            until=out.until,
            code=out.code,
            cause=_one_line(words.recognise(out.cause), _CAUSE_LENGTH),
        )
        for out in report.left_out
    ]
    if report.reused:
        lines.append(
            words.translate(
                "Not paid for again: {calls:,} calls, whose answers to the same request were kept.", calls=report.reused
            )
        )
    if report.seconds is not None:
        lines.append(words.translate("Duration: {duration}", duration=duration_words(report.seconds)))
    if job.get("RequestedBy"):
        lines.append(words.translate("Requested by: {who}", who=_one_line(str(job["RequestedBy"]), _NAME_LENGTH)))
    if job.get("Team"):
        lines.append(words.translate("Team: {team}", team=_one_line(str(job["Team"]), _NAME_LENGTH)))
    return "\n".join(lines)


def _model(report: Report, words: Words) -> str:
    """What made the images: the job's model, or what was called in its place, as a plain background's cut-out is."""
    job = report.run.job
    called = [one.model_id for one in report.cost.services]
    mode, seed = job["Mode"], job["Seed"]
    if called and job["ModelId"] not in called:
        models = ", ".join(called)
        if report.run.settings.options.generates:
            return words.translate(
                "Models called: {models}, mode {mode}, seed {seed}", models=models, mode=mode, seed=str(seed)
            )
        return words.translate("Models called: {models}, mode {mode}", models=models, mode=mode)
    if report.run.settings.options.generates:
        return words.translate(
            "Model: {model_id}, mode {mode}, seed {seed}", model_id=job["ModelId"], mode=mode, seed=str(seed)
        )
    return words.translate("Model: {model_id}, mode {mode}", model_id=job["ModelId"], mode=mode)


def _cost(report: Report, words: Words) -> str:
    cost = report.cost
    if not cost.usd:
        return words.translate("Cost: nothing, no model that costs something was called.")
    if cost.usd == cost.answered_usd:
        return words.translate_count(
            "Cost: USD {usd:.2f} for {count:,} model call (list prices of {day}).",
            "Cost: USD {usd:.2f} for {count:,} model calls (list prices of {day}).",
            report.calls,
            usd=cost.usd,
            day=cost.price_date,
        )
    return words.translate_count(
        "Cost: at most USD {usd:.2f} for {count:,} model call, retries included "
        "(USD {answered:.2f} for those that were answered; list prices of {day}).",
        "Cost: at most USD {usd:.2f} for {count:,} model calls, retries included "
        "(USD {answered:.2f} for those that were answered; list prices of {day}).",
        report.calls,
        usd=cost.usd,
        answered=cost.answered_usd,
        day=cost.price_date,
    )


def _background(job: RunningJob, words: Words) -> list[str]:
    """What the product was laid on. A job on a colour, or on nothing, has a prompt only where another system gave it
    one."""
    options = job.options
    lines = []
    if options.backdrop and not options.generates:
        name = _one_line(options.backdrop.name or options.backdrop.key, _PROMPT_LENGTH)
        lines.append(words.translate("Background: the picture {name}", name=name))
    elif options.background == TRANSPARENT:
        lines.append(words.translate("Background: transparent"))
    elif not options.generates:
        lines.append(words.translate("Background: the colour {colour}", colour=options.background))
    if job.prompt:
        lines.append(words.translate("Prompt: {prompt}", prompt=_one_line(job.prompt, _PROMPT_LENGTH)))
    for number, scene in enumerate(options.scenes, 2):
        told = describe_scene(scene)
        told = _one_line(told if scene.generates else words.recognise(told), _PROMPT_LENGTH)
        lines.append(words.translate("Scene {number}: {scene}", number=number, scene=told))
    return lines


def _own_words(report: Report, words: Words) -> list[str]:
    number = sum(
        image.own_prompt is not None and not photo_options(report.run, image.item).scene_of(image.variation)
        for image in report.images
    )
    if not number:
        return []
    return [
        words.translate("Images with a prompt of their own: {number:,} of {total:,}", number=number, total=report.total)
    ]


def _failures(report: Report, words: Words) -> str:
    failures = [image for image in report.failures if not image.left]
    if not failures:
        return ""
    reasons = Counter(image.failure.code for image in failures if image.failure)
    codes = ", ".join(f"{count:,} x {code}" for code, count in reasons.most_common())
    lines = [words.translate("Failed: {codes}", codes=codes)]
    for image in failures[:_LISTED_FAILURES]:
        assert image.failure is not None
        cause, next_step = words.recognise(image.failure.cause), words.recognise(image.failure.next_step)
        reason = words.translate("Reason: {cause}", cause=_one_line(cause, _CAUSE_LENGTH))
        step = words.translate("Next step: {next_step}", next_step=_one_line(next_step, _CAUSE_LENGTH))
        lines += [f"- {_one_line(image.name, _NAME_LENGTH)}", f"    {reason}", f"    {step}"]
    rest = len(failures) - _LISTED_FAILURES
    if rest > 0:
        lines.append(words.translate("- and {rest:,} more; the report names them all.", rest=rest))
    return "\n".join(lines)


def _links(report: Report, report_keys: ReportKeys, web_app_url: str | None, link: Head | None, words: Words) -> str:
    job = report.run.job
    bucket = f"s3://{job['S3Bucket']}"
    if web_app_url:
        url = job_url(web_app_url, str(job["Id"]))
        lines = [
            words.translate("Look at the results: {url}", url=url),
            words.translate("Report with pictures: {url}", url=f"{url}&report=page"),
            _who_may_look(report, words),
        ]
    else:
        lines = [words.translate("Report with pictures (HTML): {url}", url=f"{bucket}/{report_keys.html}")]
    lines += [
        words.translate("Report for people (CSV): {url}", url=f"{bucket}/{report_keys.csv}"),
        words.translate("Report for auditors (JSON): {url}", url=f"{bucket}/{report_keys.json}"),
        words.translate("Finished images: {url}", url=f"{bucket}/{job['OutputS3Prefix']}/"),
    ]
    if link:
        # Whoever keeps the mail can tell later that nothing was taken away from the chain up to here (docs/proof.md).
        place = f"{link.number}:{link.sha256}"
        lines.append(words.translate("Place in the chain of reports: {place}", place=place))
    return "\n".join(lines)


def _who_may_look(report: Report, words: Words) -> str:
    job = report.run.job
    who = _one_line(str(job.get("RequestedBy") or ""), _NAME_LENGTH) or words.translate("who started the job")
    if job.get("Team"):
        return words.translate(
            "Both open for {who}, everybody of the team {team}, ops and auditors. If they do not open for you, "
            "ask {who} to share the job.",
            who=who,
            team=_one_line(str(job["Team"]), _NAME_LENGTH),
        )
    return words.translate(
        "Both open for {who}, ops and auditors. If they do not open for you, ask {who} to share the job.", who=who
    )


def _next_steps(report: Report, words: Words) -> str:
    if report.status is JobStatus.SUCCEEDED:
        return words.translate("What to do next: look at the results and download them.")
    if report.status is JobStatus.CANCELLED:
        return words.translate(
            "What to do next: nothing, if that is what you wanted. To make the images that were left, run them again "
            "as a new job; images that are done stay as they are."
        )
    return words.translate(
        "What to do next: follow the step named with each reason, then submit the failed images again as a new job. "
        "Images that are done stay as they are."
    )


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
