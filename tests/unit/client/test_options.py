"""The options of `backdrop replace`: what is sent, what comes back, what is refused before anything is uploaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest

from backdrop.core.recipes import Floor, Gradient
from backdrop_cli.flag_types import BehindType, Kept
from backdrop_cli.wording import money
from tests.unit.client.conftest import Command, files
from tests.unit.client.fake import FINISHED, FakeBackdrop

HALO = {
    "code": "HALO",
    "measured": 0.3,
    "threshold": 0.2,
    "meaning": "A bright rim lies around the product.",
    "nextStep": "Try the other cut-out.",
}
BROKEN_RULES = {
    "preset": "shop",
    "passed": False,
    "checks": [
        {"code": "FORMAT", "passed": True, "measured": "JPEG", "wanted": "JPEG", "meaning": "m", "nextStep": "n"},
        {
            "code": "SIDE_AT_LEAST",
            "passed": False,
            "measured": 900.0,
            "wanted": 1600.0,
            "meaning": "The longest side has 900 pixels.",
            "nextStep": "Take the photo with more pixels.",
        },
    ],
}


def test_every_option_reaches_the_service_as_it_was_meant(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.takes_everything = True
    chosen = "--variations 2 --vary-seed --cfg-scale 7.5 --quality-level premium --style origami --mask-source built-in"
    shape = "--aspect 4:5 --pad-color F5F5F0 --width 800 --format avif --quality 70"
    status, _, err = backdrop(
        "replace", photos, "--prompt", "x", *chosen.split(), *shape.split(), "--out", tmp_path / "out"
    )
    assert status == 0, err
    assert fake.submitted
    assert fake.submitted["options"] == {
        "maskSource": "BUILT_IN",
        "variations": 2,
        "varySeed": True,
        "cfgScale": 7.5,
        "quality": "premium",
        "style": "origami",
        "output": {
            "aspect": "4:5",
            "fill": "PAD",
            "padColor": "#f5f5f0",
            "width": 800,
            "format": "AVIF",
            "quality": 70,
        },
    }


def test_further_files_of_every_picture_are_asked_for(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.takes_everything = True
    also = ["--also", "preset=ebay", "--also", "aspect=1:1, width=800,format=webp,quality=70,pad-color=F0F0F0"]
    status, _, err = backdrop("replace", photos, "--prompt", "x", *also, "--out", tmp_path / "out")
    assert status == 0, err
    assert fake.submitted
    ebay, square = fake.submitted["options"]["outputs"]
    assert ebay == {"preset": "ebay"}
    assert square == {
        "aspect": "1:1",
        "fill": "PAD",
        "padColor": "#f0f0f0",
        "width": 800,
        "format": "WEBP",
        "quality": 70,
    }
    assert "9 images" in err
    assert len([name for name in files(tmp_path / "out") if "mug" in name]) == 6


@pytest.mark.parametrize(
    ("also", "told"),
    [
        ("webp", "write name=value"),
        ("size=3", "the names are preset"),
        ("width=0", "no whole number"),
        ("width=8,width=9", "twice"),
        ("format=gif", "Choose SAME"),
        ("fill=blur", "outpaint or pad"),
        (" ", "nothing is asked for"),
        ("format=same", "the same"),
    ],
)
def test_a_wrong_further_file_is_told(backdrop: Command, photos: Path, tmp_path: Path, also: str, told: str) -> None:
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--also", also, "--out", tmp_path / "out")
    assert (status, told in err) == (2, True), err


def test_a_presets_own_shape_can_be_padded(backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path) -> None:
    options = "--prompt x --preset ebay --pad-color 000000"
    assert backdrop("replace", photos, *options.split(), "--out", tmp_path / "out")[0] == 0
    assert fake.submitted
    assert fake.submitted["options"]["output"] == {"preset": "ebay", "fill": "PAD", "padColor": "#000000"}


def test_defaults_are_not_sent(backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path) -> None:
    assert backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")[0] == 0
    assert fake.submitted
    assert "options" not in fake.submitted


@pytest.mark.parametrize("background", ["transparent", "#FFFFFF", "ffffff"])
def test_a_plain_background_needs_no_prompt(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path, background: str
) -> None:
    status, _, err = backdrop("replace", photos, "--background", background, "--out", tmp_path / "out")
    assert status == 0, err
    assert fake.submitted
    assert fake.submitted["options"]["background"] in {"transparent", "#ffffff"}


def test_the_price_that_is_told_first_is_the_services_for_these_photos_and_options(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    def told(*options: str) -> str:
        err = backdrop("replace", photos, *options, "--out", tmp_path / "out")[2]
        return next(line for line in err.splitlines() if line.startswith("Submitting"))

    prices = []
    for options in (["--prompt", "x"], ["--prompt", "x", "--aspect", "1:1"], ["--background", "transparent"]):
        said = told(*options)
        usd = fake.estimated["usd"]
        called = [call["modelId"] for call in fake.estimated["calls"]]
        assert f" to {'model.good' if 'model.good' in called else ' and '.join(called)} (about" in said
        assert f"(about {money(usd)}, prices of {fake.estimated['priceDate']}); ready in less than a minute" in said
        prices.append(usd / fake.estimated["images"])
    assert prices[2] < prices[0] < prices[1]
    assert "no model is called" in told("--background", "transparent", "--mask-source", "built-in")


def test_photos_that_are_cut_out_already_are_told_before_they_are_paid(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.cut_out_already = {"mug.jpg"}
    err = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")[2]
    assert "1 photo is cut out already: the file's own transparency is used, and no cut-out is made" in err


def test_variations_are_files_of_their_own(backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path) -> None:
    fake.failing = {"Chaise élégante.png"}
    arguments = ("replace", photos, "--prompt", "x", "--variations", 2, "--out", tmp_path / "out")
    status, out, err = backdrop(*arguments)
    assert status == 1
    assert "6 images" in err, "what will be made is told before it is paid"
    assert "4 of 6 images succeeded" in out
    assert "Chaise élégante.png, variation 2:" in out
    images = {name: data for name, data in files(tmp_path / "out").items() if name.endswith(".png")}
    assert images == {
        "mug.png": FINISHED + b"photo mug.jpg",
        "mug (2).png": FINISHED + b"photo mug.jpg again 2",
        "shoes/mug.png": FINISHED + b"photo shoes/mug.jpg",
        "shoes/mug (2).png": FINISHED + b"photo shoes/mug.jpg again 2",
    }
    before = set(files(tmp_path / "out"))
    assert backdrop("fetch", "d1", "--out", tmp_path / "out")[0] == 1
    assert set(files(tmp_path / "out")) == before, "fetching again makes no copies"


def test_json_tells_variations_apart(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    _, out, _ = backdrop("replace", photos, "--prompt", "x", "--variations", 2, "--out", tmp_path / "out", "--json")
    images = json.loads(out)["images"]
    assert [image["variation"] for image in images] == [1, 2] * 3
    assert len({image["file"] for image in images}) == 6


def test_flagged_images_are_listed_with_what_it_means_and_what_to_do(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.flags = {"mug.jpg": [HALO]}
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 0, "a flag is advice, not a failure"
    told = out[out.index("1 image should be looked at") :].splitlines()
    assert told[1:3] == [
        "  mug.jpg: A bright rim lies around the product. (HALO)",
        "    -> Try the other cut-out.",
    ]
    document = json.loads(backdrop("fetch", "d1", "--out", tmp_path / "out", "--json")[1])
    assert document["review"] == {"flagged": 1, "notForMarketplace": 0}
    assert [image["flags"] for image in document["images"] if image["name"] == "mug.jpg"] == [[HALO]]


def test_broken_rules_of_a_marketplace_are_listed(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.marketplace = BROKEN_RULES
    arguments = ("replace", photos / "mug.jpg", "--preset", "amazon-main", "--background", "#ffffff")
    status, out, _ = backdrop(*arguments, "--out", tmp_path / "out")
    assert status == 0
    assert "Checks of shop: 0 of 1 image passed:" in out
    assert "mug.jpg: The longest side has 900 pixels. (SIDE_AT_LEAST)" in out
    assert "(FORMAT)" not in out
    document = json.loads(backdrop("fetch", "d1", "--out", tmp_path / "out", "--json")[1])
    assert document["images"][0]["marketplace"] == BROKEN_RULES


PLAIN: list[Any] = ["--background", "transparent"]
PAINTED: list[Any] = ["--prompt", "x"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "a transparent or a plain one"),
        ([*PAINTED, "--cfg-scale", "7"], "has no cfgScale"),
        ([*PAINTED, "--style", "baroque"], "has no style"),
        ([*PAINTED, "--quality-level", "premium"], "has no quality"),
        ([*PAINTED, "--model", "backdrop.cut-out"], "paints no background"),
        ([*PAINTED, "--preset", "bazaar"], "amazon-main"),
        ([*PAINTED, "--preset", "amazon-main"], "Choose the background #ffffff"),
        ([*PAINTED, "--preset", "ebay", "--width", "900"], "Leave a width out"),
        ([*PAINTED, "--preset", "ebay", "--format", "avif"], "takes no AVIF"),
        ([*PAINTED, "--variations", "6"], "1<=x<=5"),
        ([*PAINTED, "--variations", "5", "--seed", "4294967294"], "needs 5 seeds"),
        ([*PAINTED, "--aspect", "4/5"], "4:5"),
        ([*PAINTED, "--aspect", "9:1"], "1:4 to 4:1"),
        ([*PAINTED, "--aspect", "1:1", "--width", "100", "--height", "200"], "never stretched"),
        ([*PAINTED, "--width", "100", "--height", "900"], "1:4 to 4:1"),
        ([*PAINTED, "--width", "9000", "--height", "9000"], "megapixels"),
        ([*PAINTED, "--fill", "pad"], "--aspect"),
        ([*PAINTED, "--width", "900", "--pad-color", "000000"], "--aspect"),
        ([*PAINTED, "--aspect", "1:1", "--fill", "outpaint", "--pad-color", "#ffffff"], "Leave one of them out"),
        ([*PAINTED, "--format", "png", "--quality", "90"], "lossless"),
        ([*PAINTED, "--background", "beige"], "#f5f5f0"),
        ([*PLAIN, "--stand"], "Add --backdrop"),
        ([*PLAIN, "--surface", "0.8"], "Add --backdrop"),
        (["--backdrop", __file__, "--share", "0.5"], "Add --stand"),
        (["--backdrop", __file__, "--stand", "--share", "2"], "Choose 0.1 to 0.95"),
        ([*PLAIN, "--format", "jpeg"], "can't be transparent"),
        ([*PLAIN, "--variations", "2"], "has none"),
        ([*PLAIN, "--style", "origami"], "Leave style out"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_uploaded(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    status, _, err = backdrop("replace", photos, *options, "--out", tmp_path / "out")
    assert status == 2
    assert told in err
    assert fake.count("POST /v1/drafts/d1/(photos|submit)") == 0


def test_more_images_than_a_job_may_have_are_told(backdrop: Command, fake: FakeBackdrop, tmp_path: Path) -> None:
    for number in range(101):
        (tmp_path / f"{number}.jpg").write_bytes(b"x")
    status, _, err = backdrop("replace", tmp_path, "--prompt", "x", "--variations", 5, "--out", tmp_path / "out")
    assert status == 2
    assert "505 images" in err
    assert fake.count("POST /v1/.*") == 0


def test_models_tells_settings_and_presets(backdrop: Command) -> None:
    listed = backdrop("models")[1]
    assert "cfgScale 1.1 to 10 (default 6.5); quality levels standard, premium; 2 styles" in listed
    assert "  styles: photographic, origami\n" in listed
    assert "no cfgScale; no quality levels; no styles" in listed
    assert "paints no background" in listed
    assert 'shop: The shop; JPEG; needs --background "#ffffff"' in listed
    document = json.loads(backdrop("models", "--json")[1])
    assert [preset["id"] for preset in document["presets"]] == ["shop", "fair"]
    assert document["models"][0]["settings"]["cfgScale"] == {"min": 1.1, "max": 10, "default": 6.5}


def test_help_lists_the_options_in_groups(backdrop: Command) -> None:
    told = backdrop("replace", "--help")[1]
    headings = ["Background:", "What is kept:", "Model:", "Finished images:", "Where the service is", "Other options:"]
    places = [told.index(heading) for heading in headings]
    assert places == sorted(places)
    assert places[3] < told.index("--preset ID") < places[4]


@pytest.mark.parametrize(
    ("text", "recipe"),
    [
        ("gradient:#fff,#ddd", Gradient("#ffffff", "#dddddd")),
        ("GRADIENT:FFFFFF, d0d0d0", Gradient("#ffffff", "#d0d0d0")),
        ("floor:#eee,#ccc", Floor("#eeeeee", "#cccccc")),
        ("kept:01h0", Kept("01h0")),
        ("floor:#eeeeee,#cccccc,0.65", Floor("#eeeeee", "#cccccc", 0.65)),
    ],
)
def test_a_backdrop_is_written_as_colours(text: str, recipe: object) -> None:
    assert BehindType().convert(text, None, None) == recipe


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gradient:#fff", "no two colours"),
        ("gradient:#fff,grey", "no colour"),
        ("floor:#eee,#ccc,low", "is no number"),
        ("floor:#eee,#ccc,2", "begins at 2"),
        ("nothing.jpg", "does not exist"),
        ("spiral:#fff,#ddd", "does not exist"),
    ],
)
def test_what_is_no_backdrop_says_why(text: str, words: str) -> None:
    with pytest.raises(click.BadParameter, match=words):
        BehindType().convert(text, None, None)


def test_a_file_is_a_file_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gradient:#fff,#ddd").write_bytes(b"x")
    assert BehindType().convert("gradient:#fff,#ddd", None, None) == Path("gradient:#fff,#ddd")


def test_further_scenes_in_words_and_on_backdrops(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.takes_everything = True
    scenes = ["--scene", "a forest", "--also-behind", "kept:b7", "--also-behind", "#FFFFFF", "--shadow", "contact"]
    status, out, err = backdrop("replace", photos, "--prompt", "x", *scenes, "--out", tmp_path / "out")
    assert status == 0, (out, err)
    assert fake.submitted
    assert fake.submitted["options"]["scenes"] == [
        {"prompt": "a forest"},
        {"background": "backdrop", "backdrop": {"id": "b7", "shadow": "CONTACT"}},
        {"background": "#ffffff"},
    ]
    assert "12 images" in err
    assert len([name for name in files(tmp_path / "out") if "mug" in name]) == 8


@pytest.mark.parametrize(
    ("scenes", "told"),
    [
        (["--scene", "x"], "same words"),
        (["--scene", " "], "Scene 2 has no words"),
        (["--also-behind", "kept:b7", "--also-behind", "kept:b7"], "the same"),
        (["--also-behind", "no-such.jpg"], "no-such.jpg"),
        (["--also-behind", "transparent", "--shadow", "none"], "there is none"),
    ],
)
def test_scenes_that_can_not_be_are_told(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path, scenes: list[str], told: str
) -> None:
    status, out, err = backdrop("replace", photos, "--prompt", "x", *scenes, "--out", tmp_path / "out")
    assert status == 2
    assert told in out + err
    assert fake.submitted is None


def test_rules_are_never_said_to_be_kept_over_a_flagged_cut_out(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    kept = {"preset": "shop", "passed": True, "checks": []}
    fake.marketplace, arguments = kept, ("replace", photos / "mug.jpg", "--preset", "amazon-main", "--background")
    warned = "Look at the flagged images first: rules are measured on the cut-out."
    assert warned not in backdrop(*arguments, "#ffffff", "--out", tmp_path / "clean")[1]

    fake.flags = {"mug.jpg": [HALO]}
    out = backdrop("fetch", "d1", "--out", tmp_path / "flagged")[1]
    assert f"{warned}\nChecks of shop: 1 of 1 image passed." in out
