"""The manifest: one JSON line per image, what the Distributed Map reads (docs/architecture.md section 6)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from backdrop.domain.jobs import Box


def manifest_line(
    *,
    image_id: str,
    image_name: str,
    key: str,
    labels: Sequence[str] = (),
    boxes: Sequence[Box] = (),
    sha256: str | None = None,
    size_bytes: int | None = None,
    width: int | None = None,
    height: int | None = None,
) -> bytes:
    """One line, with its newline.

    `labels` are the names to keep, `boxes` where they are (shares of the upright image); `sha256` and `size_bytes`
    are the upload's, `width` and `height` the upright image's pixels. What is None is left out.
    """
    line = {
        "ImageId": image_id,
        "ImageName": image_name,
        "Key": key,
        "Labels": ",".join(labels),
        "Boxes": boxes,
        "Sha256": sha256,
        "Bytes": size_bytes,
        "Width": width,
        "Height": height,
    }
    known = {name: value for name, value in line.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
