"""The question where a product shall stand in one image: placed by hand, then that image is made again for nothing."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.by_hand import ByHand
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.job.placing import view
from backdrop_web.pages.job.placing.opening import Opening
from backdrop_web.pages.job.review.records import format_image_name
from backdrop_web.service import rerun
from backdrop_web.service.api import User
from backdrop_web.text.errors import explain
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate

_OPEN = "job.placing"


def show_place(
    who: User, job: Job, image: Image, copy: Callable[[], rerun.Copies], close: Callable[[], object]
) -> Job | None:
    """Show the view, and return the job in which the image is made again once somebody saved a place.

    `copy`: brings the photo into a draft of its own; `close`: ends the dialog, and the run.
    """
    name = format_image_name(image)
    others = len(job.options.every_output) - 1
    st.markdown(
        translate(
            "**{name}** is made again in a new job, with the product where you put it. No model is called and nothing"
            " is paid. This job stays as it is.",
            name=escape_markdown(name),
        )
    )
    if others:
        st.caption(translate("The place holds for all sizes and files of this photo, as shares of each."))
    opening = _find_opening(who, job, image, name)
    place = opening.take(view.read_message())
    fresh = _make_again(who, job, opening, place, copy) if place else None
    if opening.closed:
        # The next opening begins with what the browser remembers.
        st.session_state.pop(_OPEN, None)
        close()
    view.show_view(opening)
    if fresh:
        st.session_state.pop(_OPEN, None)
    return fresh


def _find_opening(who: User, job: Job, image: Image, name: str) -> Opening:
    held: Opening | None = st.session_state.get(_OPEN)
    if held is None or (held.job_id, held.image_id) != (job.job_id, image.image_id):
        with st.spinner(translate("Fetching the product and its background…")):
            held = Opening(job.job_id, image.image_id, name, who.api.see_place(job.job_id, image.image_id))
        st.session_state[_OPEN] = held
    return held


def _make_again(who: User, job: Job, opening: Opening, place: ByHand, copy: Callable[[], rerun.Copies]) -> Job | None:
    """Start it. What stands against it is told where somebody looks: in the view, which keeps the place."""
    try:
        copies = copy()
        fresh = who.api.submit(copies.draft_id, rerun.request_placed(job, copies, place))
    except SessionExpired:
        opening.forget()
        raise
    except BackdropClientError as error:
        opening.refuse(explain(error).sentence)
        return None
    opening.accept()
    return fresh
