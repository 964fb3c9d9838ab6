"""Two objects in a photo, one label removed: that object is gone from the picture, whatever the family."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.test_families import NOVA, SEARCH_REPLACE, TITAN_2, look
from tests.integration.test_workflow import INPAINT, SAMPLES
from tests.integration.test_workflow_started_by_others import execute, published

pytestmark = pytest.mark.integration

WALL = (228, 226, 222)


def cut(name: str, height: int) -> Image.Image:
    """A sample's product alone, RGBA, by its true alpha."""
    photo = Image.open(SAMPLES / "photos" / f"{name}.jpg").convert("RGB")
    alpha = Image.open(SAMPLES / "alpha" / f"{name}.alpha.png").convert("L").resize(photo.size)
    photo.putalpha(alpha)
    product = photo.crop(alpha.getbbox())
    return product.resize((round(product.width * height / product.height), height), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def pair() -> tuple[Image.Image, dict[str, tuple[int, int, int, int]]]:
    """A mug to the left and a bottle to the right, far apart, and where each stands."""
    photo = Image.new("RGB", (1200, 800), WALL)
    places = {}
    for name, sample, left, height in (
        ("mug", "mug_wooden_desk", 120, 380),
        ("bottle", "wine_bottle_kitchen", 860, 640),
    ):
        product = cut(sample, height)
        place = (left, 720 - height, left + product.width, 720)
        photo.paste(product, place[:2], product)
        places[name] = place
    return photo, places


@pytest.mark.parametrize(
    ("model_id", "mode"),
    [
        (INPAINT, "PRECISE"),
        (INPAINT, "DEFAULT"),
        (SEARCH_REPLACE, "PRECISE"),
        (SEARCH_REPLACE, "DEFAULT"),
        (NOVA, "PRECISE"),
        (NOVA, "DEFAULT"),
        (TITAN_2, "PRECISE"),
        (TITAN_2, "DEFAULT"),
    ],
)
def test_the_object_whose_label_is_removed_is_gone(
    cloud: LocalCloud, pair: tuple[Image.Image, dict[str, tuple[int, int, int, int]]], model_id: str, mode: str
) -> None:
    photo, places = pair
    with httpx.Client(base_url=cloud.outputs.api_url) as http:
        ann = Person(http, cloud.demo_token())
        draft = ann.draft()
        id_ = ann.upload(draft, "pair.png", _png(photo))
        labels = ann.inspect(draft, id_)["labels"]
        kept = [label["name"] for label in labels if _overlaps(label, places["mug"], photo.size)]
        assert kept, labels
        assert len(kept) < len(labels), labels
        drawn = (model_id, mode) == (INPAINT, "PRECISE")
        if drawn:
            # Once with no word at all: somebody says where the mug is, and every word that was found is wrong.
            own = {"labels": [{"boxes": [_shares(places["mug"], photo.size)]}]}
            corrected = ann.call("PUT", f"/drafts/{draft}/photos/{id_}/labels", own)
            assert corrected.status_code == 200, corrected.text
            kept = []
        body = {
            "prompt": "on a pale wooden table in front of a green wall",
            "mode": mode,
            "modelId": model_id,
            "seed": 3,
            "labels": {id_: kept},
        }
        submitted = ann.call("POST", f"/drafts/{draft}/submit", body)
        assert submitted.status_code == 202, submitted.text
        image = _finished(ann, draft)
        picture = httpx.get(image["afterUrl"]).content
        (told,) = httpx.get(ann.finished(draft)["reportUrls"]["json"]).json()["Images"]
        assert told["BoxesBy"] == (["Person"] if drawn else None)
    look(f"kept-{model_id.rpartition('.')[2][:24].replace(':', '-')}-{mode}", picture, "png")
    shown = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), np.int16)
    source = np.asarray(photo, np.int16)
    assert _differs(source, shown, _middle(places["mug"])) < (1 if mode == "PRECISE" else 12), "the mug stays"
    bottle = _middle(places["bottle"])
    assert _differs(source, shown, bottle) > 25, "the bottle is gone"


Pair = tuple[Image.Image, dict[str, tuple[int, int, int, int]]]


def _execute(cloud: LocalCloud, name: str, photo: Image.Image, **changes: Any) -> dict[str, Any]:
    """Run a job of the one photo as another system does; its report."""
    s3 = cloud.client("s3")
    input_ = published(cloud, name, ModelId=INPAINT, Seed=3, **changes)
    s3.put_object(Bucket=cloud.outputs.bucket, Key=f"{input_['InputS3Prefix']}/pair.png", Body=_png(photo))
    execute(cloud, name, input_)
    key = f"{input_['StatusS3Prefix']}/status_report_{name}.json"
    return dict(json.loads(s3.get_object(Bucket=cloud.outputs.bucket, Key=key)["Body"].read()))


