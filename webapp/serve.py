"""What `streamlit run` is given: the app of `app.py`, and the addresses beside its pages."""

from __future__ import annotations

import streamlit as st

from backdrop_web.components.zip.route import Downloads

app = st.App("app.py", routes=Downloads().routes())
