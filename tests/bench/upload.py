"""The web server's memory while a browser uploads many large photos: `python -m tests.bench.upload [--photos 200]`.

Starts a local cloud and the web app, makes JPEG files of about 10 MB, has a real browser add them all at once, and
reads the memory of the web server's process (resident set, its peak from the kernel) meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tests.bench.app import App, app_or_own

LIMIT_MB = 400
_SIDE = (2600, 1950)


def make_photos(folder: Path, count: int, megabytes: int) -> list[Path]:
    """`count` JPEG files of `megabytes` MB: one noisy picture, made longer by a comment segment that differs."""
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / "base.jpg"
    noise = Image.frombytes("RGB", _SIDE, os.urandom(_SIDE[0] * _SIDE[1] * 3))
    noise.save(base, quality=60)
    data = base.read_bytes()
    base.unlink()
    paths = []
    for number in range(count):
        path = folder / f"photo {number:04}.jpg"
        missing = max(0, megabytes * 1024 * 1024 - len(data))
        with path.open("wb") as stream:
            stream.write(data[:2])
            while missing > 0:
                # COM segments, of at most 65,533 bytes each; readers skip them.
                size = min(missing, 65_500)
                stream.write(b"\xff\xfe" + (size + 2).to_bytes(2, "big") + number.to_bytes(4, "big") * (size // 4))
                stream.write(b"\0" * (size % 4))
                missing -= size
            stream.write(data[2:])
        paths.append(path)
    return paths


def measure(app: App, photos: list[Path], minutes: float) -> dict[str, float]:
    """Upload all photos in one go; seconds it took and MB of the web server before, at its peak and after."""
    with app.signed_in() as page:
        page.get_by_role("button", name="Choose photos").wait_for()
        before = app.memory_mb()
        begun = time.monotonic()
        page.locator("input.folder").set_input_files(photos[0].parent)
        said, told = page.locator(".uploader .said"), 0.0
        while "photos added." not in said.inner_text():
            if time.monotonic() - begun > minutes * 60:
                raise TimeoutError(page.locator(".uploader").inner_text())
            if time.monotonic() - told > 15:
                told = time.monotonic()
                count = page.locator(".uploader .count").inner_text()
                print(f"{told - begun:6.0f} s  {count}, {app.memory_mb():.0f} MB", flush=True)
            time.sleep(1)
        result = {"seconds": time.monotonic() - begun, "before": before}
        words = said.inner_text()
        if words != f"{len(photos)} photos added.":
            raise RuntimeError(words)
    return result | {"peak": app.memory_mb("VmHWM"), "after": app.memory_mb()}


def main(arguments: Sequence[str] | None = None, app: App | None = None) -> int:
    """Print the figures; 1 when the memory passed the limit. `app`: one that runs already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--smallest", action="store_true", help="two photos")
    options = parser.parse_args(arguments)
    if options.smallest:
        options.photos, options.megabytes, options.minutes = 2, 4, 1
    with tempfile.TemporaryDirectory(prefix="backdrop-upload-") as name, app_or_own(app) as running:
        photos = make_photos(Path(name) / "photos", options.photos, options.megabytes)
        figures = measure(running, photos, options.minutes)
    total = options.photos * options.megabytes
    print(
        f"{options.photos} photos of {options.megabytes} MB ({total:,} MB) in {figures['seconds']:.0f} s. "
        f"Web server: {figures['before']:.0f} MB before, {figures['peak']:.0f} MB at its peak, "
        f"{figures['after']:.0f} MB after (limit {LIMIT_MB} MB)."
    )
    return 0 if figures["peak"] < LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
