"""Scripts written for AWS, unchanged: boto3's `invoke_model` for every image model, through the local cloud."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from localcloud.cloud import LocalCloud

pytestmark = pytest.mark.integration

SAMPLES = Path(__file__).parents[2] / "samples"
MUG = SAMPLES / "photos" / "mug_wooden_desk.jpg"
ALPHA = SAMPLES / "alpha" / "mug_wooden_desk.alpha.png"
SIZE = (640, 480)
STABILITY_KEYS = {"seeds", "finish_reasons", "images"}
AMAZON_KEYS = {"images", "error"}


def as_text(picture: Image.Image, format_name: str = "PNG") -> str:
    out = io.BytesIO()
    picture.save(out, format_name)
    return base64.b64encode(out.getvalue()).decode()


def photo() -> str:
    with Image.open(MUG) as picture:
        return as_text(picture.convert("RGB").resize(SIZE))


def mask(*, subject: int, rest: int) -> str:
    """A mask with the mug in one grey and all else in the other."""
    with Image.open(ALPHA) as alpha:
        return as_text(alpha.convert("L").resize(SIZE).point(lambda a: subject if a > 127 else rest).convert("RGB"))


def amazon(task: str, name: str, fields: dict[str, Any], **config: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"taskType": task, name: fields}
    return {**body, "imageGenerationConfig": config} if config else body


SQUARE = {"width": 512, "height": 512}
# One line a call: model id, body, keys of the answer, format, mode and size of its picture.
Call = tuple[str, dict[str, Any], set[str], tuple[str, str, tuple[int, int]]]


def stability_calls() -> list[Call]:
    image = photo()
    edited = ("PNG", "RGB", SIZE)
    change_mug = mask(subject=255, rest=0)
    rows: list[tuple[str, dict[str, Any], tuple[str, str, tuple[int, int]]]] = [
        ("us.stability.stable-image-remove-background-v1:0", {"image": image}, ("PNG", "RGBA", SIZE)),
        (
            "us.stability.stable-image-inpaint-v1:0",
            {"prompt": "oak table", "image": image, "mask": mask(subject=0, rest=255), "output_format": "jpeg"},
            ("JPEG", "RGB", SIZE),
        ),
        (
            "us.stability.stable-image-search-replace-v1:0",
            {"prompt": "beach", "image": image, "search_prompt": "background"},
            edited,
        ),
        (
            "us.stability.stable-image-search-recolor-v1:0",
            {"prompt": "a teal mug", "image": image, "select_prompt": "mug"},
            edited,
        ),
        ("us.stability.stable-image-erase-object-v1:0", {"image": image, "mask": change_mug}, edited),
        (
            "us.stability.stable-outpaint-v1:0",
            {"image": image, "left": 100, "down": 20, "creativity": 0.3},
            ("PNG", "RGB", (740, 500)),
        ),
        (
            "us.stability.stable-fast-upscale-v1:0",
            {"image": image, "output_format": "webp"},
            ("WEBP", "RGB", (2560, 1920)),
        ),
        (
            "stability.stable-image-core-v1:1",
            {"prompt": "oak table in a park", "aspect_ratio": "3:2"},
            ("PNG", "RGB", (1216, 832)),
        ),
        ("stability.stable-image-ultra-v1:1", {"prompt": "marble", "seed": 7}, ("PNG", "RGB", (1024, 1024))),
        (
            "stability.sd3-5-large-v1:0",
            {"prompt": "beach", "mode": "image-to-image", "image": image, "strength": 0.6},
            edited,
        ),
    ]
    return [(model, body, STABILITY_KEYS, shown) for model, body, shown in rows]


def amazon_calls() -> list[Call]:
    image = photo()
    titan_1, titan_2, nova = (
        "amazon.titan-image-generator-v1",
        "amazon.titan-image-generator-v2:0",
        "amazon.nova-canvas-v1:0",
    )
    edited, made, cut_out = ("PNG", "RGB", SIZE), ("PNG", "RGB", (512, 512)), ("PNG", "RGBA", SIZE)
    text_image = amazon("TEXT_IMAGE", "textToImageParams", {"text": "oak table"}, **SQUARE)
    variation = amazon("IMAGE_VARIATION", "imageVariationParams", {"images": [image]}, **SQUARE)
    by_prompt = {"image": image, "maskPrompt": "mug", "text": "oak table"}
    black_mug = {"image": image, "maskImage": mask(subject=0, rest=255), "text": "oak table"}
    colours = amazon(
        "COLOR_GUIDED_GENERATION",
        "colorGuidedGenerationParams",
        {"text": "marble", "colors": ["#102040", "#ffe0c0"]},
        **SQUARE,
    )
    removal = amazon("BACKGROUND_REMOVAL", "backgroundRemovalParams", {"image": image})
    rows = [
        *((model, text_image, made) for model in (titan_1, titan_2, nova)),
        *((model, variation, made) for model in (titan_1, titan_2, nova)),
        *((model, amazon("INPAINTING", "inPaintingParams", black_mug), edited) for model in (titan_1, titan_2, nova)),
        *((model, amazon("OUTPAINTING", "outPaintingParams", by_prompt), edited) for model in (titan_1, titan_2, nova)),
        *((model, colours, made) for model in (titan_2, nova)),
        *((model, removal, cut_out) for model in (titan_2, nova)),
    ]
    return [(model, body, AMAZON_KEYS, shown) for model, body, shown in rows]


def name_of(call: Call) -> str:
    return f"{call[0]}-{call[1].get('taskType', '')}"


@pytest.mark.parametrize("call", [*stability_calls(), *amazon_calls()], ids=name_of)
def test_invoke_model(cloud: LocalCloud, call: Call) -> None:
    model, body, keys, (format_name, mode, size) = call
    answer = cloud.client("bedrock-runtime").invoke_model(
        modelId=model, body=json.dumps(body), contentType="application/json", accept="application/json"
    )
    assert answer["contentType"] == "application/json"
    document = json.loads(answer["body"].read())
    assert document.keys() == keys
    with Image.open(io.BytesIO(base64.b64decode(document["images"][0]))) as picture:
        assert (picture.format, picture.mode, picture.size) == (format_name, mode, size)


@pytest.mark.parametrize(
    ("model", "body", "code", "status"),
    [
        ("us.stability.stable-outpaint-v1:0", {"image": "x"}, "ValidationException", 400),
        ("stability.stable-outpaint-v1:0", {}, "ValidationException", 400),
        ("us.stability.stable-image-core-v1:1", {"prompt": "x"}, "ResourceNotFoundException", 404),
        ("stability.stable-image-core-v1:1", {"prompt": "x", "steps": 30}, "ValidationException", 400),
        ("amazon.titan-image-generator-v1", {"taskType": "BACKGROUND_REMOVAL"}, "ValidationException", 400),
        ("amazon.nova-canvas-v1:0", {"taskType": "VIRTUAL_TRY_ON"}, "ValidationException", 400),
    ],
)
def test_refusals_are_botos_exceptions(
    cloud: LocalCloud, model: str, body: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("bedrock-runtime").invoke_model(modelId=model, body=json.dumps(body))
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
