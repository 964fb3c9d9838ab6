"""The upload page with very many photos at once: `python -m tests.bench.upload_many [--photos 1000]`.

A folder with sub-folders, accents and spaces in the names, of small JPEGs that all differ, is chosen in a real
browser. Told: seconds to the last photo, the longest time the page was blocked, messages to the server, memory of
server and browser, and how long the page takes with all of them in it: turning a page of cards, and "keep only X".
Labels come at once (`quick_labels`): the local cloud's network is not what is measured here.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.bench.app import QUICK_LABELS, App, app_or_own
from tests.bench.samples import SAMPLES, all_names

_FOLDERS = ("", "Été 2026", "Été 2026/à trier", "No. 3 (new) #1", "Größe XL/50 % off")
_MEGABYTE = 1024 * 1024

# The longest time that the page did not answer: a timer that should come every 50 ms.
_WATCH = """() => {
  let last = performance.now();
  window.longest = 0;
  setInterval(() => {
    const now = performance.now();
    window.longest = Math.max(window.longest, now - last - 50);
    last = now;
  }, 50);
}"""


def make_many(folder: Path, count: int, side: int = 400) -> Path:
    """`count` small JPEGs in sub-folders, no two alike; made of the sample photos."""
    samples = []
    for name in all_names():
        with Image.open(SAMPLES / "photos" / f"{name}.jpg") as image:
            image.thumbnail((side, side))
            samples.append(image.convert("RGB"))
    for number in range(count):
        picture = samples[number % len(samples)].copy()
        ImageDraw.Draw(picture).text((4, 4), str(number), fill="white")
        path = folder / _FOLDERS[number % len(_FOLDERS)] / f"photo à {number:05} (1).jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=80)
    return folder


def browser_mb(page: Page) -> float:
    """What the page's script holds, after it was tidied up."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / _MEGABYTE


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.1f} s", flush=True)


def longest_block(page: Page) -> float:
    """Milliseconds the page did not answer at the longest, since this was asked last."""
    return float(page.evaluate("() => { const most = window.longest; window.longest = 0; return most; }"))


def run(page: Page, app: App, folder: Path, count: int, shots: Path | None) -> None:
    """Choose the folder, wait for all photos, then use the page."""
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    page.reload()
    page.get_by_role("button", name="Choose photos").wait_for(timeout=60_000)
    page.evaluate(_WATCH)
    idle, heap = app.memory_mb(), browser_mb(page)
    sent.clear()
    begun = time.monotonic()
    page.locator("input.folder").set_input_files(folder)
    chosen = time.monotonic() - begun
    said, told = page.locator(".uploader .said"), 0.0
    page.wait_for_timeout(2_000)
    print(f"chosen after {chosen:.1f} s; blocked at most {longest_block(page):.0f} ms", flush=True)
    while "photos added." not in said.inner_text():
        if time.monotonic() - told > 30:
            told = time.monotonic()
            words = page.locator(".uploader .count").inner_text()
            print(f"{told - begun:6.0f} s  {words}; server {app.memory_mb():.0f} MB", flush=True)
            if shots and told - begun > 20:
                page.screenshot(path=shots / "many-on-their-way.png")
        time.sleep(1)
    expect(page.get_by_text(f"{count:,} photos in this job.")).to_be_visible(timeout=60_000)
    seconds = time.monotonic() - begun
    print(
        f"{count:,} photos in {seconds:.0f} s ({1000 * seconds / count:.0f} ms each), {len(sent):,} messages to the "
        f"server; blocked at most {longest_block(page):.0f} ms.\n"
        f"Server {idle:.0f} MB before, {app.memory_mb('VmHWM'):.0f} MB at its peak, {app.memory_mb():.0f} after; "
        f"the page's script {heap:.0f} MB before, {browser_mb(page):.0f} MB after.",
        flush=True,
    )
    use(page, count, shots)


def use(page: Page, count: int, shots: Path | None) -> None:
    """Turn a page of cards, keep one thing in all photos, press a chip."""
    quiet = page.get_by_test_id("stStatusWidget")
    expect(quiet).to_have_count(0, timeout=60_000)
    if shots:
        page.screenshot(path=shots / "many-in.png")
    cards = page.locator(".st-key-cards")
    first_name = cards.locator(".bd-name").first
    shown = first_name.inner_text()
    with timed("second page of cards"):
        page.get_by_role("combobox", name="Photos", exact=True).click()
        page.get_by_role("option").nth(1).click()
        expect(first_name).not_to_have_text(shown, timeout=60_000)
    page.get_by_role("button", name="Change many photos at once").click()
    page.get_by_role("combobox", name="Keep only").fill("Table")
    page.get_by_role("option", name=re.compile("^Table")).click()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name=re.compile(r"Keep only this in \d"))
    expect(button).to_be_visible(timeout=60_000)
    kept = cards.locator("button[aria-pressed=true]")
    before = kept.count()
    with timed(button.inner_text()):
        button.click()
        expect(kept).not_to_have_count(before, timeout=60_000)
    print(f"blocked at most {longest_block(page):.0f} ms", flush=True)
    page.reload()
    with timed("reload with all photos"):
        expect(page.get_by_text(f"{count:,} photos in this job.")).to_be_visible(timeout=120_000)


def main(arguments: Sequence[str] | None = None, app: App | None = None) -> int:
    """Print the figures. `app`: one that runs already, with quick labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--smallest", action="store_true", help="just enough photos for a second page of cards")
    options = parser.parse_args(arguments)
    if options.smallest:
        options.photos = 25
    with tempfile.TemporaryDirectory(prefix="backdrop-upload-") as name, app_or_own(app, QUICK_LABELS) as running:
        photos = make_many(Path(name) / "Été à la boutique", options.photos)
        with running.signed_in() as page:
            page.get_by_role("button", name="Choose photos").wait_for()
            page.wait_for_timeout(2_000)
            run(page, running, photos, options.photos, options.shots)
    return 0


if __name__ == "__main__":
    sys.exit(main())
