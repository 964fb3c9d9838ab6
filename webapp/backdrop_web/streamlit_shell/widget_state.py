"""What a person typed or chose on a page, kept while the sign-in form stands in the page's place.

Streamlit forgets a widget's value as soon as a run ends without the widget. The one module that looks inside
Streamlit (its version is pinned, `tests/unit/web/sign_in/test_form.py` fails when this no longer works): only its
own records tell a widget whose value may be set again from a button or an uploader, where that is an error.
"""

from __future__ import annotations

import copy
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_KEPT = "backdrop.typed"

# Kinds of widgets (`ValueFieldName`) whose values the app may set: fields, lists, switches, sliders.
_SETTABLE = frozenset(
    {
        *("string_value", "int_value", "double_value", "bool_value"),
        *("string_array_value", "int_array_value", "double_array_value"),
    }
)


def keep_values() -> None:
    """Put the values of the keyed widgets of the last run aside."""
    kept = dict(st.session_state.get(_KEPT, {}))
    kept.update({key: copy.copy(st.session_state[key]) for key in _list_settable_keys() if key in st.session_state})
    st.session_state[_KEPT] = kept


def restore_values() -> None:
    """Give the widgets their values again, before they are shown."""
    for key, value in st.session_state.pop(_KEPT, {}).items():
        if key not in st.session_state:
            st.session_state[key] = value


def _list_settable_keys() -> list[str]:
    context = get_script_run_ctx()
    if context is None:
        return []
    state: Any = context.session_state._state
    keys = state._key_id_mapper.id_key_mapping
    known = state._new_widget_state.widget_metadata
    return [key for widget, key in keys.items() if widget in known and known[widget].value_type in _SETTABLE]
