"""The template, deployed to a local cloud of its own: one for the whole session."""

from collections.abc import Iterator

import httpx
import pytest

from localcloud.cloud import LocalCloud
from tests.integration.people import Person, another


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud on free ports, in a home of its own, with `template.yaml` deployed.

    `.outputs` tells addresses and names, `.client("s3")` makes boto3 clients with root credentials,
    `.demo_token()` is an ID token of the demo user. With pytest-xdist each worker has its own.
    """
    with LocalCloud(tmp_path_factory.mktemp("cloud"), 0, 0) as started:
        started.start()
        yield started


@pytest.fixture(scope="module")
def http(cloud: LocalCloud) -> Iterator[httpx.Client]:
    """A client of the deployed REST API."""
    with httpx.Client(base_url=cloud.outputs.api_url) as client:
        yield client


@pytest.fixture(scope="module")
def ann(cloud: LocalCloud, http: httpx.Client) -> Person:
    """The demo user."""
    return Person(http, cloud.demo_token())


@pytest.fixture(scope="module")
def bob(cloud: LocalCloud, http: httpx.Client) -> Person:
    """Somebody else."""
    return another(cloud, http, "bob@example.com")
