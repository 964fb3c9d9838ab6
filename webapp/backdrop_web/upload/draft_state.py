"""The job being put together: its photos, and the id of the service's draft that keeps them.

Plain state: no Streamlit and no calls here. `UploadSession` fills it, the pages read it; the draft outlives both.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from backdrop.api.schemas.photos import Photo, PhotoStatus
from backdrop_web.service.api import FRESH_SECONDS


@dataclass
class DraftState:
    """One job being put together. `number` tells one from the next, for the keys of its widgets."""

    number: int = 1
    draft_id: str | None = None
    photos: dict[str, Photo] = field(default_factory=dict)
    """By id, in the order in which they were added: ids count up."""
    fetched_at: float = 0.0
    revision: int = 0
    """How often the photos have changed."""

    @property
    def ready(self) -> list[Photo]:
        """The photos that will be in the job."""
        return [photo for photo in self.photos.values() if photo.status is PhotoStatus.READY]

    def replace_photos(self, draft_id: str, photos: Iterable[Photo]) -> None:
        """Become the draft of that id with these photos, just fetched."""
        self.draft_id = draft_id
        self.photos = {photo.photo_id: photo for photo in photos}
        self._sort_photos()
        self.fetched_at = time.monotonic()
        self.revision += 1

    def put_photo(self, photo: Photo) -> None:
        """Add a photo, or put it in the place of what was known of it."""
        self.photos[photo.photo_id] = photo
        self._sort_photos()
        self.revision += 1

    def pop_photo(self, photo_id: str) -> Photo | None:
        """Take a photo out and return it; None when it is not there."""
        photo = self.photos.pop(photo_id, None)
        self.revision += photo is not None
        return photo

    def is_stale(self) -> bool:
        """Whether the previews' addresses may have run out."""
        if self.photos and not self.fetched_at:
            self.fetched_at = time.monotonic()
        return bool(self.photos) and time.monotonic() - self.fetched_at > FRESH_SECONDS

    def _sort_photos(self) -> None:
        # Checks end in any order.
        self.photos = dict(sorted(self.photos.items()))
