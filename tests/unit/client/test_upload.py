from __future__ import annotations

from pathlib import Path

import pytest

from backdrop.api.schemas.photos import Upload
from backdrop_client.errors import ServiceUnreachable, UploadError, UploadExpired
from backdrop_client.upload import PhotoSource, Uploader
from tests.unit.client.fake import FakeBackdrop, Fault, StoredPhoto

EXPIRED = "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>"


@pytest.fixture
def target(fake: FakeBackdrop) -> Upload:
    fake.photos["p1"] = StoredPhoto("p1", "mug.jpg")
    return Upload(url=f"{fake.url}/s3/upload", fields={"key": "p1", "policy": "p"})


def test_a_file_arrives_byte_for_byte_with_the_fields_before_it(
    fake: FakeBackdrop, target: Upload, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 2000
    path = tmp_path / "Größe 2.jpg"
    path.write_bytes(data)
    sent: list[int] = []
    Uploader().upload(target, PhotoSource.from_path(path), sent.append)
    assert fake.photos["p1"].data == data
    assert fake.posted_fields == [["key", "policy", "file"]]
    assert sum(sent) == len(data)
    assert len(sent) > 3, "progress in steps, not at the end"


def test_bytes_can_be_uploaded_again_after_a_failure(fake: FakeBackdrop, target: Upload) -> None:
    source = PhotoSource.from_bytes("mug.png", b"abc" * 1000)
    assert (source.size, source.content_type) == (3000, "image/png")
    fake.fail("POST", "/s3/upload", Fault(503, "<Error><Code>SlowDown</Code></Error>"))
    sent: list[int] = []
    Uploader().upload(target, source, sent.append)
    assert fake.photos["p1"].data == b"abc" * 1000
    assert sum(sent) == 3000, "what the failed try sent is taken back"


def test_an_expired_post_is_told_from_a_refused_one(fake: FakeBackdrop, target: Upload) -> None:
    source = PhotoSource.from_bytes("mug.jpg", b"x")
    fake.fail("POST", "/s3/upload", Fault(403, EXPIRED), Fault(400, "<Error><Code>EntityTooLarge</Code></Error>"))
    with pytest.raises(UploadExpired):
        Uploader().upload(target, source)
    with pytest.raises(UploadError) as caught:
        Uploader().upload(target, source)
    assert caught.value.code == "PHOTO_TOO_LARGE"
    assert len(fake.calls) == 2, "neither is worth another try"


def test_a_file_that_vanished_is_a_photo_problem(target: Upload, tmp_path: Path) -> None:
    path = tmp_path / "mug.jpg"
    path.write_bytes(b"x")
    source = PhotoSource.from_path(path)
    path.unlink()
    with pytest.raises(UploadError) as caught:
        Uploader().upload(target, source)
    assert caught.value.code == "PHOTO_UNREADABLE"


def test_no_storage_is_told_as_such() -> None:
    target = Upload(url="http://127.0.0.1:9/", fields={})
    with pytest.raises(ServiceUnreachable):
        Uploader().upload(target, PhotoSource.from_bytes("a.jpg", b"x"))
