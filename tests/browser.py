"""The real browser that tests and benchmarks drive."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

MISSING = "no browser: install one (apt-get install chromium-headless-shell, or chromium) or set CHROME to one"

# Without a window of its own to draw, it takes a third of the CPU off what is around the page; the engine is the same.
# Playwright's default for tests without a window, too (playwright.dev/docs/browsers, "headless shell").
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

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

# A test's page lives for seconds: to collect its garbage and to optimise its scripts a second time costs a quarter of all
# CPU that it takes. What scripts do stays the same. Not for benchmarks.
SHORT_LIVED = ("--js-flags=--no-opt --min-semi-space-size=64 --max-semi-space-size=64",)


def find_browser() -> str | None:
    """Path of the browser: `$CHROME`, else a Chromium of the system; None where there is none."""
    named = os.environ.get("CHROME")
    if named and Path(named).exists():
        return named
    return next(filter(None, map(shutil.which, _NAMES)), None)


def wait_until(page: Page, expression: str, arg: object = None, milliseconds: int = 30_000) -> None:
    """Wait until what an expression, or a function of `arg`, gives in the page is true.

    Playwright's own `wait_for_function` evaluates words within the page, which the pages' CSP forbids.

    Raises:
        AssertionError: it did not become true in time.
    """
    end = time.monotonic() + milliseconds / 1000
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f"not true within {milliseconds} ms: {expression}"
        page.wait_for_timeout(50)
