"""A user's backdrops: pictures of one's own, uploaded once and put behind the products of any number of jobs. They are
private, or shared with everybody who may sign in.

A job takes a copy of its own along, so that it can be shown, and made again, when the backdrop is gone.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PIL import Image

from backdrop.core import clock, keys
from backdrop.core.backdrops import SURFACE, Backdrop, Placement
from backdrop.core.errors import BackdropError, ErrorCode, ModerationBlocked, PhotoRefused
from backdrop.core.light import FROM_ABOVE
from backdrop.core.limits import BACKDROP_SIDE, DRAFT_TAG, MAX_BACKDROPS, MAX_SHARED_BACKDROPS
from backdrop.core.options import Options, check_placement, invalid
from backdrop.core.recipes import Recipe, describe
from backdrop.core.vocabulary import ImageStatus
from backdrop.core.words.marks import phrase
from backdrop.imaging.lights import find_light
from backdrop.imaging.photos import open_photo
from backdrop.imaging.surfaces import find_surface
from backdrop.imaging.thumbnails import encode_thumbnail
from backdrop.jobs import drafts
from backdrop.jobs.inspection import Screen
from backdrop.jobs.model import BackdropRow, Facts, Job, is_job_id
from backdrop.jobs.ports import BackdropStore, Copy, ObjectStore

_QUALITY = 93
"""Of the JPEG that a backdrop is kept as: a photographed ground, seen behind a product, loses nothing to see."""


@dataclass(frozen=True)
class Registered:
    """A backdrop that may be uploaded now. `upload`: `{"url", "fields"}` of a presigned POST."""

    backdrop: BackdropRow
    upload: Mapping[str, Any]


def register(
    store: BackdropStore,
    objects: ObjectStore,
    bucket: str,
    user: drafts.User,
    file: drafts.NewPhoto,
    input_prefix: str,
    now: datetime,
) -> Registered:
    """Return where the picture may be uploaded.

    Raises:
        BackdropError: what is wrong with the file, as for a photo; `INVALID_REQUEST`: there are too many.
    """
    content_type = drafts.check_file(file)
    check_room(store.backdrops(user.sub))
    id_ = keys.new_job_id(now.timestamp())
    row = BackdropRow(
        owner=user.sub,
        id=id_,
        name=file.name,
        status=ImageStatus.UPLOADING,
        created_at=clock.iso(now),
        upload_key=keys.backdrop_upload_key(input_prefix, keys.owner_hash(user.sub), id_),
    )
    store.put_backdrop(row)
    return Registered(row, objects.presigned_post(bucket, row.upload_key, content_type, file.size))


def inspect(
    store: BackdropStore,
    objects: ObjectStore,
    bucket: str,
    user: drafts.User,
    backdrop_id: str,
    screen: Screen | None = None,
) -> BackdropRow:
    """Check an uploaded picture and keep it: upright, in sRGB, without its metadata, with at most `BACKDROP_SIDE`
    pixels a side. What an earlier call found is answered again.

    Returns:
        The backdrop, `Ready` or `Refused`.

    Raises:
        BackdropError: `NOT_FOUND`, `PHOTO_MISSING` (nothing was uploaded), `STORAGE_ERROR`, `MODERATION_UNAVAILABLE`.
    """
    row = find(store, user, backdrop_id)
    if row.status is not ImageStatus.UPLOADING:
        return row
    data = objects.get(bucket, row.upload_key, missing=ErrorCode.PHOTO_MISSING)
    try:
        opened = open_photo(data, max_side=BACKDROP_SIDE)
        if screen is not None:
            screen(opened.image)
    except (PhotoRefused, ModerationBlocked) as refusal:
        found = replace(row, status=ImageStatus.REFUSED, error=refusal.code.value, cause=refusal.cause)
    else:
        facts = keep(objects, bucket, row, opened.image, encode(opened.image))
        found = replace(
            row,
            status=ImageStatus.READY,
            facts=facts,
            upload_sha256=hashlib.sha256(data).hexdigest(),
            surface=find_surface(opened.image),
            light=find_light(opened.image),
        )
    # Another call may have been quicker, or the backdrop deleted meanwhile: answer what is true now.
    return found if store.save_backdrop(found) else find(store, user, backdrop_id)


def check_room(kept: Sequence[BackdropRow]) -> None:
    """Check whether a user may have one more.

    Args:
        kept: all that they have.

    Raises:
        BackdropError: `INVALID_REQUEST`.
    """
    if len(kept) >= MAX_BACKDROPS:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("You have {most} backdrops.", most=MAX_BACKDROPS),
            phrase("Delete one that you no longer need."),
        )


def find_made(kept: Sequence[BackdropRow], recipe: Recipe) -> BackdropRow | None:
    """The backdrop among a user's that was made by this recipe; None: there is none."""
    return next((row for row in kept if row.recipe == recipe and row.facts is not None), None)


