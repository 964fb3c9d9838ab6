"""What `backdrop doctor` looks at: each check asks AWS one thing, reads only, and says what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from typing import Any

import httpx

from backdrop.api.schemas.models import AccountCatalogue, Model, find_model
from backdrop.core.vocabulary import AccessState
from backdrop_cli.account import NoAnswer, StackAccess, ask
from backdrop_cli.doctor.findings import DEPLOY, Fault, Finding, NotTried, find

_ENDS_SOON_DAYS = 60
"""As the alarm about it has it (template.yaml, ModelEndsAlarm)."""


@dataclass(frozen=True)
class Patient:
    """A stack as AWS tells of it; each question is asked once."""

    access: StackAccess
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def client(self, service: str) -> Any:
        """Return a client of that service."""
        return self.access.connect(service)

    @cached_property
    def described(self) -> Mapping[str, Any]:
        """The stack as CloudFormation describes it.

        Raises:
            Fault: there is none.
            NoAnswer: AWS does not say.
        """
        describe = partial(self.client("cloudformation").describe_stacks, StackName=self.access.name)
        try:
            return dict(ask(describe)["Stacks"][0])
        except NoAnswer as silence:
            # CloudFormation has no code of its own for it.
            if "does not exist" not in str(silence):
                raise
            words = f"There is no stack {self.access.name} in {self.access.region}."
            raise Fault(words, "Check --stack, --region and --profile.") from silence

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        return {one["OutputKey"]: one["OutputValue"] for one in self.described.get("Outputs", [])}

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The stack's parameters by name."""
        return {one["ParameterKey"]: one["ParameterValue"] for one in self.described.get("Parameters", [])}

    @cached_property
    def resources(self) -> list[tuple[str, str]]:
        """Type and physical id of each of its resources."""

        def listed() -> list[tuple[str, str]]:
            pages = self.client("cloudformation").get_paginator("list_stack_resources")
            return [
                (one["ResourceType"], one["PhysicalResourceId"])
                for page in pages.paginate(StackName=self.access.name)
                for one in page["StackResourceSummaries"]
                if "PhysicalResourceId" in one
            ]

        return list(ask(listed))

    @cached_property
    def models(self) -> AccountCatalogue:
        """What the account may do with the models."""
        return self.access.models()

    def output(self, name: str) -> str:
        """An output of the stack.

        Raises:
            Fault: there is none of that name.
        """
        if name not in self.outputs:
            raise Fault(f"The stack has no output {name}: it is of another version.", DEPLOY)
        return self.outputs[name]

    def of_type(self, type_: str) -> list[str]:
        """Physical ids of the stack's resources of a type.

        Raises:
            Fault: there is none.
        """
        found = [id_ for one, id_ in self.resources if one == type_]
        if not found:
            raise Fault(f"The stack has no {type_}.", DEPLOY)
        return found


def check_stack(patient: Patient) -> str:
    """The last deployment went through."""
    status = patient.described["StackStatus"]
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Fault(f"The stack {patient.access.name} is {status}.", DEPLOY)
    return f"The stack {patient.access.name} is {status}."


def check_functions(patient: Patient) -> str:
    """Every function can be called, as it was deployed last."""
    names = patient.of_type("AWS::Lambda::Function")
    for name in names:
        found = ask(partial(patient.client("lambda").get_function_configuration, FunctionName=name))
        state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        if state not in ("Active", "Inactive") or update == "Failed":
            why = found.get("StateReason") or found.get("LastUpdateStatusReason") or ""
            raise Fault(f"The function {name} is {state}, its last update {update}. {why}".strip(), DEPLOY)
    return f"{len(names)} functions can be called."


def check_workflow(patient: Patient) -> str:
    """The workflow can be started."""
    arn = patient.output("StateMachineArn")
    status = ask(lambda: patient.client("stepfunctions").describe_state_machine(stateMachineArn=arn))["status"]
    if status != "ACTIVE":
        raise Fault(f"The state machine is {status}.", DEPLOY)
    return "The state machine is ACTIVE."


