"""Amazon Rekognition DetectLabels: the only module that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from backdrop.aws.clients import rekognition
from backdrop.domain.errors import BackdropError, ErrorCode
from backdrop.domain.jobs import Box, Label

if TYPE_CHECKING:
    from types_boto3_rekognition.type_defs import BoundingBoxTypeDef, LabelTypeDef

_MAX_LABELS = 20
"""A person can look through so many; Rekognition sorts by confidence."""

_MIN_CONFIDENCE = 55.0
"""Per cent. Rekognition's own default (reference E)."""


def detect(bucket: str, key: str) -> tuple[Label, ...]:
    """What is in a picture (JPEG or PNG, 80 to 10,000 px a side, at most 15 MB), the surest first.

    Raises:
        BackdropError: `LABELS_UNAVAILABLE`, whatever the reason: a job can go on without labels.
    """
    try:
        answer = rekognition().detect_labels(
            Image={"S3Object": {"Bucket": bucket, "Name": key}},
            MaxLabels=_MAX_LABELS,
            MinConfidence=_MIN_CONFIDENCE,
            Features=["GENERAL_LABELS"],
        )
    except ClientError as error:
        details = error.response.get("Error", {})
        raise _unavailable(f"{details.get('Code')}: {details.get('Message')}") from error
    except BotoCoreError as error:
        raise _unavailable(str(error)) from error
    return tuple(_label(label) for label in answer["Labels"])


def _unavailable(reason: str) -> BackdropError:
    return BackdropError(ErrorCode.LABELS_UNAVAILABLE, f"Amazon Rekognition could not label the photo: {reason}.")


def _label(label: LabelTypeDef) -> Label:
    return Label(
        name=label["Name"],
        confidence=round(label["Confidence"], 2),
        boxes=tuple(_box(one["BoundingBox"]) for one in label.get("Instances", []) if "BoundingBox" in one),
    )


def _box(box: BoundingBoxTypeDef) -> Box:
    """Rekognition's boxes may reach over the edge a little; ours lie within the image."""
    left, top = max(0.0, box["Left"]), max(0.0, box["Top"])
    right, bottom = min(1.0, box["Left"] + box["Width"]), min(1.0, box["Top"] + box["Height"])
    return (round(left, 5), round(top, 5), round(max(0.0, right - left), 5), round(max(0.0, bottom - top), 5))
