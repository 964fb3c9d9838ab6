"""Errors of the emulated services, as a client sees them on the wire."""


class ServiceError(Exception):
    """An AWS error: `code` is the exception's name on the wire, `status` the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
