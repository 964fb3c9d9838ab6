"""What files are called: by the names and the order of a job's photos, and by nothing else."""

from __future__ import annotations

import os
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backdrop.api.schemas.jobs import Image, PhotoNames
from backdrop_client.errors import UnexpectedAnswer
from backdrop_client.file_names import IMAGE_EXTENSIONS, JobNames, image_id_of, portable
from tests.answers import make_image

THREE_FRONTS = ("SKU-A/front.jpg", "SKU-A/detail/front.jpg", "SKU-B/front.jpg")


def photos(*names: str, images: int = 1) -> list[PhotoNames]:
    return [PhotoNames(photo_id=f"{number:08}", name=name, images=images) for number, name in enumerate(names)]


def image(photo: int, variation: int = 1, extension: str = ".jpg") -> Image:
    return make_image(
        image_id=image_id_of(f"{photo:08}", variation), variation=variation, download_name=f"anything{extension}"
    )


def paths(*names: str, images: int = 1) -> list[str]:
    """Of all images, photo by photo."""
    made = JobNames(photos(*names, images=images))
    return [str(made.path(image(photo, number))) for photo in range(len(names)) for number in range(1, images + 1)]


def test_folders_are_kept_so_that_files_of_one_name_stay_apart() -> None:
    assert paths(*THREE_FRONTS) == list(THREE_FRONTS)


def test_the_extension_is_the_finished_images() -> None:
    made = JobNames(photos("IMG_1.HEIC", "mug.v1.jpeg", "shelf 1.5 m", "a.TIFF", "a.BMP"))
    named = [str(made.path(image(number, extension=".png"))) for number in range(5)]
    assert named == ["IMG_1.png", "mug.v1.png", "shelf 1.5 m.png", "a.png", "a.BMP.png"]
    assert str(made.path(image(0, extension=".exe"))) == "IMG_1.png"


def test_photos_of_one_name_are_numbered_as_they_were_uploaded() -> None:
    assert paths("front.jpg", "front.jpg", "Front.png", "front.jpg") == [
        "front.jpg",
        "front (2).jpg",
        "Front (3).jpg",
        "front (4).jpg",
    ]


def test_no_number_takes_the_name_of_another_photo() -> None:
    assert paths("mug.jpg", "mug.jpg", "mug (2).jpg") == ["mug.jpg", "mug (3).jpg", "mug (2).jpg"]
    assert paths("mug.jpg", "mug (2).jpg", images=2) == ["mug.jpg", "mug (3).jpg", "mug (2).jpg", "mug (2) (2).jpg"]


def test_variations_are_numbered_before_another_photo_of_the_name() -> None:
    assert paths("mug.jpg", "mug.jpg", images=3) == [
        *("mug.jpg", "mug (2).jpg", "mug (3).jpg"),
        *("mug (4).jpg", "mug (4) (2).jpg", "mug (4) (3).jpg"),
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        # The folder moves with all of its files, and stays one folder.
        (["SKU/a.jpg", "sku/a.jpg", "sku/b.jpg"], ["SKU/a.jpg", "sku (2)/a.jpg", "sku (2)/b.jpg"]),
        # e with an acute, in one character and in two: the same folder, and the same name.
        (["\u00e9/\u00e9.jpg", "e\u0301/e\u0301.jpg"], ["\u00e9/\u00e9.jpg", "\u00e9/\u00e9 (2).jpg"]),
        (["ß.jpg", "SS.jpg"], ["ß.jpg", "SS (2).jpg"]),
        # A file and a folder of one name can't lie side by side.
        (["mug.jpg", "mug.jpg/side.jpg"], ["mug (2).jpg", "mug.jpg/side.jpg"]),
        (["list.csv/front.jpg", "list.csv", "list.jpg"], ["list.csv (2)/front.jpg", "list.csv.jpg", "list.jpg"]),
        (["LIST.CSV/front.jpg"], ["LIST.CSV (2)/front.jpg"]),
    ],
)
def test_names_are_apart_where_case_and_unicode_form_do_not_count(names: list[str], expected: list[str]) -> None:
    assert paths(*names) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd.png", "etc/passwd.jpg"),
        ("/etc/passwd.png", "etc/passwd.jpg"),
        ("C:\\shop\\SKU-A\\front.jpg", "C_/shop/SKU-A/front.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("nul/com1.tar.jpg", "_nul/_com1.tar.jpg"),
        ("LPT¹ .jpg", "_LPT¹.jpg"),
        ("console.jpg", "console.jpg"),
        ("a:b?.png", "a_b_.jpg"),
        ("SKU. /front. .jpg", "SKU/front.jpg"),
        (".hidden/.hidden.jpg", "hidden/hidden.jpg"),
        ("...", "photo.jpg"),
        ("..../x.jpg", "folder/x.jpg"),
        ("", "photo.jpg"),
        ("pass\twd\n.jpg", "pass_wd_.jpg"),
        ("photo\u202egpj.exe.jpg", "photo_gpj.exe.jpg"),
        ("lone \ud800.jpg", "lone _.jpg"),
        ("häkel 毛糸 🧶.webp", "häkel 毛糸 🧶.jpg"),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpg"),
        ("é" * 200 + ".jpg", "é" * 125 + ".jpg"),
    ],
)
def test_names_are_safe_everywhere(name: str, expected: str) -> None:
    assert paths(name) == [expected]


