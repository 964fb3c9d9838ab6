"""Benchmarks that need no cloud, at their smallest size: they run, and they print figures."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.bench.smallest import ALONE
from tests.static.conftest import ROOT


@pytest.mark.parametrize("name", ALONE)
def test_a_benchmark_runs_at_its_smallest_size(name: str) -> None:
    module, *arguments = ALONE[name]
    paths = os.pathsep.join(str(ROOT / part) for part in (".", "functions", "local"))
    # As on a machine that has no AWS account: nothing may ask AWS.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment |= {"PYTHONPATH": paths, "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--smallest"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"\b\d+(?:\.\d+)?\b", done.stdout)) >= 3, done.stdout
