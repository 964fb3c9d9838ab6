"""Addresses of a job's downloads on this server, good for a while and for this user's session only."""

from __future__ import annotations

import re

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core import clock
from backdrop.core.names import in_file_name
from backdrop_web.download.collect import Which
from backdrop_web.download.route import PATH
from backdrop_web.download.tickets import TICKETS
from backdrop_web.service.api import User

_UNSAFE = re.compile(r'[\\/:*?"<>|]')
"""What some file system takes in no name."""

_NAME_LENGTH = 60


def make_zip_address(who: User, job: Job, which: Which) -> str:
    """Return where the ZIP file is. Relative: the page's own address may have a path in front."""
    key = f"ticket-{job.job_id}-{which}"
    name = f"{_name_archive(job)}{'' if which is Which.ALL else f' {which}'}.zip"
    secret = TICKETS.issue(who, job.job_id, which, name, st.session_state.get(key))
    st.session_state[key] = secret
    return f"{PATH}/{secret}"


def _name_archive(job: Job) -> str:
    """The job's name as a file's, with the day; of a job without one the moment."""
    called = _UNSAFE.sub("_", in_file_name(job.name or "")).strip(" ._")[:_NAME_LENGTH].strip()
    at = clock.parse(job.created_at)
    return f"{called} {at:%Y-%m-%d}" if called else f"Backdrop {at:%Y-%m-%d %H%M}"


def make_images_address(who: User, job: Job) -> str | None:
    """Return what the addresses of single images begin with; None on a server that has none, as Streamlit's own."""
    return make_zip_address(who, job, Which.ALL) if TICKETS.served else None
