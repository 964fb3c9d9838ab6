"""The `backdrop` command as a process of its own, against the template deployed to the local cloud."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat

from localcloud.cloud import LocalCloud
from tests.command import run_backdrop
from tests.heic_files import file_of, grid, irot
from tests.integration.test_workflow import small
from tests.truth import surely_inside

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "samples" / "photos"
PROMPT = "on a light oak table in a bright kitchen"

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def backdrop(cloud: LocalCloud) -> Command:
    """Runs the command as a user of the deployed stack, with options from the environment only."""
    outputs = cloud.outputs
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKDROP_")} | {
        "BACKDROP_API_URL": outputs.api_url,
        "BACKDROP_USER_POOL_ID": outputs.user_pool_id,
        "BACKDROP_USER_POOL_CLIENT_ID": outputs.user_pool_client_id,
        "BACKDROP_AUTH_ENDPOINT": outputs.endpoint,
        "BACKDROP_USER": outputs.demo_user,
        "BACKDROP_PASSWORD": outputs.demo_password,
    }

    def run(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        return run_backdrop(*arguments, environment=environment | changes)

    return run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three small sample photos, one in a subfolder, one with a name that needs care."""
    folder = tmp_path / "Herbst Kollektion"
    (folder / "cups").mkdir(parents=True)
    (folder / "cups" / "mug.v1.jpg").write_bytes(small("mug_wooden_desk"))
    (folder / "Pot à miel (été).JPG").write_bytes(small("honey_jar_garden_table"))
    (folder / "soap.jpg").write_bytes(small("soap_box_grey_sweep"))
    return folder


def images(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith("status_report_")
    }


