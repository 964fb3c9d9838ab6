"""Addresses of a job's downloads on this server, good for a while and for this user's session only."""

from __future__ import annotations

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core import clock
from backdrop_web.download.collect import Which
from backdrop_web.download.route import PATH
from backdrop_web.download.tickets import TICKETS
from backdrop_web.service.api import User


def make_zip_address(who: User, job: Job, which: Which) -> str:
    """Return where the ZIP file is. Relative: the page's own address may have a path in front."""
    key = f"ticket-{job.job_id}-{which}"
    name = f"Backdrop {clock.parse(job.created_at):%Y-%m-%d %H%M}{'' if which is Which.ALL else f' {which}'}.zip"
    secret = TICKETS.issue(who, job.job_id, which, name, st.session_state.get(key))
    st.session_state[key] = secret
    return f"{PATH}/{secret}"


def make_images_address(who: User, job: Job) -> str | None:
    """Return what the addresses of single images begin with; None on a server that has none, as Streamlit's own."""
    return make_zip_address(who, job, Which.ALL) if TICKETS.served else None
