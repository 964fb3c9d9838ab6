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
from backdrop.reports.mail import duration_words
from backdrop.reports.page import moment_words

_HEAD_END = b'"Images":['

_MASKS: dict[str, str] = {
    MaskOrigin.PHOTO: "The photo came cut out already; its own transparency says what is the product.",
    MaskOrigin.UPLOAD: "A mask that was uploaded with the photo says what is the product.",
    MaskOrigin.EDITED: "A cut-out that somebody put right by hand says what is the product.",
    MaskOrigin.CUT_OUT: "A cut-out that was made of the photo says what is the product.",
}
_MATCHES = {
    FileMatch.SAME: "This file is the finished image, byte for byte as Backdrop wrote it.",
    FileMatch.CHANGED: (
        "This file was changed since: it is not, byte for byte, what Backdrop wrote. Saving it again in another "
        "program is enough for that. Download the image again to have it as it was made."
    ),
    FileMatch.PHOTO: "This file is the photo that the image was made from, not the finished image.",
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
        Part("The file", list(_about_file(image, sha256))),
        Part("Who asked for it", list(_who(head["Job"]))),
        Part("The photo", list(_photo(image))),
        Part("What was kept", list(_kept(image))),
        Part("What was asked for", list(_asked(image))),
        Part("Model calls and price", list(_calls(image, head["Cost"]))),
        Part("What came of it", list(_outcome(image))),
        Part("Verdict", [_verdict(verdict, verdict_at, why, finished=bool(image["Output"]))]),
    ]
    return [part for part in parts if part.sentences]


