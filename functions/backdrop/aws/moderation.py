"""Amazon Rekognition DetectModerationLabels: the only module that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from backdrop.aws.clients import rekognition
from backdrop.domain.errors import ErrorCode, ModerationUnavailable
from backdrop.domain.moderation import ModerationLabel, Screening

if TYPE_CHECKING:
    from types_boto3_rekognition.type_defs import ModerationLabelTypeDef


def detect(image: bytes, min_confidence: float) -> Screening:
    """What Rekognition finds in a JPEG or PNG of at most 5 MB, 80 to 10,000 px a side; the surest first.

    `min_confidence` is per cent. The client retries what is worth it (`aws.clients`).

    Raises:
        ModerationUnavailable: `MODERATION_UNAVAILABLE`, whatever the reason: nothing passes unchecked.
    """
    try:
        answer = rekognition().detect_moderation_labels(Image={"Bytes": image}, MinConfidence=min_confidence)
    except ClientError as error:
        details = error.response.get("Error", {})
        raise _unavailable(f"{details.get('Code')}: {details.get('Message')}") from error
    except BotoCoreError as error:
        raise _unavailable(str(error)) from error
    labels = sorted(map(_label, answer["ModerationLabels"]), key=lambda label: -label.confidence)
    return Screening(tuple(labels), answer.get("ModerationModelVersion", ""))


def _unavailable(reason: str) -> ModerationUnavailable:
    return ModerationUnavailable(
        ErrorCode.MODERATION_UNAVAILABLE, f"Amazon Rekognition could not check the picture: {reason}."
    )


def _label(label: ModerationLabelTypeDef) -> ModerationLabel:
    return ModerationLabel(
        name=label.get("Name", ""), parent=label.get("ParentName", ""), confidence=round(label["Confidence"], 2)
    )
