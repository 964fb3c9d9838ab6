"""The workflow as other systems start it, on the deployed template: outcomes, mails and final status are true."""

from __future__ import annotations

import email
import email.policy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from localcloud.cloud import LocalCloud

pytestmark = pytest.mark.integration

T = TypeVar("T")

PHOTOS = Path(__file__).parents[2] / "samples" / "photos"


def mails(cloud: LocalCloud) -> dict[str, str]:
    """Subject -> body of every mail in the mailbox."""
    read = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in Path(cloud.outputs.mailbox).rglob("*.eml")
    ]
    return {str(mail["Subject"]): mail.get_content() for mail in read}


def eventually(look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + 30
    while (found := look()) is None:
        assert time.monotonic() < deadline, "did not happen within 30 s"
        time.sleep(0.1)
    return found


def execute(cloud: LocalCloud, name: str, input_: object) -> dict[str, Any]:
    """Run an execution to its end."""
    client = cloud.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=cloud.outputs.state_machine_arn, name=name, input=json.dumps(input_))[
        "executionArn"
    ]
    deadline = time.monotonic() + 120
    while (run := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline, "the execution did not end within 120 s"
        time.sleep(0.2)
    return dict(run)


def published(cloud: LocalCloud, name: str, **changes: Any) -> dict[str, Any]:
    """The input with an inline list, as other systems send it, for photos that already lie in the bucket."""
    return {
        "Id": name,
        "S3Bucket": cloud.outputs.bucket,
        "InputS3Prefix": f"image-files/2026/11/21/{name}",
        "OutputS3Prefix": f"generated-image-files/2026/11/21/{name}",
        "StatusS3Prefix": f"status-report-files/2026/11/21/{name}",
        "Prompt": "on a \"wooden\" table\nby {the} window \\ 'quoted'",
        "NegativePrompt": "people",
        "Mode": "PRECISE",
        **changes,
    }


def test_the_published_request_replaces_backgrounds_and_tells_of_the_image_it_could_not(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    photo = PHOTOS / "toy_car_rug.jpg"
    input_ = published(
        cloud,
        "published-1",
        Images=[
            {"ImageName": "mug.jpg", "Labels": "Cup, Mug"},
            {"ImageName": "not there.jpg", "Labels": "Shoe"},
            {"ImageName": "broken.jpg", "Labels": ""},
        ],
    )
    bucket, prefix = cloud.outputs.bucket, input_["InputS3Prefix"]
    s3.put_object(Bucket=bucket, Key=f"{prefix}/mug.jpg", Body=photo.read_bytes())
    s3.put_object(Bucket=bucket, Key=f"{prefix}/broken.jpg", Body=photo.read_bytes()[:5000])

    run = execute(cloud, "published-1", input_)

    assert run["status"] == "SUCCEEDED", run
    answer = json.loads(run["output"])
    assert (answer["Status"], answer["Totals"]["Succeeded"], answer["Totals"]["Failed"]) == ("PartlyFailed", 1, 2)
    report = json.loads(s3.get_object(Bucket=bucket, Key=answer["ReportKey"])["Body"].read())
    assert report["Job"]["Prompt"] == input_["Prompt"]
    good, missing, broken = report["Images"]
    assert s3.head_object(Bucket=bucket, Key=good["Output"]["Key"])["ContentLength"] == good["Output"]["Bytes"]
    assert len(good["Passes"]) == good["Attempts"] == 2
    assert good["Source"]["Sha256"]
    assert missing["Error"]["Code"] == "PHOTO_MISSING"
    assert broken["Error"]["Code"] == "PHOTO_TRUNCATED"
    assert missing["Attempts"] == broken["Attempts"] == 0
    subject = eventually(lambda: next((one for one in mails(cloud) if "published-1" in one), None))
    assert subject == "Backdrop: 1 of 3 images done, 2 failed (job published-1)"
    body = mails(cloud)[subject]
    assert "not there.jpg" in body
    assert "broken.jpg" in body


def test_a_job_in_which_every_image_fails_says_so_and_ends_failed(cloud: LocalCloud) -> None:
    input_ = published(cloud, "all-fail", Images=[{"ImageName": "a.jpg"}, {"ImageName": "b.jpg"}])
    run = execute(cloud, "all-fail", input_)
    assert (run["status"], run["error"]) == ("FAILED", "NoImageSucceeded")
    assert eventually(lambda: mails(cloud).get("Backdrop: FAILED, 0 of 2 images done (job all-fail)"))


@pytest.mark.parametrize(
    ("name", "input_", "words"),
    [
        ("no-job", {"Comment": "x"}, "S3Bucket"),
        ("no-object", ["x"], "input"),
        ("empty-prompt", None, "PROMPT_EMPTY"),
    ],
)
def test_an_input_that_makes_no_job_ends_failed_and_is_mailed(
    cloud: LocalCloud, name: str, input_: object, words: str
) -> None:
    run = execute(cloud, name, input_ or published(cloud, name, Prompt=" ", Images=[{"ImageName": "a.jpg"}]))
    assert (run["status"], run["error"]) == ("FAILED", "JobInputInvalid")
    body = eventually(lambda: mails(cloud).get(f"Backdrop failed: {name}"))
    assert f"Job {name} failed, and no report could be written." in body
    assert words in body
    assert run["executionArn"] in body
