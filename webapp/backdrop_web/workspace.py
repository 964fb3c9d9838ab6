"""The job being put together: its photos, and how files from the browser become photos of a draft.

No Streamlit here. One `Workspace` lives in a browser session; a rerun may cut `take_in` short at any progress
report, so each step is recorded the moment it is done and the next call goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol, cast

from backdrop_client.answers import Photo, PhotoStatus, RegisteredPhoto
from backdrop_client.api import PHOTOS_PER_CALL, NewPhoto
from backdrop_client.errors import BackdropClientError, SessionExpired, UploadExpired
from backdrop_client.parallel import in_parallel
from backdrop_client.upload import PhotoSource, content_type_of
from backdrop_web.errors import Notice, explain, explain_failure
from backdrop_web.formats import size as size_text
from backdrop_web.service import Api, PhotoUploader

WORKERS = 4
"""Photos under way at once: enough to hide the checks' latency, few enough for a slow line."""

PREVIEWS_FRESH_SECONDS = 600
"""Addresses are good for 15 minutes (docs/architecture.md, 4); fetched anew before that."""


class BrowserFile(Protocol):
    """What Streamlit's file uploader gives. `file_id` tells apart two files of one name."""

    file_id: str
    name: str
    size: int


@dataclass(frozen=True)
class Refusal:
    """A file that never became a photo of the draft, and why."""

    name: str
    notice: Notice
    retry: bool = False
    """Whether sending the same file again may help."""


@dataclass
class Workspace:
    """One job being put together. `number` tells one from the next, for the keys of its widgets."""

    number: int = 1
    draft_id: str | None = None
    photos: dict[str, Photo] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    registered: dict[str, RegisteredPhoto] = field(default_factory=dict)
    handled: set[str] = field(default_factory=set)
    uploader_round: int = 0
    fetched_at: float = 0.0

    @property
    def ready(self) -> list[Photo]:
        """The photos that will be in the job."""
        return [photo for photo in self.photos.values() if photo.status is PhotoStatus.READY]

    @property
    def left_out(self) -> list[Photo]:
        """Photos of the draft that were refused, or whose upload was cut off."""
        return [photo for photo in self.photos.values() if photo.status is not PhotoStatus.READY]

    def waiting(self, files: Sequence[BrowserFile]) -> list[BrowserFile]:
        """Those of `files` that still have to be sent."""
        return [file for file in files if file.file_id not in self.handled]

    def load(self, api: Api, draft_id: str) -> bool:
        """Take over a draft from the service, such as after signing in again. Returns whether it was submitted."""
        draft = api.draft(draft_id)
        known = set(self.photos)
        # A photo in flight when the session ended never arrives by itself; it is shown, so that it can be removed.
        fresh = {photo.photo_id: photo for photo in draft.photos}
        order = [key for key in self.photos if key in fresh] + [key for key in fresh if key not in known]
        self.draft_id = draft.draft_id
        self.photos = {key: fresh[key] for key in order}
        self.fetched_at = time.monotonic()
        return draft.submitted

    def stale(self) -> bool:
        """Whether the previews' addresses may have run out."""
        return bool(self.photos) and time.monotonic() - self.fetched_at > PREVIEWS_FRESH_SECONDS

    def remove(self, api: Api, photo_id: str) -> None:
        """Take a photo out of the draft."""
        if self.draft_id is not None:
            api.delete_photo(self.draft_id, photo_id)
        self.photos.pop(photo_id, None)

    def put_in_order(self) -> None:
        """Photos as they were chosen, not as they happened to be done."""
        chosen = [answer.photo_id for answer in self.registered.values() if answer.photo_id in self.photos]
        before = [photo_id for photo_id in self.photos if photo_id not in chosen]
        self.photos = {photo_id: self.photos[photo_id] for photo_id in (*before, *filter(None, chosen))}

    def forget_failed_sends(self) -> None:
        """Let files that did not arrive be sent again."""
        for file_id in [key for key, refusal in self.refusals.items() if refusal.retry]:
            del self.refusals[file_id]
            self.handled.discard(file_id)


