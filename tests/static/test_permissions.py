"""What the template's roles may do is what whole runs asked for, and each statement has its reason."""

from __future__ import annotations

import json
import re

import pytest

from tests.permission_reasons import REASONS, UNSEEN
from tests.permissions import (
    Call,
    Grant,
    calls_of,
    denied_without,
    grants,
    is_explained,
    needed_calls,
    reason_of,
    refused,
    statements,
)
from tests.static.conftest import ROOT

MORE = "WithMoreModels"


@pytest.fixture(scope="module")
def granted() -> list[Grant]:
    """Without newer versions, whose patterns hold the models of today as well."""
    return [one for one in grants() if one.when != MORE]


@pytest.fixture(scope="module")
def needs() -> set[Call]:
    return needed_calls()


@pytest.fixture(scope="module")
def matrix(granted: list[Grant], needs: set[Call]) -> dict[Grant, list[Call]]:
    return denied_without(granted, needs)


def test_every_call_of_the_recorded_runs_is_allowed(needs: set[Call]) -> None:
    assert len(needs) > 300
    assert refused(grants(), needs) == []


def test_each_grant_that_is_taken_away_denies_a_call_or_says_why_none_shows_it(
    matrix: dict[Grant, list[Call]],
) -> None:
    assert sum(map(bool, matrix.values())) > 100
    assert [grant.name for grant, calls in matrix.items() if not calls and not is_explained(grant)] == []


def test_no_explanation_is_left_over(matrix: dict[Grant, list[Call]]) -> None:
    idle = [f"{one.role}.{one.sid} {one.action}" for one, calls in matrix.items() if not calls]
    left = [pattern for pattern in UNSEEN if not any(re.fullmatch(pattern, one) for one in idle)]
    assert [one for one in left if "NewerVersions" not in one] == []
    for reason in UNSEEN.values():
        for path in re.findall(r"tests/[\w./]+\w", reason):
            assert (ROOT / path).exists(), path


def test_every_statement_has_a_reason_and_every_reason_a_statement() -> None:
    known = {(role, one["Sid"]) for role, _, one in statements()}
    for role, sid in known:
        assert reason_of(role, sid).endswith(".")
    used = {f"{role}.{sid}" if f"{role}.{sid}" in REASONS else sid for role, sid in known}
    assert set(REASONS) == used


def test_what_may_be_written_anywhere_is_written_in_more_than_one_way(
    matrix: dict[Grant, list[Call]], needs: set[Call]
) -> None:
    """A grant on all files of a prefix is too wide where all that was written there ends alike."""
    for grant in matrix:
        if not re.fullmatch(r"arn:aws:s3:::Bucket/[a-z-]+/\*", grant.resource) or grant.action != "s3:PutObject":
            continue
        first = grant.resource[:-1]
        files = {one.resource for one in needs if (one.role, one.action) == (grant.role, grant.action)}
        endings = {name.rpartition(".")[2] for name in files if name.startswith(first)}
        assert len(endings) > 1, grant.name


def test_a_recorded_call_that_nobody_may_make_and_an_idle_grant_are_noticed(
    granted: list[Grant], needs: set[Call]
) -> None:
    """The check itself."""
    some = next(one for one in granted if one.sid == "WriteAnswer" and one.role == "CutOutFunctionRole")
    without = [one for one in granted if one != some]
    assert {one.role for one in set(refused(without, needs)) - set(refused(granted, needs))} == {"CutOutFunctionRole"}
    idle = some._replace(action="s3:DeleteObject")
    assert denied_without([*granted, idle], needs)[idle] == []
    assert not is_explained(idle)


@pytest.mark.parametrize(
    ("role", "key"),
    [
        ("DecodeResultFunctionRole", "image-files/2026/11/28/x/file.jpg"),
        ("StagePayloadFunctionRole", "image-files/2026/11/28/x/file.jpg"),
        ("InspectPhotoFunctionRole", "image-files/2026/11/28/x/file.jpg"),
        ("CutOutFunctionRole", "generated-image-files/2026/11/28/x/file.jpg"),
        ("WorkflowRole", "generated-image-files/2026/11/28/x/file.jpg"),
        ("WorkflowRole", "status-report-files/2026/11/28/x/status_report_x.json"),
        ("ApiFunctionRole", "status-report-files/2026/11/28/x/status_report_x.json"),
        ("ApiFunctionRole", "status-report-files/chain/00000001.json"),
        ("EraseFunctionRole", "status-report-files/2026/11/28/x/status_report_x.json"),
        ("CompileReportFunctionRole", "status-report-files/2026/11/28/x/approvals/00000001.json"),
    ],
)
def test_nobody_overwrites_what_is_not_its_to_write(granted: list[Grant], role: str, key: str) -> None:
    call = Call(role, "s3:PutObject", f"arn:aws:s3:::Bucket/{key}", "us-east-1", None)
    assert refused(granted, [call]) == [call]


def test_the_record_tells_the_guardrail_and_the_secret_of_any_stack_alike() -> None:
    base = {"role": "ApiFunctionRole", "action": "bedrock:ApplyGuardrail", "region": "us-east-1"}
    lines = [json.dumps({**base, "resource": f"arn:aws:bedrock:x:guardrail/{one}"}) for one in ("gr1", "gr2")]
    assert len(calls_of(lines)) == 1