def test_long_names_that_are_cut_stay_apart() -> None:
    first, second, third = paths("x" * 300 + "a.jpg", "x" * 300 + "b.jpg", "x" * 300 + "c.jpg")
    assert (first, second[-8:], third[-8:]) == ("x" * 250 + ".jpg", " (2).jpg", " (3).jpg")
    assert {len(second), len(third)} == {254}


def test_one_file_alone_has_its_folders_in_its_name() -> None:
    made = JobNames(photos(*THREE_FRONTS, "SKU-A_front.jpg", "front.jpg", "front.jpg"))
    assert [made.single(f"{number:08}") for number in range(6)] == [
        "SKU-A_front",
        "SKU-A_detail_front",
        "SKU-B_front",
        "SKU-A_front (2)",
        "front",
        "front (2)",
    ]
    deep = JobNames(photos("/".join([*"abcdefgh" * 40, "front.jpg"])))
    assert deep.single("00000000").endswith("g_h_front")
    assert len(deep.single("00000000")) <= 250


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (THREE_FRONTS, ["SKU-A", "SKU-A", "SKU-B"]),
        ([f"Autumn/2026/{name}" for name in THREE_FRONTS], ["SKU-A", "SKU-A", "SKU-B"]),
        (["SKU-A/front.jpg", "SKU-A/detail/front.jpg"], ["SKU-A", "SKU-A"]),
        (["Autumn/SKU-A/front.jpg"], ["SKU-A"]),
        (["front.jpg", "Autumn/SKU-A/front.jpg", "Autumn/SKU-B/front.jpg"], ["", "SKU-A", "SKU-B"]),
        (["front.jpg"], [""]),
        (["SKU-A\\front.jpg", "../SKU-B/front.jpg"], ["SKU-A", "SKU-B"]),
    ],
)
def test_the_sku_folder_is_the_first_that_tells_photos_apart(names: Sequence[str], expected: list[str]) -> None:
    made = JobNames(photos(*names))
    assert [made.sku_folder(image(number)) for number in range(len(names))] == expected


def test_a_copy_takes_along_the_names_that_it_would_not_find_again() -> None:
    names = JobNames(photos("A/front.jpg", "A/front.jpg", "sku/x.jpg", "SKU/x.jpg", images=2))

    assert names.kept_by_copy("00000000", [1, 2]) == []
    assert names.kept_by_copy("00000000", [2]) == ["A/front (2)"]
    assert names.kept_by_copy("00000001", [1, 2]) == ["A/front (3)", "A/front (3) (2)"]
    assert names.kept_by_copy("00000003", [1]) == ["SKU (2)/x"]


def test_names_that_were_taken_along_come_first() -> None:
    made = JobNames(
        [
            *photos("A/front.jpg", "sku/y.jpg"),
            PhotoNames(photo_id="00000007", name="A/front.jpg", images=2, file_names=["A/front"]),
            PhotoNames(photo_id="00000008", name="A/front.jpg", images=1, file_names=["A/front"]),
            PhotoNames(photo_id="00000009", name="SKU/x.jpg", images=1, file_names=["SKU (2)/x", "one too many"]),
        ]
    )
    assert [str(made.path(image(*one))) for one in [(0, 1), (1, 1), (7, 1), (7, 2), (8, 1), (9, 1)]] == [
        "A/front (3).jpg",
        "sku/y.jpg",
        "A/front.jpg",
        "A/front (2).jpg",
        "A/front (4).jpg",
        "SKU (2)/x.jpg",
    ]


def test_an_image_that_the_names_do_not_have_is_an_unexpected_answer() -> None:
    made = JobNames(photos("mug.jpg"))
    for ask in (made.path, made.sku_folder):
        with pytest.raises(UnexpectedAnswer):
            ask(image(5))
    with pytest.raises(UnexpectedAnswer):
        made.single("00000000-2")


def test_ten_thousand_photos_of_one_name_take_no_time() -> None:
    made = JobNames(photos(*["SKU/front.jpg"] * 10_000))
    assert str(made.path(image(9_999))) == "SKU/front (10000).jpg"


# Any names, and any order.

