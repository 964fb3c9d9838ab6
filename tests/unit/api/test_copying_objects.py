"""`aws.objects.Objects.copy` against S3's answers as the SDK gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from backdrop.aws.objects import Objects, Stored
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.jobs.ports import Copy


@pytest.fixture
def s3() -> Iterator[Stubber]:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    with Stubber(client) as stubber:
        yield stubber


def over(s3: Stubber) -> Objects:
    client: Any = s3.client
    return Objects(lambda: client)


def expected(source: str, target: str) -> dict[str, Any]:
    return {
        "Bucket": "b",
        "Key": target,
        "CopySource": {"Bucket": "b", "Key": source},
        "TaggingDirective": "REPLACE",
        "Tagging": "backdrop=draft",
    }


def test_an_object_is_copied_with_new_tags(s3: Stubber) -> None:
    s3.add_response("copy_object", {}, expected("in/a.jpg", "in/b.jpg"))

    over(s3).copy("b", [Copy("in/a.jpg", "in/b.jpg")], "backdrop=draft")

    s3.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "raised"),
    [("NoSuchKey", ErrorCode.PHOTO_MISSING), ("SlowDown", ErrorCode.STORAGE_ERROR)],
)
def test_what_can_not_be_copied_is_told(s3: Stubber, code: str, raised: ErrorCode) -> None:
    s3.add_client_error("copy_object", service_error_code=code)

    with pytest.raises(BackdropError) as caught:
        over(s3).copy("b", [Copy("in/a.jpg", "in/b.jpg")], "backdrop=draft")

    assert caught.value.code is raised
    assert "in/a.jpg" in caught.value.cause


def test_only_what_is_optional_may_be_missing_and_only_missing(s3: Stubber) -> None:
    s3.add_client_error("copy_object", service_error_code="NoSuchKey")
    over(s3).copy("b", [Copy("in/a.thumb.jpg", "in/b.thumb.jpg", optional=True)], "backdrop=draft")

    s3.add_client_error("copy_object", service_error_code="AccessDenied")
    with pytest.raises(BackdropError):
        over(s3).copy("b", [Copy("in/a.thumb.jpg", "in/b.thumb.jpg", optional=True)], "backdrop=draft")


def test_where_a_copy_comes_from_is_remembered_whatever_its_name(s3: Stubber) -> None:
    key = "out/Café 50%25\u2028\u202e.jpg.0-abc.json"
    stored: dict[str, str] = {}

    def note(params: dict[str, Any], **_: object) -> None:
        stored.update(params["Metadata"])

    s3.client.meta.events.register("provide-client-params.s3.PutObject", note)
    s3.add_response("put_object", {})
    over(s3).put("b", "k", b"{}", "application/json", copied_from=key)
    s3.add_response("head_object", {"Metadata": stored})

    assert stored["copied-from"].isascii()
    assert over(s3).look_up("b", "k") == Stored(key)
