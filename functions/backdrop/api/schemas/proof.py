"""What proves a job's report, as the REST API gives it out."""

from __future__ import annotations

from backdrop.api.schemas.wire import answer


@answer
class ProofFile:
    """A file of the bucket, as it lies there.

    `key`: where. `data`: its bytes, in base64.
    """

    key: str
    data: str


@answer
class Proof:
    """A page of the files that prove a job's report (docs/proof.md).

    `reportKey`: of the report that they are about. `after`: there when there are more files; give it with the next
    call.
    """

    job_id: str
    report_key: str
    files: list[ProofFile]
    after: int | None = None
