"""AWS Secrets Manager and AWS KMS: the only module that asks them. A private key in KMS never leaves it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backdrop.aws.failures import storage, translated
from backdrop.core.errors import ErrorCode, SigningFailed, SigningUnavailable
from backdrop.core.words.marks import phrase
from backdrop.jobs.proof.series import ALGORITHM, SigningKey

_PEM_LINE = 64


@dataclass(frozen=True)
class Secrets:
    """Reads secrets, each once.

    Args:
        connect: gives the client; called on first use.
    """

    connect: Callable[[], Any]
    _known: dict[str, str] = field(default_factory=dict)

    def read(self, arn: str) -> str:
        """The secret's text. Asked for once: `forget` makes the next call ask again.

        Raises:
            SigningFailed: with the service's reason; nothing of the secret. It is not kept. `SigningUnavailable` for
                what passes by itself.
        """
        if arn not in self._known:
            with translated(lambda trouble: _unreadable(arn, trouble.reason, passes=trouble.kind.passes)):
                answer = self.connect().get_secret_value(SecretId=arn)
            if "SecretString" not in answer:
                raise _unreadable(arn, phrase("it holds bytes, not text"))
            self._known[arn] = str(answer["SecretString"])
        return self._known[arn]

    def forget(self) -> None:
        """Drop what was read: a secret that was put right helps at once, in warm processes too."""
        self._known.clear()


@dataclass(frozen=True)
class KmsSigner:
    """Signs with an asymmetric key (`ECC_NIST_P256`, `SIGN_VERIFY`).

    Both methods raise `StorageUnavailable` for what passes by itself, and a `BackdropError` with `STORAGE_ERROR` or
    `INTERNAL` for what does not.

    Args:
        connect: gives boto3's client of KMS; called on first use.
        arn: of the key.
    """

    connect: Callable[[], Any]
    arn: str
    _known: list[SigningKey] = field(default_factory=list)

    def key(self) -> SigningKey:
        """What the signatures are checked with; asked for once."""
        if not self._known:
            with storage("read the public key of the reports' signatures"):
                der = self.connect().get_public_key(KeyId=self.arn)["PublicKey"]
            self._known.append(SigningKey(self.arn, _pem(der), hashlib.sha256(der).hexdigest()))
        return self._known[0]

    def sign(self, data: bytes) -> bytes:
        """The signature of a file of any size: KMS is sent its hash alone."""
        digest = hashlib.sha256(data).digest()
        with storage("sign the report"):
            answer = self.connect().sign(
                KeyId=self.arn, Message=digest, MessageType="DIGEST", SigningAlgorithm=ALGORITHM
            )
        return bytes(answer["Signature"])


def _unreadable(arn: str, reason: str, *, passes: bool = False) -> SigningFailed:
    cause = phrase("The secret {arn} could not be read: {reason}.", arn=arn, reason=reason)
    return (SigningUnavailable if passes else SigningFailed)(ErrorCode.SIGNING_FAILED, cause)


def _pem(der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _PEM_LINE] for start in range(0, len(text), _PEM_LINE)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]).encode()
