"""A backdrop painted from words: the price before, the candidates as they come, and the one that is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop, Candidate
from backdrop.api.schemas.models import Painter
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_client.painting import MOST_CANDIDATES, Wish, paint_each, pick_seeds
from backdrop_web.service.api import FRESH_SECONDS, User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements
from backdrop_web.text.errors import Notice, explain
from backdrop_web.text.formats import format_money
from backdrop_web.text.language import translate, translate_count

_HELD = "painting.held"
_COUNT = 3

_SHAPES = {
    "1:1": mark_phrase("Square (1:1)"),
    "4:5": mark_phrase("Upright (4:5)"),
    "2:3": mark_phrase("Upright (2:3)"),
    "9:16": mark_phrase("Tall (9:16)"),
    "5:4": mark_phrase("Lying (5:4)"),
    "3:2": mark_phrase("Lying (3:2)"),
    "16:9": mark_phrase("Wide (16:9)"),
}
"""Shapes that products are shown in; the narrower ones are for the command and the API."""


@dataclass(frozen=True)
class _Held:
    """What is being painted: since when, the candidates that came, what they cost, and why no more come."""

    wish: Wish
    at: float
    came: tuple[Candidate, ...] = ()
    paid_usd: float = 0.0
    failure: Notice | None = None

    @property
    def missing(self) -> tuple[int, ...]:
        """Seeds that are still to be painted."""
        return () if self.failure else self.wish.seeds[len(self.came) :]


def offer_painting(who: User, painters: Sequence[Painter], take: Callable[[Backdrop], None]) -> None:
    """Ask for words, have a model paint candidates, and keep the one that is wanted.

    Args:
        who: whose it will be.
        painters: the models that paint.
        take: told of the backdrop that is kept.
    """
    held: _Held | None = st.session_state.get(_HELD)
    with st.expander(translate("Paint one from words"), icon=":material/brush:", expanded=held is not None):
        wish = _ask_wish(painters)
        paints = held is not None and bool(held.missing)
        pressed = st.button(
            translate_count(
                "Paint {count:,} picture, {price}",
                "Paint {count:,} pictures, {price}",
                len(wish.seeds),
                price=format_money(wish.usd),
            ),
            key="painting-start",
            type="primary",
            disabled=paints,
            help=translate("The price at the list price of the model. What was painted is kept for some weeks."),
        )
        if pressed and not wish.prompt:
            # Never disabled for that: a field tells what was typed only when it is left, which the press itself does.
            st.warning(translate("Say in words what the backdrop shows."), icon=":material/warning:")
        elif pressed:
            held = _hold(_Held(wish, time.monotonic()))
        elif held is not None and not held.missing and time.monotonic() - held.at > FRESH_SECONDS:
            # The pictures' addresses have run out. The service has the pictures, and nothing is paid again.
            seen = replace(held.wish, seeds=held.wish.seeds[: len(held.came)])
            held = _hold(_Held(seen, time.monotonic(), paid_usd=held.paid_usd))
        if held is not None:
            _show_candidates(who, held, take)
            _paint_next(who, held)


def _ask_wish(painters: Sequence[Painter]) -> Wish:
    prompt = st.text_area(
        translate("What the backdrop shows"),
        key="painting-words",
        placeholder=translate("For example: an empty light oak table before a white wall, soft morning light"),
        height=80,
    )
    avoid = st.text_input(
        translate("What it must not show"), key="painting-avoid", placeholder=translate("For example: people, text")
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by_id = {one.model_id: one for one in painters}
        names = {id_: _describe_painter(one) for id_, one in by_id.items()}
        painter = by_id[
            st.selectbox(translate("Model"), list(by_id), key="painting-model", format_func=names.__getitem__)
        ]
        shapes = [one for one in _SHAPES if one in painter.aspects]
        aspect = st.selectbox(
            translate("Shape"), shapes, key="painting-shape", format_func=lambda one: translate(_SHAPES[one])
        )
        count = st.number_input(translate("How many"), 1, MOST_CANDIDATES, _COUNT, key="painting-count")
    return Wish(painter, prompt.strip(), avoid.strip(), aspect, pick_seeds(painter, int(count)))


def _describe_painter(painter: Painter) -> str:
    return translate("{model} ({price} a picture)", model=painter.name, price=format_money(painter.usd_per_picture))


def _show_candidates(who: User, held: _Held, take: Callable[[Backdrop], None]) -> None:
    with st.container(key="candidates"):
        for number, one in enumerate(held.came, start=1):
            with st.container(key=f"candidate-{one.candidate_id}"):
                st.image(one.thumbnail_url)
                if st.button(
                    translate("Keep this one"), key=f"keep-{number}", width="stretch", disabled=bool(held.missing)
                ):
                    _keep(who, one, take)
    if held.failure:
        elements.show_notice(held.failure)
    if held.came or held.paid_usd:
        st.caption(translate("Paid: {price} at the list price.", price=format_money(held.paid_usd)))


def _paint_next(who: User, held: _Held) -> None:
    """Paint the next candidate, if one is missing, and show it."""
    if not held.missing:
        return
    came = len(held.came)
    try:
        with st.spinner(translate("Painting {number:,} of {count:,}…", number=came + 1, count=len(held.wish.seeds))):
            made = next(paint_each(who.api, replace(held.wish, seeds=held.missing[:1])))
    except SessionExpired:
        raise
    except BackdropClientError as error:
        _hold(replace(held, failure=explain(error)))
    else:
        _hold(replace(held, came=(*held.came, made), paid_usd=held.paid_usd + made.paid_usd))
    st.rerun()


def _keep(who: User, one: Candidate, take: Callable[[Backdrop], None]) -> None:
    with explain_failures():
        kept = who.api.keep_painting(one.candidate_id)
        st.session_state.pop(_HELD)
        take(kept)


def _hold(held: _Held) -> _Held:
    st.session_state[_HELD] = held
    return held
