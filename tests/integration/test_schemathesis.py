"""Requests that nobody thought of, made by schemathesis from docs/openapi.json and sent to the deployed API: no 5xx,
no answer that the file does not document. Needs `schemathesis` 4 (requirements/dev.in); skipped without it.

Its own plug-in makes the requests, thousands, while tests are collected: seven seconds of every process that has this
file among others. Here each route's are made when its test runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, settings

from localcloud.cloud import LocalCloud
from tests.api_routes import OPENAPI

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

DESCRIPTION = json.loads(OPENAPI.read_text("utf-8"))
METHODS = ("get", "put", "post", "delete", "patch")
ROUTES = [(method, path) for path, known in DESCRIPTION["paths"].items() for method in known if method in METHODS]


@pytest.fixture(scope="module")
def schema() -> Any:
    schemathesis: Any = pytest.importorskip("schemathesis", reason="schemathesis is not installed: make setup-dev")
    return schemathesis.openapi.from_dict(DESCRIPTION)


@pytest.fixture(scope="module", autouse=True)
def _unthrottled(cloud: LocalCloud) -> None:
    """More requests in a second than the stage lets through: what is throttled shows nothing of the route."""
    api_id = cloud.outputs.api_url.split("/")[-2]
    changes = {"burstLimit": "5000", "rateLimit": "10000"}
    operations = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": value} for name, value in changes.items()
    ]
    cloud.client("apigateway").update_stage(restApiId=api_id, stageName="v1", patchOperations=operations)


@pytest.fixture(scope="module")
def session(cloud: LocalCloud) -> Iterator[Any]:
    """A connection that is kept, as the demo user."""
    requests: Any = pytest.importorskip("requests")
    with requests.Session() as session:
        session.headers["Authorization"] = cloud.demo_token()
        yield session


def test_every_route_of_the_description_is_tried(schema: Any) -> None:
    operations = [one.ok() for one in schema.get_all_operations()]
    assert sorted((one.method, one.path) for one in operations) == sorted(ROUTES)
    assert len(ROUTES) > 40


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method.upper()} {path}" for method, path in ROUTES])
def test_no_route_fails_or_answers_in_another_shape(
    method: str, path: str, schema: Any, session: Any, cloud: LocalCloud
) -> None:
    from schemathesis.generation.feedback import FeedbackSources
    from schemathesis.pytest._test_builder import build_operation_test
    from schemathesis.python._constants.orchestrator import make_constants_value_source
    from schemathesis.specs.openapi import checks

    tried = 0

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def answers_as_described(case: Any) -> None:
        # Lambda itself refuses more than 6 MB, in its own words, before any of our code runs.
        assume(len(str(case.body)) < 1_000_000)
        answer = case.call(base_url=cloud.outputs.api_url, session=session)
        nonlocal tried
        tried += 1
        assert answer.status_code < 500, answer.text
        case.validate_response(
            answer,
            checks=[
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
            ],
        )

    build_operation_test(
        config=schema.config,
        operation=schema[path][method],
        test_func=answers_as_described,
        given_kwargs={},
        feedback=FeedbackSources(constants_value_source=make_constants_value_source(schema)),
    )()
    assert tried
