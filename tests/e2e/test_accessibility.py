"""Every page for people with a phone, a keyboard, weak eyes or a screen reader: light and dark, wide and narrow.

Our own checks are `audit.js`. Where `axe-playwright-python` is installed (requirements/dev.in), axe-core looks too.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user
from tests.e2e.conftest import SHOTS

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

AUDIT = Path(__file__).with_name("audit.js").read_text("utf-8")
PASSWORD = "Old-password-1234!"
SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
PAGES = {"": "New job", "jobs": "Jobs", "job": "Job", "mailbox": "Mailbox"}

try:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    Axe = None


@pytest.fixture
def user(cloud: LocalCloud) -> str:
    """A user with no jobs."""
    name = f"audit-{secrets.token_hex(4)}@example.com"
    ensure_user(cloud.client("cognito-idp"), cloud.outputs.user_pool_id, name, PASSWORD)
    return name


def problems(page: Page) -> list[str]:
    """What our checks, and axe-core where it is there, find wrong with what is shown."""
    found: list[str] = page.evaluate(AUDIT)
    if Axe is not None:
        answer: dict[str, Any] = Axe().run(page).response
        found += [
            f"axe {violation['id']}: {node['target']}"
            for violation in answer["violations"]
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]
    return found


def settle(page: Page) -> None:
    """Wait until the page runs no more and its fonts and colours are there."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(600)


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=30_000)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_pages_can_be_read_and_used_by_everybody(web_url: str, page: Page, user: str, size: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        settle(page)
        page.screenshot(path=SHOTS / f"look-{name}-{size}-{scheme}.png", full_page=True)
        found[name] = problems(page)

    page.goto(web_url)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    look("sign-in")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_test_id("stAlert")).to_be_visible()
    look("sign-in-refused")
    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_role("button", name="Send the code")).to_be_visible()
    settle(page)
    page.get_by_label("E-mail address").fill(user)
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_label("Code from the e-mail")).to_be_visible()
    look("forgot")
    page.get_by_role("button", name="Back to sign-in").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    settle(page)
    sign_in(page, user)
    # A page that is left before it has its cookie is signed out.
    page.wait_for_timeout(1_000)
    for name, title in PAGES.items():
        page.goto(f"{web_url}/{name}")
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=30_000)
        look(name or "new")
    if size == "phone":
        page.get_by_test_id("stExpandSidebarButton").click()
        expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
        look("menu")

    lines = [f"{name}: {problem}" for name, list_ in found.items() for problem in list_]
    assert not lines, "\n".join(lines)


def test_signing_in_works_with_the_keyboard_alone_and_the_focus_is_seen(web_url: str, page: Page, user: str) -> None:
    page.goto(web_url)
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    settle(page)
    order = []
    for _ in range(14):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
                const element = document.activeElement;
                // A field shows its focus on the box around it.
                const boxes = [element, element.parentElement, element.parentElement?.parentElement];
                const seen = boxes.some((box) => {
                    const style = box && getComputedStyle(box);
                    return style && (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 ||
                        style.boxShadow !== "none" || parseFloat(style.borderTopWidth) > 0);
                });
                // Browsers let keys scroll a region: it takes the focus and needs no ring.
                const control = element.matches("a, button, input, textarea, select, [role]");
                return { name: element.getAttribute("aria-label") || element.innerText, seen: seen || !control };
            }"""
        )
        order.append(at["name"].strip())
        assert at["seen"], f"the focus on {at['name']!r} is not seen"
        if at["name"].strip() == "E-mail address":
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(user)
        elif at["name"].strip() == "Password":
            page.keyboard.type(PASSWORD)
        elif at["name"].strip() == "Sign in":
            page.keyboard.press("Enter")
            break
    assert order.index("E-mail address") < order.index("Password") < order.index("Sign in"), order
    expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=30_000)