def tell_job(head: Mapping[str, Any], images: Counter[str]) -> list[Part]:
    """Return the story of a job. `images`: how many failed for which reason, as the report words it."""
    job, totals, cost = head["Job"], head["Totals"], head["Cost"]
    came = [
        f"{totals['Succeeded']:,} of {_images(totals['Images'])} finished, {totals['Failed']:,} not"
        + (f", {totals['Cancelled']:,} of them because the job was cancelled." if totals["Cancelled"] else ".")
    ]
    if totals["NeedReview"]:
        came.append(f"{totals['NeedReview']:,} should be looked at before use.")
    came += [f"{count:,} failed: {shown(reason)}" for reason, count in images.most_common(5)]
    if head["MapError"]:
        came.append(f"The batch ended early: {shown(head['MapError']['Message'])}")
    paid = [
        f"At most {cost['Usd']:.2f} USD for {totals['ModelCalls']:,} model calls, at list prices of "
        f"{cost['PriceDate']}."
    ]
    paid += [f"{one['Calls']:,} of {one['ModelId']} at {one['UsdPerCall']:.4g} USD." for one in cost["Models"]]
    if totals["AnswersReused"]:
        paid.append(f"{totals['AnswersReused']:,} answers were there already, and not paid again.")
    parts = [
        Part("Who asked for it", list(_who(job))),
        Part("What was asked for", list(_words(job["Prompt"], job["NegativePrompt"], job["Mode"], job["ModelId"]))),
        Part("What came of it", came),
        Part("Model calls and price", paid),
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
            yield f"SHA-256 of this file: {sha256}."
    output = image["Output"]
    if output:
        yield (
            f"The finished image has {output['Width']:,} × {output['Height']:,} pixels and {output['Bytes']:,} bytes; "
            f"SHA-256 {output['Sha256']}."
        )


def _who(job: Mapping[str, Any]) -> Iterator[str]:
    by = f", for {shown(str(job['RequestedBy']))}" if job.get("RequestedBy") else ""
    by += f" and the team {shown(str(job['Team']))}" if job.get("Team") else ""
    trial = "It was a trial of one photo. " if job.get("Trial") else ""
    yield f"{trial}Job {job['Id']}{by}."
    if used := job.get("SavedSettings"):
        begun = describe_saved(used["Name"], used["Version"], changed=used["Changed"])
        yield f"It was begun with the saved settings {begun}."
    took = f", in {duration_words(job['Seconds'])}" if job["Seconds"] is not None else ""
    yield f"It ran from {moment_words(job['StartedAt'])} to {moment_words(job['FinishedAt'])}{took}."


def _photo(image: Mapping[str, Any]) -> Iterator[str]:
    source = image["Source"]
    size = f", {source['Width']:,} × {source['Height']:,} pixels" if source["Width"] and source["Height"] else ""
    yield f"Made from {shown(str(image['ImageName']))}{size}; SHA-256 {source['Sha256'] or 'not recorded'}."
    if image["Variation"] > 1:
        yield f"It is image {image['Variation']} that was made of this photo."


def _kept(image: Mapping[str, Any]) -> Iterator[str]:
    if image["LabelsKept"]:
        yield f"Kept: {_listed(image['LabelsKept'])}."
    if image["LabelsNotLocated"]:
        yield f"Not found in the photo: {_listed(image['LabelsNotLocated'])}."
    if image["LabelsRemoved"]:
        yield f"Taken out of the photo: {_listed(image['LabelsRemoved'])}."
    mask = image["MaskFrom"]
    if mask in _MASKS:
        yield _MASKS[mask]
    if image["EditedMask"]:
        yield (
            f"Somebody did so by {moment_words(image['EditedMask']['At'])}."
            if image["EditedMask"]["At"]
            else ("It is not recorded when.")
        )


def _asked(image: Mapping[str, Any]) -> Iterator[str]:
    background = image["Options"].get("Background") or GENERATED
    if background == BACKDROP:
        backdrop = image["Options"].get("Backdrop") or {}
        yield f"Behind the product: the picture {shown(str(backdrop.get('Name') or backdrop.get('Key')))}."
    elif background != GENERATED:
        yield "Background: none, transparent." if background == TRANSPARENT else f"Background: the colour {background}."
    yield from _words(image["Prompt"], image["NegativePrompt"], image["Mode"], image["ModelId"])
    yield f"Seed {image['Seed']}."


def _words(prompt: str, negative: str, mode: str, model: str) -> Iterator[str]:
    if prompt:
        yield f"Words: “{shown(prompt)}”."
    if negative:
        yield f"Without: “{shown(negative)}”."
    yield f"Model {model}, mode {mode}."


def _calls(image: Mapping[str, Any], cost: Mapping[str, Any]) -> Iterator[str]:
    prices = {one["ModelId"]: one["UsdPerCall"] for one in cost["Models"]}
    whole = 0.0
    for number, one in enumerate(image["Passes"], 1):
        made = int(one.get("Attempts", 0)) - int(one.get("Throttled", 0))
        model = one["ModelId"]
        if one.get("CopiedFrom"):
            told = "an earlier answer to the same request was used, and nothing was paid"
        elif model not in prices:
            told = "made by Backdrop itself, without a model"
        else:
            whole += made * prices[model]
            where = f" in {one['Region']}" if one.get("Region") else ""
            told = f"{'1 call' if made == 1 else f'{made:,} calls'}{where}, {prices[model]:.4g} USD each"
        yield f"Step {number}, {model}: {told}. Request SHA-256 {one['RequestSha256']}."
    if image["Throttled"]:
        yield f"{image['Throttled']:,} calls were turned away because the quota was used up; they cost nothing."
    if image["Passes"]:
        yield f"Together at most {whole:.4g} USD for this image, at list prices of {cost['PriceDate']}."


def _outcome(image: Mapping[str, Any]) -> Iterator[str]:
    if image["Error"]:
        yield f"It failed: {shown(image['Error']['Message'])}"
        yield f"What to do: {image['Error']['NextStep']}"
        return
    review = image["Review"]
    if not review["Flags"]:
        yield "Backdrop found nothing doubtful in it."
    for flag in review["Flags"]:
        yield f"To look at: {flag['Meaning']} {flag['NextStep']}"
    if review["Marketplace"]:
        rules = review["Marketplace"]
        broken = ", ".join(one["Code"] for one in rules["Checks"] if not one["Passed"])
        kept = "all kept" if not review["Flags"] else "none is broken that can be measured; look at the flags above"
        yield f"Rules of {rules['Preset']}: {kept if rules['Passed'] else f'not kept: {broken}'}."
    if review["Credentials"]:
        yield "It was signed with content credentials (C2PA)."


def _verdict(verdict: Verdict | None, at: str | None, why: str, *, finished: bool) -> str:
    if not finished:
        return "There is no finished image to judge."
    if verdict is None:
        return "Nobody has approved or rejected it."
    when = f" on {moment_words(at)}" if at else ""
    because = f" because of: {shown(why)}" if why else ""
    return f"{'Approved' if verdict is Verdict.APPROVED else 'Rejected'}{when}{because}."


def _listed(names: list[str]) -> str:
    return ", ".join(shown(name) for name in names)


def _images(count: int) -> str:
    return f"{count:,} {'image' if count == 1 else 'images'}"
