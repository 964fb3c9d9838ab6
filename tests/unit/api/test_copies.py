"""Photos of an earlier job in a new draft: retry, run again, duplicate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.model import PhotoRow
from tests.unit.api.conftest import Answer, Api


def copies(api: Api, draft: str, job: str, ids: list[str], user: str = "ann") -> Answer:
    return api.call("POST", f"/drafts/{draft}/copies", {"jobId": job, "imageIds": ids}, user)


@pytest.fixture
def job(api: Api) -> str:
    """Two photos, one made, one failed."""
    made = api.job("mug.jpg", "Café cup.PNG")
    api.finish(made, "00000000")
    api.fail(made, "00000001", "ModelRefused", "MODEL_REFUSED_PROMPT: No.")
    return made


def row(api: Api, draft: str, id_: str) -> PhotoRow:
    return api.store.photo_rows[draft, id_]


def test_copies_are_ready_with_everything_that_was_known_and_nothing_is_asked_again(api: Api, job: str) -> None:
    calls = api.detector.calls
    draft = api.draft()

    answer = copies(api, draft, job, ["00000001", "00000000"])

    assert answer.status == 201
    assert [photo["name"] for photo in answer.body["photos"]] == ["Café cup.PNG", "mug.jpg"]
    assert [photo["status"] for photo in answer.body["photos"]] == ["READY", "READY"]
    assert [photo["photoId"] for photo in answer.body["photos"]] == ["00000000", "00000001"]
    assert [label["name"] for label in answer.body["photos"][0]["labels"]] == ["Mug", "Table", "Spoon"]
    assert "error" not in answer.body["photos"][0], "the failure was the image's"
    assert api.detector.calls == calls
    assert api.call("GET", f"/drafts/{draft}").body["photos"] == answer.body["photos"]


def test_the_files_lie_in_the_new_draft_and_expire_with_it(api: Api, job: str) -> None:
    draft = api.draft()
    copies(api, draft, job, ["00000000"])

    source, copy = row(api, job, "00000000"), row(api, draft, "00000000")
    assert copy.source_key
    assert draft in copy.source_key
    for ending in ("", ".preview.jpg", ".thumb.jpg"):
        assert api.objects.data[copy.source_key + ending] == api.objects.data[f"{source.source_key}{ending}"]
        assert api.objects.tags[copy.source_key + ending] == "backdrop=draft"


def test_a_mask_of_ones_own_goes_along(api: Api, job: str) -> None:
    source = row(api, job, "00000000")
    api.store.photo_rows[job, "00000000"] = replace(source, mask_sha256="ab" * 32)
    api.objects.data[f"{source.source_key}.mask.png"] = b"mask"
    draft = api.draft()

    (photo,) = copies(api, draft, job, ["00000000"]).body["photos"]

    assert photo["hasMask"]
    assert api.objects.data[f"{row(api, draft, '00000000').source_key}.mask.png"] == b"mask"
    assert api.submit(draft).status == 202
    assert api.manifest(draft)[0]["MaskSha256"] == "ab" * 32


def test_the_copies_make_a_job_and_the_earlier_one_stays_as_it_was(api: Api, job: str) -> None:
    before = dict(api.store.photo_rows)
    draft = api.draft()
    api.ready(draft, "new.jpg")
    (photo,) = copies(api, draft, job, ["00000001"]).body["photos"]

    answer = api.submit(draft, prompt="a forest", labels={photo["photoId"]: ["Mug"]})

    assert answer.status == 202
    assert [(line["ImageId"], line["Labels"]) for line in api.manifest(draft)] == [
        ("00000000", "Mug,Table,Spoon"),
        ("00000001", "Mug"),
    ]
    assert {key: value for key, value in api.store.photo_rows.items() if key[0] == job} == before


@pytest.mark.parametrize("reuse", [True, False])
def test_the_copies_line_says_where_answers_lie_that_nobody_noted(api: Api, job: str, reuse: bool) -> None:
    draft = api.draft()
    copies(api, draft, job, ["00000000"])

    assert api.submit(draft, options={} if reuse else {"reuseAnswers": False}).status == 202

    (line,) = api.manifest(draft)
    theirs = f"{api.jobs.rows[job].prefixes.output}/mug-00000000.jpg"
    assert line.get("AnswersAt") == (theirs if reuse else None)


def test_variations_mean_their_photo_which_is_copied_once(api: Api, job: str) -> None:
    draft = api.draft()

    photos = copies(api, draft, job, ["00000001-2", "00000001-3", "00000001"]).body["photos"]

    assert [photo["name"] for photo in photos] == ["Café cup.PNG"]


def test_a_copy_takes_along_what_its_files_are_called(api: Api, job: str) -> None:
    draft = api.draft()
    named = {"00000001": [f"{'d/' * 550}cup (2)", "SKU/cup (3)"]}
    body = {"jobId": job, "imageIds": ["00000000", "00000001"], "fileNames": named}
    assert api.call("POST", f"/drafts/{draft}/copies", body).status == 201
    api.ready(draft, "new.jpg")
    api.submit(draft, options={"variations": 2})

    told = api.call("GET", f"/jobs/{draft}/names").body["photos"]
    assert [(photo["name"], photo.get("fileNames")) for photo in told] == [
        ("mug.jpg", None),
        ("Café cup.PNG", named["00000001"]),
        ("new.jpg", None),
    ]
    assert [line["ImageName"] for line in api.manifest(draft)][1] == "Café cup.PNG", "the photo is called as ever"

    again = api.draft()
    copies(api, again, draft, ["00000001"])
    api.submit(again)
    assert api.call("GET", f"/jobs/{again}/names").body["photos"][0]["fileNames"] == named["00000001"]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"00000001": ["a"]}, "INVALID_REQUEST"),
        ({"00000000": []}, "INVALID_REQUEST"),
        ({"00000000": ["a"] * 26}, "INVALID_REQUEST"),
        ({"00000000": "a"}, "INVALID_REQUEST"),
        ({"00000000": [""]}, "NAME_INVALID"),
        ({"00000000": ["a\nb"]}, "NAME_INVALID"),
        ({"00000000": ["d/" * 1100]}, "NAME_INVALID"),
    ],
)
def test_file_names_that_are_none_are_refused_and_nothing_is_added(
    api: Api, job: str, named: dict[str, Any], code: str
) -> None:
    draft = api.draft()
    body = {"jobId": job, "imageIds": ["00000000"], "fileNames": named}

    assert api.call("POST", f"/drafts/{draft}/copies", body).code == code
    assert api.call("GET", f"/drafts/{draft}").body["photos"] == []


def test_a_photo_from_before_there_were_thumbnails_is_copied(api: Api, job: str) -> None:
    source = row(api, job, "00000000")
    del api.objects.data[f"{source.source_key}.thumb.jpg"]

    assert copies(api, api.draft(), job, ["00000000"]).status == 201


def test_a_file_that_expired_is_told_and_nothing_is_added(api: Api, job: str) -> None:
    del api.objects.data[f"{row(api, job, '00000000').source_key}"]
    draft = api.draft()

    assert copies(api, draft, job, ["00000000"]).code == "PHOTO_MISSING"
    assert api.call("GET", f"/drafts/{draft}").body["photos"] == []


@pytest.mark.parametrize("ids", [["00000009"], ["00000000", "#draft"], ["#draft"], ["../x"], [""], ["00000002"]])
def test_only_images_of_the_job_can_be_copied(api: Api, ids: list[str]) -> None:
    draft = api.draft()
    api.ready(draft, "a.jpg", "b.jpg")
    api.upload(draft, "never inspected.jpg")
    api.submit(draft)
    new = api.draft()

    answer = copies(api, new, draft, ids)

    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert api.store.rows[new].photo_count == 0


def test_nobody_copies_from_or_into_what_is_somebody_elses(api: Api, job: str) -> None:
    bobs = api.draft("bob")

    assert copies(api, bobs, job, ["00000000"], "bob").status == 403, "ann's job"
    assert copies(api, bobs, job, ["00000000"], "ann").status == 404, "bob's draft"
    assert not [key for key in api.store.photo_rows if key[0] == bobs]
    assert not [key for key in api.objects.data if bobs in key]


def test_a_submitted_draft_takes_no_copies(api: Api, job: str) -> None:
    answer = copies(api, job, job, ["00000000"])

    assert (answer.status, answer.code) == (409, "ALREADY_SUBMITTED")


def test_a_draft_that_is_submitted_meanwhile_gets_none(api: Api, job: str) -> None:
    draft = api.draft()
    api.ready(draft, "a.jpg")

    def submitted() -> None:
        api.submit(draft)

    api.store.before_copies = submitted

    assert copies(api, draft, job, ["00000000"]).code == "ALREADY_SUBMITTED"
    assert [image["name"] for image in api.call("GET", f"/jobs/{draft}/images").body["images"]] == ["a.jpg"]


def test_the_limit_of_a_draft_counts_copies(api: Api, job: str) -> None:
    draft = api.draft()
    api.store.rows[draft] = replace(api.store.rows[draft], photo_count=9_999)

    assert copies(api, draft, job, ["00000000", "00000001"]).code == "TOO_MANY_PHOTOS"


@pytest.mark.parametrize(
    "body",
    [
        {"jobId": "x", "imageIds": []},
        {"jobId": "x", "imageIds": ["00000000"] * 101},
        {"jobId": "x"},
        {"imageIds": ["00000000"]},
        {"jobId": 1, "imageIds": ["00000000"]},
        {"jobId": "x", "imageIds": ["00000000"], "owner": "bob"},
    ],
)
def test_a_body_that_is_not_right_is_400(api: Api, body: Any) -> None:
    assert api.call("POST", f"/drafts/{api.draft()}/copies", body).status == 400


def test_thumbnails_are_told_of_photos_and_images(api: Api, job: str) -> None:
    images = api.call("GET", f"/jobs/{job}/images").body["images"]

    assert ".jpg.thumb.jpg" in images[0]["thumbnailUrl"]
    assert "generated-image-files" in images[0]["thumbnailUrl"]
    assert "/image-files/" in images[0]["beforeThumbnailUrl"]
    assert "thumbnailUrl" not in images[1], "a failed image has none"
    assert images[1]["beforeThumbnailUrl"]
    assert row(api, job, "00000000").status is ImageStatus.SUCCEEDED


def test_a_photo_of_a_draft_can_be_tried_alone(api: Api) -> None:
    draft, trial = api.draft(), api.draft()
    first, second = api.ready(draft, "mug.jpg", "cup.jpg")
    calls = api.detector.calls

    (photo,) = copies(api, trial, draft, [second]).body["photos"]

    assert (photo["name"], photo["status"]) == ("cup.jpg", "READY")
    assert api.detector.calls == calls
    assert api.submit(trial).status == 202
    still = api.call("GET", f"/drafts/{draft}").body
    assert [one["photoId"] for one in still["photos"]] == [first, second]
    assert not still["submitted"]


def test_nobody_copies_out_of_another_users_draft(api: Api) -> None:
    hers = api.draft()
    (photo,) = api.ready(hers, "mug.jpg")

    answer = copies(api, api.draft("bob"), hers, [photo], "bob")

    assert answer.status == 404
