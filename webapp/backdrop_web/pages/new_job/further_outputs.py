"""Further files of every picture, beside the one that was described above: chosen from a ready list."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from backdrop.api.schemas.models import Preset
from backdrop.core.options import MAX_OUTPUTS, Fill, OutputOptions
from backdrop.core.options_json import from_dict, output_to_dict
from backdrop.core.output_words import describe_output
from backdrop_web.pages.new_job import form
from backdrop_web.pages.new_job.background import GENERATED, TRANSPARENT, read_background
from backdrop_web.pages.new_job.output import ASPECTS
from backdrop_web.text.language import translate, translate_text
from backdrop_web.upload.draft_state import DraftState

_READY = {
    "square": OutputOptions(aspect="1:1", fill=Fill.PAD),
    "portrait": OutputOptions(aspect="4:5", fill=Fill.PAD),
    "wide-1600": OutputOptions(width=1600, format="WEBP"),
    "wide-800": OutputOptions(width=800, format="WEBP"),
    "wide-300": OutputOptions(width=300, format="JPEG", quality=80),
    "jpeg": OutputOptions(format="JPEG"),
    "png": OutputOptions(format="PNG"),
    "webp": OutputOptions(format="WEBP"),
    "avif": OutputOptions(format="AVIF"),
}
_PRESET, _OWN = "preset-", "own-"


def choose_further(draft: DraftState, presets: Sequence[Preset], first: OutputOptions) -> tuple[OutputOptions, ...]:
    """Ask which further files are made of every picture; return them without those that can't be, or are the first."""
    key = form.make_key(draft, "also")
    held = [str(name) for name in st.session_state.get(key) or []]
    offered = _find_offers(draft, presets, first, held)
    # Of what was chosen stays what is still offered.
    st.session_state[key] = [name for name in held if name in offered]
    chosen = st.multiselect(
        translate("Also make of every picture"),
        list(offered),
        key=key,
        format_func=lambda name: _describe(offered[name], presets),
        max_selections=MAX_OUTPUTS - 1,
        placeholder=translate("Other sizes, formats, marketplaces"),
        persist_state="session",
        help=translate(
            "From the same cut-out and the same painting: nothing more is paid. New room around a photo is filled with"
            " white, or with the plain background or the picture that is chosen above."
        ),
    )
    return tuple(offered[name] for name in chosen)


def make_fields(further: Sequence[OutputOptions]) -> list[str]:
    """Return a job's further outputs as the page's field of them holds them; also such as the list has not."""
    return [_name(one) for one in further]


def _name(output: OutputOptions) -> str:
    ready = {one: name for name, one in _READY.items()}
    if output.preset and output in (OutputOptions(preset=output.preset), _padded(output.preset)):
        return f"{_PRESET}{output.preset}"
    return ready.get(output) or _OWN + json.dumps(output_to_dict(output))


def _padded(preset: str) -> OutputOptions:
    return OutputOptions(preset=preset, fill=Fill.PAD)


def _find_offers(
    draft: DraftState, presets: Sequence[Preset], first: OutputOptions, held: Sequence[str]
) -> dict[str, OutputOptions]:
    behind = read_background(draft)
    found = {
        f"{_PRESET}{one.id}": _padded(one.id) if behind == GENERATED else OutputOptions(preset=one.id)
        for one in presets
        if one.background in (None, behind) and (behind != TRANSPARENT or {"PNG", "WEBP"} & set(one.formats))
    }
    found |= {name: one for name, one in _READY.items() if behind != TRANSPARENT or one.format != "JPEG"}
    found |= {name: from_dict({"Output": json.loads(name.removeprefix(_OWN))}).output for name in held if _OWN in name}
    return {name: one for name, one in found.items() if one != first and one.preset != (first.preset or "")}


def _describe(output: OutputOptions, presets: Sequence[Preset]) -> str:
    for one in presets:
        if one.id == output.preset:
            return translate_text(one.name)
    alone = OutputOptions(aspect=output.aspect, fill=output.fill)
    if output == alone and output.aspect:
        return translate(ASPECTS[output.aspect]) if output.aspect in ASPECTS else output.aspect
    return ", ".join(translate_text(part) for part in describe_output(output).split(", "))
