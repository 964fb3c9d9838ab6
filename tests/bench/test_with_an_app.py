"""Benchmarks of the running product, at their smallest size, in one local cloud, web app and browser."""

from __future__ import annotations

import importlib
import os
import re
import warnings
from collections.abc import Iterator

import pytest

from tests.bench.app import QUICK_LABELS, App, running_app
from tests.bench.smallest import WITH_AN_APP
from tests.browser import MISSING, find_browser

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """Skips where there is no browser, which fails in CI."""
    if find_browser() is None:
        pytest.skip(MISSING)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        with running_app(QUICK_LABELS, door=True) as started:
            yield started


@pytest.mark.parametrize("name", WITH_AN_APP)
def test_a_benchmark_runs_at_its_smallest_size(name: str, app: App, capsys: pytest.CaptureFixture[str]) -> None:
    module, *arguments = WITH_AN_APP[name]
    assert importlib.import_module(module).main([*arguments, "--smallest"], app) == 0
    printed = capsys.readouterr().out
    for line in printed.splitlines():
        if "is skipped" in line:
            # A peer that can't be installed here is no failure of ours, but nobody should think that it ran.
            warnings.warn(line, stacklevel=1)
    assert len(re.findall(r"\d+ (?:MB|ms|s)\b|\d+\.\d+", printed)) >= 3, printed
