"""What an export shall have: which images of the job, on what, in which size and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop
from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.models import Preset
from backdrop.core.backdrops import ACROSS, SHARES, SURFACE, SURFACES, Placement, Shadow
from backdrop.core.names import shown
from backdrop.core.options import TRANSPARENT, MaskSource
from backdrop.core.vocabulary import ImageStatus
from backdrop.core.words.marks import mark_phrase
from backdrop_client.export import Changes
from backdrop_client.file_names import JobNames
from backdrop_web.pages.job.heading import link_redos
from backdrop_web.pages.job.image_cache import Filter, ImageCache
from backdrop_web.pages.new_job.backdrop import SHADOWS, find_all
from backdrop_web.pages.new_job.light import DIRECTIONS, SIDES
from backdrop_web.pages.new_job.output import ASPECTS, ask_side
from backdrop_web.service.api import User
from backdrop_web.service.catalogue import read_catalogue
from backdrop_web.text.formats import escape_markdown, shorten_text
from backdrop_web.text.language import translate, translate_count

_ALL, _APPROVED, _SHOWN, _SOME = "all", "approved", "shown", "some"

_MOST_LISTED = 500
"""Images to choose from by name: a longer list is searched first."""

_TOLD = 5
"""Names that are told of what is exported."""

_AS_IT_IS = ""
_COLOUR, _PICTURE = "colour", "picture"
_BACKGROUNDS = {
    _AS_IT_IS: mark_phrase("As it is"),
    "#ffffff": mark_phrase("White"),
    _COLOUR: mark_phrase("Another colour"),
    TRANSPARENT: mark_phrase("Nothing: transparent"),
    _PICTURE: mark_phrase("A picture of yours"),
}
_IN_PHOTO, _ON_SURFACE = "in-photo", "on-surface"
_STANDS = {
    _AS_IT_IS: mark_phrase("As it is"),
    _IN_PHOTO: mark_phrase("Where it is in its photo"),
    _ON_SURFACE: mark_phrase("On the surface, all alike"),
}
_PHOTO, _PRESET, _OWN = "photo", "preset", "own"
_SIZES = {
    _AS_IT_IS: mark_phrase("As it is"),
    _PHOTO: mark_phrase("As the photo"),
    _PRESET: mark_phrase("For a marketplace"),
    _OWN: mark_phrase("My own size"),
}
_SHAPES = {_AS_IT_IS: mark_phrase("As it is")} | {one: one for one in ASPECTS if one}
_FORMATS = {_AS_IT_IS: mark_phrase("As it is"), "JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "AVIF": "AVIF"}


@dataclass(frozen=True)
class Wish:
    """What was chosen. `ids`: of those images alone, None: of all. `obstacle`: why nothing can be exported so."""

    changes: Changes
    ids: frozenset[str] | None
    obstacle: str | None = None


def choose_export(who: User, job: Job, cache: ImageCache) -> Wish:
    """Ask for everything; keep what was chosen while the dialog is open."""
    ids = _choose_images(who, job, cache)
    background, wrong = _choose_background(who, job)
    flat = bool(background) or not job.options.paints
    size = _choose_size(job, read_catalogue(who).presets, flat=flat)
    chosen = _select(translate("File format"), _translate_all(_FORMATS), job, "format")
    changes = Changes(**background, **size, format=chosen or None, **_choose_cut_out(job, flat=flat))
    if ids is not None and not ids:
        wrong = translate("No image is chosen: choose some by their names, or all.")
    return Wish(changes, ids, wrong)


def _choose_images(who: User, job: Job, cache: ImageCache) -> frozenset[str] | None:
    """Ask which images; return their ids, None: all that are finished."""
    later = cache.tried.list_shown_elsewhere()
    own = [image for image in cache.glances.values() if image.image_id not in later]
    finished = [image for image in own if image.status is ImageStatus.SUCCEEDED]
    approved = [image for image in cache.select(Filter.APPROVED) if Filter.APPROVED.takes(image) and image in own]
    listed = [image for image in cache.select(*cache.shown) if image in finished]
    count = len(finished) if later else job.counts.succeeded
    words = {_ALL: translate_count("All {count:,} finished image", "All {count:,} finished images", count)}
    if approved:
        words[_APPROVED] = translate_count("The {count:,} approved", "The {count:,} approved", len(approved))
    if listed and cache.shown != (Filter.ALL, "") and len(listed) < count:
        words[_SHOWN] = translate_count(
            "The {count:,} that the filter and the search show now",
            "The {count:,} that the filter and the search show now",
            len(listed),
        )
    if 1 < len(listed) <= _MOST_LISTED:
        words[_SOME] = translate("Some, by their names")
    which = st.radio(
        translate("Which images"), list(words), format_func=lambda name: words[name], key=_key(job, "which")
    )
    chosen = {_ALL: finished if later else None, _APPROVED: approved, _SHOWN: listed, _SOME: listed}[str(which)]
    ids = None
    if chosen is not None:
        names = _name_files(who, job)
        ids = [image.image_id for image in chosen]
        if which == _SOME:
            words_of = {id_: names.single(id_) for id_ in ids}
            ids = st.multiselect(translate("Images"), ids, format_func=lambda id_: words_of[id_], key=_key(job, "some"))
        _tell_images(job, [names.single(id_) for id_ in ids])
    if later:
        _tell_later(cache, later)
    if len(job.options.every_output) > 1:
        st.caption(translate("Of the files of a picture one is exported: in the size and file that you choose here."))
    if job.options.scenes and job.options.variations > 1:
        st.caption(
            translate("All chosen variations of a photo are exported in each of the scenes that any of them has.")
        )
    if job.counts.failed:
        st.caption(
            translate_count(
                "{count:,} image was not finished: there is nothing to export of it.",
                "{count:,} images were not finished: there is nothing to export of them.",
                job.counts.failed,
            )
        )
    return None if ids is None else frozenset(ids)


def _tell_later(cache: ImageCache, later: Mapping[str, str]) -> None:
    """Say which images an export of this job can't have: its own first tries are not what the set shows."""
    redos = [cache.tried.jobs[id_] for id_ in dict.fromkeys(later.values()) if id_ in cache.tried.jobs]
    st.caption(
        translate_count(
            "{count:,} image was made anew and is left out here: export it on the page of its redo. {links}",
            "{count:,} images were made anew and are left out here: export them on the pages of their redos. {links}",
            len(later),
            links=link_redos(redos),
        )
    )


