"""A job's images as the Job page shows them. No Streamlit here.

Every answer of the API carries freshly signed addresses. Showing those would make the browser load each picture
again at every poll, so an image keeps the addresses it came with until they are about to run out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from backdrop_client.answers import Image, ImageStatus, Job
from backdrop_web.service import Api

FRESH_SECONDS = 600
"""Addresses are good for 15 minutes (docs/architecture.md, 4)."""

PAGE = 24
"""Images shown at first, and added by each "Show more"."""

_API_PAGE = 100


@dataclass
class Board:
    """The images of one job under one filter."""

    job_id: str
    status: ImageStatus | None = None
    wanted: int = PAGE
    images: list[Image] = field(default_factory=list)
    more: bool = False
    _seen: tuple[object, ...] = ()
    _fetched: dict[str, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic

    def refresh(self, api: Api, job: Job) -> None:
        """Bring `images` up to date. Asks the API only when something changed or addresses are getting old."""
        seen = (job.status, job.counts.succeeded, job.counts.failed, self.wanted, self.status)
        now = self.clock()
        old = any(now - at > FRESH_SECONDS for at in self._fetched.values())
        if seen == self._seen and not old:
            return
        before = {image.image_id: image for image in self.images}
        fetched, more = self._fetch(api)
        images, times = [], {}
        for image in fetched:
            known = before.get(image.image_id)
            at = self._fetched.get(image.image_id, now)
            if known is None or known.status is not image.status or now - at > FRESH_SECONDS:
                known, at = image, now
            images.append(known)
            times[image.image_id] = at
        self.images, self._fetched, self.more, self._seen = images, times, more, seen

    def _fetch(self, api: Api) -> tuple[list[Image], bool]:
        images: list[Image] = []
        cursor: str | None = None
        while True:
            limit = min(_API_PAGE, self.wanted - len(images))
            page = api.images_page(self.job_id, status=self.status, limit=limit, cursor=cursor)
            images += page.images
            cursor = page.cursor
            if cursor is None or len(images) >= self.wanted:
                return images[: self.wanted], cursor is not None
