"""Amazon Bedrock InvokeModel, for boto3 (`bedrock-runtime`) and for Step Functions' optimised integration."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from localcloud.emulator import upstream
from localcloud.emulator.access_plan import AccessPlan
from localcloud.emulator.authorization import caller_may, invoke_model_permissions
from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import FaultKind, FaultPlan
from localcloud.emulator.invocations import InvocationLog
from localcloud.emulator.model_server import ModelServer
from localcloud.emulator.objects import ObjectError, read_object, write_object
from localcloud.emulator.spoiled import spoil
from localcloud.settings import REGION

# InvokeModel's `body`, request and response:
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
MAX_BODY_BYTES = 25_000_000
STEP_FUNCTIONS_RESOURCE = "arn:aws:states:::bedrock:invokeModel"
_INVOKE_PATH = re.compile(r"/model/(.+)/invoke")
_S3_URI = re.compile(r"s3://([^/]+)/(.+)")

Response = tuple[int, dict[str, str], bytes]


class Bedrock:
    """The service InvokeModel: access and the fault plan first, then the model server; every call is recorded.

    `played_as`: id of a newer version -> id of the known model that plays it.
    """

    def __init__(
        self,
        models: ModelServer,
        faults: FaultPlan,
        access: AccessPlan,
        invocations: InvocationLog,
        played_as: Mapping[str, str],
    ) -> None:
        self._models = models
        self._faults = faults
        self._access = access
        self._invocations = invocations
        self._played_as = played_as

    def invoke(self, model_id: str, body: bytes, region: str = REGION) -> bytes:
        """Return the response body. `model_id` is an id or an ARN, `region` that of the request's signature. Raises
        `ServiceError`. May block."""
        if not model_id:
            raise ServiceError("ValidationException", "modelId must not be empty.")
        if len(body) > MAX_BODY_BYTES:
            raise ServiceError("ValidationException", f"The body is larger than {MAX_BODY_BYTES} bytes.")
        name = model_id.rsplit("/", 1)[-1]
        started = time.monotonic()
        outcome = "InternalServerException"
        try:
            self._access.check_invoke(name, region)
            fault = self._faults.before(name, region)
            answer = self._answer(name, body, fault)
            outcome = fault.value if fault else "answered"
        except ServiceError as error:
            outcome = error.code
            raise
        finally:
            self._invocations.add(name, body, outcome, time.monotonic() - started, region)
        return answer

    def _answer(self, name: str, body: bytes, fault: FaultKind | None) -> bytes:
        if fault is None or fault is FaultKind.TRUNCATED:
            answer = self._models.invoke(self._played_as.get(name, name), body)
            return spoil(fault, name, answer) if fault else answer
        return spoil(fault, name, b"")

    def step_functions_task(self, _resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Run a Task on `arn:aws:states:::bedrock:invokeModel`: `Body` or `Input.S3Uri` in, `Body` or `Output.S3Uri`
        out.

        Errors are named `Bedrock.<Exception>`, as seen in practice. The shape of a result with `Output` is
        not documented (https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html): a state machine
        must not read it.
        """
        try:
            body = self._request_body(parameters)
            answer = self.invoke(str(parameters.get("ModelId", "")), body)
        except ServiceError as error:
            raise _task_error(f"Bedrock.{error.code}", error.message) from error
        content_type = str(parameters.get("Accept", "application/json"))
        output_uri = (parameters.get("Output") or {}).get("S3Uri")
        if output_uri:
            _store(output_uri, answer, content_type)
            return {"Body": output_uri, "ContentType": content_type}
        try:
            return {"Body": json.loads(answer), "ContentType": content_type}
        except ValueError:
            return {"Body": answer.decode("utf-8", "replace"), "ContentType": content_type}

    @staticmethod
    def _request_body(parameters: dict[str, Any]) -> bytes:
        if ("Body" in parameters) == ("Input" in parameters):
            message = "Exactly one of Body and Input.S3Uri must be given."
            raise ServiceError("ValidationException", message)
        if "Body" in parameters:
            return json.dumps(parameters["Body"]).encode()
        bucket, key = split_s3_uri(parameters["Input"].get("S3Uri"))
        try:
            return read_object(bucket, key)
        except ObjectError as error:
            name = "S3.NoSuchKeyException" if error.status == 404 else "S3.S3Exception"
            raise _task_error(name, str(error)) from error

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """The `bedrock-runtime` endpoint. What is not InvokeModel is left to MiniStack."""
        match = _INVOKE_PATH.fullmatch(path)
        if method != "POST" or match is None:
            answer: Response = await _stock_handler(method, path, headers, body, query)
            return answer
        model_id = unquote(match.group(1))
        try:
            _authorize_caller(headers, query, model_id)
            region = upstream.responses.get_region()
            content = await asyncio.to_thread(self.invoke, model_id, body, region)
        except ServiceError as error:
            document = json.dumps({"message": error.message}).encode()
            error_headers = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
            return error.status, error_headers, document
        return 200, {"Content-Type": "application/json"}, content


def split_s3_uri(uri: object) -> tuple[str, str]:
    """Return `s3://bucket/key` as (bucket, key); raises `ServiceError` for anything else."""
    match = _S3_URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        raise ServiceError("ValidationException", f"{uri!r} is not an S3 URI.")
    return match.group(1), match.group(2)


def _store(uri: str, answer: bytes, content_type: str) -> None:
    try:
        bucket, key = split_s3_uri(uri)
        write_object(bucket, key, answer, content_type)
    except ServiceError as error:
        raise _task_error(f"Bedrock.{error.code}", error.message) from error
    except ObjectError as error:
        raise _task_error("S3.S3Exception", str(error)) from error


def _task_error(name: str, cause: str) -> Exception:
    error: Exception = upstream.stepfunctions._ExecutionError(name, cause)
    return error


def _authorize_caller(headers: dict[str, str], query: dict[str, Any], model_id: str) -> None:
    region, account = upstream.responses.get_region(), upstream.responses.get_account_id()
    for permission in invoke_model_permissions(model_id, region, account):
        if not caller_may(headers, query, "bedrock-runtime", permission):
            message = (
                f"User is not authorized to perform: {permission.action} on resource: {permission.resource} "
                f"because no identity-based policy allows the {permission.action} action"
            )
            raise ServiceError("AccessDeniedException", message, 403)


_stock_handler: Any = None


def install(bedrock: Bedrock) -> None:
    """Serve InvokeModel instead of MiniStack's text mock, and know what a profile's ARN is."""
    global _stock_handler
    handlers, dispatch = upstream.app.SERVICE_HANDLERS, upstream.stepfunctions._SERVICE_DISPATCH
    upstream.expect("bedrock-runtime" in handlers, "bedrock-runtime has no handler")
    upstream.expect(STEP_FUNCTIONS_RESOURCE not in dispatch, "it implements bedrock:invokeModel itself now")
    _stock_handler = handlers["bedrock-runtime"]
    handlers["bedrock-runtime"] = bedrock.handle
    dispatch[STEP_FUNCTIONS_RESOURCE] = bedrock.step_functions_task

    upstream.expect_attributes(upstream.iam_actions, "extract_resource_arn")
    stock_resource_arn = upstream.iam_actions.extract_resource_arn

    def resource_arn(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, region: str, account: str
    ) -> str:
        match = _INVOKE_PATH.fullmatch(path) if service == "bedrock-runtime" else None
        if match is not None:
            return invoke_model_permissions(unquote(match.group(1)), region, account)[0].resource
        stock: str = stock_resource_arn(service, method, path, headers, body, query, region, account)
        return stock

    upstream.iam_actions.extract_resource_arn = resource_arn
