"""ResultWriter: what a Map Run leaves in S3.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import json
from typing import Any

from localcloud.emulator.authorization import object_permission
from localcloud.emulator.objects import ObjectError, write_object
from localcloud.emulator.workflow.map_run import MapRun
from localcloud.emulator.workflow.permissions import require
from localcloud.emulator.workflow.tasks import task_error

_FAILED = "States.ResultWriterFailed"


def write_results(run: MapRun, execution: dict[str, Any], bucket: str, prefix: str) -> dict[str, Any]:
    """Write `SUCCEEDED_0.json`, `FAILED_0.json` and `manifest.json` under `<prefix>/<map run id>/`.

    Returns the Map state's result. Raises `States.ResultWriterFailed`.
    """
    parts = [part for part in (prefix.strip("/"), run.arn.rsplit(":", 1)[-1]) if part]
    folder = "/".join(parts)
    manifest_key = f"{folder}/manifest.json"
    require(execution, [object_permission("s3:PutObject", bucket, manifest_key)], refusal=_FAILED)
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    children = run.children()
    for status, statuses in (("FAILED", ("FAILED", "TIMED_OUT", "ABORTED")), ("SUCCEEDED", ("SUCCEEDED",))):
        records = [_record(child) for child in children if child["status"] in statuses]
        if records:
            key = f"{folder}/{status}_0.json"
            files[status].append({"Key": key, "Size": _write(bucket, key, records)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    _write(bucket, manifest_key, manifest)
    counts = run.record["itemCounts"]
    counts["resultsWritten"] = counts["succeeded"] + counts["failed"]
    return {"MapRunArn": run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": manifest_key}}


def _write(bucket: str, key: str, document: Any) -> int:
    body = json.dumps(document).encode()
    try:
        write_object(bucket, key, body, "application/json")
    except ObjectError as error:
        raise task_error(_FAILED, str(error)) from error
    return len(body)


def _record(child: dict[str, Any]) -> dict[str, Any]:
    record = {
        "ExecutionArn": child["executionArn"],
        "Input": child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "Output": child["output"],
        "OutputDetails": {"Included": True},
        "RedriveCount": child.get("redriveCount", 0),
        "StartDate": child["startDate"],
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
        "StopDate": child["stopDate"],
    }
    if child.get("error"):
        record |= {"Error": child["error"], "Cause": child["cause"]}
    return record
