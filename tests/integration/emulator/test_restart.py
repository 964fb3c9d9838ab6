"""Stopping and starting again: what is kept, what goes on, and what a crash or a busy port says."""

import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloud import LocalCloud, running
from localcloud.memory import measure
from localcloud.outputs import Outputs
from localcloud.processes import ProcessDied
from localcloud.settings import PortInUse
from localcloud.stack import Stack
from tests.integration.emulator.conftest import STACK, Workflows, probe_cloud
from tests.integration.emulator.test_distributed_map import mapping


def stack_of(cloud: LocalCloud) -> dict[str, str]:
    return Stack(cloud.client("cloudformation"), STACK.stack_name).outputs()


def tls_only(topic_arn: str) -> dict[str, Any]:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic_arn}
    return {
        "Version": "2012-10-17",
        "Statement": [{**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}],
    }


def waits_then_mails(topic_arn: str) -> dict[str, Any]:
    mail = {"TopicArn": topic_arn, "Message": "after the restart"}
    return {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "Seconds": 3, "Next": "Mail"},
            "Mail": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": mail, "End": True},
        },
    }


def test_a_restart_keeps_state_and_goes_on_with_what_ran(tmp_path: Path) -> None:
    with probe_cloud(tmp_path) as cloud:
        cloud.start()
        first, stack = cloud.outputs, stack_of(cloud)
        bucket, workflows = stack["BucketName"], Workflows(cloud, stack["WorkflowRoleArn"])
        cloud.client("s3").put_object(Bucket=bucket, Key="in/m.jsonl", Body=b"{}\n{}\n")
        cloud.client("sns").publish(TopicArn=stack["TopicArn"], Message="kept")
        dynamodb = cloud.client("dynamodb")
        dynamodb.put_item(TableName=stack["JobsTableName"], Item={"JobId": {"S": "before"}})
        waiting = {"Wait": {"Type": "Wait", "Seconds": 3, "End": True}}
        arn = workflows.start(mapping(stack, waiting), {"Key": "in/m.jsonl", "Shared": 1})
        policy = json.dumps(tls_only(stack["TopicArn"]))
        cloud.client("sns").set_topic_attributes(
            TopicArn=stack["TopicArn"], AttributeName="Policy", AttributeValue=policy
        )
        mailing = workflows.start(waits_then_mails(stack["TopicArn"]), {})
        while "MapRunStarted" not in workflows.events(arn):
            time.sleep(0.05)
        time.sleep(0.3)

    assert running(tmp_path) is None
    with probe_cloud(tmp_path) as cloud:
        started = time.monotonic()
        cloud.start()
        assert time.monotonic() - started < 15
        assert running(tmp_path) == cloud.outputs
        again = cloud.outputs
        assert (again.demo_password, again.bucket) == (first.demo_password, first.bucket)
        assert cloud.demo_token()
        assert len(list(Path(again.mailbox).glob("*.eml"))) == 1
        body = cloud.client("s3").get_object(Bucket=bucket, Key="in/m.jsonl")["Body"].read()
        assert body == b"{}\n{}\n"
        # The execution that was cut off ends, in the same Map Run.
        workflows = Workflows(cloud, stack["WorkflowRoleArn"])
        time.sleep(1.5)
        assert workflows.wait(arn)["status"] == "SUCCEEDED"
        assert workflows.map_run(arn)["itemCounts"]["succeeded"] == 2
        # So does one that mails, though the topic's policy demands TLS.
        assert workflows.wait(mailing)["status"] == "SUCCEEDED"
        # The first record after a restart reaches the function.
        cloud.client("dynamodb").put_item(TableName=stack["JobsTableName"], Item={"JobId": {"S": "after"}})
        key = {"JobId": {"S": "after"}}
        deadline = time.monotonic() + 10
        while "Item" not in cloud.client("dynamodb").get_item(TableName=stack["ImagesTableName"], Key=key):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_outputs_are_private_and_processes_are_measured(probe: LocalCloud) -> None:
    file = probe.home.outputs_file
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["apiUrl"].startswith(probe.endpoint)
    assert Outputs.load(file) == probe.outputs
    parts = {process.part: process.rss_mb for process in measure(probe.home)}
    assert set(parts) == {"emulator", "models"}
    assert all(rss > 5 for rss in parts.values())


def test_a_busy_port_is_named_with_the_variable_to_change(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        cloud = LocalCloud(tmp_path, busy.getsockname()[1], 0)
        with pytest.raises(PortInUse, match="BACKDROP_CLOUD_PORT="):
            cloud.start()


def test_a_process_that_dies_is_reported_with_its_log(tmp_path: Path) -> None:
    with probe_cloud(tmp_path) as cloud:
        cloud.start()
        pids = json.loads(cloud.home.processes_file.read_text())
        os.kill(pids["models"], signal.SIGKILL)
        time.sleep(0.2)
        with pytest.raises(ProcessDied, match=r"models ended with status -9[\s\S]*models\.log"):
            cloud.check()
        emulator = pids["emulator"]
    with pytest.raises(ProcessLookupError):
        os.kill(emulator, 0)


def test_a_crash_loses_seconds_and_not_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDROP_SAVE_SECONDS", "1")
    with probe_cloud(tmp_path) as cloud:
        cloud.start()
        table = stack_of(cloud)["JobsTableName"]
        cloud.client("dynamodb").put_item(TableName=table, Item={"JobId": {"S": "before the crash"}})
        time.sleep(3.5)
        emulator = next(process for process in measure(cloud.home) if "localcloud.emulator" in process.command)
        os.kill(emulator.pid, signal.SIGKILL)
    with probe_cloud(tmp_path) as cloud:
        cloud.start()
        found = cloud.client("dynamodb").get_item(TableName=table, Key={"JobId": {"S": "before the crash"}})
        assert "Item" in found
