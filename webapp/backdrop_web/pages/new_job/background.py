"""The new background: a scene to start from, words, a colour or nothing at all."""

from __future__ import annotations

import re

import streamlit as st

from backdrop.api.schemas.models import Model
from backdrop.core import negations
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.new_job import form, templates
from backdrop_web.pages.new_job.scenes import Scene, read_scenes
from backdrop_web.service.submission import MODES
from backdrop_web.text import slots
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

GENERATED, BACKDROP, COLOUR, TRANSPARENT = "generated", "backdrop", "colour", "transparent"

_KINDS = {
    GENERATED: mark_phrase("A scene"),
    BACKDROP: mark_phrase("A picture of yours"),
    COLOUR: mark_phrase("One colour"),
    TRANSPARENT: mark_phrase("Transparent"),
}

COLOURS = {
    mark_phrase("White"): "#ffffff",
    mark_phrase("Light grey"): "#f2f2f2",
    mark_phrase("Cream"): "#f5efe3",
    mark_phrase("Pale blue"): "#e3eef7",
    mark_phrase("Black"): "#000000",
}
"""Colours to choose by name, which is translated where it is shown; any other by the colour field."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def choose_kind(draft: DraftState) -> str:
    """Ask what lies behind the product: a painted scene, a picture of one's own, one colour, or nothing."""
    return str(
        st.segmented_control(
            translate("Behind the product"),
            list(_KINDS),
            key=form.set_default(draft, "background", GENERATED, list(_KINDS)),
            format_func=lambda kind: translate(_KINDS[kind]),
            required=True,
            persist_state="session",
        )
    )


def read_background(draft: DraftState) -> str:
    """Return the choice as the service takes it: `generated`, `transparent`, `backdrop` or `#rrggbb`."""
    kind = form.read_value(draft, "background", GENERATED)
    return str(form.read_value(draft, "colour", "#ffffff")).lower() if kind == COLOUR else str(kind)


