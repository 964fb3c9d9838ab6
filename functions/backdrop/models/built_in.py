"""The built-in cut-out: Backdrop's own segmentation, no model call.

By itself it makes transparent and solid-colour backgrounds; with `MaskSource.BUILT_IN` it is the mask of any family,
which halves the price of the default model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backdrop.core.vocabulary import Doubt, Mode
from backdrop.core.words.marks import mark_phrase
from backdrop.models.base import Answer, ModelPass, PassContext, PassInput, PassOutput, Settings, StagedRequest
from backdrop.models.bodies import build_body, first_image

BUILT_IN = "backdrop.cut-out"


@dataclass(frozen=True)
class BuiltInCutOut:
    """What CutOutFunction is asked for: a request as of a model, so that its answer can be proved and used again."""

    service_id: str = BUILT_IN
    built_in: bool = True
    output: PassOutput = PassOutput.CUT_OUT
    input: PassInput = PassInput.PHOTO
    needs_mask: bool = False
    names_subject: bool = False
    max_side: int = 2048
    max_pixels: int = 2048 * 2048

    def request(self, context: PassContext) -> StagedRequest:
        """Return a request without an image: the function reads the photo itself."""
        width, height = context.image.size
        return build_body({"task": "CUT_OUT", "source": dict(context.source), "width": width, "height": height})

    def read(self, response: Mapping[str, Any]) -> Answer:
        """Return the cut-out of an answer, and its doubt (an answer of an earlier version holds none).

        Raises:
            ResponseInvalid: there is no cut-out.
        """
        doubt = response.get("doubt")
        box = doubt.get("box") if doubt else None
        return Answer(
            first_image(response), None, Doubt(doubt["measured"], tuple(box) if box else None) if doubt else None
        )


@dataclass(frozen=True)
class BuiltInModel:
    """Plain backgrounds without any model call."""

    model_id: str = BUILT_IN
    family: str = mark_phrase("Built-in cut-out")
    modes: tuple[Mode, ...] = (Mode.PRECISE,)
    settings: Settings = field(default_factory=lambda: Settings(generates=False))
    prompt_max_length: int = 10_000
    negative_prompt_max_length: int = 10_000
    seed_min: int = 0
    seed_max: int = 4_294_967_294

    def needs_mask(self, mode: Mode) -> bool:  # noqa: ARG002 - the same in every mode
        """Return True: a plain background lies behind what the mask keeps."""
        return True

    def cut_out(self) -> ModelPass | None:
        """Return the model's one pass, the built-in cut-out."""
        return BuiltInCutOut()

    def paint(self, masked: bool) -> ModelPass | None:  # noqa: ARG002 - never
        """Return no pass: nothing is painted."""
        return None

    def extend(self) -> ModelPass | None:
        """Return no pass: nothing is painted."""
        return None


BUILT_IN_MODEL = BuiltInModel()
