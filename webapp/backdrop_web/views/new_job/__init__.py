"""Putting a job together: photos, what to keep in each, the new background, price, submit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from backdrop_client.answers import Model, Photo
from backdrop_client.errors import ApiError
from backdrop_web import routes, session, submission, ui
from backdrop_web.errors import Notice
from backdrop_web.formats import literal, money, plural, size
from backdrop_web.service import User
from backdrop_web.submission import MODES, PROMPT_IDEAS, Wishes
from backdrop_web.views.new_job import photos
from backdrop_web.workspace import Workspace

_CARDS = 24
_NOT_FOUND = 404


def render() -> None:
    """The page, from top to bottom in the order of work."""
    who = session.user()
    if who is None:
        return
    draft = session.workspace()
    _resume(who, draft)
    catalogue = session.catalogue(who)
    models = submission.usable_models(catalogue)

    st.title("New job", anchor=False)
    st.header("1. Photos", anchor=False)
    photos.take_photos(who, draft, catalogue.limits)
    photos.left_out(who, draft)
    kept = _photo_cards(who, draft)

    st.header("2. New background", anchor=False)
    if not models:
        ui.show(Notice("No image model can be used at the moment.", "Tell the people who run Backdrop."))
        return
    # The model comes first in logic, because it sets the limits, and last on the page, because few change it.
    words = st.container()
    model = _choose_model(draft, models, [item for item in catalogue.models if not item.usable])
    with words:
        wishes = _wishes(draft, model, kept)

    st.header("3. Check and start", anchor=False)
    _submit(who, draft, model, wishes)


def _resume(who: User, draft: Workspace) -> None:
    """Take up the draft in the address, and refresh previews before their addresses run out."""
    asked = st.query_params.get("draft")
    if (draft.draft_id is None and asked) or draft.stale():
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


def _photo_cards(who: User, draft: Workspace) -> dict[str, list[str]]:
    """The photos of the job. Returns photo id -> labels to keep, for photos in which labels were found."""
    ready = draft.ready
    if not ready:
        if not draft.left_out and not draft.refusals:
            st.caption("Your photos will show up here, with what was found in each.")
        return {}
    st.markdown(
        f"**{plural(len(ready), 'photo')} in this job.** Coloured words are kept in the picture; "
        "press a word to remove it. Everything else becomes background."
    )
    boxes = st.toggle("Show where each thing is", key=f"boxes-{draft.number}", persist_state="session")
    shown_key = f"shown-{draft.number}"
    shown = st.session_state.get(shown_key, _CARDS)
    for start in range(0, min(shown, len(ready)), 3):
        for column, photo in zip(st.columns(3), ready[start : start + 3], strict=False):
            with column:
                _photo_card(who, draft, photo, boxes)
    if shown < len(ready) and st.button(f"Show more ({len(ready) - shown:,} left)", icon=":material/expand_more:"):
        st.session_state[shown_key] = shown + _CARDS
        st.rerun()
    return {photo.photo_id: _kept(photo) for photo in ready if photo.labels}


def _keep_key(photo: Photo) -> str:
    return f"keep-{photo.photo_id}"


def _kept(photo: Photo) -> list[str]:
    """The labels of a photo that are kept: all until the user says otherwise, also on cards not shown yet."""
    names = [label.name for label in photo.labels]
    chosen = st.session_state.get(_keep_key(photo), names)
    return [name for name in names if name in chosen]


def _photo_card(who: User, draft: Workspace, photo: Photo, boxes: bool) -> None:
    with st.container(border=True, key=f"photo-{photo.photo_id}"):
        kept = _kept(photo)
        frames = [label for label in photo.labels if label.name in kept and label.boxes] if boxes else []
        ui.picture(photo.preview_url, photo.name, frames)
        facts = [f"{photo.width:,} × {photo.height:,} px"] if photo.width and photo.height else []
        facts += [size(photo.bytes)] if photo.bytes else []
        ui.name_and_meta(photo.name, " · ".join(facts))
        if photo.labels:
            names = [label.name for label in photo.labels]
            st.pills(
                f"Keep in {literal(photo.name)}",
                names,
                selection_mode="multi",
                default=names,
                format_func=literal,
                key=_keep_key(photo),
                label_visibility="collapsed",
                persist_state="session",
            )
            if not kept:
                st.warning("Nothing is kept: choose a word, or remove the photo.", icon=":material/warning:")
        elif photo.labels_error:
            st.caption("Looking for things in this photo did not work. The whole product found in it is kept.")
        else:
            st.caption("Nothing was recognised by name. The whole product found in it is kept.")
        if st.button(
            "Remove photo",
            key=f"remove-{photo.photo_id}",
            icon=":material/delete:",
            type="tertiary",
            help=f"Take {literal(photo.name)} out of this job",
        ):
            draft.remove(who.api, photo.photo_id)
            st.rerun()


def _choose_model(draft: Workspace, models: Sequence[Model], unusable: Sequence[Model]) -> Model:
    names = {model.model_id: model for model in models}
    with st.expander("Model and seed", icon=":material/tune:"):
        chosen = st.selectbox(
            "Image model",
            list(names),
            format_func=lambda model_id: _model_line(names[model_id]),
            key=f"model-{draft.number}",
            persist_state="session",
            help="The first is the one your administrator chose. Leave it if you are not sure.",
        )
        if unusable:
            st.caption("Not available:")
            for model in unusable:
                reason = model.reason or f"{model.state.lower()} since {model.end_of_life or 'a while'}"
                st.caption(f"{literal(model.model_id)}: {literal(reason)}")
        model = names[chosen]
        if model.access is not None and model.access.state == "UNKNOWN":
            st.caption("Whether this model can be used right now could not be checked. A job may still be started.")
        st.number_input(
            "Seed (optional)",
            min_value=0,
            max_value=model.seed_max,
            value=None,
            step=1,
            key=f"seed-{draft.number}",
            persist_state="session",
            placeholder="Chosen for you",
            help="The same seed with the same words gives the same background again.",
        )
    return model


def _model_line(model: Model) -> str:
    price = f" · {money(model.price_per_image_usd)} a photo" if model.price_per_image_usd is not None else ""
    return f"{model.model_id}{price} · {model.state.lower()}"


def _wishes(draft: Workspace, model: Model, kept: Mapping[str, Sequence[str]]) -> Wishes:
    number = draft.number
    prompt_key, idea_key = f"prompt-{number}", f"idea-{number}"

    def take_idea() -> None:
        if idea := st.session_state.get(idea_key):
            st.session_state[prompt_key] = PROMPT_IDEAS[idea]

    st.pills(
        "Ideas to start from",
        list(PROMPT_IDEAS),
        key=idea_key,
        on_change=take_idea,
        help="Puts the words into the field below, where you can change them.",
    )
    prompt = st.text_area(
        "Describe the new background",
        key=prompt_key,
        height=110,
        persist_state="session",
        placeholder="For example: on a light oak table, soft morning light from the left",
    )
    _counter(prompt or "", model.prompt_max_length)
    negative = st.text_area(
        "What to avoid (optional)",
        key=f"negative-{number}",
        height=70,
        persist_state="session",
        placeholder="For example: text, people, clutter",
    )
    _counter(negative or "", model.negative_prompt_max_length)
    modes = [mode for mode in MODES if mode in model.modes] or list(MODES)
    mode = st.radio(
        "The product itself",
        modes,
        format_func=lambda name: MODES[name][0],
        captions=[MODES[name][1] for name in modes],
        key=f"mode-{number}",
        persist_state="session",
    )
    seed = st.session_state.get(f"seed-{number}")
    return Wishes(prompt or "", negative or "", mode, None if seed is None else int(seed), kept)


def _counter(text: str, limit: int) -> None:
    words = f"{len(text):,} of {limit:,} characters"
    if len(text) > limit:
        st.error(f"{words}: shorten it by {len(text) - limit:,}.", icon=":material/error:")
    else:
        st.caption(words)


def _submit(who: User, draft: Workspace, model: Model, wishes: Wishes) -> None:
    ready = draft.ready
    obstacles = submission.photo_obstacles(ready, wishes.kept)
    with st.container(border=True, key="submit-box"):
        if ready:
            st.markdown(_summary(model, len(ready)))
        for obstacle in obstacles:
            st.warning(literal(obstacle), icon=":material/warning:")
        # Text is checked on the press, not before it: the browser sends it only when the field is left, so a
        # button that waits for text would need two presses.
        pressed = st.button(
            f"Start the job ({plural(len(ready), 'photo')})" if ready else "Start the job",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(obstacles),
            key="submit",
        )
        if not pressed:
            return
        problems = submission.text_obstacles(wishes, model)
        for problem in problems:
            st.error(literal(problem), icon=":material/error:")
        if problems or draft.draft_id is None:
            return
        with ui.guarded(), st.spinner("Starting…"):
            job = who.api.submit(
                draft.draft_id,
                wishes.prompt,
                negative_prompt=wishes.negative_prompt,
                mode=wishes.mode,
                model_id=model.model_id,
                seed=wishes.seed,
                labels=wishes.kept,
            )
            session.new_workspace()
            routes.go("job", id=job.job_id)


def _summary(model: Model, photos: int) -> str:
    total = submission.estimate(model, photos)
    if total is None or model.price_per_image_usd is None:
        return f"**{plural(photos, 'photo')}.** The price of this model is not known here."
    each = literal(money(model.price_per_image_usd))
    dated = f", price of {literal(model.price_date)}" if model.price_date else ""
    return f"**{plural(photos, 'photo')}, about {literal(money(total))}** ({each} each{dated})"
