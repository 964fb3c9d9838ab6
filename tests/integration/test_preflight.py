"""Before a deploy and before a job: what AWS says of each model, on the local cloud, which plays AWS's part."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.cloud import LocalCloud
from tests.command import run_backdrop

pytestmark = pytest.mark.integration

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "photos"
INPAINT = "us.stability.stable-image-inpaint-v1:0"
REMOVE = "us.stability.stable-image-remove-background-v1:0"
REPLACE = "us.stability.stable-image-search-replace-v1:0"
ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class Control:
    """The emulator's switch for access, and its count of model calls."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._http = httpx.Client(base_url=cloud.endpoint)
        self._lambda = cloud.client("lambda")
        (self._api,) = [
            one["FunctionName"]
            for page in self._lambda.get_paginator("list_functions").paginate()
            for one in page["Functions"]
            if one["FunctionName"].startswith(f"{cloud.outputs.stack_name}-ApiFunction")
        ]

    def deny(self, *rules: dict[str, Any]) -> None:
        """Put rules in force, for an API that remembers nothing: a new configuration starts new processes."""
        self._http.put("/_backdrop/model-access", json={"rules": rules}).raise_for_status()
        variables = self._lambda.get_function_configuration(FunctionName=self._api)["Environment"]["Variables"]
        self._lambda.update_function_configuration(FunctionName=self._api, Environment={"Variables": variables})

    def paid(self) -> int:
        return len(self._http.get("/_backdrop/invocations").json()["invocations"])

    def close(self) -> None:
        self.deny()
        self._http.close()


@pytest.fixture
def control(cloud: LocalCloud) -> Iterator[Control]:
    made = Control(cloud)
    made.deny()
    yield made
    made.close()


@pytest.fixture
def api(cloud: LocalCloud) -> Iterator[httpx.Client]:
    headers = {"Authorization": cloud.demo_token()}
    with httpx.Client(base_url=cloud.outputs.api_url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def command(cloud: LocalCloud) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`backdrop models --account` as an engineer with credentials of the local cloud's account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKDROP_", "AWS_"))}
    environment = {**kept, "AWS_ENDPOINT_URL": cloud.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}

    def run(*arguments: str, credentials: dict[str, str] = ROOT) -> subprocess.CompletedProcess[str]:
        return run_backdrop("models", "--account", *arguments, environment={**environment, **credentials})

    return run


def model(api: httpx.Client, model_id: str) -> dict[str, Any]:
    answer = api.get("/models")
    answer.raise_for_status()
    return next(one for one in answer.json()["models"] if one["modelId"] == model_id)


def ready_draft(api: httpx.Client) -> str:
    """A draft with one good photo."""
    draft = api.post("/drafts", json={}).json()["draftId"]
    photo = SAMPLES / "soap_box_grey_sweep.jpg"
    files = [{"name": photo.name, "size": photo.stat().st_size, "contentType": "image/jpeg"}]
    (registered,) = api.post(f"/drafts/{draft}/photos", json={"photos": files}).json()["photos"]
    upload = registered["upload"]
    httpx.post(upload["url"], data=upload["fields"], files={"file": photo.read_bytes()}).raise_for_status()
    inspected = api.post(f"/drafts/{draft}/photos/{registered['photoId']}/inspect", json={}).json()
    assert inspected["status"] == "READY"
    return str(draft)


def test_models_tell_access_regions_profile_and_quota(api: httpx.Client, control: Control) -> None:
    default = model(api, INPAINT)
    assert default["usable"] is True
    assert default["inferenceProfile"] == INPAINT
    assert default["regions"] == default["routesTo"] == ["us-east-1", "us-east-2", "us-west-2"]
    access = default["access"]
    assert (access["state"], access["lifecycle"], access["region"]) == ("ACCESSIBLE", "ACTIVE", "us-east-1")
    assert "notes" not in access, "the API's role may ask every question"
    assert default["accountRequestsPerMinute"] == 20
    canvas = model(api, "amazon.nova-canvas-v1:0")
    assert (canvas["access"]["lifecycle"], canvas["endOfLife"]) == ("LEGACY", "2026-09-30")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("not-authorized", "MODEL_ACCESS_DENIED"),
        ("no-agreement", "MODEL_ACCESS_DENIED"),
        ("not-found", "MODEL_NOT_SERVED"),
    ],
)
def test_a_job_on_a_model_out_of_reach_is_refused_and_nothing_is_paid(
    api: httpx.Client, control: Control, kind: str, code: str
) -> None:
    control.deny({"kind": kind, "model": INPAINT})
    before = control.paid()
    draft = ready_draft(api)
    answer = api.post(f"/drafts/{draft}/submit", json={"prompt": "a beach"})
    assert answer.status_code == 409, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert REPLACE in error["message"]
    assert error["nextStep"]
    assert api.get(f"/drafts/{draft}").json()["submitted"] is False
    assert control.paid() == before
    shown = model(api, INPAINT)
    assert shown["usable"] is False
    assert shown["reason"] == shown["access"]["reason"]


