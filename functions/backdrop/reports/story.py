"""How an image, or a whole job, was made, in plain words: told from the report, and from nothing else but the verdict.

The command and the web app show these words as they are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from backdrop.core.names import shown
from backdrop.core.naming import describe_saved
from backdrop.core.options import BACKDROP, GENERATED, TRANSPARENT
from backdrop.core.vocabulary import FileMatch, MaskOrigin, Verdict
from backdrop.core.words.marks import mark_phrase, phrase, plural
from backdrop.reports.mail import duration_words
from backdrop.reports.page import moment_words

_HEAD_END = b'"Images":['

_MASKS: dict[str, str] = {
    MaskOrigin.PHOTO: mark_phrase("The photo came cut out already; its own transparency says what is the product."),
    MaskOrigin.UPLOAD: mark_phrase("A mask that was uploaded with the photo says what is the product."),
    MaskOrigin.EDITED: mark_phrase("A cut-out that somebody put right by hand says what is the product."),
    MaskOrigin.CUT_OUT: mark_phrase("A cut-out that was made of the photo says what is the product."),
}
_MATCHES = {
    FileMatch.SAME: mark_phrase("This file is the finished image, byte for byte as Backdrop wrote it."),
    FileMatch.CHANGED: mark_phrase(
        "This file was changed since: it is not, byte for byte, what Backdrop wrote. Saving it again in another "
        "program is enough for that. Download the image again to have it as it was made."
    ),
    FileMatch.PHOTO: mark_phrase("This file is the photo that the image was made from, not the finished image."),
}


class Part(NamedTuple):
    """A part of a story."""

    title: str
    sentences: list[str]


class Record(NamedTuple):
    """What a report holds of one image: all that is not of single images, and the image's own part."""

    head: Mapping[str, Any]
    image: Mapping[str, Any] | None


def read_record(report: bytes, image_id: str | None) -> Record:
    """Find an image in a report as `files.to_json` wrote it; of 10,000 images one line is read. None: the head alone.

    Raises:
        ValueError: it is no such report.
    """
    at = report.index(_HEAD_END) + len(_HEAD_END)
    head = json.loads(report[:at] + b"]}")
    if image_id is None:
        return Record(head, None)
    wanted = f'"ImageId":{json.dumps(image_id)}'.encode()
    found = report.find(b"\n{" + wanted, at)
    if found < 0:
        return Record(head, None)
    image: Mapping[str, Any] = json.JSONDecoder().raw_decode(report[found + 1 : _end(report, found + 1)].decode())[0]
    return Record(head, image)


def match_file(image: Mapping[str, Any], sha256: str) -> FileMatch:
    """Return what a file of this hash is to an image."""
    if image["Output"] and sha256 == image["Output"]["Sha256"]:
        return FileMatch.SAME
    return FileMatch.PHOTO if sha256 == image["Source"]["Sha256"] else FileMatch.CHANGED


def tell_image(
    record: Record, verdict: Verdict | None, verdict_at: str | None, sha256: str | None = None, why: str = ""
) -> list[Part]:
    """Return the story of the record's image. `sha256`: of a file that is said to be it; None: there is none. `why`: it
    was rejected."""
    head, image = record.head, record.image
    assert image is not None
    parts = [
        Part(phrase("The file"), list(_about_file(image, sha256))),
        Part(phrase("Who asked for it"), list(_who(head["Job"]))),
        Part(phrase("The photo"), list(_photo(image))),
        Part(phrase("What was kept"), list(_kept(image))),
        Part(phrase("What was asked for"), list(_asked(image))),
        Part(phrase("Model calls and price"), list(_calls(image, head["Cost"]))),
        Part(phrase("What came of it"), list(_outcome(image))),
        Part(phrase("Verdict"), [_verdict(verdict, verdict_at, why, finished=bool(image["Output"]))]),
    ]
    return [part for part in parts if part.sentences]


