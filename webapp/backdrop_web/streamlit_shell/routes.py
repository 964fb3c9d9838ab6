"""The app's pages by name, so that one page can lead to another without importing it."""

from __future__ import annotations

from typing import Literal, NoReturn, cast

import streamlit as st

Name = Literal["new", "jobs", "job", "image", "mailbox"]

_PAGES = "backdrop.pages"


def set_pages(pages: dict[Name, st.Page]) -> None:
    """Make this run's pages known."""
    st.session_state[_PAGES] = pages


def open_page(name: Name, **query: str) -> NoReturn:
    """Show another page, with these query parameters in its address."""
    pages = cast("dict[Name, st.Page]", st.session_state[_PAGES])
    st.switch_page(pages[name], query_params=query)
