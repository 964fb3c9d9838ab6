"""Subscriptions of e-mail addresses as SNS has them, which MiniStack takes for confirmed at once.

The address is mailed a link, and nothing else until it is followed; the same address with another filter is refused,
and so is one filter more than the quota. Sources:
https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

import secrets
from typing import Any
from urllib.parse import urlencode

from localcloud.emulator import upstream
from localcloud.emulator.mailbox import EMAIL_PROTOCOLS, Mailbox

MOST_FILTERS = 200
"""Filter policies of a topic."""


def install(mailbox: Mailbox, endpoint: str) -> None:
    """Let addresses be asked. `endpoint`: where the link of their mail leads, the emulator's own address."""
    sns = upstream.sns
    upstream.expect_attributes(
        sns, "_subscribe", "_unsubscribe", "_p", "_error", "_topic_by_arn_any_scope", "_find_subscription", "_xml"
    )
    subscribe_at_once, unsubscribe_any = sns._subscribe, sns._unsubscribe

    def subscribe(params: dict[str, Any]) -> Any:
        protocol, address, arn = (sns._p(params, name) for name in ("Protocol", "Endpoint", "TopicArn"))
        topic = sns._topic_by_arn_any_scope(arn)
        if protocol not in EMAIL_PROTOCOLS or topic is None:
            return subscribe_at_once(params)
        wanted, others = _filter_in(params), topic["subscriptions"]
        same = next((one for one in others if (one["protocol"], one["endpoint"]) == (protocol, address)), None)
        if same is None and wanted and sum(bool(_filter_of(one)) for one in others) >= MOST_FILTERS:
            return sns._error(
                "FilterPolicyLimitExceeded", f"Filter policy limit exceeded: {MOST_FILTERS} for the topic {arn}", 403
            )
        if same is not None and _filter_of(same) != wanted:
            words = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
            return sns._error("InvalidParameter", words, 400)
        answer = subscribe_at_once(params)
        if same is None:
            same = next((one for one in topic["subscriptions"] if one["endpoint"] == address), None)
            if same is None:
                return answer
            same |= {"confirmed": False, "token": secrets.token_hex(32)}
            same["attributes"] |= {"PendingConfirmation": "true", "ConfirmationWasAuthenticated": "false"}
        if not same["confirmed"]:
            _ask(mailbox, endpoint, arn, same)
            if sns._p(params, "ReturnSubscriptionArn").lower() != "true":
                told = "<SubscriptionArn>pending confirmation</SubscriptionArn>"
                return sns._xml(200, "SubscribeResponse", f"<SubscribeResult>{told}</SubscribeResult>")
        return answer

    def unsubscribe(params: dict[str, Any]) -> Any:
        arn = sns._p(params, "SubscriptionArn")
        found = sns._find_subscription(arn.rpartition(":")[0], arn)
        if found is not None and not found["confirmed"]:
            words = "Invalid parameter: SubscriptionArn Reason: This subscription is pending confirmation"
            return sns._error("InvalidParameter", words, 400)
        return unsubscribe_any(params)

    sns._subscribe, sns._unsubscribe = subscribe, unsubscribe


def _ask(mailbox: Mailbox, endpoint: str, topic: str, subscription: dict[str, Any]) -> None:
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": subscription["token"]})
    mailbox.deliver(
        subscription["endpoint"],
        "AWS Notification - Subscription Confirmation",
        f"You have chosen to subscribe to the topic:\n{topic}\n\n"
        f"To confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n"
        f"{endpoint}/?{query}\n",
        secrets.token_hex(16),
    )


def _filter_in(params: dict[str, Any]) -> str:
    number = 1
    while key := upstream.sns._p(params, f"Attributes.entry.{number}.key"):
        if key == "FilterPolicy":
            return str(upstream.sns._p(params, f"Attributes.entry.{number}.value"))
        number += 1
    return ""


def _filter_of(subscription: dict[str, Any]) -> str:
    return str(subscription.get("attributes", {}).get("FilterPolicy", ""))
