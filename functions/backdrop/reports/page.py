"""The report as a page for people: one HTML file, made from the JSON document, with small pictures in it.

It needs no network and runs no script: a policy in its head forbids both, and every text is escaped (`markup`). A job
of 10,000 images makes no page of 10,000 pictures: `chosen` says which are shown, failed and flagged ones first, and the
page tells what it leaves out. Approvals are those that were given when it was made.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from backdrop.core.names import shown
from backdrop.core.naming import describe_saved
from backdrop.core.options_json import from_dict
from backdrop.core.scenes import Scene, describe_scene
from backdrop.reports.mail import duration_words
from backdrop.reports.markup import Html, element, facts, joined, listed, name, table, text

MOST_SHOWN = 300
"""Images in the contact sheet: some 5 MB with two small pictures each."""
_MOST_FAILED_SHOWN = 100
_MOST_NAMED = 100
"""Images that one reason or one flag is told of by name."""
APPROVED, REJECTED = "Approved", "Rejected"

_STATUS_WORDS = {
    "Succeeded": ("All images are finished", "good"),
    "PartlyFailed": ("Some images failed", "look"),
    "Failed": ("No image was finished", "bad"),
    "Cancelled": ("The job was cancelled", "look"),
}

Image = Mapping[str, Any]


def chosen(document: Mapping[str, Any]) -> list[Image]:
    """Return the images that the contact sheet shows: failed ones, then those to be looked at, then others, at most
    `MOST_SHOWN`; each kind in the order of the job."""
    images = document["Images"]
    broken = [one for one in images if one["Error"] and not _is_left(one)]
    flagged = [one for one in images if _flags(one)]
    good = [one for one in images if not one["Error"] and not _flags(one)]
    return [*broken[:_MOST_FAILED_SHOWN], *flagged, *good][:MOST_SHOWN]


def to_html(
    document: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    verdicts: Mapping[str, str],
    *,
    job_url: str | None,
    images_url: str | None = None,
    written_at: str,
    reasons: Mapping[str, str] | None = None,
) -> bytes:
    """Return the page, UTF-8.

    Args:
        document: the report as `files.to_json` wrote it, read.
        pictures: small JPEGs of photos and finished images, by key of photo and finished image.
        verdicts: `Approved` or `Rejected` by image id, of those that somebody judged.
        job_url: the signed-in page of the job; None: the web app does not know it.
        images_url: what the address of an image begins with, its id follows; None: there is none.
        written_at: ISO 8601 UTC.
        reasons: why, by image id, of those that were rejected and of which somebody said it.
    """
    job = document["Job"]
    title = f"Backdrop report {job['Id']}"
    body = element(
        "main",
        _head(document, job_url),
        _failures(document["Images"]),
        _to_look_at(document["Images"]),
        _approvals(document["Totals"], verdicts, written_at),
        _contact_sheet(document, pictures, verdicts, reasons or {}, images_url),
        _cost(document["Cost"], document["RegionsLeftOut"]),
        _end(job, written_at),
    )
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{text(title)}</title><style>{style}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'.encode()


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _saved_settings(job: Mapping[str, Any]) -> Iterator[tuple[str, Html]]:
    used = job.get("SavedSettings")
    if used:
        yield "Saved settings", name(describe_saved(used["Name"], used["Version"], changed=used["Changed"]))


def _head(document: Mapping[str, Any], job_url: str | None) -> Html:
    job, totals, cost = document["Job"], document["Totals"], document["Cost"]
    words, class_ = _STATUS_WORDS[job["Status"]]
    pairs = [
        ("Images", text(f"{totals['Images']:,}")),
        ("Finished", text(f"{totals['Succeeded']:,}")),
        ("Failed", text(f"{totals['Failed'] - totals['Cancelled']:,}")),
        *([("Not begun", text(f"{totals['Cancelled']:,}"))] if totals["Cancelled"] else []),
        ("To look at", text(f"{totals['NeedReview']:,}")),
        ("Model calls", text(f"{totals['ModelCalls']:,}")),
        ("Cost, at most", text(f"{cost['Usd']:,.2f} USD")),
    ]
    told = [
        ("Job", text(job["Id"])),
        ("Asked for by", name(job.get("RequestedBy") or "not told")),
        *([("Team", name(job["Team"]))] if job.get("Team") else []),
        *_saved_settings(job),
        ("Started", text(moment_words(job["StartedAt"]))),
        ("Finished", text(moment_words(job["FinishedAt"]))),
        *([("Took", text(duration_words(job["Seconds"])))] if job["Seconds"] is not None else []),
        *([("Words", name(job["Prompt"]))] if job["Prompt"] else []),
        *_other_scenes(job),
        *([("Without", name(job["NegativePrompt"]))] if job["NegativePrompt"] else []),
        ("Model", text(f"{job['ModelId']}, {job['Mode']}")),
    ]
    error = document["MapError"]
    return joined(
        [
            element("h1", text("Product photos on a new background")),
            element("p", element("strong", text(words), class_=class_)),
            facts(pairs, "tiles"),
            facts(told, "facts"),
            _problem(error) if error else Html(""),
            element("p", element("a", text("Open the job in Backdrop (you sign in there)"), href=job_url))
            if job_url
            else Html(""),
        ]
    )


def _other_scenes(job: Mapping[str, Any]) -> list[tuple[str, Html]]:
    """What is behind the products but the job's own words."""
    options = from_dict(job.get("Options") or {})
    own = Scene("", options.background, options.backdrop)
    told = [] if own.generates else [("Background", name(describe_scene(own)))]
    return told + [(f"Scene {number}", name(describe_scene(one))) for number, one in enumerate(options.scenes, 2)]


