"""Two jobs at once share one schedule: together they never go faster than the model's quota (users.md C3)."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from localcloud.samconfig import read_stack_config
from localcloud.settings import REPOSITORY

pytestmark = pytest.mark.integration

REQUESTS_PER_MINUTE = 60
IMAGES_PER_JOB = 5


@pytest.fixture(scope="module")
def paced_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """The stack with a quota to keep."""
    config = read_stack_config(REPOSITORY / "samconfig.toml")
    config.parameters["ModelRequestsPerMinute"] = str(REQUESTS_PER_MINUTE)
    with LocalCloud(tmp_path_factory.mktemp("paced"), 0, 0, config=config) as cloud:
        cloud.start()
        yield cloud


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
            "Images": [{"ImageName": name, "Labels": ""} for name in names],
        }
        answer = states.start_execution(stateMachineArn=outputs.state_machine_arn, name=job_id, input=json.dumps(job))
        running.append(answer["executionArn"])
    until = time.monotonic() + 90
    while any(states.describe_execution(executionArn=arn)["status"] == "RUNNING" for arn in running):
        assert time.monotonic() < until
        time.sleep(0.5)
    assert [states.describe_execution(executionArn=arn)["status"] for arn in running] == ["SUCCEEDED"] * 2

    log = httpx.get(f"{outputs.endpoint}/_backdrop/invocations").json()
    interval = 60 / REQUESTS_PER_MINUTE
    for model_id, counts in log["models"].items():
        assert counts["calls"] == 2 * IMAGES_PER_JOB
        starts = sorted(one["at"] - one["seconds"] for one in log["invocations"] if one["modelId"] == model_id)
        # Wait states end a little after their time, never before: two calls may come closer by that little.
        assert min(later - earlier for earlier, later in pairwise(starts)) > 0.5 * interval
        span = starts[-1] - starts[0]
        assert span >= 0.95 * (len(starts) - 1) * interval, "together not faster than the quota"
        assert span <= 2.0 * (len(starts) - 1) * interval, "and not far below it"
