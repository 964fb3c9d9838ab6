"""The deployed workflow, driven as its callers do: another system's StartExecution, the stream, Bedrock's faults."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image, ImageOps

from backdrop.aws.image_items import COUNTS_KEY
from localcloud.cloud import LocalCloud
from tests.integration.logs import lines_of
from tests.integration.shared import wait_until_idle
from tests.integration.sweeps import accept, doctor, restore, web_settings
from tests.truth import surely_inside, surely_outside
from tests.unit.telemetry.embedded import data_of

pytestmark = pytest.mark.integration

SAMPLES = Path(__file__).parents[2] / "samples"
INPAINT = "us.stability.stable-image-inpaint-v1:0"
REMOVE_BACKGROUND = "us.stability.stable-image-remove-background-v1:0"


@dataclass(frozen=True)
class Stack:
    """The deployed stack as an operator sees it."""

    cloud: LocalCloud

    def put(self, key: str, data: bytes) -> None:
        self.cloud.client("s3").put_object(Bucket=self.cloud.outputs.bucket, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        body: bytes = self.cloud.client("s3").get_object(Bucket=self.cloud.outputs.bucket, Key=key)["Body"].read()
        return body

    def keys(self, prefix: str) -> list[str]:
        pages = self.cloud.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.cloud.outputs.bucket, Prefix=prefix)
        return [item["Key"] for page in found for item in page.get("Contents", [])]

    def body(self, job_id: str, images: Any, **changes: Any) -> dict[str, Any]:
        """The published input."""
        return {
            "Id": job_id,
            "S3Bucket": self.cloud.outputs.bucket,
            "InputS3Prefix": f"image-files/2026/11/21/{job_id}",
            "OutputS3Prefix": f"generated-image-files/2026/11/21/{job_id}",
            "StatusS3Prefix": f"status-report-files/2026/11/21/{job_id}",
            "Prompt": "on a marble counter",
            "NegativePrompt": "people",
            "Mode": "PRECISE",
            "Images": images,
            # Each job is of another owner: what one was answered is not used by the next.
            "RequestedBy": job_id,
            **changes,
        }

    def start(self, job_id: str, images: Any, **changes: Any) -> dict[str, Any]:
        """StartExecution with the published input; waits for its end."""
        answer = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.cloud.outputs.state_machine_arn,
            name=job_id,
            input=json.dumps(self.body(job_id, images, **changes)),
        )
        return self.wait(answer["executionArn"])

    def wait(self, execution_arn: str) -> dict[str, Any]:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            execution: dict[str, Any] = self.cloud.client("stepfunctions").describe_execution(
                executionArn=execution_arn
            )
            if execution["status"] != "RUNNING":
                return execution
            time.sleep(0.3)
        raise AssertionError(f"{execution_arn} still runs")

    def report(self, job_id: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(
            self.get(f"status-report-files/2026/11/21/{job_id}/status_report_{job_id}.json")
        )
        return report

    def mails(self, job_id: str) -> list[tuple[str, str]]:
        """Subject and text of every mail that names the job."""
        found = []
        for file in sorted(Path(self.cloud.outputs.mailbox).glob("*.eml")):
            mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            text = mail.get_content()
            if job_id in str(mail["Subject"]) or job_id in text:
                found.append((str(mail["Subject"]), text))
        return found

    def faults(self, *rules: dict[str, Any]) -> None:
        httpx.put(f"{self.cloud.outputs.endpoint}/_backdrop/faults", json={"rules": list(rules)}).raise_for_status()

    def when_idle(self) -> Stack:
        """The stack once nothing runs, with no faults."""
        wait_until_idle(self.cloud)
        self.faults()
        return self

    def invocations(self) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"{self.cloud.outputs.endpoint}/_backdrop/invocations").json()
        return answer


@pytest.fixture
def stack(cloud: LocalCloud) -> Iterator[Stack]:
    stack = Stack(cloud).when_idle()
    yield stack
    stack.faults()


def small(name: str, side: int = 640) -> bytes:
    """A sample photo, scaled down: these tests are about the flow."""
    image = ImageOps.exif_transpose(Image.open(SAMPLES / "photos" / f"{name}.jpg"))
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


def with_photos(stack: Stack, job_id: str, **photos: bytes) -> list[dict[str, str]]:
    """Put photos where the published input expects them; the list for its `Images`."""
    names = {f"{name}.jpg": data for name, data in photos.items()}
    for name, data in names.items():
        stack.put(f"image-files/2026/11/21/{job_id}/{name}", data)
    return [{"ImageName": name, "Labels": ""} for name in names]


def test_one_broken_photo_of_five_fails_alone_and_everybody_is_told(stack: Stack) -> None:
    """4 Succeeded, 1 Failed, a true mail, a report that reconciles: with the published input."""
    good = {
        name: small(name) for name in ("mug_wooden_desk", "toy_car_rug", "book_stack_carpet", "soap_box_grey_sweep")
    }
    broken = small("wine_bottle_kitchen")
    images = with_photos(stack, "five", **good, broken=broken[: len(broken) // 2])
    assert stack.start("five", images)["status"] == "SUCCEEDED"

    report = stack.report("five")
    assert {key: report["Totals"][key] for key in ("Images", "Succeeded", "Failed")} == {
        "Images": 5,
        "Succeeded": 4,
        "Failed": 1,
    }
    assert len(report["Images"]) == 5
    failed = next(image for image in report["Images"] if image["Status"] == "Failed")
    assert failed["ImageName"] == "broken.jpg"
    assert failed["Error"]["Code"] == "PHOTO_TRUNCATED"
    for image in report["Images"]:
        if image["Status"] == "Succeeded":
            data = stack.get(image["Output"]["Key"])
            assert len(data) == image["Output"]["Bytes"]
            assert Image.open(io.BytesIO(data)).size == (image["Output"]["Width"], image["Output"]["Height"])
    ((subject, text),) = stack.mails("five")
    assert "4 of 5" in subject
    assert "1 failed" in subject
    assert "broken.jpg" in text

    rows = stack.cloud.client("dynamodb").query(
        TableName=stack.cloud.outputs.images_table,
        KeyConditionExpression="JobId = :job",
        ExpressionAttributeValues={":job": {"S": "five"}},
    )["Items"]
    counts = next(row for row in rows if row["ImageId"]["S"] == COUNTS_KEY)
    rows.remove(counts)
    assert (counts["Succeeded"]["N"], counts["Failed"]["N"]) == ("4", "1"), "counted as they ended"
    assert sorted(row["Status"]["S"] for row in rows) == ["Failed"] + ["Succeeded"] * 4
    table = stack.get("status-report-files/2026/11/21/five/status_report_five.csv").decode("utf-8-sig")
    assert sorted(row["Status"] for row in csv.DictReader(io.StringIO(table))) == ["Failed"] + ["Succeeded"] * 4
    assert not any(call for call in _calls(stack, "broken.jpg")), "a broken photo is not paid for"


def _calls(stack: Stack, name: str) -> list[str]:
    return [key for key in stack.keys("generated-image-files/2026/11/21/five/") if name in key]


def test_precise_keeps_the_subjects_pixels(stack: Stack) -> None:
    """Inside the eroded ground truth, within the JPEG encoder's error, at the photo's full size (PNG: identical)."""
    source = Image.open(SAMPLES / "photos" / "soap_box_grey_sweep.jpg").convert("RGB")
    out = io.BytesIO()
    source.save(out, "PNG", compress_level=1)
    stack.put("image-files/2026/11/21/pixels/soap.png", out.getvalue())
    images = [*with_photos(stack, "pixels", box=(SAMPLES / "photos" / "soap_box_grey_sweep.jpg").read_bytes())]
    assert stack.start("pixels", [*images, {"ImageName": "soap.png", "Labels": "Soap"}])["status"] == "SUCCEEDED"
    truth = Image.open(SAMPLES / "alpha" / "soap_box_grey_sweep.alpha.png").convert("L")
    inside = surely_inside(truth, 12)
    outside = surely_outside(truth, 12)
    original = np.asarray(source, np.int16)
    for image in stack.report("pixels")["Images"]:
        result = Image.open(io.BytesIO(stack.get(image["Output"]["Key"])))
        assert result.size == source.size
        difference = np.abs(np.asarray(result.convert("RGB"), np.int16) - original)
        if result.format == "PNG":
            assert (difference[inside] == 0).mean() > 0.9999
        else:
            assert difference[inside].mean() < 1.5
        assert difference[outside].mean() > 15, "the background is another"


def test_throttles_use_up_nothing_of_what_other_failures_have_and_cost_nothing(stack: Stack) -> None:
    """Five failed calls, of which none ends the image: each kind has its own count, and each call is told."""
    stack.faults({"kind": "throttle", "model": INPAINT, "count": 3}, {"kind": "timeout", "model": INPAINT, "count": 2})
    images = with_photos(stack, "throttled", mug=small("mug_wooden_desk"))
    assert stack.start("throttled", images)["status"] == "SUCCEEDED"
    report = stack.report("throttled")
    (image,) = report["Images"]
    assert image["Status"] == "Succeeded"
    assert [(one["Attempts"], one.get("Throttled", 0)) for one in image["Passes"]] == [(1, 0), (6, 3)]
    assert (image["Attempts"], image["Throttled"]) == (7, 3)
    assert {one["ModelId"]: one["Calls"] for one in report["Cost"]["Models"]} == {REMOVE_BACKGROUND: 1, INPAINT: 3}
    _check_what_was_written_down(stack.cloud, report)


def _check_what_was_written_down(cloud: LocalCloud, report: dict[str, Any]) -> None:
    """The image's whole way, and the metrics that CloudWatch would take of it, each fact once."""
    lines = lines_of(cloud, report["Job"]["Id"])
    runs = [line for line in lines if line.get("service") == "backdrop" and "ms" in line]
    image_id = report["Images"][0]["ImageId"]
    assert {line["Function"] for line in runs if line.get("image") == image_id} == {
        "StagePayload",
        "ReserveTurn",
        "DecodeResult",
    }
    assert {line["Function"] for line in runs if "image" not in line} == {"PrepareJob", "CompileReport"}
    assert {line["Stack"] for line in lines if "_aws" in line} == {cloud.outputs.stack_name}
    assert not [line for line in lines if report["Job"]["Prompt"] in json.dumps(line)]
    sums: dict[str, float] = {}
    for name, dimensions, value in (datum for line in lines for datum in data_of(line)):
        if not dimensions:
            sums[name] = sums.get(name, 0) + value
    assert (sums["ModelCalls"], sums["Throttles"], sums["AnsweredCalls"]) == (7, 3, 4)
    assert (sums["JobsEnded"], sums["Images"], sums["UnexpectedErrors"]) == (1, 1, 0)
    assert sums["JobCostUsd"] == pytest.approx(report["Cost"]["Usd"])
    assert sums["SpentUsd"] == pytest.approx(report["Cost"]["Usd"]), "as it happened, and in the end"


