"""A draft of copies opens on the new-job page with the settings of the job they come from."""

from __future__ import annotations

from typing import Any

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.saved import Settings
from backdrop.core.scenes import Spread
from backdrop_web.pages.new_job import form, further_outputs, further_scenes, light, placement
from backdrop_web.pages.new_job.background import BACKDROP, COLOUR, GENERATED, TRANSPARENT
from backdrop_web.service.api import User
from backdrop_web.service.rerun import Copies
from backdrop_web.upload.current import start_new_draft


def put_copies(who: User, job: Job, copies: Copies) -> None:
    """Make the copies the job being put together, with the settings of `job`."""
    uploads = start_new_draft()
    # It was made for a moment; from now on somebody works on it.
    who.api.list_draft(copies.draft_id, listed=True)
    uploads.load_draft(who.api, copies.draft_id)
    draft = uploads.draft
    for name, value in make_fields(job).items():
        st.session_state[form.make_key(draft, name)] = value
    for photo_id, words in copies.prompts.items():
        st.session_state[form.make_own_key(form.WORDS, photo_id)] = words
    if job.options.spread is Spread.FIRST:
        _put_backdrops(job, copies)
    for photo_id, photo in draft.photos.items():
        names = copies.kept.get(photo_id)
        if names is not None:
            st.session_state[form.make_keep_key(photo_id) if photo.labels else form.make_typed_key(photo_id)] = names


def put_settings(job: Job) -> None:
    """Begin a job without photos with the settings of `job`, its tags too; its name is proposed anew."""
    draft = start_new_draft().draft
    for name, value in (make_fields(job) | {"job-name": ""}).items():
        st.session_state[form.make_key(draft, name)] = value
    form.hold_fields(draft)


def _put_backdrops(job: Job, copies: Copies) -> None:
    """What stands behind single photos in the place of the job's own background."""
    for photo_id, (number, *_) in copies.scenes.items():
        backdrop = job.options.scenes[number - 2].backdrop if number > 1 else None
        if backdrop:
            st.session_state[form.make_own_key(form.BEHIND, photo_id)] = backdrop.id


def make_fields(job: Job | Settings) -> dict[str, Any]:
    """Return the settings of a job, or saved ones, as fields of the new-job page (`form.FIELDS`). What is left open
    stays open."""
    options, output, chosen = job.options, job.options.output, job.options.chosen()
    kind = options.background if options.background in (GENERATED, BACKDROP, TRANSPARENT) else COLOUR
    found: dict[str, Any] = {
        "background": kind,
        "colour": options.background if kind == COLOUR else None,
        "backdrop": options.backdrop.id if options.backdrop else None,
        "shadow": options.backdrop.shadow.value if options.backdrop else None,
        **placement.make_fields(chosen.backdrop.placement if chosen.backdrop else None),
        **(light.make_fields(chosen.backdrop.light) if chosen.backdrop else {}),
        "mask": options.mask_source.value,
        "style": options.style,
        "cfg": options.cfg_scale,
        "quality": options.quality,
        "size": "preset" if output.preset else "own" if output.aspect or output.width or output.height else None,
        "preset": output.preset,
        "aspect": output.aspect,
        "width": output.width,
        "height": output.height,
        "fill": output.fill.value,
        "pad": output.pad_color,
        "format": output.format,
        "file-quality": output.quality,
        "also": further_outputs.make_fields(chosen.outputs),
        "scenes": further_scenes.make_fields([] if chosen.spread is Spread.FIRST else chosen.scenes),
        "in-turn": chosen.spread is Spread.TURN,
        "job-name": job.name if isinstance(job, Job) else None,
        "tags": list(job.tags),
    }
    if kind == GENERATED:
        found |= {"prompt": job.prompt, "negative": job.negative_prompt, "mode": job.mode.value}
    if chosen.paints:
        found |= {
            "model": job.model_id,
            "seed": job.seed,
            "vary": "each" if options.vary_seed else "same",
            "reuse": options.reuse_answers,
            "variations": options.variations,
        }
    else:
        found["cut-out"] = job.model_id
    return {name: value for name, value in found.items() if value is not None}
