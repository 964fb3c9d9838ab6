"""Drafts: make one, register photos in it, take photos out. Every function works for one user only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.limits import (
    CONTENT_TYPES,
    MAX_NAME_CHARACTERS,
    MAX_PATH_CHARACTERS,
    MAX_PHOTOS_PER_JOB,
    MAX_UPLOAD_BYTES,
    PHOTO_FORMATS,
    TYPE_OF_ENDING,
)
from backdrop.core.people import User as User
from backdrop.core.signatures import named_by_ending
from backdrop.core.vocabulary import ImageStatus, Role
from backdrop.core.words.marks import phrase
from backdrop.jobs.model import Draft, PhotoRow, image_id, is_image_id, is_job_id
from backdrop.jobs.ports import DraftStore, ObjectStore

_TYPE_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/heif": "image/heic",
    "image/tif": "image/tiff",
    "image/x-tiff": "image/tiff",
}
_GENERIC_TYPES = {"", "application/octet-stream", "binary/octet-stream"}


@dataclass(frozen=True)
class NewPhoto:
    """A file somebody wants to upload: its name as they know it, its size in bytes, the type their system gives."""

    name: str
    size: int
    content_type: str | None = None


@dataclass(frozen=True)
class Registered:
    """A photo that may be uploaded now. `upload`: `{"url", "fields"}` of a presigned POST."""

    photo: PhotoRow
    upload: Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """A file that can't be taken, told before anything is uploaded."""

    name: str
    error: PhotoRefused


def create(
    store: DraftStore, user: User, prefixes: tuple[str, str, str], now: datetime, *, listed: bool = True
) -> Draft:
    """A new draft; `prefixes` are the configured ones of input, output and status; `listed`: whether its user finds it
    among their drafts."""
    id_ = keys.new_job_id(now.timestamp())
    draft = Draft(
        id=id_,
        owner=user.sub,
        owner_email=user.email,
        created_at=clock.iso(now),
        prefixes=keys.job_prefixes(id_, now, *prefixes),
        listed=listed,
        changed_at=clock.iso(now),
    )
    store.put_draft(draft)
    return draft


def find(store: DraftStore, user: User, draft_id: str) -> Draft:
    """The user's draft; an auditor's any. What is not submitted yet is nobody else's.

    Raises:
        BackdropError: `NOT_FOUND`, also when it is somebody else's.
    """
    draft = store.draft(draft_id) if is_job_id(draft_id) else None
    if draft is None or (draft.owner != user.sub and user.role is not Role.AUDITOR):
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("You have no such draft."))
    return draft


def find_open(store: DraftStore, user: User, draft_id: str) -> Draft:
    """The user's draft, not submitted yet.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`.
    """
    draft = find(store, user, draft_id)
    if draft.submitted_at is not None:
        raise _closed()
    return draft


def find_photo(store: DraftStore, draft: Draft, photo_id: str) -> PhotoRow:
    """A photo of the draft.

    Raises:
        BackdropError: `NOT_FOUND`.
    """
    # The check keeps the draft's own row, which lies beside the photos, out of reach.
    photo = store.photo(draft.id, photo_id) if is_image_id(photo_id) else None
    if photo is None:
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("The draft has no such photo."))
    return photo


def register(
    store: DraftStore,
    objects: ObjectStore,
    bucket: str,
    user: User,
    draft_id: str,
    files: Sequence[NewPhoto],
    now: datetime,
) -> list[Registered | Refusal]:
    """Register files, in the order given: each gets an id and a presigned POST, or the reason why not.

    A refused file leaves no trace. A name that stands there twice makes two photos.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `TOO_MANY_PHOTOS` (then none is registered).
    """
    draft = find_open(store, user, draft_id)
    verdicts = [_verdict(file) for file in files]
    good = sum(isinstance(verdict, str) for verdict in verdicts)
    number = reserve(store, user, draft, good) if good else 0
    answers: list[Registered | Refusal] = []
    rows: list[PhotoRow] = []
    for file, verdict in zip(files, verdicts, strict=True):
        if isinstance(verdict, PhotoRefused):
            answers.append(Refusal(file.name, verdict))
            continue
        photo = _new_row(draft, image_id(number), file, verdict, now)
        number += 1
        rows.append(photo)
        assert photo.source_key is not None
        answers.append(Registered(photo, objects.presigned_post(bucket, photo.source_key, verdict, file.size)))
    store.put_photos(rows)
    return answers


def check_file(file: NewPhoto) -> str:
    """Return the content type of a file that may be uploaded.

    Raises:
        PhotoRefused: its name, size or kind is not taken.
    """
    verdict = _verdict(file)
    if isinstance(verdict, PhotoRefused):
        raise verdict
    return verdict


