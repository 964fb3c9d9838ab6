"""Bringing photos into a draft: registered in batches, uploaded and inspected several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from backdrop.api.schemas.photos import Error, Photo, PhotoStatus, RegisteredPhoto
from backdrop_client.api import PHOTOS_PER_CALL, BackdropApi, NewPhoto
from backdrop_client.errors import ApiError, Interrupted, UnexpectedAnswer, UploadError, UploadExpired
from backdrop_client.parallel import Stop, in_parallel
from backdrop_client.upload import PhotoSource, Uploader

_BATCH_BYTES = 256 * 1024 * 1024
"""A batch is uploaded before its presigned POSTs run out (an hour), on lines down to about 0.6 Mbit/s."""

_CHECKING_SHARE = 0.2
"""Part of a photo's progress that its inspection is worth; a guess that makes the bar move evenly."""


@dataclass(frozen=True)
class PreparedPhoto:
    """What became of one photo: `photo` when the service has it and takes it, else `failure` says why not.

    `index` is its place in the list that was given.
    """

    index: int
    source: PhotoSource
    photo: Photo | None
    failure: Error | None


@dataclass(frozen=True)
class _Ticket:
    index: int
    source: PhotoSource
    registered: RegisteredPhoto
    mask: PhotoSource | None


class _Meter:
    """Bytes done by all threads together, as a fraction of all."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._done = 0.0
        self._lock = threading.Lock()

    def add(self, amount: float) -> None:
        with self._lock:
            self._done += amount

    @property
    def fraction(self) -> float:
        return min(1.0, max(0.0, self._done / self._total))


def prepare_photos(
    api: BackdropApi,
    uploader: Uploader,
    draft_id: str,
    sources: Sequence[PhotoSource],
    *,
    masks: Mapping[int, PhotoSource] | None = None,
    workers: int = 8,
    on_progress: Callable[[int, float], object] | None = None,
    stop: Stop | None = None,
) -> Generator[PreparedPhoto, None, None]:
    """Register, upload and inspect photos; results in the order they finish.

    A photo that can't be used, or whose mask can't, becomes a `failure` and stops nothing; only what concerns all
    (service unreachable, signed out) is raised. A photo that failed after it was registered is taken out of the
    draft again.

    Args:
        masks: place in `sources` -> mask of the user's own, a PNG.
        on_progress: called in this thread with photos done and the fraction (0..1) of all bytes done.
        stop: when set, running uploads end with `Interrupted`.
    """
    stop = stop or Stop()
    own = masks or {}
    meter = _Meter(sum(source.size for source in (*sources, *own.values())))
    done = 0

    def report() -> None:
        if on_progress:
            on_progress(done, meter.fraction)

    def work(ticket: _Ticket) -> PreparedPhoto:
        return _prepare(api, uploader, draft_id, ticket, meter, stop)

    report()
    with closing(in_parallel(work, _tickets(api, draft_id, sources, own), workers, report)) as results:
        for prepared in results:
            done += 1
            report()
            yield prepared


def _tickets(
    api: BackdropApi, draft_id: str, sources: Sequence[PhotoSource], masks: Mapping[int, PhotoSource]
) -> Iterator[_Ticket]:
    """Register batch after batch, each only when its uploads are about to start."""
    for batch in _batches(sources):
        new = [_new_photo(source) for _, source in batch]
        for (index, source), registered in zip(batch, api.add_photos(draft_id, new), strict=True):
            yield _Ticket(index, source, registered, masks.get(index))


def _batches(sources: Sequence[PhotoSource]) -> Iterator[list[tuple[int, PhotoSource]]]:
    batch: list[tuple[int, PhotoSource]] = []
    size = 0
    for index, source in enumerate(sources):
        if batch and (len(batch) == PHOTOS_PER_CALL or size + source.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((index, source))
        size += source.size
    if batch:
        yield batch


def _prepare(
    api: BackdropApi, uploader: Uploader, draft_id: str, ticket: _Ticket, meter: _Meter, stop: Stop
) -> PreparedPhoto:
    source, registered = ticket.source, ticket.registered

    def sent(number: int) -> None:
        if stop.asked:
            raise Interrupted
        meter.add(number * (1 - _CHECKING_SHARE))

    if registered.status is PhotoStatus.REFUSED:
        meter.add(source.size)
        return PreparedPhoto(ticket.index, source, None, _failure(registered.error))
    try:
        try:
            _upload(uploader, registered, source, sent)
        except UploadExpired:
            _discard(api, draft_id, registered)
            registered = api.add_photos(draft_id, [_new_photo(source)])[0]
            if registered.status is PhotoStatus.REFUSED:
                return PreparedPhoto(ticket.index, source, None, _failure(registered.error))
            _upload(uploader, registered, source, sent)
        if stop.asked:
            raise Interrupted
        photo = api.inspect_photo(draft_id, registered.photo_id or "")
    except (UploadError, ApiError) as error:
        _discard(api, draft_id, registered)
        failure = Error(code=error.code, message=error.message, next_step=error.next_step)
        return PreparedPhoto(ticket.index, source, None, failure)
    meter.add(source.size * _CHECKING_SHARE)
    if photo.status is not PhotoStatus.READY:
        return PreparedPhoto(ticket.index, source, None, _failure(photo.error))
    if ticket.mask is None:
        return PreparedPhoto(ticket.index, source, photo, None)
    try:
        return PreparedPhoto(
            ticket.index, source, _with_mask(api, uploader, draft_id, photo, ticket.mask, meter, stop), None
        )
    except (UploadError, ApiError) as error:
        # Not without its mask: what is kept would not be what the user chose.
        _discard(api, draft_id, registered)
        failure = Error(
            code=error.code,
            message=f"Its mask {ticket.mask.name} can't be used: {error.message}",
            next_step=error.next_step,
        )
        return PreparedPhoto(ticket.index, source, None, failure)


def _with_mask(
    api: BackdropApi,
    uploader: Uploader,
    draft_id: str,
    photo: Photo,
    mask: PhotoSource,
    meter: _Meter,
    stop: Stop,
) -> Photo:
    """The photo with its mask uploaded and checked."""

    def sent(number: int) -> None:
        if stop.asked:
            raise Interrupted
        meter.add(number)

    try:
        uploader.upload(api.add_mask(draft_id, photo.photo_id, mask.size), mask, sent)
    except UploadExpired:
        uploader.upload(api.add_mask(draft_id, photo.photo_id, mask.size), mask, sent)
    if stop.asked:
        raise Interrupted
    return api.inspect_mask(draft_id, photo.photo_id)


def _upload(
    uploader: Uploader, registered: RegisteredPhoto, source: PhotoSource, sent: Callable[[int], object]
) -> None:
    if registered.upload is None or registered.photo_id is None:
        raise UnexpectedAnswer("The Backdrop service", "a photo to upload without an upload target")
    uploader.upload(registered.upload, source, sent)


def _discard(api: BackdropApi, draft_id: str, registered: RegisteredPhoto) -> None:
    if registered.photo_id:
        api.delete_photo(draft_id, registered.photo_id)


def _new_photo(source: PhotoSource) -> NewPhoto:
    return NewPhoto(source.name, source.size, source.content_type)


def _failure(error: Error | None) -> Error:
    return error or Error(
        code="PHOTO_REFUSED",
        message="The service refused the photo without saying why.",
        next_step="Tell the people who run Backdrop.",
    )
