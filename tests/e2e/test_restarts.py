"""Servers of the web app that come and go: a page says so in our words and goes on, signed in, at the next server."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backdrop_web.sign_in.shared_store import CHECK_SECONDS
from backdrop_web.streamlit_shell.away import list_words
from localcloud.cloud import LocalCloud
from localcloud.settings import free_port
from localcloud.users import ensure_user
from localcloud.webserver import share_sign_ins
from tests.e2e.conftest import ROOT, snap
from tests.e2e.test_sign_in import OLD, at_the_form, idle, sign_in, signed_in
from tests.web_server import start_web, stop_web

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

MUG = ROOT / "samples" / "photos" / "mug_wooden_desk.jpg"


class Server:
    """A web app that keeps its sign-ins in the stack's table, and can be stopped and started again."""

    def __init__(self, cloud: LocalCloud, log: Path, port: int) -> None:
        self._cloud = cloud
        self._log = log
        self._port = port
        self.address = f"http://127.0.0.1:{port}"
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return start_web(self._cloud, self._port, self._log, **share_sign_ins(self._cloud))

    def stop(self) -> None:
        stop_web(self._process)

    def start(self) -> None:
        self._process = self._start()


@pytest.fixture
def user(cloud: LocalCloud) -> str:
    name = f"user-{secrets.token_hex(4)}@example.com"
    ensure_user(cloud.client("cognito-idp"), cloud.outputs.user_pool_id, name, OLD)
    return name


@pytest.fixture
def first(chrome: str, cloud: LocalCloud, tmp_path: Path) -> Iterator[Server]:
    """At an address of its own, which the bucket takes uploads from meanwhile."""
    server = Server(cloud, tmp_path / "first.log", free_port())
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    rules = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    more = [{**one, "AllowedOrigins": [*one["AllowedOrigins"], server.address]} for one in rules]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": more})
    yield server
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    server.stop()


@pytest.fixture
def second(cloud: LocalCloud, first: Server, tmp_path: Path) -> Iterator[Server]:
    """Browsers send the same cookie to all ports of a host."""
    server = Server(cloud, tmp_path / "second.log", free_port())
    yield server
    server.stop()


def wait_for_cookie(context: BrowserContext) -> None:
    deadline = time.monotonic() + 20
    while not any(one.get("name") == "backdrop_session" for one in context.cookies()):
        assert time.monotonic() < deadline
        context.pages[0].wait_for_timeout(200)


def test_a_sign_in_holds_at_every_server_and_ends_at_all_of_them(
    first: Server, second: Server, page: Page, context: BrowserContext, user: str
) -> None:
    page.goto(first.address)
    sign_in(page, user, OLD)
    signed_in(page)
    wait_for_cookie(context)

    other = context.new_page()
    other.goto(second.address)
    signed_in(other)
    expect(other.get_by_test_id("stSidebar").get_by_text(user)).to_be_visible()

    other.get_by_role("button", name="Sign out", exact=True).click()
    expect(other.get_by_text("You are signed out.")).to_be_visible()
    page.wait_for_timeout(1_000 * CHECK_SECONDS)
    # Parts of the page that run by themselves may have noticed already.
    jobs = page.get_by_role("link", name="Jobs")
    form = page.get_by_role("button", name="Sign in", exact=True)
    expect(jobs.or_(form)).to_be_visible()
    if jobs.is_visible():
        jobs.click(timeout=5_000)
    at_the_form(page)


# After six tries Streamlit would say it in its own words: within 45 seconds.
@pytest.mark.parametrize("seconds", [0, pytest.param(45, marks=pytest.mark.slow)])
def test_a_server_that_is_gone_is_told_in_our_words_and_the_page_goes_on_with_its_draft(
    first: Server, page: Page, context: BrowserContext, user: str, seconds: int
) -> None:
    page.goto(first.address)
    sign_in(page, user, OLD)
    signed_in(page)
    wait_for_cookie(context)
    page.locator("input[type=file]").first.set_input_files(MUG)
    expect(page.get_by_text("1 photo in this job.")).to_be_visible(timeout=60_000)
    words = page.get_by_label("Describe the new background")
    words.fill("on a worn oak table")
    words.press("Tab")
    page.wait_for_timeout(1_000)
    idle(page)
    address = page.url

    first.stop()
    notice = page.get_by_role("alert").filter(has_text=list_words()["en"]["what"])
    expect(notice).to_be_visible(timeout=20_000)
    expect(notice).to_contain_text(list_words()["en"]["next"])
    page.wait_for_timeout(1_000 * seconds)
    snap(page, "server-away.png")
    expect(page.get_by_text("Streamlit", exact=False)).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)

    first.start()
    expect(notice).to_have_count(0, timeout=60_000)
    expect(page.get_by_text("1 photo in this job.")).to_be_visible(timeout=30_000)
    expect(words).to_have_value("on a worn oak table")
    # The page works: it is another server's, which took the sign-in up.
    words.fill("on a worn oak table at night")
    words.press("Tab")
    page.wait_for_timeout(1_000)
    idle(page)
    expect(page.get_by_text("1 photo in this job.")).to_be_visible(timeout=30_000)
    expect(words).to_have_value("on a worn oak table at night")
    assert page.url == address
    snap(page, "server-back.png")
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stSidebar").get_by_text(user)).to_be_visible()
