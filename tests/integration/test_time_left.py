"""What is told of the time left while a paced job runs, against when its last image was finished."""

from __future__ import annotations

import time
from datetime import datetime

import httpx
import pytest

from tests.bench.quick_cloud import quick_cloud
from tests.integration.people import Person
from tests.integration.test_actions import draft_with, images

# A quota's minute has to go by: two minutes. `make test` has it in virtual time (`tests/unit/jobs/test_time_left.py`).
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(420)]

PHOTOS, PER_MINUTE = 12, 10


def test_the_time_that_is_told_comes_true() -> None:
    """Ten turns come in the first half minute, the other two after it is over: what the first images' speed hides.

    Models that answer at once: what a busy machine does to them is another affair.
    """
    with quick_cloud(ModelRequestsPerMinute=PER_MINUTE) as quick:
        outputs = quick.cloud.outputs
        with httpx.Client(base_url=outputs.api_url) as client:
            ann = Person(client, quick.cloud.demo_token())
            draft = draft_with(ann, *(f"{number}.jpg" for number in range(PHOTOS)))
            before = ann.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach"}).json()
            assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"}).status_code == 202
            told = []
            while (job := ann.call("GET", f"/jobs/{draft}").json())["status"] in ("Submitted", "Running"):
                told.append((time.time(), job["counts"]["succeeded"], job.get("etaSeconds")))
                time.sleep(1)
            assert job["status"] == "Succeeded"
            ended = max(datetime.fromisoformat(image["finishedAt"]) for image in images(ann, draft)).timestamp()
    assert told[0][2] == pytest.approx(before["seconds"] + before["queueSeconds"], abs=2), "as the estimate said"
    after_first = [(round(ended - at), left, done) for at, done, left in told if done and left is not None]
    wrong = [one for one in after_first if abs(one[1] - one[0]) > max(0.15 * one[0], 10)]
    assert not wrong, after_first
    assert any(30 <= left <= 60 and done >= 3 for _, left, done in after_first), "told before the pause"
