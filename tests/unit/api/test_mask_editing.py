"""Seeing what is kept of a photo, and putting it right: what is shown, what the function is asked, who may."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from backdrop.core.errors import BackdropError, ErrorCode
from tests.unit.api.conftest import Answer, Api
from tests.unit.api.test_masks import bring, drawing, png, stored

STROKE = {"points": [[0.1, 0.2], [0.3, 0.2]], "width": 0.05}


@pytest.fixture
def draft(api: Api) -> str:
    return str(api.call("POST", "/drafts", {}).body["draftId"])


@pytest.fixture
def photo(api: Api, draft: str) -> str:
    return api.ready(draft, "mug.jpg")[0]


def see(api: Api, draft: str, photo: str, user: str = "ann", **edit: Any) -> Answer:
    return api.call("POST", f"/drafts/{draft}/photos/{photo}/cut-out", edit, user)


def text(mask: Image.Image) -> str:
    return base64.b64encode(png(mask)).decode()


def test_a_photo_without_a_mask_is_cut_out(api: Api, draft: str, photo: str) -> None:
    answer = see(api, draft, photo)
    assert (answer.status, answer.body["source"]) == (200, "BUILT_IN")
    (wish,) = api.cut_outs.wishes
    assert wish["Key"] == api.store.photo_rows[draft, photo].source_key
    assert {"Mask", "Keep", "Remove", "Rectangle"}.isdisjoint(wish)


def test_the_mask_that_a_photo_has_is_shown_and_anew_is_asked_for(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    answer = see(api, draft, photo)
    assert answer.body["source"] == "STORED"
    shown = Image.open(io.BytesIO(base64.b64decode(answer.body["mask"])))
    assert shown.tobytes() == drawing().tobytes()
    assert not api.cut_outs.wishes
    assert see(api, draft, photo, anew=True).body["source"] == "BUILT_IN"


def test_strokes_go_to_the_function_with_the_mask_as_it_will_be_used(api: Api, draft: str, photo: str) -> None:
    answer = see(api, draft, photo, mask=text(drawing("RGB")), keep=[STROKE], remove=[STROKE], rectangle=[0, 0, 1, 0.5])
    assert (answer.status, answer.body["source"]) == (200, "EDITED")
    (wish,) = api.cut_outs.wishes
    assert wish["Keep"] == wish["Remove"] == [{"Points": STROKE["points"], "Width": 0.05}]
    assert list(wish["Rectangle"]) == [0, 0, 1, 0.5]
    assert Image.open(io.BytesIO(base64.b64decode(wish["Mask"]))).tobytes() == drawing().tobytes()
    assert not api.store.photo_rows[draft, photo].mask_sha256, "nothing is stored"


def test_an_empty_mask_may_be_worked_on(api: Api, draft: str, photo: str) -> None:
    empty = Image.new("L", drawing().size, 0)
    assert see(api, draft, photo, mask=text(empty), keep=[STROKE]).status == 200


@pytest.mark.parametrize(
    "edit",
    [
        {"keep": [{"points": [], "width": 0.1}]},
        {"keep": [{"points": [[0.1]], "width": 0.1}]},
        {"keep": [{"points": [[0.1, 1.2]], "width": 0.1}]},
        {"remove": [{"points": [[0.1, 0.2]], "width": 0}]},
        {"rectangle": [0, 0, 1]},
        {"rectangle": [0.2, 0.2, 0, 0.5]},
        {"mask": 7},
    ],
)
def test_what_makes_no_sense_is_refused(api: Api, draft: str, photo: str, edit: dict[str, Any]) -> None:
    answer = see(api, draft, photo, **edit)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert not api.cut_outs.wishes


@pytest.mark.parametrize(
    "mask", ["no base64 !", base64.b64encode(b"no picture").decode(), text(Image.new("L", (90, 10)))]
)
def test_what_is_no_mask_of_the_photo_is_refused(api: Api, draft: str, photo: str, mask: str) -> None:
    answer = see(api, draft, photo, mask=mask)
    assert (answer.status, answer.code) == (400, "MASK_INVALID")


def test_somebody_elses_photo_is_not_there(api: Api, draft: str, photo: str) -> None:
    assert see(api, draft, photo, user="bob").code == "NOT_FOUND"
    assert not api.cut_outs.wishes


def test_what_the_function_says_is_told(api: Api, draft: str, photo: str) -> None:
    api.cut_outs.error = BackdropError(ErrorCode.PHOTO_CHANGED, "mug.jpg is not the file that was checked.")
    assert see(api, draft, photo).code == "PHOTO_CHANGED"


def test_an_edited_mask_is_told_from_one_that_was_brought(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    answer = api.call("POST", f"/drafts/{draft}/photos/{photo}/mask/inspect", {"edited": True})
    assert (answer.body["maskFrom"], answer.body["hasMask"]) == ("EDITED", True)
    assert api.submit(draft).status == 202
    (line,) = api.manifest(draft)
    assert line["MaskFrom"] == "Edited"
    assert line["MaskAt"].endswith("Z")
    assert line["MaskSha256"] == answer.body["maskSha256"]
    assert stored(api)


@pytest.mark.parametrize("body", [{"edited": "yes"}, {"edited": 1}, [True]])
def test_edited_is_yes_or_no(api: Api, draft: str, photo: str, body: object) -> None:
    bring(api, draft, photo, png(drawing()))
    assert api.call("POST", f"/drafts/{draft}/photos/{photo}/mask/inspect", body).code == "INVALID_REQUEST"


def test_the_cut_out_of_a_finished_job_goes_along_to_be_put_right(api: Api, draft: str, photo: str) -> None:
    assert api.submit(draft).status == 202
    source = api.store.photo_rows[draft, photo].source_key
    api.objects.data[f"{source}.mask.png"] = png(drawing())
    fresh = str(api.call("POST", "/drafts", {}).body["draftId"])
    copied = api.call("POST", f"/drafts/{fresh}/copies", {"jobId": draft, "imageIds": [photo]}).body["photos"][0]
    assert copied["hasMask"] is False, "the job's cut-out is no mask of the photo's own"
    assert see(api, fresh, copied["photoId"]).body["source"] == "STORED"


@pytest.mark.parametrize(("measured", "doubtful"), [(0.0, False), (0.9, True)])
def test_how_far_a_cut_out_is_doubted_is_told_with_the_place(
    api: Api, draft: str, photo: str, measured: float, doubtful: bool
) -> None:
    api.cut_outs.doubt = {"measured": measured, "box": [0.1, 0.2, 0.3, 0.4]}
    told = see(api, draft, photo).body
    assert (told["doubt"], told["doubtful"], told["place"]) == (measured, doubtful, [0.1, 0.2, 0.3, 0.4])


def test_of_a_mask_that_somebody_made_there_is_no_doubt(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    told = see(api, draft, photo).body
    assert (told.get("doubt"), told["doubtful"], told.get("place")) == (None, False, None)
