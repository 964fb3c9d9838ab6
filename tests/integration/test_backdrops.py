"""Backdrops on the deployed template: brought, chosen, kept by the job, and named by other systems."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from backdrop.core.backdrops import SURFACE
from backdrop.core.recipes import Floor
from backdrop.imaging.recipes import encode, render
from backdrop.models.painters import all_painters
from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.test_masks import LEFT, RIGHT, balls, bring, mask, png
from tests.integration.test_workflow_started_by_others import execute, published

pytestmark = pytest.mark.integration

WALL, FLOOR = (205, 215, 225), (120, 90, 60)


def studio() -> bytes:
    picture = Image.new("RGB", (1200, 900), WALL)
    picture.paste(FLOOR, (0, 450, 1200, 900))
    return png(picture)


def add(user: Person, data: bytes, name: str = "Studio Süd.png") -> str:
    """A backdrop of the user's; its id."""
    made = user.call("POST", "/backdrops", {"name": name, "size": len(data), "contentType": "image/png"})
    assert made.status_code == 201, made.text
    upload = made.json()["upload"]
    sent = httpx.post(upload["url"], data=upload["fields"], files={"file": ("a.png", data)})
    assert sent.status_code == 204, sent.text
    id_ = str(made.json()["backdropId"])
    found = user.call("POST", f"/backdrops/{id_}/inspect", {})
    assert (found.status_code, found.json()["status"]) == (200, "READY"), found.text
    return id_


def read(url: str) -> Image.Image:
    return Image.open(io.BytesIO(httpx.get(url).content)).convert("RGB")


def test_a_job_stands_on_a_backdrop_that_is_deleted_while_it_runs(cloud: LocalCloud, ann: Person) -> None:
    id_ = add(ann, studio())
    (listed,) = [one for one in ann.call("GET", "/backdrops").json()["backdrops"] if one["backdropId"] == id_]
    assert read(listed["pictureUrl"]).size == (1200, 900)
    draft = ann.draft()
    photo = ann.upload(draft, "balls.png", balls())
    ann.inspect(draft, photo)
    assert bring(ann, draft, photo, png(mask())).status_code == 200
    wish = {"options": {"background": "backdrop", "backdrop": {"id": id_}, "output": {"format": "PNG"}}}
    told = ann.call("POST", f"/drafts/{draft}/estimate", wish).json()
    assert (told["problems"], told["usd"]) == ([], 0)

    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    assert ann.call("DELETE", f"/backdrops/{id_}").status_code == 204
    job = ann.finished(draft)

    assert job["status"] == "Succeeded", ann.call("GET", f"/jobs/{draft}/images").text
    assert job["options"]["backdrop"]["name"] == "Studio Süd.png"
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    picture = read(image["downloadUrl"])
    assert picture.getpixel(LEFT) == (190, 30, 30), "the product is the photo's own"
    assert picture.getpixel((5, 5)) == pytest.approx(WALL, abs=3)
    assert picture.getpixel(RIGHT) != (30, 60, 190)
    assert picture.getpixel((5, 475)) == pytest.approx(FLOOR, abs=3)
    report = httpx.get(job["reportUrls"]["json"]).json()
    kept = report["Job"]["Options"]["Backdrop"]
    s3 = cloud.client("s3")
    stored = s3.get_object(Bucket=cloud.outputs.bucket, Key=kept["Key"])["Body"].read()
    assert hashlib.sha256(stored).hexdigest() == kept["Sha256"], "the report names what lay behind"
    assert s3.get_object_tagging(Bucket=cloud.outputs.bucket, Key=kept["Key"])["TagSet"] == [], "it does not expire"
    assert report["Totals"]["ModelCalls"] == 0

    again = ann.draft()
    assert (
        ann.call("POST", f"/drafts/{again}/copies", {"jobId": draft, "imageIds": [image["imageId"]]}).status_code == 201
    )
    refused = ann.call("POST", f"/drafts/{again}/submit", wish)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "OPTIONS_INVALID")


