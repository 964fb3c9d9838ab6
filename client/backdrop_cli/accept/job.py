"""A job of three photos of which one is broken, from its submission to its report; and what its run tells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backdrop.api.schemas.jobs import Job
from backdrop.core.request import JobRequest
from backdrop_cli.accept.check import Check
from backdrop_cli.accept.letters import listen, take_all_out
from backdrop_cli.accept.price import MOST_USD, PHOTOS
from backdrop_cli.accept.trial import MOST_SECONDS, Trial
from backdrop_cli.accept.uploads import api_of, inspected, other, photos_of, send
from backdrop_cli.doctor.findings import Fault, NotTried

_STREAM = "https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html"
_MAP = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"
_BEDROCK = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html"
_PROFILES = "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-use.html"
_HISTORY = "https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html"

_START_SECONDS = 120.0
_LARGEST_RESULT = 4_096
"""Bytes of a call's result without its body; a picture has a hundred times as many."""

_ACCEPTED = JobRequest(prompt="on a marble counter", seed=1, max_usd=MOST_USD, private=True, name="backdrop accept")


@dataclass(frozen=True)
class Ended:
    """A job that has ended. `report`: its JSON; `children`: the events of each photo's run."""

    job: Job
    report: Mapping[str, Any]
    children: Sequence[Sequence[Mapping[str, Any]]]


