"""What both HTTP functions share: who calls, and how errors look.

Light on purpose: photo inspection imports this, and neither pydantic nor the resolver (docs/architecture.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from backdrop.api.schemas.photos import Error, ErrorAnswer, ErrorDetail
from backdrop.api.schemas.wire import to_json
from backdrop.api.views.photos import error_view
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User, check_role, roles_of, teams_of
from backdrop.core.words.marks import phrase

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

HEADERS: Final = {
    "Cache-Control": "no-store",
    # Nobody has a reason to show an answer as a page, or inside one.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer carries. Those that API Gateway gives by itself have theirs in `template.yaml`."""


class NotSignedIn(Exception):
    """The request carries no identity that API Gateway's authorizer has checked."""


def caller(event: Mapping[str, Any], action: Action = Action.START) -> User:
    """The signed-in user, from the claims of the ID token that the authorizer verified. Every route asks here first, so
    that whoever may change nothing, or start nothing, is stopped here, whatever the route does.

    Args:
        event: API Gateway's.
        action: what a request that is no GET does; a GET looks.

    Raises:
        NotSignedIn: there are none, or the token is no ID token.
        BackdropError: `READ_ONLY`, `ROLE_FORBIDS` where the user's role does that to nothing at all.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims = authorizer.get("claims") or {}
    if not claims.get("sub") or claims.get("token_use", "id") != "id":
        raise NotSignedIn
    groups = groups_of(claims.get("cognito:groups"))
    user = User(
        sub=claims["sub"],
        email=claims.get("email", ""),
        roles=roles_of(groups),
        teams=teams_of(groups),
        # API Gateway hands claims on as text.
        email_verified=str(claims.get("email_verified", "")).lower() == "true",
    )
    check_role(user, Action.SEE if event.get("httpMethod") == "GET" else action)
    return user


def groups_of(claim: object) -> list[str]:
    """Return the names of groups of a claim `cognito:groups`.

    API Gateway's authorizer of a user pool hands the list on as text: `auditors,others`, or `[auditors others]`.
    """
    return claim if isinstance(claim, list) else re.split(r"[\s,\[\]]+", str(claim or ""))


def error_body(error: BackdropError, details: list[ErrorDetail] | None = None) -> ErrorAnswer:
    """The body of an answer that says what is wrong."""
    return ErrorAnswer(error=replace(error_view(error), details=details or None))


def not_signed_in_body() -> ErrorAnswer:
    """The body of a 401. API Gateway answers most of them itself, before any function runs."""
    return ErrorAnswer(
        error=Error(
            code="NOT_SIGNED_IN", message=phrase("There is no valid ID token."), next_step=phrase("Sign in again.")
        )
    )


def unexpected(request_id: str) -> BackdropError:
    """An error whose reason is in the logs only; `request_id` finds it there."""
    return BackdropError(
        ErrorCode.INTERNAL,
        phrase("Something went wrong inside Backdrop (request {request_id}).", request_id=request_id),
    )


def log_refusal(logger: Logger, error: BackdropError) -> None:
    """Write down what is answered: what the caller can mend in a line, what is ours to mend with its traceback."""
    told = {"code": error.code.value, "reason": error.cause}
    if error.http_status >= 500:
        logger.error("failed", exc_info=error, extra=told)
    else:
        logger.info("refused", extra=told)


def check_is_json(event: Mapping[str, Any]) -> None:
    """Refuse a body that says to be anything but JSON: the resolver would try to read a form, and break.

    Raises:
        BackdropError: `INVALID_REQUEST`.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    kind = (headers.get("content-type") or "application/json").partition(";")[0].strip().lower()
    if event.get("body") and kind != "application/json":
        raise BackdropError(
            ErrorCode.INVALID_REQUEST, f"The body's Content-Type is {kind!r}.", "Send JSON as application/json."
        )


def flag_of(event: Mapping[str, Any], name: str) -> bool:
    """Return a yes or no of the request's body, which may be missing: then no.

    Raises:
        BackdropError: `INVALID_REQUEST`.
    """
    try:
        body = json.loads(event.get("body") or "{}")
        found = body.get(name, False)
    except (ValueError, AttributeError) as error:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST, "The body is no JSON object.", f'Send {{}} or {{"{name}": true}}.'
        ) from error
    if not isinstance(found, bool):
        raise BackdropError(ErrorCode.INVALID_REQUEST, f"{name} is neither true nor false.", "Send one of them.")
    return found


def request_id(event: Mapping[str, Any]) -> str:
    """Return API Gateway's id of the request; it is in the answer's headers and in the logs."""
    return str((event.get("requestContext") or {}).get("requestId", "unknown"))


def answer(status: int, body: object) -> dict[str, Any]:
    """A Lambda proxy answer with a JSON body, made of what `api/schemas` declares."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **HEADERS},
        "body": json.dumps(to_json(body), ensure_ascii=False, separators=(",", ":")),
        "isBase64Encoded": False,
    }
