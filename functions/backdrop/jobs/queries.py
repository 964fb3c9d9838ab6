"""Pages of a user's jobs, of a job's images and of their names, with cursors that say nothing and grant nothing."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User, check_job, check_team, is_team
from backdrop.core.search import Search
from backdrop.core.vocabulary import ImageStatus
from backdrop.core.words.marks import phrase
from backdrop.jobs.manifest import read_items
from backdrop.jobs.model import Draft, GlancedImage, Job, PhotoRow, is_image_id, is_job_id, variation_of
from backdrop.jobs.ports import DraftStore, JobStore, ObjectStore

_NUMBER = re.compile(r"\d{1,6}")

_MOST_NAME_BYTES = 4_000_000
"""Lambda answers with 6 MB at most. A name may be longer as JSON: by a backslash before each quote."""

_BYTES_AROUND_NAMES = 100
"""Of a photo in the answer, but for its names; more than there are."""

_INDEX_LAG = timedelta(minutes=1)
"""Far longer than an index of DynamoDB is behind its table."""

ShownStatus = Literal[ImageStatus.QUEUED, ImageStatus.SUCCEEDED, ImageStatus.FAILED]
"""The statuses people see of a submitted job's images."""

Whose = Literal["mine", "teams"]
"""Those that somebody started, and those of the teams that they are in."""

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True)
class ImagePage:
    """Images of a job in the order of registration, and the cursor of the next page."""

    images: list[PhotoRow]
    cursor: str | None


@dataclass(frozen=True)
class PhotoNames:
    """What a photo of a job is called, and how many images are made of it.

    `file_names`: what the files of these images are called, without extension, when that was said at submission, or the
    photo is a copy of another job's and that job called them so; `sku`: the article number that was told with it.
    """

    photo_id: str
    name: str
    images: int
    file_names: tuple[str, ...]
    sku: str | None = None


@dataclass(frozen=True)
class NamesPage:
    """Photos of a job in the order of registration, and the cursor of the next page."""

    photos: list[PhotoNames]
    cursor: str | None


def find_job(jobs: JobStore, user: User, job_id: str, action: Action = Action.SEE) -> Job:
    """The job, to which the user may do this.

    Raises:
        BackdropError: `NOT_FOUND`; `NOT_SHARED`, `READ_ONLY`, `ROLE_FORBIDS` where they may not (`core.people`).
    """
    job = jobs.get(job_id) if is_job_id(job_id) else None
    if job is None:
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("You have no such job."))
    check_job(user, action, job)
    return job


def find_image(store: DraftStore, job: Job, image_id: str) -> PhotoRow:
    """An image of the job.

    Raises:
        BackdropError: `NOT_FOUND`.
    """
    # The check keeps the draft's own row, which lies beside the images, out of reach.
    image = store.photo(job.id, image_id) if is_image_id(image_id) else None
    if image is None or not is_submitted(image):
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("The job has no such image."))
    return image


def jobs_page(
    jobs: JobStore,
    user: User,
    limit: int,
    cursor: str | None,
    *,
    trials: bool = False,
    whose: Whose | None = None,
    team: str | None = None,
    search: Search | None = None,
) -> tuple[list[Job], str | None]:
    """Jobs that the user may see, newest first, and the cursor of the next page.

    Args:
        jobs: the store.
        user: who asks.
        limit: most jobs in the page.
        cursor: of the page before.
        trials: whether trials are among them.
        whose: the user's own, or those of the user's teams; None: all that the user may see.
        team: of this team alone.
        search: those of them that it takes: of the next thousand jobs, so that a page may hold few of them, or none,
            and yet have a next one.

    Raises:
        BackdropError: `INVALID_REQUEST` for a cursor that is none of ours, `TEAM_UNKNOWN`.
    """
    after: tuple[str, str] | None = None
    if cursor is not None:
        created_at, job_id = _decoded(cursor, 2)
        outside = search is not None and not search.since <= created_at <= search.until
        if not _ISO.fullmatch(created_at) or not is_job_id(job_id) or outside:
            raise _bad_cursor()
        after = (created_at, job_id)
    if team is not None and not (user.sees_all and is_team(team)):
        check_team(user, team)
    if team is None and whose is None and user.sees_all:
        found, last = jobs.of_everybody(limit, after, trials=trials, search=search)
    else:
        teams = [team] if team else [] if whose == "mine" else sorted(user.teams)
        owner = None if team or whose == "teams" else user.sub
        found, last = jobs.of_people(owner, teams, limit, after, trials=trials, search=search)
    return found, _encoded(*last) if last else None


