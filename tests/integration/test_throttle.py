"""A person's requests a minute on the deployed template, in both functions that answer the API."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backdrop.aws.requests.counts import RequestCounts
from localcloud.cloud import LocalCloud
from tests.integration.people import Person

pytestmark = pytest.mark.integration

FUNCTIONS = ("ApiFunction", "InspectPhotoFunction")
MOST = 4


@pytest.fixture
def slow(cloud: LocalCloud) -> Iterator[None]:
    """The functions as `RequestsPerUserPerMinute` makes them."""
    lambda_, stack = cloud.client("lambda"), cloud.client("cloudformation")
    kept: dict[str, Any] = {}
    for one in FUNCTIONS:
        found = stack.describe_stack_resource(StackName=cloud.outputs.stack_name, LogicalResourceId=one)
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        kept[name] = lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        assert kept[name]["REQUESTS_PER_USER_PER_MINUTE"] == "0", "off by default"
        changed = {**kept[name], "REQUESTS_PER_USER_PER_MINUTE": str(MOST)}
        lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    yield
    for name, variables in kept.items():
        lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


@pytest.mark.usefixtures("slow")
def test_a_person_is_slowed_down_on_the_deployed_template_and_nobody_else(ann: Person, bob: Person) -> None:
    if time.time() % 60 > 40:
        time.sleep(61 - time.time() % 60)
    made = [ann.call("POST", "/drafts", {}) for _ in range(MOST)]
    assert {answer.status_code for answer in made} == {201}
    refused = ann.call("POST", "/drafts", {})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "TOO_MANY_REQUESTS"), refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= 60

    draft = made[0].json()["draftId"]
    inspected = ann.call("POST", f"/drafts/{draft}/photos/p0000001/inspect", {})
    assert (inspected.status_code, inspected.headers["Retry-After"].isdigit()) == (429, True), inspected.text
    assert ann.call("GET", "/jobs").status_code == 200, "looking is not counted"
    assert bob.call("POST", "/drafts", {}).status_code == 201


def test_many_at_once_are_never_more_than_the_minute_may_have(cloud: LocalCloud) -> None:
    counts = RequestCounts(lambda: cloud.client("dynamodb"), cloud.outputs.images_table)
    owner = secrets.token_hex(16)
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda _: counts.count_request(owner, 29_000_000, 5), range(18)))
    assert taken.count(True) == 5
    assert counts.count_request(owner, 29_000_001, 5), "the next minute"
