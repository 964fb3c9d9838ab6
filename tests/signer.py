"""A key like the stack's in KMS, in memory."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

ARN = "arn:aws:kms:us-east-1:000000000000:key/report"


class KmsTwin:
    """GetPublicKey and Sign of an ECC_NIST_P256 key, as boto3's client of KMS answers. `refuse`: what it raises."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.refuse: Exception | None = None
        self.calls: list[str] = []

    def __call__(self) -> KmsTwin:
        return self

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        assert KeyId == ARN
        der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {"PublicKey": der, "KeyUsage": "SIGN_VERIFY"}

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:  # noqa: N803
        assert (KeyId, MessageType, SigningAlgorithm, len(Message)) == (ARN, "DIGEST", "ECDSA_SHA_256", 32)
        if self.refuse is not None:
            raise self.refuse
        self.calls.append(Message.hex())
        return {"Signature": self.private.sign(Message, ec.ECDSA(Prehashed(hashes.SHA256())))}

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the public key."""
        return hashlib.sha256(self.get_public_key(KeyId=ARN)["PublicKey"]).hexdigest()
