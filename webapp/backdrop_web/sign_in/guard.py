"""What stands round every part of a page: failures are told in words, an ended sign-in leads to the form."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell.elements import report_defect, show_notice
from backdrop_web.text.errors import explain, is_away
from backdrop_web.text.language import translate

logger = logging.getLogger(__name__)


@contextmanager
def explain_failures(*, page: bool = False) -> Iterator[None]:
    """Turn whatever fails inside into words. An expired session leads back to the sign-in form.

    `page`: a whole page is inside, so that a button to try again stands below the words.
    """
    try:
        if session.has_ended_elsewhere():
            st.rerun()
        yield
    except SessionExpired as error:
        session.expire_session(explain(error).sentence)
        st.rerun()
    except BackdropClientError as error:
        logger.warning("shown to the user: %s: %s", error.code, error.message)
        show_notice(explain(error))
        if page and is_away(error):
            # The press makes the page run again: that is the try.
            st.button(translate("Try again"), icon=":material/refresh:", key="page-again")
    except Exception as error:  # noqa: BLE001 - the last line of defence: logged whole, told in words
        # Streamlit's own signals (rerun, stop) are no Exceptions.
        report_defect(error)
