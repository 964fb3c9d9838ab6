from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from backdrop_cli.scan import Why, find_masks, find_photos, left_out_lines
from backdrop_client.errors import WrongUse
from backdrop_client.upload import PhotoSource


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(*arguments: Path, out: Path | None = None) -> list[str]:
    return [photo.name for photo in find_photos(arguments, out).photos]


def test_folders_are_searched_sorted_and_only_for_photos(tmp_path: Path) -> None:
    photos = [
        "b.JPG",
        "a b.jpeg",
        "sub/é.png",
        "sub/deep/c.WebP",
        "d.HEIC",
        "e.heif",
        "f.jfif",
        "g.JPE",
        "h.mpo",
        "i.hif",
        "j.Tif",
        "k.tiff",
        "l.avif",
    ]
    system = [".git", ".hidden.jpg", "@eaDir", "Katalog.lrdata", "sub/#recycle", "sub/$Recycle.Bin", "sub/._é.png"]
    for name in [*photos, "notes.txt", "sub/a.pdf", *(f"{name}/x.jpg" for name in system if "." not in name[2:])]:
        touch(tmp_path / name)
    for name in system:
        if not (tmp_path / name).exists():
            touch(tmp_path / name)
    found = find_photos([tmp_path])
    assert sorted(photo.name for photo in found.photos) == sorted(photos)
    assert names(tmp_path)[:2] == ["a b.jpeg", "b.JPG"]
    left = {(one.name, one.why) for one in found.left_out}
    assert left == {(name, Why.SYSTEM) for name in system} | {("notes.txt", Why.NO_PHOTO), ("sub/a.pdf", Why.NO_PHOTO)}
    assert find_photos([tmp_path, tmp_path / "sub"]).left_out == found.left_out, "once, however often it is reached"
    assert left_out_lines(found.left_out)[1] == "Left out, no photo (2): notes.txt, sub/a.pdf."


def test_the_bytes_decide_where_the_name_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "scan.tmp").write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    (tmp_path / "IMG_0001").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    (tmp_path / "DSC_1.NEF").write_bytes(b"MM\0*" + bytes(20))
    (tmp_path / "clip.mov").write_bytes(bytes(4) + b"ftypqt  " + bytes(20))
    os.mkfifo(tmp_path / "pipe")
    found = find_photos([tmp_path])
    assert [photo.name for photo in found.photos] == ["IMG_0001", "scan.tmp"]
    assert [PhotoSource.from_path(photo.path).content_type for photo in found.photos] == ["image/png", "image/jpeg"]
    assert [(one.name, one.why) for one in found.left_out] == [
        ("DSC_1.NEF", Why.NO_PHOTO),
        ("clip.mov", Why.NO_PHOTO),
        ("pipe", Why.NO_PHOTO),
    ]


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    touch(tmp_path / "shop/z/mug.jpg")
    touch(tmp_path / "elsewhere/cup.jpg")
    (tmp_path / "shop/again").symlink_to(tmp_path / "shop/z")
    (tmp_path / "shop/more").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "shop")
    assert names(tmp_path / "shop") == ["more/cup.jpg", "z/mug.jpg"]


def test_many_left_out_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    for number in range(1_000):
        touch(tmp_path / f"{number:03}.txt")
    with pytest.raises(WrongUse, match=r"no photo \(1,000\): 000\.txt, .* 009\.txt and 990 more\."):
        find_photos([tmp_path])


def test_a_file_named_directly_is_taken_whatever_its_extension(tmp_path: Path) -> None:
    assert names(touch(tmp_path / "x.tiff"), touch(tmp_path / ".y.jpg")) == ["x.tiff", ".y.jpg"]


def test_the_same_file_counts_once_and_the_same_name_elsewhere_again(tmp_path: Path) -> None:
    a, b = touch(tmp_path / "a/mug.jpg"), touch(tmp_path / "b/mug.jpg")
    (tmp_path / "link.jpg").symlink_to(a)
    found = find_photos(
        [a, tmp_path / "a", tmp_path / "a" / ".." / "a" / "mug.jpg", tmp_path / "b", tmp_path / "link.jpg"]
    ).photos
    assert [photo.path.resolve() for photo in found] == [a.resolve(), b.resolve()]
    assert [photo.relative for photo in found] == [PurePosixPath("a/mug.jpg"), PurePosixPath("b/mug.jpg")]