def _submitted(trial: Trial) -> str:
    """Submit the trial's photos, one of them spoiled since it was looked at; return the job's id."""

    def submit() -> str:
        photos = photos_of(trial)
        inspected(trial)
        listen(trial)
        good = other(Path(__file__).parent / "photo.jpg")
        # As long as before: the upload's policy may bound it.
        send(trial, photos.targets["broken.jpg"], good[: len(good) // 2] + bytes(len(good) - len(good) // 2))
        # What could not be sent, if anything: a mail, an event.
        trial.made.add("its dead letters", lambda: take_all_out(trial, photos.draft_id))
        trial.made.add("its run, if it still runs", lambda: _let_end(trial, photos.draft_id))
        return api_of(trial).submit(photos.draft_id, _ACCEPTED).job_id

    return trial.once("a job", submit)


def _let_end(trial: Trial, job_id: str) -> None:
    """Cancel a job that still runs, and wait until it has ended: only then it can be erased."""
    if not api_of(trial).job(job_id).status.final:
        api_of(trial).cancel_job(job_id)
        trial.wait(lambda: api_of(trial).job(job_id).status.final or None, _START_SECONDS)


def _execution_arn(trial: Trial, job_id: str) -> str:
    return f"{trial.patient.output('StateMachineArn').replace(':stateMachine:', ':execution:')}:{job_id}"


def check_stream(trial: Trial) -> str:
    """A submitted job's row starts a run of the workflow, by its id."""
    job_id = _submitted(trial)

    def started() -> str | None:
        runs = trial.call(
            "stepfunctions", "list_executions", stateMachineArn=trial.patient.output("StateMachineArn"), maxResults=100
        )
        return next((one["executionArn"] for one in runs["executions"] if one["name"] == job_id), None)

    if not trial.wait(started, _START_SECONDS):
        raise Fault(
            f"Job {job_id} was submitted, and no run began in {_START_SECONDS:.0f} s.",
            "See the stream's event source mapping and the logs of StartJobFunction; docs/runbooks/dead-letters.md.",
        )
    return "The table's stream started a run of the workflow, named by the job."


def ended(trial: Trial) -> Ended:
    """The job once it has ended, with its report and what its children's histories tell."""

    def look() -> Ended:
        job_id = _submitted(trial)
        found: list[Job] = []

        def over() -> bool | None:
            found[:] = [api_of(trial).job(job_id)]
            return found[0].status.final or None

        if not trial.wait(over, MOST_SECONDS):
            raise Fault(f"Job {job_id} has not ended in {MOST_SECONDS:.0f} s.", "See docs/runbooks/no-progress.md.")
        if not (urls := found[0].report_urls):
            why = found[0].error.message if found[0].error else "it has no report"
            raise Fault(f"The job ended as {found[0].status}: {why}", "See docs/runbooks/jobs-failed.md.")
        report = trial.storage.get(urls.json_).raise_for_status().json()
        return Ended(found[0], report, _histories(trial, _execution_arn(trial, job_id)))

    return trial.once("a job that ended", look)


def _histories(trial: Trial, execution_arn: str) -> list[Sequence[Mapping[str, Any]]]:
    maps = trial.listed("stepfunctions", "list_map_runs", "mapRuns", executionArn=execution_arn)
    children = [
        one["executionArn"]
        for each in maps
        for one in trial.listed("stepfunctions", "list_executions", "executions", mapRunArn=each["mapRunArn"])
    ]
    return [trial.listed("stepfunctions", "get_execution_history", "events", executionArn=one) for one in children]


def check_job(trial: Trial) -> str:
    """Two photos succeed, the broken one fails alone, and the report says so."""
    told = ended(trial)
    totals = {name: told.report["Totals"][name] for name in ("Images", "Succeeded", "Failed")}
    if totals != {"Images": PHOTOS, "Succeeded": PHOTOS - 1, "Failed": 1}:
        whys = [f"{one['ImageName']}: {one['Error']['Code']}" for one in told.report["Images"] if one.get("Error")]
        raise Fault(f"Of three photos with one broken the report says {totals}. {'; '.join(whys)}", _see(told))
    failed = next(one for one in told.report["Images"] if one["Status"] == "Failed")
    if failed["ImageName"] != "broken.jpg" or not failed["Error"]["Code"].startswith("PHOTO_"):
        raise Fault(f"{failed['ImageName']} failed: {failed['Error']['Code']}.", _see(told))
    code, usd = failed["Error"]["Code"], told.job.cost_usd or 0
    return f"2 of 3 succeeded, {failed['ImageName']} failed as {code}; {usd:.2f} USD."


def _see(told: Ended) -> str:
    return f"`backdrop explain {told.job.job_id}` and docs/runbooks/jobs-failed.md."


def check_profile_as_model(trial: Trial) -> str:
    """Step Functions calls a model by its inference profile's id."""
    told = ended(trial)
    done = [one for one in told.report["Images"] if one["Status"] == "Succeeded"]
    ids = {each["ModelId"] for one in done for each in one.get("Passes", [])}
    profiles = sorted(id_ for id_ in ids if id_.startswith("us."))
    if not profiles:
        raise NotTried(f"No image was made by an inference profile, but by {', '.join(sorted(ids)) or 'nothing'}.")
    return f"The integration took {', '.join(profiles)} as ModelId."


def check_result(trial: Trial) -> str:
    """The picture goes to S3 and not into the state, where `Output` says so."""
    results = [
        one["taskSucceededEventDetails"].get("output", "")
        for events in ended(trial).children
        for one in events
        if "bedrock" in str(one.get("taskSucceededEventDetails", {}).get("resourceType", ""))
        or "bedrock" in str(one.get("taskSucceededEventDetails", {}).get("resource", ""))
    ]
    if not results:
        raise NotTried("No call of a model was made by the integration: its events are not there.")
    longest = max(results, key=len)
    if len(longest) > _LARGEST_RESULT:
        words = f"A call's result has {len(longest):,} bytes: the picture goes into the state although Output is set."
        raise Fault(words, "Look at the event in the run's history; the state holds 256 KiB.")
    return f"{len(results)} calls' results have {len(longest)} bytes at most: {_shape(longest)}."


def _shape(text: str) -> str:
    """The fields of a JSON object, in words."""
    try:
        value = json.loads(text)
    except ValueError:
        return "no JSON"
    return ", ".join(sorted(value)) if isinstance(value, dict) else type(value).__name__


def check_failed_child(trial: Trial) -> str:
    """A function's own error reaches the workflow by its name."""
    names = {
        one["lambdaFunctionFailedEventDetails"]["error"] if "lambdaFunctionFailedEventDetails" in one else
        one["taskFailedEventDetails"]["error"]
        for events in ended(trial).children
        for one in events
        if "lambdaFunctionFailedEventDetails" in one or "taskFailedEventDetails" in one
    }  # fmt: skip
    if not names:
        raise NotTried("No event tells of the broken photo: its run's history is not there.")
    if not any(name.startswith("Photo") for name in names):
        raise Fault(
            f"The broken photo's error is called {', '.join(sorted(names))}.", "See functions/backdrop/core/errors.py."
        )
    return f"The broken photo's error came as {', '.join(sorted(names))}."


CHECKS = (
    Check("stream", "an INSERT in the table's stream starts a run, named by the job", _STREAM, check_stream),
    Check(
        "job of three",
        "the Distributed Map finishes two photos and fails the broken one alone; the report reconciles",
        _MAP,
        check_job,
        "two images",
    ),
    Check(
        "model by profile",
        "an inference profile's id is taken as `ModelId` by `bedrock:invokeModel`",
        _PROFILES,
        check_profile_as_model,
    ),
    Check("result", "the result of `bedrock:invokeModel` with `Output` is small", _BEDROCK, check_result),
    Check("error's name", "an exception's class is the error that the workflow sees", _HISTORY, check_failed_child),
)
