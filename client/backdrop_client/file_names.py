"""What the files of a job's images are called, in every download: the one place that decides it (docs/file-names.md).

A name follows from the names of all photos of the job and from their order, and from nothing else. So it is the same
whether all images are downloaded or a few, now or later, by the command or by the web app.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, takewhile
from pathlib import PurePosixPath

from backdrop.api.schemas.jobs import Image, PhotoNames
from backdrop.core.names import in_file_name, name_key
from backdrop_client.errors import UnexpectedAnswer
from backdrop_client.upload import CONTENT_TYPES

IMAGE_EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif"})
"""Of finished images. Each is one dot and a word, so that two stems can't make one file name."""

LIST_NAME = "list.csv"
"""The list of an archive's files, beside its folders: nothing else is called so."""

MAX_COMPONENT_BYTES = 255
"""Of a file's or folder's name in UTF-8: what ext4, APFS and NTFS all take."""

MAX_STEM_BYTES = MAX_COMPONENT_BYTES - max(map(len, IMAGE_EXTENSIONS))
"""Of a file's name without its extension."""

_PHOTO_EXTENSIONS = frozenset(CONTENT_TYPES)

# What Windows refuses: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_UNSAFE = re.compile(r'[<>:"|?*/\\]')

# Names that Windows keeps for devices, whatever follows the first dot.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?")

_Folder = tuple[str, ...]


