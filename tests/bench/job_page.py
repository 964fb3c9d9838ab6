"""The job page with 1,000 images in a real browser: `python -m tests.bench.job_page [--images 1000] [--huge 10000]`.

Starts a local cloud and the web app, seeds finished and running jobs (`tests/e2e/many.py`), and measures what a person
waits for, what is sent, and what a poll costs the web server and the API.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect, sync_playwright

from localcloud.cloud import LocalCloud
from localcloud.settings import HOST, free_port
from tests.bench.upload import memory_mb
from tests.e2e import many
from tests.e2e.between import Between
from tests.e2e.jobs import Maker, sign_in
from tests.web_server import start_web

_WAIT = 60_000
_POLL_SECONDS = 20.0


@dataclass
class Traffic:
    """What the browser fetched from the bucket."""

    requests: list[tuple[str, int]] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """A request that ended."""
        path = urlsplit(request.url).path
        if "image-files" in path:
            self.requests.append((path, request.sizes()["responseBodySize"]))

    def words(self) -> str:
        """How many, and how many bytes."""
        thumbs = sum(path.endswith(".thumb.jpg") for path, _ in self.requests)
        size = sum(size for _, size in self.requests)
        return f"{len(self.requests)} pictures ({thumbs} thumbnails), {size / 1024:,.0f} kB"


def cpu_seconds(pid: int) -> float:
    """CPU time a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(name: str, seconds: float, more: str = "") -> None:
    """One line of the result."""
    print(f"{name:44} {seconds * 1000:7.0f} ms  {more}", flush=True)


