"""What jobs are called, and what they are found by."""

from __future__ import annotations

import pytest

from backdrop.core import naming
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError
from backdrop.core.options import Options, OutputOptions
from backdrop.core.scenes import Scene
from backdrop.core.search import Search, describe_for_search, parse_search, rewrite_text, write_text

WHITE = Scene("", "#ffffff")


@pytest.mark.parametrize(
    ("photos", "scene", "name"),
    [
        (["Spring/SKU-1/a.jpg", "Spring/SKU-2/a.jpg"], Scene("on a marble counter"), "Spring: on a marble counter"),
        (["夏\\杯.jpg"], WHITE, "夏: white"),
        (["a.jpg", "b/c.jpg"], WHITE, "white"),
        (["x/a.jpg"], Scene("", "backdrop", Backdrop(id="b", name="oak.jpg")), "x: backdrop oak.jpg"),
        ([], Scene(""), ""),
        (["f/a.jpg"], Scene("a very long description of\na table " * 9), "f: a very long description of a table a..."),
    ],
)  # fmt: skip
def test_a_name_is_proposed_from_folder_and_scene(photos: list[str], scene: Scene, name: str) -> None:
    assert naming.propose_name(photos, scene) == name


def test_a_name_is_one_line_and_bounded() -> None:
    assert naming.checked_name("  Mugs\n for \u202espring ") == "Mugs for \ufffdspring"
    with pytest.raises(BackdropError, match="121 characters"):
        naming.checked_name("x" * 121)


def test_tags_are_there_once_whatever_their_case() -> None:
    assert naming.checked_tags([" Spring ", "spring", "eBay"]) == ("Spring", "eBay")
    for bad in (["a,b"], [" "], ["x" * 41], [str(number) for number in range(11)]):
        with pytest.raises(BackdropError):
            naming.checked_tags(bad)


@pytest.mark.parametrize(
    ("name", "most", "plain"),
    [
        ("Küche & Bad", 40, "Kuche & Bad"),
        ("杯子", 40, ""),
        ("Mugs 杯子", 40, "Mugs"),
        ("Spring collection", 9, "Spring..."),
        ("Spring collection", 5, ""),
        ("", 40, ""),
    ],
)
def test_a_subject_has_what_is_left_of_a_name_in_ascii(name: str, most: int, plain: str) -> None:
    assert naming.ascii_name(name, most) == plain


def text(**changes: object) -> str:
    options = Options(
        background="backdrop",
        backdrop=Backdrop(id="b", name="Oak Table.jpg"),
        output=OutputOptions(preset="ebay"),
        scenes=(Scene("by the sea"), WHITE),
    )
    said = {"prompts": ("", "no people", "own words"), "options": options, "photo_names": ["Küche/SKU-9/front.jpg"]}
    rest = describe_for_search("01job", "Ann@Example.com", "stability.inpaint", **{**said, **changes})  # type: ignore[arg-type]
    return write_text("Frühling", ["Shop A"], rest)


@pytest.mark.parametrize(
    "words",
    ["fruhl", "FRÜHLING", "shop", "oak table", "ebay", "SEA people", "own", "white", "sku-9", "kuche front",
     "ann@example", "01job", "stability"],
)  # fmt: skip
def test_a_job_is_found_by_all_that_was_said_of_it(words: str) -> None:
    search = parse_search(words, [], None, None)
    assert search is not None
    assert search.takes("2026-11-28T09:00:00.000Z", ["Shop A"], text())
    missing = parse_search(f"{words} glass", [], None, None)
    assert missing is not None
    assert not missing.takes("2026-11-28T09:00:00.000Z", ["Shop A"], text())


def test_tags_are_whole_and_days_are_included() -> None:
    def takes(tags: list[str], since: str | None = None, until: str | None = None) -> bool:
        search = parse_search(None, tags, since, until) or Search()
        return search.takes("2026-11-28T23:59:00.000Z", ["Shop A", "b"], text())

    assert takes(["shop a"])
    assert takes(["b", "SHOP A"])
    assert not takes(["shop"])
    assert takes([], "2026-11-28", "2026-11-28")
    assert not takes([], "2026-11-29")
    assert not takes([], None, "2026-11-28T23:58:59Z")
    assert parse_search("  ", [""], None, None) is None
    for since, until in (("yesterday", None), ("2026-11-28", "2026-11-27")):
        with pytest.raises(BackdropError, match="since"):
            parse_search(None, [], since, until)


def test_another_name_leaves_what_never_changes() -> None:
    renamed = rewrite_text(text(), "Winter", [])
    assert "winter" in renamed
    assert "fruhling" not in renamed
    assert renamed.partition("\n")[2] == text().partition("\n")[2]


def test_the_text_of_ten_thousand_photos_is_a_few_kb_and_has_each_folder_once() -> None:
    photos = [f"Spring/SKU-{number:05d}/front.jpg" for number in range(10_000)]
    whole = text(photo_names=photos, prompts=["word " * 10_000])
    assert len(whole) < 9_000
    assert whole.count("spring") == 1
    assert "sku-00000" in whole
