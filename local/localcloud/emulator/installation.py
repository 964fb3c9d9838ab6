"""Adds to MiniStack everything that Backdrop needs and it lacks, in one place and in order."""

from localcloud.emulator import bedrock, control_plane, guardrails, mailbox, rekognition, role_calls
from localcloud.emulator.access_plan import AccessPlan
from localcloud.emulator.environment import EmulatorSettings
from localcloud.emulator.faults import FaultPlan
from localcloud.emulator.invocations import InvocationLog
from localcloud.emulator.model_server import ModelServer
from localcloud.emulator.patches import (
    apigateway,
    cloudformation,
    cognito,
    dynamodb,
    event_source,
    eventbridge,
    iam,
    lambda_,
    lambda_forks,
    lambda_logs,
    lambda_workers,
    persistence,
    s3,
    sns,
    transport,
)
from localcloud.emulator.workflow import distributed_map, histories, paths, redrive, runner, starts, tasks


def install_all(settings: EmulatorSettings, faults: FaultPlan, access: AccessPlan, invocations: InvocationLog) -> None:
    """Install services and patches; raises `upstream.UpstreamChanged` when MiniStack has another shape."""
    models = ModelServer(settings.models_url)
    bedrock.install(bedrock.Bedrock(models, faults, access, invocations, settings.played_as()))
    control_plane.add_newer_versions(settings.played_as())
    control_plane.install(control_plane.ControlPlane(access))
    guardrails.install(faults)
    rekognition.install(rekognition.Rekognition(models, faults))
    role_calls.install(role_calls.RoleCalls(settings.home / role_calls.FILE))
    mails = mailbox.Mailbox(settings.home / "mailbox")
    mailbox.install(mails)
    sns.install(mails, f"http://127.0.0.1:{settings.port}")
    cognito.install(mails)
    lambda_.install(faults)
    corrections = (
        lambda_forks,
        lambda_logs,
        lambda_workers,
        event_source,
        eventbridge,
        apigateway,
        cloudformation,
        dynamodb,
        iam,
        s3,
    )
    workflow = (paths, tasks, runner, distributed_map, histories, redrive, starts)
    for patch in (*corrections, persistence, transport, *workflow):
        patch.install()
