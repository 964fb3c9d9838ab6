"""Looking at a page as everybody has to be able to: axe-core, checks of our own where it has none, layout jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import wait_until
from tests.e2e.conftest import ALL_SHOTS, SHOTS

Scheme = Literal["light", "dark"]
Size = Literal["wide", "phone"]

SIZES: dict[Size, ViewportSize] = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
VARIANTS: tuple[tuple[Size, Scheme], ...] = (
    ("wide", "light"), ("phone", "dark"), ("wide", "dark"), ("phone", "light"),
)  # fmt: skip

FINGER_PIXELS = 32
"""Smallest side of a control on a phone."""

_AUDIT = Path(__file__).with_name("audit.js").read_text("utf-8")
_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}

EXCEPTIONS = {
    # Streamlit hangs an open list on the end of the page's body, outside of every landmark. The list has a name, has
    # the focus and is tied to its field; only whoever jumps from landmark to landmark does not come by it.
    "an open list lies outside of the landmarks": ("region", 'role="listbox"'),
}
"""Name -> (axe rule, part of the element's markup) of what is Streamlit's own and can't be mended from outside."""

_SHIFTS = """(() => {
    const MAIN = "[data-testid=stMain]";
    window.backdropShifts = [];
    // Before the heading is painted there is nothing to read or press: Streamlit puts its empty frame together.
    new MutationObserver((_, observer) => {
        if (!document.querySelector("h1")) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame((now) => { window.backdropBegan = now; }));
    }).observe(document, { childList: true, subtree: true });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            // On a wide screen Streamlit makes room for the sidebar a moment after the page: once, and its own doing.
            const frame = entry.sources.some(({ node, previousRect, currentRect }) =>
                (node?.matches?.(MAIN) || node?.querySelector?.(MAIN)) && previousRect.x !== currentRect.x);
            const menu = entry.sources.every(({ node }) => node?.closest?.("[data-testid=stSidebar]"));
            if (!entry.hadRecentInput && !frame && !menu) {
                window.backdropShifts.push({
                    value: entry.value, at: entry.startTime,
                    what: entry.sources.map(({ node, previousRect, currentRect }) => {
                        const element = node && (node.closest ? node : node.parentElement);
                        const key = element?.closest("[class*=st-key-]")?.className.match(/st-key-[\\w-]+/)?.[0];
                        return `${element?.dataset?.testid || element?.tagName} in ${key}: ` +
                            `${previousRect.y},${previousRect.height} -> ${currentRect.y},${currentRect.height} ` +
                            (element?.innerText || "").slice(0, 30);
                    }),
                });
            }
        }
    }).observe({ type: "layout-shift", buffered: true });
})()"""


def settle(page: Page) -> None:
    """Wait until the page runs no more, and its fonts, colours and pictures are there."""
    page.wait_for_timeout(250)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    # Colours fade into each other when the scheme changes.
    wait_until(
        page,
        """async () => {
            await document.fonts.ready;
            const ends = (one) => one.effect.getComputedTiming().iterations !== Infinity;
            return !document.getAnimations().some((one) => one.playState === "running" && ends(one));
        }""",
    )
    page.wait_for_timeout(100)


def problems(page: Page, size: Size) -> list[str]:
    """What is wrong with what is shown, but for the exceptions."""
    found: list[str] = page.evaluate(_AUDIT, FINGER_PIXELS if size == "phone" else 0)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    answer: dict[str, Any] = page.evaluate("rules => axe.run(rules)", _RULES)
    for violation in answer["violations"]:
        for node in violation["nodes"]:
            if not _excused(violation["id"], node["html"]):
                why = " ".join(str(node["failureSummary"]).split())
                found.append(f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:300]} {why}")
    return found


def _excused(rule: str, markup: str) -> bool:
    return any(rule == of and part in markup for of, part in EXCEPTIONS.values())


@dataclass
class Looker:
    """Looks at one state after the other, in some of the `VARIANTS`.

    `variants` holds the sizes and schemes in which each state is looked at; with `alternate` one of them, in turn.
    """

    variants: Sequence[tuple[Size, Scheme]]
    alternate: bool = False
    found: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def __call__(self, page: Page, name: str, only: Size | None = None) -> None:
        """Look at what the page shows now. `name` is the state's and its screenshots'; `only`: the size that has it."""
        variants = [variant for variant in self.variants if only in (None, variant[0])]
        if self.alternate and variants:
            variants = [variants[len(self.seen) % len(variants)]]
        self.seen.append(name)
        for size, scheme in variants:
            if page.viewport_size != SIZES[size]:
                page.set_viewport_size(SIZES[size])
            page.emulate_media(color_scheme=scheme)
            settle(page)
            picture(page, f"{name}-{size}-{scheme}", whole=not self.alternate)
            self.found += [f"{name}, {size}, {scheme}: {problem}" for problem in problems(page, size)]


def picture(page: Page, name: str, *, whole: bool = True) -> None:
    """A screenshot, where people asked for them (`snap`). `whole`: Streamlit scrolls inside, so the window is made as
    high as the page; not under a list.
    """
    if not ALL_SHOTS:
        return
    folder = SHOTS / "states"
    folder.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None
    covered = not whole or page.get_by_role("dialog").or_(page.get_by_role("listbox")).count() > 0
    height = 0 if covered else page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0")
    if height > size["height"]:
        page.set_viewport_size({"width": size["width"], "height": min(height + 20, 6000)})
        page.wait_for_timeout(300)
    page.screenshot(path=folder / f"{name}.png")
    if height > size["height"]:
        page.set_viewport_size(size)


def watch_jumps(page: Page) -> None:
    """From the next page load on, note what moves without having been touched."""
    page.add_init_script(_SHIFTS)


def jumps(page: Page) -> tuple[float, list[str]]:
    """Cumulative layout shift since the heading is there, without what follows input at once; and its largest parts."""
    shifts: list[dict[str, Any]] = page.evaluate(
        "window.backdropShifts.filter((shift) => shift.at >= window.backdropBegan)"
    )
    largest = sorted(shifts, key=lambda shift: -shift["value"])[:8]
    return sum(shift["value"] for shift in shifts), [
        f"{shift['value']:.3f} at {shift['at']:.0f}: {shift['what']}" for shift in largest
    ]
