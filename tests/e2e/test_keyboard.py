"""Journeys without a mouse: Tab, Enter, Space, arrows and Escape alone. The review by keyboard: `test_job_page.py`."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.looking import settle
from tests.e2e.test_new_job import Drafts, open_draft, words

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(420)]

_FOCUS = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    if (!at) return {};
    const label = at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "";
    return { name: label.trim(), inDialog: Boolean(at.closest("[role=dialog], dialog")) };
}"""
MOST_STOPS = 150


def focused(page: Page) -> dict[str, object]:
    """Name of what has the focus, and whether it lies in a dialog."""
    found: dict[str, object] = page.evaluate(_FOCUS)
    return found


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so (a regular expression) has the focus."""
    seen = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        at = str(focused(page).get("name"))
        if re.search(name, at):
            return
        seen.append(at)
    pytest.fail(f"{name!r} is not reached: {seen}")


def test_a_job_is_put_together_started_and_copied_by_keyboard(web_url: str, cloud: LocalCloud, page: Page) -> None:
    drafts = Drafts(cloud)
    draft_id = drafts.make(["mug_wooden_desk", "toy_car_rug"])
    open_draft(page, web_url, cloud, draft_id)
    settle(page)

    # A label is taken out.
    chips = page.locator(".st-key-photo-00000000").get_by_test_id("stButtonGroup").locator("button")
    chip = chips.first.inner_text()
    tab_to(page, f"^{chip}$")
    page.keyboard.press("Space")
    expect(chips.first).to_have_attribute("aria-pressed", "false")
    settle(page)
    tab_to(page, "^Marble$")
    page.keyboard.press("Enter")
    expect(words(page)).to_have_value(re.compile("marble"))
    settle(page)
    tab_to(page, "Start the job")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/job\?id="), timeout=90_000)
    expect(page.get_by_text("2 images finished.")).to_be_visible(timeout=180_000)
    settle(page)

    # A question keeps the focus until it is answered, and gives it back.
    tab_to(page, "More")
    page.keyboard.press("Enter")
    tab_to(page, "Duplicate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)
    for _ in range(5):
        page.keyboard.press("Tab")
        assert focused(page)["inDialog"], focused(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page)
    assert "Duplicate" in str(focused(page)["name"])
