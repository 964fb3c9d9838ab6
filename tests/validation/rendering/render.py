"""Renders the validation pictures: each product before one of the surroundings, and its true mask.

Run it in an environment of its own that has `bpy` (`requirements.txt` beside this file), from the repository's root:
`python -m tests.validation.rendering.render FOLDER [NAME ...] [--side 512] [--samples 4]`. FOLDER gets NAME.jpg and
NAME.alpha.png. `make validation-pictures` does it for all.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image

from tests.validation.rendering.products_open import OPEN
from tests.validation.rendering.products_solid import SOLID
from tests.validation.rendering.scenes import SCENES, Scene
from tests.validation.rendering.shapes import paint
from tests.validation.rendering.surroundings import SURROUNDINGS

PRODUCTS = {build.__name__: build for build in (*OPEN, *SOLID)}
_SHAPES = {"square": (1.0, 1.0), "wide": (1.0, 0.75), "tall": (0.75, 1.0)}
_MASK_SAMPLES = 8


def build(scene: Scene) -> list[Any]:
    """Build a scene from nothing; returns the product's objects."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rng = random.Random(scene.name)
    SURROUNDINGS[scene.surroundings](rng)
    before = set(bpy.data.objects)
    if scene.product:
        PRODUCTS[scene.product](rng)
    product = sorted(set(bpy.data.objects) - before, key=lambda thing: thing.name)
    bpy.context.view_layer.update()
    _camera(scene, product)
    return product


def _camera(scene: Scene, product: Sequence[Any]) -> None:
    """A camera that has the whole product in its frame, with `scene.room` around it."""
    corners = [thing.matrix_world @ Vector(corner) for thing in product for corner in thing.bound_box]
    corners = corners or [Vector((x, y, z)) for x in (-0.6, 0.6) for y in (-0.4, 0.4) for z in (0, 1)]
    low = Vector([min(corner[i] for corner in corners) for i in range(3)])
    high = Vector([max(corner[i] for corner in corners) for i in range(3)])
    middle = (low + high) / 2
    up, round_ = math.radians(scene.elevation), math.radians(scene.azimuth)
    back = Vector((math.cos(up) * math.sin(round_), -math.cos(up) * math.cos(round_), math.sin(up)))
    right = Vector((math.cos(round_), math.sin(round_), 0))
    above = back.cross(right)
    data = bpy.data.cameras.new("camera")
    data.lens = scene.lens
    wide, tall = _SHAPES[scene.shape]
    reach = 18 / scene.lens
    needed = [
        (corner - middle).dot(back)
        + max(abs((corner - middle).dot(right)) / (reach * wide), abs((corner - middle).dot(above)) / (reach * tall))
        for corner in corners
    ]
    distance = max(needed) * scene.room
    camera = bpy.data.objects.new("camera", data)
    # Off the middle a little: photographers seldom hit it.
    slack = distance * reach * wide * (1 - 1 / scene.room)
    target = middle + right * slack * scene.shift
    camera.location = target + back * distance
    camera.rotation_euler = (-back).to_track_quat("-Z", "Y").to_euler()
    if scene.blur:
        data.dof.use_dof, data.dof.focus_distance, data.dof.aperture_fstop = True, distance * 0.97, scene.blur
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera


def _settings(scene: Scene, side: int, samples: int) -> None:
    settings = bpy.context.scene
    settings.render.engine = "CYCLES"
    wide, tall = _SHAPES[scene.shape]
    settings.render.resolution_x, settings.render.resolution_y = round(side * wide), round(side * tall)
    settings.cycles.samples, settings.cycles.use_denoising = samples, True
    settings.cycles.use_adaptive_sampling, settings.cycles.adaptive_threshold = True, 0.05
    settings.cycles.adaptive_min_samples = 2
    settings.cycles.max_bounces, settings.cycles.transmission_bounces = 6, 6
    settings.cycles.caustics_reflective = settings.cycles.caustics_refractive = False
    settings.cycles.seed = 1
    settings.view_settings.view_transform = "Filmic" if scene.filmic else "Standard"
    settings.render.image_settings.file_format = "PNG"


def _rendered(file: Path) -> Image.Image:
    bpy.context.scene.render.filepath = str(file)
    bpy.ops.render.render(write_still=True)
    return Image.open(file)


def photo(scene: Scene, scratch: Path) -> Image.Image:
    """The picture, with a sensor's noise."""
    pixels = np.asarray(_rendered(scratch / "photo.png").convert("RGB"), np.float32)
    noise = np.random.default_rng(len(scene.name)).normal(0, scene.noise, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def mask(product: Sequence[Any], scratch: Path) -> Image.Image:
    """How much of each pixel the product covers: glass counts as opaque, what stands before it hides it."""
    scene = bpy.context.scene
    for thing in bpy.data.objects:
        if thing.type not in {"CAMERA", "LIGHT"}:
            thing.is_holdout = thing not in product
    bpy.context.view_layer.material_override = paint((1, 1, 1), 1.0)
    scene.render.film_transparent = True
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = _MASK_SAMPLES, False, 0
    scene.render.image_settings.color_mode = "RGBA"
    return _rendered(scratch / "mask.png").getchannel("A")


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the named scenes, or all that FOLDER lacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        target = options.folder / f"{scene.name}.jpg"
        if scene.name not in options.names if options.names else target.exists():
            continue
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch:
            product = build(scene)
            _settings(scene, options.side, options.samples)
            if options.threads:
                bpy.context.scene.render.threads_mode, bpy.context.scene.render.threads = "FIXED", options.threads
            picture = photo(scene, Path(scratch))
            if product:
                mask(product, Path(scratch)).save(options.folder / f"{scene.name}.alpha.png", optimize=True)
            picture.save(target, quality=88)
        print(f"{scene.name} {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
