"""What the files of a job's images are called, said when it is submitted: kept with the job, never two of one name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Api, picture

FIRST, SECOND = "00000000", "00000001"


@pytest.fixture
def draft(api: Api) -> str:
    made = api.draft()
    api.ready(made, "a.jpg", "b.jpg", "c.jpg")
    return made


def test_names_are_told_with_the_jobs_names_for_ever(api: Api, draft: str) -> None:
    wish = {"options": {"variations": 2}, "fileNames": {FIRST: ["A/1", "A/2"], SECOND: ["hero"]}}
    assert api.submit(draft, **wish).status == 202

    photos = api.call("GET", f"/jobs/{draft}/names").body["photos"]
    assert [one.get("fileNames") for one in photos] == [["A/1", "A/2"], ["hero"], None]


def test_every_file_of_every_picture_can_have_a_name(api: Api, draft: str) -> None:
    names = [f"hero-{number}" for number in range(6)]
    wish = {"options": {"variations": 2, "outputs": [{"width": 300}, {"format": "WEBP"}]}, "fileNames": {FIRST: names}}
    assert api.submit(draft, **wish).status == 202
    photos = api.call("GET", f"/jobs/{draft}/names").body["photos"]
    assert (photos[0]["fileNames"], photos[0]["images"]) == (names, 6)


def test_equal_photos_have_their_own_names(api: Api) -> None:
    draft = api.draft()
    for name in ("a.jpg", "b.jpg"):
        (photo,) = api.upload(draft, name, data=picture())
        api.inspect(draft, photo)
    assert api.submit(draft, fileNames={FIRST: ["x"], SECOND: ["y"]}).status == 202

    assert len(api.manifest(draft)) == 1
    assert [one["fileNames"] for one in api.call("GET", f"/jobs/{draft}/names").body["photos"]] == [["x"], ["y"]]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ({FIRST: ["Caf\u00e9"], SECOND: ["CAFE\u0301"]}, "NAME_INVALID"),
        ({FIRST: [""]}, "NAME_INVALID"),
        ({FIRST: ["a\nb"]}, "NAME_INVALID"),
        ({FIRST: ["a", "b"]}, "OPTIONS_INVALID"),
        ({"00000009": ["a"]}, "OPTIONS_INVALID"),
        ({"#draft": ["a"]}, "OPTIONS_INVALID"),
    ],
)
def test_names_that_can_not_be_are_told_beforehand_and_refused(
    api: Api, draft: str, names: dict[str, Any], code: str
) -> None:
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", "fileNames": names}).body["problems"]
    assert [problem["code"] for problem in told] == [code]
    refused = api.submit(draft, fileNames=names)
    assert (refused.status, refused.code, api.jobs.puts) == (400, code, 0)
