"""What proves a job's report."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from backdrop.api.schemas import proof as schemas
from backdrop.api.views.stories import key_of_report, read_report
from backdrop.jobs.model import Job
from backdrop.jobs.ports import ObjectStore
from backdrop.jobs.proof.series import Ledger
from backdrop.jobs.proof.showing import proof_page
from backdrop.reports import story


def proof_view(objects: ObjectStore, ledger: Ledger, job: Job, after: int | None) -> schemas.Proof:
    """Return a page of the files that prove a job's report.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: it has no report; `STORAGE_ERROR`.
    """
    report_key = key_of_report(job)

    def read_chain() -> Mapping[str, Any] | None:
        chain: Mapping[str, Any] | None = story.read_record(read_report(objects, job), None).head.get("Chain")
        return chain

    files, more = proof_page(ledger, job, read_chain, after)
    shown = [schemas.ProofFile(key=one.key, data=base64.b64encode(one.data).decode()) for one in files]
    return schemas.Proof(job_id=job.id, report_key=report_key, files=shown, after=more)