def choose_plain(draft: DraftState, kind: str) -> None:
    """Ask for a plain background: nothing is painted."""
    if kind == TRANSPARENT:
        st.caption(translate("The product is cut out and saved without any background. No model paints anything."))
        return
    name_key = form.make_key(draft, "colour-name")

    def take_colour() -> None:
        if name := st.session_state.get(name_key):
            st.session_state[form.make_key(draft, "colour")] = COLOURS[name]

    held = str(form.read_value(draft, "colour", "#ffffff"))
    if not _HEX.fullmatch(held):
        st.session_state[form.make_key(draft, "colour")] = "#ffffff"
    # The name follows the colour, whichever of the two was changed last.
    st.session_state[name_key] = next((name for name, code in COLOURS.items() if code == held.lower()), None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills(translate("Colour"), list(COLOURS), key=name_key, format_func=translate, on_change=take_colour)
        st.color_picker(
            translate("Any other colour"), key=form.set_default(draft, "colour", "#ffffff"), persist_state="session"
        )
    st.caption(translate("The product is cut out and set on this colour. No model paints anything."))


def choose_scene(draft: DraftState) -> None:
    """Show pictures to start from. One puts its words into the fields, where they can be changed."""
    every = read_scenes().all
    chosen = _find_chosen_scene(draft)

    def take(scene: Scene) -> None:
        st.session_state[form.make_key(draft, "scene")] = scene.id
        st.session_state[form.make_key(draft, "prompt")] = scene.prompt
        st.session_state[form.make_key(draft, "negative")] = scene.negative

    st.markdown(translate("**Start from a picture**, or write your own words below."))
    with st.container(key="scenes"):
        for scene in every.values():
            words = escape_markdown(scene.prompt)
            st.button(
                escape_markdown(translate(scene.name)),
                key=f"scene-{scene.id}",
                on_click=take,
                args=(scene,),
                type="primary" if chosen == scene.id else "secondary",
                help=translate("Chosen. {words}", words=words) if chosen == scene.id else words,
            )
    st.caption(translate("Examples from a simple renderer: the model paints its own picture of the words."))


def _find_chosen_scene(draft: DraftState) -> str | None:
    """Return the scene whose words are in the fields, unless they were changed since."""
    scene = read_scenes().all.get(str(form.read_value(draft, "scene")))
    return scene.id if scene and form.read_value(draft, "prompt") == scene.prompt else None


def ask_words(draft: DraftState, model: Model, user: str) -> tuple[str, str]:
    """Ask for the prompt and what to avoid; return both with their slots filled in."""
    st.text_area(
        translate("Describe the new background"),
        key=form.set_default(draft, "prompt", ""),
        height=110,
        persist_state="session",
        placeholder=translate("For example: on a light oak table, soft morning light from the left"),
    )
    prompt = str(form.read_value(draft, "prompt") or "")
    values = _ask_slots(draft, slots.find_slots(prompt))
    filled = slots.fill_slots(prompt, values)
    _show_length(filled, model.prompt_max_length)
    _show_negations(draft, prompt, avoids=model.negative_prompt_max_length > 0)
    templates.show_templates(draft, user)
    if not model.negative_prompt_max_length:
        return filled, ""
    st.text_area(
        translate("What to avoid"),
        key=form.set_default(draft, "negative", model.default_negative_prompt),
        height=70,
        persist_state="session",
        help=translate("Things that shall not be in the background. Leave it as it is if you are not sure."),
    )
    negative = str(form.read_value(draft, "negative") or "")
    _show_length(negative, model.negative_prompt_max_length)
    return filled, negative


def _show_negations(draft: DraftState, prompt: str, *, avoids: bool) -> None:
    """Say what the model would read as its opposite, and offer to move it to what is avoided."""
    found = negations.find_negations(prompt)
    if not found:
        return
    words = ", ".join(f"\u201c{escape_markdown(one.words)}\u201d" for one in found[:3])
    if not avoids:
        advice = translate("Models often paint what they are told to leave out: {words}. Leave it unsaid.", words=words)
        st.caption(f":material/lightbulb: {advice}")
        return
    st.caption(f":material/lightbulb: {advise_avoiding(words)}")

    def move() -> None:
        avoided = str(form.read_value(draft, "negative") or "")
        kept, avoided = negations.move_negations(str(form.read_value(draft, "prompt") or ""), avoided)
        st.session_state[form.make_key(draft, "prompt")] = kept
        st.session_state[form.make_key(draft, "negative")] = avoided

    st.button(
        translate("Move it there"),
        key=form.make_key(draft, "move-negations"),
        on_click=move,
        icon=":material/move_down:",
    )


def advise_avoiding(words: str) -> str:
    """Return the advice to name what a description negates under what to avoid. `words`: the negations, quoted."""
    return translate(
        "Models often paint what they are told to leave out: {words}. Name it under what to avoid instead.", words=words
    )


def choose_mode(draft: DraftState, model: Model) -> str:
    """Ask what may happen to the product itself."""
    modes = [mode for mode in MODES if mode in model.modes] or list(model.modes)
    return str(
        st.radio(
            translate("The product itself"),
            modes,
            format_func=lambda name: translate(MODES[name][0]) if name in MODES else name,
            captions=[translate(MODES[name][1]) if name in MODES else "" for name in modes],
            key=form.set_default(draft, "mode", modes[0], modes),
            persist_state="session",
        )
    )


def _ask_slots(draft: DraftState, names: list[str]) -> dict[str, str]:
    """Show a field for each slot of the prompt; return what was typed into them."""
    if not names:
        return {}
    st.caption(translate("Fill in for this job:"))
    found = {}
    with st.container(horizontal=True):
        for name in names:
            key = form.make_slot_key(draft, name)
            # What is chosen is a word of the user's, in the user's language.
            if suggested := [translate(one) for one in slots.SUGGESTED.get(name, ())]:
                held = st.session_state.get(key)
                options = [*suggested, *([held] if held and held not in suggested else [])]
                value = st.selectbox(
                    escape_markdown(name), options, key=key, index=None, accept_new_options=True,
                    persist_state="session", placeholder=translate("Choose or type"), width=220,
                )  # fmt: skip
            else:
                value = st.text_input(escape_markdown(name), key=key, persist_state="session", width=220)
            found[name] = str(value or "")
    return found


def _show_length(text: str, limit: int) -> None:
    count = len(text)
    if count > limit:
        words = translate(
            "{count:,} of {limit:,} characters: shorten it by {over:,}.", count=count, limit=limit, over=count - limit
        )
        st.error(words, icon=":material/error:")
    else:
        st.caption(translate("{count:,} of {limit:,} characters", count=count, limit=limit))
