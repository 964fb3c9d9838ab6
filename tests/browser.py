"""The real browser that tests and benchmarks drive."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MISSING = "no browser: install chromium (apt-get install chromium) or set CHROME to one"

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


def find_browser() -> str | None:
    """Path of the browser: `$CHROME`, else a chromium of the system; None where there is none."""
    named = os.environ.get("CHROME")
    if named and Path(named).exists():
        return named
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
