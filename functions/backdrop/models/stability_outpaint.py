"""Stability outpaint: paints on beyond the frame of a finished picture, for a new aspect.

It takes no mask and no negative prompt: https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html
Its quota is a fifth of the other services': https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase
from backdrop.models.base import PassContext, PassInput, StagedRequest
from backdrop.models.stability_services import StabilityPass, painting_request

OUTPAINT = "us.stability.stable-outpaint-v1:0"

_MOST_ADDED = 2000
"""Pixels on each side: the service's own limit."""

_MOST_PIXELS = 2048 * 2048
"""Of the answer: as a PNG it stays under Bedrock's 25 MB."""

_MIN_SIDE = 64
"""Pixels of a side of the picture sent: the service's own limit."""


@dataclass(frozen=True)
class Outpaint(StabilityPass):
    """The picture of the pass before, scaled down where the extended one would be too large, and how much to add."""

    service_id: str = OUTPAINT
    input: PassInput = PassInput.PICTURE

    def request(self, context: PassContext) -> StagedRequest:
        """Return the request, with `left`, `right`, `up`, `down` in pixels of the picture sent.

        Raises:
            BackdropError: the picture would have to be smaller than the service takes.
        """
        canvas = context.canvas
        if canvas is None:
            raise BackdropError(ErrorCode.INTERNAL, phrase("Outpaint was staged without a canvas."))
        width, height = context.image.size
        left, up = canvas.offset
        right, down = canvas.size[0] - width - left, canvas.size[1] - height - up
        scale = min(
            1.0,
            (_MOST_PIXELS / (canvas.size[0] * canvas.size[1])) ** 0.5,
            *(_MOST_ADDED / added for added in (left, right, up, down) if added > _MOST_ADDED),
        )
        image = context.image
        if scale < 1:
            image = image.resize((int(width * scale), int(height * scale)), Image.Resampling.BICUBIC, reducing_gap=2.0)
        if min(image.size) < _MIN_SIDE:
            raise BackdropError(
                ErrorCode.OPTIONS_INVALID,
                phrase(
                    "To reach the aspect asked for, {left:,} pixels would have to be painted beside a picture of "
                    "{width} x {height}.",
                    left=max(left, right, up, down),
                    width=width,
                    height=height,
                ),
                phrase("Choose an aspect nearer to the photo's."),
            )
        added = {
            name: min(_MOST_ADDED, round(pixels * image.width / width))
            for name, pixels in (("left", left), ("right", right), ("up", up), ("down", down))
        }
        fields = {name: pixels for name, pixels in added.items() if pixels}
        request = painting_request(replace(context, image=image), fields, negative=False)
        size = (image.width + added["left"] + added["right"], image.height + added["up"] + added["down"])
        return replace(request, answer_size=size)
