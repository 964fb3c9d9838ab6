"""What the job will be called, and the tags by which it is found again."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from backdrop.core.naming import MAX_JOB_NAME, MAX_TAGS, propose_name
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Scene
from backdrop_web.pages.new_job import backdrop, form
from backdrop_web.service.api import User
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState


def choose_name(who: User, draft: DraftState, request: JobRequest) -> JobRequest:
    """Ask for name and tags; return the request with them. What stands in the empty field is what the service makes of
    an empty name, by the same rule."""
    name, tags = st.columns([3, 2])
    called = name.text_input(
        translate("Name of the job"),
        key=form.set_default(draft, "job-name", ""),
        placeholder=_propose(who, draft, request) or translate("By the photos' folder and the background"),
        max_chars=MAX_JOB_NAME,
        persist_state="session",
        help=translate("You find the job by it. Left empty, it is named as you see. It can be changed later."),
    )
    key = form.set_default(draft, "tags", [])
    chosen = tags.multiselect(
        translate("Tags"),
        list(st.session_state[key]),
        key=key,
        accept_new_options=True,
        max_selections=MAX_TAGS,
        placeholder=translate("Type a word, such as spring"),
        persist_state="session",
        help=translate("Words by which jobs belong together, such as a season or a shop."),
    )
    return replace(request, name=(called or "").strip(), tags=tuple(tag.strip() for tag in chosen if tag.strip()))


def _propose(who: User, draft: DraftState, request: JobRequest) -> str:
    options = request.options
    behind = options.backdrop
    if behind is not None:
        behind = replace(behind, name=backdrop.find_names(who).get(behind.id, ""))
    return propose_name((photo.name for photo in draft.ready), Scene(request.prompt, options.background, behind))
