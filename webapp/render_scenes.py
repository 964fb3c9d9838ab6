"""Paints the pictures of the ready-made backgrounds: `python webapp/render_scenes.py [id ...]`, all without ids.

They are painted by the local cloud's renderer (no diffusion model) round a sample product, so that they can be made
anew on any machine. Who has an image model's own pictures can put them in their place.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("webapp", "local", "functions")]

from backdrop_web.pages.new_job.scenes import Scene, read_scenes  # noqa: E402
from localcloud.models.images import Alpha, Pixels  # noqa: E402
from localcloud.models.matting import subject_colours  # noqa: E402
from localcloud.models.scenes.compose import compose  # noqa: E402
from localcloud.models.scenes.prompt import read_prompt  # noqa: E402
from localcloud.models.scenes.scene import paint  # noqa: E402
from localcloud.models.scenes.stance import stance_of  # noqa: E402

PRODUCT = "mug_wooden_desk"
SIDE = 320
_PAINTED_SIDE = 960
_PRODUCT_SHARE = 0.5
_BASE = 0.80
_SEED = 7
_QUALITY = 82


def main() -> None:
    """Paint the scenes named on the command line, or all."""
    everything = read_scenes().all
    unknown = set(sys.argv[1:]) - set(everything)
    if unknown:
        sys.exit(f"No such scene: {', '.join(sorted(unknown))}. There are: {', '.join(everything)}.")
    pixels, keep = _read_product()
    for scene in (everything[name] for name in sys.argv[1:] or everything):
        scene.picture.parent.mkdir(parents=True, exist_ok=True)
        data = paint_picture(scene, pixels, keep)
        scene.picture.write_bytes(data)
        sys.stdout.write(f"{os.path.relpath(scene.picture, ROOT)}: {len(data):,} bytes\n")


def paint_picture(scene: Scene, pixels: Pixels, keep: Alpha) -> bytes:
    """Return a scene's picture as WebP."""
    height, width = keep.shape
    painted = paint(read_prompt(scene.prompt, scene.negative), _SEED, width, height, stance_of(keep))
    whole = Image.fromarray(compose(pixels, keep, subject_colours(pixels, keep), painted, exact=False))
    out = io.BytesIO()
    whole.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "WEBP", quality=_QUALITY, method=6)
    return out.getvalue()


def _read_product() -> tuple[Pixels, Alpha]:
    """Return the sample product on an empty square, and how much of each pixel is product (0..1)."""
    photo = Image.open(ROOT / "samples" / "photos" / f"{PRODUCT}.jpg").convert("RGB")
    alpha = Image.open(ROOT / "samples" / "alpha" / f"{PRODUCT}.alpha.png").convert("L").resize(photo.size)
    left, top, right, bottom = alpha.point([0] * 128 + [255] * 128).getbbox() or (0, 0, *photo.size)
    scale = _PAINTED_SIDE * _PRODUCT_SHARE / max(right - left, bottom - top)
    box = (round((right - left) * scale), round((bottom - top) * scale))
    place = ((_PAINTED_SIDE - box[0]) // 2, round(_PAINTED_SIDE * _BASE) - box[1])
    canvas, mask = Image.new("RGB", (_PAINTED_SIDE,) * 2, "white"), Image.new("L", (_PAINTED_SIDE,) * 2)
    canvas.paste(photo.crop((left, top, right, bottom)).resize(box, Image.Resampling.LANCZOS), place)
    mask.paste(alpha.crop((left, top, right, bottom)).resize(box, Image.Resampling.LANCZOS), place)
    return np.asarray(canvas, np.uint8), np.asarray(mask, np.float32) / np.float32(255)


if __name__ == "__main__":
    main()
