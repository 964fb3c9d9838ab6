"""Further backgrounds of every photo, beside the one that was described above: ready ones, pictures of one's own, or
words that are typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from backdrop.core import backdrops
from backdrop.core.backdrops import Shadow
from backdrop.core.scenes import BACKDROP, MAX_SCENES, TRANSPARENT, Scene, Spread
from backdrop_web.pages.new_job import backdrop, form, placement
from backdrop_web.pages.new_job.background import COLOURS
from backdrop_web.pages.new_job.scenes import read_scenes
from backdrop_web.service.api import User
from backdrop_web.text.formats import shorten_text
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

_READY, _KEPT, _COLOUR = "scene-", "backdrop-", "colour-"
_LONGEST = 60


def choose_scenes(who: User, draft: DraftState, kind: str) -> tuple[Scene, ...]:
    """Ask in which further scenes every photo is finished; return them.

    `kind`: what is behind the product in the first one. What was chosen and is gone since is left out.
    """
    names = _list_names(backdrop.find_names(who))
    key = form.make_key(draft, "scenes")
    held = [str(name) for name in st.session_state.get(key) or []]
    st.session_state[key] = held = [name for name in held if name in names or not name.startswith(_KEPT)]
    chosen = st.multiselect(
        translate("Also in these scenes"),
        [*names, *(name for name in held if name not in names)],
        key=key,
        format_func=lambda name: names.get(name, shorten_text(name, _LONGEST)),
        max_selections=MAX_SCENES - 1,
        accept_new_options=True,
        placeholder=translate("Choose, or type words of your own and press Enter"),
        persist_state="session",
        help=translate(
            "Every photo is finished in each of them as well, from one cut-out. What is in words is painted and paid"
            " for once a photo; a picture of yours, a colour or nothing costs no more. The price below tells."
        ),
    )
    plain = _read_plain(draft, kind)
    return tuple(_make_scene(str(name), plain) for name in chosen)


def choose_spread(draft: DraftState, scenes: Sequence[Scene], *, chosen: bool) -> Spread:
    """Ask whether every photo has all scenes, or one of them in turn. `chosen`: single photos have pictures of their
    own, so nothing is dealt."""
    if not scenes:
        return Spread.ALL
    key = form.set_default(draft, "in-turn", default=False)
    if chosen:
        st.session_state[key] = False
        st.caption(
            translate("Photos have pictures of their own from the sheet, so backgrounds are not given out in turn.")
        )
    dealt = st.checkbox(
        translate("Each photo in one of them, in turn"),
        key=key,
        disabled=chosen,
        persist_state="session",
        help=translate(
            "The first photo gets the first background, the second the next, and so on from the start. A photo with"
            " words of its own keeps those."
        ),
    )
    return Spread.TURN if dealt else Spread.ALL


def read_paints(draft: DraftState) -> bool:
    """Return whether a model paints any of the further scenes that are chosen."""
    held = form.read_value(draft, "scenes") or []
    return any(_make_scene(str(name), backdrops.Backdrop()).generates for name in held)


def make_fields(scenes: Sequence[Scene]) -> list[str]:
    """Return a job's further scenes as the page's field of them holds them."""
    return [_name(scene) for scene in scenes]


def _name(scene: Scene) -> str:
    if scene.backdrop is not None:
        return _KEPT + scene.backdrop.id
    if not scene.generates:
        return scene.background if scene.background == TRANSPARENT else _COLOUR + scene.background
    ready = {one.prompt: one.id for one in read_scenes().all.values()}
    return _READY + ready[scene.prompt] if scene.prompt in ready else scene.prompt


def _make_scene(name: str, plain: backdrops.Backdrop) -> Scene:
    ready = read_scenes().all.get(name.removeprefix(_READY)) if name.startswith(_READY) else None
    if ready:
        return Scene(prompt=ready.prompt)
    if name.startswith(_KEPT):
        return Scene(background=BACKDROP, backdrop=replace(plain, id=name.removeprefix(_KEPT)))
    if name == TRANSPARENT:
        return Scene(background=TRANSPARENT)
    if name.startswith(_COLOUR):
        return Scene(background=name.removeprefix(_COLOUR))
    return Scene(prompt=name)


def _read_plain(draft: DraftState, kind: str) -> backdrops.Backdrop:
    """Shadow and place as for the first scene's picture, where it is one; each picture has a line of its own."""
    if kind != BACKDROP:
        return backdrops.Backdrop()
    shadow = Shadow(form.read_value(draft, "shadow", Shadow.SOFT.value))
    return backdrops.Backdrop(shadow=shadow, placement=placement.read_placement(draft))


def _list_names(kept: Mapping[str, str]) -> dict[str, str]:
    """Return the names of all that can be chosen, as people read them. `kept`: id and name of pictures."""
    return {
        **{_READY + scene.id: translate(scene.name) for scene in read_scenes().all.values()},
        **{_KEPT + id_: name for id_, name in kept.items()},
        **{_COLOUR + code: translate(name) for name, code in COLOURS.items()},
        TRANSPARENT: translate("Transparent"),
    }
