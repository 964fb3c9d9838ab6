"""Backdrops made from colours: kept as one that was uploaded, with their recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from backdrop.core import recipes
from backdrop.imaging.lights import find_light
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
    if known := backdrops.find_made(kept, recipe):
        return known
    backdrops.check_room(kept)
    row = backdrops.begin_made(user, recipe, input_prefix, now)
    picture = render(recipe)
    facts = backdrops.keep(objects, bucket, row, picture, encode(picture))
    made = replace(row, facts=facts, surface=find_surface(picture), light=find_light(picture))
    store.put_backdrop(made)
    return made