class JobNames:
    """The names of one job's files: folders as they were uploaded, and in each of them

    1. a name that was given when the job was submitted, or by an earlier job, if its photo was copied from there;
    2. the photo's own name, for the first photo that has it;
    3. for a further variation, its photo's name and its number;
    4. for another photo of the same name, that name and the next number that is free.
    No image gets a number with which it would have the name of another photo.
    """

    def __init__(self, photos: Iterable[PhotoNames]) -> None:
        """Find the names of all `photos` of the job, given in the order in which they were registered."""
        self._photos = {photo.photo_id: photo for photo in photos}
        self._paths: dict[str, PurePosixPath] = {}
        self._folders: dict[_Folder, PurePosixPath] = {(): PurePosixPath()}
        self._names: dict[PurePosixPath, _Names] = {PurePosixPath(): _Names(folders={name_key(LIST_NAME)})}
        self._adopted: dict[_Folder, PurePosixPath] = {(): PurePosixPath()}
        given = [(photo, name) for photo in self._photos.values() for name in (photo.file_names or [])[: photo.images]]
        # Folders first: a file makes room for one, as all files of a folder move with it.
        for photo, name in given:
            self._adopt(_parts(photo.name)[:-1], _parts(name)[:-1])
        for photo in self._photos.values():
            self._own(photo)
        self._name_given()
        self._name_first()
        self._name_others()

    @property
    def stems(self) -> Iterable[PurePosixPath]:
        """The paths of all images, without extension."""
        return self._paths.values()

    def path(self, image: Image) -> PurePosixPath:
        """Where a finished image lies in an archive or a folder, such as `SKU-A/detail/front (2).jpg`.

        Raises `UnexpectedAnswer` for an image that is none of the job's.
        """
        stem = self._of(image.image_id)
        return stem.with_name(stem.name + extension_of(image))

    def single(self, image_id: str) -> str:
        """What an image is called where there are no folders, without extension, such as `SKU-A_detail_front (2)`.

        Raises `UnexpectedAnswer` for an image that is none of the job's.
        """
        self._of(image_id)
        return self._singles[image_id]

    def sku_folder(self, image: Image) -> str:
        """The first folder of a photo below those that all photos of the job have in common; empty: it has none.

        Raises `UnexpectedAnswer` for an image that is none of the job's.
        """
        self._of(image.image_id)
        return self.sku_folder_of(image.photo_id)

    def sku_folder_of(self, photo_id: str) -> str:
        """The same of one of the job's photos."""
        folders = folders_of(self._photos[photo_id].name)
        return folders[self._shared] if folders else ""

    def kept_by_copy(self, photo_id: str, variations: Sequence[int]) -> list[str]:
        """The names that a copy of the photo takes along for these of its images, counted from 1; none where it finds
        them itself."""
        photo = self._photos[photo_id]
        names = [str(self._of(image_id_of(photo_id, number))) for number in variations]
        alone = JobNames([PhotoNames(photo_id=photo_id, name=photo.name, images=len(names))])
        return [] if names == list(map(str, alone.stems)) else names

    def _of(self, image_id: str) -> PurePosixPath:
        if image_id not in self._paths:
            raise UnexpectedAnswer("The Backdrop service", f"an image {image_id} that is not among the job's names")
        return self._paths[image_id]

    def _name_given(self) -> None:
        for photo in self._photos.values():
            for number, name in enumerate((photo.file_names or [])[: photo.images], 1):
                *folders, last = _parts(name) or [""]
                folder, stem = self._adopted[tuple(folders)], portable(last, "photo", MAX_STEM_BYTES)
                if self._names[folder].take(stem):
                    self._paths[image_id_of(photo.photo_id, number)] = folder / stem

    def _name_first(self) -> None:
        """The first photo of a name gets it; those after it come last, so that their numbers take nobody's name."""
        self._late: list[PhotoNames] = []
        for photo in self._photos.values():
            if photo.photo_id in self._paths:
                continue
            folder, stem = self._own(photo)
            if self._names[folder].take(stem):
                self._paths[photo.photo_id] = folder / stem
            else:
                self._late.append(photo)

    def _name_others(self) -> None:
        late = {photo.photo_id for photo in self._late}
        for photo in self._photos.values():
            if photo.photo_id not in late:
                self._name_variations(photo)
        for photo in self._late:
            folder, stem = self._own(photo)
            self._paths[photo.photo_id] = folder / self._names[folder].number(stem, 2)
            self._name_variations(photo)

    def _name_variations(self, photo: PhotoNames) -> None:
        first = self._paths[photo.photo_id]
        for number in range(2, photo.images + 1):
            id_ = image_id_of(photo.photo_id, number)
            if id_ not in self._paths:
                self._paths[id_] = first.with_name(self._names[first.parent].number(first.name, number))

    def _own(self, photo: PhotoNames) -> tuple[PurePosixPath, str]:
        """The folder of a photo's images, and the name that the first of them would have if nobody else had it."""
        *folders, last = _parts(photo.name) or [""]
        return self._folder(tuple(folders)), portable(_without_extension(last), "photo", MAX_STEM_BYTES)

    def _folder(self, folders: _Folder) -> PurePosixPath:
        """Where the files of a folder of the upload go; two folders stay two where case does not count."""
        if folders not in self._folders:
            parent = self._folder(folders[:-1])
            wished = portable(folders[-1], "folder", MAX_COMPONENT_BYTES)
            self._folders[folders] = made = parent / self._names[parent].folder(wished)
            self._names[made] = _Names()
        return self._folders[folders]

    def _adopt(self, own: list[str], given: list[str]) -> None:
        """Make the folders of a name that an earlier job gave; the photo's own folders are these from now on."""
        made = PurePosixPath()
        for depth in range(1, len(given) + 1):
            folders = tuple(given[:depth])
            if folders not in self._adopted:
                self._adopted[folders] = made / self._names[made].folder(
                    portable(given[depth - 1], "folder", MAX_COMPONENT_BYTES)
                )
                self._names[self._adopted[folders]] = _Names()
            made = self._adopted[folders]
            self._folders.setdefault(tuple(own[:depth]) if len(own) == len(given) else folders, made)

    @cached_property
    def _shared(self) -> int:
        """How many folders all photos that lie in folders have in common; each keeps one that is its own."""
        folders = [parts[:-1] for photo in self._photos.values() if len(parts := _parts(photo.name)) > 1]
        levels = list(zip(*folders, strict=False))
        alike = len(list(takewhile(lambda level: len(set(level)) == 1, levels)))
        return max(0, min(alike, len(levels) - 1))

    @cached_property
    def _singles(self) -> dict[str, str]:
        ids = (image_id_of(id_, number) for id_, photo in self._photos.items() for number in range(1, photo.images + 1))
        names, singles = _Names(), {id_: _flat(self._paths[id_]) for id_ in ids}
        late = [id_ for id_, name in singles.items() if not names.take(name)]
        return singles | {id_: names.number(singles[id_], 2) for id_ in late}


