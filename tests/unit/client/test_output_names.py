"""Names of a new job's files by a template and by a sheet: never two of one name, and what can't be is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backdrop.api.schemas.jobs import PhotoNames
from backdrop.core.options import OutputOptions
from backdrop_client.file_names import JobNames
from backdrop_client.output_names import Named, Naming, plan_names
from backdrop_client.sheets.sheet import Wish

FOLDERS = ("Summer/SKU-A/front.jpg", "Summer/SKU-A/back.jpg", "Summer/SKU-B/front.jpg")


def plan(
    template: str,
    *names: str,
    images: int = 1,
    scenes: int = 1,
    preset: str | None = None,
    further: Sequence[OutputOptions] = (),
    **wishes: Wish,
) -> Naming:
    """The names of photos; `wishes` by `p0`, `p1`, ..."""
    photos = [Named(name, images, wishes.get(f"p{place}", Wish(0))) for place, name in enumerate(names)]
    return plan_names(template, photos, [OutputOptions(preset=preset), *further], scenes)


def made(naming: Naming) -> list[list[str]]:
    assert not naming.faults
    return [list(names) for names in naming.names.values()]


def test_numbers_count_the_images_that_would_have_one_name() -> None:
    assert made(plan("{sku}_{n}_{preset}", *FOLDERS, images=2, preset="amazon-main")) == [
        ["SKU-A_1_amazon-main", "SKU-A_2_amazon-main"],
        ["SKU-A_3_amazon-main", "SKU-A_4_amazon-main"],
        ["SKU-B_1_amazon-main", "SKU-B_2_amazon-main"],
    ]
    assert made(plan("{name}-{n:03}", "a/Café.jpg", "b/CAFE\u0301.png", "c.jpg")) == [
        ["Café-001"],
        ["CAFÉ-002"],
        ["c-001"],
    ]


def test_scenes_are_told_apart_by_their_numbers() -> None:
    assert made(plan("{name}_{scene}", "mug.jpg", images=3, scenes=3)) == [["mug_1", "mug_2", "mug_3"]]
    both = plan("{name}_{scene}_{output}", "mug.jpg", images=8, scenes=2, further=[SMALL])
    assert made(both) == [["mug_1_original", "mug_1_800w-webp", "mug_2_original", "mug_2_800w-webp"]]
    counted = plan("{name}_{scene}_{n}", "mug.jpg", images=4, scenes=2, further=[SMALL])
    assert made(counted) == [["mug_1_1", "mug_1_2", "mug_2_1", "mug_2_2"]]
    (fault,) = plan("{name}_{scene}", "mug.jpg", images=4, scenes=2, further=[SMALL]).faults
    assert "{scene} does not tell" in str(fault)


SMALL, EBAY = OutputOptions(width=800, format="WEBP"), OutputOptions(preset="ebay")


@pytest.mark.parametrize(
    ("template", "images", "names"),
    [
        ("{name}_{output}", 3, ["mug_original", "mug_800w-webp", "mug_ebay"]),
        ("{name}_{output}", 6, ["mug_original", "mug_800w-webp", "mug_ebay"]),
        ("{output}/{name}_{n}", 3, ["original/mug_1", "800w-webp/mug_1", "ebay/mug_1"]),
        ("{output}/{name}_{n}", 6, [f"{one}/mug_{n}" for n in (1, 2) for one in ("original", "800w-webp", "ebay")]),
        ("{name}", 3, ["mug"]),
    ],
)
def test_each_output_can_have_its_own_name(template: str, images: int, names: list[str]) -> None:
    assert made(plan(template, "mug.jpg", images=images, further=(SMALL, EBAY))) == [names]


def test_a_preset_that_not_every_output_has_is_no_name() -> None:
    (fault,) = plan("{name}_{preset}", "mug.jpg", images=2, further=(EBAY,)).faults
    assert "has no preset" in fault.message
    assert "{output}" in fault.next_step


def test_a_sheets_sku_comes_before_the_folder_and_folders_can_be_kept_or_made() -> None:
    assert made(plan("{folder}/{sku} {name}", *FOLDERS[:2], p0=Wish(2, sku="12/345"))) == [
        ["Summer/SKU-A/12_345 front"],
        ["Summer/SKU-A/SKU-A back"],
    ]
    assert made(plan("{sku}/{n}", *FOLDERS)) == [["SKU-A/1"], ["SKU-A/2"], ["SKU-B/1"]]


def test_an_output_name_of_the_sheet_stays_in_the_photos_folder_and_is_kept_from_the_others() -> None:
    naming = plan("", *FOLDERS, p1=Wish(2, output_name="hero.JPG"))
    assert dict(naming.names) == {1: ["Summer/SKU-A/hero"]}
    naming = plan("x{n}", "a.jpg", "b.jpg", p1=Wish(3, output_name="X1"))
    assert [(one.row, one.column) for one in naming.faults] == [(0, "Names")]
    assert not naming.names, "all or nothing"


@pytest.mark.parametrize(
    ("template", "names", "said"),
    [
        ("{colour}", ("a.jpg",), "braces that are no field"),
        ("{n!r}", ("a.jpg",), "braces that are no field"),
        ("{name:>9999999999}", ("a.jpg",), "braces that are no field"),
        ("{n.__class__}", ("a.jpg",), "braces that are no field"),
        ("{name", ("a.jpg",), "braces that are no field"),
        ("photo", ("a.jpg",), "one name"),
        ("{preset}{n}", ("a.jpg",), "No preset is chosen"),
        ("{sku}{n}", ("a.jpg",), "“a.jpg” has none"),
        ("{name}?", ("a.jpg",), "can't be a file's name"),
        ("../{name}", ("a.jpg",), "can't be a file's name"),
        ("{name}" + "x" * 190, ("b" * 200 + ".jpg",), "can't be a file's name"),
        ("{name}" + "x" * 195, ("a.jpg",), "more than 200"),
        ("{name}", ("a/mug.jpg", "b/MUG.png"), "“MUG” would be the name of “a/mug.jpg” and of “b/MUG.png”"),
    ],
)
def test_what_makes_no_names_is_told(template: str, names: tuple[str, ...], said: str) -> None:
    naming = plan(template, *names)
    assert any(said in one.message for one in naming.faults), naming.faults
    assert not naming.names


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a:b", "con", ".hidden", "end.", "x" * 256])
def test_an_output_name_that_can_not_be_is_told_with_its_row(name: str) -> None:
    (fault,) = plan("", "a.jpg", p0=Wish(7, output_name=name)).faults
    assert (fault.row, fault.column) == (7, "Output name")


def test_two_photos_of_one_output_name_are_told_by_row() -> None:
    naming = plan("", "a.jpg", "b.jpg", p0=Wish(2, output_name="hero"), p1=Wish(3, output_name="HERO.png"))
    assert [(one.row, one.column, one.message) for one in naming.faults] == [
        (3, "Output name", "“HERO” would be the name of “a.jpg” and of “b.jpg”.")
    ]


def test_downloads_have_the_very_names() -> None:
    naming = plan("{sku}/{n}", *FOLDERS, images=2, p2=Wish(4, output_name="hero"))
    stored = [
        PhotoNames(photo_id=f"p{place}", name=name, images=2, file_names=list(naming.names[place]))
        for place, name in enumerate(FOLDERS)
    ]
    assert [str(path) for path in JobNames(stored).stems] == [
        "SKU-A/1", "SKU-A/2", "SKU-A/3", "SKU-A/4", "Summer/SKU-B/hero", "Summer/SKU-B/hero (2)",
    ]  # fmt: skip
