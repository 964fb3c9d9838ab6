"""Amazon Rekognition DetectModerationLabels: the only module that asks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.failures import Trouble, translated
from backdrop.core.errors import ErrorCode, ModerationUnavailable
from backdrop.core.words.marks import phrase
from backdrop.policy.images import ModerationLabel, Screening

if TYPE_CHECKING:
    from types_boto3_rekognition import RekognitionClient
    from types_boto3_rekognition.type_defs import ModerationLabelTypeDef


@dataclass(frozen=True)
class Moderation:
    """Asks Rekognition what in a picture some people should not see.

    Args:
        connect: gives the client, which retries what is worth it; called on first use.
    """

    connect: Callable[[], RekognitionClient]

    def detect(self, image: bytes, min_confidence: float) -> Screening:
        """What Rekognition finds in a JPEG or PNG of at most 5 MB, 80 to 10,000 px a side; the surest first.

        `min_confidence` is per cent.

        Raises:
            ModerationUnavailable: `MODERATION_UNAVAILABLE`, whatever the reason: nothing passes unchecked.
        """
        with translated(_unavailable):
            answer = self.connect().detect_moderation_labels(Image={"Bytes": image}, MinConfidence=min_confidence)
        labels = sorted(map(_label, answer["ModerationLabels"]), key=lambda label: -label.confidence)
        return Screening(tuple(labels), answer.get("ModerationModelVersion", ""))


def _unavailable(trouble: Trouble) -> ModerationUnavailable:
    cause = phrase("Amazon Rekognition could not check the picture: {reason}.", reason=trouble.reason)
    return ModerationUnavailable(ErrorCode.MODERATION_UNAVAILABLE, cause)


def _label(label: ModerationLabelTypeDef) -> ModerationLabel:
    return ModerationLabel(
        name=label.get("Name", ""), parent=label.get("ParentName", ""), confidence=round(label["Confidence"], 2)
    )
