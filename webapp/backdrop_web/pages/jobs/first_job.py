"""Before there is any job: how one is made, and photos to try it with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from backdrop_client.api import NewPhoto
from backdrop_client.errors import BackdropClientError
from backdrop_client.upload import PhotoSource
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements, routes
from backdrop_web.text.errors import Notice
from backdrop_web.text.language import translate
from backdrop_web.upload.current import start_new_draft

SAMPLES = Path(__file__).with_name("sample_photos")
_TYPE = "image/jpeg"


def show_first_job(who: User) -> None:
    """Show what stands in the place of an empty list."""
    with st.container(border=True, key="first-job"):
        st.header(translate("No jobs yet"), anchor=False)
        st.markdown(
            translate(
                "A job takes your photos and gives them all the same new background:\n\n"
                "1. **Add photos** of products, as many as you like.\n"
                "2. **Check what is kept** of each photo.\n"
                "3. **Choose** the new background, see the price, start. **E-mails** at the left: be told when it is"
                " done."
            )
        )
        with st.container(horizontal=True):
            if st.button(translate("Make the first job"), type="primary", icon=":material/add_photo_alternate:"):
                routes.open_page("new")
            tries = st.button(translate("Try with sample photos"), icon=":material/auto_awesome:")
        st.caption(translate("The sample photos go into a new job. Nothing is charged until you start it."))
        if tries:
            with explain_failures():
                told = translate("Adding the sample photos…")
                bar = st.progress(0.0, text=told)
                draft_id = add_sample_photos(who, lambda share: bar.progress(share, text=told))
                if draft_id is None:
                    elements.show_notice(
                        Notice(
                            translate("The sample photos could not be added."),
                            translate("Add photos of your own instead."),
                        )
                    )
                    return
                start_new_draft().load_draft(who.api, draft_id)
                routes.open_page("new", draft=draft_id)


def add_sample_photos(who: User, on_progress: Callable[[float], object] = lambda _: None) -> str | None:
    """Put the sample photos into a new draft, as if the user had added them; None when none of them arrived.

    Raises `BackdropClientError` when the service can't be reached or refuses the draft.
    """
    files = sorted(SAMPLES.glob("*.jpg"))
    draft_id = who.api.create_draft().draft_id
    new = [NewPhoto(file.name, file.stat().st_size, _TYPE) for file in files]
    arrived, failure = 0, None
    for number, (file, answer) in enumerate(zip(files, who.api.add_photos(draft_id, new), strict=True)):
        if answer.upload is not None and answer.photo_id is not None:
            try:
                who.uploader.upload(answer.upload, PhotoSource.from_path(file, file.name))
                who.api.inspect_photo(draft_id, answer.photo_id)
                arrived += 1
            except BackdropClientError as error:
                # One that did not arrive must not stand in the job as a broken upload.
                who.api.delete_photo(draft_id, answer.photo_id)
                failure = error
        on_progress((number + 1) / len(files))
    if failure is not None and not arrived:
        raise failure
    return draft_id if arrived else None
