"""What proves a report, for people who can't read the bucket: its signature, its place in the chain, the public key,
and what people said about its images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.jobs.model import Job
from backdrop.jobs.proof import series
from backdrop.jobs.proof.series import Ledger

APPROVALS_A_PAGE = 100
"""Some 100 KB of answer."""

_READS_AT_ONCE = 10
"""As many connections as botocore keeps."""


class ProofFile(NamedTuple):
    """A file as it lies in the bucket."""

    key: str
    data: bytes


def proof_page(
    ledger: Ledger, job: Job, read_chain: Callable[[], Mapping[str, Any] | None], after: int | None
) -> tuple[list[ProofFile], int | None]:
    """Return a page of the files that prove a job's report, and the approval's number to go on after (None: that was
    the last page). A file that is not in the bucket (any more) is left out: whoever checks sees the gap.

    Args:
        ledger: where they lie.
        job: with a report.
        read_chain: gives the report's `Chain`; asked for the first page alone.
        after: of the page before; None: the first page, which begins with what is not an approval.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    folder = keys.approvals_folder(job.prefixes.status)
    last = series.last_number(ledger, job.bucket, folder)
    start = after or 0
    end = min(start + APPROVALS_A_PAGE, last)
    wanted = [] if after is not None else list(_report_files(job, read_chain()))
    wanted += _with_signatures(keys.link_key(folder, number) for number in range(start + 1, end + 1))
    return _read_some(ledger, job.bucket, wanted), end if end < last else None


def _report_files(job: Job, chain: Mapping[str, Any] | None) -> Iterator[str]:
    if job.report_key is None or chain is None:
        return
    yield keys.signature_key(job.report_key)
    # By their numbers, never by an address that the file names: whoever could write to the file chose that.
    yield keys.public_key_key(job.prefixes.status, str(chain["Key"]["Fingerprint"]))
    yield from _with_signatures([keys.link_key(keys.chain_folder(job.prefixes.status), int(chain["Number"]))])


def _with_signatures(files: Iterable[str]) -> list[str]:
    return [one for key in files for one in (key, keys.signature_key(key))]


def _read_some(ledger: Ledger, bucket: str, wanted: Sequence[str]) -> list[ProofFile]:
    def read(key: str) -> ProofFile | None:
        try:
            return ProofFile(key, ledger.store.get(bucket, key, missing=ErrorCode.NOT_FOUND))
        except BackdropError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return None

    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        return [one for one in pool.map(read, wanted) if one is not None]
