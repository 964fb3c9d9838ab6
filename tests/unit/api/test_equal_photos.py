"""Equal photos of a draft: told before the start, one line of the manifest, one price; each name stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.request import JobRequest
from backdrop.jobs.equal_photos import group_equal
from backdrop.jobs.manifest import items_of, read_items
from tests.unit.api.conftest import Api, picture

RED, BLUE = picture(), picture(330, 250)


@pytest.fixture
def draft(api: Api) -> str:
    made = api.draft()
    for name, data in (("a.jpg", RED), ("b.jpg", BLUE), ("SKU/a again.jpg", RED), ("c.jpg", RED)):
        (photo,) = api.upload(made, name, data=data)
        assert api.inspect(made, photo).body["status"] == "READY"
    return made


def told(api: Api, draft: str, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **body}).body
    assert answer["problems"] == []
    return answer


def test_they_are_told_and_paid_once_and_share_a_line(api: Api, draft: str) -> None:
    estimate = told(api, draft)
    assert (estimate["images"], estimate["equalPhotos"]) == (4, 2)
    assert [call["calls"] for call in estimate["calls"]] == [2, 2]

    assert api.submit(draft).status == 202
    first, other = api.manifest(draft)
    assert [copy["ImageName"] for copy in first["Copies"]] == ["SKU/a again.jpg", "c.jpg"]
    assert "Copies" not in other
    job = api.call("GET", f"/jobs/{draft}").body
    assert job["counts"]["total"] == 4
    assert job["estimatedCostUsd"] == pytest.approx(estimate["usd"])
    names = api.call("GET", f"/jobs/{draft}/names").body["photos"]
    assert [one["name"] for one in names] == ["a.jpg", "b.jpg", "SKU/a again.jpg", "c.jpg"], "as they were registered"
    assert len({one["photoId"] for one in names}) == 4


def test_a_copy_has_its_own_name_and_key_and_all_else_of_the_first(api: Api, draft: str) -> None:
    assert api.submit(draft, options={"variations": 2}).status == 202
    line = api.manifest(draft)[0]
    first, again, _ = items_of(line)
    differing = {name for name in {*first, *again} if first.get(name) != again.get(name)}
    assert differing == {"ImageId", "ImageName", "Key", "AnswersAt", "FileNames"}
    assert "Copies" not in again
    key = first["Key"].rpartition("/")[2]
    assert again["AnswersAt"].endswith(f"/{key}"), "where the first one's answers lie"
    lines = api.objects.data[api.jobs.rows[draft].manifest_key].splitlines()
    assert [item["ImageId"] for item in read_items(lines)] == ["00000000", "00000001", "00000002", "00000003"]


@pytest.mark.parametrize(
    "body",
    [
        {"labels": {"00000002": ["Mug"]}},
        {"seeds": {"00000002": [77]}},
    ],
    ids=["labels", "seeds"],
)
def test_what_is_to_be_made_otherwise_is_not_equal(api: Api, draft: str, body: dict[str, Any]) -> None:
    assert told(api, draft, **body)["equalPhotos"] == 1
    assert api.submit(draft, **body).status == 202
    assert [len(line.get("Copies", ())) for line in api.manifest(draft)] == [1, 0, 0]


def test_whoever_says_that_all_is_kept_says_the_same_as_who_says_nothing(api: Api, draft: str) -> None:
    found = [label.name for label in api.detector.found]
    body = {"labels": {"00000002": found[::-1]}}
    assert told(api, draft, **body)["equalPhotos"] == 2
    assert api.submit(draft, **body).status == 202
    assert [len(line.get("Copies", ())) for line in api.manifest(draft)] == [2, 0]


@pytest.mark.parametrize("body", [{}, {"labels": {"00000000": []}}])
def test_a_photo_that_rekognition_was_too_busy_for_is_equal_all_the_same(api: Api, body: dict[str, Any]) -> None:
    """Found by the soak: both were paid."""
    draft = api.draft()
    for name, failure in (("a.jpg", BackdropError(ErrorCode.LABELS_UNAVAILABLE, "Busy.")), ("b.jpg", None)):
        api.detector.failure = failure
        (photo,) = api.upload(draft, name, data=RED)
        api.inspect(draft, photo)
    assert told(api, draft, **body)["equalPhotos"] == 1
    assert api.submit(draft, **body).status == 202
    (line,) = api.manifest(draft)
    assert (line["ImageName"], line["Labels"]) == ("a.jpg", "Mug,Table,Spoon")
    assert line["Boxes"][0] == [0.1, 0.2, 0.3, 0.4], "as they are known of the other one"


def test_another_seed_for_each_photo_makes_equal_ones_once_all_the_same(api: Api, draft: str) -> None:
    """Who wants another picture of a photo asks for variations."""
    body = {"seed": 5, "options": {"varySeed": True}}
    assert told(api, draft, **body)["equalPhotos"] == 2
    assert api.submit(draft, **body).status == 202
    assert [line["Seeds"] for line in api.manifest(draft)] == [[5], [6]]


def test_a_thousand_equal_photos_are_several_lines_that_one_execution_can_make_each(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.ready(draft, "x.jpg")
    row = api.store.photo_rows[draft, photo]
    many = [replace(row, image_id=f"{n:08}", name="é" * 200 + str(n), source_key=f"in/{n}") for n in range(1000)]
    groups = group_equal(many, JobRequest("a beach"))
    assert [one.number for group in groups for one in group] == list(range(1000))
    assert 5 <= len(groups) <= 20
    assert max(map(len, groups)) <= 200
