"""Requests that nobody thought of, made by schemathesis from docs/openapi.json and sent to the deployed API: no 5xx,
no answer that the file does not document. Needs `schemathesis` 4 (requirements/dev.in); skipped without it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings

from localcloud.cloud import LocalCloud
from tests.api_routes import OPENAPI

schemathesis: Any = pytest.importorskip("schemathesis", reason="schemathesis is not installed: make setup-dev")
checks: Any = pytest.importorskip("schemathesis.specs.openapi.checks")

pytest_plugins = ["schemathesis.pytest.plugin"]
"""What makes tests of `schema`'s routes; `pyproject.toml` leaves it out of all other runs."""

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

schema = schemathesis.openapi.from_dict(json.loads(OPENAPI.read_text("utf-8")))


@pytest.fixture(scope="module")
def token(cloud: LocalCloud) -> str:
    return cloud.demo_token()


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_route_fails_or_answers_in_another_shape(case: Any, cloud: LocalCloud, token: str) -> None:
    # Lambda itself refuses more than 6 MB, in its own words, before any of our code runs.
    assume(len(str(case.body)) < 1_000_000)
    answer = case.call(base_url=cloud.outputs.api_url, headers={"Authorization": token})

    assert answer.status_code < 500, answer.text
    case.validate_response(
        answer,
        checks=[
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
        ],
    )
