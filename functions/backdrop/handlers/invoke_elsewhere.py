"""InvokeElsewhere: call a model in another Region, where an image's turn came first.

Step Functions' own integration calls models in the state machine's Region only.
"""

from __future__ import annotations

from typing import Any

from backdrop.aws.clients import models_in, s3
from backdrop.aws.model_calls import ModelCalls, no_answer
from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase
from backdrop.core.workflow_state import read_stage
from backdrop.handlers._shared.observed import observed

objects = Objects(s3)
calls = ModelCalls(models_in)


class AnswerNotStored(BackdropError):
    """The model answered, and the answer could not be kept. Named apart, for the workflow must not call again at once:
    that would be paid."""


@observed("InvokeElsewhere")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Send the staged request and store the answer where the workflow's own call would: `{"Bucket", "Region", "Stage",
    "Retries"}` -> `{"Called"}`: whether the model was called. It is not where the answer lies there already, for Lambda
    may run a function twice. Nor is it by a retry: the run before may have called it, and died. Another call takes
    another turn, and is counted.

    Raises:
        ModelCallFailed: named as Step Functions names errors of Bedrock.
        AnswerNotStored: `STORAGE_ERROR`; the call is paid.
        BackdropError: `STORAGE_ERROR`, before the call.
    """
    bucket, region, stage = event["Bucket"], event["Region"], read_stage(event)
    if objects.look_up(bucket, stage.response_key) is not None:
        return {"Called": False}
    if event["Retries"]:
        raise no_answer(region, phrase("An earlier run of this function left no answer: it may have called the model"))
    body = objects.get(bucket, stage.request_key, missing=ErrorCode.STORAGE_ERROR)
    answer = calls.invoke(region, stage.model_id, body)
    try:
        objects.put(bucket, stage.response_key, answer, "application/json")
    except BackdropError as error:
        raise AnswerNotStored(
            error.code, phrase("The answer came and could not be stored: {cause}", cause=error.cause)
        ) from error
    return {"Called": True}
