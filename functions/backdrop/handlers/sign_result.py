"""SignResult: puts content credentials into a finished image, in place."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from backdrop.aws.clients import s3, secretsmanager
from backdrop.aws.objects import Objects
from backdrop.aws.secrets import Secrets
from backdrop.core import clock
from backdrop.core.errors import ErrorCode, SigningFailed
from backdrop.core.words.marks import phrase
from backdrop.core.workflow_state import Item, RunningJob, read_item, read_job
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import SignResultEnvironment
from backdrop.signing import claims, identity, signer
from backdrop.signing.claims import Claim

objects = Objects(s3)
secrets = Secrets(secretsmanager)
_environment = SignResultEnvironment.from_env()


@observed("SignResult")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Sign the finished file: child state in, the same out, with size and hash of the signed file (docs/contracts.md,
    Workflow).

    `Result.Signed` says whether the file carries credentials; where its format cannot, `Record.Review` says why not.

    Raises:
        SigningFailed: the image was promised credentials and has none; it is recorded as failed.
        BackdropError: `STORAGE_ERROR`.
    """
    job, item, result = read_job(event["Job"]), read_item(event["Item"]), event["Result"]
    key = result["OutputKey"]
    content_type = claims.content_type_of(key)
    if content_type is None or not signer.supports(content_type):
        reason = phrase(
            "Content credentials cannot be put into {kind}.", kind=content_type or phrase("this kind of file")
        )
        return _state(event, result, {"signed": False, "reason": reason})
    claim = _claim(job, item, event["Record"], key, content_type)
    data = objects.get(job.bucket, key, missing=ErrorCode.STORAGE_ERROR)
    if hashlib.sha256(data).hexdigest() == result["OutputSha256"]:
        data = _sign(claim, data)
        objects.put(job.bucket, key, data, content_type)
    else:
        _check_signed_before(claim, data, key)
    changed = {**result, "OutputBytes": len(data), "OutputSha256": hashlib.sha256(data).hexdigest()}
    return _state(event, changed, {"signed": True, "digitalSourceType": claim.source_type})


def _claim(job: RunningJob, item: Item, record: dict[str, Any], key: str, content_type: str) -> Claim:
    return Claim(
        generator=job.background_from,
        mode=job.mode,
        model_id=job.painted.model_id if job.painted else record["ModelId"],
        seed=job.painted.seed if job.painted else int(record["Seed"]),
        photo_name=item.name,
        photo_sha256=record["SourceSha256"],
        content_type=content_type,
        extension=f".{key.rpartition('.')[2]}",
        made_at=clock.iso(clock.now()),
    )


def _sign(claim: Claim, data: bytes) -> bytes:
    try:
        who = identity.parse(secrets.read(_environment.secret_arn))
        return signer.sign(who, claims.manifest(claim), data, claim.content_type)
    except SigningFailed:
        secrets.forget()
        raise


def _check_signed_before(claim: Claim, data: bytes, key: str) -> None:
    """Check that a file which is not the one that was made is that one signed: by an earlier attempt, whose answer was
    lost.

    Raises:
        SigningFailed: it is some other file.
    """
    seen = signer.read(data, claim.content_type)
    if seen is None or not seen.intact or not claims.is_of(claim, seen.manifest):
        raise SigningFailed(
            ErrorCode.SIGNING_FAILED,
            phrase("{key} is not the image that was made, nor that image signed.", key=key),
            phrase("Run the image again."),
        )


def _state(event: dict[str, Any], result: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    record = event["Record"]
    review = {**json.loads(record.get("Review") or "{}"), "credentials": said}
    changes = {
        "OutputBytes": str(result["OutputBytes"]),
        "OutputSha256": result["OutputSha256"],
        "Review": json.dumps(review, separators=(",", ":")),
    }
    return {**event, "Result": {**result, "Signed": said["signed"]}, "Record": {**record, **changes}}