def begin_made(user: drafts.User, recipe: Recipe, input_prefix: str, now: datetime) -> BackdropRow:
    """A new backdrop that nobody uploads, called after its recipe; its picture is not stored yet."""
    id_ = keys.new_job_id(now.timestamp())
    return BackdropRow(
        owner=user.sub,
        id=id_,
        name=describe(recipe),
        status=ImageStatus.READY,
        created_at=clock.iso(now),
        upload_key=keys.backdrop_upload_key(input_prefix, keys.owner_hash(user.sub), id_),
        recipe=recipe,
    )


def encode(picture: Image.Image) -> bytes:
    """Return a picture (RGB) as a backdrop is kept: a JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()


def keep(objects: ObjectStore, bucket: str, row: BackdropRow, picture: Image.Image, jpeg: bytes) -> Facts:
    """Store a backdrop's picture where it is looked for, with its thumbnail.

    Args:
        picture: RGB.
        jpeg: the same, encoded.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    key = keys.backdrop_key(row.upload_key)
    objects.put(bucket, key, jpeg, "image/jpeg")
    objects.put(bucket, keys.thumbnail_key(key), encode_thumbnail(picture), "image/jpeg")
    return Facts(
        bytes=len(jpeg),
        sha256=hashlib.sha256(jpeg).hexdigest(),
        width=picture.width,
        height=picture.height,
        format="JPEG",
        preview_key=key,
    )


def find(store: BackdropStore, user: drafts.User, backdrop_id: str) -> BackdropRow:
    """A backdrop of the user's.

    Raises:
        BackdropError: `NOT_FOUND`, also when it is somebody else's.
    """
    row = store.backdrop(user.sub, backdrop_id) if is_job_id(backdrop_id) else None
    if row is None:
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("You have no such backdrop."))
    return row


def find_usable(store: BackdropStore, owner: str, backdrop_id: str) -> BackdropRow | None:
    """A backdrop that a user may put behind products: of their own, or one that is shared; None: there is none.

    `owner`: the user's sub.
    """
    if not is_job_id(backdrop_id):
        return None
    return store.backdrop(owner, backdrop_id) or store.shared_backdrop(backdrop_id)


def find_all(store: BackdropStore, user: drafts.User) -> Sequence[BackdropRow]:
    """The user's backdrops, newest first, then those that others share."""
    others = (row for row in store.shared_backdrops() if row.owner != user.sub)
    return [*_newest_first(store.backdrops(user.sub)), *_newest_first(others)]


def _newest_first(rows: Iterable[BackdropRow]) -> list[BackdropRow]:
    return sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)


def change(
    store: BackdropStore,
    user: drafts.User,
    backdrop_id: str,
    name: str | None = None,
    surface: float | None = None,
    shared: bool | None = None,
) -> BackdropRow:
    """Call a backdrop otherwise, say where products stand on it, or share it with everybody who may sign in; None
    leaves each as it is. Jobs that were submitted keep what they had.

    Args:
        store: of the backdrops.
        user: who asks.
        backdrop_id: of a backdrop that was checked.
        name: what it is called.
        surface: share of its height, from the top.
        shared: whether everybody sees it and may use it; only a good one can be shared.

    Returns:
        The backdrop as it is now.

    Raises:
        BackdropError: `NOT_FOUND`, `OPTIONS_INVALID`, `NAME_INVALID`; `INVALID_REQUEST`: too many are shared.
    """
    row = find(store, user, backdrop_id)
    if name is not None:
        if problem := drafts.name_problem(name):
            raise BackdropError(ErrorCode.NAME_INVALID, problem)
        row = replace(row, name=name)
    if surface is not None:
        check_placement(Placement(surface=surface))
        row = replace(row, surface=surface)
    if shared is not None:
        row = replace(row, shared_by=_sharer(store, user, row) if shared else None)
    if not store.change_backdrop(row):
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("You have no such backdrop."))
    return row


def _sharer(store: BackdropStore, user: drafts.User, row: BackdropRow) -> str:
    """Who shares it, when it may be shared."""
    if row.facts is None:
        raise invalid(
            phrase("The backdrop {name!r} was not checked yet, or is refused.", name=row.name),
            phrase("Share one that is ready."),
        )
    if row.shared_by is None and len(store.shared_backdrops()) >= MAX_SHARED_BACKDROPS:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("{most} backdrops are shared already.", most=MAX_SHARED_BACKDROPS),
            phrase("Ask who shares them to take one back that nobody needs."),
        )
    return user.email


