"""AWS Secrets Manager: the only module that asks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from backdrop.aws.failures import translated
from backdrop.core.errors import ErrorCode, SigningFailed, SigningUnavailable


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
                raise _unreadable(arn, "it holds bytes, not text")
            self._known[arn] = str(answer["SecretString"])
        return self._known[arn]

    def forget(self) -> None:
        """Drop what was read: a secret that was put right helps at once, in warm processes too."""
        self._known.clear()


def _unreadable(arn: str, reason: str, *, passes: bool = False) -> SigningFailed:
    cause = f"The secret {arn} could not be read: {reason}."
    return (SigningUnavailable if passes else SigningFailed)(ErrorCode.SIGNING_FAILED, cause)