def test_what_operators_look_at_is_deployed(cloud: LocalCloud) -> None:
    client = cloud.client("cloudwatch")
    alarms = client.describe_alarms(AlarmNamePrefix=cloud.outputs.stack_name)["MetricAlarms"]
    assert len(alarms) == 11
    (topic,) = {action for one in alarms for action in one["AlarmActions"]}
    assert "OpsTopic" in topic
    assert topic != cloud.outputs.topic_arn, "business mail has no alarms"
    # Another test's stack may be in this cloud as well.
    dashboards = client.list_dashboards(DashboardNamePrefix=cloud.outputs.stack_name)["DashboardEntries"]
    (name,) = [one["DashboardName"] for one in dashboards]
    body = json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"])
    assert "${" not in json.dumps(body)
    assert len(body["widgets"]) == 12


@pytest.mark.parametrize("deployed", [False, True])
def test_the_web_app_is_told_by_the_stack_itself_where_it_is(cloud: LocalCloud, *, deployed: bool) -> None:
    told, outputs = web_settings(cloud, deployed=deployed), cloud.outputs
    assert told["BACKDROP_USER_POOL_CLIENT_ID"] == outputs.user_pool_client_id
    assert told["BACKDROP_REGION"] == outputs.region
    # The address on AWS is not this cloud's.
    assert (told["BACKDROP_API_URL"] == outputs.api_url) is not deployed
    assert (told.get("BACKDROP_COGNITO_ENDPOINT", "") == outputs.endpoint) is not deployed