def test_the_page_never_hangs_and_doubt_refuses_nothing(api: httpx.Client, control: Control) -> None:
    control.deny({"kind": "slow", "delaySeconds": 30})
    started = time.monotonic()
    shown = model(api, INPAINT)
    # Three seconds for the answers; the rest is a process that starts cold on a machine that is busy with other tests.
    assert time.monotonic() - started < 15
    assert shown["access"]["state"] == "UNKNOWN"
    assert shown["usable"] is True


def test_the_command_tells_before_anything_is_deployed(
    cloud: LocalCloud, command: Callable[..., subprocess.CompletedProcess[str]], control: Control
) -> None:
    done = command()
    assert done.returncode == 0, done.stderr
    assert f"{INPAINT} (default): usable" in done.stdout
    assert "20 requests a minute in this account" in done.stdout
    assert "amazon.nova-canvas-v1:0: not usable: AWS no longer serves it since 2026-09-30" in done.stdout
    limit = cloud.client("lambda").get_account_settings()["AccountLimit"]
    told = "Lambda: {ConcurrentExecutions:,} functions at once, {UnreservedConcurrentExecutions:,} of them not reserved"
    assert told.format_map(limit) in done.stdout

    control.deny({"kind": "no-agreement", "model": REMOVE})
    done = command("--json")
    assert done.returncode == 1, done.stderr
    default = next(one for one in json.loads(done.stdout)["models"] if one["modelId"] == INPAINT)
    assert default["access"]["state"] == "AGREEMENT_NEEDED"
    assert REMOVE in default["reason"]


def test_the_command_with_credentials_that_may_not_ask(
    cloud: LocalCloud, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    iam = cloud.client("iam")
    name = f"curious-{time.time_ns()}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    done = command(
        credentials={"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    )
    assert done.returncode == 0, done.stderr
    assert f"user/{name}" in done.stdout
    assert "bedrock:GetInferenceProfile is not allowed here" in done.stdout
    assert "its access could not be checked" in done.stdout


def test_the_command_without_good_credentials_is_exit_3(
    command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    for credentials in ({}, {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wrong"}):
        done = command(credentials=credentials)
        assert done.returncode == 3, done.stdout
        assert "credentials" in done.stderr
        assert "-> Sign in" in done.stderr


def test_the_local_control_plane_answers_boto3_as_aws_does(cloud: LocalCloud, control: Control) -> None:
    bedrock = cloud.client("bedrock")
    listed = bedrock.list_foundation_models(byOutputModality="IMAGE", byInferenceType="ON_DEMAND")["modelSummaries"]
    assert "stability.stable-image-core-v1:1" in {one["modelId"] for one in listed}
    assert "stability.stable-image-inpaint-v1:0" not in {one["modelId"] for one in listed}
    profiles = bedrock.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]
    assert INPAINT in {one["inferenceProfileId"] for one in profiles}
    details = bedrock.get_foundation_model(modelIdentifier="amazon.titan-image-generator-v2:0")["modelDetails"]
    assert f"{details['modelLifecycle']['endOfLifeTime']:%Y-%m-%d}" == "2026-06-30"
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_inference_profile(inferenceProfileIdentifier="us.stability.nothing-v1:0")
    control.deny({"kind": "not-authorized", "model": INPAINT})
    runtime = cloud.client("bedrock-runtime")
    with pytest.raises(runtime.exceptions.AccessDeniedException):
        runtime.invoke_model(modelId=INPAINT, body=b"{}")
