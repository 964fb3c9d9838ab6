"""The backdrops that an execution's input names: by a picture under its prefix, by the colours they are made of, or by
the id of a kept one that is shared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from backdrop.core import keys
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError, ErrorCode, JobInputInvalid
from backdrop.core.light import FROM_ABOVE
from backdrop.core.limits import PREVIEW_SIDE
from backdrop.core.recipes import Painted, describe
from backdrop.imaging.lights import find_light
from backdrop.imaging.photos import open_photo, upright_size
from backdrop.imaging.surfaces import find_surface
from backdrop.jobs.backdrops import settle_kept
from backdrop.jobs.execution.input import JobInput, check_path, invalid
from backdrop.jobs.model import BackdropRow, JobSettings, is_job_id


@dataclass(frozen=True)
class Source:
    """Where backdrops come from and go to.

    Attributes:
        read: key -> the object in the job's bucket; raises a `BackdropError` when there is none.
        put: stores a JPEG under a key there.
        find: id -> a backdrop that its owner shares with everybody; None: there is none.
    """

    read: Callable[[str], bytes]
    put: Callable[[str, bytes], None]
    find: Callable[[str], BackdropRow | None]


def settle_backdrops(parsed: JobInput, settled: JobSettings, source: Source) -> JobSettings:
    """Return the settings with the hashes of their scenes' backdrops, pictures under the job's input prefix, and where
    products stand on them; others as they are. What does not lie under the prefix, of colours or kept, is put there.

    Args:
        parsed: the input.
        settled: from `input.settings`.
        source: of the pictures.

    Raises:
        JobInputInvalid: one lies elsewhere, is missing, is no picture, or is not the one whose hash was given; or there
            is neither a picture, nor a kept one's id, nor what it is made from.
    """
    options = settled.options
    names = ["Options.Backdrop", *(f"Options.Scenes[{number}].Backdrop" for number in range(len(options.scenes)))]
    every = dict(zip(names, (options.backdrop, *(scene.backdrop for scene in options.scenes)), strict=True))
    # All are looked at before any is made.
    kept = {name: _check_named(name, chosen, source) for name, chosen in every.items()}
    found = {name: _settle(parsed, name, chosen, kept[name], source) for name, chosen in every.items()}
    own, *further = found.values()
    scenes = tuple(replace(scene, backdrop=one) for scene, one in zip(options.scenes, further, strict=True))
    return replace(settled, options=replace(options, backdrop=own, scenes=scenes))


def _check_named(name: str, chosen: Backdrop | None, source: Source) -> BackdropRow | None:
    """Return the kept one that is named by its id alone."""
    if chosen is None or chosen.key:
        return None
    if isinstance(chosen.recipe, Painted):
        raise invalid(f"{name}: what a model painted is not painted again from its Recipe: give the picture's Key.")
    if chosen.recipe is not None:
        return None
    if not chosen.id:
        raise invalid(f"{name} names no picture: give its Key, the Id of a shared backdrop, or a Recipe of colours.")
    row = source.find(chosen.id) if is_job_id(chosen.id) else None
    if row is None or row.facts is None:
        raise invalid(f"{name}.Id: no backdrop with the id {chosen.id!r} is shared with everybody.")
    return row


def _settle(
    parsed: JobInput, name: str, chosen: Backdrop | None, row: BackdropRow | None, source: Source
) -> Backdrop | None:
    if chosen is None:
        return None
    if chosen.key:
        return _settle_own(parsed, name, chosen, source)
    if row is not None:
        assert row.facts is not None
        data = source.read(row.facts.preview_key)
        chosen = settle_kept(row, chosen, "")
    else:
        chosen, data = _make(chosen)
    settled = _settled(name, chosen, data)
    settled = replace(settled, key=keys.made_backdrop_key(parsed.prefixes["InputS3Prefix"], settled.sha256))
    source.put(settled.key, data)
    return settled


def _make(chosen: Backdrop) -> tuple[Backdrop, bytes]:
    """A backdrop of colours, and its JPEG."""
    # Here: most jobs have none, and a cold start should not pay for it.
    from backdrop.imaging.recipes import encode, render

    recipe = chosen.recipe
    assert recipe is not None
    assert not isinstance(recipe, Painted)
    return replace(chosen, name=chosen.name or describe(recipe)), encode(render(recipe))


def _settle_own(parsed: JobInput, name: str, chosen: Backdrop, source: Source) -> Backdrop:
    """A picture that lies under the job's input prefix."""
    check_path(f"{name}.Key", chosen.key)
    if not chosen.key.startswith(f"{parsed.prefixes['InputS3Prefix']}/"):
        raise invalid(f"{name}.Key does not lie under InputS3Prefix.")
    try:
        data = source.read(chosen.key)
        upright_size(data)
    except BackdropError as error:
        if error.http_status >= 500:
            raise
        raise JobInputInvalid(error.code, f"{name}: {error.cause}", error.next_step) from error
    return _settled(name, chosen, data)


def _settled(name: str, chosen: Backdrop, data: bytes) -> Backdrop:
    """The backdrop with the hash of its picture, and with what is guessed from that."""
    sha256 = hashlib.sha256(data).hexdigest()
    if chosen.sha256 not in ("", sha256):
        raise invalid(f"{name}.Sha256 is not that of the picture.", ErrorCode.PHOTO_CHANGED)
    chosen = replace(chosen, sha256=sha256)
    place, light = chosen.placement, chosen.light
    ask_surface, ask_light = (place is not None and place.surface is None), (light and light.direction is None)
    if ask_surface or ask_light:
        picture = open_photo(data, max_side=PREVIEW_SIDE).image
        if place is not None and ask_surface:
            chosen = replace(chosen, placement=replace(place, surface=find_surface(picture)))
        if light is not None and ask_light:
            direction = find_light(picture)
            told = replace(light, direction=FROM_ABOVE if direction is None else direction, guessed=True)
            chosen = replace(chosen, light=told)
    return chosen
