"""The new background: a scene to start from, words, a colour or nothing at all."""

from __future__ import annotations

import re

import streamlit as st

from backdrop_client.answers import Model
from backdrop_web.pages.new_job import form, templates
from backdrop_web.pages.new_job.scenes import Scene, scenes
from backdrop_web.service.submission import MODES
from backdrop_web.text import slots
from backdrop_web.text.formats import literal
from backdrop_web.upload.draft_state import Workspace

GENERATED, COLOUR, TRANSPARENT = "generated", "colour", "transparent"

_KINDS = {
    GENERATED: "A scene",
    COLOUR: "One colour",
    TRANSPARENT: "Transparent",
}

_COLOURS = {
    "White": "#ffffff",
    "Light grey": "#f2f2f2",
    "Cream": "#f5efe3",
    "Pale blue": "#e3eef7",
    "Black": "#000000",
}
"""Colours to choose by name; any other by the colour field."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def choose_kind(draft: Workspace) -> str:
    """What lies behind the product: a painted scene, one colour, or nothing."""
    return str(
        st.segmented_control(
            "Behind the product",
            list(_KINDS),
            key=form.start_with(draft, "background", GENERATED, list(_KINDS)),
            format_func=lambda kind: _KINDS[kind],
            required=True,
            persist_state="session",
        )
    )


def background_of(draft: Workspace) -> str:
    """The choice as the service takes it: `generated`, `transparent` or `#rrggbb`."""
    kind = form.value(draft, "background", GENERATED)
    return str(form.value(draft, "colour", "#ffffff")).lower() if kind == COLOUR else str(kind)


def choose_plain(draft: Workspace, kind: str) -> None:
    """A plain background: nothing is painted."""
    if kind == TRANSPARENT:
        st.caption("The product is cut out and saved without any background. No model paints anything.")
        return
    name_key = form.key(draft, "colour-name")

    def take_colour() -> None:
        if name := st.session_state.get(name_key):
            st.session_state[form.key(draft, "colour")] = _COLOURS[name]

    held = str(form.value(draft, "colour", "#ffffff"))
    if not _HEX.fullmatch(held):
        st.session_state[form.key(draft, "colour")] = "#ffffff"
    # The name follows the colour, whichever of the two was changed last.
    st.session_state[name_key] = next((name for name, code in _COLOURS.items() if code == held.lower()), None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills("Colour", list(_COLOURS), key=name_key, on_change=take_colour)
        st.color_picker("Any other colour", key=form.start_with(draft, "colour", "#ffffff"), persist_state="session")
    st.caption("The product is cut out and set on this colour. No model paints anything.")


def choose_scene(draft: Workspace) -> None:
    """Pictures to start from. One puts its words into the fields, where they can be changed."""
    every = scenes().all
    chosen = _chosen_scene(draft)

    def take(scene: Scene) -> None:
        st.session_state[form.key(draft, "scene")] = scene.id
        st.session_state[form.key(draft, "prompt")] = scene.prompt
        st.session_state[form.key(draft, "negative")] = scene.negative

    st.markdown("**Start from a picture**, or write your own words below.")
    pictures = "".join(
        f'.st-key-scene-{scene.id} button {{ background-image: url("{scene.address}"); }}' for scene in every.values()
    )
    st.html(f"<style>{pictures}</style>")
    with st.container(key="scenes"):
        for scene in every.values():
            st.button(
                literal(scene.name),
                key=f"scene-{scene.id}",
                on_click=take,
                args=(scene,),
                type="primary" if chosen == scene.id else "secondary",
                help=f"{'Chosen. ' if chosen == scene.id else ''}{literal(scene.prompt)}",
            )
    st.caption("Examples from a simple renderer: the model paints its own picture of the words.")


def _chosen_scene(draft: Workspace) -> str | None:
    """The scene whose words are in the fields, unless they were changed since."""
    scene = scenes().all.get(str(form.value(draft, "scene")))
    return scene.id if scene and form.value(draft, "prompt") == scene.prompt else None


def describe(draft: Workspace, model: Model, user: str) -> tuple[str, str]:
    """The prompt and what to avoid, with their slots filled in."""
    st.text_area(
        "Describe the new background",
        key=form.start_with(draft, "prompt", ""),
        height=110,
        persist_state="session",
        placeholder="For example: on a light oak table, soft morning light from the left",
    )
    prompt = str(form.value(draft, "prompt") or "")
    values = _fill_slots(draft, slots.slots_in(prompt))
    filled = slots.fill(prompt, values)
    _counter(filled, model.prompt_max_length)
    templates.show(draft, user)
    st.text_area(
        "What to avoid",
        key=form.start_with(draft, "negative", scenes().default_negative),
        height=70,
        persist_state="session",
        help="Things that shall not be in the background. Leave it as it is if you are not sure.",
    )
    negative = str(form.value(draft, "negative") or "")
    _counter(negative, model.negative_prompt_max_length)
    return filled, negative


def choose_mode(draft: Workspace, model: Model) -> str:
    """What may happen to the product itself."""
    modes = [mode for mode in MODES if mode in model.modes] or list(model.modes)
    return str(
        st.radio(
            "The product itself",
            modes,
            format_func=lambda name: MODES.get(name, (name, ""))[0],
            captions=[MODES.get(name, (name, ""))[1] for name in modes],
            key=form.start_with(draft, "mode", modes[0], modes),
            persist_state="session",
        )
    )


def _fill_slots(draft: Workspace, names: list[str]) -> dict[str, str]:
    """A field for each slot of the prompt; what was typed into it."""
    if not names:
        return {}
    st.caption("Fill in for this job:")
    found = {}
    with st.container(horizontal=True):
        for name in names:
            key = form.slot_key(draft, name)
            if suggested := slots.SUGGESTED.get(name):
                held = st.session_state.get(key)
                options = [*suggested, *([held] if held and held not in suggested else [])]
                value = st.selectbox(
                    literal(name), options, key=key, index=None, accept_new_options=True, persist_state="session",
                    placeholder="Choose or type", width=220,
                )  # fmt: skip
            else:
                value = st.text_input(literal(name), key=key, persist_state="session", width=220)
            found[name] = str(value or "")
    return found


def _counter(text: str, limit: int) -> None:
    words = f"{len(text):,} of {limit:,} characters"
    if len(text) > limit:
        st.error(f"{words}: shorten it by {len(text) - limit:,}.", icon=":material/error:")
    else:
        st.caption(words)