@pytest.mark.parametrize("deployed", [False, True])
def test_a_doctor_finds_the_stack_well_and_then_what_was_planted(stack: Stack, *, deployed: bool) -> None:
    queue = {"QueueUrl": stack.cloud.outputs.dead_letter_queue_url}
    stack.cloud.client("sqs").purge_queue(**queue)
    rules = stack.cloud.client("events")
    name = rules.list_rules(NamePrefix=f"{stack.cloud.outputs.stack_name}-SweepJobs")["Rules"][0]["Name"]
    well = doctor(stack.cloud, deployed=deployed)
    # Another test's job may be the latest; and an address on AWS is not this cloud's.
    assert {check for check, state in well.items() if state != "HOLDS"} <= {"last job", *(["api"] * deployed)}, well
    stack.cloud.client("sqs").send_message(**queue, MessageBody="{}")
    rules.disable_rule(Name=name)
    try:
        ill = doctor(stack.cloud, deployed=deployed)
        assert {check for check, state in ill.items() if state != well[check]} == {"dead letters", "sweeper"}
    finally:
        rules.enable_rule(Name=name)
        stack.cloud.client("sqs").purge_queue(**queue)


def test_what_is_to_be_tried_on_aws_holds_on_the_local_cloud_and_leaves_nothing(stack: Stack) -> None:
    found = accept(stack.cloud)
    assert {one["state"] for one in found.values()} == {"HOLDS"}, found
    outputs, client = stack.cloud.outputs, stack.cloud.client
    users = client("cognito-idp").list_users(UserPoolId=outputs.user_pool_id)["Users"]
    assert not [one for one in users if "accept-" in json.dumps(one["Attributes"])]
    assert not client("sqs").list_queues(QueueNamePrefix="accept-").get("QueueUrls")
    machines = client("stepfunctions").list_state_machines()["stateMachines"]
    assert not [one["name"] for one in machines if one["name"].startswith("accept-")]
    assert "accept-" not in json.dumps(client("sns").list_subscriptions()["Subscriptions"])
    job_id = found["mail"]["words"].rpartition("(job ")[2].removesuffix(")")
    assert len(job_id) == 26
    pages = client("s3").get_paginator("list_object_versions").paginate(Bucket=outputs.bucket)
    left = [one["Key"] for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, [])]
    assert not [key for key in left if job_id in key or "accept-" in key]
    for table in (outputs.jobs_table, outputs.images_table):
        key = {"TableName": table, "KeyConditionExpression": "JobId = :job"}
        values = {":job": {"S": job_id}}
        assert not client("dynamodb").query(**key, ExpressionAttributeValues=values)["Items"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("filter", "MODEL_REFUSED_OUTPUT_IMAGE"),
        ("garbage", "RESPONSE_INVALID"),
        ("html", "RESPONSE_INVALID"),
        ("truncated", "RESPONSE_INVALID"),
        ("denied", "MODEL_ACCESS_DENIED"),
        ("end-of-life", "MODEL_NOT_SERVED"),
    ],
)
def test_an_answer_that_is_no_picture_is_a_failure_with_its_own_code(stack: Stack, kind: str, code: str) -> None:
    """Never Succeeded, never retried, always told; an execution of which nothing succeeded is not green."""
    stack.faults({"kind": kind, "model": INPAINT})
    job_id = f"fault-{kind}"
    assert stack.start(job_id, with_photos(stack, job_id, mug=small("mug_wooden_desk", 320)))["status"] == "FAILED"
    (image,) = stack.report(job_id)["Images"]
    assert image["Status"] == "Failed"
    assert image["Error"]["Code"].startswith(code[:13])
    assert image["Error"]["NextStep"]
    ((subject, _),) = stack.mails(job_id)
    assert "FAILED, 0 of 1" in subject


