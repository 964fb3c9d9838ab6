"""What ties a report to the files beside it and to the report before it in the same stack."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from backdrop.core import clock, keys
from backdrop.jobs.proof import series
from backdrop.jobs.proof.series import ALGORITHM, Head, Ledger, Place, SigningKey

LINK_SCHEMA = "backdrop-chain-link"
LINK_VERSION = "1.1"
"""1.1: the newest number is noted in the table of heads as well."""
ERASURE_SCHEMA = "backdrop-erasure-note"
"""Of a link that names no report, but jobs that were erased (`jobs.erasure`)."""

_Maker = Callable[[Mapping[str, Any]], bytes]
"""Makes the report's bytes of its `Chain`."""


class Proof(NamedTuple):
    """The report's `Chain`, `ChainError` and `Files` (docs/status-report.schema.json); all None where nothing is
    known."""

    chain: Mapping[str, Any] | None = None
    chain_error: str | None = None
    files: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields of the report."""
        return {"Chain": self.chain, "ChainError": self.chain_error, "Files": self.files}


def file_fact(key: str, data: bytes) -> dict[str, str]:
    """Return `{"Key", "Sha256"}` of a file."""
    return {"Key": key, "Sha256": hashlib.sha256(data).hexdigest()}


def chain_of(place: Place, folder: str, key: SigningKey, status_prefix: str) -> dict[str, Any]:
    """The report's `Chain`: its place, and the key that it is signed with."""
    return {
        "Number": place.number,
        "Link": keys.link_key(folder, place.number),
        "Previous": place.previous,
        "Key": {
            "Arn": key.arn,
            "Algorithm": ALGORITHM,
            "Fingerprint": key.fingerprint,
            "PublicKey": keys.public_key_key(status_prefix, key.fingerprint),
        },
    }


class ChainedReport:
    """Writes a job's report as the next of the stack's chain, signed.

    A report that is written anew, because its function was retried or its run redriven, takes a further place: of a
    job's links the last one counts, and the chain has one end.
    """

    def __init__(self, ledger: Ledger, bucket: str, status_prefix: str, job_id: str) -> None:
        self._ledger, self._bucket = ledger, bucket
        self._prefix, self._job_id = status_prefix, job_id

    def write(self, key: str, make: _Maker) -> tuple[bytes, Head]:
        """Store the report at `key`, and return it and its link: the link first, which says what its hash will be, then
        the report, then its signature. A crash in between leaves a link of a report that is then written anew.

        Raises:
            BackdropError: `STORAGE_ERROR`.
        """
        store, signer, _ = self._ledger
        folder, signing_key = keys.chain_folder(self._prefix), signer.key()
        series.publish_key(self._ledger, self._bucket, self._prefix)
        made: list[bytes] = []

        def link(place: Place) -> dict[str, Any]:
            made[:] = [make(chain_of(place, folder, signing_key, self._prefix))]
            return {
                "Schema": LINK_SCHEMA,
                "SchemaVersion": LINK_VERSION,
                "JobId": self._job_id,
                "Report": file_fact(key, made[0]),
                "At": clock.iso(clock.now()),
            }

        head = series.add(self._ledger, self._bucket, folder, link)
        signature = signer.sign(made[0])
        store.put(self._bucket, key, made[0], "application/json")
        store.put(self._bucket, keys.signature_key(key), signature, series.SIGNATURE_TYPE)
        return made[0], head
