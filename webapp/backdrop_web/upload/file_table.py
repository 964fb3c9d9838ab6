"""Which file of the browser is which photo of the draft."""

from __future__ import annotations

from collections.abc import Iterable

from backdrop_web.upload.protocol import FileOffer


class FileTable:
    """The files that the browser offered, by its ids, and the photos that they became, by the service's."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._offers: dict[str, FileOffer] = {}
        self._photo_of: dict[str, str] = {}
        self._file_of: dict[str, str] = {}

    @property
    def photo_ids(self) -> set[str]:
        """The photos that files were registered as."""
        return set(self._photo_of.values())

    def mark_seen(self, file_ids: Iterable[str]) -> None:
        """Note that these offers were answered: when they come again, nothing is done."""
        self._seen.update(file_ids)

    def is_seen(self, file_id: str) -> bool:
        """Whether an offer was answered before."""
        return file_id in self._seen

    def link(self, offer: FileOffer, photo_id: str) -> None:
        """Note that a file is this photo, and on its way."""
        self._offers[offer.id] = offer
        self._photo_of[offer.id] = photo_id
        self._file_of[photo_id] = offer.id

    def unlink_file(self, file_id: str) -> str | None:
        """Forget which photo a file is; return the photo's id."""
        return self._photo_of.pop(file_id, None)

    def unlink_photo(self, photo_id: str) -> None:
        """Forget which file a photo is."""
        self._file_of.pop(photo_id, None)

    def drop_offer(self, file_id: str) -> None:
        """Note that a file is no longer on its way."""
        self._offers.pop(file_id, None)

    def find_offers(self, file_ids: Iterable[str]) -> list[FileOffer]:
        """Return the offers of these files, as far as they are on their way."""
        return [self._offers[file_id] for file_id in file_ids if file_id in self._offers]

    def find_photo(self, file_id: str) -> str | None:
        """Return the id of the photo that a file is."""
        return self._photo_of.get(file_id)

    def find_file(self, photo_id: str) -> str | None:
        """Return the id of the file that a photo is."""
        return self._file_of.get(photo_id)

    def has_same_file(self, offer: FileOffer) -> bool:
        """Whether the same file is on its way under another id."""
        return any(offer.is_same_file(other) for other in self._offers.values())
