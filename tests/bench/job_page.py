"""The job page with 1,000 images in a real browser: `python -m tests.bench.job_page [--images 1000] [--huge 10000]`.

Starts a local cloud and the web app, seeds finished and running jobs (`tests/e2e/many.py`), and measures what a person
waits for, what is sent, and what a poll costs the web server and the API.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, expect

from tests.bench.app import App, app_or_own
from tests.bench.processes import cpu_seconds
from tests.browser import wait_until
from tests.e2e import many
from tests.e2e.jobs import Maker

_WAIT = 60_000
_PER_PAGE = 48


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


def wait_for_all(page: Page) -> None:
    """Until all images of the job are known."""
    for words in ("Counting", "Loading the rest"):
        expect(page.get_by_text(words)).to_have_count(0, timeout=300_000)


def open_job(page: Page, web: str, job_id: str, traffic: Traffic, name: str, settle_seconds: float) -> None:
    """From the address to the first grid with its first picture, and to all images known."""
    traffic.requests.clear()
    begun = time.monotonic()
    page.goto(f"{web}/job?id={job_id}")
    first = page.locator(".tile img").first
    expect(first).to_be_visible(timeout=_WAIT)
    wait_until(page, "one => one.complete && one.naturalWidth > 0", first.element_handle())
    say(f"{name}: first grid", time.monotonic() - begun)
    wait_for_all(page)
    say(f"{name}: all counted", time.monotonic() - begun)
    page.wait_for_timeout(settle_seconds * 1000)
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


def turn_pages(page: Page, size: Size) -> None:
    """From the click to another page's images, when the page has settled."""
    page.wait_for_timeout(size.settle_seconds * 1000)
    shown, old = page.locator(".tile"), [first_names(page)]

    def turned() -> None:
        expect(shown.locator(".name").first).not_to_have_text(old[0])
        old[0] = first_names(page)

    timed("page turn", lambda: page.get_by_role("button", name="Next page").click(), turned, size.times)


def finished(page: Page, app: App, job: many.Many, traffic: Traffic, size: Size) -> None:
    """What people do with a finished job."""
    open_job(page, app.address, job.job.job_id, traffic, f"{job.count:,} images", size.settle_seconds)
    failed = job.failed(job.count)
    shown = page.locator(".tile")
    timed("filter: failed", lambda: choose(page, "Failed"), lambda: expect(shown).to_have_count(min(failed, _PER_PAGE)))
    timed("filter: all", lambda: choose(page, "All"), lambda: expect(shown).to_have_count(_PER_PAGE))
    turn_pages(page, size)
    shown.first.click()
    title = page.locator("dialog h2")
    seen = [title.inner_text()]

    def moved() -> None:
        expect(title).not_to_have_text(seen[0])
        seen[0] = title.inner_text()
        wait_until(page, "one => one.complete && one.naturalWidth > 0", page.locator(".slider-after").element_handle())

    traffic.requests.clear()
    timed("review: next, with its picture", lambda: page.keyboard.press("ArrowRight"), moved, size.times)
    print(f"{'':44} {traffic.words()}", flush=True)
    timed("review: A, to the next with its picture", lambda: page.keyboard.press("a"), moved, size.times)
    timed("review: R, to the next with its picture", lambda: page.keyboard.press("r"), moved, size.times)
    page.keyboard.press("Escape")
    print(f"{'browser':44} {browser_memory(page)}", flush=True)


def running(page: Page, app: App, job: many.Many, traffic: Traffic, size: Size) -> None:
    """A job that goes on while somebody looks: what polls cost."""
    door = app.door
    if door is None:
        raise ValueError("polls are counted at the door of the app, and this one has none")
    open_job(page, app.address, job.job.job_id, traffic, f"{job.count:,} images, running", size.settle_seconds)
    for name, go_on in (("nothing new", False), ("an image each second", True)):
        with _going_on(job) if go_on else _standing():
            page.wait_for_timeout(size.settle_seconds * 1000)
            door.calls.clear()
            traffic.requests.clear()
            cpu = cpu_seconds(app.web_pid)
            page.wait_for_timeout(size.poll_seconds * 1000)
            spent = cpu_seconds(app.web_pid) - cpu
            calls = list(door.calls)
        polls = sum("/images" not in call.path for call in calls) or 1
        images = [call for call in calls if "/images" in call.path]
        print(
            f"poll, {name}: {polls} in {size.poll_seconds:.0f} s, "
            f"each {spent / polls * 1000:.0f} ms CPU of the server, "
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


def huge_job(page: Page, app: App, job: many.Many, size: Size) -> None:
    """A job at the limit. Its rows have no files of their own: only the first few pictures are there."""
    name = f"{job.count:,} images"
    before = app.memory_mb()
    page.goto(f"{app.address}/job?id={job.job.job_id}")
    begun = time.monotonic()
    shown = page.locator(".tile")
    expect(shown).to_have_count(_PER_PAGE)
    say(f"{name}: first grid", time.monotonic() - begun)
    wait_for_all(page)
    say(f"{name}: all counted", time.monotonic() - begun)
    failed = min(job.failed(job.count), _PER_PAGE)
    timed("filter: failed", lambda: choose(page, "Failed"), lambda: expect(shown).to_have_count(failed))
    choose(page, "All")
    expect(shown).to_have_count(_PER_PAGE)
    turn_pages(page, size)
    print(f"{'web server':44} {before:.0f} MB before, {app.memory_mb():.0f} MB with {job.count:,}", flush=True)


@dataclass(frozen=True)
class Size:
    """How much of it: images of the two jobs, of the huge one (0: none), how often each thing is done, how long polls
    are watched and a page may settle before, and how many photos the product makes for a job to be copied from."""

    images: int
    huge: int
    times: int = 5
    poll_seconds: float = 20.0
    settle_seconds: float = 2.0
    samples: int = 4


SMALLEST = Size(images=60, huge=60, times=1, poll_seconds=2.0, settle_seconds=0.2, samples=1)
"""Two pages of the grid, for there must be one to turn to."""


def run(app: App, size: Size) -> None:
    """Seed, then measure."""
    maker = Maker.of(app.cloud)
    done = many.make(maker, size.images, samples=size.samples)
    under_way = many.make(maker, size.images, size.images * 2 // 5, samples=size.samples)
    large = many.make(maker, size.huge, files=(), samples=size.samples) if size.huge else None
    traffic = Traffic()
    # Actions are waited for as long as pages are.
    expect.set_options(timeout=_WAIT)
    with app.signed_in("/jobs") as page:
        page.on("requestfinished", traffic.note)
        expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
        page.wait_for_timeout(size.settle_seconds * 1000)
        before = app.memory_mb()
        finished(page, app, done, traffic, size)
        after = app.memory_mb()
        print(f"{'web server':44} {before:.0f} MB before, {after:.0f} MB with {size.images:,} images", flush=True)
        running(page, app, under_way, traffic, size)
        if large is not None:
            huge_job(page, app, large, size)


def main(arguments: Sequence[str] | None = None, app: App | None = None) -> int:
    """Print the figures. `app`: one that runs already, with a door."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--huge", type=int, default=10_000, help="0: leave it out")
    parser.add_argument("--smallest", action="store_true", help="two pages of images, everything once")
    options = parser.parse_args(arguments)
    with app_or_own(app, door=True) as running_app:
        run(running_app, SMALLEST if options.smallest else Size(options.images, options.huge))
    return 0


if __name__ == "__main__":
    sys.exit(main())