def remove(store: DraftStore, user: User, draft_id: str, photo_id: str) -> None:
    """Take a photo out of a draft. Its file stays until the bucket's lifecycle removes it.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`.
    """
    draft = find_open(store, user, draft_id)
    photo = find_photo(store, draft, photo_id)
    if not store.delete_photo(draft.id, photo.image_id):
        # Another call was quicker: say what is true now.
        find_photo(store, find_open(store, user, draft_id), photo_id)
        raise BackdropError(ErrorCode.STORAGE_ERROR, phrase("The photo could not be removed just now."))


def reserve(store: DraftStore, user: User, draft: Draft, count: int) -> int:
    """Take the numbers of `count` more photos in an open draft; answers the first of them.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `TOO_MANY_PHOTOS` (then none is taken).
    """
    number = store.reserve(draft.id, count, MAX_PHOTOS_PER_JOB)
    if number is None:
        current = find_open(store, user, draft.id)
        raise BackdropError(
            ErrorCode.TOO_MANY_PHOTOS,
            phrase(
                "The draft has {photo_count:,} photos; with {number:,} more it would pass the limit of {most:,}.",
                photo_count=current.photo_count,
                number=count,
                most=MAX_PHOTOS_PER_JOB,
            ),
        )
    return number


def content_type_of(name: str, given: str | None) -> str | None:
    """The type a file is uploaded as: the given one, or by the name's extension where none was given.

    Returns:
        One of `CONTENT_TYPES`; None when the file is none of them. What the file really is, inspection finds out.
    """
    type_ = (given or "").split(";")[0].strip().lower()
    type_ = _TYPE_ALIASES.get(type_, type_)
    if type_ in _GENERIC_TYPES:
        return TYPE_OF_ENDING.get(name.rpartition(".")[2].lower())
    return type_ if type_ in CONTENT_TYPES else None


def name_problem(name: str, most: int = MAX_PATH_CHARACTERS) -> str | None:
    """What is wrong with a name that may have folders, or None."""
    if not 1 <= len(name) <= most:
        return phrase("The name has {name:,} characters; 1 to {most:,} are possible.", name=len(name), most=most)
    longest = max(map(len, re.split(r"[\\/]", name)))
    if longest > MAX_NAME_CHARACTERS:
        return phrase(
            "A part of the name has {longest:,} characters; {max_name_characters} are possible between slashes.",
            longest=longest,
            max_name_characters=MAX_NAME_CHARACTERS,
        )
    # Those of C1 (U+0080 to U+009F) do no harm; names of old archives, read in the wrong encoding, hold them.
    if any(character < " " or character == "\x7f" for character in name):
        return phrase("The name holds control characters.")
    return None


def _closed() -> BackdropError:
    return BackdropError(ErrorCode.ALREADY_SUBMITTED, phrase("The job was started; its photos can't change any more."))


def _verdict(file: NewPhoto) -> str | PhotoRefused:
    """The content type of a file that may be uploaded, or why it may not."""
    problem = name_problem(file.name)
    if problem:
        return PhotoRefused(ErrorCode.NAME_INVALID, problem)
    if file.size == 0:
        return PhotoRefused(ErrorCode.PHOTO_EMPTY, phrase("The file has 0 bytes."))
    if file.size > MAX_UPLOAD_BYTES:
        return PhotoRefused(
            ErrorCode.PHOTO_TOO_LARGE,
            phrase("The file has {size:,} bytes, the limit is {most:,}.", size=file.size, most=MAX_UPLOAD_BYTES),
        )
    content_type = content_type_of(file.name, file.content_type)
    if content_type is None:
        return PhotoRefused(
            ErrorCode.PHOTO_FORMAT_UNSUPPORTED, _no_photo(named_by_ending(file.name), file.content_type)
        )
    return content_type


def _new_row(draft: Draft, id_: str, file: NewPhoto, content_type: str, now: datetime) -> PhotoRow:
    object_ = keys.object_name(file.name, id_, CONTENT_TYPES[content_type])
    return PhotoRow(
        job_id=draft.id,
        image_id=id_,
        name=file.name,
        status=ImageStatus.UPLOADING,
        created_at=clock.iso(now),
        source_key=keys.photo_key(draft.prefixes.input, object_),
        content_type=content_type,
        upload_bytes=file.size,
    )


def _no_photo(kind: str | None, given: str | None) -> str:
    """Why a file is none of those that are read: `kind` by its name, `given` as its MIME type."""
    if kind and given:
        return phrase(
            "By its name the file is {kind}, not {formats} ({given}).", kind=kind, formats=PHOTO_FORMATS, given=given
        )
    if kind:
        return phrase("By its name the file is {kind}, not {formats}.", kind=kind, formats=PHOTO_FORMATS)
    if given:
        return phrase("The file is not {formats} ({given}).", formats=PHOTO_FORMATS, given=given)
    return phrase("The file is not {formats}.", formats=PHOTO_FORMATS)
