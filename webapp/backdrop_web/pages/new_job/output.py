"""The finished file: its size, shape and format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from backdrop.api.schemas.models import Preset
from backdrop.core.limits import MAX_SIDE, MIN_OUTPUT_SIDE
from backdrop.core.options import Fill, OutputOptions
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.new_job import form
from backdrop_web.pages.new_job.background import COLOUR, GENERATED, TRANSPARENT, read_background
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text
from backdrop_web.upload.draft_state import DraftState

_ORIGINAL, _PRESET, _OWN = "original", "preset", "own"
_SIZES = {
    _ORIGINAL: mark_phrase("As the photo"),
    _PRESET: mark_phrase("For a marketplace"),
    _OWN: mark_phrase("My own size"),
}

_SAME_SHAPE = ""
ASPECTS = {
    _SAME_SHAPE: mark_phrase("As the photo"),
    "1:1": mark_phrase("Square, 1:1"),
    "4:5": mark_phrase("Portrait, 4:5"),
    "3:4": mark_phrase("Portrait, 3:4"),
    "2:3": mark_phrase("Portrait, 2:3"),
    "9:16": mark_phrase("Story, 9:16"),
    "5:4": mark_phrase("Landscape, 5:4"),
    "4:3": mark_phrase("Landscape, 4:3"),
    "3:2": mark_phrase("Landscape, 3:2"),
    "16:9": mark_phrase("Wide, 16:9"),
}
_FILLS = {"OUTPAINT": mark_phrase("The background goes on"), "PAD": mark_phrase("A plain border")}
_FORMATS = {
    "SAME": mark_phrase("As the photo, JPEG for HEIC, AVIF and TIFF"),
    "JPEG": mark_phrase("JPEG: small, for any shop"),
    "PNG": mark_phrase("PNG: lossless, large"),
    "WEBP": mark_phrase("WebP: smaller than JPEG"),
    "AVIF": mark_phrase("AVIF: smallest, newer programs only"),
}
_HOLD_ALPHA = ("SAME", "PNG", "WEBP", "AVIF")
_LOSSLESS = ("PNG",)
_WHITE = "#ffffff"


def choose_output(draft: DraftState, presets: Sequence[Preset]) -> OutputOptions:
    """Ask for the output; return it as it was chosen, with what fits together only."""
    kind = str(form.read_value(draft, "background", GENERATED))
    sizes = [name for name in _SIZES if presets or name != _PRESET]
    size = st.segmented_control(
        translate("Size"),
        sizes,
        key=form.set_default(draft, "size", _ORIGINAL, sizes),
        format_func=lambda name: translate(_SIZES[name]),
        required=True,
        persist_state="session",
    )
    preset = _choose_preset(draft, presets) if size == _PRESET else None
    shape = _choose_shape(draft, kind) if size == _OWN else _choose_fill(draft, kind) if preset else {}
    return OutputOptions(preset=preset.id if preset else None, **shape, **_choose_file(draft, kind, preset))


def _choose_preset(draft: DraftState, presets: Sequence[Preset]) -> Preset | None:
    names = {preset.id: preset for preset in presets}
    chosen = st.selectbox(
        translate("Marketplace"),
        list(names),
        key=form.set_default(draft, "preset", presets[0].id, list(names)),
        format_func=lambda name: translate_text(names[name].name),
        persist_state="session",
        help=translate(
            "Size, shape and format are set by its rules, and each finished picture is checked against them."
        ),
    )
    preset = names[str(chosen)]
    if preset.notes:
        with st.expander(translate("About these rules")):
            st.markdown(escape_markdown(translate_text(preset.notes)))
    wanted, now = preset.background, read_background(draft)
    if wanted is not None and now != wanted:

        def make_it_so() -> None:
            st.session_state[form.make_key(draft, "background")] = COLOUR
            st.session_state[form.make_key(draft, "colour")] = wanted

        name, colour = escape_markdown(translate_text(preset.name)), escape_markdown(wanted)
        is_white = wanted == _WHITE
        st.warning(
            translate("{name} takes a white background only.", name=name)
            if is_white
            else translate("{name} takes a {colour} background only.", name=name, colour=colour),
            icon=":material/warning:",
        )
        st.button(
            translate("Make the background white")
            if is_white
            else translate("Make the background {colour}", colour=colour),
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
        if preset.background == _WHITE:
            return translate(
                "{name} takes a white background only: change the background, or the size.",
                name=translate_text(preset.name),
            )
        return translate(
            "{name} takes a {colour} background only: change the background, or the size.",
            name=translate_text(preset.name),
            colour=preset.background,
        )
    if now == TRANSPARENT and preset.formats and not set(preset.formats) & set(_HOLD_ALPHA):
        return translate("{name} takes no transparent pictures: choose a colour.", name=translate_text(preset.name))
    return None


def _choose_shape(draft: DraftState, kind: str) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        aspect = st.selectbox(
            translate("Shape"),
            list(ASPECTS),
            key=form.set_default(draft, "aspect", _SAME_SHAPE, list(ASPECTS)),
            format_func=lambda name: translate(ASPECTS[name]),
            persist_state="session",
            width=200,
        )
        width = ask_side(translate("Width in pixels"), form.make_key(draft, "width"), lasts=True)
        height = ask_side(translate("Height in pixels"), form.make_key(draft, "height"), lasts=True)
    st.caption(translate("Give one side and the other follows. Nothing is ever stretched or cut off."))
    found: dict[str, Any] = {"aspect": aspect or None, "width": width, "height": height}
    if aspect or (width and height):
        found |= _choose_fill(draft, kind)
    return found


def _choose_fill(draft: DraftState, kind: str) -> dict[str, Any]:
    """Ask what is added where the shape is another. A plain background fills the frame by itself."""
    if kind != GENERATED:
        return {}
    fill = st.radio(
        translate("The room that is added around the photo"),
        list(_FILLS),
        key=form.set_default(draft, "fill", "OUTPAINT", list(_FILLS)),
        format_func=lambda name: translate(_FILLS[name]),
        captions=[
            translate("The model paints on, which may take one more call a photo."),
            translate("No extra cost."),
        ],
        persist_state="session",
    )
    if fill != "PAD":
        return {}
    colour = st.color_picker(
        translate("Colour of the border"), key=form.set_default(draft, "pad", "#ffffff"), persist_state="session"
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
        placeholder=translate("Any"),
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
    words = _FORMATS | {"SAME": _SAME_WORDS[kind == TRANSPARENT, preset is not None]}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            translate("File format"),
            formats,
            key=form.set_default(draft, "format", "SAME", formats),
            format_func=lambda name: translate(words[name]),
            persist_state="session",
            width=320,
        )  # fmt: skip
        quality = None
        if chosen not in _LOSSLESS:
            quality = st.number_input(
                translate("Quality, 1 to 100"),
                min_value=1,
                max_value=100,
                value=None,
                step=1,
                key=form.make_key(draft, "file-quality"),
                persist_state="session",
                placeholder=translate("As usual"),
                help=translate(
                    "Higher keeps more detail and makes larger files. Left empty, it is set for good pictures."
                ),
                width=200,
            )
    return {"format": str(chosen), "quality": None if quality is None else int(quality)}


_SAME_WORDS = {
    (False, False): _FORMATS["SAME"],
    (False, True): mark_phrase("As the marketplace likes it"),
    (True, False): mark_phrase("As the photo, PNG for JPEG, HEIC, AVIF and TIFF"),
    (True, True): mark_phrase("As the marketplace likes it"),
}
"""(transparent, for a marketplace) -> what the format without a choice means."""
