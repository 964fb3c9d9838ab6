"""An image as the review shows it: everything in words, nothing to work out in the browser. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.options import SAME_FORMAT, Options, OutputOptions
from backdrop.core.people import Action
from backdrop.core.verdicts import RejectReason
from backdrop.core.vocabulary import ImageStatus
from backdrop_web.text.errors import explain_failure
from backdrop_web.text.formats import format_duration, format_local_time, format_model_name, format_number, format_size
from backdrop_web.text.language import translate, translate_text
from backdrop_web.text.scene_words import name_own_background

_CANCELLED = "JOB_CANCELLED"
"""The API's code of an image that a cancelled job did not begin."""


def make_record(
    image: Image,
    job: Job,
    zone: str | None,
    presets: Mapping[str, str],
    downloads: str | None = None,
) -> dict[str, Any]:
    """Return what the review takes for one image.

    `zone`: the reader's time zone; `presets`: id of a marketplace preset -> its name; `downloads`: what the addresses
    of this server's downloads begin with, None: the storage gives them out, under the service's names.
    """
    rules, own = image.marketplace, _photo_options(image, job).of_image(image.variation)
    trouble = explain_failure(image.error) if image.status is ImageStatus.FAILED else None
    checks = rules.failed if rules else []
    again = Action.REUSE in job.allowed
    return {
        "id": image.image_id,
        "name": shown(image.name),
        "variation": _describe_variation(image, job),
        "number": image.variation,
        "photo": image.photo_id,
        "state": _find_state(image, job),
        "verdict": image.verdict,
        "reason": image.reject_reason,
        "words": image.reject_words or "",
        "thumb": image.thumbnail_url or image.after_url or image.before_thumbnail_url or image.before_url,
        "thumbBackup": image.after_url or image.before_url,
        "before": image.before_url,
        "after": image.after_url,
        "width": image.width,
        "height": image.height,
        "apart": image.by_hand is not None or own.moves_product,
        "download": f"{downloads}/{image.image_id}" if downloads and image.download_url else image.download_url,
        "link": image.link,
        "trouble": {"what": trouble.what, "step": trouble.next_step} if trouble else None,
        "flags": [_tell_problem(flag.meaning, flag.next_step) for flag in image.flags or ()],
        "marks": [flag.box for flag in image.flags or () if flag.box],
        "checksOf": translate("Rules of {marketplace}", marketplace=presets.get(rules.preset, rules.preset))
        if rules
        else None,
        "checks": [_tell_problem(check.meaning, check.next_step) for check in checks],
        "facts": [fact for fact in _list_facts(image, job, zone) if fact[1]],
        "place": again and image.status is ImageStatus.SUCCEEDED and job.status.final and not own.generates,
        "fix": again and image.status is ImageStatus.SUCCEEDED and job.status.final,
        "story": job.status.final and job.report_urls is not None,
        "again": again and (job.status.final or image.status is not ImageStatus.QUEUED),
    }


def format_image_name(image: Image) -> str:
    """Return the photo's name, and which variation of it this is."""
    name = shown(image.name)
    return f"{name} ({image.variation})" if image.variation > 1 else name


def name_why(image: Image) -> str:
    """Return why an image was rejected, such as `cut-out: halo at the handle`; nothing where nobody said it."""
    name = _REASONS[image.reject_reason]() if image.reject_reason in _REASONS else ""
    return ": ".join(filter(None, (name, shown(image.reject_words or ""))))


_REASONS = {
    RejectReason.CUT_OUT: lambda: translate("cut-out"),
    RejectReason.BACKGROUND: lambda: translate("background"),
    RejectReason.COLOUR: lambda: translate("colour"),
}


def _tell_problem(words: str, step: str) -> dict[str, str]:
    return {"words": translate_text(words), "step": translate_text(step)}


def _find_state(image: Image, job: Job) -> str:
    if image.status is ImageStatus.SUCCEEDED:
        return "done"
    if image.status is ImageStatus.FAILED:
        return "left" if image.error and image.error.code == _CANCELLED else "failed"
    # A job that ended as a whole may leave images that nobody worked on.
    return "left" if job.status.final else "waiting"


def _photo_options(image: Image, job: Job) -> Options:
    return job.options.chosen().of_photo(image.scenes or ())


def _describe_variation(image: Image, job: Job) -> str:
    number = _photo_options(image, job).images
    if number > 1:
        return translate("{number:,} of {total:,}", number=image.variation, total=number)
    return str(image.variation) if image.variation > 1 else ""


def _describe_own_output(image: Image) -> str:
    return f": {_describe_output(image.output.chosen())}" if image.output else ""


def _describe_output(output: OutputOptions) -> str:
    """Return in words what differs from the photo's own shape and file, such as `4:5, 800 pixels wide, WEBP`."""
    words = [output.preset or "", output.aspect or ""]
    if output.width and output.height:
        words.append(translate("{width} × {height} pixels", width=str(output.width), height=str(output.height)))
    elif output.width:
        words.append(translate("{width} pixels wide", width=str(output.width)))
    elif output.height:
        words.append(translate("{height} pixels high", height=str(output.height)))
    words.append(output.format if output.format != SAME_FORMAT else "")
    words.append(translate("quality {quality}", quality=output.quality) if output.quality else "")
    return ", ".join(filter(None, words)) or translate("as the photo")


def _describe_place(image: Image) -> str:
    if image.by_hand is None:
        return ""
    place = image.by_hand
    across, down = abs(place.across), abs(place.down)
    told = [
        "" if not across
        else translate("{share:.1%} to the right", share=across) if place.across > 0
        else translate("{share:.1%} to the left", share=across),
        "" if not down
        else translate("{share:.1%} down", share=down) if place.down > 0
        else translate("{share:.1%} up", share=down),
        translate("size {share:.0%}", share=place.scale) if place.scale != 1 else "",
        translate("turned {degrees:g}°", degrees=place.turn) if place.turn else "",
    ]  # fmt: skip
    return ", ".join(filter(None, told)) or translate("Where the job puts it")


def _list_facts(image: Image, job: Job, zone: str | None) -> list[list[str]]:
    """Return name and value of each fact, and where it helps the value's exact form, in small."""
    took = ""
    if image.started_at and image.finished_at:
        took = format_duration((clock.parse(image.finished_at) - clock.parse(image.started_at)).total_seconds())
    size = f"{format_number(image.width)} × {format_number(image.height)} px" if image.width and image.height else ""
    return [
        [translate("SKU"), shown(image.sku or "")],
        [translate("Background"), name_own_background(image, job)],
        [translate("Kept"), ", ".join(image.labels_kept)],
        [translate("Size"), size],
        [translate("File"), format_size(image.bytes) if image.bytes else ""],
        [translate("Placed by hand"), _describe_place(image)],
        [translate("Variation"), f"{_describe_variation(image, job)}{_describe_own_output(image)}"],
        [translate("Seed"), str(image.seed)],
        [translate("Model"), format_model_name(image.model_id), image.model_id],
        # All passes of the image and what was tried again: each was paid for.
        [translate("Model calls"), format_number(image.attempts) if image.attempts else ""],
        [translate("Finished"), _format_moment(image.finished_at, zone)],
        [translate("Took"), took],
        [translate("Rejected because of"), name_why(image)],
        [translate("Judged"), _format_moment(image.verdict_at if image.verdict else None, zone)],
    ]


def _format_moment(at: str | None, zone: str | None) -> str:
    return format_local_time(clock.parse(at), zone) if at else ""
