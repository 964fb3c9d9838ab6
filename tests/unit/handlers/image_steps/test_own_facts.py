"""What a running job finds out about a photo that nobody inspected: where its labels are, and its mask."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest
from PIL import Image

from backdrop.aws.labels import Labels
from backdrop.core.errors import BackdropError
from backdrop.handlers import stage_payload
from backdrop.jobs.model import Label
from tests.unit.handlers.image_steps.conftest import SOURCE, Bucket, child, run_pass, stability

CAR, BLOCK = (0.3, 0.3, 0.4, 0.4), (0.75, 0.3, 0.2, 0.4)
TITAN = "amazon.titan-image-generator-v2:0"

pytestmark = pytest.mark.usefixtures("small_photo")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, bucket: Bucket) -> list[bytes]:
    """The pictures that Rekognition is shown; it finds a car and a block."""
    shown: list[bytes] = []

    def detect(_self: Labels, _bucket: str, key: str) -> tuple[Label, ...]:
        shown.append(bucket[key])
        return (Label("Car", 99.0, (CAR,)), Label("Block", 90.0, (BLOCK,)), Label("Rug", 60.0))

    monkeypatch.setattr(Labels, "detect", detect)
    return shown


def unlocated(labels: str, **item: Any) -> dict[str, Any]:
    """A child as of another system's inline list: nobody looked where its labels are."""
    state = child(**item)
    del state["Item"]["Boxes"]
    state["Item"]["Labels"] = labels
    return state


def cut_out(bucket: Bucket) -> bytes:
    photo = Image.open(io.BytesIO(bucket[SOURCE])).convert("RGBA")
    alpha = Image.new("L", photo.size, 0)
    for left, top, width, height in (CAR, BLOCK):
        box = tuple(
            round(part)
            for part in (
                left * photo.width,
                top * photo.height,
                (left + width) * photo.width,
                (top + height) * photo.height,
            )
        )
        alpha.paste(255, box)  # type: ignore[arg-type]
    photo.putalpha(alpha)
    return stability(photo)


def finish(bucket: Bucket, state: dict[str, Any]) -> dict[str, Any]:
    """The image's record, after both passes."""
    state = run_pass(bucket, state, cut_out(bucket))
    painted = Image.open(io.BytesIO(bucket[SOURCE])).convert("RGB").point(lambda value: 255 - value)
    return dict(run_pass(bucket, state, stability(painted))["Record"])


def shows(bucket: Bucket, place: tuple[float, float, float, float]) -> bool:
    mask = Image.open(io.BytesIO(bucket[f"{SOURCE}.mask.png"]))
    return (
        mask.getpixel((int((place[0] + place[2] / 2) * mask.width), int((place[1] + place[3] / 2) * mask.height)))
        == 255
    )


def test_a_label_that_another_system_names_limits_the_picture_and_the_record_says_so(
    bucket: Bucket, asked: list[bytes]
) -> None:
    record = finish(bucket, unlocated("car"))
    assert (shows(bucket, CAR), shows(bucket, BLOCK)) == (True, False)
    assert (record["LabelsKept"], record["LabelsUsed"]) == ("car", "car")
    found = json.loads(record["Found"])
    assert (found["Boxes"], found["NotLocated"], found["Removed"]) == ([list(CAR)], "", "Block,Rug")
    assert not json.loads(record["Review"])["flags"] or "LABELS_NOT_LOCATED" not in record["Review"]
    assert len(asked) == 1, "both passes know what the first one asked"


def test_a_label_that_is_not_there_is_never_called_kept(bucket: Bucket, asked: list[bytes]) -> None:
    record = finish(bucket, unlocated("Mug,Rug"))
    assert (shows(bucket, CAR), shows(bucket, BLOCK)) == (True, True)
    assert (record["LabelsKept"], record["LabelsUsed"]) == ("Mug,Rug", "")
    flag = next(one for one in json.loads(record["Review"])["flags"] if one["code"] == "LABELS_NOT_LOCATED")
    assert flag["measured"] == 2
    assert len(asked) == 1


def test_a_job_may_want_such_an_image_to_fail_before_it_is_paid_for(bucket: Bucket, asked: list[bytes]) -> None:
    state = unlocated("Car,Mug")
    state["Job"]["Options"] = {"UnlocatedLabels": "FAIL"}
    before = set(bucket)
    with pytest.raises(
        BackdropError,
        match=r"LABELS_NOT_LOCATED: Mug could not be located in toy car\.jpg; Rekognition found Car, Block",
    ):
        stage_payload.handler(state, None)
    assert not [key for key in set(bucket) - before if key.endswith(".json") and "labels" not in key], "no request"
    assert len(asked) == 1


def test_labels_that_were_chosen_from_what_was_found_are_not_looked_for_again(
    bucket: Bucket, asked: list[bytes]
) -> None:
    record = finish(bucket, child(Labels="Car,Rug", Boxes=[list(CAR)], NotLocated="Rug"))
    assert (record["LabelsUsed"], asked) == ("Car", [])
    assert "LABELS_NOT_LOCATED" not in record["Review"], "somebody chose it from what was found"


def test_words_in_a_request_need_no_place(bucket: Bucket, asked: list[bytes]) -> None:
    state = unlocated("Car,Mug")
    state["Job"].update(ModelId=TITAN, Mode="DEFAULT")
    stage = stage_payload.handler(state, None)
    assert stage["Parameters"]["outPaintingParams"]["maskPrompt"] == "car, mug"
    assert (stage["Found"], asked) == ({}, [])


def test_a_mask_that_came_with_the_photo_decides_alone(bucket: Bucket, asked: list[bytes]) -> None:
    size = Image.open(io.BytesIO(bucket[SOURCE])).size
    mask, out = Image.new("L", size, 0), io.BytesIO()
    mask.paste(255, (0, 0, size[0] // 2, size[1]))
    mask.save(out, "PNG")
    bucket["in/d/left.png"] = out.getvalue()
    state = unlocated("Mug", MaskKey="in/d/left.png")
    state["Job"]["Options"] = {"Background": "#ffffff"}

    record = run_pass(bucket, state, None)["Record"]

    stored = bucket[f"{SOURCE}.mask.png"]
    assert Image.open(io.BytesIO(stored)).tobytes() == mask.tobytes()
    assert (record["MaskFrom"], record["LabelsUsed"], record["Passes"], asked) == ("Upload", "", "[]", [])
    assert json.loads(record["Found"])["MaskSha256"] == hashlib.sha256(stored).hexdigest()


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (None, "MASK_INVALID: There is no mask at in/d/left.png"),
        (b"GIF89a", "MASK_INVALID: The mask is no PNG file"),
    ],
)
def test_a_mask_that_is_none_fails_the_image_before_it_is_paid_for(
    bucket: Bucket, mask: bytes | None, words: str
) -> None:
    if mask is not None:
        bucket["in/d/left.png"] = mask
    with pytest.raises(BackdropError, match=words):
        stage_payload.handler(unlocated("", MaskKey="in/d/left.png"), None)


@pytest.mark.parametrize(("own", "asked_with"), [({}, "on sand"), ({"Prompt": "on snow"}, "on snow")])
def test_a_model_is_asked_with_the_photos_own_words(bucket: Bucket, own: dict[str, str], asked_with: str) -> None:
    state = child("DEFAULT")
    state["Item"] |= own
    state["Job"]["ModelId"] = TITAN

    stage = stage_payload.handler(state, None)

    request = json.loads(bucket[stage["RequestKey"]])
    assert request["outPaintingParams"]["text"] == asked_with
