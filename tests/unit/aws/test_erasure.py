"""Versions of objects are removed for good: one that was busy is asked for again, and what stays is told."""

from __future__ import annotations

from typing import Any

from backdrop.aws.erasure.rows_and_files import ErasableFiles
from backdrop.jobs.erasure.erasing import Version

GONE, BUSY, LOCKED = Version("a", "1", 10), Version("a", "2", 20), Version("b", "3", 30)


class S3:
    """Refuses a busy version once, and a locked one always."""

    def __init__(self) -> None:
        self.asked: list[list[dict[str, str]]] = []

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        assert Bucket == "bucket"
        self.asked.append(Delete["Objects"])
        errors = []
        for one in Delete["Objects"]:
            if one["VersionId"] == "2" and len(self.asked) == 1:
                errors.append({**one, "Code": "SlowDown", "Message": "Reduce your request rate."})
            if one["VersionId"] == "3":
                errors.append({**one, "Code": "AccessDenied", "Message": "It is locked."})
        return {"Errors": errors}


def test_a_busy_version_is_asked_for_again_by_its_id_and_a_locked_one_is_told() -> None:
    s3 = S3()

    (stayed,) = ErasableFiles(lambda: s3).remove("bucket", [GONE, BUSY, LOCKED])  # type: ignore[arg-type, return-value]

    assert (stayed.version, stayed.reason) == (LOCKED, "AccessDenied: It is locked")
    assert s3.asked[1:] == [[{"Key": "a", "VersionId": "2"}]]
