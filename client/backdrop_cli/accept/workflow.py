"""The workflow's language and the names of its errors: single states, run with the workflow's own role."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from backdrop_cli.accept.check import Check
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.findings import Fault

_INTRINSIC = "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html"
_BEDROCK = "https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html"
_REWORD = "Word the state otherwise: statemachine/replace_backgrounds.asl.json."
_RENAME = "Add this name to the workflow's Catch and to functions/backdrop/core/errors.py."

NOT_ALLOWED = "us.stability.stable-image-erase-object-v1:0"
"""A model that no job uses and the workflow's role does not allow."""


def check_line_breaks(trial: Trial) -> str:
    """A mail's text is put together by States.Format, with line breaks in it."""
    state = {
        "Type": "Pass",
        "Parameters": {"Message.$": "States.Format('Job {} failed.\n\nError: {}', $.Job, $.Error)"},
    }
    said = trial.output_of(state, {"Job": trial.id, "Error": "A {brace} and 'quotes'"}, _REWORD)["Message"]
    if said != f"Job {trial.id} failed.\n\nError: A {{brace}} and 'quotes'":
        raise Fault(f"States.Format makes {said!r} of a text with line breaks.", _REWORD)
    return "States.Format keeps line breaks, and what it fills in as it is."


def check_literal_json(trial: Trial) -> str:
    """A cause that Step Functions left out is filled in as empty."""
    state = {
        "Type": "Pass",
        "Parameters": {"Failure.$": 'States.JsonMerge(States.StringToJson(\'{"Cause":""}\'), $, false)'},
    }
    for given, wanted in (({"Error": "X"}, ""), ({"Error": "X", "Cause": "why"}, "why")):
        made = trial.output_of(state, given, _REWORD)["Failure"]
        if made != {"Error": "X", "Cause": wanted}:
            raise Fault(f"States.JsonMerge makes {made} of {given}.", _REWORD)
    return "States.StringToJson takes a text, and States.JsonMerge fills in a missing cause."


def check_refused_call(trial: Trial) -> str:
    """A model that the role does not allow is refused by that name."""
    return _expect_error(trial, NOT_ALLOWED, "Bedrock.AccessDeniedException")


def check_bad_request(trial: Trial) -> str:
    """A request that the model can't read is refused by that name."""
    model = trial.patient.parameters.get("ModelId") or trial.patient.models.default_model_id
    return _expect_error(trial, model, "Bedrock.ValidationException")


def _expect_error(trial: Trial, model: str, wanted: str) -> str:
    ran = trial.run_state(_invoke(trial, model), {})
    if ran["status"] == "SUCCEEDED":
        raise Fault(f"The call of {model} was answered; {wanted} was expected.", "See what it was answered, and why.")
    if ran.get("error") != wanted:
        words = f"The error is {ran.get('error')}, not {wanted}: {ran.get('cause')}"
        raise Fault(words, _RENAME)
    return f"The error is {wanted}."


def _invoke(trial: Trial, model: str) -> Mapping[str, Any]:
    """The workflow's InvokeModel, of a request that holds nothing."""
    bucket = trial.patient.output("BucketName")
    request = f"{trial.prefix('InputPrefix', 'image-files')}/{trial.id}/request.json"
    # The role may write answers by such names only.
    answer = f"{trial.prefix('OutputPrefix', 'generated-image-files')}/{trial.id}/answer-{'0' * 16}.json"

    def put() -> None:
        trial.made.add("its request", partial(delete_versions, trial, bucket, request))
        trial.made.add("an answer", partial(delete_versions, trial, bucket, answer))
        trial.call("s3", "put_object", Bucket=bucket, Key=request, Body=b"{}", ContentType="application/json")

    trial.once("a request in the bucket", put)
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::bedrock:invokeModel",
        "Parameters": {
            "ModelId": model,
            "Input": {"S3Uri": f"s3://{bucket}/{request}"},
            "Output": {"S3Uri": f"s3://{bucket}/{answer}"},
            "ContentType": "application/json",
            "Accept": "application/json",
        },
        "TimeoutSeconds": 60,
    }


def delete_versions(trial: Trial, bucket: str, prefix: str) -> None:
    """Delete all versions of what lies under a prefix. Raises `NoAnswer`."""
    listed = trial.call("s3", "list_object_versions", Bucket=bucket, Prefix=prefix)
    for one in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        trial.call("s3", "delete_object", Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])


CHECKS = (
    Check("line breaks", "`States.Format` keeps line breaks inside its text", _INTRINSIC, check_line_breaks),
    Check(
        "literal JSON",
        "`States.StringToJson` takes a text instead of a path; `States.JsonMerge` with it fills in a missing cause",
        _INTRINSIC,
        check_literal_json,
    ),
    Check(
        "refused call",
        "a model that the role does not allow ends as `Bedrock.AccessDeniedException`",
        _BEDROCK,
        check_refused_call,
    ),
    Check(
        "bad request",
        "a request that the model can't read ends as `Bedrock.ValidationException`",
        _BEDROCK,
        check_bad_request,
        "one refused call; AWS does not say whether it is billed",
    ),
)
