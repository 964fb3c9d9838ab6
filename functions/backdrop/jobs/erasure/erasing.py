"""Erasure: what is kept of a job or of a person is found, removed with all its versions, and noted in the stack's chain
of reports, so that whoever checks the chain knows why a report is gone (docs/proof.md).

The note names jobs and hashes, and no person: it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, Protocol

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.jobs.model import Draft, Job

_BATCH = 1000
"""Versions removed at once: as many as one DeleteObjects takes."""

_MOST_NAMED = 20
"""Jobs and files named one by one in words; of more, how many."""


class Version(NamedTuple):
    """A version of an object, or the mark that it was deleted (of no bytes)."""

    key: str
    version_id: str
    size: int


class Stayed(NamedTuple):
    """A version that could not be removed, and S3's reason."""

    version: Version
    reason: str

    @property
    def key(self) -> str:
        """Key of the object."""
        return self.version.key


class Prefixes(NamedTuple):
    """The configured prefixes under which an owner's own files lie, beside those of jobs."""

    input: str
    output: str


class Rows(Protocol):
    """The tables. `aws.erasure.rows_and_files.ErasableRows` documents each method."""

    def job(self, job_id: str) -> Job | None: ...
    def draft(self, draft_id: str) -> Draft | None: ...
    def jobs_of(self, person: str) -> list[Job]: ...
    def drafts_of(self, person: str) -> list[Draft]: ...
    def owners_at(self, person: str) -> list[str]: ...
    def remove_images(self, partition: str) -> int: ...
    def remove_job(self, job_id: str) -> int: ...
    def remove_backdrops(self, owner: str) -> int: ...
    def remove_list(self, owner: str) -> int: ...
    def remove_settings(self, owner: str) -> int: ...


class Files(Protocol):
    """The bucket. `aws.erasure.rows_and_files.ErasableFiles` documents each method."""

    def versions(self, bucket: str, prefix: str) -> Iterator[Version]: ...
    def remove(self, bucket: str, versions: Sequence[Version]) -> list[Stayed]: ...


Note = Callable[[Mapping[str, Any]], None]
"""Adds a signed note to the stack's chain."""


@dataclass(frozen=True)
class Plan:
    """What an erasure removes: the jobs and drafts, and where their rows and files are.

    `owners`: hashes of the persons whose labels and backdrops go too; none where a single job goes.
    """

    jobs: tuple[Job, ...]
    drafts: tuple[Draft, ...]
    owners: tuple[str, ...] = ()
    prefixes: Prefixes | None = None

    def folders_by_id(self) -> dict[str, list[str]]:
        """What the keys of the files of each job, and of each draft that none was made of, begin with."""
        drafts = {draft.id: [f"{draft.prefixes.input}/"] for draft in self.drafts}
        return drafts | {job.id: [f"{prefix}/" for prefix in job.prefixes] for job in self.jobs}

    def folders(self) -> list[str]:
        """What the keys of all files that go begin with."""
        where = self.prefixes
        shared = [folder for owner in self.owners if where for folder in keys.owner_folders(*where, owner)]
        return [*(folder for folders in self.folders_by_id().values() for folder in folders), *shared]


@dataclass
class Erased:
    """What an erasure did: versions of objects, their bytes and rows that are gone; what stayed, and why; `left`: time
    ran out, and it is to be called again."""

    objects: int = 0
    bytes: int = 0
    rows: int = 0
    stayed: list[Stayed] = field(default_factory=list)
    left: bool = False


def plan_job(rows: Rows, job_id: str) -> Plan:
    """Find a job and its draft.

    Raises:
        BackdropError: `NOT_FOUND`; `INVALID_REQUEST` while it runs.
    """
    job, draft = rows.job(job_id), rows.draft(job_id)
    if job is None and draft is None:
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            f"There is no job {job_id} in the table of jobs.",
            "Check the id. Of a job that another system started there is no row: delete its files under the prefixes "
            "of its own input.",
        )
    return _checked(Plan((job,) if job else (), (draft,) if draft else ()))


