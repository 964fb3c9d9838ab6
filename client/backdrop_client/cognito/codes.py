"""Codes of an authenticator app (TOTP, RFC 6238): the key that it is given, as text, as an address and as a picture.

The address: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

from __future__ import annotations

import base64
import hmac
import io
from dataclasses import dataclass
from urllib.parse import quote

SECONDS = 30
"""How long an app shows one code."""

_ISSUER = "Backdrop"


@dataclass(frozen=True)
class CodeSetup:
    """A key that an app is to get. Never log it.

    Attributes:
        key: in base 32, as people type it into an app.
        challenge: what Cognito wants back while somebody signs in; empty of somebody who is signed in.
    """

    key: str
    challenge: str

    def __repr__(self) -> str:
        return "CodeSetup(...)"

    def spaced_key(self) -> str:
        """Return the key in groups of four, as it can be read and typed."""
        return " ".join(self.key[start : start + 4] for start in range(0, len(self.key), 4))

    def address(self, email: str) -> str:
        """Return the `otpauth://` address that an app reads from a picture."""
        return f"otpauth://totp/{quote(_ISSUER)}:{quote(email)}?secret={self.key}&issuer={quote(_ISSUER)}"

    def picture(self, email: str) -> str:
        """Return a QR code of the address, an SVG document."""
        import segno

        written = io.BytesIO()
        segno.make(self.address(email), error="m").save(written, kind="svg", scale=5, border=4, light="#ffffff")
        return written.getvalue().decode("utf-8")

    def drawing(self, email: str) -> str:
        """Return a QR code of the address in characters, for a terminal."""
        import segno

        written = io.StringIO()
        segno.make(self.address(email), error="l").terminal(written, compact=True)
        return written.getvalue()


def make_code(key: str, seconds: float) -> str:
    """Return the six digits that an app with this key shows at a time, in seconds since 1970 (RFC 6238, RFC 4226)."""
    secret = base64.b32decode(key + "=" * (-len(key) % 8), casefold=True)
    digest = hmac.digest(secret, int(seconds // SECONDS).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def only_digits(typed: str) -> str:
    """Return a code without the blanks that people type in it."""
    return "".join(typed.split())
