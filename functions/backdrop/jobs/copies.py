"""Photos of a job copied into a draft: to run failed images again, one with other words, or a whole job.

Nothing is uploaded, inspected or labelled again: what is known of a photo goes with it. The copy is a photo of its own,
so the earlier job stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.keys import JobPrefixes
from backdrop.core.limits import CONTENT_TYPES, DRAFT_TAG
from backdrop.core.people import Action
from backdrop.core.verdicts import UNSAID
from backdrop.core.vocabulary import ImageStatus
from backdrop.core.words.marks import phrase
from backdrop.jobs import drafts, queries
from backdrop.jobs.model import Draft, Job, Outcome, PhotoRow, image_id, is_image_id
from backdrop.jobs.photo_checks import MOST_FILE_NAME_CHARACTERS
from backdrop.jobs.ports import Copy, DraftStore
from backdrop.jobs.submission import Service


def copy_photos(
    service: Service,
    user: drafts.User,
    draft_id: str,
    job_id: str,
    image_ids: Sequence[str],
    file_names: Mapping[str, Sequence[str]],
) -> list[PhotoRow]:
    """Copy photos of a job that the user may use into the user's open draft.

    Args:
        job_id: of the job, or of another draft of the user's: one photo of it may be tried alone.
        image_ids: of the job's images; a further variation's means its photo, and each photo is copied once.
        file_names: photo id -> what the files of the copy's images are called, without extension. A photo that is not
            there keeps the names that it has, if it is a copy itself.

    Returns:
        The copies, `Ready`, in the order of the ids.

    Raises:
        BackdropError: `NOT_FOUND` (the draft, the job or an image of it), `ALREADY_SUBMITTED`, `TOO_MANY_PHOTOS`,
            `NAME_INVALID` (a file name), `INVALID_REQUEST` (a file name of none of the photos), `PHOTO_MISSING` (a file
            expired), `STORAGE_ERROR`. The draft has none of the copies then, or, when it was submitted meanwhile, at
            most some.
    """
    draft = drafts.find_open(service.store, user, draft_id)
    origin = _source(service, user, job_id)
    sources = _sources(service.store, origin.id, image_ids)
    sources = _named(sources, file_names)
    number = drafts.reserve(service.store, user, draft, len(sources))
    made = [
        _copy(draft, image_id(number + index), source, service.now(), origin.prefixes)
        for index, source in enumerate(sources)
    ]
    files = [file for source, copy in zip(sources, made, strict=True) for file in _files(source, copy)]
    service.objects.copy(service.bucket, files, DRAFT_TAG)
    if not service.store.put_copies(draft.id, made):
        drafts.find_open(service.store, user, draft_id)
        raise BackdropError(ErrorCode.STORAGE_ERROR, phrase("The copies could not be stored just now."))
    return made


def _source(service: Service, user: drafts.User, job_id: str) -> Job | Draft:
    """The job that the user may use, or the user's draft.

    Raises:
        BackdropError: `NOT_FOUND`, `NOT_SHARED`, `ROLE_FORBIDS`, `STORAGE_ERROR`.
    """
    try:
        # A job's draft is deleted after some days; its own row stays.
        return queries.find_job(service.jobs, user, job_id, Action.REUSE)
    except BackdropError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        try:
            return drafts.find(service.store, user, job_id)
        except BackdropError as second:
            raise (error if second.code is ErrorCode.NOT_FOUND else second) from None


def _sources(store: DraftStore, job_id: str, image_ids: Sequence[str]) -> list[PhotoRow]:
    photo_ids = list(dict.fromkeys(id_.partition("-")[0] for id_ in image_ids))
    found = {row.image_id: row for row in store.some(job_id, [id_ for id_ in photo_ids if is_image_id(id_)])}
    # Photos that were refused or never uploaded are no images of the job: nothing is known of them to copy.
    missing = [id_ for id_ in photo_ids if id_ not in found or found[id_].facts is None]
    if missing:
        named = ", ".join(map(repr, missing[:5]))
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            phrase("The job has no image {named}.", named=named),
            phrase("Name images of this job."),
        )
    return [found[id_] for id_ in photo_ids]


def _named(sources: Sequence[PhotoRow], file_names: Mapping[str, Sequence[str]]) -> list[PhotoRow]:
    """The photos with the names that their files shall have."""
    unknown = sorted(file_names.keys() - {source.image_id for source in sources})
    if unknown:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("fileNames names {names}: no photo that is copied.", names=", ".join(map(repr, unknown[:5]))),
            phrase("Name photos of imageIds only."),
        )
    for name in (name for names in file_names.values() for name in names):
        if problem := drafts.name_problem(name, MOST_FILE_NAME_CHARACTERS):
            raise BackdropError(ErrorCode.NAME_INVALID, f"fileNames: {problem}")
    return [replace(source, file_names=tuple(file_names.get(source.image_id, source.file_names))) for source in sources]


def _copy(draft: Draft, id_: str, source: PhotoRow, now: datetime, origin: JobPrefixes) -> PhotoRow:
    """The copy. Of a run that was stopped in the middle of a call nobody noted the answer: it lies with its photo."""
    assert source.facts is not None
    assert source.source_key is not None
    extension = CONTENT_TYPES.get(source.content_type or "", source.source_key.rpartition(".")[2])
    key = keys.photo_key(draft.prefixes.input, keys.object_name(source.name, id_, extension))
    return replace(
        source,
        job_id=draft.id,
        image_id=id_,
        status=ImageStatus.READY,
        created_at=clock.iso(now),
        source_key=key,
        facts=replace(source.facts, preview_key=keys.preview_key(key)),
        error=None,
        cause=None,
        verdict=None,
        verdict_at=None,
        why=UNSAID,
        outcome=Outcome(),
        prompt=None,
        by_hand=None,
        scenes=(),
        instead_of=(),
        answers_at=keys.answers_at(origin.output, keys.relative_name(origin.input, source.source_key)),
    )


def _files(source: PhotoRow, copy: PhotoRow) -> Iterator[Copy]:
    assert source.source_key is not None
    assert copy.source_key is not None
    yield Copy(source.source_key, copy.source_key)
    yield Copy(keys.preview_key(source.source_key), keys.preview_key(copy.source_key))
    # A photo from before there were thumbnails has none.
    yield Copy(keys.thumbnail_key(source.source_key), keys.thumbnail_key(copy.source_key), optional=True)
    # A cut-out that the job made goes along too, for whoever wants to put it right; the copy's own cut-out replaces it.
    made = source.mask_sha256 is None
    yield Copy(keys.mask_key(source.source_key), keys.mask_key(copy.source_key), optional=made)
