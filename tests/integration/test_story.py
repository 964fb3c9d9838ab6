"""The end of a job, on the deployed template: heard as an event, mailed to whoever asked for it, a page to look at; and
from the file alone back to its story."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from localcloud.cloud import LocalCloud
from tests.integration.test_cli import Command, backdrop  # noqa: F401 - a fixture
from tests.integration.test_stuck_jobs import until
from tests.integration.test_workflow import small

pytestmark = pytest.mark.integration

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "job-ended.schema.json").read_text("utf-8"))


@pytest.fixture
def heard(cloud: LocalCloud) -> Iterator[str]:
    """The address of a queue that hears the ends of jobs, as docs/contracts.md tells others to listen."""
    events, sqs, name = cloud.client("events"), cloud.client("sqs"), f"ends-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["backdrop"], "detail-type": ["Backdrop Job Ended"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    yield url
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def other(cloud: LocalCloud) -> Iterator[str]:
    """An address that has confirmed, and is mailed about the jobs of another person."""
    sns, address = cloud.client("sns"), f"other-{uuid.uuid4().hex[:6]}@example.com"
    made = sns.subscribe(
        TopicArn=cloud.outputs.topic_arn,
        Protocol="email",
        Endpoint=address,
        Attributes={"FilterPolicy": json.dumps({"RequestedBy": [address]})},
        ReturnSubscriptionArn=True,
    )
    httpx.get(link_to_confirm(cloud, address)).raise_for_status()
    yield address
    sns.unsubscribe(SubscriptionArn=made["SubscriptionArn"])


@pytest.fixture
def me(cloud: LocalCloud, backdrop: Command) -> Iterator[str]:  # noqa: F811
    """The demo user, who turned mails on and followed the link; off again afterwards, when other tests count mails."""
    address = cloud.outputs.demo_user
    for said, state in (("status", "OFF"), ("on", "ASKED"), ("status", "ASKED")):
        assert json.loads(backdrop("notify", said, "--json").stdout)["state"] == state
    httpx.get(link_to_confirm(cloud, address)).raise_for_status()
    assert backdrop("notify").stdout.startswith("on: ")
    yield address
    assert backdrop("notify", "off").stdout.startswith("off: ")


def link_to_confirm(cloud: LocalCloud, address: str) -> str:
    mails = mails_to(cloud, address, "ConfirmSubscription")
    return str(re.findall(r"http://\S+", mails[-1])[0])


def mails_to(cloud: LocalCloud, address: str, job: str) -> list[str]:
    found = [
        message_from_bytes(file.read_bytes(), policy=policy.default)
        for file in sorted(Path(cloud.outputs.mailbox).glob("*.eml"))
    ]
    return [mail.get_content() for mail in found if mail["To"] == address and job in mail.get_content()]


def test_a_job_is_heard_mailed_looked_at_and_explained_from_its_file(
    backdrop: Command,  # noqa: F811
    cloud: LocalCloud,
    heard: str,
    me: str,
    other: str,
    tmp_path: Path,
) -> None:
    photo, out = tmp_path / "<b>mug<i>.jpg", tmp_path / "out"
    photo.write_bytes(small("mug_wooden_desk"))

    made = backdrop("replace", photo, "--prompt", "on an oak table", "--out", out, "--json")

    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    job, file = document["job"]["jobId"], Path(document["images"][0]["file"])
    report = json.loads(Path(document["reports"]["json"]).read_text("utf-8"))

    sqs = cloud.client("sqs")
    bodies: list[dict[str, object]] = []

    def ended() -> bool:
        for one in sqs.receive_message(QueueUrl=heard, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(one["Body"])
            bodies.extend([event["detail"]] if event["detail"]["JobId"] == job else [])
        return bool(bodies)

    until(ended)
    (event,) = bodies
    Draft202012Validator(SCHEMA).validate(event)
    assert (event["Status"], event["Totals"], event["CostUsd"]) == (
        "Succeeded",
        report["Totals"],
        report["Cost"]["Usd"],
    )

    (mail,) = until(lambda: mails_to(cloud, me, job))
    assert f"/job?id={job}&report=page" in mail
    assert not mails_to(cloud, other, job)

    page = Path(document["reports"]["html"]).read_text("utf-8")
    assert len(re.findall(r"<img src=\"data:image/jpeg;base64,", page)) == 2
    assert "&lt;b&gt;mug&lt;i&gt;.jpg" in page
    assert "<b>" not in page
    stored = cloud.client("s3").get_object(Bucket=event["Bucket"], Key=event["PageKey"])
    assert stored["ContentType"] == "text/html; charset=utf-8"

    told = backdrop("verify", document["reports"]["json"], "--json")
    assert (told.returncode, json.loads(told.stdout)["broken"]) == (0, []), told.stderr + told.stdout
    assert json.loads(told.stdout)["counts"]["RESULT"] == 1, "what was fetched proves itself"

    told = backdrop("explain", file)
    assert told.returncode == 0, told.stderr + told.stdout
    assert "byte for byte as Backdrop wrote it" in told.stdout
    assert all(words in told.stdout for words in (f"Job {job}", "on an oak table", "USD each", "Nobody has approved"))

    changed = tmp_path / "changed.jpg"
    data = bytearray(file.read_bytes())
    data[-40] ^= 1
    changed.write_bytes(data)
    told = backdrop("explain", changed, "--json")
    assert (told.returncode, json.loads(told.stdout)["story"]["match"]) == (1, "CHANGED")

    told = backdrop("explain", report["Images"][0]["Output"]["Sha256"], "--json")
    assert (told.returncode, json.loads(told.stdout)["story"]["imageId"]) == (0, report["Images"][0]["ImageId"])

    foreign = tmp_path / "foreign.jpg"
    foreign.write_bytes(small("soap_box_grey_sweep"))
    told = backdrop("explain", foreign, "--job", job)
    assert told.returncode == 1
    assert "Backdrop did not make this file, or it was changed since" in told.stdout