def test_a_folder_of_photos_comes_back_with_new_backgrounds(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = backdrop("replace", photos, "--prompt", PROMPT, "--seed", 11, "--out", out, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    assert document["counts"] == {"total": 3, "succeeded": 3, "failed": 0, "notBegun": 0}
    assert document["job"]["seed"] == 11
    assert set(images(out)) == {"cups/mug.v1", "Pot à miel (été)", "soap"}
    for image in document["images"]:
        with Image.open(image["file"]) as finished, Image.open(image["source"]) as source:
            assert finished.size == source.size
            assert finished.tobytes() != source.tobytes()
    report = json.loads(Path(document["reports"]["json"]).read_text(encoding="utf-8"))
    assert document["job"]["jobId"] in json.dumps(report)
    assert Path(document["reports"]["csv"]).stat().st_size > 0
    assert "Downloading: 3 of 3" in done.stderr

    again = backdrop("fetch", document["job"]["jobId"], "--out", out, "--json")
    assert again.returncode == 0, again.stderr
    assert len(images(out)) == 3, "fetching what is there makes no copies"


def test_a_sheet_gives_photos_their_own_words_and_a_retry_takes_them_along(
    backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    assert backdrop("sheet-template", photos, "--out", sheet).returncode == 0
    rows = sheet.read_text(encoding="utf-8-sig").splitlines()
    assert rows[1].startswith("Pot à miel (été).JPG,")
    sheet.write_text("\n".join([rows[0], "soap.jpg,,on dark slate,,", *rows[2:3]]), encoding="utf-8")
    photos.joinpath("Pot à miel (été).JPG").unlink()
    wanted = ["--prompt", PROMPT, "--seed", 11, "--mask-source", "built-in"]
    wanted += ["--sheet", str(sheet), "--names", "{name}/{n:02}"]

    done = backdrop("replace", photos, *wanted, "--out", tmp_path / "out", "--json")

    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    report = json.loads(Path(document["reports"]["json"]).read_text(encoding="utf-8"))
    assert {image["ImageName"]: image["Prompt"] for image in report["Images"]} == {
        "cups/mug.v1.jpg": PROMPT,
        "soap.jpg": "on dark slate",
    }
    again = backdrop("retry", document["job"]["jobId"], "--all", "--out", tmp_path / "again", "--json")
    assert again.returncode == 0, again.stderr + again.stdout
    made = images(tmp_path / "again")
    assert set(made) == {"mug.v1/01", "soap/01"}, "a retry takes the files' names along, too"
    for file, path in images(tmp_path / "out").items():
        with Image.open(path) as first, Image.open(made[file]) as second:
            assert first.tobytes() == second.tobytes(), "the same words: the same picture"


def test_photos_of_a_phone_are_finished_as_jpeg_and_the_report_names_the_heic(
    backdrop: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "phone"
    folder.mkdir()
    with Image.open(SAMPLES / "mug_wooden_desk.jpg") as image:
        upright = image.convert("RGB").resize((800, 600))
    data = file_of(grid(upright.transpose(Image.Transpose.ROTATE_90), irot(3), exif=b"Rue de Rivoli"))
    (folder / "IMG_1.HEIC").write_bytes(data)
    wanted = ["--prompt", PROMPT, "--seed", 11, "--mask-source", "built-in"]
    done = backdrop("replace", folder, *wanted, "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    finished = images(tmp_path / "out")["IMG_1"]
    assert finished.name == "IMG_1.jpg"
    with Image.open(finished) as picture:
        assert (picture.format, picture.size) == ("JPEG", upright.size)
        # The mug stands in the middle, upright, and its pixels are the photo's; above it is the new background.
        middle = (340, 270, 460, 400)
        apart = ImageChops.difference(picture.crop(middle), upright.crop(middle))
        assert max(ImageStat.Stat(apart).mean) < 4
        apart = ImageChops.difference(picture.crop((0, 0, 800, 66)), upright.crop((0, 0, 800, 66)))
        assert max(ImageStat.Stat(apart).mean) > 10
    assert b"Rivoli" not in finished.read_bytes()
    (row,) = json.loads(Path(document["reports"]["json"]).read_text(encoding="utf-8"))["Images"]
    assert row["ImageName"] == "IMG_1.HEIC"
    assert row["Source"]["Key"].endswith("/img-1-00000000.heic")
    assert row["Source"]["Sha256"] == hashlib.sha256(data).hexdigest()
    assert (row["Source"]["Width"], row["Source"]["Height"]) == upright.size
    assert row["Output"]["Key"].endswith("/img-1-00000000.heic.jpg")


def test_several_options_at_once_make_the_files_that_were_asked_for(
    backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    wanted = "--variations 2 --mask-source built-in --aspect 1:1 --fill pad --pad-color 336699 --width 900 --format png"
    done = backdrop(
        "replace", photos / "cups", "--prompt", PROMPT, "--seed", 3, *wanted.split(), "--out", out, "--json"
    )
    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    assert document["counts"] == {"total": 2, "succeeded": 2, "failed": 0, "notBegun": 0}
    assert document["job"]["options"]["output"]["padColor"] == "#336699"
    first, second = (Path(image["file"]) for image in document["images"])
    assert (first.name, second.name) == ("mug.v1.png", "mug.v1 (2).png")
    with Image.open(first) as one, Image.open(second) as two:
        assert (one.format, one.size, two.size) == ("PNG", (900, 900), (900, 900))
        assert one.getpixel((450, 5)) == two.getpixel((450, 5)) == (0x33, 0x66, 0x99), "the border"
        assert one.tobytes() != two.tobytes(), "each with a seed of its own"
    report = json.loads(Path(document["reports"]["json"]).read_text(encoding="utf-8"))
    assert sorted(image["Seed"] for image in report["Images"]) == [3, 4]


def test_a_transparent_cut_out_calls_no_model_and_has_the_photos_pixels(backdrop: Command, tmp_path: Path) -> None:
    """A photo of 12 megapixels as the camera made it."""
    mug = shutil.copy(SAMPLES / "mug_wooden_desk.jpg", tmp_path / "mug.jpg")
    wanted = "--background transparent --mask-source built-in --aspect 2:1"
    done = backdrop("replace", mug, *wanted.split(), "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    assert document["job"]["costUsd"] == 0
    with Image.open(document["images"][0]["file"]) as cut_out, Image.open(document["images"][0]["source"]) as source:
        assert (cut_out.format, cut_out.mode) == ("PNG", "RGBA")
        assert cut_out.size == (2 * source.height, source.height)
        left = (cut_out.width - source.width) // 2
        alpha = cut_out.getchannel("A").crop((left, 0, left + source.width, source.height))
        with Image.open(SAMPLES.parent / "alpha" / "mug_wooden_desk.alpha.png") as truth:
            apart = ImageChops.difference(alpha, truth.convert("L").resize(alpha.size))
        assert ImageStat.Stat(apart).mean[0] < 8, "the mug, and not the desk"
        inside = surely_inside(alpha, 4)
        shown = cut_out.convert("RGB").crop((left, 0, left + source.width, source.height))
        assert inside.sum() > 100_000
        assert (np.asarray(shown)[inside] == np.asarray(source)[inside]).all()


def test_masks_of_ones_own_decide_what_is_kept(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    (masks / "cups").mkdir(parents=True)
    with Image.open(photos / "cups" / "mug.v1.jpg") as photo:
        mask = Image.new("L", photo.size, 0)
    # Nothing that any cut-out would find: the photo's lower left quarter.
    kept = (0, mask.height // 2, mask.width // 2, mask.height)
    mask.paste(255, kept)
    mask.save(masks / "cups" / "mug.v1.png")
    done = backdrop(
        "replace",
        photos,
        "--background",
        "#00ff00",
        "--format",
        "png",
        "--masks",
        masks,
        "--out",
        tmp_path / "out",
        "--json",
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "1 for 3 photos" in done.stderr
    image = next(one for one in json.loads(done.stdout)["images"] if one["name"] == "cups/mug.v1.jpg")
    with Image.open(image["file"]) as finished, Image.open(image["source"]) as source:
        x, y = kept[2] // 2, (kept[1] + kept[3]) // 2
        assert finished.getpixel((x, y)) == source.getpixel((x, y))
        assert finished.getpixel((finished.width - 5, finished.height - 5)) == (0, 255, 0)
        assert finished.getpixel((5, 5)) == (0, 255, 0)


def test_a_picture_of_ones_own_is_uploaded_once_and_lies_behind_all(
    backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "Wand (grün).png"
    Image.new("RGB", (800, 600), (20, 160, 60)).save(picture)
    wanted = ["--backdrop", picture, "--shadow", "none", "--mask-source", "built-in", "--json"]
    first = backdrop("replace", photos / "cups", *wanted, "--out", tmp_path / "one")
    assert first.returncode == 0, first.stderr + first.stdout
    assert "Uploading the backdrop Wand (grün).png" in first.stderr
    second = backdrop("replace", photos / "soap.jpg", *wanted, "--out", tmp_path / "two")
    assert second.returncode == 0, second.stderr
    assert "Uploading the backdrop" not in second.stderr, "it is there"
    made = [*images(tmp_path / "one").values(), *images(tmp_path / "two").values()]
    assert len(made) == 2
    for file in made:
        with Image.open(file) as image:
            assert image.convert("RGB").getpixel((3, 3)) == pytest.approx((20, 160, 60), abs=6)

    stand = ["--stand", "--share", "0.3", "--across", "0.3", "--surface", "0.9", "--width", "600", "--aspect", "1:1"]
    third = backdrop("replace", photos / "soap.jpg", *wanted, *stand, "--out", tmp_path / "placed")
    assert third.returncode == 0, third.stderr
    (file,) = images(tmp_path / "placed").values()
    with Image.open(file) as image:
        green = Image.new("RGB", image.size, (20, 160, 60))
        apart = ImageChops.difference(image.convert("RGB"), green).convert("L").point([0] * 30 + [255] * 226)
    left, top, right, bottom = apart.getbbox() or (0, 0, 0, 0)
    assert (bottom, (left + right) / 2) == pytest.approx((540, 180), abs=12)
    assert max(right - left, bottom - top) == pytest.approx(180, abs=12)
    colours = backdrop(
        "replace", photos / "soap.jpg", "--backdrop", "gradient:#fff,#1040a0", *wanted[2:], "--out", tmp_path / "blue"
    )
    assert colours.returncode == 0, colours.stderr
    (file,) = images(tmp_path / "blue").values()
    with Image.open(file) as image:
        column = image.convert("L").crop((3, 0, 4, image.height)).tobytes()
        assert column[3] > column[-4] + 40

    both = backdrop("replace", photos, *wanted, "--background", "#ffffff", "--out", tmp_path / "three")
    assert (both.returncode, "Leave one of them out" in both.stderr) == (2, True)
    alone = backdrop("replace", photos, "--prompt", PROMPT, "--shadow", "soft", "--out", tmp_path / "three")
    assert (alone.returncode, "Add --backdrop" in alone.stderr) == (2, True)


def test_a_backdrop_is_painted_from_words_looked_at_kept_and_put_behind(
    backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    words = "a light oak table, a white wall"
    done = backdrop("paint", words, "--seed", 41, "--count", 2, "--out", tmp_path / "try", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Stable Image Core paints 2, at most $0.080" in done.stderr
    document = json.loads(done.stdout)
    assert [one["recipe"]["seed"] for one in document["candidates"]] == [41, 42]
    assert document["paidUsd"] == 0.08
    assert len({Path(one["file"]).read_bytes() for one in document["candidates"]}) == 2

    kept = backdrop("paint", words, "--seed", 42, "--keep")
    assert kept.returncode == 0, kept.stderr
    assert "Paid: $0.00" in kept.stdout, "it was painted before"
    named = kept.stdout.split("--backdrop ")[1].split()[0]
    wanted = ["--backdrop", named, "--shadow", "none", "--mask-source", "built-in", "--json"]
    finished = backdrop("replace", photos / "soap.jpg", *wanted, "--out", tmp_path / "out")
    assert finished.returncode == 0, finished.stderr
    several = backdrop("paint", words, "--count", 2, "--keep")
    assert (several.returncode, "--seed" in several.stderr) == (2, True)


def test_a_broken_photo_is_listed_with_its_reason_and_the_others_are_done(
    backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    whole = (photos / "soap.jpg").read_bytes()
    (photos / "soap.jpg").write_bytes(whole[: len(whole) // 3])
    (photos / "notes.jpg").write_text("not a photo at all")
    done = backdrop("replace", photos, "--prompt", PROMPT, "--out", tmp_path / "out")
    assert done.returncode == 1, done.stderr + done.stdout
    assert "2 of 4 images succeeded" in done.stdout
    assert "PHOTO_TRUNCATED" in done.stdout
    assert "PHOTO_NOT_AN_IMAGE" in done.stdout
    assert set(images(tmp_path / "out")) == {"cups/mug.v1", "Pot à miel (été)"}


def test_a_prompt_that_is_too_long_names_the_limit_and_costs_nothing(
    backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    before = job_ids(backdrop)
    done = backdrop("replace", photos, "--prompt", "x" * 20_000, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "20,000 characters" in done.stderr
    assert job_ids(backdrop) == before


def job_ids(backdrop: Command) -> list[str]:
    return [job["jobId"] for job in json.loads(backdrop("jobs", "--json").stdout)["jobs"]]


def test_a_retired_model_is_refused_before_the_upload(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    listed = json.loads(backdrop("models", "--json").stdout)
    unusable = [model["modelId"] for model in listed["models"] if not model["usable"]]
    usable = [model["modelId"] for model in listed["models"] if model["usable"]]
    if not unusable:
        unusable = ["amazon.nothing-v9:0"]
    done = backdrop("replace", photos, "--prompt", PROMPT, "--model", unusable[0], "--out", tmp_path / "out")
    assert done.returncode == 2
    assert usable[0] in done.stderr


def test_a_service_that_is_down_is_exit_3(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    done = backdrop(
        "replace",
        photos,
        "--prompt",
        PROMPT,
        "--out",
        tmp_path / "out",
        BACKDROP_API_URL="http://127.0.0.1:9/v1",
    )
    assert done.returncode == 3
    assert "can't be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_password_is_exit_3(backdrop: Command) -> None:
    done = backdrop("jobs", "--json", BACKDROP_PASSWORD="not the password")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "WRONG_PASSWORD"


def test_local_uses_the_running_local_cloud(backdrop: Command, cloud: LocalCloud) -> None:
    done = backdrop("jobs", "--local", BACKDROP_LOCAL_HOME=str(cloud.home.root), BACKDROP_API_URL="")
    assert done.returncode == 0, done.stderr
    assert f"Using the local cloud at {cloud.endpoint}" in done.stderr
