"""What AWS answers about a model, in the words of Backdrop: every state, every error, within a time limit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from backdrop.aws.model_access import AccountModels, AccountRegions
from backdrop.core.vocabulary import AccessState
from backdrop.jobs.scheduling.regions import ModelRegions
from backdrop.models import catalogue
from backdrop.models.account.access import Access, across
from backdrop.models.catalogue import ServiceEntry
from tests.unit.models.account.conftest import (
    CANVAS,
    INPAINT,
    REGIONS,
    REMOVE,
    Aws,
    Reply,
    available,
    day,
    foundation,
    profile,
    quotas,
    refuse,
    unreachable,
)

AVAILABILITY, LIFECYCLE, PROFILE, QUOTAS = (
    "GetFoundationModelAvailability",
    "GetFoundationModel",
    "GetInferenceProfile",
    "ListServiceQuotas",
)
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def account(aws: Aws, seconds: float = 5.0, **more: Any) -> AccountModels:
    session: Any = aws
    return AccountModels(session, seconds=seconds, now=lambda: NOW, **more)


def ask(aws: Aws, service_id: str = INPAINT, seconds: float = 5.0) -> Access:
    return account(aws, seconds).of([catalogue.service(service_id)])[service_id]


def test_all_is_well(aws: Aws) -> None:
    aws.replies[QUOTAS] = quotas(
        **{"Cross-region model inference requests per minute for Stability.ai Stable Image Inpaint V1": 12.0}
    )
    found = ask(aws)
    assert found == Access(
        service_id=INPAINT,
        state=AccessState.ACCESSIBLE,
        reason="",
        next_step="",
        region="us-east-1",
        checked_at="2026-11-21T08:00:00.000Z",
        lifecycle="ACTIVE",
        routes_to=REGIONS,
        requests_per_minute=12.0,
    )
    assert not found.refused


def test_the_model_behind_a_profile_is_asked_for_by_its_own_id(aws: Aws) -> None:
    asked: list[str] = []

    def note(name: str) -> Any:
        asked.append(name)
        return available()(name)

    aws.replies[AVAILABILITY] = note
    ask(aws)
    assert asked == [INPAINT.removeprefix("us.")]


@pytest.mark.parametrize(
    ("reply", "state", "words"),
    [
        (available(authorizationStatus="NOT_AUTHORIZED"), AccessState.NOT_AUTHORIZED, "not authorized"),
        (available(entitlementAvailability="NOT_AVAILABLE"), AccessState.NOT_AUTHORIZED, "not entitled"),
        (
            available(agreementAvailability={"status": "NOT_AVAILABLE"}, entitlementAvailability="NOT_AVAILABLE"),
            AccessState.AGREEMENT_NEEDED,
            "accepted the provider's terms",
        ),
        (available(agreementAvailability={"status": "PENDING"}), AccessState.AGREEMENT_NEEDED, "under way"),
        (
            available(agreementAvailability={"status": "ERROR", "errorMessage": "Payment method missing."}),
            AccessState.AGREEMENT_NEEDED,
            "Payment method missing",
        ),
    ],
)
def test_what_stands_in_the_way_is_told_with_a_next_step(
    aws: Aws, reply: Reply, state: AccessState, words: str
) -> None:
    aws.replies[AVAILABILITY] = reply
    found = ask(aws)
    assert found.state is state
    assert words in found.reason
    assert found.next_step
    assert found.refused


def test_an_on_demand_model_that_is_not_in_the_region(aws: Aws) -> None:
    aws.replies[AVAILABILITY] = available(regionAvailability="NOT_AVAILABLE")
    found = ask(aws, CANVAS)
    assert found.state is AccessState.NOT_AVAILABLE_IN_REGION
    assert "eu-west-1" in found.reason


def test_a_profile_works_where_its_model_is_not_on_demand(aws: Aws) -> None:
    """Stability's edit services are such: https://docs.aws.amazon.com/bedrock/latest/userguide/model-cards-stability-ai.html"""
    aws.replies[AVAILABILITY] = available(regionAvailability="NOT_AVAILABLE")
    assert ask(aws).state is AccessState.ACCESSIBLE


def test_a_missing_profile_is_about_the_region_outside_of_its_geography() -> None:
    expected = {"eu-west-1": AccessState.NOT_AVAILABLE_IN_REGION, "us-east-2": AccessState.NOT_FOUND}
    found = {}
    for region in expected:
        aws = Aws(region)
        aws.replies[PROFILE] = refuse("ResourceNotFoundException", status=404)
        found[region] = ask(aws)
    assert {region: one.state for region, one in found.items()} == expected
    assert all(region in one.reason and one.refused for region, one in found.items())
    assert "us-east-1, us-east-2 or us-west-2" in found["eu-west-1"].next_step


