"""The report as files: JSON for auditors and programs, CSV for business users."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from backdrop.core import keys
from backdrop.core.names import escaped, shown_lines
from backdrop.core.options_json import to_dict
from backdrop.core.scenes import Scene, describe_scene
from backdrop.core.vocabulary import MaskOrigin
from backdrop.imaging.quality import flags as quality_flags
from backdrop.jobs.costs import prices
from backdrop.models.terms import terms_of
from backdrop.reports.proof.links import Proof
from backdrop.reports.proof.software import software
from backdrop.reports.report import SCHEMA, SCHEMA_VERSION, ImageResult, LeftOut, Report, photo_options

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a cell that starts so for a formula (OWASP, CSV injection), full-width forms too."""

_COLUMNS = (
    "Image", "Status", "Reason", "What to do next", "Labels kept", "Prompt", "Negative prompt", "Mode", "Model", "Seed",
    "Model calls", "Variation", "Options", "Needs review", "Marketplace check",
    "Started (UTC)", "Finished (UTC)", "Seconds", "Source", "Source bytes", "Source SHA-256",
    "Result", "Result width", "Result height", "Result bytes", "Result SHA-256", "SKU", "Scene", "Background",
)  # fmt: skip


def to_json(report: Report, proof: Proof | None = None) -> bytes:
    """Return the report as UTF-8 JSON, as docs/status-report.schema.json describes; written image by image to keep
    memory low. `proof`: what ties it to other files; None: nothing does."""
    head = _dump(
        {
            "Schema": SCHEMA,
            "SchemaVersion": SCHEMA_VERSION,
            "Software": software(),
            **(proof or Proof()).to_dict(),
            "Terms": [{"ModelId": one, "Url": terms_of(one)} for one in _models(report)],
            "Job": _job(report),
            "Totals": totals(report),
            "Cost": _cost(report),
            "RegionsLeftOut": [_left_out(one) for one in report.left_out],
            "MapError": _map_error(report),
        }
    )
    out = io.BytesIO()
    out.write(head[:-1])
    out.write(b',"Images":[')
    for number, image in enumerate(report.images):
        out.write(b",\n" if number else b"\n")
        out.write(_dump(_image(report, image)))
    out.write(b"\n]}\n")
    return out.getvalue()


def _models(report: Report) -> list[str]:
    """The models that had a part in the images, the one that painted the job's backdrop among them."""
    settings = report.run.settings
    painted = [settings.painted.model_id] if settings.painted else []
    passes = {str(one["ModelId"]) for image in report.images for one in image.passes}
    return sorted({settings.model_id, *painted, *passes})


NOT_BEGUN = "Not begun"
"""In place of a status: an image that a cancelled job left is no failure."""

LOOK_FIRST = "no rule broken, needs review"


