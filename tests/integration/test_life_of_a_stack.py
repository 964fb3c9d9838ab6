"""What `docs/deploy.md` says of a stack's life: updates, going back, restoring, a second Region."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.clients import make_client
from localcloud.deploy import deploy
from localcloud.samconfig import StackConfig, read_stack_config
from localcloud.settings import REPOSITORY
from tests.bench.quick_cloud import CUT_OUT, QuickCloud, quick_cloud
from tests.integration.test_proof import verify

pytestmark = pytest.mark.integration

_KEPT = {"BucketVersioning": "Enabled"}


class Life:
    """One stack: what is deployed over it, and jobs in it."""

    def __init__(self, quick: QuickCloud, newer: Path) -> None:
        self.quick = quick
        self._newer = newer

    def deploy(self, *, newer: bool = False, **parameters: str) -> None:
        """Deploy the code of now, or another, over what is there."""
        config = read_stack_config(REPOSITORY / "samconfig.toml")
        given = {**config.parameters, **_KEPT, **parameters}
        template = (self._newer if newer else REPOSITORY) / "template.yaml"
        assert deploy(self.quick.cloud.endpoint, template, StackConfig(config.stack_name, given)).changed

    def report(self, job_id: str) -> tuple[str, dict[str, Any]]:
        """Run a job of one image to its end; answers the hash of the code that wrote its report, and the report."""
        self.quick.wait([self.quick.start(job_id, 1)])
        report = self.quick.report(job_id)
        return report["Software"]["Code"], report

    def verify(self, job_id: str) -> dict[str, Any]:
        """What `backdrop verify` finds, chain and all, with its exit status."""
        bucket = self.quick.cloud.outputs.bucket
        report = f"s3://{bucket}/status-report-files/{job_id}/status_report_{job_id}.json"
        done = verify(self.quick.cloud, report, "--chain", "--json")
        return {**json.loads(done.stdout), "status": done.returncode}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    newer = tmp_path_factory.mktemp("newer")
    for part in ("functions/backdrop", "functions/backdrop_cutout", "statemachine"):
        shutil.copytree(REPOSITORY / part, newer / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "template.yaml", newer)
    version = newer / "functions/backdrop/core/version.py"
    version.write_text(f"{version.read_text('utf-8')}\n# A later release.\n", "utf-8")
    with quick_cloud(**_KEPT) as quick:
        yield Life(quick, newer)


@pytest.fixture(scope="module")
def before(life: Life) -> str:
    """The hash of the code that is deployed first."""
    code, report = life.report("before")
    assert report["Totals"]["Succeeded"] == 1
    return code


def test_a_job_ends_on_the_versions_that_it_began_with_and_a_new_one_has_the_new(life: Life, before: str) -> None:
    life.quick.faults({"kind": "slow", "model": CUT_OUT, "delaySeconds": 30})
    running = life.quick.start("during", 1)
    stepfunctions = life.quick.cloud.client("stepfunctions")
    until = time.monotonic() + 60
    while not stepfunctions.list_map_runs(executionArn=running)["mapRuns"]:
        assert time.monotonic() < until
        time.sleep(0.1)

    life.deploy(newer=True, MaxUsdPerJob="0.01")

    assert life.quick.runs(running), "the update came too late to show anything"
    life.quick.faults()
    life.quick.wait([running])
    ended = life.quick.report("during")
    assert (ended["Software"]["Code"], ended["Totals"]["Succeeded"]) == (before, 1)
    code, refused = life.report("after")
    assert code != before
    assert (refused["Totals"]["Succeeded"], "SPENDING_LIMIT" in json.dumps(refused)) == (0, True)
    # Nothing but a parameter's value: SAM alone would publish nothing.
    life.deploy(newer=True)
    assert life.report("after-limit")[1]["Totals"]["Succeeded"] == 1


def test_going_back_keeps_what_the_newer_stack_wrote(life: Life, before: str) -> None:
    assert life.quick.report("after-limit")["Software"]["Code"] != before

    life.deploy()

    assert life.report("back")[0] == before
    for job_id in ("before", "during", "after-limit", "back"):
        found = life.verify(job_id)
        assert (found["status"], found["signed"], found["broken"]) == (0, True, []), job_id
    assert life.verify("back")["chainLinks"] >= 3


def test_what_was_deleted_or_overwritten_comes_back(life: Life, before: str) -> None:
    s3, bucket = life.quick.cloud.client("s3"), life.quick.cloud.outputs.bucket
    (image,) = life.quick.report("before")["Images"]
    report, picture = "status-report-files/before/status_report_before.json", image["Output"]["Key"]
    kept = {key: s3.head_object(Bucket=bucket, Key=key)["VersionId"] for key in (report, picture)}
    marker = s3.delete_object(Bucket=bucket, Key=picture)["VersionId"]
    s3.put_object(Bucket=bucket, Key=report, Body=b"{}")
    assert life.verify("before")["status"] != 0

    s3.delete_object(Bucket=bucket, Key=picture, VersionId=marker)
    s3.copy_object(Bucket=bucket, Key=report, CopySource={"Bucket": bucket, "Key": report, "VersionId": kept[report]})

    found = life.verify("before")
    assert (found["status"], found["broken"]) == (0, [])
    assert s3.head_object(Bucket=bucket, Key=picture)["VersionId"] == kept[picture]


def test_a_second_stack_has_its_own_and_leaves_its_data_when_it_goes(life: Life, before: str) -> None:
    cloud = life.quick.cloud
    config = read_stack_config(REPOSITORY / "samconfig.toml")
    second = deploy(cloud.endpoint, REPOSITORY / "template.yaml", StackConfig("second", config.parameters))
    own = {cloud.outputs.bucket, cloud.outputs.jobs_table, cloud.outputs.state_machine_arn, cloud.outputs.api_url}
    assert own.isdisjoint(second.outputs.values())

    formation = cloud.client("cloudformation")
    listed = formation.describe_stack_resources(StackName="second")["StackResources"]
    made = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
    formation.delete_stack(StackName="second")
    formation.get_waiter("stack_delete_complete").wait(StackName="second", WaiterConfig={"Delay": 1})

    cloud.client("s3").head_bucket(Bucket=made["Bucket"])
    tables = set(cloud.client("dynamodb").list_tables()["TableNames"])
    kept = ("JobsTable", "ImagesTable", "SpendingTable", "HeadsTable")
    assert {made[name] for name in kept} <= tables
    assert tables.isdisjoint({made["ScheduleTable"], made["SignInsTable"]})
    assert cloud.client("cognito-idp").describe_user_pool(UserPoolId=made["UserPool"])["UserPool"]
    assert cloud.client("kms").describe_key(KeyId=made["ReportKey"])["KeyMetadata"]["KeyState"] == "Enabled"
    functions = {one["FunctionName"] for one in cloud.client("lambda").list_functions()["Functions"]}
    assert made["CompileReportFunction"] not in functions
    assert life.report("beside")[0] == before, "the first goes on"


def test_the_same_template_makes_a_stack_in_another_region_where_jobs_run(life: Life, before: str) -> None:
    endpoint, config = life.quick.cloud.endpoint, read_stack_config(REPOSITORY / "samconfig.toml")
    there = deploy(endpoint, REPOSITORY / "template.yaml", config, "us-west-2").outputs
    assert there["Region"] == "us-west-2"
    assert ":us-west-2:" in there["StateMachineArn"]
    s3, bucket = make_client("s3", endpoint, "us-west-2"), there["BucketName"]
    photo = life.quick.cloud.client("s3").get_object(
        Bucket=life.quick.cloud.outputs.bucket, Key="image-files/before/00000.png"
    )
    s3.put_object(Bucket=bucket, Key="image-files/moved/00000.png", Body=photo["Body"].read())
    job = {
        "Id": "moved",
        "S3Bucket": bucket,
        "InputS3Prefix": "image-files/moved",
        "OutputS3Prefix": "generated-image-files/moved",
        "StatusS3Prefix": "status-report-files/moved",
        "Prompt": "plain grey studio",
        "Mode": "PRECISE",
        "Images": [{"ImageName": "00000.png", "Labels": ""}],
    }
    workflow = make_client("stepfunctions", endpoint, "us-west-2")
    started = workflow.start_execution(stateMachineArn=there["StateMachineArn"], name="moved", input=json.dumps(job))
    until = time.monotonic() + 90
    while workflow.describe_execution(executionArn=started["executionArn"])["status"] == "RUNNING":
        assert time.monotonic() < until
        time.sleep(0.3)

    body = s3.get_object(Bucket=bucket, Key="status-report-files/moved/status_report_moved.json")["Body"]
    report = json.load(body)
    assert report["Totals"]["Succeeded"] == 1
    assert life.verify("before")["status"] == 0, "reports of the old stack go on being proven"
