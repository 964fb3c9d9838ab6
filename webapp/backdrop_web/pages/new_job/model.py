"""The image model and what can be set of it: seed, variations, style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from backdrop.api.schemas.models import Model
from backdrop.core.options import MAX_VARIATIONS, MaskSource, Options
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.new_job import form
from backdrop_web.text.formats import escape_markdown, format_model_name, format_money
from backdrop_web.text.language import translate, translate_text
from backdrop_web.upload.draft_state import DraftState

_SAME, _EACH = "same", "each"
_VARY = {_SAME: mark_phrase("The same for all photos"), _EACH: mark_phrase("Another for each photo")}
_MODEL, _BUILT_IN = "MODEL", "BUILT_IN"
_CUT_OUT = {
    _MODEL: mark_phrase("By the image model"),
    _BUILT_IN: mark_phrase("By Backdrop itself (one model call less)"),
}
_PASSES_WITH_CUT_OUT = 2
"""A model that is called so often for a photo cuts out by a call of its own."""

_NONE = ""
_STATES = {"ACTIVE": mark_phrase("active"), "RETIRED": mark_phrase("retired")}
_STYLES = frozenset(
    (
        mark_phrase("3d model"),
        mark_phrase("Analog film"),
        mark_phrase("Anime"),
        mark_phrase("Cinematic"),
        mark_phrase("Comic book"),
        mark_phrase("Digital art"),
        mark_phrase("Enhance"),
        mark_phrase("Fantasy art"),
        mark_phrase("Isometric"),
        mark_phrase("Line art"),
        mark_phrase("Low poly"),
        mark_phrase("Modeling compound"),
        mark_phrase("Neon punk"),
        mark_phrase("Origami"),
        mark_phrase("Photographic"),
        mark_phrase("Pixel art"),
        mark_phrase("Tile texture"),
    )
)
"""Names of styles, as those of a model come out of its settings."""
_QUALITIES = {"standard": mark_phrase("Standard"), "premium": mark_phrase("Premium")}


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
    title = translate("Model, seed and variations") if generates else translate("Cut-out")
    with st.expander(title, icon=":material/tune:"):
        chosen = st.selectbox(
            translate("Image model") if generates else translate("Cut out by"),
            list(names),
            format_func=lambda model_id: _describe_model(names[model_id]),
            key=key,
            persist_state="session",
            help=translate("The first is the one your administrator chose. Leave it if you are not sure."),
        )
        model = names[str(chosen)]
        _show_facts(model)
        options = _choose_painting(draft, model) if generates else {}
        _show_unusable(unusable)
    return model, options


def offer_cheaper(draft: DraftState, model: Model, options: Options) -> None:
    """Offer Backdrop's own cut-out where the model's is a call of its own: it stands beside the price."""
    if not options.paints or model.passes < _PASSES_WITH_CUT_OUT:
        return
    form.set_default(draft, "mask", _MODEL, list(_CUT_OUT))
    by_model = options.mask_source is MaskSource.MODEL
    if by_model:
        words = translate("Cheaper: Backdrop cuts the products out itself, and each photo costs one model call less.")
        press, other = translate("Use Backdrop's own cut-out"), _BUILT_IN
    else:
        words = translate("Backdrop cuts the products out itself: each photo costs one model call less.")
        press, other = translate("Let the image model cut out"), _MODEL
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/content_cut: {words}")
        key = "other-cut-out"
        st.button(press, type="tertiary", key=key, on_click=_choose_cut_out, args=(draft, other))


def _choose_cut_out(draft: DraftState, source: str) -> None:
    st.session_state[form.make_key(draft, "mask")] = source


def read_seed(draft: DraftState) -> int | None:
    """Return the seed that was typed."""
    seed = form.read_value(draft, "seed")
    return None if seed is None else int(seed)


def _describe_model(model: Model) -> str:
    price = model.price_per_image_usd
    if price is None:
        words = translate("price not known")
    else:
        words = translate("free") if price == 0 else translate("{price} a photo", price=format_money(price))
    return f"{format_model_name(model.model_id)} · {words} · {translate(_STATES[model.state])}"


def _show_facts(model: Model) -> None:
    """Show what is worth knowing of a model, on one line, and what AWS says of it."""
    facts = [escape_markdown(model.model_id)]
    if model.settings.generates:
        facts.append(translate("up to {count:,} characters", count=model.prompt_max_length))
    rate = model.account_requests_per_minute or model.requests_per_minute
    if rate:
        facts.append(translate("{rate:g} calls a minute", rate=rate))
    if model.passes and model.passes > 1:
        facts.append(translate("{count:,} calls a photo", count=model.passes))
    if model.price_date and model.price_per_image_usd:
        facts.append(translate("price of {date}", date=escape_markdown(model.price_date)))
    if model.end_of_life:
        facts.append(translate("until {date}", date=escape_markdown(model.end_of_life)))
    st.caption(" · ".join(facts))
    access = model.access
    if access is None:
        return
    if access.state == "UNKNOWN":
        st.caption(
            translate("Whether this model can be used right now could not be checked. A job may still be started.")
        )
    if access.lifecycle == "LEGACY":
        told = (
            translate(
                "AWS phases this model out since {date}: choose another one for new work.",
                date=escape_markdown(access.legacy_since),
            )
            if access.legacy_since
            else translate("AWS phases this model out: choose another one for new work.")
        )
        st.caption(f":material/warning: {told}")
    for note in access.notes or ():
        st.caption(escape_markdown(translate_text(note)))


def _show_unusable(unusable: Sequence[Model]) -> None:
    if not unusable:
        return
    st.caption(translate("Not available:"))
    for model in unusable:
        st.caption(f"{escape_markdown(model.model_id)}: {escape_markdown(_explain_unusable(model))}")


def _explain_unusable(model: Model) -> str:
    if model.reason:
        return translate_text(model.reason)
    if model.end_of_life:
        return translate("retired since {date}", date=model.end_of_life)
    return translate("retired since a while")


def _choose_painting(draft: DraftState, model: Model) -> dict[str, Any]:
    """Ask for seed, variations, cut-out, and the settings that this model has."""
    variations = st.slider(
        translate("Variations of each photo"),
        1,
        MAX_VARIATIONS,
        key=form.set_default(draft, "variations", 1, range(1, MAX_VARIATIONS + 1)),
        persist_state="session",
        help=translate("More pictures to choose from. Each is painted and paid for: the price below tells."),
    )
    with st.container(horizontal=True):
        vary = st.radio(
            translate("Seed"),
            list(_VARY),
            key=form.set_default(draft, "vary", _SAME, list(_VARY)),
            format_func=lambda one: translate(_VARY[one]),
            persist_state="session",
            help=translate(
                "The seed is the number that the model's chance starts from. "
                "The same for all gives photos that look alike; another for each gives more variety."
            ),
        )
        st.number_input(
            translate("Seed number (optional)"),
            min_value=model.seed_min,
            max_value=model.seed_max,
            value=None,
            step=1,
            key=_make_seed_key(draft, model),
            persist_state="session",
            placeholder=translate("Chosen for you"),
            help=translate("The same seed with the same words gives the same background again."),
        )
    reuse = st.checkbox(
        translate("Use answers of earlier jobs again"),
        key=form.set_default(draft, "reuse", True, [True, False]),
        persist_state="session",
        help=translate("What you asked in the same words about the same photo is not paid for again."),
    )
    source = st.radio(
        translate("Cutting the product out"),
        list(_CUT_OUT),
        key=form.set_default(draft, "mask", _MODEL, list(_CUT_OUT)),
        format_func=lambda one: translate(_CUT_OUT[one]),
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
            translate("Style"),
            options,
            key=form.set_default(draft, "style", _NONE, options),
            format_func=lambda name: _name_style(name) if name else translate("As described"),
            persist_state="session",
        ) or None  # fmt: skip
    if settings.qualities:
        default = settings.qualities[0]
        quality = st.radio(
            translate("Quality of the painting"),
            settings.qualities,
            key=form.set_default(draft, "quality", default, settings.qualities),
            format_func=_name_quality,
            horizontal=True,
            persist_state="session",
            help=translate("A higher quality may cost more: the price below tells."),
        )
        found["quality"] = quality if quality != default else None
    if (scale := settings.cfg_scale) is not None:
        key = form.set_default(draft, "cfg", scale.default)
        if not scale.min <= st.session_state[key] <= scale.max:
            st.session_state[key] = scale.default
        cfg = st.slider(
            translate("How closely the words are followed"),
            float(scale.min),
            float(scale.max),
            step=0.1,
            key=key,
            persist_state="session",
            help=translate("Low gives the model freedom, high keeps to the words."),
        )
        found["cfg_scale"] = float(cfg) if cfg != scale.default else None
    return found


def _name_style(style: str) -> str:
    name = style.replace("-", " ").capitalize()
    return translate(name) if name in _STYLES else name


def _name_quality(quality: str) -> str:
    return translate(_QUALITIES[quality]) if quality in _QUALITIES else quality.capitalize()
