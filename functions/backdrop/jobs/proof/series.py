"""Numbered, signed files of which each names the hash of the one before: the chain of a stack's reports, and what
people said about a job's images.

Nothing but the bucket is needed to add one: a number is taken by writing its file only if there is none, so that of two
that add at once one goes on to the next number. No file is ever written twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode

ALGORITHM = "ECDSA_SHA_256"
"""As KMS calls it: ECDSA over the file's SHA-256, in DER. `openssl dgst -sha256 -verify` checks it."""

SIGNATURE_TYPE = "application/octet-stream"


class SigningKey(NamedTuple):
    """What signatures are checked with: `arn` of the key in KMS, `pem` of its public part, `fingerprint` the hex
    SHA-256 of that in DER form."""

    arn: str
    pem: bytes
    fingerprint: str


class Signer(Protocol):
    """The stack's key. `aws.signing_keys.KmsSigner` documents it."""

    def key(self) -> SigningKey: ...
    def sign(self, data: bytes) -> bytes: ...


class SeriesStore(Protocol):
    """The bucket. `aws.objects.Objects` documents each method."""

    def get(self, bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes: ...
    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None: ...
    def put_new(self, bucket: str, key: str, data: bytes, content_type: str) -> bool: ...
    def any_after(self, bucket: str, prefix: str, after: str) -> bool: ...


class Place(NamedTuple):
    """A place in a series: its `number` from 1, and what is named of the file before it (`previous`: `{"Number",
    "Sha256"}`, None for the first)."""

    number: int
    previous: Mapping[str, Any] | None


def add(
    store: SeriesStore, signer: Signer, bucket: str, folder: str, make: Callable[[Place], Mapping[str, Any]]
) -> Place:
    """Add a file to the series under `folder`, with its signature beside it, and return its place.

    `make` says what else stands in it; it is asked again when another was faster.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    number = _last_number(store, bucket, folder)
    while True:
        key = keys.link_key(folder, number + 1)
        place = Place(number + 1, _named(store, bucket, keys.link_key(folder, number), number))
        body = as_file({**make(place), "Number": place.number, "Previous": place.previous})
        # Before it stands there: a file without a signature is only left by a crash between these two.
        signature = signer.sign(body)
        if store.put_new(bucket, key, body, "application/json"):
            store.put(bucket, keys.signature_key(key), signature, SIGNATURE_TYPE)
            return place
        number += 1


def publish_key(store: SeriesStore, signer: Signer, bucket: str, status_prefix: str) -> None:
    """Lay the public key beside what it signed, if it does not lie there."""
    key = signer.key()
    where = keys.public_key_key(status_prefix, key.fingerprint)
    store.put_new(bucket, where, key.pem, "application/x-pem-file")


def as_file(value: Mapping[str, Any]) -> bytes:
    """The bytes of such a file: indented JSON in ASCII."""
    return json.dumps(value, indent=1).encode() + b"\n"


def _named(store: SeriesStore, bucket: str, key: str, number: int) -> dict[str, Any] | None:
    if not number:
        return None
    try:
        data = store.get(bucket, key, missing=ErrorCode.NOT_FOUND)
    except BackdropError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        # Somebody took it away, which whoever checks the series finds. Work goes on.
        return {"Number": number, "Sha256": None}
    return {"Number": number, "Sha256": hashlib.sha256(data).hexdigest()}


def _last_number(store: SeriesStore, bucket: str, folder: str) -> int:
    """The highest number in the series, 0 for none: in some 2 log(number) questions, whatever is missing before it."""

    def more(number: int) -> bool:
        # All that is written at a number sorts before this.
        return store.any_after(bucket, folder, f"{keys.signature_key(keys.link_key(folder, number))}")

    if not more(0):
        return 0
    least, most = 0, 1
    while more(most):
        least, most = most, most * 2
    # More after `least`, nothing after `most`.
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if more(middle) else (least, middle)
    return most
