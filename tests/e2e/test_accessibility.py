"""Every state of the web app for people with a phone, a keyboard, weak eyes or a screen reader: light and dark, wide
and narrow. axe-core looks (WCAG 2.2 A and AA, good practice), and checks of our own where it has none (`looking.py`).
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user
from tests.e2e.jobs import NAMES, Maker, sign_in, small
from tests.e2e.looking import SIZES, VARIANTS, Looker, Scheme, Size, settle
from tests.e2e.test_new_job import Drafts
from tests.e2e.tour import Tour

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(600)]

PASSWORD = "Old-password-1234!"
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
Colour = tuple[int, int, int]
WORDMARK_CONTRAST = 3.0
"""Of large text (WCAG 2.2, 1.4.3), though a name's lettering needs none."""

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def maker(cloud: LocalCloud) -> Iterator[Maker]:
    made = Maker.of(cloud)
    made.faults()
    yield made
    made.faults()


@pytest.fixture
def user(cloud: LocalCloud) -> str:
    """A user with no jobs."""
    name = f"audit-{secrets.token_hex(4)}@example.com"
    ensure_user(cloud.client("cognito-idp"), cloud.outputs.user_pool_id, name, PASSWORD)
    return name


def walk(
    web_url: str, cloud: LocalCloud, maker: Maker, browser: Browser, look: Looker, files: Path, *, deep: bool
) -> None:
    """The whole tour, in two profiles: a newcomer's, and that of somebody with jobs."""

    def tour() -> Tour:
        touch = all(size == "phone" for size, _ in look.variants)
        context = browser.new_context(viewport=SIZES[look.variants[0][0]], has_touch=touch)
        context.set_default_timeout(30_000)
        return Tour(context.new_page(), cloud, web_url, look, files, deep)

    drafts = Drafts(cloud)
    # Its mail lies in the mailbox that the newcomer looks into.
    job = maker.finished(maker.job([(f"{name}.jpg", small(name)) for name in NAMES[:3]], "On slate, soft light"))
    first = tour()
    first.newcomer()
    first.page.context.close()
    second = tour()
    second.sign_in()
    second.draft(drafts.make(NAMES[:3]))
    if deep:
        second.dear(drafts.make(NAMES))
        maker.faults({"kind": "slow", "delaySeconds": 8})
        second.running(maker.job([(f"{name}.jpg", small(name)) for name in NAMES], "On marble"))
        maker.faults({"kind": "filter", "model": "*inpaint*", "count": 2})
        second.failures(maker.finished(maker.job([(f"{name}.jpg", small(name)) for name in NAMES[:3]], "On linen")))
        maker.faults()
    second.results(job)
    second.jobs()
    second.page.context.close()


def test_every_state_once(web_url: str, cloud: LocalCloud, maker: Maker, browser: Browser, tmp_path: Path) -> None:
    look = Looker(VARIANTS, alternate=True)
    walk(web_url, cloud, maker, browser, look, tmp_path, deep=False)
    assert not look.found, "\n".join(look.found)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_every_state_in_every_scheme_and_size(
    web_url: str, cloud: LocalCloud, maker: Maker, browser: Browser, tmp_path: Path, size: Size
) -> None:
    look = Looker([variant for variant in VARIANTS if variant[0] == size])
    walk(web_url, cloud, maker, browser, look, tmp_path, deep=True)
    assert not look.found, "\n".join(look.found)


def test_the_wordmark_stands_out(web_url: str, cloud: LocalCloud, page: Page) -> None:
    page.set_viewport_size(SIZES["wide"])
    sign_in(page, cloud, f"{web_url}/jobs")
    seen: dict[Scheme, tuple[Colour, Colour]] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
        settle(page)
        ink, behind = seen[scheme] = letters_of(page.get_by_test_id("stSidebarLogo").screenshot())
        assert contrast(ink, behind) >= WORDMARK_CONTRAST, scheme
    assert seen["light"] != seen["dark"], "each scheme was looked at"


def letters_of(logo: bytes) -> tuple[Colour, Colour]:
    """Colours of the wordmark's letters, and of what lies behind them."""
    with Image.open(io.BytesIO(logo)) as shot:
        picture = shot.convert("RGB")
    # Right of the sign: the letters, on what lies behind them.
    letters = picture.crop((picture.width // 3, 0, picture.width, picture.height))
    colours = letters.getcolors(letters.width * letters.height) or []
    counted = sorted(colours, key=lambda colour: -colour[0])
    behind, ink = (colour for _, colour in counted[:2])
    return ink, behind  # type: ignore[return-value]


def contrast(one: Colour, other: Colour) -> float:
    """Of two sRGB colours, 1 to 21 (WCAG 2.2, contrast ratio)."""

    def luminance(colour: Colour) -> float:
        parts = [value / 255 for value in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


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
