"""Backdrops made from colours: kept as one that was uploaded, with their recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from backdrop.core import clock, keys, recipes
from backdrop.core.vocabulary import ImageStatus
from backdrop.imaging.recipes import encode, render
from backdrop.imaging.surfaces import find_surface
from backdrop.jobs import backdrops, drafts
from backdrop.jobs.model import BackdropRow
from backdrop.jobs.ports import BackdropStore, ObjectStore


def make_backdrop(
    store: BackdropStore,
    objects: ObjectStore,
    bucket: str,
    user: drafts.User,
    recipe: recipes.Coloured,
    input_prefix: str,
    now: datetime,
) -> BackdropRow:
    """Make a backdrop from colours, or return the one that the user has of this recipe.

    Raises:
        BackdropError: `INVALID_REQUEST`: there are too many; `STORAGE_ERROR`.
    """
    kept = store.backdrops(user.sub)
    for row in kept:
        if row.recipe == recipe and row.facts is not None:
            return row
    backdrops.check_room(kept)
    id_ = keys.new_job_id(now.timestamp())
    row = BackdropRow(
        owner=user.sub,
        id=id_,
        name=recipes.describe(recipe),
        status=ImageStatus.READY,
        created_at=clock.iso(now),
        upload_key=keys.backdrop_upload_key(input_prefix, keys.owner_hash(user.sub), id_),
        recipe=recipe,
    )
    picture = render(recipe)
    facts = backdrops.keep(objects, bucket, row, picture, encode(picture))
    made = replace(row, facts=facts, surface=find_surface(picture))
    store.put_backdrop(made)
    return made
