"""The validation pictures with their true masks, and the two parts they are split into.

Renders of our own (CC0; `rendering/` makes them) are in the repository. Cut-outs from Debian's tuxpaint-stamps-default
(GPL) are fetched when they are asked for and pasted onto renders of empty surroundings; they are never committed.
"""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.validation.rendering.scenes import SCENES

PICTURES = Path(__file__).with_name("pictures")
REPOSITORY = Path(__file__).resolve().parents[2]
_PACKAGE = "tuxpaint-stamps-default"
_FOLDER = "usr/share/tuxpaint/stamps"

Array = npt.NDArray[np.uint8]


class Part(StrEnum):
    """RULES: rules are made and thresholds chosen on it. REPORT: looked at only to report."""

    RULES = "rules"
    REPORT = "report"


@dataclass(frozen=True)
class Picture:
    """One photo (H x W x 3 RGB) and how much of each pixel is product (H x W, 0..255)."""

    name: str
    part: Part
    pixels: Array
    alpha: Array


def part_of(product: str) -> Part:
    """The part in which all pictures of a product are.

    By a hash of the product's name: nobody chose, and no product is in both. Written down before any cut-out of these
    pictures was looked at.
    """
    even = int(hashlib.sha256(product.encode()).hexdigest(), 16) % 2 == 0
    return Part.RULES if even else Part.REPORT


def pictures(part: Part | None = None, *, stamps: bool = True) -> Iterator[Picture]:
    """All pictures of one part, or of both: the renders, then (with `stamps`) the pasted cut-outs.

    Raises:
        OSError, subprocess.CalledProcessError: the stamps could not be fetched.
    """
    for scene in SCENES:
        if scene.product and part in (None, part_of(scene.product)):
            with Image.open(PICTURES / f"{scene.name}.alpha.png") as alpha:
                yield Picture(scene.name, part_of(scene.product), _read(scene.name), np.asarray(alpha.convert("L")))
    rows = json.loads(Path(__file__).with_name("stamps.json").read_text("utf-8")) if stamps else []
    for row in rows:
        if part in (None, part_of(row["name"])):
            pixels, true = _pasted(row["stamp"], row["ground"], row["side"])
            yield Picture(row["name"], part_of(row["name"]), pixels, true)


def _read(name: str) -> Array:
    with Image.open(PICTURES / f"{name}.jpg") as photo:
        return np.asarray(photo.convert("RGB"))


@functools.cache
def _stamps() -> Path:
    """The unpacked package."""
    installed = Path("/") / _FOLDER
    if installed.is_dir():
        return installed
    folder = REPOSITORY / ".cache" / _PACKAGE
    if not (folder / _FOLDER).is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", _PACKAGE], cwd=folder, check=True)
        package = next(folder.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", package.name, "."], cwd=folder, check=True)
    return folder / _FOLDER


def _pasted(stamp: str, ground: str, side: float) -> tuple[Array, Array]:
    """A stamp on a ground, its longer side `side` of the ground's shorter, with a soft shadow below it."""
    under = _read(ground).astype(np.float32)
    with Image.open(_stamps() / f"{stamp}.png") as file:
        cut = np.asarray(file.convert("RGBA")).astype(np.float32)
    rows, columns = np.nonzero(cut[..., 3] > 20)
    cut = cut[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = side * min(under.shape[:2]) / max(cut.shape[:2])
    size = (round(cut.shape[1] * scale), round(cut.shape[0] * scale))
    cut[..., :3] *= cut[..., 3:] / 255
    cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC).clip(0, 255)
    height, width = under.shape[:2]
    top, left = (height - size[1]) * 3 // 5, (width - size[0]) * 9 // 20
    alpha = np.zeros((height, width), np.float32)
    colours = np.zeros_like(under)
    alpha[top : top + size[1], left : left + size[0]] = cut[..., 3]
    colours[top : top + size[1], left : left + size[0]] = cut[..., :3]
    shadow = cv2.GaussianBlur(np.roll(alpha, size[1] // 40, axis=0), (0, 0), max(size) / 60)
    under *= 1 - 0.35 * shadow[..., None] / 255
    pixels = colours + under * (1 - alpha[..., None] / 255)
    # A stamp has hardly any noise, its ground has: a photo has the same all over.
    pixels += np.random.default_rng(len(stamp)).normal(0, 1.5, pixels.shape).astype(np.float32)
    return pixels.clip(0, 255).astype(np.uint8), alpha.astype(np.uint8)
