"""Erasure: all of a job or a person goes, nothing of anybody else's, and the note says what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.keys import JobPrefixes
from backdrop.core.vocabulary import JobStatus, Mode
from backdrop.jobs.erasure.erasing import Prefixes, Stayed, Version, erase, measure, plan_job, plan_person
from backdrop.jobs.model import Draft, Job, JobSettings

AT = "2026-11-21T04:00:00.000Z"
PREFIXES = Prefixes("in", "out")
ANN, BOB = "sub-of-ann", "sub-of-bob"
SETTINGS = JobSettings(prompt="a beach", negative_prompt="", mode=Mode.PRECISE, model_id="m", seed=1)


def prefixes(id_: str) -> JobPrefixes:
    return JobPrefixes(*(f"{name}/2026/11/21/040000-{id_}" for name in ("in", "out", "status")))


class Stack:
    """The tables and the bucket."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.drafts: dict[str, Draft] = {}
        self.images: dict[str, int] = {}
        self.files: list[Version] = []
        self.locked: set[str] = set()
        self.mailed: dict[str, str] = {}

    def add(self, id_: str, owner: str, status: JobStatus | None = JobStatus.SUCCEEDED) -> None:
        """A draft, and the job that was made of it if it has a status."""
        where, email = prefixes(id_), f"{owner.rpartition('-')[2].capitalize()}@example.com"
        self.drafts[id_] = Draft(id_, owner, email, AT, where)
        self.images[id_] = 3
        self.put(f"{where.input}/mug.jpg")
        if status:
            self.jobs[id_] = Job(id_, owner, email, AT, status, "b", where, f"{where.input}/m", 1, SETTINGS)
            self.put(f"{where.output}/mug.jpg", f"{where.output}/mug.jpg", f"{where.status}/report.json")

    def put(self, *keys_: str) -> None:
        for key in keys_:
            self.files.append(Version(key, f"v{len(self.files)}", 100))

    # Rows

    def job(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    def draft(self, draft_id: str) -> Draft | None:
        return self.drafts.get(draft_id)

    def jobs_of(self, person: str) -> list[Job]:
        return [job for job in self.jobs.values() if person in (job.owner, job.owner_email)]

    def drafts_of(self, person: str) -> list[Draft]:
        return [draft for draft in self.drafts.values() if person in (draft.owner, draft.owner_email)]

    def owners_at(self, person: str) -> list[str]:
        return [keys.owner_hash(sub) for sub, address in self.mailed.items() if address == person]

    def remove_images(self, partition: str) -> int:
        self.drafts.pop(partition, None)
        return self.images.pop(partition, 0)

    def remove_job(self, job_id: str) -> int:
        del self.jobs[job_id]
        return 1

    def remove_backdrops(self, owner: str) -> int:
        return self.images.pop(f"backdrops-{owner}", 0)

    def remove_list(self, owner: str) -> int:
        return self.images.pop(f"drafts-{owner}", 0)

    def remove_settings(self, owner: str) -> int:
        return self.images.pop(f"settings-{owner}", 0)

    # Files

    def versions(self, bucket: str, prefix: str) -> Iterator[Version]:
        assert bucket == "b"
        yield from [one for one in self.files if one.key.startswith(prefix)]

    def remove(self, bucket: str, versions: Sequence[Version]) -> list[Stayed]:
        assert bucket == "b"
        going = [one for one in versions if one.key not in self.locked]
        self.files = [one for one in self.files if one not in going]
        return [Stayed(one, "AccessDenied: locked") for one in versions if one.key in self.locked]

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.files]


@pytest.fixture
def stack() -> Stack:
    made = Stack()
    made.add("a1", ANN)
    made.add("a10", ANN, JobStatus.PARTLY_FAILED)
    made.add("a2", ANN, None)
    made.add("b1", BOB)
    for owner in (ANN, BOB):
        for folder in keys.owner_folders("in", "out", keys.owner_hash(owner)):
            made.put(f"{folder}x")
        made.images[f"backdrops-{keys.owner_hash(owner)}"] = 2
    made.put("status/chain/00000001.json")
    return made


def erased(stack: Stack, plan: Any, time_left: Any = lambda: True) -> tuple[Any, list[Mapping[str, Any]]]:
    notes: list[Mapping[str, Any]] = []
    done = erase(plan, stack, stack, "b", notes.append, lambda _: 0, {"By": "arn", "Reason": "asked"}, time_left)
    return done, notes


