"""A proxy of the environment is for the world outside, never for this machine."""

from __future__ import annotations

import os

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Names of this machine."""


def reach_loopback_directly() -> None:
    """Add this machine to `NO_PROXY` for this process and those that it starts.

    httpx, botocore and urllib read it (the small letters come first: `urllib.request.getproxies_environment`). To be
    called before the first HTTP client is made.
    """
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    names = [name.strip() for name in known.split(",") if name.strip()]
    value = ",".join([*names, *(name for name in LOOPBACK if name not in names)])
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = value
