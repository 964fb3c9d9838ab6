"""Sample photos and small made-up pictures for the tests."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from localcloud.models.server import ModelServer

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
Pixels = npt.NDArray[np.uint8]


@contextmanager
def serve(server: ModelServer) -> Iterator[None]:
    """Runs the server in a thread for as long as the block lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def photo(name: str, side: int = 800) -> Pixels:
    """A sample photo, upright, with at most `side` pixels on its longer side."""
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as image:
        image.draft("RGB", (side, side))
        upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((side, side))
        return np.asarray(upright)


def truth(name: str, like: Pixels) -> npt.NDArray[np.bool_]:
    """The ground-truth mask of a sample photo, in the size of `like`."""
    with Image.open(SAMPLES / "alpha" / f"{name}.alpha.png") as image:
        resized = image.convert("L").resize((like.shape[1], like.shape[0]), Image.Resampling.BOX)
        return np.asarray(resized) > 127


def encoded(pixels: Pixels, format_name: str = "PNG", **options: Any) -> bytes:
    """The pixels as an image file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format_name, **options)
    return out.getvalue()


def text(data: bytes) -> str:
    """Base64 as a request holds it."""
    return base64.b64encode(data).decode()


def picture_of(answer: str) -> Image.Image:
    """The image of an answer."""
    return Image.open(io.BytesIO(base64.b64decode(answer)))


def blank(width: int, height: int, shade: int = 200) -> Pixels:
    """A picture of one colour."""
    return np.full((height, width, 3), shade, np.uint8)


def disc(width: int = 400, height: int = 400) -> tuple[Pixels, Pixels]:
    """A red ball on grey, and its mask (H x W x 3; black = keep, white = repaint)."""
    rows, columns = np.mgrid[0:height, 0:width]
    inside = (rows - height * 0.5) ** 2 + (columns - width * 0.5) ** 2 < (0.28 * min(width, height)) ** 2
    pixels = blank(width, height, 150)
    pixels[inside] = (200, 40, 30)
    mask = np.where(inside[..., None], 0, 255).astype(np.uint8).repeat(3, axis=2)
    return pixels, mask


def side_by_side(first: str, second: str) -> tuple[Pixels, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Two samples' subjects on one grey table, and where each of them is."""
    canvas = blank(1000, 700, 205)
    masks: list[npt.NDArray[np.bool_]] = []
    for name, left in ((first, 60), (second, 540)):
        pixels = photo(name, 900)
        inside = truth(name, pixels)
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        scale = min(400 / (columns[-1] - columns[0]), 480 / (rows[-1] - rows[0]))
        size = (round((columns[-1] - columns[0]) * scale), round((rows[-1] - rows[0]) * scale))
        colours = np.asarray(Image.fromarray(pixels[box]).resize(size))
        shape = np.asarray(Image.fromarray((inside[box] * 255).astype(np.uint8)).resize(size)) > 127
        there = np.s_[600 - size[1] : 600, left : left + size[0]]
        canvas[there][shape] = colours[shape]
        mask = np.zeros(canvas.shape[:2], bool)
        mask[there] = shape
        masks.append(mask)
    return canvas, masks[0], masks[1]


def skin_coloured_shapes() -> Pixels:
    """Two blurred ovals in skin colours, 512 x 512: the moderation network gives them more than 0.85."""
    image = Image.new("RGB", (512, 512), (182, 147, 137))
    draw = ImageDraw.Draw(image)
    draw.ellipse((230, 40, 490, 360), fill=(208, 168, 155))
    draw.ellipse((190, 280, 230, 320), fill=(190, 105, 95))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(11)))
