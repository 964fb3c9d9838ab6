"""The web app as a process of its own, for browser tests and benchmarks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from localcloud.cloud import LocalCloud
from localcloud.settings import HOST
from localcloud.webserver import web_environment

ENTRY = Path(__file__).parents[1] / "webapp" / "server.py"
_START_SECONDS = 60.0


def start_web(cloud: LocalCloud, port: int, log: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start it and wait until it answers. `settings`: environment variables that are other than the cloud's own.

    Raises:
        RuntimeError: it ended or did not start in time; the message is its log.
    """
    # The web app must not need AWS credentials: it gets none.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "streamlit", "run", str(ENTRY), "--server.port", str(port)]
    # As `make run` does: an edit meanwhile must not load half of the app anew.
    command += ["--server.fileWatcherType", "none"]
    with log.open("wb") as output:
        web = subprocess.Popen(
            command,
            env={**inherited, **web_environment(cloud.outputs), **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and web.poll() is None:
        try:
            if httpx.get(f"http://{HOST}:{port}/_stcore/health", timeout=2).is_success:
                return web
        except httpx.HTTPError:
            time.sleep(0.2)
    web.kill()
    raise RuntimeError(log.read_text(encoding="utf-8"))


def stop_web(web: subprocess.Popen[bytes]) -> None:
    """End it."""
    web.terminate()
    web.wait(timeout=10)