def to_csv(report: Report) -> bytes:
    """Return the report as CSV: UTF-8 with a byte order mark (so that Excel reads accents), comma-separated, one row an
    image.

    Text that a spreadsheet would take for a formula is made inert by an apostrophe in front; hidden characters are
    shown (`core.names`), so that names look like what they are. The JSON has every text as it is.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for image in report.images:
        writer.writerow([_inert(cell) if isinstance(cell, str) else cell for cell in _cells(report, image)])
    return out.getvalue().encode("utf-8-sig")


def totals(report: Report) -> dict[str, int]:
    """Counts that reconcile: `Images` = `Succeeded` + `Failed`; `Cancelled` is a part of `Failed`."""
    return {
        "Images": report.total,
        "Succeeded": report.succeeded,
        "Failed": report.failed,
        "Cancelled": report.cancelled,
        "ModelCalls": report.calls,
        "AnswersReused": report.reused,
        "NeedReview": report.to_review,
    }


def _job(report: Report) -> dict[str, Any]:
    run = report.run
    return {
        **run.job,
        "Status": report.status.value,
        "ExecutionArn": run.execution_arn,
        "ManifestKey": run.manifest_key,
        "StartedAt": run.started_at,
        "FinishedAt": run.finished_at,
        "Seconds": report.seconds,
    }


def _cost(report: Report) -> dict[str, Any]:
    cost = report.cost
    return {
        "Currency": "USD",
        "Usd": cost.usd,
        "AnsweredUsd": cost.answered_usd,
        "PriceDate": cost.price_date,
        "Basis": prices.BASIS,
        "Models": [
            {"ModelId": one.model_id, "Calls": one.calls, "UsdPerCall": one.usd_per_call, "Usd": round(one.usd, 6)}
            for one in cost.services
        ],
        "Regions": [{"Region": one.region, "Calls": one.calls, "Usd": one.usd} for one in report.regions],
        "Labels": {
            "Calls": cost.label_calls,
            "UsdPerCall": prices.USD_PER_LABEL_CALL,
            "Usd": round(cost.label_calls * prices.USD_PER_LABEL_CALL, 6),
        },
    }


def _left_out(one: LeftOut) -> dict[str, str]:
    return {
        "Region": one.region,
        "ModelId": one.model_id,
        "Code": one.code,
        "Cause": one.cause,
        "Since": one.since,
        "Until": one.until,
    }


def _map_error(report: Report) -> dict[str, Any] | None:
    if report.map_failure is None or report.run.map_error is None:
        return None
    return _error(report.run.map_error.get("Error"), report.run.map_error.get("Cause"), report.map_failure)


def _error(name: object, raw: object, failure: Any) -> dict[str, Any]:
    return {
        "Error": name,
        "Cause": raw,
        "Code": failure.code.value,
        "Message": failure.cause,
        "NextStep": failure.next_step,
    }


def _image(report: Report, image: ImageResult) -> dict[str, Any]:
    item, row, job = image.item, image.row, report.run.job
    return {
        "ImageId": image.image_id,
        "ImageName": image.name,
        "Variation": image.variation,
        "Scene": photo_options(report.run, item).place_of_scene(image.variation) + 1,
        "Scenes": item.get("Scenes"),
        "Sku": item.get("Sku") or None,
        "Status": image.status,
        "Source": {
            "Key": item["Key"],
            "Bytes": row.get("SourceBytes", item.get("Bytes")),
            "Sha256": row.get("SourceSha256", item.get("Sha256")),
            "Width": item.get("Width"),
            "Height": item.get("Height"),
        },
        "Labels": image.labels,
        "LabelsKept": image.labels_used,
        "LabelsNotLocated": image.labels_not_located,
        "Boxes": item.get("Boxes") or [],
        "LabelsRemoved": [label for label in str(item.get("Removed", "")).split(",") if label],
        "RemovedBoxes": item.get("RemovedBoxes") or [],
        "BoxesBy": item.get("BoxesBy"),
        "RemovedBoxesBy": item.get("RemovedBoxesBy"),
        "UploadedMaskSha256": item.get("MaskSha256") if _from_upload(item) else None,
        "EditedMask": _edited_mask(item),
        "Mask": _mask(image),
        "MaskFrom": (row.get("MaskFrom") or None) if image.succeeded else None,
        "ModelId": job["ModelId"],
        "Prompt": _prompt(report, image),
        "NegativePrompt": job["NegativePrompt"],
        "Mode": job["Mode"],
        "Seed": image.seed,
        "ByHand": _by_hand(image),
        "Options": _own_options(report, image),
        "Attempts": image.made.total() + image.throttled,
        "Throttled": image.throttled,
        "Passes": list(image.passes),
        "StartedAt": row.get("StartedAt"),
        "FinishedAt": row.get("FinishedAt"),
        "Seconds": image.seconds,
        "Output": _output(image),
        "Review": _review(image),
        "Error": _error(row.get("Error"), row.get("Cause"), image.failure) if image.failure else None,
    }


def _own_options(report: Report, image: ImageResult) -> dict[str, Any]:
    """The options that the image was made with: of the job's scenes and outputs, its own."""
    options = photo_options(report.run, image.item)
    several = bool(options.outputs or options.scenes)
    return to_dict(options.of_image(image.variation)) if several else report.run.job.get("Options") or {}


def _prompt(report: Report, image: ImageResult) -> str:
    scene = photo_options(report.run, image.item).scene_of(image.variation)
    if scene is not None:
        return scene.prompt
    return str(report.run.job["Prompt"]) if image.own_prompt is None else image.own_prompt


def _by_hand(image: ImageResult) -> dict[str, Any] | None:
    """How the product of a finished image was moved, scaled and turned by hand, and whether its pixels were made anew
    for it."""
    done = image.review.get("byHand") if image.succeeded else None
    return {name.capitalize(): value for name, value in done.items()} if done else None


