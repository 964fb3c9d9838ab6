"""Which software made a report: requests that are built once more, from the same photo, are the same only with it."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

import PIL

import backdrop
from backdrop.core.version import VERSION


@cache
def software() -> dict[str, str]:
    """Return `{"Name", "Version", "Code", "Python", "Pillow"}`; `Code` is the SHA-256 of Backdrop's own files."""
    return {
        "Name": "Backdrop",
        "Version": VERSION,
        "Code": _code(),
        "Python": ".".join(map(str, sys.version_info[:3])),
        "Pillow": PIL.__version__,
    }


def _code() -> str:
    folder = Path(backdrop.__file__).parent
    found = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.suffix in (".py", ".json")):
        name = file.relative_to(folder).as_posix()
        found.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()
