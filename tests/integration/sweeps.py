"""A sweep by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from localcloud.cloud import LocalCloud
from tests.integration.test_preflight import ROOT


def sweep(cloud: LocalCloud, *, deployed: bool = False) -> tuple[int, dict[str, Any]]:
    """What operators type, with its exit status: `backdrop sweep --local`, or as for a stack on AWS."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BACKDROP_", "AWS_"))}
    environment |= {"BACKDROP_LOCAL_HOME": str(cloud.home.root)}
    environment |= {"AWS_ENDPOINT_URL": cloud.endpoint, **ROOT} if deployed else {}
    where = ["--stack", cloud.outputs.stack_name, "--region", cloud.outputs.region] if deployed else ["--local"]
    done = subprocess.run(
        [sys.executable, "-m", "backdrop_cli.main", "sweep", *where, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)
