"""Stability remove-background, then inpaint. The default.

In inpaint's mask black is kept, white is repainted, greys are repainted in part. Ours is the opposite.
Source: https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import ImageChops

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import Mode
from backdrop.core.words.marks import phrase
from backdrop.models.base import ModelPass, PassContext, StagedRequest
from backdrop.models.bodies import png
from backdrop.models.stability_services import StabilityModel, StabilityPass, painting_request

INPAINT = "us.stability.stable-image-inpaint-v1:0"

# Pixels. The service's default of 5 grows the repainted area over the subject's rim.
_GROW_MASK = {Mode.PRECISE: 0, Mode.DEFAULT: 5}


@dataclass(frozen=True)
class _Inpaint(StabilityPass):
    service_id: str = INPAINT
    needs_mask: bool = True

    def request(self, context: PassContext) -> StagedRequest:
        if context.mask is None:
            raise BackdropError(ErrorCode.INTERNAL, phrase("Inpaint was staged without a mask."))
        return painting_request(
            context, {"mask": png(ImageChops.invert(context.mask)), "grow_mask": _GROW_MASK[context.mode]}
        )


@dataclass(frozen=True)
class StabilityInpaint(StabilityModel):
    """The model that inpaints: remove-background -> mask from its alpha -> inpaint (-> outpaint)."""

    model_id: str = INPAINT

    def needs_mask(self, mode: Mode) -> bool:  # noqa: ARG002 - the same in both modes
        """Return True: inpaint repaints what the mask says."""
        return True

    def paint(self, masked: bool) -> ModelPass:  # noqa: ARG002 - there always is a mask
        """Return the pass inpaint."""
        return _Inpaint()

    def extend(self) -> ModelPass:
        """Return the pass outpaint."""
        from backdrop.models.stability_outpaint import Outpaint

        return Outpaint()


STABILITY_INPAINT = StabilityInpaint()
