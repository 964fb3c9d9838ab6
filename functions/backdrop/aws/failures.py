"""What AWS's refusals and silences mean to us: the one place where errors of botocore become errors of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from backdrop.core.errors import BackdropError, ErrorCode, StorageUnavailable
from backdrop.core.words.marks import mark_phrase, phrase

FAILURES = (ClientError, BotoCoreError, ResponseParserError, HTTPError)
"""All that a call of boto3 may raise; the last two stand for answers that broke off or make no sense."""

_ASK_ENGINEER = mark_phrase(
    "Ask the platform engineer to look at the function's role and at the names of its bucket and "
    "tables: another try changes nothing."
)


class Kind(StrEnum):
    """What a failure is, whatever the service calls it."""

    THROTTLED = "THROTTLED"
    UNREACHABLE = "UNREACHABLE"
    CONFLICT = "CONFLICT"
    CONDITION = "CONDITION"
    MISSING = "MISSING"
    NO_STORE = "NO_STORE"
    DENIED = "DENIED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    INVALID = "INVALID"
    UNKNOWN = "UNKNOWN"

    @property
    def passes(self) -> bool:
        """Whether the same call may succeed a little later."""
        return self in (Kind.THROTTLED, Kind.UNREACHABLE, Kind.CONFLICT)


class Trouble(NamedTuple):
    """Why a call has no good answer: the service's own code and words. There is no code where nobody answered."""

    kind: Kind
    code: str
    message: str

    @property
    def reason(self) -> str:
        """The code and the words, without a full stop."""
        return ": ".join(filter(None, (self.code, self.message)))


# Codes as the service models of the SDK and https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html have
# them. A HEAD request has no body, so that S3's code is the HTTP status.
_CODES: dict[Kind, tuple[str, ...]] = {
    Kind.THROTTLED: (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ExecutionLimitExceeded",
        "KmsThrottlingException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ServiceQuotaExceededException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    ),
    Kind.UNREACHABLE: (
        "InternalError",
        "InternalServerError",
        "InternalServiceError",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    ),
    Kind.CONFLICT: (
        "ConditionalRequestConflict",
        "OperationAborted",
        "ReplicatedWriteConflictException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    ),
    Kind.CONDITION: ("ConditionalCheckFailed", "ConditionalCheckFailedException", "PreconditionFailed"),
    Kind.MISSING: ("NoSuchKey", "NotFound", "ResourceNotFoundException", "StateMachineDoesNotExist"),
    # The place itself, not what should lie in it.
    Kind.NO_STORE: ("NoSuchBucket",),
    Kind.DENIED: (
        "AccessDenied",
        "AccessDeniedException",
        "KmsAccessDeniedException",
        "UnauthorizedOperation",
    ),
    Kind.UNAUTHENTICATED: (
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ),
    Kind.INVALID: (
        "EntityTooLarge",
        "IdempotentParameterMismatchException",
        "ImageTooLargeException",
        "InvalidArgument",
        "InvalidArn",
        "InvalidBucketName",
        "InvalidExecutionInput",
        "InvalidImageFormatException",
        "InvalidName",
        "InvalidParameterException",
        "InvalidRequest",
        "InvalidS3ObjectException",
        "ItemCollectionSizeLimitExceeded",
        "ItemCollectionSizeLimitExceededException",
        "KeyTooLongError",
        "MalformedXML",
        "SerializationException",
        "StateMachineDeleting",
        "ValidationError",
        "ValidationException",
    ),
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes}

_STATUSES = {
    403: Kind.DENIED,
    404: Kind.MISSING,
    409: Kind.CONFLICT,
    412: Kind.CONDITION,
    429: Kind.THROTTLED,
}


_NO_CREDENTIALS = (NoAuthTokenError, NoCredentialsError, PartialCredentialsError)

_BROKEN_OFF = (
    ChecksumError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    HTTPError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoConnection,
    ResponseParserError,
    TokenRetrievalError,
)
"""No answer, or half of one, also of who hands out credentials. What else botocore raises by itself is a request or a
setting that makes no sense."""


def trouble_of(error: Exception) -> Trouble:
    """What one of `FAILURES` means."""
    if not isinstance(error, ClientError):
        return Trouble(_kind_without_answer(error), "", str(error).rstrip(".") or type(error).__name__)
    details = error.response.get("Error", {})
    trouble = trouble_in(str(details.get("Code", "")), str(details.get("Message", "")), _status(error))
    reasons = [str(one.get("Code")) for one in error.response.get("CancellationReasons", [])]
    return trouble._replace(kind=_kind_of_reasons(reasons)) if reasons else trouble


def trouble_in(code: str, message: str, status: int = 0) -> Trouble:
    """What a service's code and words mean; the HTTP status decides where the code is none that we know."""
    # Some services' words end with a full stop, others' don't.
    return Trouble(_kind_of(code, status), code, message.rstrip("."))


def storage_error(trouble: Trouble, doing: str, missing: BackdropError | None = None) -> BackdropError:
    """What is raised when the bucket or a table has no good answer.

    Args:
        trouble: why.
        doing: completes "Could not ...".
        missing: raised when what was asked for is not there.

    Returns:
        `StorageUnavailable` for what passes by itself, which the workflow retries by that name; else a
        `BackdropError`: `missing`, `INTERNAL` for a request that AWS finds wrong, `STORAGE_ERROR`.
    """
    if trouble.kind is Kind.MISSING and missing is not None:
        return missing
    cause = phrase("Could not {doing}: {reason}.", doing=doing, reason=trouble.reason)
    if trouble.kind.passes:
        return StorageUnavailable(ErrorCode.STORAGE_ERROR, cause)
    if trouble.kind is Kind.INVALID:
        return BackdropError(ErrorCode.INTERNAL, cause)
    return BackdropError(ErrorCode.STORAGE_ERROR, cause, _ASK_ENGINEER)


@contextmanager
def translated(to: Callable[[Trouble], BackdropError]) -> Iterator[None]:
    """Raises what `to` makes of a failure of AWS's in the block."""
    try:
        yield
    except FAILURES as error:
        raise to(trouble_of(error)) from error


@contextmanager
def storage(doing: str, missing: BackdropError | None = None) -> Iterator[None]:
    """Raises the `storage_error` of a failure of the bucket's or a table's in the block."""
    with translated(lambda trouble: storage_error(trouble, doing, missing)):
        yield


def _kind_of(code: str, status: int = 0) -> Kind:
    if code in _KINDS:
        return _KINDS[code]
    if code.isdecimal():
        status = int(code)
    return Kind.UNREACHABLE if status >= 500 else _STATUSES.get(status, Kind.UNKNOWN)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _kind_of_reasons(reasons: list[str]) -> Kind:
    """What a cancelled transaction means: a condition that failed decides, then what does not pass by itself."""
    kinds = {_kind_of(reason) for reason in reasons if reason != "None"}
    if Kind.CONDITION in kinds:
        return Kind.CONDITION
    lasting = sorted(kind for kind in kinds if not kind.passes)
    if lasting:
        return lasting[0]
    return Kind.CONFLICT if Kind.CONFLICT in kinds else min(kinds, default=Kind.UNKNOWN)


def _kind_without_answer(error: Exception) -> Kind:
    if isinstance(error, _NO_CREDENTIALS):
        return Kind.UNAUTHENTICATED
    return Kind.UNREACHABLE if isinstance(error, _BROKEN_OFF) else Kind.INVALID
