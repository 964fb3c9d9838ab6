"""`backdrop export` and `fetch --approved`: which images, what is otherwise, what they are called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.conftest import Command, files
from tests.unit.client.fake import FakeBackdrop, with_defaults
from tests.unit.client.test_jobs_again import earlier, image

__all__ = ["earlier"]


@pytest.fixture
def done(earlier: FakeBackdrop) -> FakeBackdrop:
    """Job d0: two variations of two photos, one of which failed."""
    earlier.earlier["options"] = with_defaults(
        {"variations": 2, "style": "anime", "output": {"aspect": "4:5", "format": "JPEG", "quality": 80}}
    )
    earlier.earlier_images = [
        image(0, "Succeeded", labelsChosen=["Mug"], seed=7, verdict="REJECTED"),
        image(0, "Succeeded", 2, labelsChosen=["Mug"], seed=8, verdict="APPROVED"),
        image(1, "Failed", seed=7),
        image(1, "Succeeded", 2, seed=8),
    ]
    return earlier


def sent(fake: FakeBackdrop) -> dict[str, Any]:
    assert fake.submitted
    options: dict[str, Any] = fake.submitted["options"]
    assert options.pop("exportOf") == "d0"
    return options


def made(folder: Path) -> set[str]:
    return {name for name in files(folder) if not name.startswith("status_report_")}


def test_every_finished_image_by_its_own_seed_and_name(backdrop: Command, done: FakeBackdrop, tmp_path: Path) -> None:
    status, out, err = backdrop("export", "d0", "--format", "webp", "--out", tmp_path / "out")

    assert status == 0, out
    assert sent(done) == {
        "variations": 2,
        "style": "anime",
        "output": {"aspect": "4:5", "format": "WEBP"},
    }, "a quality goes with its format"
    assert done.submitted
    assert done.submitted["seeds"] == {"p0000000": [7, 8], "p0000001": [8]}
    assert done.submitted["labels"] == {"p0000000": ["Mug"]}
    assert (done.submitted["prompt"], done.submitted["seed"]) == ("a beach", 7)
    assert "Exporting 3 images: no model is called, nothing is paid" in err
    assert "never finished: 1" in err
    assert {Path(name).stem for name in made(tmp_path / "out")} == {"0", "0 (2)", "1 (2)"}
    assert done.count("POST /s3/upload") == 0


def test_the_approved_on_a_colour(backdrop: Command, done: FakeBackdrop, tmp_path: Path) -> None:
    status, out, _ = backdrop("export", "d0", "--approved", "--background", "fff0e0", "--out", tmp_path / "out")

    assert status == 0, out
    assert sent(done) == {
        "background": "#fff0e0",
        "output": {"aspect": "4:5", "format": "JPEG", "quality": 80},
    }, "what is about painting is left out"
    assert done.submitted
    assert "prompt" not in done.submitted, "no words say what is behind"
    assert {Path(name).stem for name in made(tmp_path / "out")} == {"0 (2)"}


@pytest.mark.parametrize(
    ("flags", "said", "files"),
    [
        (["--only", "0 (2).png"], "1 of 3", {"0 (2)"}),
        (["--only", "00000000", "--sku", "A\u0308 7"], "2 of 3", {"0", "1 (2)"}),
        (["--only", "00000000", "--only", "0 (2).png", "--approved"], "1 of 3", {"0 (2)"}),
    ],
)
def test_those_that_are_named_by_file_id_or_sku(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path, flags: list[str], said: str, files: set[str]
) -> None:
    done.earlier_images[3] |= {"sku": "Ä 7"}

    status, out, err = backdrop("export", "d0", *flags, "--out", tmp_path / "out")

    assert status == 0, out
    assert f"Exporting {said} images: no model is called" in err
    assert {Path(name).stem for name in made(tmp_path / "out")} == files


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--only", "0 (2).pgn"], "'0 (2).pgn': 0 (2).png, 1 (2).png may be meant."),
        (["--only", "1.png", "--only", "0 (2).png"], "no image '1.png'"),
        (["--sku", "A-17"], "no image with the SKU 'A-17': A-71 may be meant."),
    ],
)
def test_a_name_that_no_image_has_is_refused_with_the_nearest(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path, flags: list[str], told: str
) -> None:
    done.earlier_images[0] |= {"sku": "A-71"}

    # A picture that would be brought for them, too.
    wish = ("--backdrop", "gradient:ffffff,000000", "--out", tmp_path / "out", "--json")
    status, out, _ = backdrop("export", "d0", *flags, *wish)

    error = json.loads(out)["error"]
    assert (status, error["code"]) == (2, "IMAGE_UNKNOWN")
    assert told in error["message"]
    assert not [call for call in done.calls if call.startswith("POST /v1")], "nothing was made"


def test_on_a_colour_variations_are_alike_and_one_is_exported(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path
) -> None:
    _, _, err = backdrop("export", "d0", "--background", "ffffff", "--out", tmp_path / "out")

    assert "like another one: 1" in err
    assert {Path(name).stem for name in made(tmp_path / "out")} == {"0", "1 (2)"}


@pytest.mark.parametrize(
    ("flags", "output"),
    [
        ("--width 800", {"aspect": "4:5", "width": 800, "format": "JPEG", "quality": 80}),
        ("--width 800 --height 800 --fill pad", {"width": 800, "height": 800, "fill": "PAD"}),
        ("--aspect 1:1 --pad-color 112233", {"aspect": "1:1", "fill": "PAD", "padColor": "#112233"}),
        ("--own-size", {"format": "JPEG", "quality": 80}),
        ("--own-size --width 300", {"width": 300}),
        ("--preset shop-square", {"preset": "shop-square", "format": None, "quality": None}),
        ("--format png", {"aspect": "4:5", "format": "PNG", "quality": None}),
        ("--quality 60", {"aspect": "4:5", "quality": 60}),
    ],
)
def test_what_is_not_said_stays_as_it_was(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path, flags: str, output: dict[str, Any]
) -> None:
    status, out, _ = backdrop("export", "d0", *flags.split(), "--out", tmp_path / "out")

    assert status == 0, out
    wanted = {"format": "JPEG", "quality": 80} | output
    assert sent(done)["output"] == {name: value for name, value in wanted.items() if value is not None}


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ("--preset shop-square --width 300", "OPTIONS_INVALID"),
        ("--fill outpaint --pad-color ffffff", "OPTIONS_INVALID"),
        (f"--background ffffff --backdrop {__file__}", "OPTIONS_INVALID"),
    ],
)
def test_options_that_contradict_each_other_are_wrong_use(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path, flags: str, code: str
) -> None:
    status, out, _ = backdrop("export", "d0", *flags.split(), "--out", tmp_path / "out", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, code)
    assert done.submitted is None


@pytest.mark.parametrize(
    ("changes", "flags", "code"),
    [
        ({"status": "Running"}, [], "JOB_RUNNING"),
        ({}, ["--approved"], "NOTHING_TO_EXPORT"),
        ({}, ["--only", "00000001"], "NOTHING_TO_EXPORT"),
    ],
)
def test_nothing_to_export_is_said_and_starts_nothing(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path, changes: dict[str, Any], flags: list[str], code: str
) -> None:
    done.earlier |= changes
    done.earlier_images = done.earlier_images[:1] + done.earlier_images[2:]

    status, out, _ = backdrop("export", "d0", *flags, "--out", tmp_path / "out", "--json")

    assert (status, json.loads(out)["error"]["code"]) == (2, code)
    assert done.count("POST /v1/drafts") == 0


@pytest.mark.parametrize(
    ("flags", "seeds", "told"),
    [
        ([], {"p0000000": [7]}, "1; they are exported by: backdrop export d7"),
        (["--approved"], {"p0000000": [8]}, None),
        (["--approved", "--only", "00000001-2"], None, "backdrop export d7 --approved"),
    ],
)
def test_an_export_leaves_out_what_the_set_shows_of_a_redo_and_says_who_exports_it(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path, flags: list[str], seeds: dict[str, list[int]], told: str
) -> None:
    shown = "00000000-2" if not flags else "00000001-2"
    done.earlier |= {"redos": 1, "status": "Succeeded"}
    done.earlier_images[3]["verdict"] = "APPROVED"
    status = {"status": "Succeeded", "doubtful": False}
    verdict = "APPROVED" if "--only" in flags else None
    tries = [
        {"jobId": "d0", "imageId": shown} | status,
        {"jobId": "d7", "imageId": "00000000", "verdict": verdict} | status,
    ]
    done.earlier_tries = {
        "redos": [{"jobId": "d7", "status": "Succeeded", "createdAt": "2026-11-21T04:00:00.000Z"}],
        "images": [{"imageId": shown, "chosen": 1, "tries": tries}],
    }

    code, out, err = backdrop("export", "d0", *flags, "--out", tmp_path / "out")

    assert (code == 0) is (seeds is not None), out + err
    if seeds is None:
        assert done.submitted is None
    else:
        assert done.submitted
        assert done.submitted["seeds"] == seeds | ({"p0000001": [8]} if not flags else {})
    assert (told in err) if told else ("new try" not in err)


def test_what_is_left_of_an_export_is_taken_from_that_export(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path
) -> None:
    done.earlier["options"] = with_defaults({"exportOf": "c9", "output": {"format": "PNG"}})

    assert backdrop("retry", "d0", "--out", tmp_path / "out")[0] == 0

    assert sent(done) == {"output": {"format": "PNG"}}, "a retry pays for nothing either"


def test_on_a_backdrop_that_is_kept(backdrop: Command, done: FakeBackdrop, tmp_path: Path) -> None:
    status, out, _ = backdrop("export", "d0", "--backdrop", "kept:b1", "--shadow", "none", "--out", tmp_path / "out")
    assert status == 0, out
    assert done.submitted
    assert done.submitted["options"]["background"] == "backdrop"
    assert done.submitted["options"]["backdrop"] == {"id": "b1", "shadow": "NONE"}


def test_in_another_light(backdrop: Command, done: FakeBackdrop, tmp_path: Path) -> None:
    export = ("export", "d0", "--out", tmp_path / "out", "--light", "right", "--rim", 0.4)
    status, _, errors = backdrop(*export)
    assert status == 2
    assert "There is no backdrop behind these images" in errors
    status, out, _ = backdrop(*export, "--backdrop", "kept:b1")
    assert status == 0, out
    assert done.submitted
    assert done.submitted["options"]["backdrop"] == {"id": "b1", "light": {"direction": 45.0, "rim": 0.4}}


def test_fetching_the_approved_alone(backdrop: Command, done: FakeBackdrop, tmp_path: Path) -> None:
    for one in done.earlier_images:
        if one["status"] == "Succeeded":
            one |= {"downloadUrl": f"{done.url}/s3/get/status_report_{one['imageId']}?sig=x", "downloadName": "x.jpg"}
    status, out, _ = backdrop("fetch", "d0", "--approved", "--out", tmp_path / "out")
    assert {Path(name).stem for name in made(tmp_path / "out")} == {"0 (2)"}, out
    assert status == 0

    done.earlier_images = done.earlier_images[2:]
    status, out, _ = backdrop("fetch", "d0", "--approved", "--out", tmp_path / "none", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, "NOTHING_APPROVED")


def test_of_several_scenes_those_are_exported_that_the_images_have(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path
) -> None:
    scenes = [{"prompt": "a forest", "background": "generated"}, {"prompt": "", "background": "#ffffff"}]
    further = {"scenes": scenes, "outputs": [{"width": 300}]}
    done.earlier["options"] = with_defaults({"style": "anime", **further})
    done.earlier_images = [
        image(0, "Succeeded", number, seed=7, scene=(number + 1) // 2, verdict="APPROVED" if number in (3, 6) else None)
        for number in range(1, 7)
    ]

    status, out, _ = backdrop("export", "d0", "--approved", "--format", "webp", "--out", tmp_path / "out")

    assert status == 0, out
    options = sent(done)
    assert options["scenes"] == [{"background": "#ffffff"}]
    assert "outputs" not in options
    assert done.submitted
    assert (done.submitted["prompt"], done.submitted["seeds"]) == ("a forest", {"p0000000": [7]})
    assert {Path(name).stem for name in made(tmp_path / "out")} == {"0 (3)", "0 (5)"}

    backdrop("export", "d0", "--background", "#000000", "--out", tmp_path / "black")
    assert "scenes" not in sent(done)


def test_of_photos_in_several_scenes_exactly_the_named_images_are_exported(
    backdrop: Command, done: FakeBackdrop, tmp_path: Path
) -> None:
    done.earlier["options"] = with_defaults({"scenes": [{"prompt": "", "background": "#ffffff"}]})
    done.earlier_images = [
        image(photo, "Succeeded", number, seed=7, scene=number) for photo in (0, 1, 2) for number in (1, 2)
    ]

    wish = ("--only", "0.png", "--only", "1 (2).png", "--sku", "B")
    for one in done.earlier_images[4:]:
        one["sku"] = "B"
    _, _, err = backdrop("export", "d0", *wish, "--format", "webp", "--out", tmp_path / "out")

    assert "Exporting 4 of 6 images" in err
    assert done.submitted
    assert done.submitted["inScenes"] == {"p0000000": [1], "p0000001": [2]}, "the third photo has both"