def test_one_made_from_colours_stands_behind_and_is_told(cloud: LocalCloud, ann: Person) -> None:
    recipe = {"kind": "FLOOR", "wall": "#205080", "floor": "#d0c0a0", "line": 0.5}
    made = ann.call("POST", "/backdrops/recipes", {"recipe": recipe})
    assert made.status_code == 201, made.text
    shown = made.json()
    picture = httpx.get(shown["pictureUrl"]).content
    assert hashlib.sha256(picture).hexdigest() == shown["sha256"]
    assert picture == encode(render(Floor("#205080", "#d0c0a0", 0.5))), "the same bytes here and there"
    draft = ann.draft()
    photo = ann.upload(draft, "balls.png", balls())
    ann.inspect(draft, photo)
    assert bring(ann, draft, photo, png(mask())).status_code == 200
    wish = {"options": {"background": "backdrop", "backdrop": {"id": shown["backdropId"]}, "output": {"format": "PNG"}}}
    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202

    job = ann.finished(draft)

    assert job["options"]["backdrop"]["recipe"] == recipe
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    finished = read(image["downloadUrl"])
    wall, floor = finished.getpixel((5, 5)), finished.getpixel((5, finished.height - 5))
    assert isinstance(wall, tuple)
    assert isinstance(floor, tuple)
    assert (wall[2] > wall[0], floor[0] > floor[2]) == (True, True)
    report = httpx.get(job["reportUrls"]["json"]).json()
    assert report["Job"]["Options"]["Backdrop"]["Recipe"] == {
        "Kind": "FLOOR", "Wall": "#205080", "Floor": "#d0c0a0", "Line": 0.5,
    }  # fmt: skip


def calls_of(cloud: LocalCloud, model_id: str) -> int:
    """Calls of a model that the local cloud has answered until now."""
    found = httpx.get(f"{cloud.outputs.endpoint}/_backdrop/invocations").json()["models"]
    return int(found.get(model_id, {"calls": 0})["calls"])


@pytest.mark.parametrize("model_id", [one.model_id for one in all_painters()])
def test_one_is_painted_from_words_kept_and_told_with_the_job(cloud: LocalCloud, ann: Person, model_id: str) -> None:
    words = {"prompt": "a light oak table, soft light", "modelId": model_id, "seed": 4711, "aspect": "3:2"}
    made = ann.call("POST", "/backdrops/paintings", words)
    assert made.status_code == 201, made.text
    before = calls_of(cloud, model_id)
    assert before >= 1
    again = ann.call("POST", "/backdrops/paintings", words)
    assert (again.json()["candidateId"], again.json()["paidUsd"]) == (made.json()["candidateId"], 0)
    assert calls_of(cloud, model_id) == before, "paid once"
    shown = httpx.get(made.json()["pictureUrl"]).content
    assert read(made.json()["pictureUrl"]).size == (1216, 832)

    kept = ann.call("POST", f"/backdrops/paintings/{made.json()['candidateId']}/keep", {})
    assert kept.status_code == 201, kept.text
    assert hashlib.sha256(shown).hexdigest() == kept.json()["sha256"]
    if model_id != all_painters()[0].model_id:
        return
    draft = ann.draft()
    photo = ann.upload(draft, "balls.png", balls())
    ann.inspect(draft, photo)
    assert bring(ann, draft, photo, png(mask())).status_code == 200
    id_ = kept.json()["backdropId"]
    wish = {"options": {"background": "backdrop", "backdrop": {"id": id_}, "output": {"format": "PNG"}}}
    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    job = ann.finished(draft)
    assert job["options"]["backdrop"]["recipe"] == made.json()["recipe"]
    (image,) = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    file = httpx.get(image["downloadUrl"]).content
    assert f"<backdrop:ModelId>{model_id}</backdrop:ModelId>".encode() in file
    assert b"<backdrop:Generator>local-renderer</backdrop:Generator>" in file
    report = httpx.get(job["reportUrls"]["json"]).json()
    told = report["Job"]["Options"]["Backdrop"]["Recipe"]
    assert (told["Kind"], told["ModelId"], told["Seed"], told["Usd"]) == ("PAINTED", model_id, 4711, 0.04)
    assert report["Totals"]["ModelCalls"] == 0, "the job itself painted nothing"


def test_one_that_is_throttled_is_told_and_may_be_asked_for_again_at_once(cloud: LocalCloud, ann: Person) -> None:
    faults = f"{cloud.outputs.endpoint}/_backdrop/faults"
    words = {"prompt": "a grey studio", "seed": 99}
    rule = {"kind": "throttle", "model": "*core*", "count": 1}
    httpx.put(faults, json={"rules": [rule]}).raise_for_status()
    try:
        refused = ann.call("POST", "/backdrops/paintings", words)
    finally:
        httpx.delete(faults).raise_for_status()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "MODEL_THROTTLED"), refused.text
    assert "nothing was paid" in refused.json()["error"]["nextStep"]
    painted = ann.call("POST", "/backdrops/paintings", words)
    assert (painted.status_code, painted.json()["paidUsd"]) == (201, 0.04), painted.text


def put(cloud: LocalCloud, input_: dict[str, Any], **files: bytes) -> None:
    for name, data in files.items():
        key = f"{input_['InputS3Prefix']}/{name}.png"
        cloud.client("s3").put_object(Bucket=cloud.outputs.bucket, Key=key, Body=data)


