"""Small pictures for the report's page, out of the thumbnails that lie beside photos and finished images."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.logging import Logger

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.imaging.thumbnails import shrink_thumbnail
from backdrop.jobs.ports import ObjectStore
from backdrop.jobs.proof.series import Signer
from backdrop.reports import page
from backdrop.reports.proof.pages import sign_page

logger = Logger(child=True)

_AT_ONCE = 10
"""As many connections as botocore keeps."""
_FEW, _SIDE_OF_FEW, _SIDE = 24, 480, 240
"""Pixels a side: so many images may have the larger ones."""


def write_page(
    objects: ObjectStore,
    bucket: str,
    key: str,
    document: bytes,
    verdicts: Mapping[str, str],
    *,
    job_url: str | None,
    images_url: str | None,
    written_at: str,
    reasons: Mapping[str, str] | None = None,
    signer: Signer | None = None,
) -> None:
    """Write the page of a report, which was written as `document`, to `key`. `signer`: None: it is not signed.

    Raises:
        BackdropError: `STORAGE_ERROR`. A picture that can't be had is left out.
    """
    report = json.loads(document)
    pictures = read_pictures(objects, bucket, page.chosen(report))
    html = page.to_html(
        report, pictures, verdicts, job_url=job_url, images_url=images_url, written_at=written_at, reasons=reasons
    )
    objects.put(bucket, key, sign_page(html, signer) if signer else html, "text/html; charset=utf-8")


def read_pictures(objects: ObjectStore, bucket: str, images: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return JPEGs of the photos and finished images of a report's `images`, by their keys.

    One that is missing (jobs of other systems have none of photos) or broken is left out: the page says so, and the
    report is no worse for it.
    """
    wanted = [one["Source"]["Key"] for one in images] + [one["Output"]["Key"] for one in images if one["Output"]]
    side = _SIDE_OF_FEW if len(images) <= _FEW else _SIDE
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        unique = list(dict.fromkeys(wanted))
        found = pool.map(lambda key: _read(objects, bucket, key, side), unique)
        return {key: data for key, data in zip(unique, found, strict=True) if data is not None}


def _read(objects: ObjectStore, bucket: str, key: str, side: int) -> bytes | None:
    try:
        return shrink_thumbnail(objects.get(bucket, keys.thumbnail_key(key), ErrorCode.PHOTO_MISSING), side)
    except (BackdropError, OSError) as error:
        if not (isinstance(error, BackdropError) and error.code is ErrorCode.PHOTO_MISSING):
            logger.warning("no picture for the page", extra={"key": key, "reason": str(error)})
        return None
