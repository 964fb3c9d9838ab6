"""Every model family on the deployed stack; the local image models answer and validate as AWS documents it.

Set `BACKDROP_TEST_OUTPUT` to a folder to look at the pictures.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from tests.integration.test_workflow import INPAINT, REMOVE_BACKGROUND, Stack, small, with_photos
from tests.truth import surely_inside

pytestmark = pytest.mark.integration

SEARCH_REPLACE = "us.stability.stable-image-search-replace-v1:0"
OUTPAINT = "us.stability.stable-outpaint-v1:0"
NOVA, TITAN_1, TITAN_2 = (
    "amazon.nova-canvas-v1:0",
    "amazon.titan-image-generator-v1",
    "amazon.titan-image-generator-v2:0",
)
BUILT_IN = "backdrop.cut-out"
PNG = {"Output": {"Format": "PNG"}}
SQUARE = {"Output": {"Format": "PNG", "Aspect": "1:1"}}

# model, mode, options -> Bedrock ids called for one photo, in order; the built-in cut-out is no call.
JOBS: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "inpaint": (INPAINT, "PRECISE", PNG, [REMOVE_BACKGROUND, INPAINT]),
    "inpaint-blend-style": (INPAINT, "DEFAULT", {"Style": "photographic"}, [REMOVE_BACKGROUND, INPAINT]),
    "inpaint-half-price": (INPAINT, "PRECISE", {**PNG, "MaskSource": "BUILT_IN"}, [INPAINT]),
    "inpaint-square": (INPAINT, "PRECISE", SQUARE, [REMOVE_BACKGROUND, INPAINT, OUTPAINT]),
    "search-replace": (SEARCH_REPLACE, "PRECISE", PNG, [REMOVE_BACKGROUND, SEARCH_REPLACE]),
    "search-replace-blend": (SEARCH_REPLACE, "DEFAULT", {}, [SEARCH_REPLACE]),
    "search-replace-square": (SEARCH_REPLACE, "DEFAULT", SQUARE, [SEARCH_REPLACE, OUTPAINT]),
    "nova": (NOVA, "PRECISE", PNG, [NOVA, NOVA]),
    "nova-blend": (NOVA, "DEFAULT", {"CfgScale": 5, "Quality": "premium"}, [NOVA]),
    "nova-square": (NOVA, "PRECISE", SQUARE, [NOVA, NOVA]),
    "titan-1": (TITAN_1, "PRECISE", PNG, [TITAN_1]),
    "titan-1-blend": (TITAN_1, "DEFAULT", {}, [TITAN_1]),
    "titan-2": (TITAN_2, "PRECISE", {**PNG, "CfgScale": 9.5}, [TITAN_2, TITAN_2]),
    "titan-2-square": (TITAN_2, "DEFAULT", SQUARE, [TITAN_2, TITAN_2]),
    "transparent": (BUILT_IN, "PRECISE", {"Background": "transparent"}, []),
    "white-by-model": (INPAINT, "PRECISE", {"Background": "#ffffff", **PNG}, [REMOVE_BACKGROUND]),
    "amazon-main": (BUILT_IN, "PRECISE", {"Background": "#ffffff", "Output": {"Preset": "amazon-main"}}, []),
    "padded-avif": (
        INPAINT,
        "PRECISE",
        {"Output": {"Aspect": "1:1", "Fill": "PAD", "Format": "AVIF", "Width": 500, "Height": 500}},
        [REMOVE_BACKGROUND, INPAINT],
    ),
}


@pytest.fixture
def stack(cloud: LocalCloud) -> Stack:
    return Stack(cloud).when_idle()


def calls_of(stack: Stack) -> Counter[str]:
    """Calls so far, by Bedrock id."""
    return Counter({key: one["calls"] for key, one in stack.invocations()["models"].items()})


def look(name: str, data: bytes, extension: str) -> None:
    folder = os.environ.get("BACKDROP_TEST_OUTPUT")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.{extension}").write_bytes(data)


@pytest.mark.parametrize("name", JOBS)
def test_a_family_from_photo_to_finished_image(stack: Stack, name: str) -> None:
    model_id, mode, options, calls = JOBS[name]
    job_id = f"family-{name}"
    # The marketplace refuses what was enlarged much.
    photo = small("mug_wooden_desk", 2400 if "Preset" in options.get("Output", {}) else 700)
    images = with_photos(stack, job_id, mug=photo)
    before = calls_of(stack)
    ended = stack.start(
        job_id,
        images,
        ModelId=model_id,
        Mode=mode,
        Options=options,
        Prompt="on a pale wooden table in a bright kitchen, soft morning light",
        Seed=11,
    )
    report = stack.report(job_id)
    assert ended["status"] == "SUCCEEDED", report
    (image,) = report["Images"]
    called = [one["ModelId"] for one in image["Passes"] if one["ModelId"] != BUILT_IN]
    assert called == calls
    assert calls_of(stack) - before == Counter(calls)
    data = stack.get(image["Output"]["Key"])
    look(name, data, image["Output"]["Key"].rpartition(".")[2])
    finished = Image.open(io.BytesIO(data))
    finished.load()
    _check_shape(finished, photo, options)
    if finished.format == "PNG" and (mode == "PRECISE"):
        _check_subject(stack, image, finished, photo)
    if "Preset" in options.get("Output", {}):
        assert image["Review"]["Marketplace"]["Passed"] is True, image["Review"]
    xmp = data.decode("latin-1")
    # What the local renderer painted was not made by a trained model, and a plain background was not painted.
    assert "digitalsourcetype/composite<" in xmp or "algorithmicallyEnhanced" in xmp
    assert "compositeWithTrainedAlgorithmicMedia" not in xmp


def _check_shape(finished: Image.Image, photo: bytes, options: dict[str, Any]) -> None:
    size = Image.open(io.BytesIO(photo)).size
    output = options.get("Output", {})
    if output.get("Width"):
        assert finished.size == (output["Width"], output["Height"])
    elif output.get("Aspect") == "1:1":
        assert finished.size == (max(size), max(size))
    elif not output.get("Preset"):
        assert finished.size == size


def _check_subject(stack: Stack, image: dict[str, Any], finished: Image.Image, photo: bytes) -> None:
    """Well inside the mask every pixel is the photo's."""
    mask = Image.open(io.BytesIO(stack.get(f"{image['Source']['Key']}.mask.png")))
    source = Image.open(io.BytesIO(photo)).convert("RGB")
    inside = surely_inside(mask.resize(source.size), 4)
    assert inside.sum() > 10_000
    left = (finished.width - source.width) // 2
    top = round((finished.height - source.height) * 2 / 3)
    shown = finished.convert("RGB").crop((left, top, left + source.width, top + source.height))
    assert (np.asarray(shown)[inside] == np.asarray(source)[inside]).all()