def test_an_answer_that_was_paid_for_is_used_again(stack: Stack) -> None:
    """A run whose second pass failed: the next one, with the same photo and settings, pays for that pass only."""
    stack.faults({"kind": "denied", "model": INPAINT})
    images = with_photos(stack, "paid", mug=small("mug_wooden_desk", 400))
    assert stack.start("paid", images, Seed=11)["status"] == "FAILED"
    assert any(".0-" in key for key in stack.keys("generated-image-files/2026/11/21/paid/")), "kept for the next run"
    stack.faults()
    before = stack.invocations()
    again = stack.start(
        "paid-again",
        images,
        Seed=11,
        InputS3Prefix="image-files/2026/11/21/paid",
        OutputS3Prefix="generated-image-files/2026/11/21/paid",
    )
    assert again["status"] == "SUCCEEDED"
    calls = [log["models"][REMOVE_BACKGROUND]["calls"] for log in (before, stack.invocations())]
    assert calls[0] == calls[1]
    (image,) = stack.report("paid-again")["Images"]
    assert [one["Reused"] for one in image["Passes"]] == [True, False]
    assert image["Attempts"] == 1


def test_payloads_go_once_the_image_is_there_and_the_mask_stays(stack: Stack) -> None:
    images = with_photos(stack, "tidy", mug=small("mug_wooden_desk", 400))
    stack.start("tidy", images, Options={"ReuseAnswers": False})
    left = stack.keys("image-files/2026/11/21/tidy/") + stack.keys("generated-image-files/2026/11/21/tidy/")
    assert sorted(key.rsplit("/", 1)[-1] for key in left) == [
        "manifest.jsonl",
        "mug.jpg",
        "mug.jpg",
        "mug.jpg.mask.png",
        "mug.jpg.thumb.jpg",
    ]
    (image,) = stack.report("tidy")["Images"]
    assert 0 < image["Seconds"] < 60


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Prompt": ""}, "prompt"),
        ({"Images": []}, "Images"),
        ({"Images": [{"ImageName": "../../etc/passwd"}]}, "passwd"),
        ({"ModelId": "stability.sdxl"}, "stability.sdxl"),
        ({"Mode": "FANCY"}, "Mode"),
        ({"Images": {"ManifestKey": "image-files/nothing/manifest.jsonl"}}, "manifest"),
    ],
)
def test_an_input_that_makes_no_job_fails_before_anything_is_paid_and_a_mail_says_why(
    stack: Stack, changes: dict[str, Any], words: str
) -> None:
    before = stack.invocations()
    job_id = f"bad-{next(iter(changes)).lower()}-{abs(hash(json.dumps(changes))) % 10**8}"
    images = changes.pop("Images", [{"ImageName": "mug.jpg", "Labels": "Mug"}])
    assert stack.start(job_id, images, **changes)["status"] == "FAILED"
    ((subject, text),) = stack.mails(job_id)
    assert "failed" in subject
    assert words.lower() in text.lower()
    assert "stackTrace" not in text
    assert 'File "' not in text
    assert stack.invocations() == before


