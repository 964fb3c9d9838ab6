"""Runs of the page that nobody pressed a button for."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx


def may_run_page() -> bool:
    """Whether a part of the page that runs by itself can have the whole page run, with `st.rerun`.

    It can't when this run is to answer for other parts too: what was pressed there would be forgotten, as Streamlit
    forgets it when a run ends early. The part asks again in its next run.
    """
    context = get_script_run_ctx()
    return context is None or len(context.fragment_ids_this_run or ()) < 2
