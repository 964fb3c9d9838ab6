"""Content credentials and a key of one's own in a deployed stack: a second one beside the session's, with neither."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import c2pa  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageOps

from localcloud import signing
from localcloud.cloud import LocalCloud
from localcloud.deploy import deploy
from localcloud.samconfig import StackConfig, read_stack_config
from localcloud.settings import REPOSITORY

pytestmark = pytest.mark.integration

PHOTO = REPOSITORY / "samples" / "photos" / "mug_wooden_desk.jpg"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True)
class SigningStack:
    """A stack with a signing secret, encrypted with a key of its company's."""

    cloud: LocalCloud
    outputs: dict[str, str]
    certificates: Path
    secret_arn: str
    key_arn: str
    parameters: dict[str, str]

    def get(self, key: str) -> bytes:
        body: bytes = self.cloud.client("s3").get_object(Bucket=self.outputs["BucketName"], Key=key)["Body"].read()
        return body

    def run(self, job_id: str, photos: dict[str, bytes], **changes: Any) -> dict[str, dict[str, Any]]:
        """Start the workflow with the published input; the images of its report by name."""
        folder = f"2026/11/21/{job_id}"
        for name, data in photos.items():
            self.cloud.client("s3").put_object(
                Bucket=self.outputs["BucketName"], Key=f"image-files/{folder}/{name}", Body=data
            )
        body = {
            "Id": job_id,
            "S3Bucket": self.outputs["BucketName"],
            "InputS3Prefix": f"image-files/{folder}",
            "OutputS3Prefix": f"generated-image-files/{folder}",
            "StatusS3Prefix": f"status-report-files/{folder}",
            "Prompt": "on a marble counter in the palace of Ruritania",
            "NegativePrompt": "",
            "Mode": "PRECISE",
            "Seed": 4711,
            "Images": [{"ImageName": name, "Labels": ""} for name in photos],
            **changes,
        }
        workflow = self.cloud.client("stepfunctions")
        started = workflow.start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], name=job_id, input=json.dumps(body)
        )
        until = time.monotonic() + 120
        while workflow.describe_execution(executionArn=started["executionArn"])["status"] == "RUNNING":
            assert time.monotonic() < until, "the execution still runs"
            time.sleep(0.3)
        report = json.loads(self.get(f"status-report-files/{folder}/status_report_{job_id}.json"))
        return {image["ImageName"]: image for image in report["Images"]}


@pytest.fixture(scope="module")
def signing_stack(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningStack]:
    """What `BACKDROP_CONTENT_CREDENTIALS=1 make run` deploys, beside the stack without credentials; and with
    `EncryptionKeyArn`."""
    certificates = tmp_path_factory.mktemp("signing")
    arn = signing.ensure_secret(cloud.client("secretsmanager"), certificates)
    config = read_stack_config(REPOSITORY / "samconfig.toml")
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    parameters = {**config.parameters, signing.SECRET_PARAMETER: arn, "EncryptionKeyArn": key}
    deployed = deploy(cloud.endpoint, REPOSITORY / "template.yaml", StackConfig("backdrop-signing", parameters))
    yield SigningStack(cloud, deployed.outputs, certificates, arn, key, parameters)
    cloud.client("secretsmanager").delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def photo(format_: str) -> bytes:
    image = ImageOps.exif_transpose(Image.open(PHOTO))
    image.thumbnail((640, 640))
    out = io.BytesIO()
    image.convert("RGB").save(out, format_)
    return out.getvalue()


def read(data: bytes, content_type: str, trusted: str) -> dict[str, Any]:
    context = c2pa.Context.from_dict({"trust": {"user_anchors": trusted}})
    with c2pa.Reader(content_type, io.BytesIO(data), context=context) as reader:
        told: dict[str, Any] = json.loads(reader.json())
    return told


