"""The image model and what can be set of it: seed, variations, style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from backdrop.api.schemas.models import Model
from backdrop.core.options import MAX_VARIATIONS, MaskSource
from backdrop_web.pages.new_job import form
from backdrop_web.text.formats import escape_markdown, format_model_name, format_money
from backdrop_web.upload.draft_state import DraftState

_SAME, _EACH = "same", "each"
_VARY = {_SAME: "The same for all photos", _EACH: "Another for each photo"}
_MODEL, _BUILT_IN = "MODEL", "BUILT_IN"
_CUT_OUT = {_MODEL: "By the image model", _BUILT_IN: "By Backdrop itself (one model call less)"}
_NONE = ""


def choose_model(
    draft: DraftState, models: Sequence[Model], unusable: Sequence[Model], *, generates: bool
) -> tuple[Model, dict[str, Any]]:
    """Ask for the model; return it with the options that come with it.

    Args:
        models: that can be used, the first being the one for who does not choose.
        unusable: named with the reason.
        generates: whether a background is painted.
    """
    names = {model.model_id: model for model in models}
    field = "model" if generates else "cut-out"
    key = form.set_default(draft, field, models[0].model_id, list(names))
    with st.expander("Model, seed and variations" if generates else "Cut-out", icon=":material/tune:"):
        chosen = st.selectbox(
            "Image model" if generates else "Cut out by",
            list(names),
            format_func=lambda model_id: _describe_model(names[model_id]),
            key=key,
            persist_state="session",
            help="The first is the one your administrator chose. Leave it if you are not sure.",
        )
        model = names[str(chosen)]
        _show_facts(model)
        options = _choose_painting(draft, model) if generates else {}
        _show_unusable(unusable)
    return model, options


def read_seed(draft: DraftState) -> int | None:
    """Return the seed that was typed."""
    seed = form.read_value(draft, "seed")
    return None if seed is None else int(seed)


def _describe_model(model: Model) -> str:
    price = model.price_per_image_usd
    words = "free" if price == 0 else f"{format_money(price)} a photo" if price is not None else "price not known"
    return f"{format_model_name(model.model_id)} · {words} · {model.state.lower()}"


def _show_facts(model: Model) -> None:
    """Show what is worth knowing of a model, on one line, and what AWS says of it."""
    facts = [escape_markdown(model.model_id)]
    if model.settings.generates:
        facts.append(f"up to {model.prompt_max_length:,} characters")
    rate = model.account_requests_per_minute or model.requests_per_minute
    if rate:
        facts.append(f"{rate:g} calls a minute")
    if model.passes and model.passes > 1:
        facts.append(f"{model.passes} calls a photo")
    if model.price_date and model.price_per_image_usd:
        facts.append(f"price of {escape_markdown(model.price_date)}")
    if model.end_of_life:
        facts.append(f"until {escape_markdown(model.end_of_life)}")
    st.caption(" · ".join(facts))
    access = model.access
    if access is None:
        return
    if access.state == "UNKNOWN":
        st.caption("Whether this model can be used right now could not be checked. A job may still be started.")
    if access.lifecycle == "LEGACY":
        since = f" since {escape_markdown(access.legacy_since)}" if access.legacy_since else ""
        st.caption(f":material/warning: AWS phases this model out{since}: choose another one for new work.")
    for note in access.notes or ():
        st.caption(escape_markdown(note))


def _show_unusable(unusable: Sequence[Model]) -> None:
    if not unusable:
        return
    st.caption("Not available:")
    for model in unusable:
        reason = model.reason or f"{model.state.lower()} since {model.end_of_life or 'a while'}"
        st.caption(f"{escape_markdown(model.model_id)}: {escape_markdown(reason)}")


def _choose_painting(draft: DraftState, model: Model) -> dict[str, Any]:
    """Ask for seed, variations, cut-out, and the settings that this model has."""
    variations = st.slider(
        "Variations of each photo",
        1,
        MAX_VARIATIONS,
        key=form.set_default(draft, "variations", 1, range(1, MAX_VARIATIONS + 1)),
        persist_state="session",
        help="More pictures to choose from. Each is painted and paid for: the price below tells.",
    )
    with st.container(horizontal=True):
        vary = st.radio(
            "Seed",
            list(_VARY),
            key=form.set_default(draft, "vary", _SAME, list(_VARY)),
            format_func=lambda one: _VARY[one],
            persist_state="session",
            help="The seed is the number that the model's chance starts from. "
            "The same for all gives photos that look alike; another for each gives more variety.",
        )
        st.number_input(
            "Seed number (optional)",
            min_value=model.seed_min,
            max_value=model.seed_max,
            value=None,
            step=1,
            key=_make_seed_key(draft, model),
            persist_state="session",
            placeholder="Chosen for you",
            help="The same seed with the same words gives the same background again.",
        )
    reuse = st.checkbox(
        "Use answers of earlier jobs again",
        key=form.set_default(draft, "reuse", True, [True, False]),
        persist_state="session",
        help="What you asked in the same words about the same photo is not paid for again.",
    )
    source = st.radio(
        "Cutting the product out",
        list(_CUT_OUT),
        key=form.set_default(draft, "mask", _MODEL, list(_CUT_OUT)),
        format_func=lambda one: _CUT_OUT[one],
        persist_state="session",
    )
    return {
        "variations": int(variations),
        "vary_seed": vary == _EACH,
        "reuse_answers": reuse,
        "mask_source": MaskSource(str(source)),
        **_choose_settings(draft, model),
    }


def _make_seed_key(draft: DraftState, model: Model) -> str:
    key = form.make_key(draft, "seed")
    seed = st.session_state.get(key)
    if seed is not None and not model.seed_min <= seed <= model.seed_max:
        st.session_state[key] = None
    return key


def _choose_settings(draft: DraftState, model: Model) -> dict[str, Any]:
    settings = model.settings
    found: dict[str, Any] = {}
    if settings.styles:
        options = [_NONE, *settings.styles]
        found["style"] = st.selectbox(
            "Style",
            options,
            key=form.set_default(draft, "style", _NONE, options),
            format_func=lambda name: name.replace("-", " ").capitalize() if name else "As described",
            persist_state="session",
        ) or None  # fmt: skip
    if settings.qualities:
        default = settings.qualities[0]
        quality = st.radio(
            "Quality of the painting",
            settings.qualities,
            key=form.set_default(draft, "quality", default, settings.qualities),
            format_func=str.capitalize,
            horizontal=True,
            persist_state="session",
            help="A higher quality may cost more: the price below tells.",
        )
        found["quality"] = quality if quality != default else None
    if (scale := settings.cfg_scale) is not None:
        key = form.set_default(draft, "cfg", scale.default)
        if not scale.min <= st.session_state[key] <= scale.max:
            st.session_state[key] = scale.default
        cfg = st.slider(
            "How closely the words are followed",
            float(scale.min),
            float(scale.max),
            step=0.1,
            key=key,
            persist_state="session",
            help="Low gives the model freedom, high keeps to the words.",
        )
        found["cfg_scale"] = float(cfg) if cfg != scale.default else None
    return found
