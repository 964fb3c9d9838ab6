"""Signs and reads files with c2pa-python: the only module that uses it.

Everything happens in memory and offline, but for the time-stamp authority, where the identity names one.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import c2pa  # type: ignore[import-untyped]

from backdrop.core.errors import ErrorCode, SigningFailed
from backdrop.core.words.marks import phrase
from backdrop.signing.identity import SigningIdentity

_SETTINGS: dict[str, Any] = {
    "version": 1,
    # A thumbnail would be a second copy of the picture, in quality nobody chose.
    "builder": {"thumbnail": {"enabled": False}},
    # A file that would not validate is never delivered. Whether the chain is trusted is the readers' to say.
    "verify": {"verify_after_sign": True, "verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


@dataclass(frozen=True)
class Credentials:
    """What a file carries.

    Attributes:
        intact: the signature is good and every byte of the file is the one that was signed; says nothing about
            who signed.
        manifest: the active manifest, as c2pa's Reader tells it.
    """

    intact: bool
    manifest: Mapping[str, Any]


def supports(content_type: str | None) -> bool:
    """Whether files of this type can be signed."""
    return content_type in _signable()


def sign(identity: SigningIdentity, manifest: Mapping[str, Any], data: bytes, content_type: str) -> bytes:
    """The file with its credentials; the picture's own bytes stay as they are.

    Args:
        identity: who signs.
        manifest: what is claimed, as `signing.claims.manifest` makes it.
        data: a whole image file; credentials it has already are replaced.
        content_type: of `data`, one that `supports` knows.

    Raises:
        SigningFailed: key and certificate do not fit, the certificate has expired or is of another kind than C2PA
            asks for, the time-stamp authority does not answer, or the file is damaged.
    """
    signed = io.BytesIO()
    try:
        with c2pa.Builder(dict(manifest), context=_context()) as builder:
            builder.sign(_signer(identity), content_type, io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        raise SigningFailed(
            ErrorCode.SIGNING_FAILED, phrase("The image could not be signed: {error}.", error=error)
        ) from error
    return signed.getvalue()


def read(data: bytes, content_type: str) -> Credentials | None:
    """The credentials of a file; None when it carries none.

    Raises:
        SigningFailed: it carries some that cannot be read.
    """
    try:
        with c2pa.Reader(content_type, io.BytesIO(data), context=_context()) as reader:
            state, active = reader.get_validation_state(), reader.get_active_manifest()
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        raise SigningFailed(
            ErrorCode.SIGNING_FAILED, phrase("The image's credentials cannot be read: {error}.", error=error)
        ) from error
    return Credentials(intact=state in ("Valid", "Trusted"), manifest=active or {})


@cache
def _context() -> c2pa.Context:
    return c2pa.Context.from_dict(_SETTINGS)


@cache
def _signable() -> frozenset[str]:
    return frozenset(c2pa.Builder.get_supported_mime_types())


@cache
def _signer(identity: SigningIdentity) -> c2pa.Signer:
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(
            identity.algorithm,
            identity.certificate_chain.encode(),
            identity.private_key.encode(),
            identity.timestamp_url,
        )
    )
