"""What must hold after each job, whatever went wrong: each broken promise is a sentence."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backdrop.reports.files import NOT_BEGUN
from tests.bench.quick_cloud import QuickCloud
from tests.integration.people import Person
from tests.soak.driving import Ended
from tests.soak.plans import Trouble

_MAIL_SECONDS = 30


def broken_promises(quick: QuickCloud, person: Person, ended: Ended) -> list[str]:
    """Return what does not hold; nothing, when all is well."""
    checks = (
        _states(quick, person, ended),
        _totals(ended),
        _outputs(quick, ended),
        _calls(ended),
        _mails(quick, ended),
    )
    return [sentence for check in checks for sentence in check]


def mails(quick: QuickCloud, job_id: str) -> int:
    """How many mails name the job in what they say."""
    texts = (file.read_text("utf-8") for file in Path(quick.cloud.outputs.mailbox).glob("*.eml"))
    # Long lines are broken with "=" at their end.
    return sum(job_id in text.replace("=\n", "") for text in texts)


def _states(quick: QuickCloud, person: Person, ended: Ended) -> Iterator[str]:
    """Every image has one state, the same in report, table, list and what people see."""
    told = {one["ImageId"]: one["Status"] for one in ended.report["Images"]}
    if len(ended.report["Images"]) != ended.images or len(told) != ended.images:
        yield f"{ended.images} images were to be made, and the report has {sorted(told)}"
    if set(told.values()) - {"Succeeded", "Failed"}:
        yield f"states of the report: {told}"
    for one in ended.report["Images"]:
        if (one["Status"] == "Failed") != bool(one["Error"]) or (one["Status"] == "Succeeded") != bool(one["Output"]):
            yield f"{one['ImageId']} is {one['Status']} with Error {one['Error']} and Output {one['Output']}"
    stored = {row["ImageId"]["S"]: row["Status"]["S"] for row in _rows(quick, ended.job_id) if "Status" in row}
    for image, status in told.items():
        left = ended.trouble in (Trouble.STOPPED, Trouble.CANCELLED) and status == "Failed"
        if stored.get(image) != status and not (left and stored.get(image) in ("Ready", None)):
            yield f"{image} is {status} in the report and {stored.get(image)} in the table"
    if strangers := {image for image, status in stored.items() if status in ("Succeeded", "Failed")} - set(told):
        yield f"images of the table that the report does not know: {strangers}"
    # People read that an image was not begun, where a job was cancelled.
    listed = Counter("Failed" if one["Status"] == NOT_BEGUN else one["Status"] for one in _csv(quick, ended))
    if listed != Counter(told.values()):
        yield f"the report's CSV counts {dict(listed)}, its JSON {dict(Counter(told.values()))}"
    if ended.body is not None:
        seen = person.call("GET", f"/jobs/{ended.job_id}/images").json()["images"]
        if {one["imageId"]: one["status"] for one in seen} != told:
            yield f"people see {[(one['imageId'], one['status']) for one in seen]}, the report tells {told}"


def _totals(ended: Ended) -> Iterator[str]:
    images, totals = ended.report["Images"], ended.report["Totals"]
    counted = Counter(one["Status"] for one in images)
    cancelled = sum(bool(one["Error"]) and one["Error"]["Code"] == "JOB_CANCELLED" for one in images)
    expected = {
        "Images": len(images),
        "Succeeded": counted["Succeeded"],
        "Failed": counted["Failed"],
        "Cancelled": cancelled,
        "ModelCalls": sum(one["Attempts"] - one["Throttled"] for one in images),
    }
    if wrong := {name: totals[name] for name, number in expected.items() if totals[name] != number}:
        yield f"totals {wrong}, and the images make {expected}"
    if cancelled:
        status = "Cancelled"
    elif not counted["Succeeded"]:
        status = "Failed"
    else:
        status = "PartlyFailed" if counted["Failed"] else "Succeeded"
    if ended.report["Job"]["Status"] != status:
        yield f"the report calls the job {ended.report['Job']['Status']}, its images make it {status}"
    if ended.body is not None:
        names = {"total": "Images", "succeeded": "Succeeded", "failed": "Failed", "cancelled": "Cancelled"}
        shown = {names[name]: ended.body["counts"].get(name, 0) for name in names}
        if shown != {name: expected[name] for name in names.values()} or ended.body["status"] != status:
            yield f"people see {ended.body['status']} {shown}, the images make {status} {expected}"
        if ended.body["counts"]["pending"]:
            yield f"an ended job has {ended.body['counts']['pending']} images pending"
    if ended.again and ended.report["Totals"]["Failed"]:
        yield "run again without faults, and not all images were made"


def _outputs(quick: QuickCloud, ended: Ended) -> Iterator[str]:
    """The report's images lie in S3 as it says, and no other image does."""
    s3, job = quick.cloud.client("s3"), ended.report["Job"]
    named = {one["Output"]["Key"]: one["Output"] for one in ended.report["Images"] if one["Output"]}
    if len(named) != ended.report["Totals"]["Succeeded"]:
        yield f"{ended.report['Totals']['Succeeded']} images are done, and have {len(named)} files"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=job["S3Bucket"], Prefix=f"{job['OutputS3Prefix']}/")
    keys = {item["Key"] for page in pages for item in page.get("Contents", [])}
    pictures = {key for key in keys if not key.endswith((".json", ".thumb.jpg"))}
    for key in named.keys() - pictures:
        yield f"{key} is in the report and not in the bucket"
    # A run that is stopped between an image and its record leaves the image. Nobody is told of it, nothing uses it.
    cut_off = sum(bool(one["Error"]) and one["Error"]["Code"] == "RUN_STOPPED" for one in ended.report["Images"])
    strangers = pictures - named.keys()
    if len(strangers) > cut_off:
        yield f"in the bucket and not in the report: {sorted(strangers)}"
    for key in named.keys() & pictures:
        data = s3.get_object(Bucket=job["S3Bucket"], Key=key)["Body"].read()
        if (hashlib.sha256(data).hexdigest(), len(data)) != (named[key]["Sha256"], named[key]["Bytes"]):
            yield f"{key} has other bytes than the report says"
        if f"{key}.thumb.jpg" not in keys:
            yield f"{key} has no thumbnail"


