"""Finding the photos a user means by the files and folders on the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from backdrop.core.clutter import is_clutter
from backdrop.core.names import printable, shown
from backdrop_client.errors import WrongUse
from backdrop_client.file_names import path_key
from backdrop_client.upload import CONTENT_TYPES, content_type_of_file

_MAX_PATH_CHARACTERS = 1024  # the API's limit for a photo's name with its folders
_NAMED = 10  # of those left out, for each reason


@dataclass(frozen=True)
class FoundPhoto:
    """A photo on disk.

    Args:
        path: where it lies.
        relative: its path below the folder that holds all that was given; decides where the result goes.
    """

    path: Path
    relative: PurePosixPath

    @property
    def name(self) -> str:
        """The name for people and the service: printable, with its folders, the last ones of a very deep path."""
        parts = list(self.relative.parts)
        while len(name := printable("/".join(parts))) > _MAX_PATH_CHARACTERS and len(parts) > 1:
            del parts[0]
        return name


class Why(StrEnum):
    """Why a file or folder below a named folder was left out."""

    SYSTEM = "the system's own"
    NO_PHOTO = "no photo"
    UNREADABLE = "can't be read"


@dataclass(frozen=True)
class LeftOut:
    """What a folder holds and is not taken. `name` is its path below the named folder."""

    name: str
    why: Why


@dataclass(frozen=True)
class Found:
    """What the files and folders on the command line came to."""

    photos: list[FoundPhoto]
    left_out: list[LeftOut]


def find_photos(arguments: Sequence[Path], out: Path | None = None, masks: Path | None = None) -> Found:
    """All photos named by `arguments`, in their order, folders searched recursively and sorted.

    In folders a file counts whose extension is in `CONTENT_TYPES` (any case) or whose first bytes are a photo's.
    What a system puts there (`core/clutter.py`) and what is no photo is left out, and told. Linked folders are
    followed, each folder once. `out` and `masks` are skipped, so that results and masks are not taken for photos. A
    file named directly is taken whatever it is: the service says why not. A file reached twice counts once; photos
    of the same name in different folders are different photos, and their folders go along: paths begin below the
    deepest folder that holds all that was named, so those of one folder begin in it, and those of `SKU-A SKU-B` with
    `SKU-A/` and `SKU-B/`.

    Raises `WrongUse` when an argument does not exist or can't be read, `out` or `masks` is one of the folders, or
    nothing is found.
    """
    _check_arguments(arguments, out, masks)
    hidden = {folder.resolve() for folder in (out, masks) if folder}
    base = _folder_of_all(arguments)
    photos: list[FoundPhoto] = []
    left_out: list[LeftOut] = []
    seen: set[tuple[Path, Why | None]] = set()
    for argument in arguments:
        for path, why in _look_through(argument, hidden) if argument.is_dir() else [(argument, None)]:
            this = (path.resolve(), why)
            if this in seen:
                continue
            seen.add(this)
            if why:
                left_out.append(LeftOut(path.relative_to(argument).as_posix(), why))
            else:
                photos.append(FoundPhoto(path, _below(path, base)))
    if not photos:
        raise WrongUse(
            "NO_PHOTOS",
            " ".join(
                [
                    f"No photos found in {', '.join(str(argument) for argument in arguments) or 'nothing'}.",
                    *left_out_lines(left_out),
                ]
            ),
            f"Name photos, or folders that hold some ({', '.join(CONTENT_TYPES)}).",
        )
    return Found(photos, left_out)


def left_out_lines(left_out: Sequence[LeftOut]) -> list[str]:
    """A line for each reason, with how many and the first names."""
    lines = []
    for why in Why:
        names = [one.name for one in left_out if one.why is why]
        if names:
            lines.append(f"Left out, {why} {counted(names)}.")
    return lines


def counted(names: Sequence[str]) -> str:
    """How many, and the first of them: `(2): a.jpg, b.jpg`."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"({len(names):,}): {', '.join(map(shown, names[:_NAMED]))}{more}"