def test_a_report_that_fails_does_not_silence_the_mail(stack: Stack) -> None:
    """The status prefix holds something the report can't be written over: the images are done all the same."""
    images = with_photos(stack, "no-report", mug=small("mug_wooden_desk", 320))
    execution = stack.start("no-report", images, StatusS3Prefix="other-prefix/without/permission")
    assert execution["status"] == "FAILED"
    ((subject, text),) = stack.mails("no-report")
    assert "failed" in subject.lower()
    assert "AccessDenied" in text or "STORAGE_ERROR" in text or "not authorized" in text


def test_a_redelivered_record_starts_nothing(stack: Stack) -> None:
    """The same INSERT twice, a MODIFY and a REMOVE: one execution, one bill."""
    job_id = "01hzz" + "0" * 21
    key = f"image-files/2026/11/21/{job_id}/mug.jpg"
    stack.put(key, small("mug_wooden_desk", 320))
    line = {"ImageId": "00000000", "ImageName": "mug.jpg", "Key": key, "Seeds": [3], "Labels": "", "Boxes": []}
    stack.put(f"image-files/2026/11/21/{job_id}/manifest.jsonl", json.dumps(line).encode() + b"\n")
    row: dict[str, Any] = {
        "JobId": {"S": job_id},
        "Owner": {"S": "somebody"},
        "OwnerEmail": {"S": "somebody@example.com"},
        "CreatedAt": {"S": "2026-11-21T00:00:00.000Z"},
        "Status": {"S": "Submitted"},
        "S3Bucket": {"S": stack.cloud.outputs.bucket},
        "InputS3Prefix": {"S": f"image-files/2026/11/21/{job_id}"},
        "OutputS3Prefix": {"S": f"generated-image-files/2026/11/21/{job_id}"},
        "StatusS3Prefix": {"S": f"status-report-files/2026/11/21/{job_id}"},
        "ManifestKey": {"S": f"image-files/2026/11/21/{job_id}/manifest.jsonl"},
        "ImageCount": {"N": "1"},
        "Prompt": {"S": "on slate"},
        "NegativePrompt": {"S": ""},
        "Mode": {"S": "PRECISE"},
        "ModelId": {"S": INPAINT},
        "Seed": {"N": "3"},
    }
    stack.cloud.client("dynamodb").put_item(TableName=stack.cloud.outputs.jobs_table, Item=row)
    arn = stack.cloud.outputs.state_machine_arn.replace(":stateMachine:", ":execution:") + f":{job_id}"
    assert _eventually(stack, arn)["status"] == "SUCCEEDED"
    before = stack.invocations()

    functions = stack.cloud.client("lambda").get_paginator("list_functions").paginate()
    names = [one["FunctionName"] for page in functions for one in page["Functions"]]
    (start_job,) = (name for name in names if name.startswith(f"{stack.cloud.outputs.stack_name}-StartJob"))
    for number, event_name in enumerate(("INSERT", "MODIFY", "REMOVE")):
        record = {
            "eventName": event_name,
            "eventSource": "aws:dynamodb",
            "dynamodb": {"SequenceNumber": str(number), "NewImage": row, "Keys": {"JobId": row["JobId"]}},
        }
        answer = stack.cloud.client("lambda").invoke(
            FunctionName=start_job, Payload=json.dumps({"Records": [record]}).encode()
        )
        assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
    executions = stack.cloud.client("stepfunctions").list_executions(
        stateMachineArn=stack.cloud.outputs.state_machine_arn, maxResults=1000
    )["executions"]
    assert [one["name"] for one in executions].count(job_id) == 1
    assert stack.invocations() == before
    assert len(stack.mails(job_id)) == 1
    _check_that_lost_rows_come_back_and_start_nothing(stack.cloud, job_id)