def test_an_unknown_model_is_not_found(aws: Aws) -> None:
    aws.replies[AVAILABILITY] = refuse("ResourceNotFoundException", status=404)
    assert ask(aws, CANVAS).state is AccessState.NOT_FOUND


def test_a_profile_that_is_there_outweighs_a_model_that_is_not(aws: Aws) -> None:
    aws.replies[AVAILABILITY] = refuse("ResourceNotFoundException", status=404)
    found = ask(aws)
    assert found.state is AccessState.UNKNOWN
    assert not found.refused


@pytest.mark.parametrize("operation", [AVAILABILITY, PROFILE])
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (refuse("AccessDeniedException", status=403), "not allowed here"),
        (refuse("ThrottlingException", status=429), "too busy"),
        (refuse("InternalServerException", status=500), "InternalServerException"),
        (refuse("ValidationException", "The provided model identifier is invalid."), "identifier is invalid"),
        (refuse("UnrecognizedClientException", "The security token is invalid."), "security token"),
        (unreachable, "could not be asked"),
    ],
)
def test_an_error_of_the_question_is_no_refusal(aws: Aws, operation: str, reply: Reply, words: str) -> None:
    aws.replies[operation] = reply
    found = ask(aws)
    assert found.state is AccessState.UNKNOWN
    assert words in found.reason
    assert found.next_step
    assert not found.refused


def test_a_denied_question_names_the_permission_that_is_missing(aws: Aws) -> None:
    message = (
        "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: bedrock:GetFoundationModelAvailability"
        " on resource: * because no identity-based policy allows the bedrock:GetFoundationModelAvailability action"
    )
    aws.replies[AVAILABILITY] = refuse("AccessDeniedException", message, 403)
    found = ask(aws)
    assert "bedrock:GetFoundationModelAvailability" in found.reason
    assert "bedrock:GetFoundationModelAvailability" in found.next_step
    assert "arn:aws:sts" not in found.reason, "who runs Backdrop is nobody's business"


def test_a_profile_that_is_not_active_is_doubt(aws: Aws) -> None:
    aws.replies[PROFILE] = profile(status="CREATING")
    assert ask(aws).state is AccessState.UNKNOWN


def test_the_lifecycle_comes_with_its_days(aws: Aws) -> None:
    aws.replies[LIFECYCLE] = foundation(status="LEGACY", legacyTime=day("2026-12-01"), endOfLifeTime=day("2027-06-01"))
    found = ask(aws)
    assert (found.lifecycle, found.legacy_since, found.end_of_life) == ("LEGACY", "2026-12-01", "2027-06-01")
    assert found.state is AccessState.ACCESSIBLE
    assert not found.ended("2027-05-31")
    assert found.ended("2027-06-01")


def test_an_unknown_lifecycle_or_quota_is_a_note(aws: Aws) -> None:
    aws.replies[LIFECYCLE] = refuse("AccessDeniedException", status=403)
    aws.replies[QUOTAS] = refuse("AccessDeniedException", status=400)
    found = ask(aws)
    assert found.state is AccessState.ACCESSIBLE
    assert any("bedrock:GetFoundationModel is" in note for note in found.notes)
    assert any("servicequotas:ListServiceQuotas" in note for note in found.notes)


def test_nobody_waits_longer_than_the_limit(aws: Aws) -> None:
    def slow(name: str) -> Any:
        time.sleep(2.0)
        return available()(name)

    aws.replies[AVAILABILITY] = slow
    asked = account(aws, seconds=0.6)
    asked.of([])  # makes the clients, which is no part of the wait
    started = time.monotonic()
    found = asked.of([catalogue.service(INPAINT), catalogue.service(REMOVE)])
    assert time.monotonic() - started < 1.5
    assert {one.state for one in found.values()} == {AccessState.UNKNOWN}
    assert "did not answer bedrock:GetFoundationModelAvailability within 0.6 seconds" in found[INPAINT].reason


