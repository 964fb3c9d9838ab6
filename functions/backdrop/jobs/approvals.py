"""Verdicts: what a person thinks of a finished image."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User
from backdrop.core.verdicts import UNSAID, Why, check_why
from backdrop.core.vocabulary import Verdict
from backdrop.core.words.marks import phrase
from backdrop.jobs import queries
from backdrop.jobs.model import Job, PhotoRow
from backdrop.jobs.ports import DraftStore, JobStore
from backdrop.jobs.proof import series
from backdrop.jobs.proof.series import Ledger, Place

ADDENDUM_SCHEMA = "backdrop-approval"
ADDENDUM_VERSION = "1.2"
"""1.1: the newest number of a job is noted in the table of heads as well. 1.2: why an image was rejected."""


@dataclass(frozen=True)
class Addenda:
    """Where verdicts are written down for good, signed: the row that has them expires. `bucket`: the stack's own."""

    ledger: Ledger
    _published: set[str] = field(default_factory=set)
    """Fingerprints of keys that lie beside what they sign."""

    def add(self, job: Job, image: PhotoRow, user: User, verdict: Verdict | None, at: str, why: Why = UNSAID) -> None:
        """Write down who said what about which file, as the next of the job's addenda.

        Raises:
            BackdropError: `STORAGE_ERROR`.
        """
        output = image.outcome

        def words(_place: Place) -> dict[str, Any]:
            return {
                "Schema": ADDENDUM_SCHEMA,
                "SchemaVersion": ADDENDUM_VERSION,
                "JobId": job.id,
                "ImageId": image.image_id,
                "Output": {"Key": output.output_key, "Sha256": output.output_sha256},
                "Verdict": verdict.value if verdict else None,
                "Reason": why.reason.value if why.reason else None,
                "Words": why.words or None,
                "By": {"User": user.sub, "Email": user.email},
                "At": at,
            }

        fingerprint = self.ledger.signer.key().fingerprint
        if fingerprint not in self._published:
            # Once a process: whoever reviews decides five a second.
            series.publish_key(self.ledger, job.bucket, job.prefixes.status)
            self._published.add(fingerprint)
        series.add(self.ledger, job.bucket, keys.approvals_folder(job.prefixes.status), words)


def judge(
    store: DraftStore,
    jobs: JobStore,
    addenda: Addenda,
    user: User,
    job_id: str,
    image_id: str,
    verdict: Verdict | None,
    now: datetime,
    why: Why = UNSAID,
) -> tuple[Job, PhotoRow]:
    """Note the verdict on an image of a job that the user may judge, and write it down for good; None takes an earlier
    one back.

    Where it could not be written down, the caller is told, and says it once more.

    Returns:
        The job, and the image as it is now.

    Raises:
        BackdropError: `NOT_FOUND`, `NOT_SHARED`, `ROLE_FORBIDS`, `IMAGE_NOT_FINISHED`, `INVALID_REQUEST`,
            `STORAGE_ERROR`.
    """
    why = check_why(verdict, *why)
    job = queries.find_job(jobs, user, job_id, Action.JUDGE)
    image = queries.find_image(store, job, image_id)
    at = clock.iso(now)
    if not store.save_verdict(job.id, image_id, verdict, at, why):
        raise BackdropError(ErrorCode.IMAGE_NOT_FINISHED, phrase("There is no finished image to judge."))
    addenda.add(job, image, user, verdict, at, why)
    return job, replace(image, verdict=verdict, verdict_at=at if verdict else None, why=why)
