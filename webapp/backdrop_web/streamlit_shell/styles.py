"""The app's own styles and script, in the page itself: Streamlit's ways to add any (`st.html`, Markdown) bring them a
moment after the page is drawn, and all of it jumps. They stand at the end of the body: Streamlit writes its own into
the head, and of two rules alike the later one holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE = Path(__file__).parent
_BODY_ENDS = b"</body>"
_DROPPED = {b"content-length", b"etag", b"last-modified"}
"""Headers that hold for the page as it was on the disk."""


def read_sheets() -> list[str]:
    """Return the style sheets of the package: the one for all pages, then each page's own, its `page.css`."""
    files = [_HERE / "style.css", *sorted(_HERE.parent.glob("pages/*/page.css"))]
    return [file.read_text("utf-8") for file in files]


class Styles:
    """Middleware: puts style sheets and scripts at the end of every page of HTML."""

    def __init__(self, app: ASGIApp, sheets: Sequence[str], scripts: Sequence[str] = ()) -> None:
        self._app = app
        texts = [f"<script>{script}</script>" for script in scripts]
        self._added = "".join([f"<style>{''.join(sheets)}</style>", *texts]).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; pages of HTML with the styles."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def sent(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                # Held back: its length is known when all of it is there.
                start = message
            elif start is not None and message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await self._finish(start, body, send)
            else:
                await send(message)

        await self._app(_ask_for_whole(scope), receive, sent)

    async def _finish(self, start: Message, body: bytes, send: Send) -> None:
        if body:
            body = body.replace(_BODY_ENDS, self._added + _BODY_ENDS, 1)
        kept = [(name, value) for name, value in start["headers"] if name.lower() not in _DROPPED]
        length = [(b"content-length", str(len(body)).encode())] if body else []
        await send({**start, "headers": [*kept, *length]})
        await send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    packed = b"content-encoding" in headers
    return start["status"] == 200 and headers.get(b"content-type", b"").startswith(b"text/html") and not packed


def _ask_for_whole(scope: Scope) -> Scope:
    """Return the request without what asks for a packed page or for news since the last one."""
    asks = {b"if-none-match", b"if-modified-since"}
    accepts_page = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
    if not accepts_page:
        return scope
    dropped = asks | {b"accept-encoding"}
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name not in dropped]}