def test_slow_quotas_do_not_hold_up_access_and_are_there_the_next_time(aws: Aws) -> None:
    def slow(_name: str) -> Any:
        time.sleep(1.0)
        return quotas(**{"On-demand model inference requests per minute for Amazon Nova Canvas": 7.0})("")

    aws.replies[QUOTAS] = slow
    asked = account(aws, seconds=0.5)
    first = asked.of([catalogue.service(CANVAS)])[CANVAS]
    assert (first.state, first.requests_per_minute) == (AccessState.ACCESSIBLE, None)
    time.sleep(1.0)
    assert asked.of([catalogue.service(CANVAS)])[CANVAS].requests_per_minute == 7.0
    assert aws.calls[QUOTAS] == 1


def test_an_answer_is_remembered_a_good_one_longer_than_a_bad_one(aws: Aws) -> None:
    clock = [1000.0]
    asked = account(aws, monotonic=lambda: clock[0])

    def calls(after: float) -> int:
        clock[0] += after
        before = aws.calls[AVAILABILITY]
        asked.of([catalogue.service(INPAINT)])
        return aws.calls[AVAILABILITY] - before

    assert [calls(0), calls(299), calls(2)] == [1, 0, 1]
    aws.replies[AVAILABILITY] = available(authorizationStatus="NOT_AUTHORIZED")
    assert [calls(301), calls(29), calls(2)] == [1, 0, 1]


def test_a_job_does_not_ask_for_quotas(aws: Aws) -> None:
    account(aws).of([catalogue.service(INPAINT)], quotas=False)
    assert aws.calls[QUOTAS] == 0


def test_every_service_says_where_it_can_be_called_or_that_nobody_knows() -> None:
    for entry in catalogue.entries():
        for service_id in entry.services:
            one: ServiceEntry = catalogue.service(service_id)
            assert one.regions or "regions" in one.unverified, service_id
            assert bool(one.routes_to) == bool(one.profile), service_id


def of(region: str, state: AccessState = AccessState.ACCESSIBLE, per_minute: float | None = 20) -> Access:
    bad = state is not AccessState.ACCESSIBLE
    words = ("It is not allowed.", "Ask for it.") if bad else ("", "")
    return Access(INPAINT, state, *words, region, "now", requests_per_minute=per_minute)


def test_in_several_regions_the_best_decides_and_the_others_are_named() -> None:
    denied = of("us-west-2", AccessState.NOT_AUTHORIZED)
    found = across([denied, of("us-east-1"), of("us-east-2")])
    assert (found.state, found.region, found.requests_per_minute) == (AccessState.ACCESSIBLE, "us-east-1", 40)
    assert found.notes == (
        "It is called in us-east-1, us-east-2, wherever a turn comes first.",
        "us-west-2 is left out: It is not allowed. Ask for it.",
    )
    assert across([of("us-east-1")]) == of("us-east-1"), "nothing is said where there is one"


def test_where_every_region_refuses_the_first_of_the_best_says_why() -> None:
    found = across([of("us-east-1", AccessState.NOT_FOUND), of("us-west-2", AccessState.NOT_AUTHORIZED)])
    assert (found.refused, found.region, found.reason) == (True, "us-west-2", "It is not allowed.")
    assert found.notes == ()


def test_quotas_of_several_regions_make_no_number_when_one_is_not_known() -> None:
    assert across([of("us-east-1"), of("us-west-2", per_minute=None)]).requests_per_minute is None


def test_each_model_is_asked_about_in_the_regions_that_serve_it() -> None:
    asked: list[tuple[str, list[str]]] = []

    class Region:
        def __init__(self, name: str) -> None:
            self.name = name

        def of(self, services: Sequence[ServiceEntry], *, quotas: bool = True) -> dict[str, Access]:
            asked.append((self.name, [one.service_id for one in services]))
            assert not quotas
            return {one.service_id: replace(of(self.name), service_id=one.service_id) for one in services}

    regions = ModelRegions("us-east-1", ("us-west-2", "eu-west-1"))
    accounts: Any = {name: Region(name) for name in regions.all}
    services = [catalogue.service(one) for one in (INPAINT, CANVAS, "amazon.titan-image-generator-v1")]
    found = AccountRegions(regions, accounts).of(services, quotas=False)
    assert dict(asked) == {
        "us-east-1": [INPAINT, CANVAS, "amazon.titan-image-generator-v1"],
        "us-west-2": [INPAINT],
        "eu-west-1": [CANVAS],
    }
    assert set(found) == {one.service_id for one in services}


def test_a_region_is_asked_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = AccountModels(region="us-west-2", seconds=0.2).of([catalogue.service(INPAINT)], quotas=False)
    assert found[INPAINT].region == "us-west-2"