def plan_person(rows: Rows, person: str, prefixes: Prefixes) -> Plan:
    """Find all that a person made: jobs, drafts, labels of photos, backdrops, saved settings; and who is mailed there.

    `person`: e-mail address (in any case) or Cognito `sub`, which is no address; `prefixes`: under which lies what is
    in no job.

    Raises:
        BackdropError: `NOT_FOUND`; `INVALID_REQUEST` while one of their jobs runs.
    """
    jobs, drafts = rows.jobs_of(person), rows.drafts_of(person)
    owners = {job.owner for job in jobs} | {draft.owner for draft in drafts}
    if "@" not in person:
        # Labels and backdrops outlive the rows of jobs and drafts; they lie under the hash of the `sub`.
        owners.add(person)
    hashes = {*map(keys.owner_hash, owners), *rows.owners_at(person)}
    if not hashes:
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            f"No job, draft or setting of {person} is kept.",
            "Check the address. What outlives them (labels of photos, backdrops of one's own) is found by the `sub` "
            "that the user pool gave the person: `aws cognito-idp admin-get-user`.",
        )
    return _checked(Plan(tuple(jobs), tuple(drafts), tuple(sorted(hashes)), prefixes))


def measure(plan: Plan, files: Files, bucket: str) -> tuple[int, int]:
    """Versions of objects that would go, and their bytes."""
    found = [one.size for folder in plan.folders() for one in files.versions(bucket, folder)]
    return len(found), sum(found)


def erase(
    plan: Plan,
    rows: Rows,
    files: Files,
    bucket: str,
    note: Note,
    forget_mail: Callable[[str], int],
    said: Mapping[str, Any],
    time_left: Callable[[], bool],
) -> Erased:
    """Remove what was planned, and note it before and after: a note that stands alone tells that it broke off.

    What of a job stays (a report under Object Lock) keeps its row, so that the job is found by another try.

    Args:
        plan: what goes.
        rows: the tables.
        files: the bucket.
        bucket: its name.
        note: adds to the chain.
        forget_mail: ends the mails of an owner, and returns how many rows that removed.
        said: who asked, and why.
        time_left: whether another batch may be begun.

    Raises:
        BackdropError: `STORAGE_ERROR`; what was removed by then stays so.
    """
    what = {
        **said,
        "Jobs": [job.id for job in plan.jobs],
        "Drafts": len(plan.drafts),
        "Owners": list(plan.owners),
    }
    note({**what, "Event": "Begun"})
    done = Erased()
    # First, while the person's jobs can be found by another try.
    for owner in plan.owners:
        done.rows += forget_mail(owner)
    for folder in plan.folders():
        _remove_folder(files, bucket, folder, done, time_left)
    if not done.left:
        kept = [one.key for one in done.stayed]
        for id_, folders in plan.folders_by_id().items():
            # What stays keeps its rows: by them another try finds it.
            if not any(key.startswith(tuple(folders)) for key in kept):
                done.rows += rows.remove_images(id_)
                done.rows += rows.remove_job(id_) if any(job.id == id_ for job in plan.jobs) else 0
        for owner in plan.owners:
            done.rows += rows.remove_backdrops(owner) + rows.remove_list(owner) + rows.remove_settings(owner)
    note(
        {
            **what,
            "Event": "Interrupted" if done.left else "Ended",
            "Objects": done.objects,
            "Bytes": done.bytes,
            "Rows": done.rows,
            "Stayed": len(done.stayed),
        }
    )
    return done


def _checked(plan: Plan) -> Plan:
    running = [job.id for job in plan.jobs if not job.status.final]
    if running:
        more = f" and {len(running) - _MOST_NAMED:,} more" if len(running) > _MOST_NAMED else ""
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            f"Still running: {', '.join(running[:_MOST_NAMED])}{more}.",
            "Cancel them, wait until they have ended, then erase.",
        )
    return plan


def _remove_folder(files: Files, bucket: str, folder: str, done: Erased, time_left: Callable[[], bool]) -> None:
    versions = files.versions(bucket, folder)
    while batch := list(islice(versions, _BATCH)):
        if not time_left():
            done.left = True
            return
        stayed = files.remove(bucket, batch)
        done.stayed += stayed
        done.objects += len(batch) - len(stayed)
        done.bytes += sum(one.size for one in batch) - sum(one.version.size for one in stayed)
