"""The REST API's Lambda function. Its routes are in `api_routes`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from backdrop.api import http
from backdrop.api.routes import Context, answer_event, logger
from backdrop.api.throttle import check_pace
from backdrop.aws.backdrops_table import BackdropsTable
from backdrop.aws.clients import awaited_functions, awaited_models_in, dynamodb, kms, s3, sns
from backdrop.aws.cut_outs import CutOuts
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.mails.settings_table import MailSettingsTable
from backdrop.aws.mails.subscriptions import MailSubscriptions
from backdrop.aws.messages import Function
from backdrop.aws.model_access import AccountModels, AccountRegions
from backdrop.aws.model_calls import ModelCalls
from backdrop.aws.objects import Objects
from backdrop.aws.proof.heads_table import HeadsTable
from backdrop.aws.request_claims import CallClaims, RequestClaims
from backdrop.aws.requests.counts import RequestCounts
from backdrop.aws.saved.settings_table import SavedSettingsTable
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.aws.secrets import KmsSigner
from backdrop.aws.spending_table import SpendingTable
from backdrop.core.errors import BackdropError
from backdrop.handlers._shared import moderation_gate, prompt_gate
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import ApiEnvironment, PromptEnvironment
from backdrop.jobs.approvals import Addenda
from backdrop.jobs.mails.setting import Mails
from backdrop.jobs.painting.candidates import Studio
from backdrop.jobs.proof.series import Ledger
from backdrop.jobs.submission import Service

_environment = ApiEnvironment.from_env()
_schedules = ScheduleTable(dynamodb, _environment.schedule_table)

_objects = Objects(s3)
_counts = RequestCounts(dynamodb, _environment.images_table)
_spending = SpendingTable(dynamodb, _environment.spending_table, _environment.limits)
_policy = prompt_gate.policy(PromptEnvironment.from_env())

_context = Context(
    service=Service(
        store=ImagesTable(dynamodb, _environment.images_table, _environment.row_lifetime),
        backdrops=BackdropsTable(dynamodb, _environment.images_table),
        saved=SavedSettingsTable(dynamodb, _environment.images_table),
        jobs=JobsTable(dynamodb, _environment.jobs_table, _environment.row_lifetime),
        objects=_objects,
        cut_outs=CutOuts(Function(awaited_functions, _environment.cut_out_function)),
        bucket=_environment.bucket,
        default_model_id=_environment.default_model_id,
        allow_retired_models=_environment.allow_retired_models,
        account=AccountRegions(
            _environment.regions, {region: AccountModels(region=region) for region in _environment.regions.all}
        ),
        answer_days=_environment.answer_days,
        spending=_spending,
        find_schedule=_schedules.read,
        regions=_environment.regions,
        at_once=_environment.map_max_concurrency,
        prompt_policy=_policy,
    ),
    prefixes=(_environment.input_prefix, _environment.output_prefix, _environment.status_prefix),
    requests_per_minute=_environment.requests_per_minute,
    web_app_url=_environment.web_app_url,
    studio=Studio(
        objects=_objects,
        bucket=_environment.bucket,
        input_prefix=_environment.input_prefix,
        claims=CallClaims(RequestClaims(dynamodb, _environment.schedule_table, _environment.images_table)),
        call=ModelCalls(awaited_models_in).ask,
        screen=moderation_gate.screen,
        generator=_environment.generator,
        region=_environment.regions.own,
        prompt_policy=_policy,
        spending=_spending,
    ),
    addenda=Addenda(
        Ledger(
            replace(_objects, lock=_environment.lock),
            KmsSigner(kms, _environment.signing_key_arn),
            HeadsTable(dynamodb, _environment.heads_table),
        )
    ),
    mails=Mails(
        MailSettingsTable(dynamodb, _environment.images_table),
        MailSubscriptions(sns, _environment.topic_arn),
        _environment.notification_email,
    ),
)


@observed("Api")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a Lambda proxy event of API Gateway. The event is never logged: it holds the token."""
    logger.set_correlation_id(http.request_id(event))
    try:
        http.check_is_json(event)
        check_pace(event, _counts, _environment.most_a_minute, time.time())
    except BackdropError as error:
        http.log_refusal(logger, error)
        return http.refuse(error)
    return answer_event(event, context, _context)
