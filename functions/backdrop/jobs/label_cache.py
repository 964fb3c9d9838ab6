"""Labels of a photo's content, kept so that the same content is never labelled, and paid for, twice.

A user who adds a photo again, in another draft or under another name, gets what was found in it the first time.
Kept per user: nobody learns from a quick answer what others have uploaded.
"""

from __future__ import annotations

import json
from contextlib import suppress

from backdrop.core import keys
from backdrop.core.errors import BackdropError
from backdrop.core.limits import DRAFT_TAG
from backdrop.jobs.model import Label
from backdrop.jobs.ports import LabelDetector, ObjectStore


class KnownLabels:
    """A `LabelDetector`'s answers about the content of one user's photos, in the bucket (expiring as drafts do).

    Args:
        objects: the bucket's.
        detector: is asked about what is not known.
        bucket: its name.
        owner: as `keys.owner_hash` gives it.
    """

    def __init__(self, objects: ObjectStore, detector: LabelDetector, bucket: str, owner: str) -> None:
        self._objects = objects
        self._detector = detector
        self._bucket = bucket
        self._owner = owner

    def of(self, preview_key: str, sha256: str) -> tuple[Label, ...]:
        """Labels of the photo with this hash, whose preview lies at `preview_key`.

        Raises:
            BackdropError: `LABELS_UNAVAILABLE`.
        """
        known = self.recall(preview_key, sha256)
        if known is not None:
            return known
        found = self._detector.detect(self._bucket, preview_key)
        # If this fails they are in the photo's row all the same; only the next photo of this content pays again.
        with suppress(BackdropError):
            self._keep(preview_key, sha256, found)
        return found

    def recall(self, preview_key: str, sha256: str) -> tuple[Label, ...] | None:
        """What is known already of the photo with this hash; None: nobody asked, or it can't be read."""
        try:
            return _parse(self._objects.get(self._bucket, keys.labels_key(preview_key, self._owner, sha256)))
        except (BackdropError, ValueError, KeyError, TypeError):
            # Nothing there, or nothing of use: the detector is asked.
            return None

    def ask(self, preview_key: str, sha256: str) -> tuple[Label, ...]:
        """Ask the detector, whatever is known already; its answer is surely kept, so that the calls can be counted.

        Raises:
            BackdropError: `LABELS_UNAVAILABLE`, `STORAGE_ERROR`.
        """
        found = self._detector.detect(self._bucket, preview_key)
        self._keep(preview_key, sha256, found)
        return found

    def _keep(self, preview_key: str, sha256: str, found: tuple[Label, ...]) -> None:
        key = keys.labels_key(preview_key, self._owner, sha256)
        self._objects.put(self._bucket, key, _text(found), "application/json", DRAFT_TAG)


def _text(labels: tuple[Label, ...]) -> bytes:
    return json.dumps([{"name": one.name, "confidence": one.confidence, "boxes": one.boxes} for one in labels]).encode()


def _parse(data: bytes) -> tuple[Label, ...]:
    return tuple(
        Label(
            str(one["name"]),
            float(one["confidence"]),
            tuple((float(x), float(y), float(width), float(height)) for x, y, width, height in one["boxes"]),
        )
        for one in json.loads(data)
    )
