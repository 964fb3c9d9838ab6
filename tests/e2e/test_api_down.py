"""The service goes away in the middle of each page: words with a next step, nothing typed is lost, and it goes on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.between import Between
from tests.e2e.conftest import snap
from tests.e2e.jobs import NAMES, Maker, sign_in, small, wait_for_cookie
from tests.e2e.looking import settle
from tests.e2e.test_new_job import Drafts
from tests.e2e.test_no_traces import PROGRAMS_WORDS

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

DOWN = "Backdrop can't be reached right now."


def shut(door: Between) -> None:
    door.refuse = lambda _method, _path: 503


def open_again(door: Between) -> None:
    door.refuse = lambda _method, _path: None


def told(page: Page, name: str) -> None:
    """That it is down, in words and without a trace of the program."""
    expect(page.get_by_text(DOWN).first).to_be_visible()
    if name != "job":  # that page asks again by itself, and is seldom at rest
        settle(page)
    text = page.locator("body").inner_text()
    assert not (found := PROGRAMS_WORDS.search(text)), f"{found[0]!r} in {text}"
    snap(page, f"down-{name}.png")


def test_each_page_without_the_service(web: str, cloud: LocalCloud, door: Between, page: Page) -> None:
    maker = Maker.of(cloud)
    job = maker.job([("a.jpg", small(NAMES[0]))], "a red table")
    sign_in(page, cloud, f"{web}/jobs")
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    settle(page)
    wait_for_cookie(page)
    for name, heading in (("jobs", "Jobs"), (f"job?id={job.job_id}", job.name or ""), ("", "New job")):
        shut(door)
        page.goto(f"{web}/{name}")
        told(page, name.partition("?")[0] or "new")
        open_again(door)
        if not name.startswith("job?"):  # that page tries by itself
            page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name=heading).first).to_be_visible()
        expect(page.get_by_text(DOWN)).to_have_count(0)


@pytest.mark.slow
def test_a_running_job_goes_on_without_the_page(web: str, cloud: LocalCloud, door: Between, page: Page) -> None:
    maker = Maker.of(cloud)
    maker.faults({"kind": "slow", "delaySeconds": 8})
    job = maker.job([(f"{name}.jpg", small(name)) for name in NAMES[:3]], "a red table")
    sign_in(page, cloud, f"{web}/job?id={job.job_id}")
    expect(page.get_by_text("0 of 3 finished")).to_be_visible()
    shut(door)
    expect(page.get_by_text("No connection; trying again.")).to_be_visible()
    expect(page.get_by_text("0 of 3 finished")).to_be_visible()
    snap(page, "down-running.png")
    maker.faults()
    open_again(door)
    expect(page.get_by_text("No connection; trying again.")).to_have_count(0)
    expect(page.get_by_text("3 images finished.")).to_be_visible(timeout=120_000)


def test_the_start_fails_and_works_later(web: str, cloud: LocalCloud, door: Between, page: Page) -> None:
    draft = Drafts(cloud).make(["mug_wooden_desk"])
    sign_in(page, cloud, f"{web}/?draft={draft}")
    expect(page.get_by_text("1 photo in this job.")).to_be_visible()
    words = page.get_by_role("textbox", name="Describe the new background")
    words.fill("On a red table")
    words.press("Control+Enter")
    settle(page)
    shut(door)
    page.get_by_role("button", name=re.compile("Start the job")).click()
    told(page, "start")
    expect(words).to_have_value("On a red table")
    open_again(door)
    page.get_by_role("button", name=re.compile("Start the job")).click()
    page.wait_for_url(re.compile(r"/job\?id="), timeout=60_000)
    assert page.url.endswith(draft)