def _check_that_lost_rows_come_back_and_start_nothing(cloud: LocalCloud, job_id: str) -> None:
    """The backup holds a row that was lost, and one as it was before its job ended. The lost one's run is forgotten."""
    dynamodb, jobs, backup = cloud.client("dynamodb"), cloud.outputs.jobs_table, "jobs-before"
    dynamodb.create_table(
        TableName=backup,
        KeySchema=[{"AttributeName": "JobId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "JobId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    now = dynamodb.get_item(TableName=jobs, Key={"JobId": {"S": job_id}})["Item"]
    lost = {**now, "JobId": {"S": "01hzz" + "1" * 21}}
    for row in (lost, {**now, "Status": {"S": "Submitted"}}):
        dynamodb.put_item(TableName=backup, Item=row)
    assert restore(cloud, "jobs", backup, "--dry-run") == {"read": 2, "missing": 1, "restored": 0}
    assert restore(cloud, "jobs", backup) == {"read": 2, "missing": 1, "restored": 1}
    assert restore(cloud, "jobs", backup) == {"read": 2, "missing": 0, "restored": 0}
    for row in (now, lost):
        assert dynamodb.get_item(TableName=jobs, Key={"JobId": row["JobId"]})["Item"] == row
    runs = cloud.client("stepfunctions").list_executions(stateMachineArn=cloud.outputs.state_machine_arn)["executions"]
    assert lost["JobId"]["S"] not in {one["name"] for one in runs}
    dynamodb.delete_item(TableName=jobs, Key={"JobId": lost["JobId"]})
    dynamodb.delete_table(TableName=backup)


def test_a_record_that_can_not_start_reaches_the_dead_letter_queue(stack: Stack) -> None:
    stack.cloud.client("dynamodb").put_item(
        TableName=stack.cloud.outputs.jobs_table,
        Item={"JobId": {"S": "poison"}, "Owner": {"S": "x"}, "CreatedAt": {"S": "x"}},
    )
    queue, url = stack.cloud.client("sqs"), stack.cloud.outputs.dead_letter_queue_url
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = queue.receive_message(QueueUrl=url, WaitTimeSeconds=2, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            if json.loads(message["Body"])["JobId"] == "poison":
                queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return
    raise AssertionError("nothing arrived in the dead-letter queue")


def _eventually(stack: Stack, execution_arn: str) -> dict[str, Any]:
    client = stack.cloud.client("stepfunctions")
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            client.describe_execution(executionArn=execution_arn)
        except client.exceptions.ExecutionDoesNotExist:
            time.sleep(0.2)
        else:
            return stack.wait(execution_arn)
    raise AssertionError(f"{execution_arn} was never started")
