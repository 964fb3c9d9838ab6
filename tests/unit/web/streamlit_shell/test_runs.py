"""Parts of the page that run by themselves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from backdrop_web.streamlit_shell import runs


@pytest.mark.parametrize(
    ("parts", "may"),
    [
        pytest.param(None, True, id="the whole page"),
        pytest.param(["poll"], True, id="this part alone"),
        pytest.param(["poll", "cards"], False, id="this part, and one in which something was pressed"),
    ],
)
def test_the_page_is_not_run_again_over_a_press(
    monkeypatch: pytest.MonkeyPatch, parts: list[str] | None, may: bool
) -> None:
    monkeypatch.setattr(runs, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=parts))
    assert runs.may_run_page() is may