def tell_job(head: Mapping[str, Any], images: Counter[str]) -> list[Part]:
    """Return the story of a job. `images`: how many failed for which reason, as the report words it."""
    job, totals, cost = head["Job"], head["Totals"], head["Cost"]
    done, failed = totals["Succeeded"], totals["Failed"]
    if totals["Cancelled"]:
        finished = plural(
            "{done:,} of {count:,} image finished, {failed:,} not, {cancelled:,} of them because "
            "the job was cancelled.",
            "{done:,} of {count:,} images finished, {failed:,} not, {cancelled:,} of them because "
            "the job was cancelled.",
            totals["Images"],
            done=done,
            failed=failed,
            cancelled=totals["Cancelled"],
        )
    else:
        finished = plural(
            "{done:,} of {count:,} image finished, {failed:,} not.",
            "{done:,} of {count:,} images finished, {failed:,} not.",
            totals["Images"],
            done=done,
            failed=failed,
        )
    came = [finished]
    if totals["NeedReview"]:
        came.append(phrase("{number:,} should be looked at before use.", number=totals["NeedReview"]))
    came += [
        phrase("{number:,} failed: {cause}", number=count, cause=shown(reason))
        for reason, count in images.most_common(5)
    ]
    if head["MapError"]:
        came.append(phrase("The batch ended early: {cause}", cause=shown(head["MapError"]["Message"])))
    paid = [
        phrase(
            "At most {usd:.2f} USD for {calls:,} model calls, at list prices of {day}.",
            usd=cost["Usd"],
            calls=totals["ModelCalls"],
            day=cost["PriceDate"],
        )
    ]
    paid += [
        phrase(
            "{calls:,} of {model_id} at {usd:.4g} USD.",
            calls=one["Calls"],
            model_id=one["ModelId"],
            usd=one["UsdPerCall"],
        )
        for one in cost["Models"]
    ]
    if totals["AnswersReused"]:
        paid.append(
            phrase("{number:,} answers were there already, and not paid again.", number=totals["AnswersReused"])
        )
    parts = [
        Part(phrase("Who asked for it"), list(_who(job))),
        Part(
            phrase("What was asked for"),
            list(_words(job["Prompt"], job["NegativePrompt"], job["Mode"], job["ModelId"])),
        ),
        Part(phrase("What came of it"), came),
        Part(phrase("Model calls and price"), paid),
    ]
    return [part for part in parts if part.sentences]


def count_reasons(report: bytes) -> Counter[str]:
    """Return how many images of a report failed for which reason."""
    lines = report[report.index(_HEAD_END) + len(_HEAD_END) :].split(b"\n")
    failed = (json.loads(line.rstrip(b",")) for line in lines if b'"Status":"Failed"' in line)
    return Counter(str(one["Error"]["Message"]) for one in failed)


def _end(report: bytes, start: int) -> int:
    end = report.find(b"\n", start)
    return len(report) if end < 0 else end


def _about_file(image: Mapping[str, Any], sha256: str | None) -> Iterator[str]:
    if sha256 is not None:
        match = match_file(image, sha256)
        yield _MATCHES[match]
        if match is FileMatch.CHANGED:
            yield phrase("SHA-256 of this file: {sha256}.", sha256=sha256)
    output = image["Output"]
    if output:
        yield phrase(
            "The finished image has {width:,} × {height:,} pixels and {bytes:,} bytes; SHA-256 {sha256}.",
            width=output["Width"],
            height=output["Height"],
            bytes=output["Bytes"],
            sha256=output["Sha256"],
        )


def _who(job: Mapping[str, Any]) -> Iterator[str]:
    told = _started(job)
    yield phrase("It was a trial of one photo. {happened}", happened=told) if job.get("Trial") else told
    if used := job.get("SavedSettings"):
        begun = describe_saved(used["Name"], used["Version"], changed=used["Changed"])
        yield phrase("It was begun with the saved settings {what}.", what=begun)
    first, last = moment_words(job["StartedAt"]), moment_words(job["FinishedAt"])
    if job["Seconds"] is None:
        yield phrase("It ran from {first} to {last}.", first=first, last=last)
    else:
        yield phrase(
            "It ran from {first} to {last}, in {duration}.",
            first=first,
            last=last,
            duration=duration_words(job["Seconds"]),
        )


def _started(job: Mapping[str, Any]) -> str:
    who, team = shown(str(job.get("RequestedBy") or "")), shown(str(job.get("Team") or ""))
    if who and team:
        return phrase("Job {job_id}, for {who} and the team {team}.", job_id=job["Id"], who=who, team=team)
    if who:
        return phrase("Job {job_id}, for {who}.", job_id=job["Id"], who=who)
    if team:
        return phrase("Job {job_id} and the team {team}.", job_id=job["Id"], team=team)
    return phrase("Job {job_id}.", job_id=job["Id"])


def _photo(image: Mapping[str, Any]) -> Iterator[str]:
    source, name = image["Source"], shown(str(image["ImageName"]))
    sha256 = source["Sha256"] or phrase("not recorded")
    if source["Width"] and source["Height"]:
        yield phrase(
            "Made from {name}, {width:,} × {height:,} pixels; SHA-256 {sha256}.",
            name=name,
            width=source["Width"],
            height=source["Height"],
            sha256=sha256,
        )
    else:
        yield phrase("Made from {name}; SHA-256 {sha256}.", name=name, sha256=sha256)
    if image["Variation"] > 1:
        yield phrase("It is image {number} that was made of this photo.", number=image["Variation"])


def _kept(image: Mapping[str, Any]) -> Iterator[str]:
    if image["LabelsKept"]:
        yield phrase("Kept: {names}.", names=_listed(image["LabelsKept"]))
    if image["LabelsNotLocated"]:
        yield phrase("Not found in the photo: {names}.", names=_listed(image["LabelsNotLocated"]))
    if image["LabelsRemoved"]:
        yield phrase("Taken out of the photo: {names}.", names=_listed(image["LabelsRemoved"]))
    mask = image["MaskFrom"]
    if mask in _MASKS:
        yield _MASKS[mask]
    if image["EditedMask"]:
        yield (
            phrase("Somebody did so by {moment}.", moment=moment_words(image["EditedMask"]["At"]))
            if image["EditedMask"]["At"]
            else phrase("It is not recorded when.")
        )


