"""The error that a model call ends with, in AWS's names."""

from __future__ import annotations

# HTTP status of each exception of `InvokeModel` and of the Rekognition ones used here (AWS SDK models).
STATUS = {
    "ValidationException": 400,
    "ResourceNotFoundException": 404,
    "ModelErrorException": 424,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
    "InvalidImageFormatException": 400,
    "ImageTooLargeException": 400,
    "InvalidParameterException": 400,
    "InternalServerError": 500,
}


class ModelError(Exception):
    """A refused or failed call: `kind` is the AWS exception's name, `message` what AWS's caller would read."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.status = STATUS[kind]


def invalid(message: str) -> ModelError:
    """Return a `ValidationException`: the caller's request breaks a documented rule, named in `message`."""
    return ModelError("ValidationException", message)
