"""The model's picture at the photo's size: the same picture, without seams, whatever the tile."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from backdrop.imaging.compositing.tiled_upscale import Enlarged


def picture(size: tuple[int, int]) -> Image.Image:
    """Smooth colours, an edge and some grain."""
    across, down = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    grain = np.random.default_rng(5).normal(0, 3, (size[1], size[0]))
    image = Image.fromarray(
        np.clip(np.stack([across * 255, down * 255, 255 - across * 255], 2) + grain[..., None], 0, 255).astype(np.uint8)
    )
    ImageDraw.Draw(image).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill=(250, 240, 230))
    return image


@pytest.mark.parametrize("size", [(200, 150), (226, 170), (333, 250), (400, 300), (401, 299), (800, 600), (817, 613)])
def test_tiles_make_the_same_picture_as_one_piece(size: tuple[int, int]) -> None:
    enlarged = Enlarged(picture((200, 150)), size)
    whole = np.asarray(enlarged.part((0, 0, *size)), np.int16)
    pieces = np.zeros_like(whole)
    for top in range(0, size[1], 61):
        for left in range(0, size[0], 47):
            box = (left, top, min(left + 47, size[0]), min(top + 61, size[1]))
            pieces[box[1] : box[3], box[0] : box[2]] = np.asarray(enlarged.part(box))
    assert whole.shape == (size[1], size[0], 3)
    assert np.abs(whole - pieces).max() <= 2, "no seam"


@pytest.mark.parametrize("size", [(400, 300), (800, 600), (1000, 750), (1600, 1200)])
def test_doubling_is_as_good_as_a_resize(size: tuple[int, int]) -> None:
    small = picture((200, 150))
    ours = Enlarged(small, size).part((0, 0, *size))
    resized = small.resize(size, Image.Resampling.BILINEAR)
    pixelated = small.resize(size, Image.Resampling.NEAREST)

    def distance(image: Image.Image) -> float:
        """From the resize, where no border and no half pixel matters."""
        less = (size[0] // 8, size[1] // 8)
        wanted, found = (np.asarray(each.resize(less, Image.Resampling.BOX), np.float32) for each in (resized, image))
        return float(np.abs(wanted - found)[2:-2, 2:-2].mean())

    def roughness(image: Image.Image) -> float:
        return float(np.abs(np.diff(np.asarray(image, np.int16), 2, axis=1)).mean())

    assert distance(ours) < 2
    assert roughness(ours) < 0.7 * roughness(pixelated)


def test_a_picture_of_the_frames_size_is_left_as_it_is() -> None:
    same = picture((200, 150))
    assert Enlarged(same, (200, 150)).part((10, 20, 90, 100)).tobytes() == same.crop((10, 20, 90, 100)).tobytes()
