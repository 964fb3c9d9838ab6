"""Amazon Titan Image Generator v1 and v2 and Nova Canvas: OUTPAINTING (reference A3, A4).

All three are past their end of life on AWS; the adapters serve replays, tests and the local cloud.
OUTPAINTING keeps what is black in the mask and changes what is white: ours inverted, pure black and white, RGB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from backdrop.domain.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.domain.jobs import Mode
from backdrop.models.base import (
    Answer,
    EncodedImage,
    ModelPass,
    StagedRequest,
    Staging,
    Yields,
    build_body,
    first_image,
    jpeg,
    png,
    refused,
)

_NO_LABELS_PROMPT = "the product in front"
_THRESHOLD = [255 if value < 128 else 0 for value in range(256)]


@dataclass(frozen=True)
class _Family:
    """What differs between the three.

    Attributes:
        max_side, min_side: pixels of the image in the request.
        text_max: characters of `text` and `negativeText`.
        default_cfg_scale: as documented.
    """

    max_side: int
    min_side: int
    text_max: int
    default_cfg_scale: float


_TITAN = _Family(max_side=1408, min_side=1, text_max=512, default_cfg_scale=8.0)
# Sides 320 to 4096, under 4,194,304 pixels: 2032 squared is the largest square with sides that divide by 16.
_NOVA = _Family(max_side=2032, min_side=320, text_max=1024, default_cfg_scale=6.5)


def _read(response: Mapping[str, Any]) -> Answer:
    """HTTP 200 with `error` says that some or all pictures were blocked (reference 0.5)."""
    error = response.get("error")
    if error and not response.get("images"):
        raise refused(ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE, str(error))
    return Answer(first_image(response), None)


def _check_size(image: Image.Image, family: _Family) -> None:
    if min(image.size) < family.min_side:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_SMALL,
            f"The photo has {image.width} x {image.height} pixels here; this model needs {family.min_side} a side.",
        )


@dataclass(frozen=True)
class _BackgroundRemoval:
    service_id: str
    bounds: _Family
    yields: Yields = Yields.CUT_OUT
    needs_mask: bool = False

    @property
    def max_side(self) -> int:
        return self.bounds.max_side

    def request(self, staging: Staging) -> StagedRequest:
        _check_size(staging.image, self.bounds)
        return build_body({"taskType": "BACKGROUND_REMOVAL", "backgroundRemovalParams": {"image": jpeg(staging.image)}})

    def read(self, response: Mapping[str, Any]) -> Answer:
        return _read(response)


@dataclass(frozen=True)
class _Outpainting:
    service_id: str
    bounds: _Family
    needs_mask: bool
    yields: Yields = Yields.PICTURE

    @property
    def max_side(self) -> int:
        return self.bounds.max_side

    def request(self, staging: Staging) -> StagedRequest:
        _check_size(staging.image, self.bounds)
        # Exactly one of maskPrompt and maskImage; width and height must not be sent (reference A3, A4, H).
        parameters: dict[str, Any] = {
            "image": jpeg(staging.image),
            "text": staging.prompt,
            "outPaintingMode": staging.mode.value,
            **self._mask(staging),
        }
        if staging.negative_prompt:
            parameters["negativeText"] = staging.negative_prompt
        return build_body(
            {
                "taskType": "OUTPAINTING",
                "outPaintingParams": parameters,
                "imageGenerationConfig": {
                    "numberOfImages": 1,
                    "quality": "standard",
                    "cfgScale": self.bounds.default_cfg_scale,
                    "seed": staging.seed,
                },
            },
            (staging.prompt, staging.negative_prompt),
        )

    def _mask(self, staging: Staging) -> dict[str, str | EncodedImage]:
        if not self.needs_mask:
            return {"maskPrompt": ", ".join(staging.labels).lower() or _NO_LABELS_PROMPT}
        if staging.mask is None:
            raise BackdropError(ErrorCode.INTERNAL, "OUTPAINTING was staged without a mask.")
        return {"maskImage": png(staging.mask.point(_THRESHOLD).convert("RGB"))}

    def read(self, response: Mapping[str, Any]) -> Answer:
        return _read(response)


@dataclass(frozen=True)
class AmazonOutpainting:
    """One of the three models.

    DEFAULT is one pass with `maskPrompt` from the kept labels. PRECISE needs a mask of our own to put the original
    pixels back, so BACKGROUND_REMOVAL comes first; Titan v1 has no such task and does DEFAULT only.
    """

    model_id: str
    family: str
    bounds: _Family
    modes: tuple[Mode, ...] = (Mode.PRECISE, Mode.DEFAULT)
    seed_min: int = 0
    seed_max: int = 2_147_483_646

    @property
    def prompt_max_length(self) -> int:
        """Characters of `text`."""
        return self.bounds.text_max

    @property
    def negative_prompt_max_length(self) -> int:
        """Characters of `negativeText`."""
        return self.bounds.text_max

    def plan(self, mode: Mode) -> tuple[ModelPass, ...]:
        """See the class."""
        if mode is Mode.DEFAULT:
            return (_Outpainting(self.model_id, self.bounds, needs_mask=False),)
        return (
            _BackgroundRemoval(self.model_id, self.bounds),
            _Outpainting(self.model_id, self.bounds, needs_mask=True),
        )


TITAN_V1 = AmazonOutpainting("amazon.titan-image-generator-v1", "Titan Image Generator", _TITAN, modes=(Mode.DEFAULT,))
TITAN_V2 = AmazonOutpainting("amazon.titan-image-generator-v2:0", "Titan Image Generator", _TITAN)
NOVA_CANVAS = AmazonOutpainting("amazon.nova-canvas-v1:0", "Nova Canvas", _NOVA)
