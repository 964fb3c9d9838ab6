from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from backdrop_client.errors import WrongUse
from backdrop_client.scan import find_photos


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(*arguments: Path, out: Path | None = None) -> list[str]:
    return [photo.name for photo in find_photos(arguments, out)]


def test_folders_are_searched_sorted_and_only_for_photos(tmp_path: Path) -> None:
    photos = ["b.JPG", "a b.jpeg", "sub/é.png", "sub/deep/c.WebP", "d.HEIC", "e.heif"]
    for name in [*photos, "notes.txt", ".hidden.jpg", ".git/d.jpg"]:
        touch(tmp_path / name)
    assert names(tmp_path) == ["a b.jpeg", "b.JPG", "d.HEIC", "e.heif", "sub/deep/c.WebP", "sub/é.png"]


def test_a_file_named_directly_is_taken_whatever_its_extension(tmp_path: Path) -> None:
    assert names(touch(tmp_path / "x.tiff"), touch(tmp_path / ".y.jpg")) == ["x.tiff", ".y.jpg"]


def test_the_same_file_counts_once_and_the_same_name_elsewhere_again(tmp_path: Path) -> None:
    a, b = touch(tmp_path / "a/mug.jpg"), touch(tmp_path / "b/mug.jpg")
    (tmp_path / "link.jpg").symlink_to(a)
    found = find_photos(
        [a, tmp_path / "a", tmp_path / "a" / ".." / "a" / "mug.jpg", tmp_path / "b", tmp_path / "link.jpg"]
    )
    assert [photo.path.resolve() for photo in found] == [a.resolve(), b.resolve()]
    assert [photo.relative for photo in found] == [PurePosixPath("mug.jpg")] * 2


def test_results_of_an_earlier_run_inside_the_folder_are_not_photos(tmp_path: Path) -> None:
    touch(tmp_path / "mug.jpg")
    touch(tmp_path / "out/mug.png")
    assert names(tmp_path, out=tmp_path / "out") == ["mug.jpg"]
    with pytest.raises(WrongUse) as caught:
        find_photos([tmp_path], tmp_path)
    assert caught.value.code == "OUT_IS_SOURCE"


def test_all_missing_arguments_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"one\.jpg.*two"):
        find_photos([tmp_path / "one.jpg", touch(tmp_path / "there.jpg"), tmp_path / "two"])


def test_an_empty_folder_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse) as caught:
        find_photos([tmp_path])
    assert caught.value.code == "NO_PHOTOS"


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX only")
def test_a_name_that_is_no_unicode_can_still_be_sent(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    with open(path, "wb") as stream:  # noqa: PTH123 - pathlib has no bytes paths
        stream.write(b"x")
    (photo,) = find_photos([tmp_path])
    assert photo.name == "caf\ufffd.jpg"
    assert photo.path.read_bytes() == b"x"


def test_a_path_too_long_for_the_service_is_shortened_to_the_file_name(tmp_path: Path) -> None:
    path = touch(tmp_path / ("d" * 200) / ("e" * 100) / "mug.jpg")
    (photo,) = find_photos([tmp_path])
    assert photo.name == "mug.jpg"
    assert str(photo.relative).endswith("/mug.jpg")
    assert photo.path == path
