"""Mails and dead letters: a queue of its own hears the job's mail; the stack's queue takes a message."""

from __future__ import annotations

import json

from backdrop_cli.accept.check import Check
from backdrop_cli.accept.job import ended
from backdrop_cli.accept.letters import listen, received, take_out
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.findings import Fault

_SNS = "https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html"
_SQS = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html"
_MAIL_SECONDS, _LETTER_SECONDS = 60.0, 30.0


def check_mail(trial: Trial) -> str:
    """The job's mail is published, and a filter by who asked lets it through."""
    job_id, url = ended(trial).job.job_id, listen(trial)
    found = trial.wait(lambda: received(trial, url, lambda text: job_id in text), _MAIL_SECONDS)
    if found is None:
        raise Fault(
            f"The mail of job {job_id} did not come in {_MAIL_SECONDS:.0f} s.", "See docs/runbooks/mail-not-sent.md."
        )
    envelope = json.loads(found["Body"])
    return f"The topic's filter let the job's mail through: {envelope.get('Subject')}"


def check_dead_letter(trial: Trial) -> str:
    """The workflow may lay down what it can't send, and it can be taken out again."""
    url = trial.patient.output("StreamDeadLetterQueueUrl")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody": {"JobId": trial.id, "Accept": True}},
    }
    trial.made.add("its dead letter", lambda: take_out(trial, trial.id))
    trial.output_of(state, {}, "Compare WorkflowRole with template.yaml and docs/permissions.md.")
    if trial.wait(lambda: take_out(trial, trial.id) or None, _LETTER_SECONDS) is None:
        raise Fault(
            "A message that the workflow sent is not in the dead-letter queue.", "See docs/runbooks/dead-letters.md."
        )
    return "The workflow laid a message into the dead-letter queue; it is taken out again."


CHECKS = (
    Check("mail", "the job's mail is published; a filter policy by `RequestedBy` lets it through", _SNS, check_mail),
    Check(
        "dead letter",
        "`sqs:sendMessage` with the workflow's role reaches the dead-letter queue",
        _SQS,
        check_dead_letter,
    ),
)