def check_storage(patient: Patient) -> str:
    """Bucket and tables are there."""
    bucket = patient.output("BucketName")
    ask(lambda: patient.client("s3").head_bucket(Bucket=bucket))
    names = [patient.output(f"{name}TableName") for name in ("Jobs", "Images", "Schedule")]
    for name in names:
        found = ask(partial(patient.client("dynamodb").describe_table, TableName=name))
        status = found["Table"]["TableStatus"]
        if status not in ("ACTIVE", "UPDATING"):
            raise Fault(f"The table {name} is {status}.", "Look at it in DynamoDB's console.")
    return f"The bucket and {len(names)} tables are there."


def check_api(patient: Patient) -> str:
    """The API answers; it asks for a sign-in."""
    url = f"{patient.access.api_url or patient.output('ApiUrl')}/models"
    try:
        status = httpx.get(url, timeout=20).status_code
    except httpx.HTTPError as error:
        raise NotTried(f"{url} can't be reached from here: {error}.") from error
    if status != 401:
        raise Fault(
            f"{url} answers {status} to somebody who is not signed in, not 401.", "See docs/runbooks/api-errors.md."
        )
    return "The API answers, and asks for a sign-in."


def check_concurrency(patient: Patient) -> str:
    """Lambda runs as many functions at once as a job wants."""
    limits = patient.models.functions
    if limits.unreserved_concurrent_executions is None:
        raise NotTried(f"{limits.reason} {limits.next_step}".strip())
    wanted = int(patient.parameters.get("MapMaxConcurrency") or limits.wanted_concurrent_executions)
    if limits.unreserved_concurrent_executions < wanted:
        raise Fault(
            f"Lambda runs {limits.unreserved_concurrent_executions} functions at once here, and a job wants {wanted}.",
            limits.next_step or "Deploy with a smaller MapMaxConcurrency, or ask Service Quotas for more.",
        )
    return f"Lambda runs {limits.unreserved_concurrent_executions:,} functions at once; a job wants {wanted}."


def check_model_access(patient: Patient) -> str:
    """The account may use the default model."""
    model = _default_model(patient)
    told = model.access
    if told is None or told.state is AccessState.UNKNOWN:
        raise NotTried((told.reason if told else None) or f"AWS has no answer about {model.model_id}.")
    if not model.usable:
        step = told.next_step or "See docs/runbooks/model-ends.md."
        raise Fault(f"{model.model_id}: {model.reason or told.reason or told.state}", step)
    return f"{model.model_id} can be used."


def check_model_lifecycle(patient: Patient) -> str:
    """The default model is served for long enough."""
    model = _default_model(patient)
    ends, step = model.end_of_life, "See docs/runbooks/model-ends.md."
    if model.state != "ACTIVE":
        raise Fault(f"{model.model_id} is {model.state}.", step)
    if ends and (date.fromisoformat(ends) - patient.today).days < _ENDS_SOON_DAYS:
        raise Fault(f"{model.model_id} is served until {ends}.", step)
    if model.access and model.access.lifecycle == "LEGACY":
        raise Fault(f"AWS calls {model.model_id} LEGACY: it is served for a time only.", step)
    return f"{model.model_id} is served{f' until {ends}' if ends else '; AWS names no end'}."


def check_quota(patient: Patient) -> str:
    """How many calls of the default model a minute has."""
    model = _default_model(patient)
    asked = float(patient.parameters.get("ModelRequestsPerMinute") or -1)
    quota = model.account_requests_per_minute
    if asked > 0 and quota is not None and asked > quota:
        raise Fault(
            f"ModelRequestsPerMinute is {asked:g}, and the account's quota for {model.model_id} is {quota:g} a minute.",
            "Deploy with what the quota lets pass, or -1; or ask Service Quotas for more.",
        )
    if quota is None:
        return f"Service Quotas tells no quota of {model.model_id}: the pace finds it out."
    return f"{model.model_id}: {quota:g} calls a minute."


def check_mail(patient: Patient) -> str:
    """Somebody gets the jobs' mails."""
    return _check_subscribed(patient, "TopicArn", "the jobs' mails", "NotificationEmail")


def check_ops_mail(patient: Patient) -> str:
    """Somebody gets the alarms."""
    return _check_subscribed(patient, "OpsTopicArn", "the alarms", "OpsEmail")