def _calls(ended: Ended) -> Iterator[str]:
    """Each call that may be billed is counted, and no good answer is paid for twice."""
    counted = ended.report["Totals"]["ModelCalls"]
    priced = sum(one["Calls"] for one in ended.report["Cost"]["Models"])
    if counted != priced:
        yield f"{counted} calls are counted, and {priced} are in the price"
    outcomes = Counter(one["outcome"] for one in ended.calls)
    made = outcomes.total() - outcomes["ThrottlingException"]
    # Of a stopped run those of images without an outcome are not in the report, which says so.
    right = counted <= made if ended.trouble is Trouble.STOPPED else counted == made
    if not ended.again and not right:
        yield f"{counted} calls are counted, and {made} were made: {dict(outcomes)}"
    answered = Counter((one["modelId"], one["requestSha256"]) for one in ended.calls if one["outcome"] == "answered")
    if twice := {model for (model, _), number in answered.items() if number > 1}:
        yield f"the same request was answered twice: {twice}"


def _mails(quick: QuickCloud, ended: Ended) -> Iterator[str]:
    deadline = time.monotonic() + _MAIL_SECONDS
    while not (number := mails(quick, ended.job_id)) and time.monotonic() < deadline:
        time.sleep(0.1)
    if number != 1:
        yield f"{number} mails were sent"


def _rows(quick: QuickCloud, job_id: str) -> list[dict[str, Any]]:
    table, values = quick.cloud.outputs.images_table, {":job": {"S": job_id}}
    rows: list[dict[str, Any]] = quick.cloud.client("dynamodb").query(
        TableName=table, KeyConditionExpression="JobId = :job", ExpressionAttributeValues=values, ConsistentRead=True
    )["Items"]
    return rows


def _csv(quick: QuickCloud, ended: Ended) -> list[dict[str, str]]:
    job = ended.report["Job"]
    key = f"{job['StatusS3Prefix']}/status_report_{ended.job_id}.csv"
    body = quick.cloud.client("s3").get_object(Bucket=job["S3Bucket"], Key=key)["Body"].read()
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