def test_paths_begin_below_the_folder_that_holds_all_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SKU-A/front.jpg", "SKU-A/detail/front.jpg", "SKU-B/front.jpg"):
        touch(tmp_path / "shop" / name)
    monkeypatch.chdir(tmp_path / "shop")
    all_three = ["SKU-A/detail/front.jpg", "SKU-A/front.jpg", "SKU-B/front.jpg"]

    assert names(Path()) == all_three
    assert names(Path("SKU-A"), Path("SKU-B")) == all_three
    assert names(Path("SKU-A/front.jpg"), tmp_path / "shop" / "SKU-B") == ["SKU-A/front.jpg", "SKU-B/front.jpg"]
    assert names(Path("../shop/SKU-A/front.jpg"), Path("SKU-B/front.jpg")) == ["SKU-A/front.jpg", "SKU-B/front.jpg"]
    assert names(Path("SKU-A")) == ["detail/front.jpg", "front.jpg"]
    assert names(Path("SKU-A/front.jpg")) == ["front.jpg"]
    assert names(Path("SKU-A"), Path("SKU-A/detail")) == ["detail/front.jpg", "front.jpg"]


def test_masks_of_several_folders_lie_in_folders_too(tmp_path: Path) -> None:
    for name in ("SKU-A/front.jpg", "SKU-B/front.jpg", "masks/SKU-B/front.png"):
        touch(tmp_path / name)
    found = find_photos([tmp_path / "SKU-A", tmp_path / "SKU-B"]).photos
    assert find_masks(found, tmp_path / "masks") == ({1: tmp_path / "masks/SKU-B/front.png"}, [])


def test_masks_match_by_unicode_form_and_without_case_and_those_left_over_are_named(tmp_path: Path) -> None:
    composed, taken_apart = "\u00e9t\u00e9", "e\u0301te\u0301"
    for name in (f"{composed}.jpg", "Mug.JPG", "cup.jpg", "plain.jpg"):
        touch(tmp_path / "photos" / name)
    masks = tmp_path / "masks"
    for name in (f"{taken_apart}.PNG", "mug.png", "CUP.png", "cup.png", "none.png", "notes.txt", ".DS_Store"):
        touch(masks / name)
    photos = find_photos([tmp_path / "photos"]).photos
    found, left_over = find_masks(photos, masks)
    assert {photos[index].name: mask.name for index, mask in found.items()} == {
        f"{composed}.jpg": f"{taken_apart}.PNG",
        "Mug.JPG": "mug.png",
        "cup.jpg": "cup.png",
    }
    assert left_over == ["CUP.png", "none.png", "notes.txt"]


def test_a_hidden_photo_that_is_named_has_its_mask(tmp_path: Path) -> None:
    photos = find_photos([touch(tmp_path / ".mug.jpg")]).photos
    mask = touch(tmp_path / "masks/.mug.png")
    assert find_masks(photos, tmp_path / "masks") == ({0: mask}, [])


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
    (photo,) = find_photos([tmp_path]).photos
    assert photo.name == "caf\ufffd.jpg"
    assert photo.path.read_bytes() == b"x"


def test_a_deep_path_is_kept_and_one_too_deep_for_the_service_keeps_its_last_folders(tmp_path: Path) -> None:
    deep = PurePosixPath(*(letter * 200 for letter in "abcd"), "mug.jpg")
    touch(tmp_path / deep)
    assert names(tmp_path) == [str(deep)]

    path = touch(tmp_path / ("z" * 200) / ("y" * 200) / deep)
    (photo,) = find_photos([tmp_path / ("z" * 200)]).photos
    assert photo.name == "/".join(["y" * 200, *("abcd"[n] * 200 for n in range(4)), "mug.jpg"])[-len(photo.name) :]
    assert photo.name.startswith("a" * 200 + "/") or photo.name.startswith("y" * 200 + "/")
    assert len(photo.name) <= 1024
    assert photo.path == path
