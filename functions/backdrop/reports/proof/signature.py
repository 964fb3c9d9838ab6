"""Checks signatures, where no AWS is. Functions don't import it: they have no `cryptography`, and sign with KMS."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backdrop.core import keys
from backdrop.reports.proof.findings import Evidence, Findings, Seen


class NoPublicKey(ValueError):
    """A file is no public key that signatures can be checked with; the message says why."""


class Checker:
    """Checks signatures with one public key (PEM).

    Raises:
        NoPublicKey: it is none.
    """

    def __init__(self, pem: bytes) -> None:
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise NoPublicKey(f"it is no public key in PEM ({error})") from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise NoPublicKey("it is no key of an elliptic curve")
        self._key = key
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.fingerprint = hashlib.sha256(der).hexdigest()

    def is_signed(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature is of these very bytes and this key."""
        try:
            self._key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def check(self, found: Findings, evidence: Evidence, what: str, where: str, key: str, data: bytes) -> bool:
        """Note whether the file's signature lies beside it and is good. Returns whether it is."""
        signature = evidence.read(keys.signature_key(key))
        if signature is None:
            seen = Seen.BROKEN if evidence.complete else Seen.UNSEEN
            found.note(seen, what, where, f"There is no signature {keys.signature_key(key)}.")
            return False
        return found.expect(
            self.is_signed(data, signature),
            what,
            where,
            f"{keys.signature_key(key)} is no signature of {key} by the key {self.fingerprint[:16]}...: one of the two"
            " was changed, or somebody else signed it.",
        )
