"""What is kept of a sign-in outside of the server, so that its keeper can't read it.

The key is made of the secret that names it, which the browser alone has (HKDF with SHA-256, RFC 5869): there is no
other key that could be stolen or would have to be changed. The keeper knows a digest of that secret, from which nothing
follows. AES-256-GCM (NIST SP 800-38D) notices every change, and what was put into another one's place.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"backdrop sign-in, version 1"


class NotSealedHere(Exception):
    """The text was changed, or sealed under another secret or for another place."""


def seal(text: bytes, secret: str, place: str) -> bytes:
    """Return `text` so that only who has `secret` can read it; `place` is where it will lie, and nowhere else."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derive_key(secret)).encrypt(nonce, text, place.encode())


def unseal(sealed: bytes, secret: str, place: str) -> bytes:
    """Return the text again. Raises `NotSealedHere`."""
    try:
        return AESGCM(_derive_key(secret)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise NotSealedHere from error


def _derive_key(secret: str) -> bytes:
    # A secret is 256 random bits: no slow function is needed that makes guessing dear, and no salt.
    return HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
