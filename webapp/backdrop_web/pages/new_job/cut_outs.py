"""What the built-in cut-out keeps of each photo, shown before anything is painted, or paid."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import streamlit as st
from PIL import Image

from backdrop.api.schemas.photos import Photo
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.new_job import form
from backdrop_web.service.api import User
from backdrop_web.text.errors import explain
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_count, translate_text
from backdrop_web.upload.draft_state import DraftState

_SIDE = 480
"""Pixels of a card's picture."""

_AT_ONCE = 2
"""A cut-out keeps a processor busy."""


class Seen(NamedTuple):
    """A cut-out as a card shows it.

    Attributes:
        address: a small picture of the mask, white with what is kept as alpha.
        doubt: how far it is doubted, 0 to 1.
        doubtful: whether somebody should look at it.
        place: where, as shares of the photo (left, top, width, height).
    """

    address: str
    doubt: float
    doubtful: bool
    place: tuple[float, float, float, float] | None


Known = dict[tuple[str, str], Seen]


def put_doubtful_first(draft: DraftState, photos: Sequence[Photo]) -> list[Photo]:
    """Return the photos, those first whose cut-outs are known to be doubtful, the most doubtful before all."""
    known = _get_known(draft)

    def rank(photo: Photo) -> float:
        seen = known.get(_name(photo))
        return -seen.doubt if seen and seen.doubtful else 0.0

    return sorted(photos, key=rank)


def offer_all(who: User, draft: DraftState, photos: Sequence[Photo]) -> None:
    """Offer to look at the cut-outs of all photos, where those of a page alone are looked at by themselves."""
    known = _get_known(draft)
    missing = sum(_name(photo) not in known for photo in photos)
    if missing and st.button(
        translate_count("Look at the cut-out", "Look at all {count:,} cut-outs", len(photos)),
        key=form.make_key(draft, "all-cut-outs"),
        icon=":material/content_cut:",
        help=translate("Doubtful ones come first then. It takes a second or two for each photo."),
    ):
        look_at(who, draft, photos)
        st.rerun()


def look_at(who: User, draft: DraftState, photos: Sequence[Photo]) -> dict[str, Seen]:
    """Return photo id -> its cut-out. Each is asked for once.

    A photo whose mask is not to be had is left out, and named.

    Raises:
        SessionExpired: somebody has to sign in again.
    """
    known = _get_known(draft)
    missing = [photo for photo in photos if _name(photo) not in known]
    if missing and draft.draft_id:
        for photo, words in _ask(who, draft.draft_id, missing, known):
            what = translate("{name}: no cut-out. {reason}", name=photo.name, reason=words)
            st.warning(escape_markdown(what), icon=":material/warning:")
    return {photo.photo_id: known[_name(photo)] for photo in photos if _name(photo) in known}


def _ask(who: User, draft_id: str, photos: Sequence[Photo], known: Known) -> list[tuple[Photo, str]]:
    """Fill in what is missing, with a bar that counts. Return those that failed, and why."""
    failed: list[tuple[Photo, str]] = []
    bar = st.progress(0.0, text=_describe_progress(0, len(photos)))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {pool.submit(who.api.see_mask, draft_id, photo.photo_id, {}): photo for photo in photos}
        for done, answered in enumerate(as_completed(asked), 1):
            photo = asked[answered]
            try:
                mask = answered.result()
                known[_name(photo)] = Seen(_make_address(mask.mask), mask.doubt or 0.0, mask.doubtful, mask.place)
            except SessionExpired:
                raise
            except BackdropClientError as error:
                failed.append((photo, translate_text(explain(error).sentence)))
            bar.progress(done / len(photos), text=_describe_progress(done, len(photos)))
    bar.empty()
    return failed


def _describe_progress(done: int, total: int) -> str:
    return translate("Cutting out: {done:,} of {total:,}", done=done, total=total)


def _make_address(mask: str) -> str:
    """Return a data address of a small picture whose alpha is the mask (base64 of a grey PNG)."""
    with Image.open(io.BytesIO(base64.b64decode(mask))) as png:
        kept = png.convert("L")
    kept.thumbnail((_SIDE, _SIDE))
    out = io.BytesIO()
    Image.merge("LA", (Image.new("L", kept.size, 255), kept)).save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def _get_known(draft: DraftState) -> Known:
    known: Known = st.session_state.setdefault(form.make_key(draft, "seen-masks"), {})
    return known


def _name(photo: Photo) -> tuple[str, str]:
    # A mask that was put right once more is another one.
    return photo.photo_id, photo.mask_sha256 or ""
