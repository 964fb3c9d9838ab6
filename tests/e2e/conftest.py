"""A real browser on the real web app, on the template deployed to a local cloud."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from localcloud.cloud import LocalCloud
from localcloud.settings import HOST, free_port
from localcloud.webserver import web_environment

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "test-output" / "e2e"

# A quiet browser: no sandbox (CI runs as root), no calls of its own to the internet.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_SECONDS = 60.0


def find_chrome() -> str:
    """The browser to drive: `$CHROME`, else a chromium of the system. Skips where there is none, fails in CI."""
    named = os.environ.get("CHROME")
    found = named if named and Path(named).exists() else None
    found = found or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    message = "no browser: install chromium (apt-get install chromium) or set CHROME to one"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chrome() -> str:
    """Path of the browser. Named first by the tests, so that no cloud is started for nothing."""
    return find_chrome()


@pytest.fixture(scope="session")
def web_port() -> int:
    """Where the web app will listen."""
    return free_port()


@pytest.fixture(scope="session")
def cloud(web_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A local cloud whose bucket takes uploads from the web app's address, and from no other page."""
    with LocalCloud(tmp_path_factory.mktemp("cloud"), 0, 0, web_url=f"http://{HOST}:{web_port}") as started:
        started.start()
        yield started


@pytest.fixture(scope="session")
def web_url(chrome: str, cloud: LocalCloud, web_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a web app of its own for the session's local cloud."""
    port = web_port
    log = tmp_path_factory.mktemp("web") / "streamlit.log"
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "webapp" / "server.py"), "--server.port", str(port)]
    # As `make run` does: an edit meanwhile must not load half of the app anew.
    command += ["--server.fileWatcherType", "none"]
    # The web app must not need AWS credentials: it gets none.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**inherited, **web_environment(cloud)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"Streamlit ended with {process.returncode}:\n{log.read_text()}")
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    pytest.fail(f"Streamlit did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser(chrome: str) -> Iterator[Browser]:
    """One headless browser for all tests; each test has a profile of its own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chrome, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile."""
    made = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty tab."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return context.new_page()
