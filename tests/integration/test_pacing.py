"""Two jobs at once share one schedule: together they never go faster than the model's quota."""

from __future__ import annotations

import io
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from backdrop.jobs.scheduling.calls_to_come import CallsToCome
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop_cli.cost.command import read_stack
from backdrop_cli.cost.ways import Step, Way, states_of_a_job, states_of_a_photo
from localcloud.cloud import LocalCloud
from localcloud.settings import REPOSITORY
from tests.bench.quick_cloud import quick_cloud

pytestmark = pytest.mark.integration

REQUESTS_PER_MINUTE = 60
IMAGES_PER_JOB = 5
PASSES = ("us.stability.stable-image-remove-background-v1:0", "us.stability.stable-image-inpaint-v1:0")


@pytest.fixture(scope="module")
def paced_cloud() -> Iterator[LocalCloud]:
    """The stack with a quota to keep, and models that answer at once."""
    with quick_cloud(ModelRequestsPerMinute=REQUESTS_PER_MINUTE) as quick:
        yield quick.cloud


def test_two_jobs_at_once_keep_the_quota_and_use_it(paced_cloud: LocalCloud) -> None:
    photo = io.BytesIO()
    source = Image.open(Path(REPOSITORY) / "samples" / "photos" / "soap_box_grey_sweep.jpg")
    source.resize((200, 200)).save(photo, "JPEG")
    states, outputs = paced_cloud.client("stepfunctions"), paced_cloud.outputs
    names = [f"{number}.jpg" for number in range(IMAGES_PER_JOB)]
    running = []
    for job_id in ("pace-a", "pace-b"):
        for name in names:
            paced_cloud.client("s3").put_object(
                Bucket=outputs.bucket, Key=f"image-files/{job_id}/{name}", Body=photo.getvalue()
            )
        job = {
            "Id": job_id,
            "S3Bucket": outputs.bucket,
            "InputS3Prefix": f"image-files/{job_id}",
            "OutputS3Prefix": f"generated-image-files/{job_id}",
            "StatusS3Prefix": f"status-report-files/{job_id}",
            "Prompt": "plain grey studio",
            "Mode": "PRECISE",
            # All photos are the same one: each is to be asked about.
            "Options": {"ReuseAnswers": False},
            "Images": [{"ImageName": name, "Labels": ""} for name in names],
        }
        answer = states.start_execution(stateMachineArn=outputs.state_machine_arn, name=job_id, input=json.dumps(job))
        running.append(answer["executionArn"])
    until = time.monotonic() + 180
    while any(states.describe_execution(executionArn=arn)["status"] == "RUNNING" for arn in running):
        assert time.monotonic() < until
        time.sleep(0.5)
    assert [states.describe_execution(executionArn=arn)["status"] for arn in running] == ["SUCCEEDED"] * 2

    log = httpx.get(f"{outputs.endpoint}/_backdrop/invocations").json()
    assert set(log["models"]) == set(PASSES)
    slots = _slots(paced_cloud, running)
    interval = 60 / REQUESTS_PER_MINUTE
    for model_id, counts in log["models"].items():
        assert counts["calls"] == 2 * IMAGES_PER_JOB
        given = sorted(slots[model_id])
        assert len(given) == counts["calls"], "each call had a slot of its own"
        # A minute that is not full may be filled at twice the pace, and is not overfilled.
        assert min(later - earlier for earlier, later in pairwise(given)) >= interval / 2
        starts = sorted(one["at"] - one["seconds"] for one in log["invocations"] if one["modelId"] == model_id)
        # The clock of the log is read a moment after the call: a few milliseconds either way.
        assert all(start > slot - 0.05 for start, slot in zip(starts, given, strict=True)), "no call before its turn"
        assert starts[-1] - starts[0] <= 2.0 * (len(starts) - 1) * interval, "and not far below it"
    _check_that_costs_count_the_states_of_this_run(paced_cloud, running[0])
    for to_come in _to_come(paced_cloud):
        told = {job.job: (job.calls, job.left) for job in to_come.jobs}
        assert told == dict.fromkeys(("pace-a", "pace-b"), (IMAGES_PER_JOB, 0)), "what time left is told from"
        assert to_come.queue == ""


def _check_that_costs_count_the_states_of_this_run(cloud: LocalCloud, execution: str) -> None:
    """`backdrop cost` walks along the definition; this is what was entered."""
    machine, states = read_stack().machine, cloud.client("stepfunctions")
    assert _entered(cloud, execution) == states_of_a_job(machine)
    (run,) = states.list_map_runs(executionArn=execution)["mapRuns"]
    for child in states.list_executions(mapRunArn=run["mapRunArn"], maxResults=1000)["executions"]:
        entered = _entered(cloud, child["executionArn"])
        second = entered.index("InvokeModel")
        asks = (entered[:second].count("ReserveTurn"), entered[second:].count("ReserveTurn"))
        assert entered == states_of_a_photo(machine, Way([[Step.CALL, Step.CALL]], asks))


def _entered(cloud: LocalCloud, execution: str) -> list[str]:
    client = cloud.client("stepfunctions")
    events = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    found = (event.get("stateEnteredEventDetails") for event in sorted(events, key=_number))
    return [details["name"] for details in found if details]


def _to_come(cloud: LocalCloud) -> list[CallsToCome]:
    rows = cloud.client("dynamodb").scan(TableName=cloud.outputs.schedule_table)["Items"]
    assert {row["ModelId"]["S"].partition("@")[0] for row in rows} == set(PASSES)
    return [Schedule.read(row["Schedule"]["S"]).to_come for row in rows]


def _slots(cloud: LocalCloud, executions: list[str]) -> dict[str, list[float]]:
    """The slots that the children of these executions were given: model id -> epoch seconds."""
    states = cloud.client("stepfunctions")
    slots: dict[str, list[float]] = defaultdict(list)
    for execution in executions:
        (run,) = states.list_map_runs(executionArn=execution)["mapRuns"]
        for child in states.list_executions(mapRunArn=run["mapRunArn"], maxResults=1000)["executions"]:
            events = states.get_execution_history(executionArn=child["executionArn"], maxResults=1000)["events"]
            outputs = [
                (event.get("taskSucceededEventDetails") or {}).get("output") for event in sorted(events, key=_number)
            ]
            turns = [json.loads(output) for output in outputs if output and "WaitUntil" in output]
            waits = [datetime.fromisoformat(turn["WaitUntil"]).timestamp() for turn in turns if turn["Now"]]
            # Nothing fails here, so a child calls each model once, in their order.
            for model_id, wait in zip(PASSES, waits, strict=True):
                slots[model_id].append(wait)
    return slots


def _number(event: Any) -> int:
    return int(event["id"])
