"""The field of the languages, as Streamlit calls it."""

from __future__ import annotations

import pytest
import streamlit

from backdrop_web.streamlit_shell import language_choice
from backdrop_web.text.language import CHOSEN


def test_a_field_that_is_gone_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in forgets what the session held, the field's value among it."""
    state: dict[str, str] = {}
    monkeypatch.setattr(streamlit, "session_state", state)
    language_choice._choose()
    assert state == {}
    state[language_choice._FIELD] = "de"
    language_choice._choose()
    assert state[CHOSEN] == "de"
