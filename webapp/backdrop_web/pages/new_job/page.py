"""Putting a job together: photos, what to keep in each, the new background, the finished file, price, submit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from backdrop.api.schemas.models import Model, Models
from backdrop.core.options import Options
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import Mode
from backdrop_client.errors import ApiError
from backdrop_web.pages.new_job import (
    backdrop,
    background,
    file_names,
    form,
    further_outputs,
    further_scenes,
    labels,
    model,
    output,
    photos,
    price,
    sheet,
    templates,
    trial,
    who_sees,
)
from backdrop_web.pages.new_job.kept import all_photos, naming
from backdrop_web.pages.new_job.kept import settings as saved
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.service.catalogue import read_catalogue
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell import browser_store, elements, routes
from backdrop_web.text.errors import Notice
from backdrop_web.text.language import translate
from backdrop_web.upload.current import get_uploads, start_new_draft
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.upload_session import UploadSession

_NOT_FOUND = 404


def show_page() -> None:
    """Show the page, from top to bottom in the order of work."""
    who = session.get_user()
    if who is None:
        return
    uploads = get_uploads()
    _resume_draft(who, uploads)
    st.title(translate("New job"), anchor=False)
    # The browser's store shows nothing, but is drawn with some height at first: it stands where it pushes nothing.
    page, store = st.container(), st.container()
    with store:
        if not _restore_kept(uploads.draft, who.email):
            return
        form.keep_in_browser(uploads.draft, who.email)
    with page:
        _show_sections(who, uploads)


def _restore_kept(draft: DraftState, user: str) -> bool:
    """Ask the browser once what it kept over a reload. Return whether that is known."""
    if not form.is_restored(draft):
        slots = [*form.list_slots(draft, user), templates.name_slot(user)]

        def arrived(texts: Mapping[str, str | None]) -> None:
            *fields, saved = map(texts.get, slots)
            form.restore(draft, fields)
            templates.restore(saved)

        browser_store.read_texts("kept", slots, arrived)
    return form.is_restored(draft)


def _show_sections(who: User, uploads: UploadSession) -> None:
    draft, catalogue = uploads.draft, read_catalogue(who)

    saved_place = st.container(horizontal=True, vertical_alignment="bottom", key="saved-settings")
    with saved_place:
        saved.choose_saved(who, draft)
    saved.offer_undo(who)

    st.header(translate("1. Photos"), anchor=False)
    photos.take_photos(who, uploads, catalogue.limits)
    all_photos.offer_undo(who, uploads)
    labels.show_photos(who, uploads)
    sheet_place = st.container()

    st.header(translate("2. New background"), anchor=False)
    kind = background.choose_kind(draft)
    generates = kind == background.GENERATED
    with sheet_place:
        sheet.show_sheet(who, draft, catalogue, paints=generates)
    paints = generates or further_scenes.read_paints(draft)
    models = submission.list_usable_models(catalogue, generates=paints)
    if not models:
        what = translate("No image model can be used at the moment.")
        elements.show_notice(Notice(what, translate("Tell the people who run Backdrop.")))
        return
    chosen, request, obstacles = _read_request(who, draft, catalogue, models, kind)

    request = saved.begin(who, draft, request)

    st.header(translate("4. Check and start"), anchor=False)
    request = naming.choose_name(who, draft, request)
    with saved_place:
        saved.show_saving(who, draft, request)
    obstacles = [*submission.find_photo_obstacles(draft.ready, request.labels), *obstacles]
    request = who_sees.choose_who_sees(who, draft, request)
    trial.show_trial(who, draft, chosen, request, obstacles)
    price.show_price(who, uploads, chosen, request, obstacles)


def _read_request(
    who: User, draft: DraftState, catalogue: Models, models: list[Model], kind: str
) -> tuple[Model, JobRequest, list[str]]:
    """Ask for the rest: return the model, what is asked of it, and what stands against that."""
    generates = kind == background.GENERATED
    paints = generates or further_scenes.read_paints(draft)
    # The model comes first in logic, because it sets the limits, and last on the page, because few change it.
    words = st.container()
    unusable = [item for item in catalogue.models if not item.usable]
    chosen, painting = model.choose_model(draft, models, unusable, generates=paints)
    prompt, negative, mode = "", chosen.default_negative_prompt if paints else "", "PRECISE"
    with words:
        if generates:
            background.choose_scene(draft)
            prompt, negative = background.ask_words(draft, chosen, who.email)
            mode = background.choose_mode(draft, chosen)
        elif kind == background.BACKDROP:
            backdrop.choose_backdrop(who, draft, catalogue.painters)
        else:
            background.choose_plain(draft, kind)
        scenes = further_scenes.choose_scenes(who, draft, kind)
        given = bool(sheet.collect_own(draft, form.BEHIND))
        spread = further_scenes.choose_spread(draft, scenes, chosen=given)

    st.header(translate("3. Finished pictures"), anchor=False)
    shape = output.choose_output(draft, catalogue.presets)
    further = further_outputs.choose_further(draft, catalogue.presets, shape)
    behind = backdrop.read_backdrop(draft) if kind == background.BACKDROP else None
    without = kind == background.BACKDROP and behind is None
    if behind is not None and behind.light is not None and behind.light.tone:
        mode = Mode.DEFAULT.value
    obstacle = translate(backdrop.MISSING) if without else output.find_preset_obstacle(draft, shape, catalogue.presets)
    request = JobRequest(
        prompt=prompt,
        negative_prompt=negative,
        mode=Mode(mode),
        model_id=chosen.model_id,
        seed=model.read_seed(draft) if paints else None,
        options=Options(
            # Without the picture there is nothing to ask a price for: any flat background has the same.
            background="#ffffff" if without else background.read_background(draft),
            backdrop=behind,
            output=shape,
            outputs=further,
            scenes=scenes,
            spread=spread,
            **painting,
        ),
        labels=labels.collect_kept_labels(draft),
        trial_job_id=trial.get_trial_job(draft),
        prompts=sheet.collect_prompts(draft) if generates else {},
        skus=sheet.collect_own(draft, form.SKU),
    )
    request = sheet.add_backdrops(draft, request)
    named = file_names.choose_names(draft, request)
    obstacles = [*([obstacle] if obstacle else []), *named.obstacles]
    return chosen, replace(request, file_names=named.names), obstacles


def _resume_draft(who: User, uploads: UploadSession) -> None:
    """Take up the draft in the address, and refresh previews before their addresses run out."""
    draft = uploads.draft
    asked = st.query_params.get("draft")
    if (draft.draft_id is None and asked) or draft.is_stale():
        if draft.draft_id is None:
            form.forget_restored(draft)
        draft_id = draft.draft_id or asked or ""
        try:
            submitted = uploads.load_draft(who.api, draft_id)
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise
            start_new_draft()
            st.toast(translate("That draft is gone. You can start a new one."), icon=":material/info:")
            st.rerun()
        if submitted:
            start_new_draft()
            routes.open_page("job", id=draft_id)
    if draft.draft_id is not None:
        st.query_params["draft"] = draft.draft_id
