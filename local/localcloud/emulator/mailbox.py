"""E-mail of SNS topics and of user pools: each delivery becomes an `.eml` file in the mailbox folder."""

import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from localcloud.emulator import upstream

EMAIL_PROTOCOLS = ("email", "email-json")
_SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"


class Mailbox:
    """A folder of mails. File names sort by time; a mail appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def deliver(self, recipient: str, subject: str, text: str, message_id: str, sender: str = _SENDER) -> Path:
        """Write one mail and return its file."""
        now = datetime.now(UTC)
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = recipient
        mail["Subject"] = " ".join(subject.split())
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message_id}@sns.amazonaws.com>"
        mail.set_content(text)
        stem = f"{now:%Y%m%dT%H%M%S}.{now.microsecond:06d}-{message_id}"
        with self._lock:
            target = self._free_name(stem)
            draft = target.with_suffix(".tmp")
            draft.write_bytes(mail.as_bytes())
            draft.replace(target)
        return target

    def _free_name(self, stem: str) -> Path:
        target, number = self._folder / f"{stem}.eml", 1
        while target.exists():
            target, number = self._folder / f"{stem}-{number}.eml", number + 1
        return target


def install(mailbox: Mailbox) -> None:
    """Deliver what is published to a topic to its e-mail subscribers, as SNS words it."""
    sns = upstream.sns
    upstream.expect_attributes(
        sns, "_fanout", "_topic_by_arn_any_scope", "_resolve_message_for_protocol", "_matches_filter_policy"
    )
    stock_fanout = sns._fanout

    def fanout(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        *rest: Any,
        **more: Any,
    ) -> None:
        stock_fanout(topic_arn, msg_id, message, subject, message_structure, message_attributes, *rest, **more)
        topic = sns._topic_by_arn_any_scope(topic_arn) or {}
        for subscription in topic.get("subscriptions", []):
            if subscription.get("protocol") not in EMAIL_PROTOCOLS or not subscription.get("confirmed"):
                continue
            text = sns._resolve_message_for_protocol(message, message_structure, subscription["protocol"])
            if sns._matches_filter_policy(subscription, message_attributes or {}, text):
                title = subject or "AWS Notification Message"
                mailbox.deliver(subscription["endpoint"], title, text, msg_id)

    sns._fanout = fanout
    _publish_workflows_attributes()


def _publish_workflows_attributes() -> None:
    """Let `sns:publish` of a state machine carry `MessageAttributes`, a map there as in the SDKs, which MiniStack reads
    in the form of the query API alone.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
    """
    sfn, resource = upstream.stepfunctions, "arn:aws:states:::sns:publish"
    upstream.expect_attributes(sfn, "_SERVICE_DISPATCH")
    stock = sfn._SERVICE_DISPATCH[resource]

    def publish(name: str, parameters: dict[str, Any]) -> Any:
        given = dict(parameters)
        for number, (key, value) in enumerate(given.pop("MessageAttributes", {}).items(), 1):
            entry = f"MessageAttributes.entry.{number}"
            given[f"{entry}.Name"] = key
            given |= {f"{entry}.Value.{part}": text for part, text in value.items()}
        return stock(name, given)

    sfn._SERVICE_DISPATCH[resource] = publish