def test_a_job_goes_with_old_versions_and_nothing_else(stack: Stack) -> None:
    others = [key for key in stack.keys if "-a1/" not in key]

    done, notes = erased(stack, plan_job(stack, "a1"))

    assert stack.keys == others, "the job a10 is another"
    assert "a1" not in stack.jobs
    assert "a1" not in stack.drafts
    assert (done.objects, done.bytes, done.rows, done.stayed, done.left) == (4, 400, 4, [], False)
    assert [note["Event"] for note in notes] == ["Begun", "Ended"]
    assert notes[0]["Jobs"] == notes[1]["Jobs"] == ["a1"]
    assert (notes[1]["Objects"], notes[1]["Rows"], notes[1]["Stayed"]) == (4, 4, 0)


@pytest.mark.parametrize("who", ["Ann@example.com", ANN])
def test_a_person_goes_with_drafts_labels_and_backdrops(stack: Stack, who: str) -> None:
    plan = plan_person(stack, who, PREFIXES)
    count, size = measure(plan, stack, "b")

    done, notes = erased(stack, plan)

    assert (done.objects, done.bytes) == (count, size)
    assert set(stack.jobs) == set(stack.drafts) == {"b1"}
    assert set(stack.images) == {"b1", f"backdrops-{keys.owner_hash(BOB)}"}
    left = [key for key in stack.keys if not key.startswith("status/chain/")]
    assert all("-b1/" in key or keys.owner_hash(BOB) in key for key in left), left
    assert "status/chain/00000001.json" in stack.keys
    assert "ann" not in json.dumps(notes).lower(), "the note stays, and names no person"


@pytest.mark.parametrize("who", ["sub-of-cleo", "Cleo@example.com"])
def test_a_person_without_jobs_goes_too(stack: Stack, who: str) -> None:
    """Their drafts have expired: backdrops, labels and the setting of mails are left."""
    owner = keys.owner_hash("sub-of-cleo")
    stack.put(*(f"{folder}x" for folder in keys.owner_folders("in", "out", owner)))
    stack.images[f"backdrops-{owner}"] = 3
    stack.mailed = {"sub-of-cleo": "Cleo@example.com"}
    others = [key for key in stack.keys if owner not in key]

    plan = plan_person(stack, who, PREFIXES)

    assert (plan.jobs, plan.drafts, plan.owners) == ((), (), (owner,))
    done, _ = erased(stack, plan)
    assert (stack.keys, done.rows) == (others, 3)


def test_a_report_that_is_locked_stays_with_its_rows_and_is_told(stack: Stack) -> None:
    stack.locked = {f"{prefixes('a1').status}/report.json"}

    done, notes = erased(stack, plan_person(stack, ANN, PREFIXES))

    assert [one.key for one in done.stayed] == list(stack.locked)
    assert set(stack.jobs) == {"a1", "b1"}
    assert notes[-1]["Stayed"] == 1
    stack.locked = set()
    again, _ = erased(stack, plan_job(stack, "a1"))
    assert (again.objects, again.stayed) == (1, [])
    assert set(stack.jobs) == {"b1"}


def test_when_time_is_over_the_next_call_goes_on(stack: Stack) -> None:
    answers = iter([True, False, False, False, False, False, False, False, False, False])
    plan = plan_person(stack, ANN, PREFIXES)

    done, notes = erased(stack, plan, lambda: next(answers))

    assert done.left
    assert notes[-1]["Event"] == "Interrupted"
    assert set(stack.jobs) == {"a1", "a10", "b1"}, "what is not gone is found again"
    rest, _ = erased(stack, plan_person(stack, ANN, PREFIXES))
    assert not rest.left
    assert set(stack.jobs) == {"b1"}


def test_a_crash_in_between_leaves_a_note_and_what_is_left_can_be_erased(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[Mapping[str, Any]] = []

    def broken(bucket: str, versions: Sequence[Version]) -> list[Stayed]:
        raise BackdropError(ErrorCode.STORAGE_ERROR, "S3 does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(stack, "remove", broken)
        with pytest.raises(BackdropError):
            erase(plan_job(stack, "a1"), stack, stack, "b", notes.append, lambda _: 0, {}, lambda: True)

    assert [note["Event"] for note in notes] == ["Begun"]
    assert "a1" in stack.jobs
    assert erased(stack, plan_job(stack, "a1"))[0].objects == 4


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.SUBMITTED])
def test_what_runs_is_not_erased(stack: Stack, status: JobStatus) -> None:
    stack.add("a3", ANN, status)

    with pytest.raises(BackdropError, match="Still running: a3") as caught:
        plan_job(stack, "a3")
    assert "Cancel" in caught.value.next_step
    with pytest.raises(BackdropError, match="Still running: a3"):
        plan_person(stack, ANN, PREFIXES)


def test_nobody_and_nothing_are_told(stack: Stack) -> None:
    with pytest.raises(BackdropError, match="NOT_FOUND"):
        plan_person(stack, "carla@example.com", PREFIXES)
    with pytest.raises(BackdropError, match="NOT_FOUND"):
        plan_job(stack, "zz")
