"""The template, deployed to a local cloud of its own: one for the whole session."""

from collections.abc import Iterator

import pytest

from localcloud.cloud import LocalCloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud on free ports, in a home of its own, with `template.yaml` deployed.

    `.outputs` tells addresses and names, `.client("s3")` makes boto3 clients with root credentials,
    `.demo_token()` is an ID token of the demo user. With pytest-xdist each worker has its own.
    """
    with LocalCloud(tmp_path_factory.mktemp("cloud"), 0, 0) as started:
        started.start()
        yield started
