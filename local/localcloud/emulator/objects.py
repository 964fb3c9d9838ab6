"""S3 objects, read and written inside the emulator's process."""

from localcloud.emulator import upstream


class ObjectError(Exception):
    """S3 refused: `status` is the HTTP status, `detail` the S3 error document's text."""

    def __init__(self, status: int, bucket: str, key: str, detail: str) -> None:
        super().__init__(f"S3 answered {status} for s3://{bucket}/{key}: {detail}")
        self.status = status
        self.detail = detail


def read_object(bucket: str, key: str) -> bytes:
    """Return the object's bytes; raises `ObjectError` when S3 does not answer 200."""
    status, _headers, body = upstream.s3._get_object(bucket, key, {}, {})
    if status != 200:
        raise ObjectError(status, bucket, key, _text(body))
    return bytes(body)


def write_object(bucket: str, key: str, body: bytes, content_type: str) -> None:
    """Store `body` as an object; raises `ObjectError` when S3 does not answer 200."""
    status, _headers, answer = upstream.s3._put_object(bucket, key, body, {"content-type": content_type})
    if status != 200:
        raise ObjectError(status, bucket, key, _text(answer))


def _text(body: object) -> str:
    return bytes(body).decode("utf-8", "replace")[:300] if isinstance(body, (bytes, bytearray)) else str(body)[:300]
