"""Products placed by hand: told with a job, checked before it, kept with each image; and what somebody sees of one."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from PIL import Image, ImageDraw

from backdrop.aws.image_items import photo_attributes, photo_of
from backdrop.core import keys
from backdrop.core.vocabulary import JobStatus
from tests.unit.api.conftest import Api, picture

FIRST, SECOND = "00000000", "00000001"
PLACE = {"across": 0.1, "down": -0.05, "scale": 1.5, "turn": 20.0}
WHITE = {"background": "#ffffff", "maskSource": "BUILT_IN"}


def two(api: Api) -> str:
    draft = api.draft()
    api.ready(draft, "mug.jpg", "cup.jpg")
    return draft


def problems(api: Api, draft: str, **body: Any) -> list[str]:
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "", **body}).body
    return [problem["code"] for problem in told["problems"]]


def images(api: Api, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.call("GET", f"/jobs/{job}/images").body["images"]
    return found


def test_a_place_is_in_its_photos_line_and_told_from_the_first_moment(api: Api) -> None:
    draft = two(api)
    assert api.submit(draft, prompt="", options=WHITE, byHand={SECOND: PLACE}).status == 202
    assert [line.get("ByHand") for line in api.manifest(draft)] == [
        None,
        {"Across": 0.1, "Down": -0.05, "Scale": 1.5, "Turn": 20.0},
    ]
    assert [image.get("byHand") for image in images(api, draft)] == [None, PLACE]
    row = api.store.photo_rows[(draft, SECOND)]
    assert photo_of({k: v for k, v in photo_attributes(row).items() if v is not None}).by_hand == row.by_hand


def test_what_was_done_is_told_once_it_is_done(api: Api) -> None:
    draft = two(api)
    api.submit(draft, prompt="", options=WHITE, byHand={FIRST: {"across": 1}})
    done = {"across": 0.5, "down": 0.0, "scale": 1.0, "turn": 0.0, "resampled": False}
    api.finish(draft, FIRST, review=json.dumps({"flags": [], "byHand": done}))
    assert images(api, draft)[0]["byHand"] == done


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"options": WHITE, "byHand": {"00000009": PLACE}}, "OPTIONS_INVALID"),
        ({"prompt": "a beach", "byHand": {FIRST: PLACE}}, "OPTIONS_INVALID"),
    ],
)
def test_a_place_that_can_not_be_is_refused_before_anything_is_paid(api: Api, body: dict[str, Any], code: str) -> None:
    draft = two(api)
    refused = api.submit(draft, **{"prompt": "", **body})
    assert (refused.status, refused.code) == (400, code)
    assert code in problems(api, draft, **body)
    assert api.jobs.puts == 0


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"turn": 200}, {"across": "far"}, {"down": -1.5}, {"left": 1}])
def test_a_place_beyond_the_limits_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    refused = api.submit(two(api), prompt="", options=WHITE, byHand={FIRST: wrong})
    assert (refused.status, refused.code) == (400, "INVALID_REQUEST")


def test_no_number_is_no_place(api: Api) -> None:
    draft = two(api)
    raw = json.dumps({"prompt": "", "options": WHITE, "byHand": {FIRST: {"turn": float("nan")}}})
    answer = api.call("POST", f"/drafts/{draft}/submit", raw=raw)
    assert answer.status == 400
    assert api.jobs.puts == 0


def test_equal_photos_with_places_of_their_own_are_made_apart(api: Api) -> None:
    draft = api.draft()
    photos = api.upload(draft, "a.jpg", "b.jpg", "c.jpg", data=picture())
    for photo in photos:
        api.inspect(draft, photo)
    api.submit(draft, prompt="", options=WHITE, byHand={photos[1]: PLACE})
    lines = api.manifest(draft)
    assert [(len(line.get("Copies", [])), "ByHand" in line) for line in lines] == [(1, False), (0, True)]


def finished(api: Api, options: dict[str, Any], *, box: tuple[int, int, int, int] = (80, 60, 239, 179)) -> str:
    draft = two(api)
    assert api.submit(draft, prompt="", options=options).status == 202
    mask, out = Image.new("L", (320, 240), 0), io.BytesIO()
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    mask.save(out, "PNG")
    source = api.store.photo_rows[(draft, FIRST)].source_key
    assert source
    api.objects.data[keys.mask_key(source)] = out.getvalue()
    api.finish(draft, FIRST)
    api.edit_job(draft, status=JobStatus.SUCCEEDED)
    return draft


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_somebody_who_places_a_product_sees_it_by_itself_and_what_is_behind(api: Api) -> None:
    backdrop = {"id": api.backdrop(), "placement": {"share": 0.4, "surface": 0.8}}
    job = finished(api, {"background": "backdrop", "backdrop": backdrop, "maskSource": "BUILT_IN"})
    # The job has a copy of its own.
    api.call("DELETE", f"/backdrops/{backdrop['id']}")

    seen = api.call("GET", f"/jobs/{job}/images/{FIRST}/place").body

    left, top, width, height = seen["box"]
    assert (left + width / 2, top + height) == pytest.approx((0.5, 0.8), abs=0.01)
    assert max(width, height) == pytest.approx(0.4, abs=0.01)
    product, ground = opened(seen["product"]).convert("RGBA"), opened(seen["ground"])
    assert ground.width / ground.height == pytest.approx(seen["width"] / seen["height"], rel=0.02)
    assert product.width / product.height == pytest.approx(160 / 120, rel=0.03)
    assert product.getchannel("A").getpixel((0, 0)) == 0, "there is a rim"
    assert product.getchannel("A").getpixel((product.width // 2, product.height // 2)) == 255


def test_on_a_colour_there_is_no_picture_behind(api: Api) -> None:
    job = finished(api, WHITE)
    seen = api.call("GET", f"/jobs/{job}/images/{FIRST}/place").body
    assert (seen["background"], seen.get("ground")) == ("#ffffff", None)
    assert seen["box"] == pytest.approx([0.25, 0.25, 0.5, 0.5], abs=0.01)


def test_a_painted_image_and_one_that_is_not_there_have_no_parts(api: Api) -> None:
    job = api.job("mug.jpg", "cup.jpg")
    api.finish(job, FIRST)
    assert api.call("GET", f"/jobs/{job}/images/{FIRST}/place").code == "OPTIONS_INVALID"
    assert api.call("GET", f"/jobs/{job}/images/{SECOND}/place").code == "IMAGE_NOT_FINISHED"
    assert api.call("GET", f"/jobs/{job}/images/{FIRST}/place", user="eve").code == "NOT_SHARED"


def export(api: Api, job: str, options: dict[str, Any], **body: Any) -> Any:
    draft = api.draft()
    api.call("POST", f"/drafts/{draft}/copies", {"jobId": job, "imageIds": [FIRST]})
    asked = {"prompt": "", "labels": {FIRST: ["Mug", "Spoon"]}, "options": {"exportOf": job, **options}, **body}
    told = api.call("POST", f"/drafts/{draft}/estimate", asked).body
    return draft, told, api.submit(draft, **asked)


def test_an_export_may_place_by_hand_and_costs_nothing(api: Api) -> None:
    job = finished(api, WHITE)
    draft, told, answer = export(api, job, WHITE, byHand={FIRST: PLACE})
    assert (told["problems"], told["usd"], told["calls"]) == ([], 0, [])
    assert answer.status == 202, answer
    assert api.manifest(draft)[0]["ByHand"]["Scale"] == 1.5


def test_an_export_stands_on_its_jobs_own_backdrop_after_that_was_deleted(api: Api) -> None:
    id_ = api.backdrop()
    own = {"background": "backdrop", "backdrop": {"id": id_, "shadow": "NONE"}, "maskSource": "BUILT_IN"}
    job = finished(api, own)
    before = api.jobs.rows[job].settings.options.backdrop
    assert before
    api.call("DELETE", f"/backdrops/{id_}")
    for key in [key for key in api.objects.data if id_ in key and key != before.key]:
        del api.objects.data[key]

    again = {**own, "backdrop": {"id": id_, "shadow": "SOFT", "placement": {"share": 0.5}}}
    draft, told, answer = export(api, job, again)

    assert told["problems"] == []
    assert answer.status == 202, answer
    after = api.jobs.rows[draft].settings.options.backdrop
    assert after
    assert (after.sha256, after.name, after.shadow.value) == (before.sha256, before.name, "SOFT")
    assert after.placement is not None
    assert after.placement.share == 0.5
    assert after.key != before.key
    assert api.objects.data[after.key] == api.objects.data[before.key]
    fresh = two(api)
    assert api.submit(fresh, prompt="", options=own).code == "OPTIONS_INVALID", "a new job can't have it"
