"""Subscriptions of the mails' topic, each of one person: its filter lets only jobs pass that they asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.failures import Kind, Trouble, storage_error, translated
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase
from backdrop.jobs.mails.setting import MailRow, Subscription

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

_PROTOCOL = "email"


@dataclass(frozen=True)
class MailSubscriptions:
    """Subscribes addresses. Every method raises `StorageUnavailable` for what passes by itself, and a `BackdropError`
    with `STORAGE_ERROR` or `INTERNAL` for what does not.

    Args:
        connect: gives the client.
        arn: the topic's.
    """

    connect: Callable[[], SNSClient]
    arn: str

    def look_up(self, row: MailRow) -> Subscription | None:
        """Return what became of a subscription; None when there is none any more: its reader ended it, or did not
        confirm it in time."""
        try:
            with translated(lambda trouble: _failed(trouble, "look at the subscription of the mails")):
                found = self.connect().get_subscription_attributes(SubscriptionArn=row.arn)["Attributes"]
        except _Gone:
            return None
        return Subscription(
            pending=found.get("PendingConfirmation") == "true",
            own=_filter_of(found.get("FilterPolicy", "")) == _wish(row.address),
        )

    def subscribe(self, address: str) -> str:
        """Subscribe an address to the mails of jobs that it asked for, and return the subscription's ARN. SNS mails it
        a link to confirm, again if there is one that waits.

        Raises:
            BackdropError: `MAIL_REFUSED`: the topic takes no more filters, or has the address with another.
        """
        with translated(lambda trouble: _refused(trouble, address)):
            answer = self.connect().subscribe(
                TopicArn=self.arn,
                Protocol=_PROTOCOL,
                Endpoint=address,
                Attributes={"FilterPolicy": json.dumps(_wish(address))},
                ReturnSubscriptionArn=True,
            )
        return answer["SubscriptionArn"]

    def unsubscribe(self, arn: str) -> None:
        """End a subscription; one that is not there is fine."""
        try:
            with translated(lambda trouble: _failed(trouble, "end the subscription of the mails")):
                self.connect().unsubscribe(SubscriptionArn=arn)
        except _Gone:
            return


class _Gone(BackdropError):
    """There is no such subscription."""


def _wish(address: str) -> dict[str, list[str]]:
    return {"RequestedBy": [address]}


def _filter_of(policy: str) -> object:
    return json.loads(policy) if policy else None


def _failed(trouble: Trouble, doing: str) -> BackdropError:
    if trouble.kind is Kind.MISSING:
        return _Gone(ErrorCode.NOT_FOUND, phrase("Could not {doing}: {reason}.", doing=doing, reason=trouble.reason))
    return storage_error(trouble, doing)


def _refused(trouble: Trouble, address: str) -> BackdropError:
    # https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html#API_Subscribe_Errors
    if trouble.code.startswith(("FilterPolicyLimitExceeded", "SubscriptionLimitExceeded")):
        return BackdropError(
            ErrorCode.MAIL_REFUSED,
            phrase("As many people as AWS allows are mailed about their jobs already."),
            phrase(
                "Ask whoever runs Backdrop to have AWS raise the quota of filter policies of SNS "
                "(docs/deploy.md), or somebody else to turn their mails off."
            ),
        )
    if trouble.code.startswith("InvalidParameter") and "already exists" in trouble.message:
        return BackdropError(
            ErrorCode.MAIL_REFUSED,
            phrase(
                "{address} is subscribed to Backdrop's mails already, in another way than for your jobs alone.",
                address=address,
            ),
            phrase("Ask whoever runs Backdrop to end that subscription of the topic, then turn mails on."),
        )
    return storage_error(trouble, "subscribe the address to the mails")
