"""What was typed and chosen on the new-job page: one place for the keys, and its way through a page reload.

Streamlit keeps widget values for a browser session (also over a sign-in that ran out). A reload makes a new session:
for that the values lie in the browser's own storage too, per user and draft.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from backdrop_web.service.submission import list_names
from backdrop_web.streamlit_shell import browser_store
from backdrop_web.upload.draft_state import DraftState

Choice = TypeVar("Choice")

FIELDS = (
    "prompt", "negative", "scene", "background", "backdrop", "shadow", "place", "share",
    "across", "light", "light-angle", "light-strength", "light-softness", "light-reflection", "light-rim", "light-blur",
    "light-tone", "colour", "mode", "model", "cut-out", "mask",
    "seed", "vary", "reuse", "variations", "style", "cfg", "quality", "size", "preset", "aspect", "width", "height",
    "fill", "pad", "format", "file-quality", "also", "scenes", "in-turn", "names", "trial", "who-sees",
    "job-name", "tags", "settings", "settings-version",
)  # fmt: skip
"""Names of what is kept; besides them the values of slots, and the labels and own words of each photo."""

_KEEP, _TYPED, _SLOT = "keep-", "typed-", "slot-"
_OWN = WORDS, SKU, FILE_NAME, BEHIND = "words-", "sku-", "file-name-", "behind-"
"""Texts that a photo has for itself."""
_RESTORED = "restored-"
_PLACES = _FORM, _LABELS = "form", "labels"
_LOADED, _HELD = "loaded", "held"


def make_key(draft: DraftState, name: str) -> str:
    """Return the session key of a field of this draft."""
    return f"{name}-{draft.number}" + (_make_suffix(_FORM) if name in FIELDS else "")


def make_keep_key(photo_id: str) -> str:
    """Return the session key of the labels that are kept in a photo."""
    return _KEEP + photo_id + _make_suffix(_LABELS)


def make_typed_key(photo_id: str) -> str:
    """Return the session key of the labels that were typed for a photo."""
    return _TYPED + photo_id + _make_suffix(_LABELS)


def make_own_key(kind: str, photo_id: str) -> str:
    """Return the session key of a text that a photo has for itself: `WORDS`, `SKU`, `FILE_NAME`, `BEHIND`."""
    return kind + photo_id + _make_suffix(_LABELS)


def read_own(kind: str, photo_id: str) -> str:
    """Return a text that a photo has for itself; empty: it has none."""
    return str(st.session_state.get(make_own_key(kind, photo_id), ""))


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


def is_restored(draft: DraftState) -> bool:
    """Whether what this browser kept of the draft was read."""
    return bool(st.session_state.get(make_key(draft, _LOADED)))


def forget_restored(draft: DraftState) -> None:
    """Have what this browser keeps of a draft read again: the page was opened on one of an earlier time."""
    st.session_state.pop(make_key(draft, _LOADED), None)


def list_slots(draft: DraftState, user: str) -> list[str]:
    """Return the names of the texts that this browser keeps of a draft: the fields', then the labels' if it has any."""
    return [_name_slot(draft, user)] + ([_name_labels_slot(draft, user)] if draft.draft_id else [])


def restore(draft: DraftState, texts: Sequence[str | None]) -> None:
    """Put what the browser kept (`list_slots`) into this session. Before the widgets."""
    st.session_state[make_key(draft, _LOADED)] = True
    held = st.session_state.pop(make_key(draft, _HELD), False)
    for place, text in zip(_PLACES, texts, strict=False):
        if text and not (held and place == _FORM):
            restore_snapshot(draft, place, text)


def put_settings(draft: DraftState, text: str) -> None:
    """Put the fields of a snapshot into a draft that is new here; what the browser keeps of an earlier one stays
    out."""
    restore_snapshot(draft, _FORM, text)
    hold_fields(draft)


def replace_fields(draft: DraftState, fields: Mapping[str, Any], keep: Collection[str]) -> None:
    """Put these fields in the place of all that there are, but for those to `keep`. The widgets get new keys, as those
    of a snapshot."""
    held = _collect_fields(draft)["fields"]
    st.session_state[_RESTORED + _FORM] = st.session_state.get(_RESTORED + _FORM, 0) + 1
    _put_form(draft, {"fields": {name: value for name, value in held.items() if name in keep} | dict(fields)})


def hold_fields(draft: DraftState) -> None:
    """Keep the fields of a draft that is new here as they are: what the browser keeps of an earlier one stays out."""
    st.session_state[make_key(draft, _HELD)] = True


def keep_in_browser(draft: DraftState, user: str) -> None:
    """Keep the fields as they are now over a reload."""
    slot, fresh = _name_slot(draft, user), _name_slot(DraftState(), user)
    browser_store.keep_text(
        "form-store",
        slot,
        take_snapshot(draft),
        drop=[] if slot == fresh else [fresh],
        watch={name: f"st-key-{make_key(draft, name)}" for name in ("prompt", "negative")},
    )


def keep_labels_in_browser(draft: DraftState, user: str) -> None:
    """Do the same for the labels, which are chosen without a run of the whole page."""
    if draft.draft_id:
        browser_store.keep_text("labels-store", _name_labels_slot(draft, user), take_labels_snapshot(draft))


def _name_slot(draft: DraftState, user: str) -> str:
    return f"form:{user}:{draft.draft_id or 'new'}"


def _name_labels_slot(draft: DraftState, user: str) -> str:
    return f"{_name_slot(draft, user)}:labels"


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
    found: dict[str, dict[str, Any]] = {kind: {} for kind in (_KEEP, _TYPED, *_OWN)}
    for photo in draft.photos.values():
        names = list_names(photo)
        kept, typed = state.get(make_keep_key(photo.photo_id), names), state.get(make_typed_key(photo.photo_id))
        if kept != names:
            found[_KEEP][photo.photo_id] = kept
        if typed:
            found[_TYPED][photo.photo_id] = typed
        for kind in _OWN:
            if own := read_own(kind, photo.photo_id):
                found[kind][photo.photo_id] = own
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
    for kind in _OWN:
        for photo_id, own in _list_entries(layer, kind):
            if isinstance(own, str):
                st.session_state[make_own_key(kind, photo_id)] = own


def _make_slot_prefix(draft: DraftState) -> str:
    return f"{_SLOT}{draft.number}{_make_suffix(_FORM)}-"


def _make_suffix(place: str) -> str:
    times = st.session_state.get(_RESTORED + place, 0)
    return f"-r{times}" if times else ""


def _list_entries(found: dict[str, Any], name: str) -> list[tuple[str, Any]]:
    part = found.get(name)
    return list(part.items()) if isinstance(part, dict) else []