def test_a_finished_image_carries_true_credentials_that_anybody_can_check(signing_stack: SigningStack) -> None:
    photos = {"mug.jpg": photo("JPEG"), "mug.png": photo("PNG"), "mug.webp": photo("WEBP")}
    images = signing_stack.run("signed", photos)
    assert {name: image["Status"] for name, image in images.items()} == dict.fromkeys(photos, "Succeeded")
    trusted = signing.authority(signing_stack.certificates)
    for name, content_type in (("mug.jpg", "image/jpeg"), ("mug.png", "image/png"), ("mug.webp", "image/webp")):
        output = images[name]["Output"]
        data = signing_stack.get(output["Key"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (output["Bytes"], output["Sha256"]), name
        told = read(data, content_type, trusted)
        assert told["validation_state"] == "Trusted", told["validation_results"]
        manifest = told["manifests"][told["active_manifest"]]
        assert manifest["title"] == manifest["ingredients"][0]["title"] == name
        assert manifest["ingredients"][0]["instance_id"] == f"sha256:{hashlib.sha256(photos[name]).hexdigest()}"
        (actions,) = [one["data"]["actions"] for one in manifest["assertions"] if one["label"] == "c2pa.actions.v2"]
        (edited,) = [action for action in actions if action["action"] == "c2pa.edited"]
        assert edited["digitalSourceType"] == IPTC + "composite", "the local renderer is no trained model"
        assert edited["parameters"]["seed"] == 4711
        assert edited["parameters"]["modelId"] == images[name]["ModelId"]
        assert b"Ruritania" not in data
        assert b"rainedAlgorithmic" not in data
        row = signing_stack.cloud.client("dynamodb").get_item(
            TableName=signing_stack.outputs["ImagesTableName"],
            Key={"JobId": {"S": "signed"}, "ImageId": {"S": images[name]["ImageId"]}},
        )["Item"]
        assert row["OutputSha256"]["S"] == output["Sha256"]
        assert int(row["OutputBytes"]["N"]) == output["Bytes"]
        assert json.loads(row["Review"]["S"])["credentials"]["signed"] is True


def test_what_a_stack_with_a_key_of_its_own_keeps_is_under_that_key(signing_stack: SigningStack) -> None:
    """What the local cloud notes of it: it encrypts nothing, asks no role, and leaves out bucket, tables and topics."""
    cloud, outputs, key = signing_stack.cloud, signing_stack.outputs, signing_stack.key_arn
    queue = outputs["StreamDeadLetterQueueUrl"]
    told = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (told["KmsMasterKeyId"], told["SqsManagedSseEnabled"]) == (key, "false")
    (workflow,) = cloud.client("logs").describe_log_groups(
        logGroupNamePrefix="/aws/vendedlogs/states/backdrop-signing"
    )["logGroups"]
    assert workflow["kmsKeyId"] == key


def test_an_image_that_cannot_be_signed_is_not_delivered_silently(signing_stack: SigningStack) -> None:
    client = signing_stack.cloud.client("secretsmanager")
    good = client.get_secret_value(SecretId=signing_stack.secret_arn)["SecretString"]
    broken = json.dumps({**json.loads(good), "privateKey": "lost"})
    client.put_secret_value(SecretId=signing_stack.secret_arn, SecretString=broken)
    _forget_warm_functions(signing_stack)
    try:
        images = signing_stack.run("unsigned", {"mug.jpg": photo("JPEG")})
    finally:
        client.put_secret_value(SecretId=signing_stack.secret_arn, SecretString=good)
    error = images["mug.jpg"]["Error"]
    assert images["mug.jpg"]["Status"] == "Failed"
    assert error["Code"] == "SIGNING_FAILED"
    assert "privateKey" in error["Cause"]
    assert "lost" not in json.dumps(images)


def _forget_warm_functions(stack: SigningStack) -> None:
    """A warm process has read the secret already: a changed parameter makes new versions, whose processes are new."""
    parameters = {**stack.parameters, "PromptBlockList": "forget"}
    deploy(stack.cloud.endpoint, REPOSITORY / "template.yaml", StackConfig("backdrop-signing", parameters))
