"""The outcome of a run on standard output: for people, or one JSON document for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.models import AccountCatalogue, FunctionLimits, Model, Models, find_model
from backdrop.api.schemas.wire import to_json
from backdrop.core import clock
from backdrop.core.names import escaped, shown
from backdrop_cli.outcome import Outcome, Result
from backdrop_cli.wording import duration, money, problem_lines, reason_lines
from backdrop_client.errors import BackdropClientError

JSON_VERSION = 1
"""Version of the documents `--json` prints; fields may be added within a version."""

_ADDRESSES = frozenset({"reportUrls", "thumbnailUrls"})


def outcome_text(outcome: Outcome, out: Path) -> str:
    """Counts, every failure with its reason, what should be looked at, where things are."""
    total, good = len(outcome.results), len(outcome.succeeded)
    job = outcome.job
    lines = [f"{good:,} of {_images(total)} succeeded{_took(job)}."]
    failed = [result for result in outcome.failed if not result.left]
    if len(failed) < len(outcome.failed):
        left = len(outcome.failed) - len(failed)
        lines.append(f"The job was cancelled: {_images(left)} {'was' if left == 1 else 'were'} not begun.")
    if failed:
        lines.append(f"{len(failed):,} failed:")
        for result in failed:
            if result.failure:
                lines.extend(problem_lines(result.title, result.failure))
    lines.extend(_flagged(outcome.flagged))
    lines.extend(_for_marketplace(outcome))
    if job is None:
        lines.append("Nothing was submitted, so nothing has to be paid.")
        return "\n".join(lines)
    if job.error:
        lines.append(f"The job failed: {shown(job.error.message)} ({job.error.code})")
    if good:
        lines.append(f"Results: {shown(str(out))}")
    if outcome.reports:
        lines.append(f"Report: {', '.join(shown(str(path)) for path in outcome.reports.values())}")
    cost = f", cost {money(job.cost_usd)}" if job.cost_usd is not None else ""
    lines.append(f"Job: {job.job_id}{cost}")
    return "\n".join(lines)


def _flagged(results: Sequence[Result]) -> list[str]:
    if not results:
        return []
    lines = [f"{_images(len(results))} should be looked at before use:"]
    for result in results:
        for flag in result.flags:
            lines.extend(reason_lines(result.title, flag.meaning, flag.code, flag.next_step))
    return lines


def _for_marketplace(outcome: Outcome) -> list[str]:
    """The verdict on a preset, where one was chosen, and each rule that is broken."""
    checked = [result for result in outcome.succeeded if result.marketplace]
    if not checked:
        return []
    broken = outcome.not_for_marketplace
    preset = shown(checked[0].marketplace.preset if checked[0].marketplace else "")
    passed = f"{len(checked) - len(broken):,} of {_images(len(checked))} passed"
    lines = [f"Checks of {preset}: {passed}{':' if broken else '.'}"]
    if any(result.flags for result in checked if result not in broken):
        # Rules are measured on the cut-out: where that is doubtful, so is what was measured.
        lines.insert(0, "Look at the flagged images first: rules are measured on the cut-out.")
    for result in broken:
        for check in result.marketplace.failed if result.marketplace else ():
            lines.extend(reason_lines(result.title, check.meaning, check.code, check.next_step))
    return lines


def _images(number: int) -> str:
    return f"{number:,} image{'s' if number != 1 else ''}"


def outcome_json(outcome: Outcome, out: Path, exit_status: int) -> str:
    """The same as one JSON document, paths absolute."""
    document = {
        "version": JSON_VERSION,
        "exitStatus": exit_status,
        "outcome": "succeeded" if exit_status == 0 else "someFailed",
        "counts": {
            "total": len(outcome.results),
            "succeeded": len(outcome.succeeded),
            "failed": len(outcome.failed),
            "notBegun": sum(result.left for result in outcome.failed),
        },
        "review": {"flagged": len(outcome.flagged), "notForMarketplace": len(outcome.not_for_marketplace)},
        "out": str(out.resolve()),
        "job": job_dict(outcome.job) if outcome.job else None,
        "images": [_result_dict(result) for result in outcome.results],
        "leftOut": [{"name": shown(one.name), "reason": one.why.value} for one in outcome.left_out],
        "reports": {kind: str(path.resolve()) for kind, path in outcome.reports.items()},
    }
    return as_json(document)


def error_json(error: BackdropClientError, exit_status: int) -> str:
    """A failure of the whole run as a JSON document."""
    document = {"version": JSON_VERSION, "exitStatus": exit_status, "outcome": "error", "error": error.as_dict()}
    return as_json(document)


def error_text(error: BackdropClientError) -> str:
    """A failure of the whole run for people."""
    return f"Error: {shown(error.message)} ({error.code})" + (
        f"\n  -> {shown(error.next_step)}" if error.next_step else ""
    )


def job_dict(job: Job) -> dict[str, Any]:
    """A job without its presigned addresses, which are secrets for their time."""
    document: dict[str, Any] = to_json(job)
    return {name: value for name, value in document.items() if name not in _ADDRESSES}


def cancelled_text(job: Job) -> str:
    """What cancelling did."""
    counts = job.counts
    if job.status.final:
        left = f", {counts.cancelled:,} not begun" if counts.cancelled else ""
        return f"The job {job.job_id} has ended: {counts.succeeded:,} of {_images(counts.total)} done{left}."
    return (
        f"The job {job.job_id} is cancelled. Images that had begun are being finished: "
        f"{counts.succeeded:,} of {_images(counts.total)} done so far."
    )


def jobs_text(jobs: Sequence[Job]) -> str:
    """One line a job, newest first; with who asked for it, and the team, where there are those of others."""
    if not jobs:
        return "No jobs yet."
    several = not all(job.mine for job in jobs)
    lines = [f"{'JOB':26}  {'CREATED (UTC)':16}  {'STATUS':12}  {'DONE':>13}  NAME"]
    for job in jobs:
        counts = job.counts
        done = f"{counts.succeeded + counts.failed:,}/{counts.total:,}"
        broken, left = counts.failed - (counts.cancelled or 0), counts.cancelled or 0
        told = [f"{broken:,} failed"] * bool(broken) + [f"{left:,} not begun"] * bool(left)
        failed = f" ({', '.join(told)})" if told else ""
        name = job.name or job.prompt
        name = shown(name if len(name) <= 60 else f"{name[:59]}…") + (f" [{', '.join(job.tags)}]" if job.tags else "")
        failed += f" by {shown(job.requested_by)}" if several and job.requested_by else ""
        failed += f" (team {shown(job.team)})" if job.team else ""
        created = clock.parse(job.created_at)
        lines.append(f"{job.job_id:26}  {created:%Y-%m-%d %H:%M}  {job.status:12}  {done:>13}  {name}{failed}")
    return "\n".join(lines)


def models_text(catalogue: Models | AccountCatalogue) -> str:
    """One block a model: whether it can be used, where, price, limits."""
    lines: list[str] = []
    for model in catalogue.models:
        default = " (default)" if model.model_id == catalogue.default_model_id else ""
        lines.append(f"{model.model_id}{default}: {shown(_state(model))}")
        lines.append(
            f"  {money(model.price_per_image_usd)} an image; modes {', '.join(model.modes)};"
            f" prompt up to {model.prompt_max_length:,} characters,"
            f" negative prompt {model.negative_prompt_max_length:,}; seed {model.seed_min} to {model.seed_max}"
        )
        if model.default_negative_prompt:
            lines.append(f'  avoids by default (--negative-prompt): "{shown(model.default_negative_prompt)}"')
        if model.passes == 0:
            lines.append("  no model call: Backdrop does it itself")
        else:
            lines.append(f"  {model.passes} model {'call' if model.passes == 1 else 'calls'} an image; {_quota(model)}")
        lines.extend(f"  {line}" for line in _settings(model))
        lines.extend(f"  {line}" for line in _where(model))
    return "\n".join(lines)


def catalogue_text(catalogue: Models) -> str:
    """The models, and the marketplace presets."""
    lines = []
    if catalogue.painters:
        lines += ["", "Painters of backdrops (backdrop paint --model):"]
    for painter in catalogue.painters:
        lines.append(f"  {painter.model_id}: {painter.name}; {money(painter.usd_per_picture)} a picture")
    if catalogue.presets:
        lines += ["", "Presets (--preset):"]
    for preset in catalogue.presets:
        background = f'; needs --background "{preset.background}"' if preset.background else ""
        formats = f"; {', '.join(preset.formats)}" if preset.formats else ""
        lines.append(f"  {preset.id}: {shown(preset.name)}{formats}{background}")
    return models_text(catalogue) + "\n".join(["", *lines] if lines else [])


def swept_text(swept: dict[str, Any]) -> str:
    """What a sweep did, and what is left."""
    lines = [f"{words}: {', '.join(swept[name])}" for name, words in _SWEPT.items() if swept[name]]
    lines += [f"Nothing could be done about {one['JobId']}: {shown(one['Cause'])}" for one in swept["Failed"]]
    letters = swept["DeadLetters"]
    lines.append(
        f"Dead-letter queue: {letters['Retried']:,} tried again and gone, {letters['Left']:,} left."
        if any(letters.values())
        else "Dead-letter queue: empty."
    )
    return "\n".join(lines if len(lines) > 1 else ["No job is stuck.", *lines])


def swept_dict(swept: dict[str, Any]) -> dict[str, Any]:
    """The same for programs."""
    letters = swept["DeadLetters"]
    return {
        **{name[0].lower() + name[1:]: swept[name] for name in _SWEPT},
        "failed": [{"jobId": one["JobId"], "cause": one["Cause"]} for one in swept["Failed"]],
        "deadLetters": {"retried": letters["Retried"], "left": letters["Left"]},
    }


_SWEPT = {
    "Started": "Started",
    "Redriven": "Gone on with",
    "Closed": "Closed with report and mail",
    "GivenUp": "Given up, for too old",
}


def account_text(catalogue: AccountCatalogue) -> str:
    """The same for an AWS account, with what it means for a deployment there."""
    default = find_model(catalogue.models, catalogue.default_model_id)
    if default is None or not default.usable:
        verdict = "The default model can't be used: a deployment would fail every image until that is mended."
    elif default.access is None or default.access.state == "UNKNOWN":
        verdict = "Nothing speaks against the default model, but its access could not be checked."
    else:
        verdict = "The default model can be used."
    head = f"AWS account {catalogue.account}, {catalogue.region}, as {shown(catalogue.identity)}"
    return "\n\n".join([head, models_text(catalogue), _functions(catalogue.functions), verdict])


def _functions(limits: FunctionLimits) -> str:
    """What the account may run in Lambda."""
    at_once = "how many functions may run at once is not known"
    if limits.concurrent_executions is not None and limits.unreserved_concurrent_executions is not None:
        at_once = (
            f"{limits.concurrent_executions:,} functions at once,"
            f" {limits.unreserved_concurrent_executions:,} of them not reserved"
        )
    lines = [f"Lambda: {at_once}", *(shown(text) for text in (limits.reason,) if text)]
    if limits.next_step:
        lines.append(f"-> {shown(limits.next_step)}")
    return "\n  ".join([*lines, shown(limits.memory)])


def _settings(model: Model) -> list[str]:
    """Which optional settings it has."""
    settings = model.settings
    if not settings.generates:
        return ["paints no background: choose --background transparent or a colour"]
    scale = settings.cfg_scale
    parts = [
        f"cfgScale {scale.min:g} to {scale.max:g} (default {scale.default:g})" if scale else "no cfgScale",
        f"quality levels {', '.join(settings.qualities)}" if settings.qualities else "no quality levels",
        f"{len(settings.styles)} styles" if settings.styles else "no styles",
    ]
    styles = textwrap.wrap(f"styles: {', '.join(settings.styles)}", 100, break_on_hyphens=False)
    return ["; ".join(parts), *(styles if settings.styles else [])]


def _quota(model: Model) -> str:
    if model.account_requests_per_minute is not None:
        return f"{model.account_requests_per_minute:g} requests a minute in this account"
    return f"{model.requests_per_minute:g} requests a minute by AWS's default quota"


def _where(model: Model) -> list[str]:
    """Where it is called, and what AWS says about it."""
    lines: list[str] = []
    if model.state == "RETIRED" and not model.usable:
        return lines
    if model.regions is not None:
        kind = "inference profile" if model.inference_profile else "on demand"
        where = f"{kind}, called from {', '.join(model.regions)}" if model.regions else f"{kind}, Regions not known"
        if model.routes_to:
            where += f"; the work is done in {_any_of(model.routes_to)}"
        lines.append(where)
    access = model.access
    if access is None:
        return lines
    if access.state == "UNKNOWN":
        lines.append(f"access not known: {shown(access.reason or 'AWS did not say')}")
    else:
        state = access.state.removesuffix("_IN_REGION").lower().replace("_", " ")
        lines.append(f"access: {state} in {access.region}")
        if access.reason and access.reason != model.reason:
            lines.append(f"  {shown(access.reason)}")
    if access.lifecycle == "LEGACY":
        since = f" since {access.legacy_since}" if access.legacy_since else ""
        tense = "ended" if (model.end_of_life or "") <= access.checked_at[:10] else "ends"
        end = f", {tense} {model.end_of_life}" if model.end_of_life else ""
        lines.append(f"AWS calls it legacy{since}{end}: new accounts can't start with it")
    if access.next_step:
        lines.append(f"-> {shown(access.next_step)}")
    return [*lines, *map(shown, access.notes or ())]


def _any_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"any of {', '.join(names)}"


def _state(model: Model) -> str:
    if not model.usable:
        return f"not usable: {model.reason or model.state.lower()}"
    if model.state == "RETIRED":
        since = f" since {model.end_of_life}" if model.end_of_life else ""
        return f"usable here only: AWS no longer serves it{since}"
    return "usable"


def as_json(document: Any) -> str:
    """Indented, readable in any language, valid UTF-8; hidden characters are escaped.

    Bytes of a path that are no UTF-8 (possible on Linux) become escaped lone surrogates, from which
    `os.fsencode` makes the very same path.
    """
    return escaped(json.dumps(document, indent=2, ensure_ascii=False))


def _result_dict(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "source": str(result.source) if result.source else None,
        "imageId": result.image_id,
        "variation": result.variation,
        "status": "succeeded" if result.file else "failed",
        "file": str(result.file.resolve()) if result.file else None,
        "error": to_json(result.failure),
        "flags": to_json(result.flags),
        "marketplace": to_json(result.marketplace),
    }


def _took(job: Job | None) -> str:
    if job is None or job.finished_at is None:
        return ""
    return f" in {duration((clock.parse(job.finished_at) - clock.parse(job.created_at)).total_seconds())}"
