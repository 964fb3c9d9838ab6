"""How an image was made: the service's own words, as `backdrop explain` tells them too."""

from __future__ import annotations

import streamlit as st

from backdrop_web.service.api import User
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text


def show_story(who: User, job_id: str, image_id: str) -> None:
    """Show the story of an image. Raises what the API raises."""
    told = who.api.image_story(job_id, image_id)
    for part in told.parts:
        st.markdown(f"**{escape_markdown(translate_text(part.title))}**")
        st.markdown("  \n".join(escape_markdown(translate_text(sentence)) for sentence in part.sentences))
    st.caption(
        translate("To ask about a file that you have: `backdrop explain FILE` also tells whether it was changed since.")
    )
