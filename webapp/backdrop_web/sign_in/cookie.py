"""The cookie that keeps a page reload signed in: set and cleared by the server, never seen by a script.

Streamlit can read cookies and not set them, so the app's server (`webapp/server.py`) has one address of its own,
`session`. A page that has just signed in gets a ticket for one use over its WebSocket and changes it there for the
cookie. The cookie is `HttpOnly`, `SameSite=Strict`, `Secure` on HTTPS and has no end date: it goes with the browser.
A request from another site can't get or clear it: the header makes browsers ask first, and nobody says yes.
"""

from __future__ import annotations

import logging
from typing import Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backdrop_client.errors import BackdropClientError
from backdrop_web.sign_in.stores import SESSIONS
from backdrop_web.streamlit_shell.headers import is_https

logger = logging.getLogger(__name__)

PATH: Final = "/session"
HEADER: Final = "X-Backdrop-Ticket"
_PLAIN, _SECURE = "backdrop_session", "__Host-backdrop_session"
_FORGET = "forget-"

# `session` next to the page's own address: right under a path prefix too.
_SCRIPT = """
const sent = new Set();
export default function ({ data }) {
  if (sent.has(data.ticket)) return;
  sent.add(data.ticket);
  const address = new URL("session", window.location.href);
  const forget = data.ticket.startsWith("forget-");
  fetch(address, {
    method: forget ? "DELETE" : "POST",
    headers: { "X-Backdrop-Ticket": data.ticket },
    credentials: "same-origin",
    cache: "no-store",
  }).catch(() => { /* Without the cookie a reload asks to sign in again; nothing else is lost. */ });
}
"""


def read_cookie() -> str | None:
    """Return the sign-in's secret name that this page's browser sent when the page was loaded."""
    cookies = st.context.cookies
    return cookies.get(_SECURE) or cookies.get(_PLAIN) or None


def fetch_cookie(ticket: str) -> None:
    """Have the browser change `ticket` for its cookie."""
    _exchange_ticket(ticket)


def clear_cookie(number: str) -> None:
    """Have the browser drop its cookie; `number` tells one sign-out from the next."""
    _exchange_ticket(_FORGET + number)


def _exchange_ticket(ticket: str) -> None:
    with st.container(key="bd-session"):
        st.components.v2.component("backdrop_session", js=_SCRIPT)(data={"ticket": ticket}, key="bd-cookie")


async def answer_session_request(request: Request) -> Response:
    """Answer `POST` with the cookie for a ticket; `DELETE`: forget the sign-in, clear the cookie."""
    ticket = request.headers.get(HEADER)
    if not ticket or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return Response(status_code=403)
    secure = is_https(request.url.scheme, request.headers)
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    if request.method == "DELETE":
        for name in (_PLAIN, _SECURE):
            if kept := request.cookies.get(name):
                await run_in_threadpool(_forget, kept)
            answer.delete_cookie(name, secure=name == _SECURE, httponly=True, samesite="strict")
        return answer
    try:
        sign_in = await run_in_threadpool(SESSIONS.redeem_ticket, ticket)
    except BackdropClientError as error:
        logger.warning("a cookie could not be given out: %s: %s", error.code, error.message)
        return Response(status_code=503)
    if sign_in is None:
        return Response(status_code=403)
    answer.set_cookie(_SECURE if secure else _PLAIN, sign_in, secure=secure, httponly=True, samesite="strict")
    return answer


def _forget(name: str) -> None:
    try:
        SESSIONS.remove(name)
    except BackdropClientError as error:
        # The browser drops its cookie all the same, and nobody else has it.
        logger.warning("a sign-in could not be forgotten: %s: %s", error.code, error.message)


ROUTES: Final = [Route(PATH, answer_session_request, methods=["POST", "DELETE"])]
"""What `webapp/server.py` adds to Streamlit's own addresses."""
