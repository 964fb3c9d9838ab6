"""Before and after in one frame with a divider: part of the review, and a component of its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from backdrop_web.text.language import make_speech, translate

_HERE = Path(__file__).parent
DOM = (_HERE / "dom.js").read_text(encoding="utf-8")
"""Elements from words, for the scripts of all components."""
SCRIPT = "\n".join([DOM, (_HERE / "slider.js").read_text(encoding="utf-8")])
STYLE = (_HERE / "slider.css").read_text(encoding="utf-8")

_ALONE = """
export default function ({ data, parentElement }) {
  const home = parentElement.querySelector(".home");
  learnWords(home, data);
  home.slider ??= makeSlider();
  if (!home.contains(home.slider.root)) home.append(home.slider.root);
  if (home.shown !== data.after) home.slider.show(data);
  home.shown = data.after;
}
"""


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "backdrop_slider",
        html='<div class="home slider-place"></div>',
        css=f"{STYLE}\n.home {{ height: min(70vh, 640px); }}",
        js=f"{SCRIPT}\n{_ALONE}",
    )


def show_before_after(
    key: str, name: str, before: str | None, after: str, width: int, height: int, *, apart: bool = False
) -> None:
    """Draw one pair of pictures, at addresses that the browser may load; the sides are the finished one's.

    `apart`: next to each other instead of one over the other, for pictures that do not cover each other.
    """
    data = {"name": name, "before": before, "after": after, "width": width, "height": height, "apart": apart}
    _component()(key=key, data=data | make_speech(list_words()))


def list_words() -> dict[str, str | dict[str, str]]:
    """Return the words of the slider's script, for every component that holds it."""
    return {
        "divider": translate("Divider between before (left) and after (right)"),
        "before": translate("Before"),
        "after": translate("After"),
        "divided": translate("{before:,} percent before, {after:,} percent after"),
        "pictureBefore": translate("{name}, before"),
        "pictureAfter": translate("{name}, after"),
    }
