"""What the files of the job's pictures will be called: as the photos, or by a template."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from backdrop.core.names import shown
from backdrop.core.request import JobRequest
from backdrop_client.output_names import FIELDS, plan_files
from backdrop_web.pages.new_job import form, sheet
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text
from backdrop_web.upload.draft_state import DraftState

_EXAMPLES = 3
_FAULTS = 5


class Chosen(NamedTuple):
    """Photo id -> names of its files, where they are not called as ever; and what stands against that, in words."""

    names: dict[str, list[str]]
    obstacles: list[str]


def choose_names(draft: DraftState, request: JobRequest) -> Chosen:
    """Ask for a template; show what the first files of this job will be called."""
    with st.expander(translate("File names"), icon=":material/badge:", expanded=bool(form.read_value(draft, "names"))):
        st.text_input(
            translate("Names of the files"),
            key=form.set_default(draft, "names", ""),
            placeholder=translate("As the photos. For example: {example}", example="{sku}_{n}_{output}"),
            persist_state="session",
            help=translate(
                "In braces: {fields}. The number n counts the pictures that would else have one name; "
                "the scene is its number; the SKU is the sheet's, else the photo's folder. A slash makes folders.",
                fields=", ".join(FIELDS),
            ),
        )
        ready = draft.ready
        template = str(form.read_value(draft, "names") or "").strip()
        naming = plan_files(template, {one.photo_id: (one.name, sheet.read_wish(one)) for one in ready}, request)
        shown_ = [name for names in naming.names.values() for name in names]
        if shown_:
            some = ", ".join(f"**{escape_markdown(shown(name))}**" for name in shown_[:_EXAMPLES])
            st.caption(f":material/badge: {some}{' …' if len(shown_) > _EXAMPLES else ''}")
    told = (f"{translate_text(fault.message)} {translate_text(fault.next_step)}" for fault in naming.faults)
    faults = [translate("File names: {fault}", fault=fault) for fault in told]
    left = len(faults) - _FAULTS
    more = [translate("File names: and {count:,} more.", count=left)] if left > 0 else []
    names = {ready[place].photo_id: list(names) for place, names in naming.names.items()}
    return Chosen(names, [*faults[:_FAULTS], *more])
