"""Two objects in a photo, one label removed: that object is gone from the picture, whatever the family."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.test_families import NOVA, SEARCH_REPLACE, TITAN_2, look
from tests.integration.test_workflow import INPAINT, SAMPLES

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
    out = io.BytesIO()
    photo.save(out, "PNG")
    with httpx.Client(base_url=cloud.outputs.api_url) as http:
        ann = Person(http, cloud.demo_token())
        draft = ann.draft()
        id_ = ann.upload(draft, "pair.png", out.getvalue())
        labels = ann.inspect(draft, id_)["labels"]
        kept = [label["name"] for label in labels if _overlaps(label, places["mug"], photo.size)]
        assert kept, labels
        assert len(kept) < len(labels), labels
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
    look(f"kept-{model_id.rpartition('.')[2][:24].replace(':', '-')}-{mode}", picture, "png")
    shown = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), np.int16)
    source = np.asarray(photo, np.int16)
    assert _differs(source, shown, _middle(places["mug"])) < (1 if mode == "PRECISE" else 12), "the mug stays"
    bottle = _middle(places["bottle"])
    assert _differs(source, shown, bottle) > 25, "the bottle is gone"


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
