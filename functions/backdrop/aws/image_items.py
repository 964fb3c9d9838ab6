"""Drafts and photos to the attributes of the Images table and back.

`Labels` is stored as JSON text: as nested attribute values, parsing 10,000 photos at submission takes botocore
longer than the 29 seconds API Gateway waits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from backdrop.aws.items import expiry
from backdrop.core import by_hand, clock
from backdrop.core.keys import JobPrefixes
from backdrop.core.verdicts import RejectReason, Why
from backdrop.core.vocabulary import ImageStatus, LabelSource, MaskOrigin, Verdict
from backdrop.jobs.model import (
    DRAFT_LIFETIME,
    Draft,
    Facts,
    GlancedImage,
    Label,
    Outcome,
    PhotoRow,
    variation_id,
)

DRAFT_KEY = "#draft"
COUNTS_KEY = "#counts"
"""Sort keys of the two rows of a job that are no images: its draft, and how many of its images have ended."""


def draft_attributes(draft: Draft) -> dict[str, Any]:
    """Attributes of a draft's row, without `ExpiresAt`."""
    return {
        "JobId": draft.id,
        "ImageId": DRAFT_KEY,
        "Owner": draft.owner,
        "OwnerEmail": draft.owner_email,
        "CreatedAt": draft.created_at,
        "InputS3Prefix": draft.prefixes.input,
        "OutputS3Prefix": draft.prefixes.output,
        "StatusS3Prefix": draft.prefixes.status,
        "PhotoCount": draft.photo_count,
        "NextNumber": draft.next_number,
        "Revision": draft.revision,
        "Listed": draft.listed,
        "ChangedAt": draft.changed_at,
    }


def draft_of(item: Mapping[str, Any]) -> Draft:
    """The draft of a row."""
    return Draft(
        id=item["JobId"],
        owner=item["Owner"],
        owner_email=item["OwnerEmail"],
        created_at=item["CreatedAt"],
        prefixes=JobPrefixes(item["InputS3Prefix"], item["OutputS3Prefix"], item["StatusS3Prefix"]),
        photo_count=item["PhotoCount"],
        next_number=item["NextNumber"],
        revision=item["Revision"],
        submitted_at=item.get("SubmittedAt"),
        claim=item.get("Claim"),
        left_out=frozenset(filter(None, item.get("LeftOut", "").split(","))),
        # Those of earlier versions were in no list.
        listed=bool(item.get("Listed")),
        changed_at=item.get("ChangedAt"),
    )


def photo_attributes(photo: PhotoRow) -> dict[str, Any]:
    """Attributes of a photo's row as the API writes them; outcomes are written by the state machine."""
    facts = photo.facts
    attributes: dict[str, Any] = {
        "JobId": photo.job_id,
        "ImageId": photo.image_id,
        "ImageName": photo.name,
        "Status": photo.status.value,
        "CreatedAt": photo.created_at,
        "SourceKey": photo.source_key,
        "ContentType": photo.content_type,
        "UploadBytes": photo.upload_bytes,
        "LabelsError": photo.labels_error,
        "OwnLabels": None if photo.own_labels is None else labels_text(photo.own_labels),
        "Error": photo.error,
        "Cause": photo.cause,
        "FileNames": json.dumps(photo.file_names, ensure_ascii=False) if photo.file_names else None,
        "AnswersAt": photo.answers_at,
        "Prompt": photo.prompt,
        "ByHand": json.dumps(by_hand.to_dict(photo.by_hand)) if photo.by_hand else None,
        "Scenes": json.dumps(photo.scenes) if photo.scenes else None,
        "Sku": photo.sku,
        "InsteadOf": json.dumps(photo.instead_of) if photo.instead_of else None,
        "MaskSha256": photo.mask_sha256,
        "MaskFrom": photo.mask_from,
        "MaskAt": photo.mask_at,
    }
    if facts:
        attributes |= {
            "Bytes": facts.bytes,
            "Sha256": facts.sha256,
            "Width": facts.width,
            "Height": facts.height,
            "Format": facts.format,
            "PreviewKey": facts.preview_key,
            "Labels": labels_text(photo.labels),
        }
    return attributes


def new_photo_attributes(photo: PhotoRow, lifetime: timedelta) -> dict[str, Any]:
    """Attributes of a photo's row when it is first written. `lifetime`: of a job's rows."""
    created = photo.created_at or clock.iso(clock.now())
    # A submitted photo must outlive its job, and an abandoned one must go: the longer of the two for all.
    return {
        **photo_attributes(photo),
        "ExpiresAt": expiry(created, DRAFT_LIFETIME + lifetime),
    }


