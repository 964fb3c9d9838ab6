"""The app with a fake service behind it, driven by Streamlit's AppTest."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.element_tree import ElementTree

from backdrop_web.sign_in import cookie, form
from backdrop_web.sign_in.stores import SESSIONS
from backdrop_web.streamlit_shell import browser_store
from backdrop_web.upload import uploader
from tests.unit.web.browser import FakeStorage
from tests.unit.web.fakes import EMAIL, PASSWORD, FakeService

ENTRY = Path(__file__).parents[3] / "webapp" / "app.py"

ENVIRONMENT = {
    "BACKDROP_API_URL": "http://127.0.0.1:1/v1",
    "BACKDROP_USER_POOL_ID": "us-east-1_pool",
    "BACKDROP_USER_POOL_CLIENT_ID": "client",
    "BACKDROP_REGION": "us-east-1",
}
OPTIONAL = ("BACKDROP_COGNITO_ENDPOINT", "BACKDROP_MAILBOX", "BACKDROP_DEMO_USER")


@pytest.fixture(autouse=True, scope="session")
def _spare_every_run() -> None:
    """Do once what AppTest does anew in each run of a page, and leave out what the app never does.

    A page looks for installed components in every package's metadata, .3 s of each test; it compiles `app.py`. It
    counts its calls for statistics that `webapp/.streamlit/config.toml` turns off. Its end is asked for 1,000 times a
    second, in the way of the thread that draws it.
    """
    manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
    local_script_runner.ScriptCache = functools.cache(local_script_runner.ScriptCache)  # type: ignore[attr-defined, assignment]
    config.set_option("browser.gatherUsageStats", False)
    poll = local_script_runner.require_widgets_deltas

    def wait(runner: local_script_runner.LocalScriptRunner, timeout: float = 3) -> None:
        if thread := runner._script_thread:
            thread.join(timeout)
        poll(runner, timeout if runner.script_stopped() else 0)

    local_script_runner.require_widgets_deltas = wait


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> FakeStorage:
    """What the browser keeps over a reload."""
    found = FakeStorage()
    monkeypatch.setattr(browser_store, "read_texts", found.read_texts)
    monkeypatch.setattr(browser_store, "keep_text", found.keep_text)
    return found


@pytest.fixture
def fake(storage: FakeStorage, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    """The service that the app talks to, and the settings that lead to it."""
    for name in OPTIONAL:
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    service = FakeService()
    monkeypatch.setattr(form, "connect", lambda settings: service)
    # AppTest has no browser and no cookies.
    monkeypatch.setattr(cookie, "read_cookie", lambda: service.cookie)
    monkeypatch.setattr(uploader, "read_message", service.browser.read_message)
    monkeypatch.setattr(uploader, "show_uploader", service.browser.show_uploader)
    return service


@pytest.fixture
def app(fake: FakeService) -> AppTest:
    """The app as a visitor meets it."""
    return AppTest.from_file(str(ENTRY), default_timeout=20).run()


class Visit(AppTest):
    """The app in a browser that is signed in, as after a reload: no form is filled in.

    A page is drawn when the test looks at it or runs it, so that the one that `query_params` ask for is the first.
    """

    def __init__(self, service: FakeService) -> None:
        self._service = service
        self._cookie: str | None = SESSIONS.add(service.sign_in(EMAIL, PASSWORD))
        super().__init__(ENTRY, default_timeout=20)

    @property
    def _tree(self) -> ElementTree:
        if self._cookie is not None:
            self._service.cookie, self._cookie = self._cookie, None
            super().run()
            self._service.cookie = None
        return self._drawn

    @_tree.setter
    def _tree(self, drawn: ElementTree) -> None:
        self._drawn = drawn

    def run(self, *, timeout: float | None = None) -> AppTest:
        """Draw the page, once if it was not drawn before."""
        if self._cookie is not None:
            assert self._tree
            return self
        return super().run(timeout=timeout)


@pytest.fixture
def signed_in(fake: FakeService) -> AppTest:
    """The app of somebody who is signed in."""
    return Visit(fake)


def sign_in(app: AppTest, password: str = PASSWORD) -> AppTest:
    """Fill in the sign-in form and send it."""
    app.text_input[0].input(EMAIL)
    app.text_input[1].input(password)
    return app.button[0].click().run()


def add_photos(app: AppTest, fake: FakeService, *files: tuple[str, bytes]) -> AppTest:
    """Choose files in the uploader, and wait until they are in the job, or out."""
    if not fake.browser.data:
        app.run()
    fake.browser.choose(*((name, len(data)) for name, data in files))
    fake.browser.work(app.run)
    return app


def words(app: AppTest) -> str:
    """All that the page says: headings, text, messages and the app's own HTML."""
    parts = [element.value for element in (*app.title, *app.header, *app.markdown, *app.caption, *app.text)]
    parts += [element.value for element in (*app.error, *app.warning, *app.info, *app.success)]
    parts += [element.proto.body for element in app.get("html")]
    return "\n".join(str(part) for part in parts)
