"""The web server's memory while a browser uploads many large photos: `python -m tests.bench.upload [--photos 200]`.

Starts a local cloud and the web app, makes JPEG files of about 10 MB, has a real browser add them all at once, and
reads the memory of the web server's process (resident set, its peak from the kernel) meanwhile.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from localcloud.cloud import LocalCloud
from localcloud.settings import HOST, free_port
from tests.web_server import start_web

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


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """Memory of a process in MB; `VmHWM` is its peak so far."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def measure(photos: list[Path], chrome: str, folder: Path, minutes: float) -> dict[str, float]:
    """Upload all photos in one go; seconds it took and MB of the web server before, at its peak and after."""
    port = free_port()
    with LocalCloud(folder / "home", 0, 0, web_url=f"http://{HOST}:{port}") as cloud:
        cloud.start()
        web = start_web(cloud, port, folder / "web.log")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_page(viewport={"width": 1280, "height": 1000})
                page.goto(f"http://{HOST}:{port}")
                page.get_by_label("E-mail address").fill(cloud.outputs.demo_user, timeout=60_000)
                page.get_by_role("textbox", name="Password").fill(cloud.outputs.demo_password)
                page.get_by_role("button", name="Sign in", exact=True).click()
                page.get_by_role("button", name="Choose photos").wait_for(timeout=60_000)
                before = memory_mb(web.pid)
                begun = time.monotonic()
                page.locator("input.folder").set_input_files(photos[0].parent)
                said, told = page.locator(".uploader .said"), 0.0
                while "photos added." not in said.inner_text():
                    if time.monotonic() - begun > minutes * 60:
                        raise TimeoutError(page.locator(".uploader").inner_text())
                    if time.monotonic() - told > 15:
                        told = time.monotonic()
                        count = page.locator(".uploader .count").inner_text()
                        print(f"{told - begun:6.0f} s  {count}, {memory_mb(web.pid):.0f} MB", flush=True)
                    time.sleep(1)
                result = {"seconds": time.monotonic() - begun, "before": before}
                words = said.inner_text()
                if words != f"{len(photos)} photos added.":
                    raise RuntimeError(words)
                browser.close()
            return result | {"peak": memory_mb(web.pid, "VmHWM"), "after": memory_mb(web.pid)}
        finally:
            web.terminate()
            web.wait(timeout=10)


def main() -> int:
    """Print the figures; 1 when the memory passed the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    chrome = os.environ.get("CHROME") or shutil.which("chromium") or shutil.which("google-chrome")
    if chrome is None:
        parser.error("no browser: install chromium or set CHROME to one")
    with tempfile.TemporaryDirectory(prefix="backdrop-upload-") as name:
        folder = Path(name)
        photos = make_photos(folder / "photos", options.photos, options.megabytes)
        figures = measure(photos, chrome, folder, options.minutes)
    total = options.photos * options.megabytes
    print(
        f"{options.photos} photos of {options.megabytes} MB ({total:,} MB) in {figures['seconds']:.0f} s. "
        f"Web server: {figures['before']:.0f} MB before, {figures['peak']:.0f} MB at its peak, "
        f"{figures['after']:.0f} MB after (limit {LIMIT_MB} MB)."
    )
    return 0 if figures["peak"] < LIMIT_MB else 1


if __name__ == "__main__":
    sys.exit(main())