def _problem(error: Mapping[str, Any]) -> Html:
    words = f"The batch ended early. {error['Message']} What to do: {error['NextStep']}"
    return element("p", text(words), class_="bad")


def _failures(images: Sequence[Image]) -> Html:
    """Failed images by their reason, the commonest first, each reason with what to do next."""
    failed = [one for one in images if one["Error"]]
    if not failed:
        return Html("")
    reasons = Counter((one["Error"]["Code"], one["Error"]["NextStep"]) for one in failed)
    parts = [element("h2", text(f"Failed: {len(failed):,}"))]
    for (code, next_step), count in reasons.most_common():
        those = [one for one in failed if (one["Error"]["Code"], one["Error"]["NextStep"]) == (code, next_step)]
        parts += [
            element("h3", text(f"{count:,} × {code}")),
            element("p", element("strong", text("What to do: ")), text(next_step)),
            listed(_named([joined((_name_of(one), text(f": {one['Error']['Message']}"))) for one in those]), "names"),
        ]
    return element("section", *parts)


def _to_look_at(images: Sequence[Image]) -> Html:
    """Finished images that a flag asks to look at, by flag."""
    flagged = [(one, flag) for one in images for flag in _flags(one)]
    if not flagged:
        return Html("")
    parts = [element("h2", text(f"To look at before use: {sum(bool(_flags(one)) for one in images):,}"))]
    for code, count in Counter(flag["Code"] for _, flag in flagged).most_common():
        those = [(one, flag) for one, flag in flagged if flag["Code"] == code]
        parts += [
            element("h3", text(f"{count:,} × {those[0][1]['Meaning']}")),
            element("p", element("strong", text("What to do: ")), text(those[0][1]["NextStep"])),
            listed(_named([_name_of(one) for one, _ in those]), "names"),
        ]
    return element("section", *parts)


def _named(parts: list[Html]) -> Iterable[Html]:
    rest = len(parts) - _MOST_NAMED
    more = [text(f"and {rest:,} more; the CSV names them all")] if rest > 0 else []
    return [*parts[:_MOST_NAMED], *more]


def _approvals(totals: Mapping[str, Any], verdicts: Mapping[str, str], written_at: str) -> Html:
    given = Counter(verdicts.values())
    words = (
        f"{given[APPROVED]:,} approved, {given[REJECTED]:,} rejected, "
        f"{totals['Succeeded'] - given[APPROVED] - given[REJECTED]:,} not judged, as of {moment_words(written_at)}."
        if verdicts
        else f"Nobody had judged an image when this page was written ({moment_words(written_at)}). "
        "The job's page in Backdrop has what was approved since."
    )
    return element("section", element("h2", text("Approvals")), element("p", text(words)))


def _contact_sheet(
    document: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    verdicts: Mapping[str, str],
    reasons: Mapping[str, str],
    images_url: str | None,
) -> Html:
    shown, total = chosen(document), len(document["Images"])
    if not shown:
        return Html("")
    note = f"All {total:,} images." if total > 1 else "The image."
    if len(shown) < total:
        note = (
            f"{len(shown):,} of {total:,} images: failed ones first, then those to look at, then others. "
            "The CSV has a line for every image, and the job's page in Backdrop shows them all."
        )
    return element(
        "section",
        element("h2", text("Before and after")),
        element("p", text(note), class_="soft"),
        listed(
            (
                _card(one, pictures, verdicts.get(one["ImageId"]), reasons.get(one["ImageId"]), images_url)
                for one in shown
            ),
            "sheet",
        ),
    )