def _tell_images(job: Job, names: Sequence[str]) -> None:
    if names:
        told = ", ".join(escape_markdown(shown(name)) for name in names[:_TOLD])
        if (more := len(names) - _TOLD) > 0:
            told = translate_count("{names} and {count:,} more", "{names} and {count:,} more", more, names=told)
        st.caption(
            translate_count(
                "{number:,} of {count:,} finished image: {names}.",
                "{number:,} of {count:,} finished images: {names}.",
                job.counts.succeeded,
                number=len(names),
                names=told,
            )
        )


def _name_files(who: User, job: Job) -> JobNames:
    """What the job's files are called, which stays so; asked for once."""
    key = f"export-names-{job.job_id}"
    if key not in st.session_state:
        st.session_state[key] = JobNames(who.api.names(job.job_id))
    names: JobNames = st.session_state[key]
    return names


def _choose_background(who: User, job: Job) -> tuple[dict[str, Any], str | None]:
    """What is behind the products, and why it can't be."""
    kind = _select(translate("Background"), _translate_all(_BACKGROUNDS), job, "background")
    if kind == _AS_IT_IS:
        own = job.options.backdrop
        line = own.placement.surface if own and own.placement else None
        return (_choose_place(job, line, as_it_is=True) if own else {}), None
    if job.options.scenes or (job.options.generates and job.options.variations > 1):
        st.caption(
            translate(
                "Of a photo with several images one is exported: without a painted background they are all alike."
            )
        )
    if kind == _COLOUR:
        colour = st.color_picker(translate("Colour"), "#f5f5f0", key=_key(job, "colour"))
        return {"background": str(colour).lower()}, None
    if kind != _PICTURE:
        return {"background": kind}, None
    found = find_all(who)
    if not found:
        return {}, translate("You have no pictures here yet: bring one on the page for a new job, under Background.")
    chosen = _choose_picture(found, job)
    shadow = _select(translate("Shadow of the product"), _translate_all(SHADOWS), job, "shadow")
    side = _select(translate("Light"), _translate_all(SIDES), job, "light")
    light = {"direction": DIRECTIONS[side]} if side != "above" else None
    line = next(one.surface for one in found if one.backdrop_id == chosen)
    place = _choose_place(job, line, as_it_is=False)
    return {"backdrop_id": chosen, "shadow": Shadow(shadow), "light": light, **place}, None


