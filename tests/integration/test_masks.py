"""A mask of one's own on the deployed template: it decides what is kept, lives as long as the job, is its owner's."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.shared import keys_of

pytestmark = pytest.mark.integration

SIZE = (640, 480)
LEFT, RIGHT = (160, 240), (480, 240)
"""Middles of the two balls."""


def balls(ground: tuple[int, int, int] = (225, 225, 220)) -> bytes:
    """A photo of two balls."""
    photo = Image.new("RGB", SIZE, ground)
    for (x, y), colour in ((LEFT, (190, 30, 30)), (RIGHT, (30, 60, 190))):
        ImageDraw.Draw(photo).ellipse((x - 80, y - 80, x + 80, y + 80), fill=colour)
    return png(photo)


def mask() -> Image.Image:
    """Of the left ball alone."""
    drawn = Image.new("L", SIZE, 0)
    ImageDraw.Draw(drawn).ellipse((LEFT[0] - 80, LEFT[1] - 80, LEFT[0] + 80, LEFT[1] + 80), fill=255)
    return drawn


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def path(draft: str, photo: str) -> str:
    return f"/drafts/{draft}/photos/{photo}/mask"


def bring(user: Person, draft: str, photo: str, data: bytes, **known: bool) -> httpx.Response:
    answer = user.call("POST", path(draft, photo), {"size": len(data)})
    assert answer.status_code == 201, answer.text
    upload = answer.json()["upload"]
    sent = httpx.post(upload["url"], data=upload["fields"], files={"file": ("mask.png", data)})
    assert sent.status_code == 204, sent.text
    return user.call("POST", f"{path(draft, photo)}/inspect", known)


def ready(user: Person, photo_file: bytes | None = None) -> tuple[str, str]:
    """A draft with one good photo."""
    draft = user.draft()
    photo = user.upload(draft, "balls.png", photo_file or balls())
    assert user.inspect(draft, photo)["status"] == "READY"
    return draft, photo


def tags(cloud: LocalCloud, draft: str) -> dict[str, list[str]]:
    """Tags of the draft's files, by the ends of their names."""
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    return {
        key.partition(".png")[2]: [tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]]
        for key in keys_of(cloud, draft)
        if "balls" in key and not key.endswith(".json")
    }


def test_a_painted_background_keeps_what_the_mask_says_and_needs_no_cut_out(cloud: LocalCloud, ann: Person) -> None:
    draft, photo = ready(ann)
    answer = bring(ann, draft, photo, png(mask()))
    assert (answer.status_code, answer.json()["hasMask"]) == (200, True), answer.text
    assert tags(cloud, draft)[".mask.png"] == ["draft"], "it goes with an abandoned draft"

    submitted = ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "on a green lawn", "seed": 3})
    assert submitted.status_code == 202, submitted.text
    job = ann.finished(draft)

    assert job["status"] == "Succeeded", ann.call("GET", f"/jobs/{draft}/images").text
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    picture = Image.open(io.BytesIO(httpx.get(image["downloadUrl"]).content)).convert("RGB")
    assert picture.getpixel(LEFT) == (190, 30, 30)
    assert picture.getpixel(RIGHT) != (30, 60, 190), "the other ball is gone"
    (record,) = httpx.get(job["reportUrls"]["json"]).json()["Images"]
    assert len(record["Passes"]) == 1, "painted, and not cut out"
    s3 = cloud.client("s3")
    key = next(key for key in keys_of(cloud, draft) if key.endswith(".png.mask.png"))
    stored = s3.get_object(Bucket=cloud.outputs.bucket, Key=key)["Body"].read()
    assert record["UploadedMaskSha256"] == hashlib.sha256(stored).hexdigest()
    assert tags(cloud, draft)[".mask.png"] == [], "what a job has taken does not expire"


def test_a_cut_out_that_somebody_made_is_used_as_it_is_and_no_other_is_paid(cloud: LocalCloud, ann: Person) -> None:
    photo = Image.open(io.BytesIO(balls())).convert("RGB")
    photo.putalpha(mask().point(lambda value: value * 2 // 3))
    hidden = photo.getpixel(RIGHT)
    draft = ann.draft()
    id_ = ann.upload(draft, "balls.png", png(photo))
    found = ann.inspect(draft, id_)
    assert (found["status"], found["maskFrom"]) == ("READY", "PHOTO")
    assert tags(cloud, draft)[".mask.png"] == ["draft"], "it goes with an abandoned draft"
    wish = {"prompt": "on a green lawn", "seed": 3}
    told = ann.call("POST", f"/drafts/{draft}/estimate", wish).json()
    assert (told["cutOutAlready"], [call["calls"] for call in told["calls"]]) == (1, [1])

    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    job = ann.finished(draft)

    assert (job["status"], job["costUsd"]) == ("Succeeded", pytest.approx(told["usd"])), job
    (record,) = httpx.get(job["reportUrls"]["json"]).json()["Images"]
    assert (record["MaskFrom"], record["UploadedMaskSha256"], len(record["Passes"])) == ("Photo", None, 1)
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    picture = Image.open(io.BytesIO(httpx.get(image["downloadUrl"]).content))
    assert picture.getpixel(RIGHT) != hidden, "what lies under an alpha of 0 comes out nowhere"
    red, green, _ = picture.convert("RGB").getpixel(LEFT)  # type: ignore[misc]
    assert 127 <= red <= 220 < 255
    assert green > 30, "two thirds of the ball, one third of what is behind it"
    assert tags(cloud, draft)[".mask.png"] == [], "what a job has taken does not expire"


def test_a_plain_background_with_a_mask_calls_no_model_and_the_report_is_whole(ann: Person) -> None:
    draft, photo = ready(ann)
    assert bring(ann, draft, photo, png(mask())).status_code == 200
    assert ann.call("POST", f"/drafts/{draft}/submit", {"options": {"background": "transparent"}}).status_code == 202
    job = ann.finished(draft)
    assert (job["status"], job["costUsd"]) == ("Succeeded", 0), job
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    picture = Image.open(io.BytesIO(httpx.get(image["downloadUrl"]).content))
    assert picture.getpixel(LEFT) == (190, 30, 30, 255)
    pixel = picture.getpixel(RIGHT)
    assert isinstance(pixel, tuple)
    assert pixel[3] == 0
    (record,) = httpx.get(job["reportUrls"]["json"]).json()["Images"]
    assert (record["Passes"], record["Attempts"]) == ([], 0)


def test_a_mask_that_was_exchanged_after_its_check_is_refused(cloud: LocalCloud, ann: Person) -> None:
    draft, photo = ready(ann)
    assert bring(ann, draft, photo, png(mask())).status_code == 200
    key = next(key for key in keys_of(cloud, draft) if key.endswith(".png.mask.png"))
    cloud.client("s3").put_object(Bucket=cloud.outputs.bucket, Key=key, Body=png(Image.new("L", SIZE, 255)))
    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "x"}).status_code == 202
    job = ann.finished(draft)
    assert (job["status"], job["costUsd"]) == ("Failed", 0), job
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    assert image["error"]["code"] == "PHOTO_CHANGED"
    assert "mask" in image["error"]["message"]


