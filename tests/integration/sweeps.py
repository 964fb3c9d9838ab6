"""What operators do by hand."""

from __future__ import annotations

import json
import os
from typing import Any

from localcloud.cloud import LocalCloud
from tests.command import run_backdrop
from tests.integration.test_preflight import ROOT


def sweep(cloud: LocalCloud, *, deployed: bool = False) -> tuple[int, dict[str, Any]]:
    """What operators type, with its exit status: `backdrop sweep --local`, or as for a stack on AWS."""
    return _operate(cloud, "sweep", deployed=deployed)


def doctor(cloud: LocalCloud, *, deployed: bool = False) -> dict[str, str]:
    """The state of each check of `backdrop doctor`."""
    status, found = _operate(cloud, "doctor", deployed=deployed)
    states = {one["check"]: one["state"] for one in found["checks"]}
    assert status == (1 if "DOES_NOT_HOLD" in states.values() else 3 if "NOT_TRIED" in states.values() else 0)
    return states


def accept(cloud: LocalCloud) -> dict[str, Any]:
    """What each check of `backdrop accept` found, by its name."""
    status, found = _operate(cloud, "accept", "--yes", deployed=False)
    assert status == 0, found
    return {one["check"]: one for one in found["checks"]}


def web_settings(cloud: LocalCloud, *, deployed: bool = False) -> dict[str, str]:
    """What `backdrop web` tells the web app."""
    status, found = _operate(cloud, "web", deployed=deployed)
    assert status == 0
    return found


def restore(cloud: LocalCloud, table: str, source: str, *more: str) -> dict[str, int]:
    """What `backdrop admin restore` did."""
    status, done = _operate(cloud, "admin", "restore", "--table", table, "--from", source, *more, deployed=False)
    assert status == 0, done
    return done


def _operate(cloud: LocalCloud, *command: str, deployed: bool) -> tuple[int, dict[str, Any]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BACKDROP_", "AWS_"))}
    environment |= {"BACKDROP_LOCAL_HOME": str(cloud.home.root)}
    environment |= {"AWS_ENDPOINT_URL": cloud.endpoint, **ROOT} if deployed else {}
    where = ["--stack", cloud.outputs.stack_name, "--region", cloud.outputs.region] if deployed else ["--local"]
    done = run_backdrop(*command, *where, "--json", environment=environment)
    return done.returncode, json.loads(done.stdout)
