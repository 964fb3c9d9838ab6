"""People at the deployed API."""

from collections.abc import Iterator

import httpx
import pytest

from localcloud.cloud import LocalCloud
from tests.integration.people import Person, another


@pytest.fixture(scope="session", autouse=True)
def _one_quick_cloud() -> Iterator[None]:
    """Files that need a stack with other parameters, and models that answer at once, share it one after the other."""
    from tests.bench.quick_cloud import shared_cloud

    with shared_cloud():
        yield


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