def photos_page(store: DraftStore, draft: Draft, limit: int, cursor: str | None) -> tuple[list[PhotoRow], str | None]:
    """Photos of a draft in the order of registration, and the cursor of the next page.

    Raises:
        BackdropError: `INVALID_REQUEST` for a cursor that is none of ours.
    """
    after = None
    if cursor is not None:
        (after,) = _decoded(cursor, 1)
        if not is_image_id(after):
            raise _bad_cursor()
    photos, more = store.page(draft.id, limit, after)
    # A submitted draft's rows are also those of its job: further variations are no photos.
    photos = [photo for photo in photos if variation_of(photo.image_id) == 1]
    return photos, _encoded(more) if more else None


def images_page(store: DraftStore, job: Job, status: ImageStatus | None, limit: int, cursor: str | None) -> ImagePage:
    """Images of a job: those of its manifest, with what became of them.

    A photo that is `Ready` in the table is `Queued` here; in a job that ended it has failed, for it will never run.

    Raises:
        BackdropError: `INVALID_REQUEST` for a cursor that is none of ours.
    """
    draft = store.draft(job.id)
    left_out = draft.left_out if draft else frozenset()
    stored = _stored_statuses(job, status)
    start, after = _position(cursor, stored)
    images: list[PhotoRow] = []
    for wanted in stored[start:]:
        while True:
            room = limit - len(images)
            rows, more = (
                store.page(job.id, room, after) if wanted is None else store.page_of_status(job.id, wanted, room, after)
            )
            images += [row for row in rows if row.image_id not in left_out and is_submitted(row)]
            if len(images) == limit and more:
                return ImagePage(images, _encoded(wanted.value if wanted else "", more))
            after = more
            if not more:
                break
        if len(images) == limit and wanted is not stored[-1]:
            following = stored[stored.index(wanted) + 1]
            return ImagePage(images, _encoded(following.value if following else "", ""))
    return ImagePage(images, None)


def glance_page(
    store: DraftStore, job: Job, limit: int, after: str | None, now: datetime
) -> tuple[list[GlancedImage], str | None]:
    """Read up to `limit` images of a job behind the image id `after`, at a glance, in the order of registration.

    Fewer where their names are uncommonly long. Also returned is the id to go on after; None: these were the last.

    Raises:
        BackdropError: `INVALID_REQUEST` where `after` is no image id.
    """
    if after is not None and not is_image_id(after):
        raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("after: it is no image id."))
    draft = store.draft(job.id)
    left_out = draft.left_out if draft else frozenset()
    images: list[GlancedImage] = []
    room = _MOST_NAME_BYTES
    while len(images) < limit:
        rows, more = store.glance(job.id, limit - len(images), after)
        for row in rows:
            room -= len(row.name.encode()) + _BYTES_AROUND_NAMES
            if room < 0 and images:
                return _caught_up(store, job, images, now), after
            after = row.image_id
            if row.image_id not in left_out and is_submitted(row):
                images.append(row)
        if not more:
            return _caught_up(store, job, images, now), None
    return _caught_up(store, job, images, now), after


def _caught_up(store: DraftStore, job: Job, images: list[GlancedImage], now: datetime) -> list[GlancedImage]:
    """The images, of a job that has just ended as their own rows tell them where the index knows of no end: it may be a
    moment behind, and what did not end has failed."""
    if not job.status.final or job.finished_at is None or now - clock.parse(job.finished_at) > _INDEX_LAG:
        return images
    behind = [image.image_id for image in images if image.status is ImageStatus.READY]
    rows = {row.image_id: row for row in store.some(job.id, behind)} if behind else {}
    return [_glanced(rows[image.image_id]) if image.image_id in rows else image for image in images]


