"""Being mailed about one's own jobs: on, off, and what state it is in."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.aws.mails.subscriptions import MailSubscriptions
from backdrop.core.errors import BackdropError
from backdrop.core.keys import owner_hash
from backdrop.jobs.mails.setting import MailRow, Subscription, forget
from tests.unit.api.conftest import Api
from tests.unit.aws.wire import Refusal, answer, client, sent

ADDRESS, ARN = "ann@example.com", "arn:ann@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"


def state(api: Api, method: str = "GET", **claims: str) -> str:
    who = {"sub": "ann", "email": ADDRESS, "email_verified": "true", **claims}
    found = api.call(method, "/me/mail", claims=who)
    assert found.status == 200, found
    assert found.body["address"] in found.body["message"]
    return str(found.body["state"])


def test_it_is_asked_for_confirmed_by_its_reader_and_ended(api: Api) -> None:
    assert [state(api), state(api, "PUT"), state(api)] == ["OFF", "ASKED", "ASKED"]
    # Again: SNS sends the link once more. Off: SNS ends nothing that waits.
    assert [state(api, "PUT"), state(api, "DELETE")] == ["ASKED", "ASKED"]
    assert api.topic.asked == [ADDRESS, ADDRESS]

    api.topic.confirm(ADDRESS)

    assert [state(api), state(api, "PUT")] == ["ON", "ON"]
    assert len(api.topic.asked) == 2, "whoever has confirmed is not asked again"
    assert state(api, sub="eve", email="eve@example.com") == "OFF"
    assert state(api, "DELETE", sub="eve", email="eve@example.com") == "OFF"
    assert state(api) == "ON"
    assert [state(api, "DELETE"), state(api), state(api, "DELETE")] == ["OFF", "OFF", "OFF"]
    assert not api.topic.found
    assert not api.mail_rows.rows


def test_what_its_reader_ended_or_let_expire_is_off_and_can_be_turned_on(api: Api) -> None:
    state(api, "PUT")
    api.topic.found.clear()

    assert [state(api), state(api, "PUT")] == ["OFF", "ASKED"]


@pytest.mark.parametrize("claims", [{"email_verified": "false"}, {"email_verified": ""}, {"email": ""}])
def test_an_address_that_nobody_verified_is_refused(api: Api, claims: dict[str, str]) -> None:
    found = api.call("PUT", "/me/mail", claims={"sub": "ann", "email": ADDRESS, "email_verified": "true", **claims})

    assert (found.status, found.code) == (409, "MAIL_REFUSED")
    assert "verify" in found.body["error"]["nextStep"]
    assert not api.topic.asked


def test_the_stacks_own_address_has_all_mails_and_is_never_subscribed_or_unsubscribed(api: Api) -> None:
    own = "shop@EXAMPLE.com"
    api.topic.found["arn:stack"] = Subscription(pending=False, own=False)

    assert [state(api, email=own), state(api, "PUT", email=own)] == ["ALL", "ALL"]
    refused = api.call("DELETE", "/me/mail", claims={"sub": "ann", "email": own})

    assert (refused.status, refused.code) == (409, "MAIL_REFUSED")
    assert "NotificationEmail" in refused.body["error"]["nextStep"]
    assert list(api.topic.found) == ["arn:stack"]
    assert not api.topic.asked


def test_a_subscription_that_became_one_of_all_jobs_is_not_ended(api: Api) -> None:
    state(api, "PUT")
    api.topic.found[ARN] = Subscription(pending=False, own=False)

    assert state(api, "DELETE") == "OFF"
    assert ARN in api.topic.found


def test_another_address_of_the_same_person_takes_the_earlier_ones_place(api: Api) -> None:
    state(api, "PUT")
    api.topic.confirm(ADDRESS)

    assert state(api, email="ann@shop.example") == "OFF", "her jobs carry the new address"
    assert state(api, "PUT", email="ann@shop.example") == "ASKED"
    assert list(api.topic.found) == ["arn:ann@shop.example"]


def test_whoever_is_erased_is_mailed_no_more(api: Api) -> None:
    state(api, "PUT")
    api.topic.confirm(ADDRESS)

    assert [forget(api.mails(), owner_hash(who)) for who in ("eve", "ann", "ann")] == [0, 1, 0]
    assert (api.topic.found, api.mail_rows.rows) == ({}, {})


@pytest.mark.parametrize(
    ("code", "words", "next_step"),
    [
        ("FilterPolicyLimitExceeded", "Filter policy limit exceeded", "raise the quota"),
        ("InvalidParameter", "Reason: Subscription already exists with different attributes", "end that subscription"),
    ],
)
def test_what_sns_refuses_is_said_with_a_next_step(code: str, words: str, next_step: str) -> None:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{words}</Message></Error></ErrorResponse>".encode()
    topic = MailSubscriptions(lambda: client("sns", lambda _: answer(400, body, {"content-type": "text/xml"})), TOPIC)
    with pytest.raises(BackdropError) as caught:
        topic.subscribe(ADDRESS)

    assert caught.value.code == "MAIL_REFUSED"
    assert next_step in caught.value.next_step


def test_the_filter_names_who_asked_and_what_is_gone_is_none() -> None:
    asked: list[str] = []

    def server(request: Any) -> Any:
        asked.append(sent(request).decode())
        done = b"<SubscribeResponse><SubscribeResult><SubscriptionArn>arn:1</SubscriptionArn></SubscribeResult></SubscribeResponse>"  # noqa: E501
        return answer(body=done, headers={"content-type": "text/xml"})

    topic = MailSubscriptions(lambda: client("sns", server), TOPIC)

    assert topic.subscribe(ADDRESS) == "arn:1"
    assert "FilterPolicy" in asked[0]
    assert "RequestedBy%22%3A+%5B%22ann%40example.com%22%5D" in asked[0]
    assert "ReturnSubscriptionArn=true" in asked[0]
    gone = MailSubscriptions(lambda: client("sns", Refusal("NotFound", 404, xml=True)), TOPIC)
    assert gone.look_up(MailRow("arn:1", ADDRESS)) is None