def run(cloud: LocalCloud, name: str, *also: object, **backdrop: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """The execution of a job that another system starts with a backdrop, `also` in others, and its input."""
    input_ = published(cloud, name, Prompt="", Images=[{"ImageName": "balls.png", "Labels": "", "MaskName": "own.png"}])
    key = f"{input_['InputS3Prefix']}/wall.png"
    chosen = {"Key": key, "Shadow": "CONTACT", **backdrop}
    input_["Options"] = {"Background": "backdrop", "Backdrop": chosen, "Output": {"Format": "PNG"}}
    input_["Options"] |= {"Scenes": [{"Background": "backdrop", "Backdrop": one} for one in also]} if also else {}
    put(cloud, input_, balls=balls(), own=png(mask()), wall=studio())
    return execute(cloud, name, input_), input_


def test_another_system_names_a_picture_of_its_own_colours_and_one_that_is_shared(
    cloud: LocalCloud, ann: Person
) -> None:
    blue = {"recipe": {"kind": "GRADIENT", "top": "#0000ff", "bottom": "#0000ff"}}
    kept = str(ann.call("POST", "/backdrops/recipes", blue).json()["backdropId"])
    ended, _ = run(cloud, "backdrop-private", Key="", Id=kept)
    assert "is shared with everybody" in ended["cause"], "what is Ann's own is nobody else's"
    assert ann.call("PATCH", f"/backdrops/{kept}", {"shared": True}).status_code == 200

    red = {"Recipe": {"Kind": "GRADIENT", "Top": "#ff0000", "Bottom": "#ff0000"}}
    ended, _ = run(cloud, "backdrop-1", red, {"Id": kept})
    assert ended["status"] == "SUCCEEDED", ended
    answer = json.loads(ended["output"])
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    report = json.loads(s3.get_object(Bucket=bucket, Key=answer["ReportKey"])["Body"].read())
    # What everybody sees is seen by other tests, too.
    assert ann.call("DELETE", f"/backdrops/{kept}").status_code == 204
    assert report["Job"]["Options"]["Backdrop"]["Sha256"] == hashlib.sha256(studio()).hexdigest()
    for image, colour in zip(report["Images"], (WALL, (255, 0, 0), (0, 0, 255)), strict=True):
        picture = Image.open(io.BytesIO(s3.get_object(Bucket=bucket, Key=image["Output"]["Key"])["Body"].read()))
        assert picture.convert("RGB").getpixel((5, 5)) == pytest.approx(colour, abs=3)


def test_another_systems_products_stand_on_its_surface(cloud: LocalCloud) -> None:
    light = {"Direction": -60, "Blur": 0.5, "Reflection": 0.5, "Rim": 0.5}
    ended, _ = run(cloud, "backdrop-placed", Placement={"Share": 0.4, "Across": 0.3}, Light=light)
    assert ended["status"] == "SUCCEEDED", ended
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    key = json.loads(ended["output"])["ReportKey"]
    report = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    place = report["Job"]["Options"]["Backdrop"]["Placement"]
    assert place == {"Share": 0.4, "Across": 0.3, "Surface": SURFACE}, "guessed, and told"
    assert report["Job"]["Options"]["Backdrop"]["Light"] == light
    (image,) = report["Images"]
    picture = Image.open(io.BytesIO(s3.get_object(Bucket=bucket, Key=image["Output"]["Key"])["Body"].read()))
    red = ImageChops.difference(picture.convert("RGB"), Image.new("RGB", picture.size, (190, 30, 30))).convert("L")
    left, _, right, bottom = red.point([255] * 20 + [0] * 236).getbbox() or (0, 0, 0, 0)
    assert bottom / picture.height == pytest.approx(SURFACE, abs=0.02)
    assert (left + right) / 2 / picture.width == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("elsewhere", {"Key": "image-files/2026/wall.png"}, "does not lie under InputS3Prefix"),
        ("missing", {"Key": "image-files/2026/11/21/backdrop-missing/none.png"}, "There is no object"),
        ("other", {"Sha256": "0" * 64}, "is not that of the picture"),
        ("no-picture", {"Key": "image-files/2026/11/21/backdrop-no-picture/manifest.jsonl"}, "Options.Backdrop"),
        ("unknown", {"Shadow": "LONG"}, "Shadow is 'LONG'"),
        ("nothing", {"Key": ""}, "names no picture"),
        ("place", {"Placement": {"Share": 2}}, "that the product takes up is 2."),
    ],
)
def test_one_that_can_not_be_had_ends_the_job_before_anything_is_done(
    cloud: LocalCloud, name: str, wrong: dict[str, object], words: str
) -> None:
    ended, _ = run(cloud, f"backdrop-{name}", **wrong)
    assert ended["status"] == "FAILED"
    assert words in ended["cause"], ended
