"""Adding photos to the job, and what became of those that are not in it."""

from __future__ import annotations

import streamlit as st

from backdrop_client.answers import Limits, PhotoStatus
from backdrop_web import ui
from backdrop_web.errors import Notice, explain_failure
from backdrop_web.formats import literal, plural
from backdrop_web.service import User
from backdrop_web.workspace import Workspace, take_in


def take_photos(who: User, draft: Workspace, limits: Limits) -> None:
    """Where files are chosen; what was chosen is sent at once."""
    names = ", ".join(sorted({kind.partition("/")[2].upper() for kind in limits.content_types}))
    files = st.file_uploader(
        f"Add photos ({names})",
        accept_multiple_files=True,
        key=f"files-{draft.number}-{draft.uploader_round}",
        help=f"Choose or drop up to {limits.max_photos:,}. Phone photos come out upright.",
    )
    if not draft.waiting(files):
        return
    bar = st.progress(0.0, text="Sending photos…")
    take_in(
        draft,
        who.api,
        who.uploader,
        files,
        limits.max_upload_bytes,
        limits.max_photos,
        lambda done, total: bar.progress(done / total, text=f"Sending and checking photos: {done} of {total}"),
    )
    if not any(refusal.retry for refusal in draft.refusals.values()):
        # A fresh uploader lets go of the files, which it keeps in this server's memory.
        draft.uploader_round += 1
    st.rerun()


def left_out(who: User, draft: Workspace) -> None:
    """What is not in the job, and why. It holds up nothing."""
    count = len(draft.left_out) + len(draft.refusals)
    if not count:
        return
    with st.container(border=True, key="left-out"):
        st.markdown(f":material/warning: **{plural(count, 'file is', 'files are')} left out.** The others go on.")
        for photo in draft.left_out:
            cut_off = Notice("Its upload was cut off.", "Remove it and add the photo again.")
            notice = explain_failure(photo.error) if photo.status is PhotoStatus.REFUSED else cut_off
            if _refused_row(f"refused-{photo.photo_id}", photo.name, notice):
                draft.remove(who.api, photo.photo_id)
                st.rerun()
        for file_id, refusal in list(draft.refusals.items()):
            if _refused_row(f"refused-{file_id}", refusal.name, refusal.notice):
                del draft.refusals[file_id]
                st.rerun()
        if any(refusal.retry for refusal in draft.refusals.values()) and st.button(
            "Send again", icon=":material/refresh:", help="Tries once more to send the files that did not arrive"
        ):
            draft.forget_failed_sends()
            st.rerun()


def _refused_row(key: str, name: str, notice: Notice) -> bool:
    """One file with its reason; whether its button to clear it away was pressed."""
    words, action = st.columns([6, 1], vertical_alignment="center")
    with words:
        ui.name_and_meta(name, notice.sentence)
    return action.button("Clear", key=key, help=f"Take {literal(name)} off this list", width="stretch")
