"""Deploys the template to the local cloud: artefacts to S3, the stack by CloudFormation with the SAM transform."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud.clients import make_client
from localcloud.packaging import package
from localcloud.samconfig import StackConfig
from localcloud.settings import REGION, LocalCloudError
from localcloud.stack import Stack
from localcloud.template import local_artifacts, read_template

ARTIFACT_BUCKET = "backdrop-local-artifacts"


@dataclass(frozen=True)
class Deployment:
    """What deploying ended with."""

    stack_name: str
    outputs: dict[str, str]
    changed: bool


def deploy(endpoint: str, template_file: Path, config: StackConfig, region: str = REGION) -> Deployment:
    """Make the stack equal to the template and the code beside it.

    Nothing is done when template, code and parameters are those of the last deployment. Raises
    `LocalCloudError`, with the events of the stack when CloudFormation failed.
    """
    template = read_template(template_file)
    # A function's code must lie in its own Region.
    bucket = ARTIFACT_BUCKET if region == REGION else f"{ARTIFACT_BUCKET}-{region}"
    artifacts = _package_all(template, template_file.parent, bucket)
    body = json.dumps(template)
    parameters = known_parameters(template, config.parameters)
    fingerprint = json.dumps([body, parameters], sort_keys=True).encode()
    deployment = hashlib.sha256(fingerprint).hexdigest()
    stack = Stack(make_client("cloudformation", endpoint, region), config.stack_name)
    if stack.is_deployed(deployment):
        return Deployment(config.stack_name, stack.outputs(), changed=False)
    # In S3, as `sam deploy` does: CloudFormation takes no more than 51,200 bytes in a request
    # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
    key = f"{deployment}.template"
    _upload(make_client("s3", endpoint, region), bucket, region, {**artifacts, key: body.encode()})
    url = f"https://s3.{region}.amazonaws.com/{bucket}/{key}"
    stack.deploy(url, parameters, deployment)
    return Deployment(config.stack_name, stack.outputs(), changed=True)


def known_parameters(template: dict[str, Any], values: dict[str, str]) -> dict[str, str]:
    """Return `values`, after checking that the template has those parameters. Raises `LocalCloudError`."""
    unknown = sorted(set(values) - set(template.get("Parameters", {})))
    if unknown:
        raise LocalCloudError(f"samconfig.toml sets {', '.join(unknown)}, which the template does not have.")
    return values


def _package_all(template: dict[str, Any], folder: Path, bucket: str) -> dict[str, bytes]:
    """Replace local paths in `template` by their future S3 addresses; return the objects to upload."""
    artifacts: dict[str, bytes] = {}
    addresses: dict[str, str] = {}
    for properties, name in local_artifacts(template):
        path = str(properties[name])
        if path not in addresses:
            key, content = package((folder / path).resolve())
            artifacts[key] = content
            addresses[path] = f"s3://{bucket}/{key}"
        properties[name] = addresses[path]
    return artifacts


def _upload(s3: Any, bucket: str, region: str, artifacts: dict[str, bytes]) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        # us-east-1 is named by naming none.
        place = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **place)
    for key, content in artifacts.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content)
