"""Labels that a person corrected: what is stored, what a job makes of them, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.core.errors import BackdropError, ErrorCode
from tests.unit.api.conftest import Answer, Api, picture
from tests.unit.api.test_exports import CUP, LABELS, MUG, copied, origin, refused, wish

MUG_BOX, SPOON_BOXES = [0.1, 0.2, 0.3, 0.4], [[0.5, 0.5, 0.1, 0.1], [0.7, 0.7, 0.1, 0.1]]
DRAWN = [0.25, 0.25, 0.5, 0.6]
DOWN = BackdropError(ErrorCode.LABELS_UNAVAILABLE, "Rekognition is busy.")


@pytest.fixture
def draft(api: Api) -> str:
    return api.draft()


@pytest.fixture
def photo(api: Api, draft: str) -> str:
    return api.ready(draft, "mug.jpg")[0]


def correct(api: Api, draft: str, photo: str, *labels: dict[str, Any]) -> Answer:
    return api.call("PUT", f"/drafts/{draft}/photos/{photo}/labels", {"labels": list(labels)})


def line_of(api: Api, job: str) -> dict[str, Any]:
    (line,) = api.manifest(job)
    return line


def test_words_are_added_renamed_and_removed_and_what_stays_as_found_is_nobodys(
    api: Api, draft: str, photo: str
) -> None:
    answer = correct(
        api, draft, photo,
        {"name": "Mug", "boxes": [MUG_BOX]}, {"name": "Löffel", "boxes": SPOON_BOXES}, {"name": "  花瓶 \u00a0 rot "},
    )  # fmt: skip

    assert answer.status == 200
    assert [(one["name"], one.get("by"), one["confidence"]) for one in answer.body["labels"]] == [
        ("Mug", None, 98.5), ("Löffel", "PERSON", 0), ("花瓶 rot", "PERSON", 0),
    ]  # fmt: skip
    (told,) = api.call("GET", f"/drafts/{draft}").body["photos"]
    assert (told["labels"], told["labelsCorrected"]) == (answer.body["labels"], True)
    assert api.submit(draft).status == 202
    line = line_of(api, draft)
    assert line["Labels"] == "Mug,Löffel,花瓶 rot"
    assert line["NotLocated"] == "花瓶 rot"
    assert line["Boxes"] == [MUG_BOX, *SPOON_BOXES]
    assert "BoxesBy" not in line, "another word for Rekognition's own boxes"


def test_a_box_says_whose_it_is_and_what_is_not_chosen_goes(api: Api, draft: str, photo: str) -> None:
    labels = (
        {"name": "Mug", "boxes": [DRAWN]},
        {"name": "Spoon", "boxes": SPOON_BOXES},
        {"name": "Tag", "boxes": [[0, 0, 1, 0.1]]},
    )
    assert correct(api, draft, photo, *labels).status == 200

    assert api.submit(draft, labels={photo: ["Mug", "Spoon"]}).status == 202

    line = line_of(api, draft)
    assert (line["Boxes"], line["BoxesBy"]) == ([DRAWN, *SPOON_BOXES], ["Person", "Rekognition", "Rekognition"])
    assert (line["Removed"], line["RemovedBoxes"], line["RemovedBoxesBy"]) == ("Tag", [[0, 0, 1, 0.1]], ["Person"])


def test_a_box_without_a_word_lets_a_job_start_and_limits_what_is_kept(api: Api, draft: str, photo: str) -> None:
    correct(api, draft, photo, {"boxes": [DRAWN]}, {"name": "Mug", "boxes": [MUG_BOX]})

    assert api.submit(draft, labels={photo: []}).status == 202

    line = line_of(api, draft)
    assert (line["Labels"], line["Boxes"], line["BoxesBy"]) == ("", [DRAWN], ["Person"])
    assert line["Removed"] == "Mug"


def test_with_no_label_at_all_the_whole_product_is_kept(api: Api, draft: str, photo: str) -> None:
    assert correct(api, draft, photo).body["labels"] == []
    assert api.submit(draft, labels={photo: []}).status == 202
    assert (line_of(api, draft)["Labels"], line_of(api, draft)["Boxes"]) == ("", [])


def test_null_puts_back_what_was_found(api: Api, draft: str, photo: str) -> None:
    correct(api, draft, photo, {"name": "Pot"})
    answer = api.call("PUT", f"/drafts/{draft}/photos/{photo}/labels", {"labels": None})
    assert [one["name"] for one in answer.body["labels"]] == ["Mug", "Table", "Spoon"]
    assert answer.body["labelsCorrected"] is False


@pytest.mark.parametrize("kept", [None, ["Mug"]])
def test_rekognition_is_not_asked_where_a_person_drew(api: Api, draft: str, kept: list[str] | None) -> None:
    api.detector.failure = DOWN
    (photo,) = api.ready(draft, "mug.jpg")
    correct(api, draft, photo, {"name": "Mug", "boxes": [DRAWN]})

    assert api.submit(draft, **({"labels": {photo: kept}} if kept else {})).status == 202

    assert (line_of(api, draft)["Labels"], line_of(api, draft)["Boxes"]) == ("Mug", [DRAWN])
    assert api.jobs.rows[draft].expected_usd == pytest.approx(0.14), "no DetectLabels call"


def test_words_alone_are_looked_for_where_nobody_looked_and_that_is_in_the_price(api: Api, draft: str) -> None:
    api.detector.failure = DOWN
    (photo,) = api.ready(draft, "mug.jpg")
    correct(api, draft, photo, {"name": "Mug"})
    assert api.submit(draft).status == 202
    assert "Boxes" not in line_of(api, draft)
    assert api.jobs.rows[draft].expected_usd == pytest.approx(0.14 + 0.001)


def test_a_search_for_labels_that_succeeds_later_leaves_the_persons_alone(api: Api, draft: str) -> None:
    api.detector.failure = DOWN
    (photo,) = api.ready(draft, "mug.jpg")
    correct(api, draft, photo, {"name": "Pot", "boxes": [DRAWN]})
    api.detector.failure = None
    assert "labelsError" not in api.inspect(draft, photo).body
    (told,) = api.call("GET", f"/drafts/{draft}").body["photos"]
    assert [one["name"] for one in told["labels"]] == ["Pot"]


@pytest.mark.parametrize(
    "labels",
    [
        [{"name": "a, b"}],
        [{"name": "a\u202eb"}],
        [{"name": "x" * 61}],
        [{"name": " "}],
        [{"name": "Mug"}, {"name": "MUG"}],
        [{"boxes": [DRAWN]}, {"boxes": [DRAWN]}],
        [{"name": "Mug", "boxes": [[0.5, 0, 0.6, 1]]}],
        [{"name": "Mug", "boxes": [[0, 0.5, 1, 0.6]]}],
        [{"name": "Mug", "boxes": [[0.5, 0.5, 0, 0.2]]}],
        [{"name": "Mug", "boxes": [[0.5, 0.5, 0.2, 0.0001]]}],
        [{"name": f"Mug {number}"} for number in range(41)],
        [{"name": f"Mug {number}", "boxes": [DRAWN] * 101} for number in range(2)],
    ],
)
def test_what_can_not_be_is_refused_and_the_labels_stay(
    api: Api, draft: str, photo: str, labels: list[dict[str, Any]]
) -> None:
    assert correct(api, draft, photo, *labels).code == "LABELS_INVALID"
    assert api.store.photo_rows[draft, photo].own_labels is None


@pytest.mark.parametrize("box", [[0, 0, 1], [-0.1, 0, 1, 1], [0, 0, 1.1, 1], [0, 0, 1, float("nan")]])
def test_what_is_no_box_is_no_request(api: Api, draft: str, photo: str, box: list[Any]) -> None:
    assert correct(api, draft, photo, {"name": "Mug", "boxes": [box]}).code == "INVALID_REQUEST"


def test_a_box_up_to_the_edge_is_inside_whatever_rounding_makes_of_it(api: Api, draft: str, photo: str) -> None:
    answer = correct(api, draft, photo, {"name": "Mug", "boxes": [[0.30001, 0, 0.7, 1]]})
    assert answer.body["labels"][0]["boxes"] == [[0.30001, 0, 0.69999, 1]]


def test_who_wants_every_label_located_is_told_before_anything_is_paid(api: Api, draft: str, photo: str) -> None:
    correct(api, draft, photo, {"name": "Pot"})
    assert api.submit(draft, options={"unlocatedLabels": "FAIL"}).code == "LABELS_NOT_LOCATED"
    correct(api, draft, photo, {"name": "Pot", "boxes": [DRAWN]})
    assert api.submit(draft, options={"unlocatedLabels": "FAIL"}).status == 202


def test_another_persons_photo_and_a_started_job_stay_as_they_are(api: Api, draft: str, photo: str) -> None:
    path = f"/drafts/{draft}/photos/{photo}/labels"
    body: dict[str, Any] = {"labels": []}
    assert api.call("PUT", path, body, "bob").code == "NOT_FOUND"
    assert api.submit(draft).status == 202
    assert api.call("PUT", path, body).code == "ALREADY_SUBMITTED"


def test_equal_photos_are_equal_only_with_the_same_labels(api: Api, draft: str) -> None:
    photos = api.upload(draft, "a.jpg", "b.jpg", "c.jpg", data=picture())
    for photo in photos:
        assert api.inspect(draft, photo).body["status"] == "READY"
    for photo in photos[1:]:
        correct(api, draft, photo, {"name": "Mug", "boxes": [DRAWN]})
    assert api.submit(draft).status == 202
    first, second = api.manifest(draft)
    assert (first["Boxes"][0], second["Boxes"]) == (MUG_BOX, [DRAWN])
    assert [copy["ImageId"] for copy in second["Copies"]] == [photos[2]]


def test_copies_have_them_and_an_export_with_other_ones_is_refused(api: Api) -> None:
    job = origin(api)
    draft = copied(api, job)
    assert correct(api, draft, MUG, *({"name": name, "boxes": [DRAWN]} for name in LABELS)).status == 200
    assert "corrected" in refused(api, draft, wish(job)).message

    again = api.draft()
    body: dict[str, Any] = {"jobId": draft, "imageIds": [MUG, CUP]}
    mug, cup = api.call("POST", f"/drafts/{again}/copies", body).body["photos"]
    assert [one["boxes"] for one in mug["labels"]] == [[DRAWN], [DRAWN]]
    assert (mug["labelsCorrected"], cup["labelsCorrected"]) == (True, False)