def test_a_label_that_another_system_names_is_kept_and_nothing_else(cloud: LocalCloud, pair: Pair) -> None:
    photo, places = pair
    found = cloud.client("rekognition").detect_labels(Image={"Bytes": _png(photo)})["Labels"]
    boxes = {one["Name"]: [_box(there["BoundingBox"]) for there in one["Instances"]] for one in found}
    mug = next(name for name in boxes if _overlaps({"boxes": boxes[name]}, places["mug"], photo.size)).lower()
    images = [{"ImageName": "pair.png", "Labels": f"{mug}, unicorn"}]
    report = _execute(cloud, "names-a-mug", photo, Images=images)
    (image,) = report["Images"]
    assert (image["Labels"], image["LabelsKept"]) == ([mug, "unicorn"], [mug])
    assert image["LabelsNotLocated"] == ["unicorn"]
    assert [one["Measured"] for one in image["Review"]["Flags"] if one["Code"] == "LABELS_NOT_LOCATED"] == [1]
    assert image["Boxes"]
    assert report["Cost"]["Labels"] == {"Calls": 1, "UsdPerCall": 0.001, "Usd": 0.001}
    assert report["Cost"]["Usd"] == pytest.approx(sum(one["Usd"] for one in report["Cost"]["Models"]) + 0.001)
    picture = cloud.client("s3").get_object(Bucket=cloud.outputs.bucket, Key=image["Output"]["Key"])["Body"].read()
    look("names-a-mug", picture, "png")
    shown, source = (np.asarray(one, np.int16) for one in (Image.open(io.BytesIO(picture)).convert("RGB"), photo))
    assert _differs(source, shown, _middle(places["mug"])) < 1, "the mug stays"
    assert _differs(source, shown, _middle(places["bottle"])) > 25, "the bottle is gone"


def test_an_image_fails_unpaid_where_a_job_insists_on_labels_that_are_not_there(cloud: LocalCloud, pair: Pair) -> None:
    images = [{"ImageName": "pair.png", "Labels": "Unicorn"}]
    report = _execute(cloud, "insists", pair[0], Images=images, Options={"UnlocatedLabels": "FAIL"})
    (image,) = report["Images"]
    assert (image["Error"]["Code"], image["Attempts"], image["LabelsKept"]) == ("LABELS_NOT_LOCATED", 0, [])
    assert report["Cost"]["Usd"] == 0.001, "of the look at the photo"


def test_a_mask_that_another_system_names_decides_alone(cloud: LocalCloud, pair: Pair) -> None:
    photo, places = pair
    mask = Image.new("L", photo.size, 0)
    mask.paste(255, places["bottle"])
    name = "names-a-mask"
    key = f"{published(cloud, name)['InputS3Prefix']}/masks/pair.png"
    cloud.client("s3").put_object(Bucket=cloud.outputs.bucket, Key=key, Body=_png(mask))
    images = [{"ImageName": "pair.png", "Labels": "Mug", "MaskName": "masks/pair.png"}]
    report = _execute(cloud, name, photo, Images=images, Options={"Background": "#00ff00"})
    (image,) = report["Images"]
    assert (image["MaskFrom"], image["LabelsKept"], image["LabelsNotLocated"]) == ("Upload", [], [])
    assert (report["Cost"]["Usd"], len(image["UploadedMaskSha256"])) == (0, 64)
    found = cloud.client("s3").get_object(Bucket=cloud.outputs.bucket, Key=image["Output"]["Key"])["Body"].read()
    shown = np.asarray(Image.open(io.BytesIO(found)).convert("RGB"), np.int16)
    assert shown[_middle(places["mug"])].reshape(-1, 3).mean(axis=0).tolist() == [0, 255, 0]
    assert _differs(np.asarray(photo, np.int16), shown, _middle(places["bottle"])) == 0


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _box(box: Any) -> tuple[float, float, float, float]:
    return box["Left"], box["Top"], box["Width"], box["Height"]


def _shares(place: tuple[int, int, int, int], size: tuple[int, int]) -> list[float]:
    left, top, right, bottom = (edge / size[number % 2] for number, edge in enumerate(place))
    return [left, top, right - left, bottom - top]


def _overlaps(label: dict[str, Any], place: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether a box of the label is around that product and no other."""
    for left, top, width, height in label["boxes"]:
        centre = (left + width / 2) * size[0], (top + height / 2) * size[1]
        if place[0] < centre[0] < place[2] and place[1] < centre[1] < place[3] and width < 0.6:
            return True
    return False


def _finished(ann: Person, job: str) -> dict[str, Any]:
    ann.finished(job)
    (image,) = ann.call("GET", f"/jobs/{job}/images").json()["images"]
    assert image["status"] == "Succeeded", image
    return dict(image)


def _middle(place: tuple[int, int, int, int]) -> tuple[slice, slice]:
    left, top, right, bottom = place
    across, down = (right - left) // 3, (bottom - top) // 3
    return slice(top + down, bottom - down), slice(left + across, right - across)


def _differs(source: Any, shown: Any, where: tuple[slice, slice]) -> float:
    return float(np.abs(source[where] - shown[where]).mean())
