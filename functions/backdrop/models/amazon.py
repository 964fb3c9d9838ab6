"""What Amazon Titan Image Generator and Nova Canvas share: OUTPAINTING and BACKGROUND_REMOVAL.

All are past their end of life on AWS; the adapters serve replays, tests and the local cloud.
OUTPAINTING keeps what is black in the mask and changes what is white: ours inverted, pure black and white, RGB. It
repaints all that is white, so a canvas of a new aspect needs no pass of its own. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-image.html
https://docs.aws.amazon.com/nova/latest/userguide/image-gen-req-resp-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.vocabulary import Mode
from backdrop.models.base import Answer, ModelPass, PassContext, PassInput, PassOutput, Range, Settings, StagedRequest
from backdrop.models.bodies import EncodedImage, build_body, first_image, jpeg, png, refused

_NO_LABELS_PROMPT = "the product in front"
_THRESHOLD = [255 if value < 128 else 0 for value in range(256)]


@dataclass(frozen=True)
class Bounds:
    """What the image in a request may be.

    Attributes:
        max_side, min_side: pixels.
        max_pixels: see `ModelPass`.
        max_bytes: of the encoded image; None: only Bedrock's limit of the whole body.
    """

    max_side: int
    min_side: int
    max_bytes: int | None = None
    max_pixels: int = 0


def _photo(image: Image.Image, bounds: Bounds) -> EncodedImage:
    """The image as the request carries it, re-encoded where the family takes only so many bytes.

    Raises:
        PhotoRefused: it is smaller than the model takes.
    """
    if min(image.size) < bounds.min_side:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_SMALL,
            f"The photo has {image.width} x {image.height} pixels here; this model needs {bounds.min_side} a side.",
        )
    encoded = jpeg(image)
    quality = 90
    while bounds.max_bytes is not None and len(encoded.data) > bounds.max_bytes and quality >= 60:
        encoded = jpeg(image, quality)
        quality -= 10
    return encoded


@dataclass(frozen=True)
class _AmazonPass:
    service_id: str
    bounds: Bounds
    output: PassOutput
    input: PassInput
    needs_mask: bool = False
    names_subject: bool = False
    built_in: bool = False

    @property
    def max_side(self) -> int:
        return self.bounds.max_side

    @property
    def max_pixels(self) -> int:
        return self.bounds.max_pixels

    def read(self, response: Mapping[str, Any]) -> Answer:
        """Return the picture; HTTP 200 with `error` and no picture means that a filter blocked it.

        Source: https://docs.aws.amazon.com/nova/latest/userguide/image-gen-errors.html

        Raises:
            ModelRefused, ResponseInvalid: there is no picture.
        """
        error = response.get("error")
        if error and not response.get("images"):
            raise refused(ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE, str(error))
        return Answer(first_image(response), None)


@dataclass(frozen=True)
class _BackgroundRemoval(_AmazonPass):
    output: PassOutput = PassOutput.CUT_OUT
    input: PassInput = PassInput.PHOTO

    def request(self, context: PassContext) -> StagedRequest:
        photo = _photo(context.image, self.bounds)
        return build_body({"taskType": "BACKGROUND_REMOVAL", "backgroundRemovalParams": {"image": photo}})


@dataclass(frozen=True)
class _Outpainting(_AmazonPass):
    output: PassOutput = PassOutput.PICTURE
    input: PassInput = PassInput.CANVAS
    settings: Settings = field(default_factory=Settings)

    def request(self, context: PassContext) -> StagedRequest:
        # Exactly one of maskPrompt and maskImage; width and height must not be sent.
        parameters: dict[str, Any] = {
            "image": _photo(context.image, self.bounds),
            "text": context.prompt,
            "outPaintingMode": context.mode.value,
            **self._mask(context),
        }
        if context.negative_prompt:
            parameters["negativeText"] = context.negative_prompt
        cfg_scale, qualities = self.settings.cfg_scale, self.settings.qualities
        return build_body(
            {
                "taskType": "OUTPAINTING",
                "outPaintingParams": parameters,
                "imageGenerationConfig": {
                    "numberOfImages": 1,
                    "quality": context.options.quality or qualities[0],
                    "cfgScale": context.options.cfg_scale or (cfg_scale.default if cfg_scale else None),
                    "seed": context.seed,
                },
            },
            (context.prompt, context.negative_prompt),
        )

    def _mask(self, context: PassContext) -> dict[str, str | EncodedImage]:
        if self.names_subject:
            return {"maskPrompt": ", ".join(context.labels).lower() or _NO_LABELS_PROMPT}
        if context.mask is None:
            raise BackdropError(ErrorCode.INTERNAL, "OUTPAINTING was staged without a mask.")
        return {"maskImage": png(context.mask.point(_THRESHOLD).convert("RGB"))}


@dataclass(frozen=True)
class AmazonOutpainting:
    """A model of these families.

    DEFAULT is one pass with `maskPrompt` from the kept labels, or `maskImage` where there is a mask. PRECISE needs a
    mask of our own to put the original pixels back: BACKGROUND_REMOVAL comes first, where the model has it.
    """

    model_id: str
    family: str
    bounds: Bounds
    prompt_max_length: int
    negative_prompt_max_length: int
    default_cfg_scale: float
    removes_background: bool = True
    modes: tuple[Mode, ...] = (Mode.PRECISE, Mode.DEFAULT)
    seed_min: int = 0
    seed_max: int = 2_147_483_646

    @property
    def settings(self) -> Settings:
        """The settings `cfgScale` and `quality`; `style` belongs to TEXT_IMAGE only."""
        return Settings(cfg_scale=Range(1.1, 10.0, self.default_cfg_scale), qualities=("standard", "premium"))

    def needs_mask(self, mode: Mode) -> bool:  # noqa: ARG002 - the same in both modes
        """Return False: `maskPrompt` does without a mask."""
        return False

    def cut_out(self) -> ModelPass | None:
        """Return the pass BACKGROUND_REMOVAL, where the model has it."""
        return _BackgroundRemoval(self.model_id, self.bounds) if self.removes_background else None

    def paint(self, masked: bool) -> ModelPass:
        """Return the pass OUTPAINTING with `maskImage` or `maskPrompt`."""
        return _Outpainting(
            self.model_id, self.bounds, needs_mask=masked, names_subject=not masked, settings=self.settings
        )

    def extend(self) -> ModelPass | None:
        """Return no pass: OUTPAINTING paints the whole canvas."""
        return None
