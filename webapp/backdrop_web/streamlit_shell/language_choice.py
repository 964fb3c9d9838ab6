"""The choice of a language by hand, in the sidebar: at once for this session, and by a cookie for those to come."""

from __future__ import annotations

import streamlit as st
from babel import Locale

from backdrop.core.words.languages import list_languages
from backdrop_web.text.language import CHOSEN, COOKIE, find_language, read_chosen, translate

_BROWSER = ""
"""The choice of whatever language the browser asks for."""

_FIELD = "language.field"

# A script sets it, not the server: no secret, and a choice must not load the page again.
_SCRIPT = """
export default function ({ data }) {
  const { cookie, language } = data;
  const age = language ? 31536000 : 0;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${cookie}=${language}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}
"""


_DOCUMENT = """
export default function ({ data }) { document.documentElement.lang = data.language; }
"""


def tell_language() -> None:
    """Have the page's document say its language: for screen readers, and for what browsers offer to translate."""
    with st.container(key="bd-document-language"):
        component = st.components.v2.component("backdrop_document_language", js=_DOCUMENT)
        component(data={"language": find_language()}, key="bd-document-language-told")


def show_language_choice() -> None:
    """Show the languages that there are, each by its own name."""
    st.session_state.setdefault(_FIELD, read_chosen() or _BROWSER)
    st.selectbox(
        translate("Language"),
        [_BROWSER, *list_languages()],
        format_func=_name_language,
        key=_FIELD,
        on_change=_choose,
    )
    if CHOSEN in st.session_state:
        with st.container(key="bd-language"):
            component = st.components.v2.component("backdrop_language", js=_SCRIPT)
            component(data={"cookie": COOKIE, "language": st.session_state[CHOSEN]}, key="bd-language-cookie")


def _choose() -> None:
    # Who signs in meets the same field in another place: Streamlit takes its value for changed, though it is gone.
    chosen = st.session_state.get(_FIELD)
    if chosen is not None:
        st.session_state[CHOSEN] = chosen


def _name_language(language: str) -> str:
    if language == _BROWSER:
        return translate("Browser's language")
    name = Locale.parse(language).get_display_name(language) or language
    return name[:1].upper() + name[1:]
