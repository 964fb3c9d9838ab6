"""The question how rejected images shall be redone, and their start: as new tries of the same images."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, cast

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop_client.errors import WrongUse
from backdrop_client.tries import redo
from backdrop_web.pages.job import rerun_price
from backdrop_web.pages.job.review.records import name_why
from backdrop_web.service.api import User
from backdrop_web.text.formats import escape_markdown, shorten_text
from backdrop_web.text.language import translate, translate_count, translate_text
from backdrop_web.text.scene_words import name_scene

_PLANNED = "job.redo"
_REASONS_SHOWN = 5


def show_redo(who: User, job: Job, stay: Callable[[], NoReturn]) -> None:
    """Ask what shall be otherwise, tell the price, and start the redo. `stay`: ends the dialog."""
    with st.spinner(translate("Looking at what is rejected…")):
        rejected = redo.find_rejected(redo.read_set(who.api, job))
    st.write(
        translate_count(
            "{count:,} rejected image gets a new try in this job. The tries of before stay behind the new ones, and"
            " their cut-outs are not paid again.",
            "{count:,} rejected images get a new try in this job. The tries of before stay behind the new ones, and"
            " their cut-outs are not paid again.",
            len(rejected),
        )
    )
    said = [why for one in rejected if (why := name_why(one.shown))]
    for why in list(dict.fromkeys(said))[:_REASONS_SHOWN]:
        st.caption(
            translate_count(
                "Rejected because of {why}: {count:,} image",
                "Rejected because of {why}: {count:,} images",
                said.count(why),
                why=escape_markdown(why),
            )
        )
    changes = _choose_changes(job)
    try:
        parts = redo.plan_redo(job, rejected, changes)
    except WrongUse as wrong:
        st.warning(escape_markdown(translate_text(f"{wrong.message} {wrong.next_step}")), icon=":material/warning:")
        return
    draft_id, copies = _copy_photos(who, job, parts)
    request = redo.redo_request(job, parts, copies, changes)
    rerun_price.show_price(who, draft_id, request, at_most=True)
    pressed = st.button(translate("Redo now"), type="primary", icon=":material/restart_alt:", key="redo-yes")
    if rerun_price.start_job(who, draft_id, request, pressed=pressed):
        st.session_state.pop(_PLANNED, None)
        stay()


def _choose_changes(job: Job) -> redo.Changes:
    scenes = [name_scene(one.named()) for one in job.options.scenes]
    names = {0: translate("Its own"), 1: shorten_text(job.prompt, 60) or translate("The job's own")}
    names |= {number: shorten_text(words, 60) for number, words in enumerate(scenes, 2)}
    scene = 0
    if scenes:
        scene = st.selectbox(translate("Scene"), list(names), format_func=lambda one: names[one], key="redo-scene")
    words = ""
    if not scene:
        words = st.text_area(
            translate("Other words for the background"),
            placeholder=translate("Leave it empty to keep the words of each image"),
            key="redo-words",
        )
    seed = st.number_input(
        translate("Seed"),
        min_value=0,
        value=None,
        step=1,
        placeholder=translate("Another one than before"),
        key="redo-seed",
    )
    return redo.Changes(words.strip() or None, int(seed) if seed is not None else None, scene or None)


def _copy_photos(who: User, job: Job, parts: list[redo.Part]) -> tuple[str, list[str]]:
    """Return a draft with the photos, and the ids of the parts' copies; kept while the same photos are redone."""
    wanted = (job.job_id, tuple((part.job_id, part.photo_id, tuple(part.instead_of)) for part in parts))
    held = cast("tuple[object, str, list[str]] | None", st.session_state.get(_PLANNED))
    if held is None or held[0] != wanted:
        with st.spinner(translate("Taking the photos over…")):
            draft_id = who.api.create_draft(listed=False).draft_id
            held = (wanted, draft_id, redo.copy_parts(who.api, draft_id, parts))
        st.session_state[_PLANNED] = held
    return held[1], held[2]
