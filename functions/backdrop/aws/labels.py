"""Amazon Rekognition DetectLabels: the only module that asks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.failures import Trouble, translated
from backdrop.core.errors import BackdropError, ErrorCode, LabelsUnavailable
from backdrop.core.vocabulary import Box
from backdrop.core.words.marks import phrase
from backdrop.jobs.model import Label

if TYPE_CHECKING:
    from types_boto3_rekognition import RekognitionClient
    from types_boto3_rekognition.type_defs import BoundingBoxTypeDef, LabelTypeDef

_MAX_LABELS = 20
"""A person can look through so many; Rekognition sorts by confidence."""

_MIN_CONFIDENCE = 55.0
"""Per cent. Rekognition's own default: https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html"""


@dataclass(frozen=True)
class Labels:
    """Asks Rekognition what is in a picture.

    Args:
        connect: gives the client; called on first use.
    """

    connect: Callable[[], RekognitionClient]

    def detect(self, bucket: str, key: str) -> tuple[Label, ...]:
        """What is in a picture (JPEG or PNG, 80 to 10,000 px a side, at most 15 MB), the surest first.

        Raises:
            BackdropError: `LABELS_UNAVAILABLE`, whatever the reason; `LabelsUnavailable` where that passes by itself.
        """
        with translated(_unavailable):
            answer = self.connect().detect_labels(
                Image={"S3Object": {"Bucket": bucket, "Name": key}},
                MaxLabels=_MAX_LABELS,
                MinConfidence=_MIN_CONFIDENCE,
                Features=["GENERAL_LABELS"],
            )
        return tuple(_label(label) for label in answer["Labels"])


def _unavailable(trouble: Trouble) -> BackdropError:
    cause = phrase("Amazon Rekognition could not label the photo: {reason}.", reason=trouble.reason)
    return (LabelsUnavailable if trouble.kind.passes else BackdropError)(ErrorCode.LABELS_UNAVAILABLE, cause)


def _label(label: LabelTypeDef) -> Label:
    return Label(
        name=label["Name"],
        confidence=round(label["Confidence"], 2),
        boxes=tuple(_box(one["BoundingBox"]) for one in label.get("Instances", []) if "BoundingBox" in one),
    )


def _box(box: BoundingBoxTypeDef) -> Box:
    """Return a box of Rekognition's cut to the image: theirs may reach over its edge a little."""
    left, top = max(0.0, box["Left"]), max(0.0, box["Top"])
    right, bottom = min(1.0, box["Left"] + box["Width"]), min(1.0, box["Top"] + box["Height"])
    return (round(left, 5), round(top, 5), round(max(0.0, right - left), 5), round(max(0.0, bottom - top), 5))