@dataclass
class _Names:
    """What is taken in one folder, by keys: the files' stems, and the folders' names."""

    stems: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)

    def take(self, stem: str) -> bool:
        """Take a stem, if it is free."""
        key = name_key(stem)
        if key in self.stems:
            return False
        self.stems.add(key)
        return True

    def number(self, stem: str, first: int) -> str:
        """Take the stem with the next free number, from `first` on."""
        key = name_key(stem)
        for number in count(max(first, self.last.get(key, 1) + 1)):
            if self.take(name := numbered(stem, number)):
                self.last[key] = number
                return name
        raise AssertionError("numbers do not end")

    def folder(self, name: str) -> str:
        """Take a folder's name, with a number if it is not free."""
        for number in count(1):
            wished = numbered(name, number, MAX_COMPONENT_BYTES)
            if (key := name_key(wished)) not in self.folders:
                self.folders.add(key)
                # A folder `a.jpg` and the file `a.jpg`: no file system has both.
                if PurePosixPath(key).suffix in IMAGE_EXTENSIONS:
                    self.stems.add(key[: key.rindex(".")])
                return wished
        raise AssertionError("numbers do not end")


def image_id_of(photo_id: str, variation: int) -> str:
    """The id of a photo's image (docs/contracts.md, Names)."""
    return photo_id if variation == 1 else f"{photo_id}-{variation}"


def extension_of(image: Image) -> str:
    """The extension of a finished image, with its dot; anything unknown becomes `.png`."""
    extension = PurePosixPath(image.download_name or "").suffix.lower()
    return extension if extension in IMAGE_EXTENSIONS else ".png"


def portable(component: str, instead: str, most_bytes: int = MAX_COMPONENT_BYTES) -> str:
    """A file's or folder's name that means the same on every system, in NFC; `instead` where nothing is left of it.

    Dots and spaces at its end vanish on Windows, dots at its beginning hide it elsewhere.
    """
    text = _UNSAFE.sub("_", in_file_name(unicodedata.normalize("NFC", component))).strip(" .")
    text = f"_{text}" if _DEVICE.fullmatch(text) else text
    return _cut(text, most_bytes) or instead


def numbered(stem: str, number: int, most_bytes: int = MAX_STEM_BYTES) -> str:
    """Return `mug` or `mug (2)`; a long stem is cut so that it fits with its number."""
    tail = f" ({number})" if number > 1 else ""
    return _cut(stem, most_bytes - len(tail)) + tail


def path_key(path: PurePosixPath) -> str:
    """Return a text that is the same for two paths exactly where some file system takes them for one."""
    return name_key(str(path))


def _cut(text: str, most_bytes: int) -> str:
    """Return at most that many bytes of UTF-8, cut between characters."""
    return text.encode()[:most_bytes].decode("utf-8", "ignore").rstrip(" .")


def _parts(name: str) -> list[str]:
    """The folders and the file name of a photo, by either kind of slash, and without those that lead elsewhere."""
    return [
        unicodedata.normalize("NFC", part) for part in re.split(r"[/\\]", name) if part.strip() not in {"", ".", ".."}
    ]


def folders_of(name: str) -> list[str]:
    """The folders of a photo, the outermost one first."""
    return _parts(name)[:-1]


def stem_of(name: str) -> str:
    """A photo's name without folders and extension."""
    return _without_extension((_parts(name) or [""])[-1])


def _without_extension(name: str) -> str:
    """Return `mug.v1.jpeg` as `mug.v1`; what is no photo's extension stays: `shelf 1.5 m`."""
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in _PHOTO_EXTENSIONS else name


def _flat(path: PurePosixPath) -> str:
    """A path as one name; folders that would make it too long are left out, the first ones first."""
    *folders, name = path.parts
    for folder in reversed(folders):
        if len(f"{folder}_{name}".encode()) > MAX_STEM_BYTES:
            break
        name = f"{folder}_{name}"
    return name
