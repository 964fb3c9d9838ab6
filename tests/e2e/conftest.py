"""A real browser on the real web app, on the template deployed to a local cloud."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from backdrop_web.service.settings import CONFIRM_USD
from localcloud.cloud import LocalCloud
from localcloud.settings import HOST, free_port
from tests.browser import FLAGS, MISSING, SHORT_LIVED, find_browser
from tests.e2e.between import Between
from tests.web_server import start_web, stop_web

ROOT = Path(__file__).parents[2]
_STORED = "local_storage,indexeddb,cache_storage,service_workers,websql,file_systems"

SHOTS = ROOT / "test-output" / "e2e"
"""Screenshots: of each test that failed; with `BACKDROP_SHOTS=1` of what each test saw on its way too."""

ALL_SHOTS = os.environ.get("BACKDROP_SHOTS") == "1"


def snap(page: Page, name: str, *, full_page: bool = False) -> None:
    """Take a screenshot for people to look at, where they asked for it: no test depends on one."""
    if ALL_SHOTS:
        page.screenshot(path=SHOTS / name, full_page=full_page)


def find_chrome() -> str:
    """The browser to drive: `$CHROME`, else a chromium of the system. Skips where there is none, fails in CI."""
    found = find_browser()
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@pytest.fixture(scope="session")
def chrome() -> str:
    """Path of the browser. Named first by the tests, so that no cloud is started for nothing."""
    return find_chrome()


@pytest.fixture(scope="package")
def web_url(chrome: str, cloud: LocalCloud, web_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a web app of its own for the session's local cloud. It asks before jobs of more than a dollar: three
    photos in five variations cost that."""
    log = tmp_path_factory.mktemp("web") / "streamlit.log"
    process = start_web(cloud, web_port, log, **{CONFIRM_USD: "1"})
    yield f"http://{HOST}:{web_port}"
    stop_web(process)


@pytest.fixture(scope="package")
def shared_door(chrome: str, cloud: LocalCloud) -> Iterator[Between]:
    """What stands between `web` and the API, for all tests: tests take `door`."""
    with Between(cloud.outputs.api_url) as opened:
        yield opened


@pytest.fixture
def door(shared_door: Between) -> Iterator[Between]:
    """What stands between `web` and the API: open, quick, and nothing counted yet."""
    shared_door.reset()
    yield shared_door
    shared_door.reset()


@pytest.fixture(scope="package")
def web(cloud: LocalCloud, shared_door: Between, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a web app that talks to the API through the door. The bucket takes no uploads from it."""
    port = free_port()
    process = start_web(cloud, port, tmp_path_factory.mktemp("web") / "web.log", BACKDROP_API_URL=shared_door.address)
    yield f"http://{HOST}:{port}"
    stop_web(process)


# Of the package, not the session: while Playwright runs, no other test of this process can run an event loop.
@pytest.fixture(scope="package")
def browser(chrome: str) -> Iterator[Browser]:
    """One headless browser for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chrome, args=[*FLAGS, *SHORT_LIVED])
        yield started
        started.close()


@pytest.fixture(scope="package")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """A profile that keeps nothing between tests but the app's scripts: to fetch and compile them takes two thirds of
    what a first page takes. Its first tab stays empty: it keeps the window open, which is dear to make.
    """
    made = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True, reduced_motion="reduce")
    made.set_default_timeout(30_000)
    made.new_page()
    yield made
    made.close()


@pytest.fixture
def context(profile: BrowserContext) -> Iterator[BrowserContext]:
    """A profile without cookies, and without anything that a page stored."""
    yield profile
    empty, *opened = profile.pages
    visited = {f"{address.scheme}://{address.netloc}" for address in (urlsplit(page.url) for page in opened)}
    for page in opened:
        page.close()
    profile.clear_cookies()
    devtools = profile.new_cdp_session(empty)
    for origin in visited:
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": _STORED})
    devtools.detach()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab. A test in whose course the page's Content-Security-Policy kept something from it fails."""
    made = context.new_page()
    kept_out: list[str] = []
    made.on("console", lambda told: kept_out.append(told.text) if "Content Security Policy" in told.text else None)
    yield made
    assert not kept_out


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Take a screenshot of each tab of a test that failed, before its fixtures close it."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and browser is not None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w-]+", "-", item.name)
        tabs = [tab for context in browser.contexts for tab in context.pages if tab.url != "about:blank"]
        for number, tab in enumerate(tabs):
            path = SHOTS / f"failed-{name}-{number}.png"
            try:
                tab.screenshot(path=path, timeout=10_000)
                report.sections.append(("screenshot", str(path)))
            except PlaywrightError as error:
                report.sections.append(("no screenshot", str(error)))
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser test that fails is tried once more, and the summary names it. The reason left: at a load of 20 on two
    cores a click on the menu's "Jobs", made while the job's page still ran, left that page where it was, once in 48
    tests (`test_a_row_of_the_list_shows_its_results_and_opens_anywhere`).
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))