def take_in(
    workspace: Workspace,
    api: Api,
    uploader: PhotoUploader,
    files: Sequence[BrowserFile],
    max_bytes: int,
    max_photos: int,
    on_progress: Callable[[int, int], object],
) -> None:
    """Send files of the browser into the draft: register, upload, have them inspected.

    Args:
        max_bytes: of one photo.
        max_photos: of the whole job.
        on_progress: called with (done, total) in the caller's thread; may raise to stop.

    A file that fails is recorded as a refusal and the others go on. Raises `SessionExpired`, and other
    `BackdropClientError` when no draft can be made or no photo registered.
    """
    todo = _screened(workspace, files, max_bytes, max_photos)
    if not todo:
        return
    if workspace.draft_id is None:
        workspace.draft_id = api.create_draft().draft_id
    draft_id = workspace.draft_id

    def work(file: BrowserFile) -> None:
        try:
            _send(workspace, api, uploader, draft_id, file)
        except SessionExpired:
            raise
        except BackdropClientError as error:
            workspace.refusals[file.file_id] = Refusal(file.name, explain(error), retry=True)
        workspace.handled.add(file.file_id)

    done, total = 0, len(todo)
    on_progress(done, total)
    results = in_parallel(work, _registered(workspace, api, draft_id, todo), WORKERS)
    with closing(cast("_Closable", results)):
        for _ in results:
            done += 1
            on_progress(done, total)
    workspace.put_in_order()
    if not workspace.fetched_at:
        workspace.fetched_at = time.monotonic()


class _Closable(Protocol):
    def close(self) -> None: ...


def _screened(workspace: Workspace, files: Sequence[BrowserFile], max_bytes: int, max_photos: int) -> list[BrowserFile]:
    """The files worth sending; the others are recorded as refusals."""
    todo = []
    room = max_photos - len(workspace.photos)
    for file in workspace.waiting(files):
        if file.size > max_bytes:
            notice = Notice(
                f"This file has {size_text(file.size)}; a photo may have {size_text(max_bytes)}.",
                "Save it with fewer pixels or a lower JPEG quality.",
            )
        elif room <= 0:
            notice = Notice(
                f"A job takes {max_photos:,} photos, and this one is full.", "Make a second job of the rest."
            )
        else:
            room -= 1
            todo.append(file)
            continue
        workspace.refusals[file.file_id] = Refusal(file.name, notice)
        workspace.handled.add(file.file_id)
    return todo


def _registered(workspace: Workspace, api: Api, draft_id: str, files: Sequence[BrowserFile]) -> Iterator[BrowserFile]:
    """Register the files a call's worth at a time and yield them. What was registered before is not again."""
    for start in range(0, len(files), PHOTOS_PER_CALL):
        chunk = files[start : start + PHOTOS_PER_CALL]
        new = [file for file in chunk if file.file_id not in workspace.registered]
        if new:
            answers = api.add_photos(draft_id, [_as_new(file) for file in new])
            workspace.registered.update(zip((file.file_id for file in new), answers, strict=True))
        yield from chunk


def _as_new(file: BrowserFile) -> NewPhoto:
    return NewPhoto(file.name, file.size, content_type_of(file.name))


def _send(workspace: Workspace, api: Api, uploader: PhotoUploader, draft_id: str, file: BrowserFile) -> None:
    """One file from registration to inspection. Runs in a worker thread and records what it did."""
    answer = workspace.registered[file.file_id]
    if answer.upload is None or answer.photo_id is None:
        workspace.refusals[file.file_id] = Refusal(file.name, explain_failure(answer.error))
        return
    source = PhotoSource.from_file(file.name, cast(BinaryIO, file))
    try:
        uploader.upload(answer.upload, source)
    except UploadExpired:
        # The page was left open between registering and sending: a fresh permission needs a fresh registration.
        api.delete_photo(draft_id, answer.photo_id)
        del workspace.registered[file.file_id]
        raise
    workspace.photos[answer.photo_id] = api.inspect_photo(draft_id, answer.photo_id)