def variation_attributes(job_id: str, line: Mapping[str, Any], variation: int, lifetime: timedelta) -> dict[str, Any]:
    """Attributes of the row of a photo's variation, from the photo's line in the manifest. `lifetime`: of a job's
    rows."""
    now = clock.now()
    return {
        "JobId": job_id,
        "ImageId": variation_id(line["ImageId"], variation),
        "ImageName": line["ImageName"],
        "Status": ImageStatus.READY.value,
        "CreatedAt": clock.iso(now),
        "SourceKey": line["Key"],
        "Variation": variation,
        **({"Prompt": line["Prompt"]} if "Prompt" in line else {}),
        **{name: json.dumps(line[name]) for name in ("ByHand", "Scenes") if name in line},
        **({"Sku": line["Sku"]} if line.get("Sku") else {}),
        "ExpiresAt": expiry(clock.iso(now), lifetime),
    }


def glanced_of(item: Mapping[str, Any]) -> GlancedImage:
    """The image of an item of the index `Overview`."""
    return GlancedImage(
        image_id=item["ImageId"],
        name=item.get("ImageName", item["ImageId"]),
        status=ImageStatus(item["Status"]),
        verdict=Verdict(item["Verdict"]) if "Verdict" in item else None,
        review=item.get("Review"),
    )


def photo_of(item: Mapping[str, Any]) -> PhotoRow:
    """The photo of a row, whoever wrote it."""
    return PhotoRow(
        job_id=item["JobId"],
        image_id=item["ImageId"],
        name=item.get("ImageName", item["ImageId"]),
        status=ImageStatus(item["Status"]),
        created_at=item.get("CreatedAt"),
        source_key=item.get("SourceKey"),
        content_type=item.get("ContentType"),
        upload_bytes=item.get("UploadBytes"),
        facts=_facts(item),
        labels=labels_of(item.get("Labels", "[]")),
        own_labels=labels_of(item["OwnLabels"]) if "OwnLabels" in item else None,
        labels_error=item.get("LabelsError"),
        mask_sha256=item.get("MaskSha256"),
        # Rows of earlier versions knew no others.
        mask_from=MaskOrigin(item.get("MaskFrom", MaskOrigin.UPLOAD)) if "MaskSha256" in item else None,
        mask_at=item.get("MaskAt"),
        verdict=Verdict(item["Verdict"]) if "Verdict" in item else None,
        verdict_at=item.get("VerdictAt"),
        why=Why(RejectReason(item["RejectReason"]) if "RejectReason" in item else None, item.get("RejectWords", "")),
        error=item.get("Error"),
        cause=item.get("Cause"),
        file_names=tuple(json.loads(item.get("FileNames", "[]"))),
        answers_at=item.get("AnswersAt"),
        prompt=item.get("Prompt"),
        by_hand=by_hand.from_dict(json.loads(item["ByHand"])) if "ByHand" in item else None,
        scenes=tuple(json.loads(item.get("Scenes", "[]"))),
        sku=item.get("Sku"),
        instead_of=tuple(json.loads(item.get("InsteadOf", "[]"))),
        outcome=Outcome(
            model_id=item.get("ModelId"),
            seed=item.get("Seed"),
            attempts=item.get("Attempts"),
            output_key=item.get("OutputKey"),
            output_bytes=item.get("OutputBytes"),
            output_sha256=item.get("OutputSha256"),
            output_width=item.get("OutputWidth"),
            output_height=item.get("OutputHeight"),
            passes=item.get("Passes"),
            labels_kept=item.get("LabelsKept"),
            labels_used=item.get("LabelsUsed"),
            review=item.get("Review"),
            started_at=item.get("StartedAt"),
            finished_at=item.get("FinishedAt"),
        ),
    )


def labels_text(labels: tuple[Label, ...]) -> str:
    """Labels as JSON text: `[{"Name", "Confidence", "Boxes": [[left, top, width, height]], "By"?: "Person"}]`."""
    return json.dumps(
        [
            {"Name": label.name, "Confidence": label.confidence, "Boxes": label.boxes}
            | ({"By": LabelSource.PERSON.value} if label.by_person else {})
            for label in labels
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def labels_of(text: str) -> tuple[Label, ...]:
    """The labels of a `labels_text`."""
    return tuple(
        Label(
            label["Name"],
            label["Confidence"],
            tuple((left, top, w, h) for left, top, w, h in label["Boxes"]),
            label.get("By") == LabelSource.PERSON,
        )
        for label in json.loads(text)
    )


def _facts(item: Mapping[str, Any]) -> Facts | None:
    if "Sha256" not in item:
        return None
    return Facts(item["Bytes"], item["Sha256"], item["Width"], item["Height"], item["Format"], item["PreviewKey"])
