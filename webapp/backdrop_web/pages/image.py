"""One finished image at an address that stays the same: who may see its job signs in, sees it and downloads it."""

from __future__ import annotations

from http import HTTPStatus

import httpx
import streamlit as st

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.names import shown
from backdrop.core.vocabulary import ImageStatus
from backdrop_client.errors import ApiError
from backdrop_client.file_names import JobNames
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import routes
from backdrop_web.streamlit_shell.elements import show_notice
from backdrop_web.text.errors import Notice, explain_failure
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate

_SECONDS = 10.0


def show_page() -> None:
    """Show the image in the address, or why it is not to be seen."""
    who = session.get_user()
    if who is None:
        return
    job_id, image_id = st.query_params.get("job"), st.query_params.get("id")
    with explain_failures(page=True):
        if not job_id or not image_id:
            show_notice(
                Notice(
                    translate("This address names no image."), translate("Copy the whole link, or find it in the job.")
                )
            )
            return
        try:
            job, image = who.api.job(job_id), who.api.image(job_id, image_id)
        except ApiError as error:
            if error.code != "NOT_FOUND":
                raise
            show_notice(_tell_gone())
            return
        _show_image(who, job, image)


def _show_image(who: User, job: Job, image: Image) -> None:
    name = shown(image.name)
    st.title(escape_markdown(f"{name} ({image.variation})" if image.variation > 1 else name), anchor=False)
    if image.status is ImageStatus.FAILED:
        show_notice(explain_failure(image.error))
    elif not image.after_url or not image.download_url:
        st.info(translate("This image is not finished."), icon=":material/schedule:")
    elif not _is_there(image.after_url):
        show_notice(_tell_gone())
    else:
        st.image(image.after_url)
        named = who.api.image(job.job_id, image.image_id, download_name=_name_file(who, job, image))
        st.link_button(translate("Download"), named.download_url or image.download_url, icon=":material/download:")
    if st.button(translate("Show the job"), icon=":material/photo_library:"):
        routes.open_page("job", id=job.job_id)


def _name_file(who: User, job: Job, image: Image) -> str:
    """Return what every download of the job calls this file, without extension."""
    return JobNames(who.api.names(job.job_id)).single(image.image_id)


def _is_there(address: str) -> bool:
    """Whether the file was neither erased nor has expired. What can't be asked is shown as it is."""
    try:
        with httpx.stream("GET", address, headers={"Range": "bytes=0-0"}, timeout=_SECONDS) as answer:
            return answer.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    except httpx.HTTPError:
        return True


def _tell_gone() -> Notice:
    return Notice(
        translate("This image is not there any more, or never was."),
        translate("It was erased, or the time that images are kept is over. Ask who sent you the link for the file."),
    )
