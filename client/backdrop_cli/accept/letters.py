"""Queues: one of the trial's own that hears the jobs' mails, and messages taken out of one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from backdrop_cli.accept.trial import Trial


def listen(trial: Trial) -> str:
    """Subscribe a queue of its own to the topic of mails, for mails about its own user's jobs; return its address."""
    return trial.once("a queue that hears the mails", lambda: _subscribe(trial))


def _subscribe(trial: Trial) -> str:
    topic = trial.patient.output("TopicArn")
    arn = ":".join([*topic.split(":")[:2], "sqs", *topic.split(":")[3:5], trial.id])
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = trial.call("sqs", "create_queue", QueueName=trial.id, Attributes={"Policy": policy})["QueueUrl"]
    trial.made.add("its queue", lambda: trial.call("sqs", "delete_queue", QueueUrl=url))
    wanted = {"FilterPolicy": json.dumps({"RequestedBy": [trial.address]})}
    subscribed = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": arn, "ReturnSubscriptionArn": True}
    subscription = trial.call("sns", "subscribe", **subscribed, Attributes=wanted)["SubscriptionArn"]
    trial.made.add("its subscription", lambda: trial.call("sns", "unsubscribe", SubscriptionArn=subscription))
    return str(url)


def received(trial: Trial, url: str, ours: Callable[[str], bool]) -> Mapping[str, Any] | None:
    """The message that is ours, deleted; others are seen again by everybody after a second."""
    wish = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "VisibilityTimeout": 1}
    for one in trial.call("sqs", "receive_message", QueueUrl=url, **wish).get("Messages", []):
        if ours(one["Body"]):
            trial.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            return dict(one)
    return None


def take_out(trial: Trial, word: str) -> bool:
    """Take a message with that word in it out of the stack's dead-letter queue; return whether there was one."""
    return received(trial, trial.patient.output("StreamDeadLetterQueueUrl"), lambda text: word in text) is not None


def take_all_out(trial: Trial, word: str) -> None:
    """Take all messages with that word in them out of the stack's dead-letter queue."""
    while take_out(trial, word):
        pass
