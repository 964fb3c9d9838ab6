"""Names that systems and programs give are told from those that people give."""

from __future__ import annotations

import pytest

from backdrop.core.clutter import is_clutter


@pytest.mark.parametrize(
    "path",
    [
        ".DS_Store", "SKU-A/._front.jpg", "Thumbs.db", "SKU/THUMBS.DB", "desktop.ini", "__MACOSX/SKU-A/front.jpg",
        "@eaDir/front.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/old.jpg", "$RECYCLE.BIN/S-1-5/x.jpg", "@Recycle/x.jpg",
        "Catalog Previews.lrdata/0/1.jpg", "Fotos.photoslibrary/originals/A/1.heic", ".git/x.png", "Icon\r",
    ],
)  # fmt: skip
def test_what_nobody_means_to_add(path: str) -> None:
    assert is_clutter(path)


@pytest.mark.parametrize(
    "path",
    [
        "front.jpg", "a.b.jpg", "Recycler/front.jpg", "#recycled/front.jpg", "macosx.jpg", "thumbs.db.jpg",
        "photoslibrary/x.jpg", "lrdata.jpg", "my.lrdata.jpg", "eaDir/x.jpg", "Été 2026/ça va.png", "…/x.jpg",
    ],
)  # fmt: skip
def test_what_people_call_their_products(path: str) -> None:
    assert not is_clutter(path)
