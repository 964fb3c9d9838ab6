"""Headers that every answer of the web app's server carries."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Final = {
    # Nobody may show the app inside a page of their own and have people press its buttons there.
    "X-Frame-Options": "DENY",
    # Addresses of jobs and drafts are nobody else's business.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
"""What is the same whatever was asked for, beside the `Content-Security-Policy`."""

# A year. Not for subdomains: they may be other people's, and a browser does not forget it.
_ONLY_HTTPS: Final = ("Strict-Transport-Security", "max-age=31536000")


def is_https(scheme: str, headers: Headers) -> bool:
    """Return whether the person's browser speaks HTTPS, here or to the proxy that is asked first.

    A chain of proxies writes `X-Forwarded-Proto: https,http`: the first value is of the connection that the
    browser made.
    """
    return "https" in (scheme, headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower())


def make_policy(storage: Iterable[str] = (), scripts: Iterable[str] = ()) -> str:
    """Return the `Content-Security-Policy`; `storage` are origins that photos are sent to and images fetched from.

    Scripts are the server's own, the one in Streamlit's page and `scripts` beside it; its components bring theirs as
    `blob:`. Streamlit sets style attributes, so styles may stand in the page.
    """
    origins = " ".join(storage)
    digests = " ".join(f"'{digest}'" for digest in [*_digest_scripts(), *(_digest(one.encode()) for one in scripts)])
    directives = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {digests}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob: {origins}",
        "font-src": "'self' data:",
        "connect-src": f"'self' {origins}",
        "worker-src": "'self' blob:",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in directives.items())


def _digest_scripts() -> list[str]:
    """The digests of the scripts that stand in Streamlit's own page, as browsers compute them."""
    page = Path(streamlit.__file__).with_name("static").joinpath("index.html").read_bytes()
    scripts = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return [_digest(script) for script in scripts]


def _digest(script: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode()


class SecurityHeaders:
    """ASGI middleware: adds `HEADERS` and the policy where an answer does not have them, and HSTS on HTTPS."""

    def __init__(self, app: ASGIApp, storage: Iterable[str] = (), scripts: Iterable[str] = ()) -> None:
        self._app = app
        self._headers = {"Content-Security-Policy": make_policy(storage, scripts), **HEADERS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if is_https(scope["scheme"], Headers(scope=scope)):
                    headers.setdefault(*_ONLY_HTTPS)
            await send(message)

        await self._app(scope, receive, add if scope["type"] == "http" else send)
