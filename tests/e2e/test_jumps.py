"""What is on a page stays where it is: while the page loads, and while a job fills by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.jobs import NAMES, Maker, sign_in, small, wait_for_cookie
from tests.e2e.looking import SIZES, Size, jumps, settle, watch_jumps
from tests.e2e.test_new_job import Drafts

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(420)]

MOST = 0.1
"""Cumulative layout shift that counts as good (web.dev/articles/cls)."""
SLOW = 90_000

expect.set_options(timeout=20_000)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_jumps(web_url: str, cloud: LocalCloud, browser: Browser, size: Size) -> None:
    maker, draft = Maker.of(cloud), Drafts(cloud).make(NAMES[:3])
    maker.faults()
    done = maker.finished(maker.job([(f"{name}.jpg", small(name)) for name in NAMES[:4]], "On slate"))
    context = browser.new_context(viewport=SIZES[size])
    context.set_default_timeout(30_000)
    page = context.new_page()
    watch_jumps(page)
    found: dict[str, tuple[float, list[str]]] = {}

    def load(name: str, address: str, ready: str | re.Pattern[str]) -> None:
        page.goto(f"{web_url}/{address}")
        expect(page.get_by_text(ready).first).to_be_visible(timeout=SLOW)
        settle(page)
        page.wait_for_timeout(1_000)
        found[name] = jumps(page)

    load("sign-in", "", "Forgot your password?")
    sign_in(page, cloud, f"{web_url}/jobs")
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible(timeout=SLOW)
    settle(page)
    wait_for_cookie(page)
    load("new", "", "Add at least one good photo.")
    load("draft", f"?draft={draft}", re.compile(r"^3 pictures?,"))
    load("jobs", "jobs", "On slate")
    load("job", f"job?id={done.job_id}", "4 images finished.")
    load("mailbox", "mailbox", "Look for new mails")

    maker.faults({"kind": "slow", "model": "*inpaint*", "delaySeconds": 1.5})
    try:
        fresh = maker.job([(f"{name}.jpg", small(name)) for name in NAMES], "On a linen cloth")
        page.goto(f"{web_url}/job?id={fresh.job_id}")
        expect(page.get_by_text("6 images finished.")).to_be_visible(timeout=SLOW)
        _pictures(page, 6)
        found["a job that fills"] = jumps(page)
    finally:
        maker.faults()
    context.close()
    figures = {name: round(total, 3) for name, (total, _) in found.items()}
    print(size, figures)
    bad = {name: [total, *what] for name, (total, what) in found.items() if total > MOST}
    assert not bad, "\n".join(f"{name}: {line}" for name, lines in bad.items() for line in lines)


def _pictures(page: Page, count: int) -> None:
    expect(page.locator(".tile[data-state=review]")).to_have_count(count, timeout=SLOW)
    page.wait_for_timeout(1_000)
