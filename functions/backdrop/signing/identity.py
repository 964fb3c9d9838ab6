"""Who signs: the certificate chain and the private key of a stack, as its secret holds them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from backdrop.core.errors import ErrorCode, SigningFailed
from backdrop.core.words.marks import phrase

ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")
"""What C2PA allows, by c2pa-python's names: 13.2.1 of
https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html"""

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_KEY = "-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True)
class SigningIdentity:
    """A key with its certificates.

    Attributes:
        certificate_chain: PEM, the signer's certificate first, then those that lead to its root.
        private_key: PEM, PKCS #8. Not in the object's `repr`.
        algorithm: one of `ALGORITHMS`.
        timestamp_url: of an RFC 3161 time-stamp authority, or None.
    """

    certificate_chain: str
    private_key: str = field(repr=False)
    algorithm: str = "es256"
    timestamp_url: str | None = None


def parse(secret: str) -> SigningIdentity:
    """Read `{"certificateChain", "privateKey", "algorithm"?, "timestampUrl"?}`.

    Raises:
        SigningFailed: it is not that; the message names the field and never its value.
    """
    try:
        values = json.loads(secret)
    except ValueError as error:
        raise _refused(phrase("is not JSON")) from error
    if not isinstance(values, dict):
        raise _refused(phrase("is not a JSON object"))
    identity = SigningIdentity(
        certificate_chain=_pem(values, "certificateChain", _CERTIFICATE, "PEM certificates"),
        private_key=_pem(
            values,
            "privateKey",
            _KEY,
            phrase("an unencrypted PKCS #8 key in PEM (openssl pkcs8 -topk8 -nocrypt makes one)"),
        ),
        algorithm=str(values.get("algorithm", "es256")).lower(),
        timestamp_url=values.get("timestampUrl") or None,
    )
    if identity.algorithm not in ALGORITHMS:
        raise _refused(phrase("names an algorithm that is none of {names}", names=", ".join(ALGORITHMS)))
    url = identity.timestamp_url
    if url is not None and not (isinstance(url, str) and url.startswith(("https://", "http://"))):
        raise _refused(phrase("has a timestampUrl that is no http address"))
    return identity


def _pem(values: dict[str, object], name: str, head: str, what: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or head not in value or "\0" in value:
        raise _refused(phrase("has no {what} in {name}", what=what, name=name))
    return value


def _refused(what: str) -> SigningFailed:
    return SigningFailed(ErrorCode.SIGNING_FAILED, phrase("The signing secret {what}.", what=what))
