"""The image in a pass's request: the photo, the photo on a canvas of another aspect, or the picture of the pass before.

And the mask that fits it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from backdrop.imaging.canvas import on_canvas, scaled, side_on_canvas
from backdrop.imaging.framing import Canvas, Size, canvas_for, outpaints
from backdrop.imaging.photos import open_photo
from backdrop.models.base import PassInput

if TYPE_CHECKING:
    from backdrop.core.options import Options
    from backdrop.models.base import ModelPass


class RequestImage(NamedTuple):
    """What a pass is shown.

    Attributes:
        image: RGB.
        frame: the photo's width and height in `image`.
        canvas: the frame of a new aspect, in the image's pixels; None where none is asked for.
    """

    image: Image.Image
    frame: Size
    canvas: Canvas | None = None

    def fit(self, mask: Image.Image) -> Image.Image:
        """The photo's mask (L) in the image's pixels; what the canvas adds is background."""
        if mask.size != self.frame:
            mask = mask.resize(self.frame, Image.Resampling.BICUBIC)
        return mask if self.image.size == self.frame or self.canvas is None else on_canvas(mask, self.canvas)


def wants_picture(model_pass: ModelPass, options: Options) -> bool:
    """Whether the pass is shown the picture of the pass before, and not the photo."""
    return model_pass.input is PassInput.PICTURE and outpaints(options)


def from_photo(model_pass: ModelPass, source: bytes, photo_size: Size, options: Options) -> RequestImage:
    """The photo as the pass takes it, scaled down to what it allows.

    Args:
        model_pass: the pass.
        source: the photo's file.
        photo_size: of the upright photo.
        options: the job's.

    Raises:
        PhotoRefused: the file can't be decoded.
        BackdropError: `OPTIONS_INVALID`, the photo can't have the aspect asked for.
    """
    if model_pass.input is not PassInput.CANVAS or not outpaints(options):
        whole = photo_size[0] * photo_size[1] <= model_pass.max_pixels
        image = open_photo(source, max_side=None if whole else model_pass.max_side).image
        return RequestImage(image, image.size)
    canvas = canvas_for(photo_size, options.output)
    image = open_photo(source, max_side=side_on_canvas(canvas, photo_size, model_pass.max_side)).image
    small = scaled(canvas, photo_size, image.size)
    return RequestImage(on_canvas(image, small), image.size, small)


def from_picture(picture: Image.Image, photo_size: Size, options: Options) -> RequestImage:
    """The picture of the pass before, with the frame that it is to be painted on to."""
    return RequestImage(picture, picture.size, scaled(canvas_for(photo_size, options.output), photo_size, picture.size))
