"""Images of a job that people name: by the names of their files, by their ids, or by the SKUs of their photos."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from backdrop.api.schemas.jobs import Image
from backdrop.core.names import shown
from backdrop.core.vocabulary import ImageStatus
from backdrop_client.errors import WrongUse
from backdrop_client.file_list import inert
from backdrop_client.file_names import JobNames

_TOLD = 3
"""Names that are told in one message, and near ones of each."""


def find_chosen(
    images: Sequence[Image], names: JobNames, *, only: Iterable[str] = (), skus: Iterable[str] = ()
) -> frozenset[str] | None:
    """The ids of the images that are named; None where none is, so all are meant.

    Args:
        images: all of the job.
        names: of their files.
        only: files' names with their folders, as `list.csv` has them, or ids.
        skus: of photos, of which every image is meant: as their sheet gave them, or else their folders' names.

    Raises:
        WrongUse: `IMAGE_UNKNOWN`: the job has no such image; the names that come nearest are told.
    """
    only, skus = list(only), list(skus)
    if not only and not skus:
        return None
    by_name = _index((name, image) for image in images for name in _names_of(image, names))
    by_sku = _index((sku, image) for image in images if (sku := image.sku or names.sku_folder(image)))
    unknown = [
        *_unknown("image", only, by_name, by_name.keys() - {image.image_id for image in images}),
        *_unknown("image with the SKU", skus, by_sku, by_sku.keys()),
    ]
    if unknown:
        more = f" And {len(unknown) - _TOLD:,} more are unknown." if len(unknown) > _TOLD else ""
        raise WrongUse(
            "IMAGE_UNKNOWN",
            " ".join(unknown[:_TOLD]) + more,
            "Write names as list.csv, or the files that `backdrop fetch` downloads, have them.",
        )
    return frozenset().union(*(by_name[_key(one)] for one in only), *(by_sku[_key(one)] for one in skus))


def _names_of(image: Image, names: JobNames) -> Iterator[str]:
    yield image.image_id
    # An image that is not finished has no file, whose name would end in its format.
    if image.status is ImageStatus.SUCCEEDED:
        path = str(names.path(image))
        yield path
        yield shown(inert(path))


def _index(named: Iterable[tuple[str, Image]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, image in named:
        found.setdefault(_key(name), set()).add(image.image_id)
    return found


def _unknown(what: str, wanted: Iterable[str], known: dict[str, set[str]], told: Iterable[str]) -> Iterator[str]:
    told = sorted(told)
    for one in wanted:
        if _key(one) not in known:
            near = get_close_matches(_key(one), told, _TOLD)
            hint = f": {', '.join(map(shown, near))} may be meant." if near else "."
            yield f"The job has no {what} {shown(one)!r}{hint}"


def _key(name: str) -> str:
    """A name as it is compared: systems differ in how they store accents."""
    return unicodedata.normalize("NFC", name).strip()