_PART = st.text(min_size=1, max_size=6) | st.sampled_from(
    [
        *("front", "Front", "FRONT", "fro\u0301nt", "fr\u00f3nt", "front (2)", "front (2).jpg", "front.jpg", "a.PNG"),
        *("con", "NUL.txt", "..", ".", "", " . ", "list.csv", "LIST.csv", "x" * 252, "é" * 130, "e\u0301" * 130),
        *("毛" * 90, "a\\b", "C:", "ı", "I", "i", "ß", "ss", "ſs", "\u212a", "K", "mug. ", "=1+1", "\ud800"),
    ]
)
_NAME = st.lists(_PART, min_size=1, max_size=3).map("/".join)
_JOB = st.lists(st.tuples(_NAME, st.integers(1, 3)), min_size=1, max_size=8)


def _job(wishes: Sequence[tuple[str, int]]) -> list[PhotoNames]:
    return [
        PhotoNames(photo_id=f"{number:08}", name=name, images=images) for number, (name, images) in enumerate(wishes)
    ]


def _all_paths(job: Sequence[PhotoNames], extensions: random.Random) -> list[str]:
    made = JobNames(job)
    return [
        str(made.path(image(int(photo.photo_id), number, extensions.choice(sorted(IMAGE_EXTENSIONS)))))
        for photo in job
        for number in range(1, photo.images + 1)
    ]


def _alike(path: str) -> set[str]:
    """What file systems make of a path before they compare it."""
    forms = [unicodedata.normalize(form, path) for form in ("NFC", "NFD")]
    return {changed for form in forms for changed in (form.casefold(), form.lower(), form.upper())}


@settings(max_examples=400, deadline=None)
@given(_JOB, st.randoms(use_true_random=False))
@example([("front.jpg/x.jpg", 1), ("front.jpg", 3), ("FRONT.JPG/y.png", 1)], random.Random(1))
def test_whatever_the_names_no_two_files_are_alike_and_each_is_portable(
    wishes: list[tuple[str, int]], extensions: random.Random
) -> None:
    found = _all_paths(_job(wishes), extensions)

    taken: set[str] = {"list.csv", "LIST.CSV"}
    folders: set[str] = set()
    for path in found:
        assert not _alike(path) & taken, path
        taken |= _alike(path)
        *above, _ = path.split("/")
        folders |= {form for depth in range(1, len(above) + 1) for form in _alike("/".join(above[:depth]))}
        for part in path.split("/"):
            assert part == part.strip(" .")
            assert 1 <= len(part.encode()) <= 255
            assert part == unicodedata.normalize("NFC", part)
            assert not set(part) & set('<>:"|?*\\\x00\n\r\t')
            assert portable(part, "") == part, "nothing is left to mend, Windows's devices neither"
    assert not taken & folders, "no file lies where a folder does"


@settings(max_examples=100, deadline=None)
@given(_JOB)
def test_single_files_are_apart_and_of_a_good_length(wishes: list[tuple[str, int]]) -> None:
    job = _job(wishes)
    made = JobNames(job)
    singles = [
        made.single(image_id_of(photo.photo_id, number)) for photo in job for number in range(1, photo.images + 1)
    ]

    assert len({name.casefold() for name in singles}) == len(singles)
    assert all(1 <= len(name.encode()) <= 250 and "/" not in name for name in singles)


@settings(max_examples=200, deadline=None)
@given(_JOB, st.data())
def test_what_fails_is_called_the_same_when_it_is_run_again(wishes: list[tuple[str, int]], data: st.DataObject) -> None:
    job = _job(wishes)
    names = JobNames(job)
    ids = [(photo, number) for photo in range(len(job)) for number in range(1, job[photo].images + 1)]
    failed = data.draw(st.lists(st.sampled_from(ids), min_size=1, unique=True).map(sorted))

    again, before = [], []
    for photo in sorted({photo for photo, _ in failed}):
        images = [image(photo, number) for one, number in failed if one == photo]
        kept = names.kept_by_copy(job[photo].photo_id, [image.variation for image in images])
        again.append(replace(job[photo], images=len(images), file_names=kept))
        before += [str(names.path(one)) for one in images]

    assert _jpg_paths(again) == before


def _jpg_paths(job: Sequence[PhotoNames]) -> list[str]:
    made = JobNames(job)
    return [
        str(made.path(image(int(photo.photo_id), number))) for photo in job for number in range(1, photo.images + 1)
    ]


@settings(max_examples=200)
@given(_PART)
def test_a_portable_name_is_left_as_it_is(part: str) -> None:
    once = portable(part, "photo")
    assert portable(once, "photo") == once


def test_hidden_characters_and_bytes_that_are_no_unicode_are_underscores() -> None:
    names = [
        "photo\u202egpj.exe",
        "a\u2028\x85",
        "b\u200b",
        os.fsdecode(b"caf\xe9"),
        "caf\ufffd",
        "👩\u200d🚀",
    ]
    assert [portable(name, "photo") for name in names] == ["photo_gpj.exe", "a__", "b_", "caf_", "caf_", "👩\u200d🚀"]
