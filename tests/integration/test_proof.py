"""A job on the deployed template, its report and what somebody said about it: `backdrop verify` finds that all holds.

What is changed is found in tests/unit/reports/proof.
"""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from localcloud.cloud import LocalCloud
from tests.command import run_backdrop
from tests.integration.people import Person
from tests.integration.shared import wait_until_idle
from tests.integration.test_actions import draft_with

pytestmark = pytest.mark.integration


def verify(cloud: LocalCloud, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "BACKDROP_LOCAL_HOME": str(cloud.home.root)}
    return run_backdrop("verify", *arguments, "--local", environment=environment)


def test_a_job_is_proven_from_its_files_alone(cloud: LocalCloud, ann: Person) -> None:
    wait_until_idle(cloud)
    draft = draft_with(ann, "a.jpg")
    wish = {"prompt": "on a beach", "seed": 33}
    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    assert ann.finished(draft)["counts"]["succeeded"] == 1
    for verdict in ("REJECTED", "APPROVED"):
        path = f"/jobs/{draft}/images/00000000/verdict"
        answer = ann.call("PUT", path, {"verdict": verdict})
        assert answer.status_code == 200, answer.text
    row = cloud.client("dynamodb").get_item(TableName=cloud.outputs.jobs_table, Key={"JobId": {"S": draft}})["Item"]
    report = f"s3://{cloud.outputs.bucket}/{row['ReportKey']['S']}"

    done = verify(cloud, report, "--chain", "--json")

    document = json.loads(done.stdout)
    assert (done.returncode, document["signed"], document["broken"]) == (0, True, []), done.stderr
    assert [one["Verdict"] for one in document["approvals"]] == ["REJECTED", "APPROVED"]
    assert document["approvals"][0]["By"]["Email"]
    assert document["chainLinks"] >= 1
    assert not [one for one in document["unseen"] if "Whether later ones" in one["words"]], (
        "the stack's table was asked"
    )
    assert document["counts"]["REQUEST"] >= 2, "cut-out and painting"
    assert not [one for one in document["unseen"] if one["what"] == "REQUEST"], document["unseen"]

    # The last word, which nothing comes after, is taken away.
    folder = report.rpartition("/")[0].split("/", 3)[3]
    for ending in ("json", "json.sig"):
        cloud.client("s3").delete_object(Bucket=cloud.outputs.bucket, Key=f"{folder}/approvals/00000002.{ending}")
    done = verify(cloud, report)
    assert done.returncode == 1, done.stdout
    assert "The stack noted 2 as the newest; that one is not there any more." in done.stdout