def timed(name: str, act: Callable[[], object], until: Callable[[], object], times: int = 1) -> None:
    """Do something and wait for what it shows; prints the median."""
    found = []
    for _ in range(times):
        begun = time.monotonic()
        act()
        until()
        found.append(time.monotonic() - begun)
    say(name, sorted(found)[len(found) // 2], f"(most {max(found) * 1000:.0f} ms)" if times > 1 else "")


def first_names(page: Page) -> str:
    """What the grid shows first."""
    return page.locator(".tile .name").first.inner_text()


def open_job(page: Page, web: str, job_id: str, traffic: Traffic, name: str) -> None:
    """From the address to the first grid with its first picture, and to all images known."""
    traffic.requests.clear()
    begun = time.monotonic()
    page.goto(f"{web}/job?id={job_id}")
    first = page.locator(".tile img").first
    expect(first).to_be_visible(timeout=_WAIT)
    page.wait_for_function("one => one.complete && one.naturalWidth > 0", arg=first.element_handle())
    say(f"{name}: first grid", time.monotonic() - begun)
    expect(page.get_by_text("Counting")).to_have_count(0, timeout=300_000)
    expect(page.get_by_text("Loading the rest")).to_have_count(0, timeout=300_000)
    say(f"{name}: all counted", time.monotonic() - begun)
    page.wait_for_timeout(1500)
    count = page.locator(".tile").count()
    print(f"{'':44} {count} tiles drawn, {traffic.words()}", flush=True)


def browser_memory(page: Page) -> str:
    """The page's own heap and elements."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return f"{metrics['JSHeapUsedSize'] / 1e6:.0f} MB heap, {metrics['Nodes']:.0f} nodes"


def choose(page: Page, words: str) -> None:
    """Choose a filter by the beginning of its words."""
    page.get_by_test_id("stButtonGroup").get_by_text(words).first.click()


def finished(page: Page, web: str, job: many.Many, traffic: Traffic) -> None:
    """What people do with a finished job."""
    open_job(page, web, job.job.job_id, traffic, f"{job.count:,} images")
    failed = job.failed(job.count)
    shown = page.locator(".tile")
    timed("filter: failed", lambda: choose(page, "Failed"), lambda: expect(shown).to_have_count(min(failed, 48)))
    timed("filter: all", lambda: choose(page, "All"), lambda: expect(shown).to_have_count(48))
    old = [first_names(page)]

    def turned() -> None:
        expect(shown.locator(".name").first).not_to_have_text(old[0])
        old[0] = first_names(page)

    timed("page turn", lambda: page.get_by_role("button", name="Next page").click(), turned, 5)
    shown.first.click()
    title = page.locator("dialog h2")
    seen = [title.inner_text()]

    def moved() -> None:
        expect(title).not_to_have_text(seen[0])
        seen[0] = title.inner_text()
        page.wait_for_function(
            "one => one.complete && one.naturalWidth > 0", arg=page.locator(".slider-after").element_handle()
        )

    traffic.requests.clear()
    timed("review: next, with its picture", lambda: page.keyboard.press("ArrowRight"), moved, 5)
    print(f"{'':44} {traffic.words()}", flush=True)
    timed("review: A, to the next with its picture", lambda: page.keyboard.press("a"), moved, 5)
    timed("review: R, to the next with its picture", lambda: page.keyboard.press("r"), moved, 5)
    page.keyboard.press("Escape")
    print(f"{'browser':44} {browser_memory(page)}", flush=True)


def running(page: Page, web: str, job: many.Many, traffic: Traffic, web_pid: int, door: Between) -> None:
    """A job that goes on while somebody looks: what polls cost."""
    open_job(page, web, job.job.job_id, traffic, f"{job.count:,} images, running")
    for name, go_on in (("nothing new", False), ("an image each second", True)):
        with _going_on(job) if go_on else _standing():
            page.wait_for_timeout(3000)
            door.calls.clear()
            traffic.requests.clear()
            cpu = cpu_seconds(web_pid)
            page.wait_for_timeout(_POLL_SECONDS * 1000)
            spent = cpu_seconds(web_pid) - cpu
            calls = list(door.calls)
        polls = sum("/images" not in call.path for call in calls) or 1
        images = [call for call in calls if "/images" in call.path]
        print(
            f"poll, {name}: {polls} in {_POLL_SECONDS:.0f} s, each {spent / polls * 1000:.0f} ms CPU of the server, "
            f"{len(images) / polls:.1f} calls for images ({sum(call.size for call in images) / polls / 1024:.0f} kB); "
            f"{traffic.words()} in all",
            flush=True,
        )


@contextmanager
def _going_on(job: many.Many) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(1):
            job.finish(1)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _standing() -> Iterator[None]:
    yield


def run(cloud: LocalCloud, web: str, web_pid: int, door: Between, chrome: str, images: int, huge: int) -> None:
    """Seed, then measure."""
    maker = Maker.of(cloud)
    done = many.make(maker, images)
    under_way = many.make(maker, images, images * 2 // 5)
    large = many.make(maker, huge, files=False) if huge else None
    traffic = Traffic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(_WAIT)
        page.on("requestfinished", traffic.note)
        sign_in(page, cloud, f"{web}/jobs")
        expect(page.get_by_role("heading", name="Jobs")).to_be_visible(timeout=_WAIT)
        page.wait_for_timeout(2000)
        before = memory_mb(web_pid)
        finished(page, web, done, traffic)
        after = memory_mb(web_pid)
        print(f"{'web server':44} {before:.0f} MB before, {after:.0f} MB with {images:,} images", flush=True)
        running(page, web, under_way, traffic, web_pid, door)
        if large is not None:
            # Its rows have no files of their own: only the first few pictures are there.
            before = memory_mb(web_pid)
            page.goto(f"{web}/job?id={large.job.job_id}")
            begun = time.monotonic()
            expect(page.locator(".tile")).to_have_count(48, timeout=_WAIT)
            say(f"{huge:,} images: first grid", time.monotonic() - begun)
            expect(page.get_by_text("Counting")).to_have_count(0, timeout=300_000)
            expect(page.get_by_text("Loading the rest")).to_have_count(0, timeout=300_000)
            say(f"{huge:,} images: all counted", time.monotonic() - begun)
            shown = page.locator(".tile")
            timed("filter: failed", lambda: choose(page, "Failed"), lambda: expect(shown).to_have_count(48))
            timed(
                "page turn",
                lambda: page.get_by_role("button", name="Next page").click(),
                lambda: expect(page.get_by_text("Page 2 of")).to_be_visible(),
            )
            print(f"{'web server':44} {before:.0f} MB before, {memory_mb(web_pid):.0f} MB with {huge:,}", flush=True)
        browser.close()


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--huge", type=int, default=10_000, help="0: leave it out")
    options = parser.parse_args()
    chrome = os.environ.get("CHROME") or shutil.which("chromium") or shutil.which("google-chrome")
    if chrome is None:
        parser.error("no browser: install chromium or set CHROME to one")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="backdrop-job-page-") as name:
        folder = Path(name)
        with LocalCloud(folder / "home", 0, 0, web_url=f"http://{HOST}:{port}") as cloud:
            cloud.start()
            with Between(cloud.outputs.api_url) as door:
                web = start_web(cloud, port, folder / "web.log", BACKDROP_API_URL=door.address)
                try:
                    run(cloud, f"http://{HOST}:{port}", web.pid, door, chrome, options.images, options.huge)
                finally:
                    web.terminate()
                    try:
                        web.wait(timeout=10)
                    except subprocess.TimeoutExpired:
                        web.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
