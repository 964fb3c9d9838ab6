"""Local cloud, web app and browser for the benchmarks that look at pages: started by each, or once for several."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from localcloud.cloud import LocalCloud
from localcloud.settings import HOST, free_port
from tests.bench.processes import memory_mb
from tests.browser import FLAGS, MISSING, find_browser
from tests.e2e.between import Between
from tests.e2e.jobs import sign_in, wait_for_cookie
from tests.web_server import start_web, stop_web

REAL_MODELS = ("-m", "localcloud.models")
QUICK_LABELS = ("-m", "tests.bench.quick_labels")
"""The local cloud's image models, but labels come at once."""

_WAIT = 60_000


@dataclass(frozen=True)
class App:
    """What runs. `door`: what the web app's calls of the API go through, where that was asked for."""

    cloud: LocalCloud
    address: str
    web_pid: int
    browser: Browser
    door: Between | None = None

    @contextmanager
    def signed_in(self, path: str = "") -> Iterator[Page]:
        """A page of the demo user in a browser profile of its own."""
        with self.browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
            context.set_default_timeout(_WAIT)
            page = context.new_page()
            sign_in(page, self.cloud, f"{self.address}{path}")
            wait_for_cookie(page)
            yield page

    def memory_mb(self, field: str = "VmRSS") -> float:
        """MB of the web server."""
        return memory_mb(self.web_pid, field)


@contextmanager
def running_app(models: Sequence[str] = REAL_MODELS, *, door: bool = False) -> Iterator[App]:
    """Start all of it, and stop it in the end.

    Raises:
        RuntimeError: there is no browser, or the web app does not start.
        LocalCloudError: the local cloud does not start.
    """
    browser = find_browser()
    if browser is None:
        raise RuntimeError(MISSING)
    port = free_port()
    address = f"http://{HOST}:{port}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backdrop-bench-")))
        cloud = stack.enter_context(LocalCloud(folder / "home", 0, 0, models_program=models, web_url=address))
        cloud.start()
        opened = stack.enter_context(Between(cloud.outputs.api_url)) if door else None
        settings = {"BACKDROP_API_URL": opened.address} if opened else {}
        web = start_web(cloud, port, folder / "web.log", **settings)
        stack.callback(stop_web, web)
        playwright = stack.enter_context(sync_playwright())
        chrome = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        stack.callback(chrome.close)
        yield App(cloud, address, web.pid, chrome, opened)


@contextmanager
def app_or_own(app: App | None, models: Sequence[str] = REAL_MODELS, *, door: bool = False) -> Iterator[App]:
    """`app`, or one started for this alone."""
    if app is not None:
        yield app
        return
    with running_app(models, door=door) as own:
        yield own
