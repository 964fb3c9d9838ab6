"""For every test: the local cloud that integration and browser tests share, and a rule: where CI is set, a skip is a
failure, because a check that did not run proves nothing.
"""

from __future__ import annotations

import functools
import gc
import os
import ssl
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from localcloud.settings import HOST, free_port

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud

# How long an example takes says how busy the machine is.
settings.register_profile("backdrop", deadline=None)
settings.load_profile("backdrop")

# Reading the authorities' certificates takes 20 to 60 ms of every HTTP client that a test makes; they stay the same.
ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]

# While tests are collected nearly nothing becomes garbage, and looking for it takes a third of the time.
gc.disable()


# Not when collecting ends: the process that xdist's workers report to collects nothing.
@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Leave what was imported alone, and look through the rest less often: a tenth of the time of page tests."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Turn skips into failures in CI."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first the file that compares all that the cloud holds, two reads a test: browser tests leave thousands of
    rows and files there, with which it takes seven times the CPU.
    """
    items.sort(key=lambda item: not item.nodeid.startswith("tests/integration/test_isolation.py"))


@pytest.fixture(scope="session")
def web_port() -> int:
    """Where the web app listens, if a test starts it."""
    return free_port()


@pytest.fixture(scope="session")
def cloud(web_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud on free ports, in a home of its own, with `template.yaml` deployed.

    `.outputs` tells addresses and names, `.client("s3")` makes boto3 clients with root credentials,
    `.demo_token()` is an ID token of the demo user. Its bucket takes uploads from the web app's address, and from no
    other page. With pytest-xdist each worker has its own.
    """
    # Half a second that unit tests do without.
    from localcloud.cloud import LocalCloud

    with LocalCloud(tmp_path_factory.mktemp("cloud"), 0, 0, web_url=f"http://{HOST}:{web_port}") as started:
        started.start()
        yield started