def test_masks_are_their_owners_and_can_be_taken_away_until_submission(ann: Person, bob: Person) -> None:
    draft, photo = ready(ann)
    assert bring(ann, draft, photo, png(mask())).status_code == 200
    for method, end, body in (("POST", "", {"size": 9}), ("POST", "/inspect", {}), ("DELETE", "", None)):
        answer = bob.call(method, path(draft, photo) + end, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")

    assert bring(ann, draft, photo, png(Image.new("L", SIZE, 255))).json()["error"]["code"] == "MASK_INVALID"
    assert ann.call("GET", f"/drafts/{draft}").json()["photos"][0]["hasMask"] is True
    assert ann.call("DELETE", path(draft, photo)).status_code == 204
    assert ann.call("GET", f"/drafts/{draft}").json()["photos"][0]["hasMask"] is False
    assert ann.call("DELETE", path(draft, photo)).status_code == 404
    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "x"}).status_code == 202
    late = ann.call("POST", path(draft, photo), {"size": 9})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "ALREADY_SUBMITTED"), json.dumps(late.json())


def test_a_cut_out_put_right_after_a_job_pays_the_painting_alone_and_the_same_again_nothing(
    cloud: LocalCloud, ann: Person
) -> None:
    # A photo of its own: of another job's the cut-out would be answered already.
    draft, photo = ready(ann, balls((215, 220, 225)))
    wish = {"prompt": "on a green lawn", "seed": 5}
    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    assert report(ann, draft)["Totals"]["ModelCalls"] == 2, "cut out and painted"

    first = put_right(ann, draft, photo)
    seen = ann.call("POST", f"/drafts/{first}/photos/00000000/cut-out", {}).json()
    assert seen["source"] == "STORED"
    assert ann.call("POST", f"/drafts/{first}/submit", wish).status_code == 202
    made = report(ann, first)
    assert made["Totals"]["ModelCalls"] == 1
    (image,) = made["Images"]
    assert (image["MaskFrom"], len(image["Passes"])) == ("Edited", 1)
    assert image["EditedMask"]["At"] >= made["Job"]["StartedAt"][:10]
    assert made["Job"]["RequestedBy"], "who put it right"
    stored = [key for key in keys_of(cloud, first) if key.endswith(".png.mask.png")]
    data = cloud.client("s3").get_object(Bucket=cloud.outputs.bucket, Key=stored[0])["Body"].read()
    assert image["EditedMask"]["Sha256"] == hashlib.sha256(data).hexdigest()

    second = put_right(ann, draft, photo)
    assert ann.call("POST", f"/drafts/{second}/submit", wish).status_code == 202
    again = report(ann, second)
    assert (again["Totals"]["ModelCalls"], again["Totals"]["Succeeded"]) == (0, 1), "the same question was answered"


def put_right(user: Person, job: str, photo: str) -> str:
    """A draft with the photo of a job, whose mask was made in the editor: the left ball alone."""
    draft = user.draft()
    copied = user.call("POST", f"/drafts/{draft}/copies", {"jobId": job, "imageIds": [photo]})
    assert copied.status_code == 201, copied.text
    answer = bring(user, draft, copied.json()["photos"][0]["photoId"], png(mask()), edited=True)
    assert answer.json()["maskFrom"] == "EDITED", answer.text
    return draft


def report(user: Person, job: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(user.finished(job)["reportUrls"]["json"]).json()
    return found


def test_a_stroke_is_worked_on_by_the_deployed_function(ann: Person) -> None:
    draft, photo = ready(ann)
    out = base64.b64encode(png(mask())).decode()
    stroke = {"points": [[(RIGHT[0] - 40) / 640, 0.5], [(RIGHT[0] + 40) / 640, 0.5]], "width": 0.08}
    answer = ann.call("POST", f"/drafts/{draft}/photos/{photo}/cut-out", {"mask": out, "keep": [stroke]})
    assert answer.status_code == 200, answer.text
    both = Image.open(io.BytesIO(base64.b64decode(answer.json()["mask"])))
    assert [both.getpixel(place) for place in (LEFT, RIGHT, (320, 60))] == [255, 255, 0]
    inside = sum(both.crop((400, 160, 560, 320)).histogram()[128:])
    assert inside == pytest.approx(3.14159 * 80 * 80, rel=0.05), "the whole ball, and not more"
