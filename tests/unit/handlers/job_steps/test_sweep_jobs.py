"""The sweeper's effects: once each, whoever else is at work; a job that it fails for holds up no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from backdrop.aws.executions import CannotStart
from backdrop.aws.messages import FunctionFailed, Letter
from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.model import Job
from backdrop.jobs.sweeping import Execution
from tests.unit.handlers.job_steps.conftest import BusTwin, handler_module
from tests.unit.jobs.test_sweeping import SUBMITTED
from tests.unit.reports.conftest import INPAINT
from tests.unit.telemetry.embedded import taken

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ROW = {"status": "PartlyFailed", "finished_at": "2026-01-01T00:00:00Z", "succeeded": 1, "failed": 1}


EVENT = {"JobId": "told by CompileReport"}


class World:
    """All that the sweeper touches, in memory. `refuse`: what a start raises; `report`: what CompileReport answers or
    raises."""

    def __init__(self) -> None:
        self.rows: dict[str, Job] = {}
        self.runs: dict[str, Execution] = {}
        self.refuse: Exception | None = None
        self.report: dict[str, Any] | Exception = {
            "Row": ROW,
            "Subject": "s",
            "Message": "m",
            "Attributes": {},
            "Event": EVENT,
        }
        self.refuse_mail = False
        self.claimed: set[str] = set()
        self.calls: list[Mapping[str, Any]] = []
        self.mails: list[tuple[str, str]] = []
        self.attributes: list[Mapping[str, Any]] = []
        self.letters: list[Letter] = []
        self.moved: list[tuple[str, str]] = []
        self.ended: dict[str, tuple[int, int] | Exception] = {}
        self.since: dict[str, tuple[int, str]] = {}

    def counted(self, id_: str) -> tuple[int, int] | None:
        found = self.ended.get(id_)
        if isinstance(found, Exception):
            raise found
        return found

    def note_progress(self, id_: str, ended: int, at: str) -> str:
        if self.since.get(id_, (None, ""))[0] != ended:
            self.since[id_] = (ended, at)
        return self.since[id_][1]

    def add(self, id_: str, status: JobStatus, run: str | None = None, **changes: Any) -> None:
        recently = clock.iso(clock.now() - timedelta(hours=1))
        self.rows[id_] = replace(SUBMITTED, id=id_, status=status, created_at=recently, **changes)
        if run:
            self.runs[id_] = Execution(f"arn:{id_}", run, LONG_AGO, LONG_AGO, None, None, redrivable=True, redrives=0)

    def open_jobs(self) -> list[str]:
        return [id_ for id_, job in self.rows.items() if not job.status.final]

    def get(self, id_: str) -> Job | None:
        if id_ == "poison":
            raise KeyError("Status")
        return self.rows.get(id_)

    def describe(self, id_: str) -> Execution | None:
        return self.runs.get(id_)

    def start(self, id_: str, _input: Mapping[str, Any]) -> bool:
        if self.refuse:
            raise self.refuse
        self.runs[id_] = Execution(f"arn:{id_}", "RUNNING", LONG_AGO, None, None, None, redrivable=False, redrives=0)
        return True

    def redrive(self, id_: str) -> bool:
        before = self.runs[id_]
        self.runs[id_] = replace(before, status="RUNNING", redrives=before.redrives + 1)
        return True

    def reopen(self, id_: str) -> bool:
        job = self.rows.get(id_)
        if job is None or job.error != "JobNotStarted":
            return False
        self.rows[id_] = replace(job, status=JobStatus.SUBMITTED, error=None)
        return True

    def fail_start(self, id_: str, *, cause: str, finished_at: str) -> bool:
        self.rows[id_] = replace(self.rows[id_], status=JobStatus.FAILED, error="JobNotStarted", cause=cause)
        return True

    def fail_run(self, id_: str, *, error: str, cause: str, finished_at: str) -> bool:
        if self.rows[id_].status.final:
            return False
        self.rows[id_] = replace(self.rows[id_], status=JobStatus.FAILED, error=error, cause=cause)
        return True

    def call(self, payload: Mapping[str, Any]) -> Any:
        self.calls.append(payload)
        if isinstance(self.report, Exception):
            raise self.report
        return self.report

    def claim_closing(self, id_: str, *, now: str, until: str) -> bool:
        assert now < until
        if self.rows[id_].status.final or id_ in self.claimed:
            return False
        self.claimed.add(id_)
        return True

    def release_closing(self, id_: str) -> bool:
        self.claimed.remove(id_)
        return True

    def finish(self, id_: str, *, status: JobStatus, still_open: bool, **_: Any) -> bool:
        assert still_open
        self.rows[id_] = replace(self.rows[id_], status=status)
        return True

    def publish(self, subject: str, message: str, attributes: Mapping[str, Any]) -> None:
        self.attributes.append(attributes)
        if self.refuse_mail:
            raise BackdropError(ErrorCode.INTERNAL, "Could not publish the mail: denied.")
        self.mails.append((subject, message))

    def put(self, body: Mapping[str, Any]) -> None:
        self.letters.append(Letter(f"r{len(self.letters)}", body))

    def take(self, _seconds: int) -> list[Letter]:
        return list(self.letters)

    def remove(self, letter: Letter) -> None:
        self.moved.append(("removed", letter.receipt))

    def leave(self, letter: Letter) -> None:
        self.moved.append(("left", letter.receipt))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sweep_jobs(monkeypatch: pytest.MonkeyPatch, world: World, event_bus: BusTwin) -> ModuleType:
    module = handler_module(
        monkeypatch,
        "sweep_jobs",
        STATE_MACHINE_ARN="arn:machine",
        JOBS_TABLE="jobs",
        IMAGES_TABLE="images",
        DEFAULT_MODEL_ID=INPAINT,
        DEAD_LETTER_QUEUE_URL="https://queue",
        COMPILE_REPORT_FUNCTION="report",
        TOPIC_ARN="arn:topic",
        WEB_APP_URL="https://shop.example",
        IMAGE_GENERATOR="trained-model",
        KEEP_PAYLOADS="false",
        ANSWER_DAYS="30",
        SPENDING_TABLE="spending",
        MAX_USD_PER_JOB="0",
        MAX_USD_PER_USER_AND_DAY="0",
        MAX_USD_PER_MONTH="0",
        CONTENT_CREDENTIALS="false",
    )
    for name in ("executions", "jobs", "images", "dead_letters", "compile_report", "topic"):
        monkeypatch.setattr(module, name, world)
    return module


def measured(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    out = capsys.readouterr().out
    return {name: value for (name, dimensions), value in taken(out).items() if not dimensions}


def test_a_sweep_tells_which_job_makes_no_progress(
    sweep_jobs: ModuleType, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now()
    for name in ("queued", "goes-on", "hangs"):
        world.add(name, JobStatus.RUNNING, "RUNNING")
    world.ended = {"goes-on": (1, 0), "hangs": (2, 1)}
    sweep_jobs.handler({}, None)
    first = measured(capsys)
    assert (first["OpenJobs"], first["MinutesWithoutProgress"]) == (3, 0)
    world.ended["goes-on"] = (1, 1)
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=61))
    sweep_jobs.handler({}, None)
    out = capsys.readouterr().out
    assert '"MinutesWithoutProgress":61' in out
    assert '"job":"hangs"' in out

    sweep_jobs.handler(ended("hangs"), None)
    assert set(measured(capsys)) == {"UnexpectedErrors"}, "an event is about one job, and no sweep"
    world.ended["hangs"] = BackdropError(ErrorCode.STORAGE_ERROR, "Denied.")
    sweep_jobs.handler({}, None)
    assert "OpenJobs" not in measured(capsys), "what is not known is not told"
    world.rows = {}
    sweep_jobs.handler({}, None)
    none = measured(capsys)
    assert (none["OpenJobs"], none["MinutesWithoutProgress"]) == (0, 0)


@pytest.mark.parametrize(("today", "days"), [("2026-09-01", 29), ("2026-11-28", 0)])
def test_a_sweep_tells_how_long_the_stacks_models_are_served(
    sweep_jobs: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, today: str, days: int
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(f"{today}T12:00:00+00:00"))
    sweep_jobs.handler({}, None)
    assert "ModelDaysLeft" not in measured(capsys), "of those that can be chosen none has a day"
    retired = sweep_jobs._environment._replace(default_model_id="amazon.nova-canvas-v1:0")
    monkeypatch.setattr(sweep_jobs, "_environment", retired)
    sweep_jobs.handler({}, None)
    assert measured(capsys)["ModelDaysLeft"] == days


def ended(job_id: str) -> dict[str, Any]:
    return {"detail-type": "Step Functions Execution Status Change", "detail": {"name": job_id, "status": "ABORTED"}}


def test_a_sweep_looks_after_all_open_jobs_and_a_second_one_finds_nothing_to_do(
    sweep_jobs: ModuleType, world: World
) -> None:
    world.add("waits", JobStatus.SUBMITTED)
    world.add("goes-on", JobStatus.RUNNING, "RUNNING")
    world.add("broke", JobStatus.RUNNING, "FAILED")
    world.add("done", JobStatus.SUCCEEDED, "SUCCEEDED")
    answer = sweep_jobs.handler({"detail-type": "Scheduled Event", "detail": {}}, None)
    assert answer == {"Started": ["waits"], "Redriven": ["broke"], "Closed": [], "GivenUp": [], "Failed": []}
    assert not any(sweep_jobs.handler({}, None).values())


def test_a_stopped_run_is_closed_by_the_event_with_the_report_of_its_job(sweep_jobs: ModuleType, world: World) -> None:
    world.add("other", JobStatus.SUBMITTED)
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    assert sweep_jobs.handler(ended("stopped"), None)["Closed"] == ["stopped"]
    (call,) = world.calls
    assert (call["Closing"], call["ExecutionArn"], call["StartedAt"]) == (True, "arn:stopped", clock.iso(LONG_AGO))
    assert (call["Run"]["Job"]["Id"], call["Run"]["ManifestKey"]) == ("stopped", "in/d/manifest.jsonl")
    assert call["Run"]["MapError"]["Cause"].startswith("RUN_STOPPED: ")
    assert world.mails == [("s", "m")]
    assert "other" not in world.runs, "an event is about one job"


def test_who_is_not_first_mails_nothing(sweep_jobs: ModuleType, world: World) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    world.claimed.add("stopped")
    assert sweep_jobs.handler(ended("stopped"), None)["Closed"] == []
    assert (world.calls, world.mails, world.rows["stopped"].status) == ([], [], JobStatus.RUNNING)


def test_nobody_mails_a_trial(sweep_jobs: ModuleType, world: World) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED", trial=True)
    assert sweep_jobs.handler(ended("stopped"), None)["Closed"] == ["stopped"]
    assert (world.mails, world.rows["stopped"].status) == ([], JobStatus.PARTLY_FAILED)


def test_a_report_that_was_written_before_its_function_died_is_mailed_by_the_next_sweep(
    sweep_jobs: ModuleType, world: World
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    report, world.report = world.report, FunctionFailed("Runtime.ExitError", "killed")
    with pytest.raises(sweep_jobs.SweepIncomplete, match="stopped"):
        sweep_jobs.handler(ended("stopped"), None)
    world.report = report
    assert sweep_jobs.handler({}, None)["Closed"] == ["stopped"]
    assert (world.mails, world.claimed) == ([("s", "m")], set())


def test_a_mail_that_can_not_be_sent_keeps_no_job_open_and_is_sent_by_hand(
    sweep_jobs: ModuleType, world: World
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    world.refuse_mail = True
    assert sweep_jobs.handler(ended("stopped"), None)["Closed"] == ["stopped"]
    assert world.rows["stopped"].status is JobStatus.PARTLY_FAILED
    assert [one.body["JobId"] for one in world.letters] == ["stopped"]

    answer = sweep_jobs.handler({"Retry": True}, None)
    assert (answer["DeadLetters"], world.moved) == ({"Retried": 0, "Left": 1}, [("left", "r0")])
    assert [one["Cause"] for one in answer["Failed"]] == ["Could not publish the mail: denied."]

    world.refuse_mail = False
    answer = sweep_jobs.handler({"Retry": True}, None)
    assert (answer["DeadLetters"], world.mails) == ({"Retried": 1, "Left": 0}, [("s", "m")])
    assert world.moved[-1] == ("removed", "r0")


def test_a_mail_that_can_not_be_sent_holds_up_no_start_of_its_job(sweep_jobs: ModuleType, world: World) -> None:
    world.add("lost", JobStatus.FAILED, error="JobNotStarted")
    world.put({"JobId": "lost", "Mail": {"Subject": "s", "Message": "m"}})
    world.put({"JobId": "lost"})
    world.refuse_mail = True
    answer = sweep_jobs.handler({"Retry": True}, None)
    assert (answer["Started"], answer["DeadLetters"]) == (["lost"], {"Retried": 1, "Left": 1})
    assert world.moved == [("removed", "r1"), ("left", "r0")]


def test_a_run_of_another_systems_is_its_own_affair(sweep_jobs: ModuleType, world: World) -> None:
    world.runs["sample-1"] = Execution("arn:x", "FAILED", LONG_AGO, LONG_AGO, None, None, redrivable=True, redrives=0)
    assert not any(sweep_jobs.handler(ended("sample-1"), None).values())


def test_a_job_whose_report_can_not_be_made_is_closed_all_the_same_and_says_so(
    sweep_jobs: ModuleType, world: World
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    world.report = FunctionFailed("BackdropError", "STORAGE_ERROR: There is no manifest.")
    assert sweep_jobs.handler({}, None)["Closed"] == ["stopped"]
    assert world.rows["stopped"].status is JobStatus.FAILED
    ((subject, text),) = world.mails
    assert (len(subject) < 100, "no report" in text, "There is no manifest." in text) == (True, True, True)


@pytest.mark.parametrize("why", [FunctionFailed("StorageUnavailable", "busy"), FunctionFailed("Sandbox.Timedout", "")])
def test_what_may_pass_is_tried_again_and_holds_up_no_other(
    sweep_jobs: ModuleType, world: World, why: Exception
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    world.add("waits", JobStatus.SUBMITTED)
    world.report = why
    with pytest.raises(sweep_jobs.SweepIncomplete, match="stopped"):
        sweep_jobs.handler({}, None)
    assert (world.rows["stopped"].status, world.mails) == (JobStatus.RUNNING, [])
    assert world.runs["waits"].running


def test_the_queue_is_tried_again_and_what_fails_stays_there_once(sweep_jobs: ModuleType, world: World) -> None:
    world.add("lost", JobStatus.FAILED, error="JobNotStarted")
    world.add("cancelled", JobStatus.CANCELLED)
    bodies: list[dict[str, Any]] = [
        {"JobId": "lost"},
        {"JobId": "cancelled"},
        {"JobId": "poison"},
        {"requestPayload": ended("lost")},
        {"DDBStreamBatchInfo": {}},
    ]
    for body in bodies:
        world.put(body)
    answer = sweep_jobs.handler({"Retry": True}, None)
    assert (answer["Started"], [one["JobId"] for one in answer["Failed"]]) == (["lost"], ["poison"])
    assert answer["DeadLetters"] == {"Retried": 4, "Left": 1}
    assert world.moved == [("removed", "r0"), ("removed", "r1"), ("left", "r2"), ("removed", "r3"), ("removed", "r4")]


@pytest.mark.parametrize(("lasting", "then"), [(True, "removed"), (False, "left")])
def test_a_start_that_fails_again_leaves_one_letter(
    sweep_jobs: ModuleType, world: World, lasting: bool, then: str
) -> None:
    world.add("lost", JobStatus.FAILED, error="JobNotStarted")
    world.put({"JobId": "lost"})
    world.refuse = CannotStart("no", lasting=lasting)
    answer = sweep_jobs.handler({"Retry": True}, None)
    assert (answer["Started"], answer["DeadLetters"]) == ([], {"Retried": 0, "Left": 1})
    assert [one["JobId"] for one in answer["Failed"]] == ["lost"], "once"
    assert world.moved == [(then, "r0")]
    assert len(world.letters) == (2 if lasting else 1), "a new one in its place"
    assert world.rows["lost"].status is (JobStatus.FAILED if lasting else JobStatus.SUBMITTED)


def test_a_command_is_told_what_could_not_be_done(sweep_jobs: ModuleType, world: World) -> None:
    world.add("waits", JobStatus.SUBMITTED)
    world.refuse = BackdropError(ErrorCode.INTERNAL, "Could not do it.")
    assert sweep_jobs.handler({"Retry": True}, None)["Failed"] == [{"JobId": "waits", "Cause": "Could not do it."}]


@pytest.mark.parametrize("trial", [True, False])
def test_a_closed_job_is_announced_once_a_trial_too(
    sweep_jobs: ModuleType, world: World, event_bus: BusTwin, trial: bool
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED", trial=trial)
    sweep_jobs.handler(ended("stopped"), None)
    sweep_jobs.handler({}, None)
    assert event_bus.events == [EVENT]


def test_an_event_that_is_not_taken_keeps_no_job_open_and_is_put_by_hand(
    sweep_jobs: ModuleType, world: World, event_bus: BusTwin
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    event_bus.refuse = True
    assert sweep_jobs.handler(ended("stopped"), None)["Closed"] == ["stopped"]
    assert world.mails == [("s", "m")]
    assert [(one.body["JobId"], one.body["Event"]) for one in world.letters] == [("stopped", EVENT)]
    assert sweep_jobs.handler({"Retry": True}, None)["DeadLetters"] == {"Retried": 0, "Left": 1}

    event_bus.refuse = False
    assert sweep_jobs.handler({"Retry": True}, None)["DeadLetters"] == {"Retried": 1, "Left": 0}
    assert (event_bus.events, world.moved[-1]) == ([EVENT], ("removed", "r0"))


def test_the_end_of_a_job_without_a_report_is_heard_as_it_is_mailed(
    sweep_jobs: ModuleType, world: World, event_bus: BusTwin
) -> None:
    world.add("stopped", JobStatus.RUNNING, "ABORTED")
    world.report = FunctionFailed("BackdropError", "STORAGE_ERROR: There is no manifest.")
    sweep_jobs.handler({}, None)
    (event,) = event_bus.events
    assert (event["JobId"], event["Status"], event["Totals"]) == ("stopped", "Failed", None)
    assert event["RequestedBy"] == world.rows["stopped"].owner_email
    assert world.attributes[0]["Status"]["StringValue"] == "Failed"


def test_a_job_that_is_given_up_has_ended(sweep_jobs: ModuleType, world: World, event_bus: BusTwin) -> None:
    world.add("waits", JobStatus.SUBMITTED)
    world.refuse = CannotStart("no", lasting=True)
    with pytest.raises(sweep_jobs.SweepIncomplete):
        sweep_jobs.handler({}, None)
    assert [(one["JobId"], one["Error"]["Error"]) for one in event_bus.events] == [("waits", "JobNotStarted")]
