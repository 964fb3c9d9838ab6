"""What the account may do with the models: shown with each, and a job on one out of reach is refused in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from backdrop.core.vocabulary import AccessState
from backdrop.models.account.access import Access
from backdrop.models.catalogue import ServiceEntry
from tests.unit.api.conftest import MODEL, Api

REMOVE = "us.stability.stable-image-remove-background-v1:0"
REPLACE = "us.stability.stable-image-search-replace-v1:0"
CHECKED = "2026-11-21T04:00:00.000Z"


class Account:
    """Twin of `aws.model_access.AccountModels`: everything is accessible, but for what `said` holds."""

    def __init__(self) -> None:
        self.said: dict[str, Access] = {}
        self.quota: float | None = None
        self.asked: list[str] = []

    def say(self, service_id: str, state: AccessState, **more: Any) -> None:
        self.said[service_id] = Access(service_id, state, "It is so.", "Mend it.", "us-east-1", CHECKED, **more)

    def of(self, services: Sequence[ServiceEntry], *, quotas: bool = True) -> Mapping[str, Access]:
        self.asked.extend(one.service_id for one in services)
        good = [
            Access(one.service_id, AccessState.ACCESSIBLE, "", "", "us-east-1", CHECKED, lifecycle="ACTIVE")
            for one in services
        ]
        found = {one.service_id: self.said.get(one.service_id, one) for one in good}
        return {name: replace(one, requests_per_minute=self.quota) for name, one in found.items()}


@pytest.fixture
def account(api: Api, monkeypatch: pytest.MonkeyPatch) -> Account:
    made, plain = Account(), api.service
    monkeypatch.setattr(api, "service", lambda: replace(plain(), account=made))
    return made


def shown(api: Api, model_id: str = MODEL) -> dict[str, Any]:
    answer = api.call("GET", "/models")
    assert answer.status == 200, answer
    return next(model for model in answer.body["models"] if model["modelId"] == model_id)


def test_a_model_is_shown_with_where_it_is_called_and_what_the_account_may(api: Api, account: Account) -> None:
    account.quota = 12.0
    model = shown(api)
    assert model["usable"] is True
    assert model["regions"] == model["routesTo"] == ["us-east-1", "us-east-2", "us-west-2"]
    assert model["inferenceProfile"] == MODEL
    assert model["accountRequestsPerMinute"] == 12.0
    assert model["requestsPerMinute"] == 20
    assert model["access"] == {
        "state": "ACCESSIBLE",
        "lifecycle": "ACTIVE",
        "region": "us-east-1",
        "checkedAt": CHECKED,
    }


def test_a_model_is_no_better_than_the_worst_of_its_passes(api: Api, account: Account) -> None:
    account.say(REMOVE, AccessState.AGREEMENT_NEEDED)
    model = shown(api)
    assert model["usable"] is False
    assert model["access"]["state"] == "AGREEMENT_NEEDED"
    assert REMOVE in model["reason"]
    assert model["access"]["nextStep"] == "Mend it."


def test_doubt_leaves_a_model_usable(api: Api, account: Account) -> None:
    account.say(MODEL, AccessState.UNKNOWN)
    model = shown(api)
    assert model["usable"] is True
    assert model["access"]["state"] == "UNKNOWN"
    assert model["access"]["reason"] == "It is so."


def test_an_end_of_life_that_aws_tells_counts_before_the_catalogue_knows_it(api: Api, account: Account) -> None:
    account.said[MODEL] = Access(
        MODEL, AccessState.ACCESSIBLE, "", "", "us-east-1", CHECKED, lifecycle="LEGACY", end_of_life="2026-11-21"
    )
    model = shown(api)
    assert model["usable"] is False
    assert "2026-11-21" in model["reason"]
    assert model["endOfLife"] == "2026-11-21"
    account.said[MODEL] = replace(account.said[MODEL], end_of_life="2026-11-22")
    assert shown(api)["usable"] is True


def test_a_retired_model_stays_refused_whatever_access_says_but_where_it_is_played(api: Api, account: Account) -> None:
    canvas = "amazon.nova-canvas-v1:0"
    assert shown(api, canvas)["usable"] is False
    api.allow_retired = True
    account.said[canvas] = Access(
        canvas, AccessState.ACCESSIBLE, "", "", "us-east-1", CHECKED, lifecycle="LEGACY", end_of_life="2026-09-30"
    )
    assert shown(api, canvas)["usable"] is True


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (AccessState.NOT_AUTHORIZED, "MODEL_ACCESS_DENIED"),
        (AccessState.AGREEMENT_NEEDED, "MODEL_ACCESS_DENIED"),
        (AccessState.NOT_FOUND, "MODEL_NOT_SERVED"),
        (AccessState.NOT_AVAILABLE_IN_REGION, "MODEL_NOT_SERVED"),
    ],
)
def test_a_job_on_a_model_out_of_reach_is_refused_naming_those_that_can_be_used(
    api: Api, account: Account, state: AccessState, code: str
) -> None:
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    account.say(MODEL, state)
    answer = api.submit(draft)
    assert (answer.status, answer.code) == (409, code)
    assert "It is so." in answer.message
    assert REPLACE in answer.message.partition("can be used:")[2]
    assert "nova-canvas" not in answer.message
    assert answer.body["error"]["nextStep"] == "Mend it."
    assert api.jobs.puts == 0
    assert api.call("GET", f"/drafts/{draft}").body["submitted"] is False
    account.said.clear()
    assert api.submit(draft).status == 202, "and it goes on where it stopped, once access is there"


def test_a_job_in_doubt_is_taken(api: Api, account: Account) -> None:
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    account.say(MODEL, AccessState.UNKNOWN)
    assert api.submit(draft).status == 202


def test_only_the_calls_that_the_job_needs_count(api: Api, account: Account) -> None:
    """With the built-in cut-out as the mask's source, remove-background is never called."""
    account.say(REMOVE, AccessState.NOT_AUTHORIZED)
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    refused = api.submit(draft)
    assert refused.code == "MODEL_ACCESS_DENIED"
    assert "No other model" in refused.message, "the built-in cut-out paints no beach"
    account.asked.clear()
    answer = api.submit(draft, options={"maskSource": "BUILT_IN"})
    assert answer.status == 202, answer
    assert account.asked == [MODEL]


def test_an_aspect_that_cannot_be_painted_is_noted_and_refused_where_it_is_asked_for(
    api: Api, account: Account
) -> None:
    outpaint = "us.stability.stable-outpaint-v1:0"
    account.say(outpaint, AccessState.NOT_AUTHORIZED)
    model = shown(api)
    assert model["usable"] is True
    assert model["access"]["notes"] == [f"Painting beyond the photo's frame needs {outpaint}: It is so."]
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    assert api.submit(draft, options={"output": {"aspect": "1:1"}}).code == "MODEL_ACCESS_DENIED"
    assert api.submit(draft).status == 202


def test_aws_is_not_asked_about_retired_models(api: Api, account: Account) -> None:
    assert "access" not in shown(api, "amazon.nova-canvas-v1:0")
    assert not [service_id for service_id in account.asked if service_id.startswith("amazon.")]
    api.allow_retired = True
    assert shown(api, "amazon.nova-canvas-v1:0")["access"]["state"] == "ACCESSIBLE"


def test_a_second_submit_answers_the_job_whatever_access_is_by_then(api: Api, account: Account) -> None:
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    assert api.submit(draft).status == 202
    account.say(MODEL, AccessState.NOT_AUTHORIZED)
    assert api.submit(draft).status == 200
