"""The same loop as `rembg_loop`, with our parts: what a photo costs without a cloud around it.

For each photo: `open_photo` at full size, the local models' cut-out of the 2048-pixel copy that the model would get,
`composite_precise` over the background at full size, `encode` as JPEG; WORKERS photos at a time. The network is loaded
before the clock starts.

`python -m tests.bench.own_loop PHOTOS BACKGROUND OUT WORKERS` prints the same JSON as `rembg_loop`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.encoding import encode
from backdrop.imaging.photos import open_photo
from backdrop.models.stability_services import MAX_SIDE
from backdrop_cutout.network import Network
from localcloud.models.segmentation import Segmenter
from localcloud.models.weights import ensure
from tests.bench.processes import memory_mb


def main(photos: Path, background: Path, out: Path, workers: int) -> None:
    """Do the loop once."""
    cores = os.cpu_count() or 1
    # As the model server does it: each picture has its share of the cores.
    cv2.setNumThreads(max(1, cores // workers))
    segmenter = Segmenter(Network(ensure().segmentation, max(1, min(2, cores))))
    with Image.open(background) as picture:
        backdrop = picture.convert("RGB")
    names = sorted(photos.glob("*.jpg"))
    started, started_cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(partial(_replace, segmenter=segmenter, backdrop=backdrop, out=out), names))
    figures = {
        "photos": len(names),
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - started_cpu,
        "peakMb": memory_mb(os.getpid(), "VmHWM"),
    }
    sys.stdout.write(json.dumps(figures))


def _replace(name: Path, *, segmenter: Segmenter, backdrop: Image.Image, out: Path) -> None:
    photo = open_photo(name.read_bytes()).image
    small = photo.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    alpha = segmenter.alpha(np.asarray(small))
    mask = Image.fromarray((alpha * 255 + 0.5).astype(np.uint8))
    finished = composite_precise(photo, backdrop.resize(photo.size, Image.Resampling.BICUBIC), mask)
    (out / name.name).write_bytes(encode(finished, "JPEG"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