def _edited_mask(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """A mask that somebody made by hand, and when; who it was is the job's `RequestedBy`."""
    if item.get("MaskFrom") != MaskOrigin.EDITED:
        return None
    return {"Sha256": item["MaskSha256"], "At": item.get("MaskAt")}


def _mask(image: ImageResult) -> dict[str, Any] | None:
    """The mask as it is stored: one of the photo's own, or the cut-out's; None where there was none, or nobody noted
    its hash."""
    item = image.item
    own = item.get("MaskSha256")
    sha256 = own or next((one["MaskSha256"] for one in image.passes if one.get("MaskSha256")), None)
    if sha256 is None:
        return None
    origin = item.get("MaskFrom", MaskOrigin.UPLOAD.value) if own else MaskOrigin.CUT_OUT.value
    return {"Key": keys.mask_key(str(item["Key"])), "Sha256": sha256, "From": str(origin), "Own": bool(own)}


def _from_upload(item: Mapping[str, Any]) -> bool:
    # Manifests of earlier versions knew no other masks.
    return str(item.get("MaskFrom", MaskOrigin.UPLOAD)) == MaskOrigin.UPLOAD


def _output(image: ImageResult) -> dict[str, Any] | None:
    if not image.succeeded:
        return None
    row = image.row
    return {
        "Key": row["OutputKey"],
        "Bytes": row["OutputBytes"],
        "Sha256": row["OutputSha256"],
        "Width": row["OutputWidth"],
        "Height": row["OutputHeight"],
    }


def _review(image: ImageResult) -> dict[str, Any] | None:
    """Flags with their words, marketplace checks and moderation as recorded."""
    if not image.succeeded:
        return None
    review = image.review
    marketplace = review.get("marketplace")
    return {
        "Flags": [
            {
                "Code": one["code"],
                "Meaning": quality_flags.words(one["code"])[0],
                "NextStep": quality_flags.words(one["code"])[1],
                "Measured": one["measured"],
                "Threshold": one["threshold"],
                **({"Box": one["box"]} if "box" in one else {}),
            }
            for one in review["flags"]
        ],
        "Marketplace": {
            "Preset": marketplace["preset"],
            "Passed": marketplace["passed"],
            "Checks": [
                {
                    "Code": one["code"],
                    "Passed": one["passed"],
                    "Measured": one["measured"],
                    "Wanted": one["wanted"],
                }
                for one in marketplace["checks"]
            ],
        }
        if marketplace
        else None,
        "Moderation": review.get("moderation"),
        "Credentials": review.get("credentials"),
    }


def _reasons_to_look(image: ImageResult) -> str:
    return "; ".join(quality_flags.words(one["code"])[0] for one in image.review["flags"]) if image.succeeded else ""


def _marketplace(image: ImageResult) -> str:
    """Return `passed`, or the codes that did not; empty where no preset was chosen. Rules are measured on the cut-out:
    where that is doubtful, so is what was measured."""
    checks = image.review.get("marketplace") if image.succeeded else None
    if not checks:
        return ""
    if checks["passed"] and image.review["flags"]:
        return LOOK_FIRST
    return "passed" if checks["passed"] else ", ".join(one["code"] for one in checks["checks"] if not one["passed"])


def _cells(report: Report, image: ImageResult) -> Iterator[Any]:
    job, row = report.run.job, image.row
    source = _image(report, image)["Source"]
    output = _output(image) or {}
    bucket = job["S3Bucket"]
    yield image.name
    yield NOT_BEGUN if image.left else image.status
    yield image.failure.cause if image.failure else ""
    yield image.failure.next_step if image.failure else ""
    yield ", ".join(image.labels_used)
    yield from (
        _prompt(report, image),
        job["NegativePrompt"],
        job["Mode"],
        job["ModelId"],
        image.seed,
        image.made.total(),
    )
    yield from (image.variation, json.dumps(_own_options(report, image)), _reasons_to_look(image), _marketplace(image))
    yield from (row.get("StartedAt") or "", row.get("FinishedAt") or "", image.seconds)
    yield from (f"s3://{bucket}/{source['Key']}", source["Bytes"], source["Sha256"])
    yield f"s3://{bucket}/{output['Key']}" if output else ""
    yield from (output.get("Width"), output.get("Height"), output.get("Bytes"), output.get("Sha256"))
    options = photo_options(report.run, image.item)
    yield from (image.item.get("Sku") or "", options.place_of_scene(image.variation) + 1)
    made = options.of_image(image.variation)
    yield describe_scene(Scene(_prompt(report, image), made.background, made.backdrop))


def _inert(text: str) -> str:
    text = shown_lines(text)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _dump(value: object) -> bytes:
    return escaped(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode()
