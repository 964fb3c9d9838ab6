"""Putting a job together: photos, what to keep in each, the new background, the finished file, price, submit."""

from __future__ import annotations

import streamlit as st

from backdrop_client.answers import Catalogue, Model, Options
from backdrop_client.errors import ApiError
from backdrop_web.pages.new_job import background, form, labels, model, output, photos, price, trial
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.service.submission import Wishes
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell import elements, routes
from backdrop_web.text.errors import Notice
from backdrop_web.upload.draft_state import Workspace

_NOT_FOUND = 404


def render() -> None:
    """The page, from top to bottom in the order of work."""
    who = session.user()
    if who is None:
        return
    draft = session.workspace()
    _resume(who, draft)
    # The browser's store shows nothing, but is drawn with some height at first: it stands where it pushes nothing.
    page, store = st.container(), st.container()
    with store:
        form.keep_in_browser(draft, who.email)
    with page:
        _page(who, draft)


def _page(who: User, draft: Workspace) -> None:
    catalogue = session.catalogue(who)

    st.title("New job", anchor=False)
    st.header("1. Photos", anchor=False)
    photos.take_photos(who, draft, catalogue.limits)
    labels.show(who, draft)

    st.header("2. New background", anchor=False)
    kind = background.choose_kind(draft)
    generates = kind == background.GENERATED
    models = submission.usable_models(catalogue, generates=generates)
    if not models:
        elements.show(Notice("No image model can be used at the moment.", "Tell the people who run Backdrop."))
        return
    chosen, wishes, obstacles = _wishes(who, draft, catalogue, models, kind)

    st.header("4. Check and start", anchor=False)
    obstacles = [*submission.photo_obstacles(draft.ready, wishes.kept), *obstacles]
    trial.show(who, draft, chosen, wishes, obstacles)
    price.show(who, draft, chosen, wishes, obstacles)


def _wishes(
    who: User, draft: Workspace, catalogue: Catalogue, models: list[Model], kind: str
) -> tuple[Model, Wishes, list[str]]:
    """The model, what is asked of it, and what stands against that."""
    generates = kind == background.GENERATED
    # The model comes first in logic, because it sets the limits, and last on the page, because few change it.
    words = st.container()
    unusable = [item for item in catalogue.models if not item.usable]
    chosen, painting = model.choose(draft, models, unusable, generates=generates)
    prompt, negative, mode = "", "", "PRECISE"
    with words:
        if generates:
            background.choose_scene(draft)
            prompt, negative = background.describe(draft, chosen, who.email)
            mode = background.choose_mode(draft, chosen)
        else:
            background.choose_plain(draft, kind)

    st.header("3. Finished pictures", anchor=False)
    shape = output.choose(draft, catalogue.presets)
    obstacle = output.preset_obstacle(draft, shape, catalogue.presets)
    wishes = Wishes(
        prompt=prompt,
        negative_prompt=negative,
        mode=mode,
        model_id=chosen.model_id,
        seed=model.seed_of(draft) if generates else None,
        options=Options.model_validate(
            {"background": background.background_of(draft), "output": shape, **painting},
        ),
        kept=labels.kept_labels(draft),
        trial_job_id=trial.known(draft),
    )
    return chosen, wishes, [obstacle] if obstacle else []


def _resume(who: User, draft: Workspace) -> None:
    """Take up the draft in the address, and refresh previews before their addresses run out."""
    asked = st.query_params.get("draft")
    if (draft.draft_id is None and asked) or draft.stale():
        if draft.draft_id is None:
            form.look_again(draft)
        draft_id = draft.draft_id or asked or ""
        try:
            submitted = draft.load(who.api, draft_id)
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise
            session.new_workspace()
            st.toast("That draft is gone. You can start a new one.", icon=":material/info:")
            st.rerun()
        if submitted:
            session.new_workspace()
            routes.go("job", id=draft_id)
    if draft.draft_id is not None:
        st.query_params["draft"] = draft.draft_id
