"""The job being put together: its photos, and the draft of the service that keeps them.

No Streamlit here. One `Workspace` lives in a browser session; the draft outlives it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from backdrop_client.answers import Photo, PhotoStatus
from backdrop_web.service.api import Api
from backdrop_web.upload.upload_session import Intake

PREVIEWS_FRESH_SECONDS = 600
"""Addresses are good for 15 minutes (docs/architecture.md, 4); fetched anew before that."""


@dataclass
class Workspace:
    """One job being put together. `number` tells one from the next, for the keys of its widgets."""

    number: int = 1
    draft_id: str | None = None
    photos: dict[str, Photo] = field(default_factory=dict)
    fetched_at: float = 0.0
    intake: Intake = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.intake = Intake(self)

    @property
    def ready(self) -> list[Photo]:
        """The photos that will be in the job."""
        return [photo for photo in self.photos.values() if photo.status is PhotoStatus.READY]

    @property
    def left_out(self) -> list[Photo]:
        """Photos of the draft that were refused, or whose upload was cut off; those on their way are none of them."""
        return [
            photo
            for photo in self.photos.values()
            if photo.status is PhotoStatus.REFUSED
            or (photo.status is PhotoStatus.UPLOADING and not self.intake.in_flight(photo.photo_id))
        ]

    def load(self, api: Api, draft_id: str) -> bool:
        """Take over a draft from the service, such as after signing in again. Returns whether it was submitted."""
        page = api.draft(draft_id)
        submitted, loaded = page.submitted, list(page.photos)
        while page.cursor and not submitted:
            page = api.draft(draft_id, cursor=page.cursor)
            loaded += page.photos
        self.draft_id = page.draft_id
        self.photos = {photo.photo_id: photo for photo in loaded}
        self.put_in_order()
        self.fetched_at = time.monotonic()
        self.intake.revision += 1
        if not submitted:
            self.intake.resume(api)
        return submitted

    def stale(self) -> bool:
        """Whether the previews' addresses may have run out."""
        if self.photos and not self.fetched_at:
            self.fetched_at = time.monotonic()
        return bool(self.photos) and time.monotonic() - self.fetched_at > PREVIEWS_FRESH_SECONDS

    def remove(self, api: Api, photo_id: str) -> None:
        """Take a photo out of the draft."""
        if self.draft_id is not None:
            api.delete_photo(self.draft_id, photo_id)
        self.photos.pop(photo_id, None)

    def put_in_order(self) -> None:
        """Photos as they were added, not as they happened to be done: their ids count up."""
        self.photos = dict(sorted(self.photos.items()))