def test_variations_share_the_cut_out_and_each_is_reported(stack: Stack) -> None:
    images = with_photos(stack, "three", car=small("toy_car_rug"), cup=small("white_cup_white_sweep"))
    before = calls_of(stack)
    stack.start("three", images, Seed=5, Options={"Variations": 3, "VarySeed": True})
    report = stack.report("three")
    assert report["Totals"] == {
        "Images": 6,
        "Succeeded": 6,
        "Failed": 0,
        "Cancelled": 0,
        "ModelCalls": 8,
        "AnswersReused": 0,
        "NeedReview": report["Totals"]["NeedReview"],
    }
    assert calls_of(stack) - before == {REMOVE_BACKGROUND: 2, INPAINT: 6}
    assert [one["Seed"] for one in report["Images"]] == [5, 6, 7, 8, 9, 10]
    assert len({stack.get(one["Output"]["Key"]) for one in report["Images"]}) == 6


def test_every_picture_is_finished_in_every_output_from_one_painting(stack: Stack) -> None:
    images = with_photos(stack, "outputs", car=small("toy_car_rug"))
    before = calls_of(stack)
    outputs = [{"Width": 200, "Format": "WEBP"}, {"Aspect": "1:1", "Fill": "PAD"}, {"Aspect": "1:1"}]
    stack.start("outputs", images, Seed=5, Options={"Variations": 2, "Output": {"Format": "PNG"}, "Outputs": outputs})
    report = stack.report("outputs")
    assert (report["Totals"]["Images"], report["Totals"]["Succeeded"]) == (8, 8)
    assert calls_of(stack) - before == {REMOVE_BACKGROUND: 1, INPAINT: 2, OUTPAINT: 2}, "what the estimate says, too"
    assert [one["Seed"] for one in report["Images"]] == [5] * 4 + [6] * 4
    assert [one["Options"].get("Output") for one in report["Images"]] == [{"Format": "PNG"}, *outputs] * 2
    made = [Image.open(io.BytesIO(stack.get(one["Output"]["Key"]))) for one in report["Images"]]
    assert [one.format for one in made[:4]] == ["PNG", "WEBP", "JPEG", "JPEG"]
    assert made[1].width == 200
    assert made[2].size == made[3].size
    assert made[2].getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("kind", "first", "others"),
    [
        ("filter", "MODEL_REFUSED_OUTPUT_IMAGE", "MODEL_REFUSED_OUTPUT_IMAGE"),
        ("end-of-life", "MODEL_NOT_SERVED", "PICTURE_FAILED"),
    ],
)
def test_a_picture_that_is_refused_is_not_asked_for_again_by_its_other_files(
    stack: Stack, kind: str, first: str, others: str
) -> None:
    images = with_photos(stack, f"outputs-{kind}", car=small("toy_car_rug"))
    before = calls_of(stack)
    stack.faults({"model": NOVA, "kind": kind, "count": 5})
    options = {"MaskSource": "BUILT_IN", "Outputs": [{"Width": 300}, {"Format": "WEBP"}]}
    stack.start(f"outputs-{kind}", images, ModelId=NOVA, Options=options)
    report = stack.report(f"outputs-{kind}")
    stack.faults()
    assert [one["Status"] for one in report["Images"]] == ["Failed"] * 3
    assert [one["Error"]["Code"] for one in report["Images"]] == [first, others, others]
    assert (calls_of(stack) - before)[NOVA] == 1


def test_a_variation_that_fails_stops_no_other(stack: Stack) -> None:
    images = with_photos(stack, "one-fails", car=small("toy_car_rug"))
    stack.faults({"model": INPAINT, "kind": "filter", "count": 1})
    stack.start("one-fails", images, Options={"Variations": 2})
    report = stack.report("one-fails")
    assert [one["Status"] for one in report["Images"]] == ["Failed", "Succeeded"]
    assert report["Images"][0]["Error"]["Code"] == "MODEL_REFUSED_OUTPUT_IMAGE"
