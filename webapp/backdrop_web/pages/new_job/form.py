"""What was typed and chosen on the new-job page: one place for the keys, and its way through a page reload.

Streamlit keeps widget values for a browser session (also over a sign-in that ran out). A reload makes a new session:
for that the values lie in the browser's own storage too, per user and draft.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import streamlit as st

from backdrop_web.streamlit_shell import browser_store
from backdrop_web.upload.draft_state import DraftState

Choice = TypeVar("Choice")

FIELDS = (
    "prompt", "negative", "scene", "background", "colour", "mode", "model", "cut-out", "mask", "seed", "vary", "reuse",
    "variations", "style", "cfg", "quality", "size", "preset", "aspect", "width", "height", "fill", "pad", "format",
    "file-quality", "trial",
)  # fmt: skip
"""Names of what is kept; besides them the values of slots and the labels of each photo."""

_KEEP, _TYPED, _SLOT = "keep-", "typed-", "slot-"
_RESTORED = "restored-"
_PLACES = _FORM, _LABELS = "form-store", "label-store"
_NO_WATCH: Mapping[str, str] = MappingProxyType({})


def make_key(draft: DraftState, name: str) -> str:
    """Return the session key of a field of this draft."""
    return f"{name}-{draft.number}" + (_make_suffix(_FORM) if name in FIELDS else "")


def make_keep_key(photo_id: str) -> str:
    """Return the session key of the labels that are kept in a photo."""
    return _KEEP + photo_id + _make_suffix(_LABELS)


def make_typed_key(photo_id: str) -> str:
    """Return the session key of the labels that were typed for a photo."""
    return _TYPED + photo_id + _make_suffix(_LABELS)


def make_slot_key(draft: DraftState, name: str) -> str:
    """Return the session key of a slot's value."""
    return f"{_make_slot_prefix(draft)}{name}"


def read_value(draft: DraftState, name: str, default: Any = None) -> Any:
    """Return what a field holds."""
    return st.session_state.get(make_key(draft, name), default)


def set_default(draft: DraftState, name: str, default: Any, options: Sequence[Choice] | None = None) -> str:
    """Return a widget's key; its value is `default` until somebody chooses, and when the choice is no option."""
    name_key = make_key(draft, name)
    if name_key not in st.session_state or (options is not None and st.session_state[name_key] not in options):
        st.session_state[name_key] = default
    return name_key


def keep_in_browser(draft: DraftState, user: str) -> None:
    """Take over what an earlier session of this browser left, then keep what is there now. Before the widgets."""
    fresh = f"form:{user}:new"
    slot = f"form:{user}:{draft.draft_id}" if draft.draft_id else fresh
    _keep_text(
        draft,
        _FORM,
        slot,
        take_snapshot(draft),
        drop=[] if slot == fresh else [fresh],
        watch={name: f"st-key-{make_key(draft, name)}" for name in ("prompt", "negative")},
    )


def keep_labels_in_browser(draft: DraftState, user: str) -> None:
    """Do the same for the labels, which are chosen without a run of the whole page.

    After the fields: two answers at once, one for the page and one for a part of it, would make one run only.
    """
    if draft.draft_id and st.session_state.get(make_key(draft, f"loaded-{_FORM}")):
        _keep_text(draft, _LABELS, f"form:{user}:{draft.draft_id}:labels", take_labels_snapshot(draft))


def forget_loaded(draft: DraftState) -> None:
    """Have what this browser keeps of a draft read again: the page was opened on one of an earlier time."""
    for place in _PLACES:
        st.session_state.pop(make_key(draft, f"loaded-{place}"), None)


def _keep_text(
    draft: DraftState,
    place: str,
    slot: str,
    text: str,
    *,
    drop: Sequence[str] = (),
    watch: Mapping[str, str] = _NO_WATCH,
) -> None:
    loaded_key = make_key(draft, f"loaded-{place}")
    loaded = bool(st.session_state.get(loaded_key))

    def arrived(found: str | None) -> None:
        st.session_state[loaded_key] = True
        if found:
            restore_snapshot(draft, place, found)

    browser_store.keep_text(
        place, slot, save=text if loaded else None, arrived=None if loaded else arrived, drop=drop, watch=watch
    )


def take_snapshot(draft: DraftState) -> str:
    """Return all fields as JSON, without the labels."""
    return json.dumps(_collect_fields(draft))


def take_labels_snapshot(draft: DraftState) -> str:
    """Return what was chosen of each photo, as JSON; photos nobody touched are left out."""
    return json.dumps(_collect_labels(draft))


def restore_snapshot(draft: DraftState, place: str, text: str) -> None:
    """Put a snapshot into this session. What can't be read is left out: it is an earlier version's.

    The widgets get new keys: the browser may be just telling another run what the old ones held before, and that
    must not come after what is put here.
    """
    try:
        found = json.loads(text)
    except ValueError:
        return
    if not isinstance(found, dict):
        return
    held = _collect_fields(draft) if place == _FORM else _collect_labels(draft)
    st.session_state[_RESTORED + place] = st.session_state.get(_RESTORED + place, 0) + 1
    for layer in (held, found):
        _put_labels(layer) if place == _LABELS else _put_form(draft, layer)


def _collect_fields(draft: DraftState) -> dict[str, Any]:
    state = st.session_state
    names = {name: state[make_key(draft, name)] for name in FIELDS if state.get(make_key(draft, name)) is not None}
    prefix = _make_slot_prefix(draft)
    slots = {str(name)[len(prefix) :]: state[name] for name in list(state) if str(name).startswith(prefix)}
    return {"fields": names, "slots": slots}


def _collect_labels(draft: DraftState) -> dict[str, Any]:
    state = st.session_state
    found: dict[str, dict[str, Any]] = {_KEEP: {}, _TYPED: {}}
    for photo in draft.photos.values():
        names = [label.name for label in photo.labels]
        kept, typed = state.get(make_keep_key(photo.photo_id), names), state.get(make_typed_key(photo.photo_id))
        if kept != names:
            found[_KEEP][photo.photo_id] = kept
        if typed:
            found[_TYPED][photo.photo_id] = typed
    return found


def _put_form(draft: DraftState, layer: dict[str, Any]) -> None:
    for name, kept in _list_entries(layer, "fields"):
        if name in FIELDS:
            st.session_state[make_key(draft, name)] = kept
    for name, kept in _list_entries(layer, "slots"):
        if isinstance(kept, str):
            st.session_state[make_slot_key(draft, name)] = kept


def _put_labels(layer: dict[str, Any]) -> None:
    for kind, key_of in ((_KEEP, make_keep_key), (_TYPED, make_typed_key)):
        for photo_id, kept in _list_entries(layer, kind):
            if isinstance(kept, list):
                st.session_state[key_of(photo_id)] = [str(name) for name in kept]


def _make_slot_prefix(draft: DraftState) -> str:
    return f"{_SLOT}{draft.number}{_make_suffix(_FORM)}-"


def _make_suffix(place: str) -> str:
    times = st.session_state.get(_RESTORED + place, 0)
    return f"-r{times}" if times else ""


def _list_entries(found: dict[str, Any], name: str) -> list[tuple[str, Any]]:
    part = found.get(name)
    return list(part.items()) if isinstance(part, dict) else []
