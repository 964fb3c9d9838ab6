"""Backdrops that a sheet names for single photos, and the scenes that they become."""

from __future__ import annotations

import pytest

from backdrop.api.schemas.backdrops import Backdrop as KeptBackdrop
from backdrop.api.schemas.photos import PhotoStatus
from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.options import Options
from backdrop.core.recipes import Floor, Gradient
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Scene, Spread
from backdrop_client.sheets.sheet import Wish, read_sheet, write_template
from backdrop_client.sheets.sheet_backdrops import find_backdrops, with_backdrops

PHOTOS = ["0", "1", "2"]


def kept(id_: str, name: str, status: PhotoStatus = PhotoStatus.READY, *, mine: bool = True) -> KeptBackdrop:
    return KeptBackdrop(backdrop_id=id_, name=name, status=status, created_at="2026-11-28T10:00:00.000Z", mine=mine)


LIBRARY = [
    kept("a1", "Oak table"),
    kept("b2", "Marble"),
    kept("b3", "marble"),
    kept("c4", "Oak table", mine=False),
    kept("d5", "Refused", PhotoStatus.REFUSED),
]


def test_the_column_is_read_and_written() -> None:
    sheet = read_sheet(b"File,Backdrop\nmug.jpg,Oak table\n", ["mug.jpg"])
    assert (sheet.wishes[0].backdrop, sheet.faults) == ("Oak table", [])
    assert "Backdrop" in write_template(["mug.jpg"]).splitlines()[0]
    assert "Oak table" in write_template(["mug.jpg"], sheet.wishes)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("oak TABLE", "a1"),
        ("b3", "b3"),
        ("kept:b2", "b2"),
        ("gradient:#fff,DDDDDD", Gradient("#ffffff", "#dddddd")),
        ("floor:#eeeeee,#cccccc,0.6", Floor("#eeeeee", "#cccccc", 0.6)),
    ],
)
def test_a_cell_names_a_backdrop(cell: str, found: object) -> None:
    assert find_backdrops({0: Wish(2, backdrop=cell)}, LIBRARY) == ({0: found}, [])


@pytest.mark.parametrize(
    ("wish", "options", "words"),
    [
        (Wish(2, backdrop="Slate"), {}, "no backdrop"),
        (Wish(3, backdrop="Marble"), {}, "2 backdrops are called"),
        (Wish(4, backdrop="Refused"), {}, "no backdrop"),
        (Wish(5, "on oak", backdrop="a1"), {}, "prompt as well"),
        (Wish(6, backdrop="a1"), {"variations": 2}, "2 variations"),
        (Wish(7, backdrop="a1"), {"dealt": True}, "in turn"),
        (Wish(8, backdrop="gradient:#fff"), {}, "no two colours"),
        (Wish(9, backdrop="floor:#fff,#ddd,x"), {}, "no two colours"),
        (Wish(9, backdrop="gradient:#fff,blue"), {}, "colour"),
    ],
)
def test_every_fault_is_told_by_row_and_column(wish: Wish, options: dict[str, object], words: str) -> None:
    found, faults = find_backdrops({0: wish}, LIBRARY, **options)  # type: ignore[arg-type]
    assert (found, len(faults)) == ({}, 1)
    assert str(faults[0]).startswith(f"Row {wish.row}, Backdrop: ")
    assert words in str(faults[0])


def test_photos_with_a_backdrop_have_its_scene_and_the_others_the_jobs_own() -> None:
    plain = Backdrop(shadow=Shadow.CONTACT)
    made = with_backdrops(JobRequest("on oak"), {"0": "a1", "2": "a1"}, PHOTOS, plain)
    assert made.options.scenes == (Scene(background="backdrop", backdrop=Backdrop("a1", shadow=Shadow.CONTACT)),)
    assert (made.options.spread, made.in_scenes) == (Spread.FIRST, {"0": [2], "2": [2]})
    assert made.checked().count_images(3) == 3
    assert [made.options_of(id_).generates for id_ in PHOTOS] == [False, True, False]


def test_further_scenes_stay_everybodys() -> None:
    request = JobRequest("on oak", options=Options(scenes=(Scene("at sea"),)))
    made = with_backdrops(request, {"1": "a1"}, PHOTOS, Backdrop())
    assert made.in_scenes == {"0": [1, 2], "1": [3, 2], "2": [1, 2]}
    assert made.checked().count_images(3) == 6


def test_where_every_photo_has_one_the_job_has_no_other() -> None:
    request = JobRequest(negative_prompt="people", options=Options(background="transparent", vary_seed=True))
    made = with_backdrops(request, {"0": "a1", "1": "b2", "2": "a1"}, PHOTOS, Backdrop())
    assert made.options.backdrop == Backdrop("a1")
    assert made.in_scenes == {"0": [1], "1": [2], "2": [1]}
    assert not made.options.paints
    assert (made.negative_prompt, made.options.vary_seed) == ("", False)
    one = with_backdrops(request, dict.fromkeys(PHOTOS, "a1"), PHOTOS, Backdrop())
    assert (one.options.scenes, one.in_scenes, one.options.spread) == ((), {}, Spread.ALL)