def _asked(image: Mapping[str, Any]) -> Iterator[str]:
    background = image["Options"].get("Background") or GENERATED
    if background == BACKDROP:
        backdrop = image["Options"].get("Backdrop") or {}
        name = shown(str(backdrop.get("Name") or backdrop.get("Key")))
        yield phrase("Behind the product: the picture {name}.", name=name)
    elif background != GENERATED:
        yield (
            phrase("Background: none, transparent.")
            if background == TRANSPARENT
            else phrase("Background: the colour {colour}.", colour=background)
        )
    yield from _words(image["Prompt"], image["NegativePrompt"], image["Mode"], image["ModelId"])
    yield phrase("Seed {seed}.", seed=image["Seed"])


def _words(prompt: str, negative: str, mode: str, model: str) -> Iterator[str]:
    if prompt:
        yield phrase("Words: “{prompt}”.", prompt=shown(prompt))
    if negative:
        yield phrase("Without: “{prompt}”.", prompt=shown(negative))
    yield phrase("Model {model_id}, mode {mode}.", model_id=model, mode=mode)


def _calls(image: Mapping[str, Any], cost: Mapping[str, Any]) -> Iterator[str]:
    prices = {one["ModelId"]: one["UsdPerCall"] for one in cost["Models"]}
    whole = 0.0
    for number, one in enumerate(image["Passes"], 1):
        made = int(one.get("Attempts", 0)) - int(one.get("Throttled", 0))
        model = one["ModelId"]
        if one.get("CopiedFrom"):
            told = phrase("an earlier answer to the same request was used, and nothing was paid")
        elif model not in prices:
            told = phrase("made by Backdrop itself, without a model")
        else:
            whole += made * prices[model]
            told = _called(made, one.get("Region"), prices[model])
        yield phrase(
            "Step {number}, {model_id}: {happened}. Request SHA-256 {sha256}.",
            number=number,
            model_id=model,
            happened=told,
            sha256=one["RequestSha256"],
        )
    if image["Throttled"]:
        yield phrase(
            "{number:,} calls were turned away because the quota was used up; they cost nothing.",
            number=image["Throttled"],
        )
    if image["Passes"]:
        yield phrase(
            "Together at most {usd:.4g} USD for this image, at list prices of {day}.", usd=whole, day=cost["PriceDate"]
        )


def _called(made: int, region: str | None, usd: float) -> str:
    if region:
        return plural(
            "1 call in {region}, {usd:.4g} USD each",
            "{count:,} calls in {region}, {usd:.4g} USD each",
            made,
            region=region,
            usd=usd,
        )
    return plural("1 call, {usd:.4g} USD each", "{count:,} calls, {usd:.4g} USD each", made, usd=usd)


def _outcome(image: Mapping[str, Any]) -> Iterator[str]:
    if image["Error"]:
        yield phrase("It failed: {cause}", cause=shown(image["Error"]["Message"]))
        yield phrase("What to do: {next_step}", next_step=image["Error"]["NextStep"])
        return
    review = image["Review"]
    if not review["Flags"]:
        yield phrase("Backdrop found nothing doubtful in it.")
    for flag in review["Flags"]:
        yield phrase("To look at: {cause}", cause=f"{flag['Meaning']} {flag['NextStep']}")
    if review["Marketplace"]:
        rules = review["Marketplace"]
        broken = ", ".join(one["Code"] for one in rules["Checks"] if not one["Passed"])
        if not rules["Passed"]:
            yield phrase("Rules of {name}: not kept: {codes}.", name=rules["Preset"], codes=broken)
        elif review["Flags"]:
            yield phrase(
                "Rules of {name}: none is broken that can be measured; look at the flags above.", name=rules["Preset"]
            )
        else:
            yield phrase("Rules of {name}: all kept.", name=rules["Preset"])
    if review["Credentials"]:
        yield phrase("It was signed with content credentials (C2PA).")


def _verdict(verdict: Verdict | None, at: str | None, why: str, *, finished: bool) -> str:
    if not finished:
        return phrase("There is no finished image to judge.")
    if verdict is None:
        return phrase("Nobody has approved or rejected it.")
    approved, moment, cause = verdict is Verdict.APPROVED, moment_words(at) if at else "", shown(why)
    if moment and cause:
        pattern = (
            mark_phrase("Approved on {moment} because of: {cause}.")
            if approved
            else mark_phrase("Rejected on {moment} because of: {cause}.")
        )
    elif moment:
        pattern = mark_phrase("Approved on {moment}.") if approved else mark_phrase("Rejected on {moment}.")
    elif cause:
        pattern = (
            mark_phrase("Approved because of: {cause}.") if approved else mark_phrase("Rejected because of: {cause}.")
        )
    else:
        pattern = mark_phrase("Approved.") if approved else mark_phrase("Rejected.")
    return pattern.format(moment=moment, cause=cause)


def _listed(names: list[str]) -> str:
    return ", ".join(shown(name) for name in names)