def _choose_place(job: Job, line: float | None, *, as_it_is: bool) -> dict[str, Any]:
    """Where products stand. `line`: of the backdrop, where it is known."""
    words = {name: translate(told) for name, told in _STANDS.items() if as_it_is or name != _AS_IT_IS}
    kind = _select(translate("Place of the product"), words, job, "place" if as_it_is else "place-anew")
    if kind == _IN_PHOTO:
        return {"in_photo": True}
    if kind == _AS_IT_IS:
        return {}
    share = _ask_percent(translate("Size of the product"), Placement.share, SHARES, job, "share")
    across = _ask_percent(translate("From the left"), Placement.across, ACROSS, job, "across")
    # Another line for another picture: a slider keeps what it was once given.
    down = _ask_percent(
        translate("The line it stands on, from the top"), line or SURFACE, SURFACES, job, f"surface-{line}"
    )
    return {"placement": Placement(share / 100, across / 100, down / 100)}


def _ask_percent(label: str, default: float, bounds: tuple[float, float], job: Job, name: str) -> int:
    least, most = (round(100 * one) for one in bounds)
    return int(st.slider(label, least, most, round(100 * default), format="%d %%", key=_key(job, name)))


def _choose_picture(found: Sequence[Backdrop], job: Job) -> str:
    names = {one.backdrop_id: one for one in found}
    words = {id_: escape_markdown(shorten_text(shown(one.name), 40)) for id_, one in names.items()}
    chosen = _select(translate("Picture"), words, job, "picture")
    if address := names[chosen].thumbnail_url:
        st.image(address, width=160)
    return chosen


def _choose_cut_out(job: Job, *, flat: bool) -> dict[str, Any]:
    """Ask for Backdrop's own cut-out, where the job may have made none."""
    if not flat or not job.options.paints or job.mode != "DEFAULT":
        return {}
    own = st.checkbox(
        translate("Use Backdrop's own cut-out where the job made none"),
        key=_key(job, "own-cut-out"),
        help=translate(
            "The model may have blended the product in without cutting it out. Look at the edges afterwards."
        ),
    )
    return {"mask_source": MaskSource.BUILT_IN} if own else {}


def _choose_size(job: Job, presets: Sequence[Preset], *, flat: bool) -> dict[str, Any]:
    sizes = {name: translate(words) for name, words in _SIZES.items() if presets or name != _PRESET}
    kind = _select(translate("Size"), sizes, job, "size")
    if kind == _PHOTO:
        return {"own_size": True}
    if kind == _PRESET:
        preset = _select(
            translate("Marketplace"), {one.id: escape_markdown(one.name) for one in presets}, job, "preset"
        )
        return {"preset": preset, **({} if flat else _choose_border(job))}
    if kind != _OWN:
        return {}
    aspect = _select(translate("Shape"), _translate_all(_SHAPES), job, "aspect")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        width = ask_side(translate("Width in pixels"), _key(job, "width"), lasts=False)
        height = ask_side(translate("Height in pixels"), _key(job, "height"), lasts=False)
    st.caption(translate("Give one side and the other follows. Nothing is ever stretched or cut off."))
    found: dict[str, Any] = {"aspect": aspect or None, "width": width, "height": height}
    return found | (_choose_border(job) if not flat and (aspect or (width and height)) else {})


def _choose_border(job: Job) -> dict[str, Any]:
    """A new shape of a painted picture gets a border: no model paints on."""
    colour = st.color_picker(
        translate("Colour of the border, where the shape is another"), "#ffffff", key=_key(job, "pad")
    )
    return {"pad_color": str(colour).lower()}


def _select(label: str, words: Mapping[str, str], job: Job, name: str) -> str:
    return str(st.selectbox(label, list(words), format_func=lambda one: words[one], key=_key(job, name)))


def _translate_all(words: Mapping[str, str]) -> dict[str, str]:
    return {name: translate(told) for name, told in words.items()}


def _key(job: Job, name: str) -> str:
    return f"export-{name}-{job.job_id}"
