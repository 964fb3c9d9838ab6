"""Where products stand on a backdrop: as in their photos, or all alike on its surface, whose line is set here."""

from __future__ import annotations

import html

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop
from backdrop.core.backdrops import ACROSS, SHARES, SURFACE, SURFACES, Placement
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.new_job import form
from backdrop_web.service.api import User
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

_PHOTO, _SURFACE = "photo", "surface"
_PLACES = {_PHOTO: mark_phrase("Where it is in its photo"), _SURFACE: mark_phrase("On the surface, all alike")}


def choose_placement(who: User, draft: DraftState, backdrop: Backdrop) -> Backdrop:
    """Ask where products stand on the chosen backdrop. Its line is kept with it, for every job to come.

    Returns:
        The backdrop as it is now.
    """
    st.segmented_control(
        translate("Place of the product"),
        list(_PLACES),
        key=form.set_default(draft, "place", _PHOTO, list(_PLACES)),
        format_func=lambda name: translate(_PLACES[name]),
        required=True,
        persist_state="session",
    )
    if form.read_value(draft, "place") != _SURFACE:
        return backdrop
    seen, asked = st.columns(2)
    if not backdrop.mine:
        st.caption(translate("The line of a shared picture is its owner's to set."))
    with asked:
        of, third = translate("Of the picture's width or height."), translate("33 % is the left third.")
        share = _ask_percent(draft, "share", translate("Size"), Placement.share, SHARES, of)
        across = _ask_percent(draft, "across", translate("From the left"), Placement.across, ACROSS, third)
        line = st.slider(
            translate("The line it stands on, from the top"),
            *_percent(SURFACES),
            value=round(100 * (backdrop.surface or SURFACE)),
            format="%d %%",
            key=f"surface-{backdrop.backdrop_id}",
            disabled=not backdrop.mine,
            help=translate("Kept with this picture. Products stand on it with their lowest point."),
        )
    if backdrop.mine and line != round(100 * (backdrop.surface or SURFACE)):
        backdrop = who.api.change_backdrop(backdrop.backdrop_id, surface=line / 100)
    with seen:
        _show_line(backdrop, share / 100, across / 100, line / 100)
    st.caption(
        translate("What would not fit is made smaller. A product is enlarged only for a picture size that you ask for.")
    )
    return backdrop


def read_placement(draft: DraftState) -> Placement | None:
    """Return what was chosen; None: each product keeps its place in its photo."""
    if form.read_value(draft, "place", _PHOTO) != _SURFACE:
        return None
    share, across = form.read_value(draft, "share"), form.read_value(draft, "across")
    return Placement(
        share=share / 100 if share else Placement.share, across=across / 100 if across else Placement.across
    )


def make_fields(placement: Placement | None) -> dict[str, object]:
    """Return a job's placement as fields of the page."""
    if placement is None:
        return {"place": _PHOTO}
    return {"place": _SURFACE, "share": round(100 * placement.share), "across": round(100 * placement.across)}


def _ask_percent(
    draft: DraftState, field: str, label: str, default: float, bounds: tuple[float, float], more: str
) -> int:
    key = form.set_default(draft, field, round(100 * default), range(*_percent(bounds)))
    return int(st.slider(label, *_percent(bounds), key=key, format="%d %%", help=more))


def _percent(bounds: tuple[float, float]) -> tuple[int, int]:
    return round(100 * bounds[0]), round(100 * bounds[1])


def _show_line(backdrop: Backdrop, share: float, across: float, line: float) -> None:
    """The picture, the line, and the room that a square product takes at most. Drawn; nothing is computed."""
    if not backdrop.thumbnail_url or not backdrop.width or not backdrop.height:
        return
    wide = backdrop.width / backdrop.height
    # A square's side, as shares of the picture's width and height.
    down = min(share, share * wide, line)
    width = down / wide
    st.html(
        f'<div class="bd-stand"><img alt="" src="{html.escape(backdrop.thumbnail_url)}">'
        f'<span class="bd-stand-line" style="top:{100 * line:.1f}%"></span>'
        f'<span class="bd-stand-room" style="left:{100 * (across - width / 2):.1f}%;top:{100 * (line - down):.1f}%;'
        f'width:{100 * width:.1f}%;height:{100 * down:.1f}%"></span></div>'
    )