def remove(store: BackdropStore, objects: ObjectStore, bucket: str, user: drafts.User, backdrop_id: str) -> None:
    """Delete a backdrop. Jobs that were made with it have copies. Its files stay until the bucket's lifecycle removes
    them.

    Raises:
        BackdropError: `NOT_FOUND`, `STORAGE_ERROR`.
    """
    row = find(store, user, backdrop_id)
    if row.facts is not None:
        for key in (row.facts.preview_key, keys.thumbnail_key(row.facts.preview_key)):
            objects.tag(bucket, key, DRAFT_TAG)
    store.delete_backdrop(user.sub, row.id)


def settle(
    store: BackdropStore, user: drafts.User, options: Options, input_prefix: str, origin: Job | None = None
) -> Options:
    """The options with what is known of the backdrops of all scenes, and where the job's own copies will lie; others as
    they are.

    Args:
        store: of the backdrops.
        user: who asks.
        options: checked.
        input_prefix: the job's.
        origin: the user's job whose images are exported: its own backdrop is there for as long as the job is.

    Raises:
        BackdropError: `OPTIONS_INVALID`: the user has no such backdrop, or it is not ready.
    """
    every = [
        _settled(store, user, scene.backdrop, keys.job_backdrop_key(input_prefix, place), origin)
        if scene.backdrop
        else None
        for place, scene in enumerate(options.by_scene())
    ]
    scenes = tuple(replace(scene, backdrop=own) for scene, own in zip(options.scenes, every[1:], strict=True))
    return replace(options, backdrop=every[0], scenes=scenes)


def _settled(store: BackdropStore, user: drafts.User, wish: Backdrop, key: str, origin: Job | None) -> Backdrop:
    row = find_usable(store, user.sub, wish.id)
    if row is None and (own := _backdrop_of(origin, wish.id)):
        return _of_origin(own, wish, key)
    if row is None:
        raise _gone()
    if row.facts is None:
        raise invalid(
            phrase("The backdrop {name!r} was not checked yet, or is refused.", name=row.name),
            phrase("Choose another."),
        )
    return settle_kept(row, wish, key)


def settle_kept(row: BackdropRow, wish: Backdrop, key: str) -> Backdrop:
    """What was wished for on a kept backdrop that was checked, with what is known of that; `key`: where the job's copy
    will lie."""
    assert row.facts is not None
    placement = wish.placement
    if placement is not None and placement.surface is None:
        placement = replace(placement, surface=row.surface or SURFACE)
    light = wish.light
    if light is not None and light.direction is None:
        light = replace(light, direction=FROM_ABOVE if row.light is None else row.light, guessed=True)
    settled = replace(wish, name=row.name, key=key, sha256=row.facts.sha256, recipe=row.recipe)
    return replace(settled, placement=placement, light=light)


def _backdrop_of(job: Job | None, backdrop_id: str) -> Backdrop | None:
    every = [scene.backdrop for scene in job.settings.options.by_scene()] if job else []
    return next((own for own in every if own and own.id == backdrop_id), None)


def _of_origin(own: Backdrop, wish: Backdrop, key: str) -> Backdrop:
    """What was wished for on the picture that the exported job has, which nobody can delete."""
    placement = wish.placement
    if placement is not None and placement.surface is None:
        line = own.placement.surface if own.placement else None
        placement = replace(placement, surface=SURFACE if line is None else line)
    light = wish.light
    if light is not None and light.direction is None:
        known = own.light.direction if own.light else None
        light = replace(light, direction=FROM_ABOVE if known is None else known, guessed=True)
    return replace(own, key=key, shadow=wish.shadow, placement=placement, light=light)


def take_along(
    store: BackdropStore,
    objects: ObjectStore,
    bucket: str,
    owner: str,
    backdrop: Backdrop,
    origin: Job | None = None,
) -> None:
    """Copy a settled backdrop to where the job looks for it.

    Of an export the copy is taken of its job's own, where that is the same picture.

    Args:
        store: of the backdrops.
        objects: where the pictures lie.
        bucket: of both.
        owner: the job's, who may use it.
        backdrop: from `settle`.
        origin: the job that is exported.

    Of an export the copy is taken of its job's own, where that is the same picture.

    Raises:
        BackdropError: `OPTIONS_INVALID`: it was deleted, or is not shared any more; `PHOTO_MISSING`, `STORAGE_ERROR`.
    """
    own = _backdrop_of(origin, backdrop.id)
    if own and own.sha256 == backdrop.sha256:
        objects.copy(bucket, [Copy(own.key, backdrop.key)], "")
        return
    row = find_usable(store, owner, backdrop.id)
    if row is None or row.facts is None:
        raise _gone()
    objects.copy(bucket, [Copy(row.facts.preview_key, backdrop.key)], "")


def _gone() -> BackdropError:
    return invalid(phrase("The backdrop that was chosen is gone."), phrase("Choose another, or upload it again."))