def check_queue(patient: Patient) -> str:
    """Nothing waits in the dead-letter queue."""
    url, names = patient.output("StreamDeadLetterQueueUrl"), ["ApproximateNumberOfMessages"]
    answer = ask(lambda: patient.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names))
    count = int(answer["Attributes"][names[0]])
    if count:
        raise Fault(f"{count} messages wait in the dead-letter queue.", "See docs/runbooks/dead-letters.md.")
    return "The dead-letter queue is empty."


def check_sweeper(patient: Patient) -> str:
    """Stuck jobs are looked after by themselves."""
    for name in patient.of_type("AWS::Events::Rule"):
        # A rule of the account's own bus; its physical id is its name.
        found = ask(partial(patient.client("events").describe_rule, Name=name))
        if found["State"] == "DISABLED":
            raise Fault(
                f"The rule {name} is switched off: stuck jobs stay stuck.",
                f"Switch it on: aws events enable-rule --name {name}",
            )
    return "The sweeper's rules are switched on."


def check_last_job(patient: Patient) -> str:
    """The latest run of the workflow did not fail."""
    arn = patient.output("StateMachineArn")
    runs = ask(lambda: patient.client("stepfunctions").list_executions(stateMachineArn=arn, maxResults=1))["executions"]
    if not runs:
        return "No job has been run yet."
    name, status = runs[0]["name"], runs[0]["status"]
    if status not in ("SUCCEEDED", "RUNNING"):
        raise Fault(f"The latest job, {name}, ended as {status}.", "See docs/runbooks/jobs-failed.md.")
    return f"The latest job, {name}: {status}."


def check_alarms(patient: Patient) -> str:
    """No alarm of the stack is on."""
    ours = patient.of_type("AWS::CloudWatch::Alarm")
    found = ask(lambda: patient.client("cloudwatch").describe_alarms(AlarmNames=ours))["MetricAlarms"]
    on = sorted(one["AlarmName"] for one in found if one["StateValue"] == "ALARM")
    if on:
        raise Fault(f"Alarms are on: {', '.join(on)}.", "Each alarm's text names its page.")
    return f"None of {len(ours)} alarms is on."


def _default_model(patient: Patient) -> Model:
    model_id = patient.parameters.get("ModelId") or patient.models.default_model_id
    found = find_model(patient.models.models, model_id)
    if found is None:
        raise NotTried(f"{model_id} is not in this version's catalogue.")
    return found


def _check_subscribed(patient: Patient, output: str, what: str, parameter: str) -> str:
    arn = patient.output(output)
    listed = ask(lambda: patient.client("sns").list_subscriptions_by_topic(TopicArn=arn))["Subscriptions"]
    confirmed = [one for one in listed if one["SubscriptionArn"].startswith("arn:")]
    if confirmed:
        return f"{len(confirmed)} confirmed subscription{'s' * (len(confirmed) != 1)} to {what}."
    if listed:
        raise Fault(
            f"Nobody gets {what}: {len(listed)} subscriptions wait to be confirmed.",
            "Open the mail that AWS sent to the address, and confirm; after three days subscribe it again.",
        )
    raise Fault(f"Nobody is subscribed to {what}.", f"Deploy with {parameter}, or subscribe an address to {arn}.")


CHECKS: Mapping[str, Callable[[Patient], str]] = {
    "stack": check_stack,
    "functions": check_functions,
    "workflow": check_workflow,
    "storage": check_storage,
    "api": check_api,
    "concurrency": check_concurrency,
    "model access": check_model_access,
    "model lifecycle": check_model_lifecycle,
    "quota": check_quota,
    "mail": check_mail,
    "alarms' mail": check_ops_mail,
    "dead letters": check_queue,
    "sweeper": check_sweeper,
    "last job": check_last_job,
    "alarms": check_alarms,
}
"""By name, in the order in which they are told."""


def examine(patient: Patient) -> Iterator[Finding]:
    """Yield what each check finds. A stack that is not there is all that is told of it."""
    for name, check in CHECKS.items():
        found = find(name, check, patient)
        yield found
        if name == "stack" and "StackStatus" not in patient.__dict__.get("described", {}):
            return
