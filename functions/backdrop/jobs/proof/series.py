"""Numbered, signed files of which each names the hash of the one before: the chain of a stack's reports, and what
people said about a job's images.

A number is taken by writing its file only if there is none, so that of two that add at once one goes on to the next
number. No file is ever written twice.

The newest number and its hash are kept in a second place, too: else nobody would notice when the newest files are
taken away. The next file goes on after the number that is noted there, whatever the bucket holds by then, so that the
gap stays to be seen in the files alone.
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
    """The stack's key. `aws.secrets.KmsSigner` documents it."""

    def key(self) -> SigningKey: ...
    def sign(self, data: bytes) -> bytes: ...


class SeriesStore(Protocol):
    """The bucket. `aws.objects.Objects` documents each method."""

    def get(self, bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes: ...
    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None: ...
    def put_new(self, bucket: str, key: str, data: bytes, content_type: str) -> bool: ...
    def any_after(self, bucket: str, prefix: str, after: str) -> bool: ...


class Head(NamedTuple):
    """The newest file of a series: its number, and the hex SHA-256 of its bytes."""

    number: int
    sha256: str


class Heads(Protocol):
    """The second place. `aws.proof.heads_table.HeadsTable` documents each method."""

    def read(self, series: str) -> Head | None: ...
    def advance(self, series: str, head: Head) -> None: ...


class Ledger(NamedTuple):
    """What it takes to add to a series: the bucket's store, the stack's key, and where newest numbers are noted."""

    store: SeriesStore
    signer: Signer
    heads: Heads


class Place(NamedTuple):
    """A place in a series: its `number` from 1, and what is named of the file before it (`previous`: `{"Number",
    "Sha256"}`, None for the first)."""

    number: int
    previous: Mapping[str, Any] | None


def series_of(bucket: str, folder: str) -> str:
    """Return the name of a series in the second place."""
    return f"{bucket}/{folder}"


def add(ledger: Ledger, bucket: str, folder: str, make: Callable[[Place], Mapping[str, Any]]) -> Head:
    """Add a file to the series under `folder`, with its signature beside it, and return which it is.

    `make` says what else stands in it; it is asked again when another was faster.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    store, signer, heads = ledger
    noted = heads.read(series_of(bucket, folder))
    number = _last_number(store, bucket, folder, noted.number if noted else 0)
    while True:
        key = keys.link_key(folder, number + 1)
        place = Place(number + 1, _named(store, bucket, keys.link_key(folder, number), number, noted))
        body = as_file({**make(place), "Number": place.number, "Previous": place.previous})
        # Before it stands there: a file without a signature is only left by a crash between these two.
        signature = signer.sign(body)
        if store.put_new(bucket, key, body, "application/json"):
            store.put(bucket, keys.signature_key(key), signature, SIGNATURE_TYPE)
            head = Head(place.number, hashlib.sha256(body).hexdigest())
            # Last: a number that is noted stands in the bucket. After a crash the note is one behind, which is told.
            heads.advance(series_of(bucket, folder), head)
            return head
        number += 1


def last_number(ledger: Ledger, bucket: str, folder: str) -> int:
    """Return the highest number of the series under `folder`, of a file or as it was noted; 0: there is none.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    noted = ledger.heads.read(series_of(bucket, folder))
    return _last_number(ledger.store, bucket, folder, noted.number if noted else 0)


def publish_key(ledger: Ledger, bucket: str, status_prefix: str) -> None:
    """Lay the public key beside what it signed, if it does not lie there."""
    key = ledger.signer.key()
    where = keys.public_key_key(status_prefix, key.fingerprint)
    ledger.store.put_new(bucket, where, key.pem, "application/x-pem-file")


def as_file(value: Mapping[str, Any]) -> bytes:
    """The bytes of such a file: indented JSON in ASCII."""
    return json.dumps(value, indent=1).encode() + b"\n"


def _named(store: SeriesStore, bucket: str, key: str, number: int, noted: Head | None) -> dict[str, Any] | None:
    """What is named of the file before: as it was noted, where it was, whatever lies there now."""
    if not number:
        return None
    if noted is not None and noted.number == number:
        return {"Number": number, "Sha256": noted.sha256}
    try:
        data = store.get(bucket, key, missing=ErrorCode.NOT_FOUND)
    except BackdropError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        # Somebody took it away, which whoever checks the series finds. Work goes on.
        return {"Number": number, "Sha256": None}
    return {"Number": number, "Sha256": hashlib.sha256(data).hexdigest()}


def _last_number(store: SeriesStore, bucket: str, folder: str, least: int) -> int:
    """The highest number in the series, `least` or more: in some 2 log(difference) questions, whatever is missing
    before it."""

    def more(number: int) -> bool:
        # All that is written at a number sorts before this.
        return store.any_after(bucket, folder, f"{keys.signature_key(keys.link_key(folder, number))}")

    if not more(least):
        return least
    most = least + 1
    while more(most):
        least, most = most, most + 2 * (most - least)
    # More after `least`, nothing after `most`.
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if more(middle) else (least, middle)
    return most
