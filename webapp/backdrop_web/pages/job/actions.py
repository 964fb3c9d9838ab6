"""What can be done with a whole job: cancel, retry, duplicate, download, read the report."""

from __future__ import annotations

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core.people import Action
from backdrop.core.vocabulary import JobStatus
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.download.collect import Which
from backdrop_web.download.tickets import TICKETS
from backdrop_web.pages.job import dialogs, seen_by
from backdrop_web.pages.job.downloads import make_zip_address
from backdrop_web.pages.job.image_cache import Filter, ImageCache
from backdrop_web.pages.new_job import prefill
from backdrop_web.service.api import User
from backdrop_web.streamlit_shell import routes
from backdrop_web.text.errors import explain
from backdrop_web.text.language import translate, translate_count


def show_actions(who: User, job: Job, cache: ImageCache) -> None:
    """Show a row of buttons. Dialogs open outside of the part of the page that runs again by itself."""
    if st.query_params.get("report") == "page":
        if job.report_urls and _written_key(job) not in st.session_state:
            _write_page_anew(who, job, cache)
        _show_report_link(job)
    with st.container(horizontal=True, vertical_alignment="center", key="job-actions"):
        again = Action.REUSE in job.allowed
        if not job.status.final and Action.CANCEL in job.allowed:
            _show_question_button(translate("Cancel the job"), ":material/cancel:", "cancel", job)
        if job.status.final and job.counts.failed and again:
            _show_question_button(_name_retry(job), ":material/refresh:", "retry", job)
        rejected = cache.count_images(job)[Filter.REJECTED]
        if job.status.final and rejected and again and not job.redo_of:
            words = translate_count("Redo {count:,} rejected…", "Redo {count:,} rejected…", rejected)
            _show_question_button(words, ":material/restart_alt:", "redo", job)
        if job.counts.succeeded:
            _show_downloads(who, job, cache)
        _show_reports(who, job, cache)
        seen_by.show_sharing(who, job)
    _show_more(who, job, again=again)


def _name_retry(job: Job) -> str:
    count = job.counts.failed
    if job.status is JobStatus.CANCELLED:
        return translate_count("Make the {count:,} missing", "Make the {count:,} missing", count)
    return translate_count("Retry {count:,} failed image", "Retry {count:,} failed images", count)


def _show_more(who: User, job: Job, *, again: bool) -> None:
    """Show what is done seldom, folded away: nine buttons in a row are read by nobody."""
    exports = bool(job.status.final and job.counts.succeeded and again)
    renames = Action.NAME in job.allowed and not job.trial
    if not (exports or again or who.starts_jobs or renames):
        return
    # In the page and not over it: the keyboard goes on from here, and a question is not covered by a menu.
    with (
        st.expander(translate("More"), icon=":material/more_horiz:", key="more-actions", type="compact"),
        st.container(horizontal=True),
    ):
        if exports:
            _show_question_button(translate("Export again…"), ":material/photo_size_select_large:", "export", job)
        if again:
            _show_question_button(translate("Duplicate"), ":material/content_copy:", "duplicate", job)
            words = translate("New photos with these settings")
            if st.button(words, icon=":material/add_photo_alternate:", key="same-settings"):
                prefill.put_settings(job)
                routes.open_page("new")
        if who.starts_jobs:
            _show_question_button(translate("Save its settings…"), ":material/bookmark_add:", "save", job)
        if renames:
            _show_question_button(translate("Name and tags"), ":material/label:", "rename", job)


def _show_reports(who: User, job: Job, cache: ImageCache) -> None:
    reports = job.report_urls
    if not reports or not (reports.csv or reports.json_):
        return
    menu = st.popover(translate("Report"), icon=":material/description:", key="report-menu", on_change="rerun")
    with menu:
        if reports.html:
            if menu.open:
                _write_page_anew(who, job, cache)
            st.link_button(translate("Report with pictures (page)"), reports.html, icon=":material/article:")
        if reports.csv:
            st.link_button(translate("Report for spreadsheets (CSV)"), reports.csv, icon=":material/table:")
        if reports.json_:
            st.link_button(translate("Full report (JSON)"), reports.json_, icon=":material/description:")
            if TICKETS.served:
                st.link_button(
                    translate("Everything, with its proof (ZIP)"),
                    make_zip_address(who, job, Which.PROOF),
                    icon=":material/verified:",
                )


def _written_key(job: Job) -> str:
    return f"page-verdicts-{job.job_id}"


def _write_page_anew(who: User, job: Job, cache: ImageCache) -> None:
    """Have the report's page written with the verdicts of now, where there are others than when it was written last:
    as somebody is about to open it, and not with each verdict, for it is made of up to 300 pictures. Its address stays.
    """
    said = frozenset((image.image_id, image.verdict) for image in cache.glances.values() if image.verdict)
    written = _written_key(job)
    if Action.JUDGE not in job.allowed or st.session_state.get(written, frozenset()) == said:
        return
    try:
        with st.spinner(translate("Writing what was approved and rejected into the page…")):
            who.api.write_page(job.job_id)
    except SessionExpired:
        raise
    except BackdropClientError as error:
        st.caption(translate("The page may lack the latest approvals. {reason}", reason=explain(error).sentence))
    else:
        st.session_state[written] = said


def _show_report_link(job: Job) -> None:
    """Show the report's page at hand: for it somebody followed the link of the mail, however long ago that came."""
    if job.report_urls and job.report_urls.html:
        words = translate("Open the report with pictures")
        st.link_button(words, job.report_urls.html, icon=":material/article:", type="primary")
    elif job.status.final:
        st.caption(
            translate("This job has no report with pictures: it was made before there were any, or ended without one.")
        )


def _show_question_button(words: str, icon: str, dialog: dialogs.Name, job: Job) -> None:
    if st.button(words, icon=icon, key=f"ask-{dialog}"):
        dialogs.open_dialog(dialog, job.job_id)


def _show_downloads(who: User, job: Job, cache: ImageCache) -> None:
    approved = len(cache.select(Filter.APPROVED)) if not cache.is_complete else cache.count_images(job)[Filter.APPROVED]
    with st.popover(translate("Download"), icon=":material/download:", key="download-menu"):
        if not TICKETS.served:
            st.caption(translate("This server gives out single images only: open one and press Download there."))
            return
        st.link_button(
            translate_count(
                "All {count:,} finished image (ZIP)", "All {count:,} finished images (ZIP)", job.counts.succeeded
            ),
            make_zip_address(who, job, Which.ALL),
            icon=":material/folder_zip:",
        )
        if approved:
            words = translate("Approved images (ZIP)")
            if cache.is_complete:
                words = translate_count("{count:,} approved image (ZIP)", "{count:,} approved images (ZIP)", approved)
            st.link_button(words, make_zip_address(who, job, Which.APPROVED), icon=":material/check:")
        else:
            st.caption(translate("Approve images in the review to download those alone."))
        st.caption(translate("In your folders, with a list.csv: which file is which photo, and why one is missing."))
        st.caption(translate("One image: open it and press Download there."))
