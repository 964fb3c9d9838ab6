"""What systems and programs put beside photos, and nobody means to add."""

from __future__ import annotations

import re

CLUTTER = "|".join(
    (
        # Hidden, among them .DS_Store and the "._" files of macOS.
        r"\.[^/]*",
        r"thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r",
        r"__MACOSX|Network Trash Folder|Temporary Items",
        r"\$RECYCLE\.BIN|System Volume Information|lost\+found",
        # Thumbnails, bins and snapshots of Synology and QNAP.
        r"@eaDir|#recycle|#snapshot|@Recycle|@Recently-Snapshot",
        # Previews and libraries of Lightroom, Photos, Aperture, iPhoto and Capture One.
        r"[^/]*\.(?:lrdata|lrcat-data|photoslibrary|migratedphotolibrary|aplibrary|photolibrary|cocatalog)",
    )
)
"""A regular expression of such names of files and folders, without case, in Python's and JavaScript's tongue."""

_CLUTTER = re.compile(rf"(?:^|/)(?:{CLUTTER})(?:/|$)", re.IGNORECASE)


def is_clutter(path: str) -> bool:
    """Whether the last part of a relative path with slashes, or a folder above it, is clutter."""
    return _CLUTTER.search(path) is not None
