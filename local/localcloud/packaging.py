"""Artefacts: a folder becomes a zip whose bytes depend on its contents only."""

import hashlib
import io
import zipfile
from pathlib import Path

from localcloud.settings import LocalCloudError

_EXCLUDED_FOLDERS = frozenset(
    {"__pycache__", "tests", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".venv", ".git"}
)
_EXCLUDED_SUFFIXES = frozenset({".pyc", ".pyo"})
# The earliest time a zip can hold: artefacts must not differ by when they were made.
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def package(path: Path) -> tuple[str, bytes]:
    """The object name (by content hash) and the bytes of an artefact: a folder zipped, a file as it is.

    Raises `LocalCloudError` when `path` does not exist or holds no files.
    """
    if path.is_file():
        content, suffix = path.read_bytes(), path.suffix
    elif path.is_dir():
        content, suffix = _zip(path), ".zip"
    else:
        raise LocalCloudError(f"The template refers to {path}, which does not exist.")
    return f"{hashlib.sha256(content).hexdigest()}{suffix}", content


def _zip(folder: Path) -> bytes:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and _belongs(file.relative_to(folder)))
    if not files:
        raise LocalCloudError(f"The template refers to {folder}, which is empty.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _belongs(file: Path) -> bool:
    return not _EXCLUDED_FOLDERS.intersection(file.parts) and file.suffix not in _EXCLUDED_SUFFIXES
