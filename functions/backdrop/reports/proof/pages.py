"""The signature of a report's page, which stands in the page itself: it is written anew whenever somebody asks for it
with the approvals of that moment, and a page that is passed on keeps it."""

from __future__ import annotations

import base64
import binascii

from backdrop.jobs.proof.series import Signer

_BEFORE, _AFTER = b"<!-- Signed by the stack, up to the line before: ", b" -->\n"


def sign_page(html: bytes, signer: Signer) -> bytes:
    """Return the page with one more line, a comment with the signature of all before it.

    Raises:
        BackdropError: KMS does not sign.
    """
    return html + _BEFORE + base64.b64encode(signer.sign(html)) + _AFTER


def split_page(data: bytes) -> tuple[bytes, bytes | None]:
    """Return what was signed of a page, and its signature (DER); None: it has none."""
    signed, found, rest = data.rpartition(_BEFORE)
    if not found or not rest.endswith(_AFTER):
        return data, None
    try:
        return signed, base64.b64decode(rest.removesuffix(_AFTER), validate=True)
    except binascii.Error:
        return signed, None