def _glanced(row: PhotoRow) -> GlancedImage:
    return GlancedImage(row.image_id, row.name, row.status, row.verdict, row.outcome.review)


def images_of_ids(store: DraftStore, job: Job, image_ids: Sequence[str]) -> list[PhotoRow]:
    """The job's images of these ids, in their order; those that it does not have left out.

    Raises:
        BackdropError: `INVALID_REQUEST` where one is no image id.
    """
    wanted = list(dict.fromkeys(image_ids))
    for image_id in wanted:
        # The check keeps the rows that are no images, which lie beside them, out of reach.
        if not is_image_id(image_id):
            raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("ids: one of them is no image id."))
    return [row for row in store.some(job.id, wanted) if is_submitted(row)]


def names_page(objects: ObjectStore, job: Job, cursor: str | None) -> NamesPage:
    """Names of a job's photos, as many as an answer takes: all of them, unless they are uncommonly long.

    From the manifest, not from the rows: it is read at once, whatever the size of the job, and never changes.

    Raises:
        BackdropError: `INVALID_REQUEST` for a cursor that is none of ours, `STORAGE_ERROR`.
    """
    start = 0
    if cursor is not None:
        (text,) = _decoded(cursor, 1)
        if not _NUMBER.fullmatch(text):
            raise _bad_cursor()
        start = int(text)
    items = read_items(objects.get(job.bucket, job.manifest_key).splitlines())
    photos: list[PhotoNames] = []
    room = _MOST_NAME_BYTES
    for number, item in enumerate(items[start:], start):
        names = tuple(item.get("FileNames", ()))
        room -= sum(len(name.encode()) for name in (item["ImageName"], *names)) + _BYTES_AROUND_NAMES
        if room < 0 and photos:
            return NamesPage(photos, _encoded(str(number)))
        photos.append(
            PhotoNames(item["ImageId"], item["ImageName"], len(item["Seeds"]), names, item.get("Sku") or None)
        )
    return NamesPage(photos, None)


def shown_status(job: Job, photo: PhotoRow | GlancedImage) -> ShownStatus:
    """The status people see of an image of the job."""
    if photo.status is ImageStatus.SUCCEEDED:
        return ImageStatus.SUCCEEDED
    waits = photo.status is ImageStatus.READY and not job.status.final
    return ImageStatus.QUEUED if waits else ImageStatus.FAILED


def is_submitted(row: PhotoRow | GlancedImage) -> bool:
    """Whether a row of a submitted draft is one of the job's images (of those that were not left out)."""
    return row.status in {ImageStatus.READY, ImageStatus.SUCCEEDED, ImageStatus.FAILED}


def _stored_statuses(job: Job, status: ImageStatus | None) -> list[ImageStatus | None]:
    """The stored statuses behind a shown one; `[None]` is every row."""
    if status is None:
        return [None]
    if status is ImageStatus.QUEUED:
        return [] if job.status.final else [ImageStatus.READY]
    if status is ImageStatus.FAILED and job.status.final:
        return [ImageStatus.FAILED, ImageStatus.READY]
    return [status]


def _position(cursor: str | None, stored: list[ImageStatus | None]) -> tuple[int, str | None]:
    if cursor is None:
        return 0, None
    status, image_id = _decoded(cursor, 2)
    names = [one.value if one else "" for one in stored]
    # A job that ended meanwhile has no queued images any more: their pages end here.
    if status not in names:
        if status in {"", *ImageStatus}:
            return len(stored), None
        raise _bad_cursor()
    if image_id and not is_image_id(image_id):
        raise _bad_cursor()
    return names.index(status), image_id or None


def _encoded(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _decoded(cursor: str, count: int) -> list[str]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad_cursor() from error
    if not isinstance(parts, list) or len(parts) != count or not all(isinstance(part, str) for part in parts):
        raise _bad_cursor()
    return parts


def _bad_cursor() -> BackdropError:
    return BackdropError(ErrorCode.INVALID_REQUEST, phrase("cursor: it is not one that an earlier answer gave."))
