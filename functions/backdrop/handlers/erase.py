"""Erase: remove all that is kept of a job, or of a person, and leave a signed note of it. Called by `backdrop admin
erase`, with an operator's own AWS credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backdrop.api.logs import make_logger
from backdrop.aws.clients import dynamodb, kms, s3, sns
from backdrop.aws.erasure.rows_and_files import ErasableFiles, ErasableRows
from backdrop.aws.mails.settings_table import MailSettingsTable
from backdrop.aws.mails.subscriptions import MailSubscriptions
from backdrop.aws.objects import Objects
from backdrop.aws.proof.heads_table import HeadsTable
from backdrop.aws.secrets import KmsSigner
from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import EraseEnvironment
from backdrop.jobs.erasure.erasing import Plan, erase, measure, plan_job, plan_person
from backdrop.jobs.mails.setting import Mails, forget
from backdrop.jobs.proof import series
from backdrop.reports.proof.links import ERASURE_SCHEMA, LINK_VERSION

logger = make_logger()
_environment = EraseEnvironment.from_env()
rows = ErasableRows(dynamodb, _environment.jobs_table, _environment.images_table)
files = ErasableFiles(s3)
mails = Mails(
    MailSettingsTable(dynamodb, _environment.images_table),
    MailSubscriptions(sns, _environment.topic_arn),
    stack_address="",
)
objects = Objects(s3, lock=_environment.lock)
signer = KmsSigner(kms, _environment.signing_key_arn)
ledger = series.Ledger(objects, signer, HeadsTable(dynamodb, _environment.heads_table))

_RESERVE_MILLISECONDS = 60_000
"""Time that is kept for the rows and the note."""

_MOST_TOLD = 20
"""Files that stayed, with S3's reasons."""


@observed("Erase")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Erase `{"JobId"}` or `{"Person"}`, or with `"Plan": true` say what would go.

    `By` and `Reason`, which the note repeats, are the caller's words.

    Returns:
        `{"Jobs", "Drafts", "Objects", "Bytes"}` of a plan; of an erasure also `Rows`, `Stayed` (how many objects are
        still there), `Why` (some of them with S3's reason) and `Left` (time ran out: call again). Or `{"Refused":
        {"Code", "Cause", "NextStep"}}`.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    try:
        plan = _planned(event)
    except BackdropError as error:
        logger.info("refused", extra={"reason": error.cause})
        return {"Refused": {"Code": error.code.value, "Cause": error.cause, "NextStep": error.next_step}}
    told: dict[str, Any] = {"Jobs": [job.id for job in plan.jobs], "Drafts": len(plan.drafts)}
    if event.get("Plan"):
        count, size = measure(plan, files, _environment.bucket)
        return {**told, "Objects": count, "Bytes": size}
    said = {name: str(event.get(name) or "") for name in ("By", "Reason")}
    done = erase(
        plan,
        rows,
        files,
        _environment.bucket,
        _note,
        lambda owner: forget(mails, owner),
        said,
        lambda: context.get_remaining_time_in_millis() > _RESERVE_MILLISECONDS,
    )
    logger.info("erased", extra={"jobs": told["Jobs"], "objects": done.objects, "stayed": len(done.stayed)})
    return {
        **told,
        "Objects": done.objects,
        "Bytes": done.bytes,
        "Rows": done.rows,
        "Stayed": len(done.stayed),
        "Why": [{"key": one.key, "reason": one.reason} for one in done.stayed[:_MOST_TOLD]],
        "Left": done.left,
    }


def _planned(event: Mapping[str, Any]) -> Plan:
    if event.get("Person"):
        return plan_person(rows, str(event["Person"]), _environment.prefixes)
    return plan_job(rows, str(event["JobId"]))


def _note(erasure: Mapping[str, Any]) -> None:
    folder = keys.chain_folder(_environment.status_prefix)

    def link(_: series.Place) -> dict[str, Any]:
        return {
            "Schema": ERASURE_SCHEMA,
            "SchemaVersion": LINK_VERSION,
            "Erasure": erasure,
            "At": clock.iso(clock.now()),
        }

    series.publish_key(ledger, _environment.bucket, _environment.status_prefix)
    series.add(ledger, _environment.bucket, folder, link)
