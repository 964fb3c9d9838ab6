"""The finished file: its size, shape and format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from backdrop.api.schemas.models import Preset
from backdrop.core.limits import MAX_SIDE, MIN_OUTPUT_SIDE
from backdrop.core.options import Fill, OutputOptions
from backdrop_web.pages.new_job import form
from backdrop_web.pages.new_job.background import COLOUR, GENERATED, TRANSPARENT, read_background
from backdrop_web.text.formats import escape_markdown
from backdrop_web.upload.draft_state import DraftState

_ORIGINAL, _PRESET, _OWN = "original", "preset", "own"
_SIZES = {_ORIGINAL: "As the photo", _PRESET: "For a marketplace", _OWN: "My own size"}

_SAME_SHAPE = ""
ASPECTS = {
    _SAME_SHAPE: "As the photo",
    "1:1": "Square, 1:1",
    "4:5": "Portrait, 4:5",
    "3:4": "Portrait, 3:4",
    "2:3": "Portrait, 2:3",
    "9:16": "Story, 9:16",
    "5:4": "Landscape, 5:4",
    "4:3": "Landscape, 4:3",
    "3:2": "Landscape, 3:2",
    "16:9": "Wide, 16:9",
}
_FILLS = {"OUTPAINT": "The background goes on", "PAD": "A plain border"}
_FORMATS = {
    "SAME": "As the photo, JPEG for HEIC, AVIF and TIFF",
    "JPEG": "JPEG: small, for any shop",
    "PNG": "PNG: lossless, large",
    "WEBP": "WebP: smaller than JPEG",
    "AVIF": "AVIF: smallest, newer programs only",
}
_HOLD_ALPHA = ("SAME", "PNG", "WEBP", "AVIF")
_LOSSLESS = ("PNG",)


def choose_output(draft: DraftState, presets: Sequence[Preset]) -> OutputOptions:
    """Ask for the output; return it as it was chosen, with what fits together only."""
    kind = str(form.read_value(draft, "background", GENERATED))
    sizes = [name for name in _SIZES if presets or name != _PRESET]
    size = st.segmented_control(
        "Size",
        sizes,
        key=form.set_default(draft, "size", _ORIGINAL, sizes),
        format_func=lambda name: _SIZES[name],
        required=True,
        persist_state="session",
    )
    preset = _choose_preset(draft, presets) if size == _PRESET else None
    shape = _choose_shape(draft, kind) if size == _OWN else _choose_fill(draft, kind) if preset else {}
    return OutputOptions(preset=preset.id if preset else None, **shape, **_choose_file(draft, kind, preset))


def _choose_preset(draft: DraftState, presets: Sequence[Preset]) -> Preset | None:
    names = {preset.id: preset for preset in presets}
    chosen = st.selectbox(
        "Marketplace",
        list(names),
        key=form.set_default(draft, "preset", presets[0].id, list(names)),
        format_func=lambda name: names[name].name,
        persist_state="session",
        help="Size, shape and format are set by its rules, and each finished picture is checked against them.",
    )
    preset = names[str(chosen)]
    if preset.notes:
        with st.expander("About these rules"):
            st.markdown(escape_markdown(preset.notes))
    wanted, now = preset.background, read_background(draft)
    if wanted is not None and now != wanted:

        def make_it_so() -> None:
            st.session_state[form.make_key(draft, "background")] = COLOUR
            st.session_state[form.make_key(draft, "colour")] = wanted

        colour = "white" if wanted == "#ffffff" else wanted
        st.warning(
            f"{escape_markdown(preset.name)} takes a {escape_markdown(colour)} background only.",
            icon=":material/warning:",
        )
        st.button(
            f"Make the background {escape_markdown(colour)}",
            key=form.make_key(draft, "fit-preset"),
            on_click=make_it_so,
        )
    return preset


def find_preset_obstacle(draft: DraftState, output: OutputOptions, presets: Sequence[Preset]) -> str | None:
    """Return why the marketplace does not go with the background, in words; None when it does."""
    preset = next((one for one in presets if one.id == output.preset), None)
    if preset is None:
        return None
    now = read_background(draft)
    if preset.background is not None and now != preset.background:
        wanted = "white" if preset.background == "#ffffff" else preset.background
        return f"{preset.name} takes a {wanted} background only: change the background, or the size."
    if now == TRANSPARENT and preset.formats and not set(preset.formats) & set(_HOLD_ALPHA):
        return f"{preset.name} takes no transparent pictures: choose a colour."
    return None


def _choose_shape(draft: DraftState, kind: str) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        aspect = st.selectbox(
            "Shape",
            list(ASPECTS),
            key=form.set_default(draft, "aspect", _SAME_SHAPE, list(ASPECTS)),
            format_func=lambda name: ASPECTS[name],
            persist_state="session",
            width=200,
        )
        width = ask_side("Width in pixels", form.make_key(draft, "width"), lasts=True)
        height = ask_side("Height in pixels", form.make_key(draft, "height"), lasts=True)
    st.caption("Give one side and the other follows. Nothing is ever stretched or cut off.")
    found: dict[str, Any] = {"aspect": aspect or None, "width": width, "height": height}
    if aspect or (width and height):
        found |= _choose_fill(draft, kind)
    return found


def _choose_fill(draft: DraftState, kind: str) -> dict[str, Any]:
    """Ask what is added where the shape is another. A plain background fills the frame by itself."""
    if kind != GENERATED:
        return {}
    fill = st.radio(
        "The room that is added around the photo",
        list(_FILLS),
        key=form.set_default(draft, "fill", "OUTPAINT", list(_FILLS)),
        format_func=lambda name: _FILLS[name],
        captions=["The model paints on, which may take one more call a photo.", "No extra cost."],
        persist_state="session",
    )
    if fill != "PAD":
        return {}
    colour = st.color_picker(
        "Colour of the border", key=form.set_default(draft, "pad", "#ffffff"), persist_state="session"
    )
    return {"fill": Fill.PAD, "pad_color": str(colour).lower()}


def ask_side(label: str, key: str, *, lasts: bool) -> int | None:
    """Ask for the pixels of a side; None: any. `lasts`: what was typed outlives the widget."""
    value = st.number_input(
        label,
        min_value=MIN_OUTPUT_SIDE,
        max_value=MAX_SIDE,
        value=None,
        step=1,
        key=key,
        persist_state="session" if lasts else None,
        placeholder="Any",
        width=200,
    )
    return None if value is None else int(value)


def _choose_file(draft: DraftState, kind: str, preset: Preset | None) -> dict[str, Any]:
    formats = [
        name
        for name in _FORMATS
        if (kind != TRANSPARENT or name in _HOLD_ALPHA)
        and (preset is None or not preset.formats or name == "SAME" or name in preset.formats)
    ]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "File format",
            formats,
            key=form.set_default(draft, "format", "SAME", formats),
            format_func=lambda name: _SAME_WORDS[kind == TRANSPARENT, preset is not None] if name == "SAME"
            else _FORMATS[name],
            persist_state="session",
            width=320,
        )  # fmt: skip
        quality = None
        if chosen not in _LOSSLESS:
            quality = st.number_input(
                "Quality, 1 to 100",
                min_value=1,
                max_value=100,
                value=None,
                step=1,
                key=form.make_key(draft, "file-quality"),
                persist_state="session",
                placeholder="As usual",
                help="Higher keeps more detail and makes larger files. Left empty, it is set for good pictures.",
                width=200,
            )
    return {"format": str(chosen), "quality": None if quality is None else int(quality)}


_SAME_WORDS = {
    (False, False): _FORMATS["SAME"],
    (False, True): "As the marketplace likes it",
    (True, False): "As the photo, PNG for JPEG, HEIC, AVIF and TIFF",
    (True, True): "As the marketplace likes it",
}
"""(transparent, for a marketplace) -> what the format without a choice means."""
