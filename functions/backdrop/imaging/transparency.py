"""A file's own transparency: what of it is seen, and whether it is a cut-out that somebody made already."""

from __future__ import annotations

from PIL import Image

from backdrop.imaging.masks import VISIBLE

_LEAST_EMPTY = 0.02
"""Share of the picture that is see-through in a cut-out. Rounded corners are less: a radius of a tenth of the side
takes 0.9 %."""

_LEAST_SEEN = 0.002
"""Share of the picture that is seen in a cut-out: less is a speck, not a product."""

_ALL_SEEN = [0] + [255] * 255


def without_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return a decoded picture's pixels as L, RGB or CMYK, and their alpha, L, where it has any."""
    grey = image.mode in ("1", "L", "LA", "La")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        whole = image.convert("LA" if grey else "RGBA")
        return whole.convert("L" if grey else "RGB"), whole.getchannel("A")
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    return image.convert("L" if grey else "RGB"), None


def is_cut_out(alpha: Image.Image) -> bool:
    """Whether an alpha (L) is that of a product on nothing: some is see-through, and something is seen.

    A picture that shines through everywhere is none, nor one with rounded corners. A see-through product is one,
    however faint: nothing of it needs to be opaque.
    """
    histogram = alpha.histogram()
    pixels = alpha.width * alpha.height
    seen = sum(histogram[VISIBLE:])
    return seen >= _LEAST_SEEN * pixels and pixels - seen >= _LEAST_EMPTY * pixels


def is_invisible(alpha: Image.Image) -> bool:
    """Whether nothing of a picture with this alpha (L) is seen."""
    return float(alpha.getextrema()[1]) < VISIBLE  # type: ignore[arg-type]


def on_white(image: Image.Image, alpha: Image.Image) -> Image.Image:
    """The picture, RGB, as it is seen on white."""
    return Image.composite(image, Image.new("RGB", image.size, "white"), alpha)


def uncover(image: Image.Image, alpha: Image.Image) -> Image.Image:
    """The picture's own colours, RGB, wherever anything is seen; white where its alpha is 0.

    Editors leave whatever they like under an alpha of 0, often the whole old background.
    """
    return on_white(image, alpha.point(_ALL_SEEN))
