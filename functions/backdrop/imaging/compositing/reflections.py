"""What a glossy ground shows of a product: the product upside down below where it stands, faint, and fading."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter

from backdrop.imaging.compositing.standing import Standing, on_frame
from backdrop.imaging.framing import Canvas

_STRONGEST = 0.5
"""Opacity at the ground of the clearest reflection."""

_DEPTH = 0.5
"""Of the product's height: what is higher is not reflected."""

_FADES = 1.6
"""Power by which the opacity falls to nothing on the way."""

_BLUR = 0.004
"""Of the longer side of the product's box: no ground that stands in a room is a mirror."""


def reflect(ground: Image.Image, standing: Standing, photo: Image.Image, frame: Canvas, strength: float) -> None:
    """Lay the reflection of a product over the ground it stands on.

    Args:
        ground: RGB of the frame's size; it is changed.
        standing: how the product stands in the frame.
        photo: RGB.
        frame: around the photo.
        strength: from 0 to 1.
    """
    mirrored = _mirrored(standing, on_frame(photo, photo.size, frame), strength)
    shown = mirrored.getchannel("A").getbbox()
    if shown is None:
        return
    across, down = ground.width / mirrored.width, ground.height / mirrored.height
    # Outward to whole pixels of the ground.
    left, top = int(shown[0] * across), int(shown[1] * down)
    right, bottom = min(ground.width, int(shown[2] * across) + 1), min(ground.height, int(shown[3] * down) + 1)
    source = (left / across, top / down, right / across, bottom / down)
    part = mirrored.resize((right - left, bottom - top), Image.Resampling.BILINEAR, source)
    ground.paste(part.convert("RGB"), (left, top), part.getchannel("A"))


def _mirrored(standing: Standing, picture: Image.Image, strength: float) -> Image.Image:
    """The reflection: RGBA of the picture's size. Each column is turned over where the ground is under it."""
    left, top, right, bottom = standing.box
    depth = max(1, round(standing.height * _DEPTH))
    picture.putalpha(standing.subject)
    turned = picture.crop((left, top, right, bottom)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    out, faint = Image.new("RGBA", picture.size), Image.new("L", picture.size)
    for x, _, ground, near in standing.near():
        row = round(ground) + 1
        begin = bottom - row
        out.paste(turned.crop((x - left, begin, x - left + 1, begin + depth)), (x, row))
        opacity = 255 * _STRONGEST * strength * near
        falling = bytes(round(opacity * (1 - down / depth) ** _FADES) for down in range(depth))
        faint.paste(Image.frombytes("L", (1, depth), falling), (x, row))
    out.putalpha(ImageChops.multiply(out.getchannel("A"), faint))
    # Premultiplied: what is not there has no colour.
    return out.convert("RGBa").filter(ImageFilter.GaussianBlur(max(0.5, standing.side * _BLUR))).convert("RGBA")
