"""The pages of Backdrop's web app, run once for every change. Started by `server.py`; pages: `backdrop_web/pages/`."""

from __future__ import annotations

import streamlit as st

from backdrop_client.errors import BackdropClientError
from backdrop_web.pages import image as image_page
from backdrop_web.pages import mail_setting
from backdrop_web.pages.job import page as job_page
from backdrop_web.pages.jobs import page as jobs_page
from backdrop_web.pages.mailbox import page as mailbox_page
from backdrop_web.pages.new_job import page as new_job_page
from backdrop_web.service.api import User
from backdrop_web.service.settings import REQUIRED, SettingsMissing, WebSettings
from backdrop_web.sign_in import form, second_step, session
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements, language_choice, routes
from backdrop_web.text.language import translate, translate_text

st.set_page_config(page_title="Backdrop", page_icon=str(elements.LOGO), layout="wide")


def explain_missing(missing: SettingsMissing) -> None:
    """Say which settings are not there, to the person who starts the app."""
    st.title(translate("Backdrop is not set up yet"))
    st.write(
        translate("The web app does not know where its service is. Set these environment variables and start it again:")
    )
    st.markdown("\n".join(f"- `{name}`: {translate_text(REQUIRED[name])}" for name in missing.names))
    st.write(translate("For a trial on this machine, `make run` sets all of them."))


def show_account(who: User, settings: WebSettings) -> None:
    """Show who is signed in, and the way out."""
    st.logo(str(elements.WORDMARK), icon_image=str(elements.LOGO), size="large")
    with st.sidebar:
        st.caption(translate("Signed in as"))
        st.text(who.email)
        mail_setting.show_mail_button(who)
        second_step.show_app_button(who, settings)
        language_choice.show_language_choice()
        if st.button(translate("Sign out"), icon=":material/logout:", key="sign-out", width="stretch"):
            session.sign_out()
            st.rerun()
        if st.button(translate("Sign out on all devices"), type="tertiary", key="sign-out-everywhere", width="stretch"):
            session.sign_out(everywhere=True)
            st.rerun()


def main(settings: WebSettings) -> None:
    """Show the page that is asked for; whoever is not signed in sees the sign-in form in its place.

    The address stays as it is meanwhile, so that after signing in the page goes on where it was.
    """
    who, failure = None, None
    try:
        session.resume_sign_in()
        who = session.get_user()
    except BackdropClientError as error:
        failure = error  # Told in the page's place, below.
    mail_folder = settings.mailbox
    pages: dict[routes.Name, st.Page] = {
        "new": st.Page(
            new_job_page.show_page, title=translate("New job"), icon=":material/add_photo_alternate:", url_path="new"
        ),
        "jobs": st.Page(jobs_page.show_page, title=translate("Jobs"), icon=":material/list:", url_path="jobs"),
        "job": st.Page(job_page.show_page, title=translate("Job"), url_path="job", visibility="hidden"),
        "image": st.Page(image_page.show_page, title=translate("Image"), url_path="image", visibility="hidden"),
    }
    if mail_folder is not None:
        pages["mailbox"] = st.Page(
            lambda: mailbox_page.show_page(mail_folder),
            title=translate("Mailbox"),
            icon=":material/mail:",
            url_path="mailbox",
        )
    routes.set_pages(pages)
    if who and not who.starts_jobs:
        # Auditors and reviewers come in at the jobs: there is nothing to make.
        pages.pop("new")
    page = st.navigation(list(pages.values()), position="sidebar" if who else "hidden")
    with explain_failures(page=True):
        if failure is not None:
            raise failure
        # What comes and goes has a place of its own: were the rest to move up by one, it would be drawn from scratch.
        with st.container():
            session.exchange_cookie()
            language_choice.tell_language()
        if who is None:
            form.show_form(settings)
            return
        show_account(who, settings)
        if settings.local:
            elements.show_local_note()
        if "job" in st.query_params and page.url_path not in ("job", "image"):
            routes.open_page("job", id=st.query_params["job"])
        page.run()


try:
    configured = WebSettings.from_env()
except SettingsMissing as error:
    explain_missing(error)
else:
    main(configured)
