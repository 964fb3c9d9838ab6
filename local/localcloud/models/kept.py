"""Answers of Rekognition's two operations, kept by the image's bytes: the same photo asked about again costs a hash.

They are kept in memory, and in a folder beside the weights for the next local cloud. A file is found only by the same
code, libraries and weights that made it (`recipe`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

LOG = logging.getLogger("localcloud.models")
MOST_ANSWERS = 2_000
"""Kept in memory, and as files: a kilobyte or two each."""

_LIBRARIES = ("numpy", "onnxruntime", "opencv-python-headless", "pillow")
_ROOTS = (Path(__file__).parent, Path(__file__).parents[3] / "functions" / "backdrop_cutout")


def recipe(weights: Iterable[Path]) -> str:
    """Return what an answer depends on besides the image, as a hash: code, versions of libraries, weights."""
    found = hashlib.sha256()
    sources = sorted(file for root in _ROOTS for kind in ("*.py", "*.json") for file in root.rglob(kind))
    for file in (*sources, *weights):
        found.update(hashlib.sha256(file.read_bytes()).digest())
    for name in _LIBRARIES:
        found.update(f"{name} {metadata.version(name)}".encode())
    return found.hexdigest()


class KeptAnswers:
    """Answers by what was asked. Threads may share it, and processes its folder.

    Args:
        folder: where answers are kept beyond this process; None: nowhere.
        recipe: of `recipe`.
        most: answers in memory, and files.
    """

    def __init__(self, folder: Path | None = None, recipe: str = "", most: int = MOST_ANSWERS) -> None:
        self._folder, self._recipe, self._most = folder, recipe, most
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        if folder is not None:
            self._tidy(folder)

    def of(self, question: str, image: bytes, work: Callable[[], bytes]) -> bytes:
        """The answer to `question` (operation and parameters) about an image; `work` makes it where it is not known.

        What `work` raises is not kept.
        """
        asked = hashlib.sha256(f"{self._recipe}\n{question}\n".encode())
        asked.update(image)
        name = asked.hexdigest()
        with self._lock:
            known = self._known.get(name)
            if known is not None:
                self._known.move_to_end(name)
        answer = known if known is not None else self._read(name)
        if answer is None:
            answer = work()
            self._write(name, answer)
        with self._lock:
            self._known[name] = answer
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return answer

    def _read(self, name: str) -> bytes | None:
        if self._folder is None:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            LOG.warning("a kept answer cannot be read: %s", error)
            return None

    def _write(self, name: str, answer: bytes) -> None:
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix="part-", delete=False) as part:
                part.write(answer)
            Path(part.name).replace(self._folder / name)
        except OSError as error:
            LOG.warning("an answer cannot be kept: %s", error)

    def _tidy(self, folder: Path) -> None:
        """Remove the oldest files beyond the most that are kept."""
        try:
            files = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder)]
            for _, path in sorted(files, reverse=True)[self._most :]:
                Path(path).unlink(missing_ok=True)
        except FileNotFoundError:
            return  # no answer was kept yet, or another process tidies too
        except OSError as error:
            LOG.warning("kept answers cannot be tidied: %s", error)
