"""The models and limits of the service, kept for a session of the browser."""

from __future__ import annotations

import time
from typing import cast

import streamlit as st

from backdrop.api.schemas.models import Models
from backdrop_web.service.api import User

_CATALOGUE = "backdrop.catalogue"
_FRESH_SECONDS = 300


def read_catalogue(who: User) -> Models:
    """Return the models and limits, asked for again every few minutes."""
    kept = cast("tuple[float, Models] | None", st.session_state.get(_CATALOGUE))
    if kept is not None and time.monotonic() - kept[0] < _FRESH_SECONDS:
        return kept[1]
    fresh = who.api.models()
    st.session_state[_CATALOGUE] = (time.monotonic(), fresh)
    return fresh