def _card(
    image: Image, pictures: Mapping[str, bytes], verdict: str | None, why: str | None, images_url: str | None
) -> Html:
    output = image["Output"]
    called = str(image["ImageName"])
    after = _picture(pictures.get(output["Key"]), f"After: {called}", "no preview") if output else _missing("failed")
    notes = [element("span", text(flag["Meaning"]), class_="look") for flag in _flags(image)]
    if image["Error"]:
        notes = [element("span", text(image["Error"]["Message"]), class_="bad")]
    if verdict:
        notes.append(
            element(
                "span",
                text(f"{verdict}: {shown(why)}" if why else verdict),
                class_="good" if verdict == APPROVED else "bad",
            )
        )
    return joined(
        [
            element("div", _name_of(image), class_="name"),
            element(
                "div",
                _figure("Before", _picture(pictures.get(image["Source"]["Key"]), f"Before: {called}", "no preview")),
                _figure("After", after),
                class_="pair",
            ),
            *(element("p", note, class_="soft") for note in notes),
            element("p", element("a", text("Open or download"), href=f"{images_url}{image['ImageId']}"))
            if output and images_url
            else Html(""),
        ]
    )


def _figure(caption: str, picture: Html) -> Html:
    return element("figure", picture, element("figcaption", text(caption)))


def _picture(data: bytes | None, alternative: str, otherwise: str) -> Html:
    if data is None:
        return _missing(otherwise)
    source = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
    return Html(f'<img src="{source}" alt="{text(alternative)}" decoding="async">')


def _missing(words: str) -> Html:
    return element("div", text(words), class_="none")


def _cost(cost: Mapping[str, Any], left_out: Sequence[Mapping[str, Any]]) -> Html:
    models = [
        [text(one["ModelId"]), text(f"{one['Calls']:,}"), text(f"{one['UsdPerCall']:.4g}"), text(f"{one['Usd']:.2f}")]
        for one in cost["Models"]
    ]
    if cost["Labels"]["Calls"]:
        labels = cost["Labels"]
        price = (text(f"{labels['Calls']:,}"), text(f"{labels['UsdPerCall']:.4g}"), text(f"{labels['Usd']:.2f}"))
        models.append([text("Finding labels (Rekognition)"), *price])
    regions = [[text(one["Region"]), text(f"{one['Calls']:,}"), text(f"{one['Usd']:.2f}")] for one in cost["Regions"]]
    words = (
        f"At most {cost['Usd']:,.2f} USD, retries included; {cost['AnsweredUsd']:,.2f} USD for answered calls."
        f" List prices of {cost['PriceDate']}. AWS does not say whether calls that fail are billed, so this is the "
        "most that they can cost; the other services of AWS come on top."
    )
    return element(
        "section",
        element("h2", text("Cost")),
        element("p", text(words)),
        table("By model", ["Model", "Calls", "USD a call", "USD"], models, 3) if models else Html(""),
        table("By Region", ["Region", "Calls", "USD"], regions, 2) if regions else Html(""),
        *(
            element("p", text(f"{one['Region']} was left out for {one['ModelId']}: {one['Cause']}"), class_="soft")
            for one in left_out
        ),
    )


def _end(job: Mapping[str, Any], written_at: str) -> Html:
    words = (
        f"Written {moment_words(written_at)} by Backdrop, from the job's report in s3://{job['S3Bucket']}/"
        f"{job['StatusS3Prefix']}/, whose JSON file is what auditors go by. This page loads nothing and runs nothing."
    )
    return element("p", text(words), class_="soft")


def _flags(image: Image) -> Sequence[Mapping[str, Any]]:
    review = image["Review"]
    return review["Flags"] if review else ()


def _is_left(image: Image) -> bool:
    return bool(image["Error"]["Code"] == "JOB_CANCELLED")


def _name_of(image: Image) -> Html:
    number, sku = image["Variation"], image.get("Sku")
    called = (name(image["ImageName"]), text(f" ({number})" if number > 1 else ""))
    return joined((*called, text(" · SKU "), name(sku)) if sku else called)


def moment_words(iso: str) -> str:
    """Return a moment as people read it, to the minute, in UTC. `iso`: ISO 8601 UTC."""
    return f"{iso[:10]} {iso[11:16]} UTC"
