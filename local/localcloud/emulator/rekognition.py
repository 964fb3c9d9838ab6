"""Amazon Rekognition DetectLabels and DetectModerationLabels, answered by the image-model server.

Limits: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html. Errors:
https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html
"""

import asyncio
import base64
import binascii
import io
import json
from typing import Any

from PIL import Image, UnidentifiedImageError

from localcloud.emulator import upstream
from localcloud.emulator.authorization import caller_may, object_permission
from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import FaultKind, FaultPlan, FaultRule
from localcloud.emulator.model_server import ModelServer
from localcloud.emulator.objects import ObjectError, read_object

MAX_INLINE_BYTES = 5_242_880
MAX_OBJECT_BYTES = 15_728_640
MIN_SIDE, MAX_SIDE = 80, 10_000
DEFAULT_MIN_CONFIDENCE = {"DetectLabels": 55.0, "DetectModerationLabels": 50.0}
MAX_LABELS = 1000

Response = tuple[int, dict[str, str], bytes]


class Rekognition:
    """The two operations that Backdrop uses; any other is refused by name."""

    def __init__(self, models: ModelServer, faults: FaultPlan) -> None:
        self._models = models
        self._faults = faults

    async def handle(
        self, _method: str, _path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        """The Rekognition endpoint (JSON 1.1)."""
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        content = {"Content-Type": "application/x-amz-json-1.1"}
        try:
            request = _parse(body)
            _check_operation(operation)
            image = request.get("Image") or {}
            if "S3Object" in image:
                _authorize_read(headers, query, image["S3Object"])
            answer = await asyncio.to_thread(self._detect, operation, request)
        except ServiceError as error:
            document = json.dumps({"__type": error.code, "Message": error.message}).encode()
            return error.status, {**content, "x-amzn-errortype": error.code}, document
        return 200, content, json.dumps(answer).encode()

    def _detect(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        fault = self._faults.rule_for(f"rekognition:{operation}")
        image = image_bytes(request.get("Image") or {})
        check_image(image)
        min_confidence = float(request.get("MinConfidence", DEFAULT_MIN_CONFIDENCE[operation]))
        if not 0 <= min_confidence <= 100:
            raise _invalid("MinConfidence must be between 0 and 100.")
        if operation == "DetectModerationLabels":
            return _with_planted(self._models.detect_moderation_labels(image, min_confidence), fault, min_confidence)
        max_labels = int(request.get("MaxLabels", MAX_LABELS))
        if not 0 <= max_labels <= MAX_LABELS:
            raise _invalid(f"MaxLabels must be between 0 and {MAX_LABELS}.")
        return self._models.detect_labels(image, max_labels, min_confidence)


def _with_planted(answer: dict[str, Any], fault: FaultRule | None, min_confidence: float) -> dict[str, Any]:
    """The answer with the category that a fault rule makes Rekognition see, and the one above it, as on AWS."""
    if fault is None or fault.kind is not FaultKind.MODERATION or fault.confidence < min_confidence:
        return answer
    names = [(fault.parent, "", 1), (fault.category, fault.parent, 2)] if fault.parent else [(fault.category, "", 1)]
    planted = [
        {"Name": name, "ParentName": parent, "TaxonomyLevel": level, "Confidence": fault.confidence}
        for name, parent, level in names
    ]
    return {**answer, "ModerationLabels": [*planted, *answer["ModerationLabels"]]}


def image_bytes(image: dict[str, Any]) -> bytes:
    """The encoded image that a request's `Image` names, by value or in S3. Raises `ServiceError`."""
    if ("Bytes" in image) == ("S3Object" in image):
        raise _invalid("Exactly one of Image.Bytes and Image.S3Object must be given.")
    if "Bytes" in image:
        try:
            content = base64.b64decode(image["Bytes"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise _invalid("Image.Bytes is not base64.") from error
        if len(content) > MAX_INLINE_BYTES:
            raise ServiceError("ImageTooLargeException", f"Image.Bytes is larger than {MAX_INLINE_BYTES} bytes.")
        return content
    source = image["S3Object"]
    try:
        content = read_object(str(source["Bucket"]), str(source["Name"]))
    except (ObjectError, KeyError) as error:
        raise _invalid_object() from error
    if len(content) > MAX_OBJECT_BYTES:
        raise ServiceError("ImageTooLargeException", f"The object is larger than {MAX_OBJECT_BYTES} bytes.")
    return content


def check_image(content: bytes) -> None:
    """Refuse what Rekognition refuses: other than PNG and JPEG, and sides outside 80..10,000 px."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise ServiceError("InvalidImageFormatException", "Request has invalid image format") from error
    if max(width, height) > MAX_SIDE:
        raise ServiceError("ImageTooLargeException", f"The image is {width} x {height} px; at most {MAX_SIDE}.")
    if min(width, height) < MIN_SIDE:
        raise _invalid(f"The image is {width} x {height} px; each side must be at least {MIN_SIDE}.")


def _check_operation(operation: str) -> None:
    if operation not in DEFAULT_MIN_CONFIDENCE:
        raise ServiceError("UnknownOperationException", f"{operation} is not in the local cloud.")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise ServiceError("SerializationException", "The request is not JSON.") from error
    if not isinstance(request, dict):
        raise ServiceError("SerializationException", "The request is not an object.")
    return request


def _authorize_read(headers: dict[str, str], query: dict[str, Any], source: dict[str, Any]) -> None:
    permission = object_permission("s3:GetObject", str(source.get("Bucket")), str(source.get("Name")))
    if not caller_may(headers, query, "s3", permission):
        raise _invalid_object()


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)


def _invalid_object() -> ServiceError:
    message = "Unable to get object metadata from S3. Check object key, region and/or access permissions."
    return ServiceError("InvalidS3ObjectException", message)


def install(rekognition: Rekognition) -> None:
    """Register the service: routing by its JSON target, and IAM actions in its namespace."""
    upstream.expect("rekognition" not in upstream.app.SERVICE_HANDLERS, "it has Rekognition itself now")
    upstream.router.SERVICE_PATTERNS["rekognition"] = {
        "host_patterns": [r"rekognition\."],
        "target_prefixes": ["RekognitionService"],
        "credential_scope": "rekognition",
    }
    upstream.iam_actions.SERVICE_TO_IAM_NAMESPACE["rekognition"] = "rekognition"
    upstream.app.SERVICE_HANDLERS["rekognition"] = rekognition.handle