def find_masks(photos: Sequence[FoundPhoto], folder: Path) -> tuple[dict[int, Path], list[str]]:
    """Place in `photos` -> the photo's mask in `folder`: the same path below it, as .png.

    Names are compared by Unicode form and without case (macOS and Windows change both), but the very same name comes
    first. Also returns the files below `folder` that are no photo's mask, by their paths in it; clutter is none.

    Raises `WrongUse` when there is no mask for any of them.
    """
    files = {PurePosixPath(path.relative_to(folder).as_posix()): path for path, _ in sorted(_walk(folder, set()))}
    alike: dict[str, Path] = {}
    for name, path in files.items():
        if name.suffix.lower() == ".png":
            alike.setdefault(path_key(name), path)
    found: dict[int, Path] = {}
    for index, photo in enumerate(photos):
        wanted = photo.relative.with_suffix(".png")
        if mask := files.get(wanted) or alike.get(path_key(wanted)):
            found[index] = mask
    if not found:
        example = folder / photos[0].relative.with_suffix(".png")
        raise WrongUse(
            "NO_MASKS",
            f"{folder} holds no mask for any of the photos.",
            f"Name masks after their photos, for example {printable(str(example))}, or leave --masks out.",
        )
    used = set(found.values())
    return found, [str(name) for name, path in files.items() if path not in used and not is_clutter(str(name))]


def _check_arguments(arguments: Sequence[Path], out: Path | None, masks: Path | None) -> None:
    missing = [str(argument) for argument in arguments if not (argument.is_file() or argument.is_dir())]
    if missing:
        raise WrongUse("PHOTO_MISSING", f"No such file or folder: {', '.join(missing)}.", "Check the spelling.")
    if out and any(argument.is_dir() and argument.resolve() == out.resolve() for argument in arguments):
        raise WrongUse(
            "OUT_IS_SOURCE",
            f"{out} is also a folder of source photos.",
            "Choose another folder for the results, so that they are not taken for photos next time.",
        )
    if masks and any(argument.is_dir() and argument.resolve() == masks.resolve() for argument in arguments):
        raise WrongUse(
            "MASKS_ARE_SOURCE",
            f"{masks} is also a folder of source photos.",
            "Put the masks into a folder of their own, so that they are not taken for photos.",
        )


def _folder_of_all(arguments: Iterable[Path]) -> Path | None:
    """The deepest folder that holds all that was named; None on Windows, for several drives."""
    # Not resolved: a link is called as the user calls it.
    named = [os.path.abspath(argument if argument.is_dir() else argument.parent) for argument in arguments]  # noqa: PTH100
    try:
        return Path(os.path.commonpath(named)) if named else None
    except ValueError:
        return None


def _below(path: Path, base: Path | None) -> PurePosixPath:
    whole = Path(os.path.abspath(path))  # noqa: PTH100
    return PurePosixPath((whole.relative_to(base) if base else whole.relative_to(whole.anchor)).as_posix())


def _look_through(root: Path, hidden: Set[Path]) -> Iterator[tuple[Path, Why | None]]:
    """What lies below `root`, sorted, each with the reason why it is left out, if it is."""
    for path, clutter in sorted(_walk(root, hidden)):
        yield path, Why.SYSTEM if clutter else _why_not(path)


def _walk(root: Path, hidden: Set[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file below `root`, and whether it is clutter; a folder that is clutter comes as one, and isn't entered."""

    def unreadable(error: OSError) -> None:
        raise WrongUse(
            "FOLDER_UNREADABLE",
            f"The folder {error.filename} can't be read: {error.strerror}.",
            "Check its rights, or leave it out.",
        ) from error

    entered = set(hidden)
    # A link is followed after all that lies here itself, which is called as it is called here.
    pending = [root]
    while pending:
        for folder, folders, files in os.walk(pending.pop(0), onerror=unreadable):
            here = Path(folder)
            real = here.resolve()
            if real in entered:
                folders.clear()
                continue
            entered.add(real)
            clutter = {name for name in (*folders, *files) if is_clutter(name)}
            yield from ((here / name, name in clutter) for name in (*files, *clutter.intersection(folders)))
            folders[:] = sorted(set(folders) - clutter)
            pending += [here / name for name in folders if (here / name).is_symlink()]


def _why_not(path: Path) -> Why | None:
    """Why a file of a folder is left out. One that has a photo's extension and can't be read is named later."""
    try:
        return None if content_type_of_file(path) else Why.NO_PHOTO
    except OSError:
        return Why.UNREADABLE
