"""The command as a user runs it, against the fake service: files, exit status, what is printed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backdrop_cli import follow, main
from tests.unit.client.conftest import Command, files
from tests.unit.client.fake import BAD_PHOTO, FINISHED, FakeBackdrop, Fault


def test_a_folder_is_replaced_and_results_are_named_after_their_sources(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    status, out, err = backdrop("replace", photos, "--prompt", "a beach", "--seed", 5, "--out", tmp_path / "out")
    assert status == 0
    assert files(tmp_path / "out") == {
        "mug.png": FINISHED + b"photo mug.jpg",
        "Chaise élégante.png": FINISHED + "photo Chaise élégante.png".encode(),
        "shoes/mug.png": FINISHED + b"photo shoes/mug.jpg",
        "status_report_d1.json": b"report status_report_d1.json",
        "status_report_d1.csv": b"report status_report_d1.csv",
        "status_report_d1.html": b"report status_report_d1.html",
        "status_report_d1.json.sig": b"s/day/status_report_d1.json.sig",
        "status_report_d1.proof/chain/00000003.json": b"s/chain/00000003.json",
        "status_report_d1.proof/approvals/00000101.json": b"s/day/approvals/00000101.json",
        "status_report_d1.proof/files.json": (tmp_path / "out/status_report_d1.proof/files.json").read_bytes(),
    }
    assert "3 of 3 images succeeded" in out
    assert "$0.21" in err, "the price is told before the job is submitted"
    assert "Downloading: 3 of 3" in err
    assert fake.submitted
    assert (fake.submitted["prompt"], fake.submitted["seed"]) == ("a beach", 5)
    assert "labels" not in fake.submitted
    assert fake.revoked == ["refresh-1"], "signed out at the end"


ONE_NAME = {
    "SKU-A/detail/front.jpg": "SKU-A/detail/front.png",
    "SKU-A/front.jpg": "SKU-A/front.png",
    "SKU-A/front.png": "SKU-A/front (2).png",
    "SKU-B/Front.jpeg": "SKU-B/Front.png",
    "SKU-B/front.jpg": "SKU-B/front (2).png",
}
"""Photo -> the file that it becomes."""


def results(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in files(folder).items() if name.endswith(".png")}


def test_files_of_one_name_are_the_same_products_in_every_download(
    backdrop: Command, fake: FakeBackdrop, tmp_path: Path
) -> None:
    """Whichever image is quicker, and whatever lies in the folder already."""
    for name in ONE_NAME:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())

    backdrop("replace", tmp_path / "photos", "--prompt", "x", "--out", tmp_path / "out")

    made = results(tmp_path / "out")
    assert made == {file: FINISHED + photo.encode() for photo, file in ONE_NAME.items()}
    for run in range(3):
        fake.download_seconds = {id_: random.Random(f"{run} {id_}").uniform(0, 0.2) for id_ in fake.photos}
        backdrop("fetch", "d1", "--out", tmp_path / f"again-{run}")
        assert results(tmp_path / f"again-{run}") == made

        full = tmp_path / f"full-{run}"
        for name in made:
            (full / name).parent.mkdir(parents=True, exist_ok=True)
            (full / name).write_bytes(b"of another job")
        backdrop("fetch", "d1", "--out", full)
        assert {name: data for name, data in results(full).items() if name not in made} == {
            "SKU-A/detail/front (2).png": made["SKU-A/detail/front.png"],
            "SKU-A/front (3).png": made["SKU-A/front.png"],
            "SKU-A/front (2) (2).png": made["SKU-A/front (2).png"],
            "SKU-B/Front (3).png": made["SKU-B/Front.png"],
            "SKU-B/front (2) (2).png": made["SKU-B/front (2).png"],
        }


def test_json_is_one_document_on_standard_output(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    status, out, _ = backdrop("replace", photos, "--prompt", "a beach", "--out", tmp_path / "out", "--json")
    document = json.loads(out)
    assert (status, document["exitStatus"], document["outcome"]) == (0, 0, "succeeded")
    assert document["counts"] == {"total": 3, "succeeded": 3, "failed": 0, "notBegun": 0}
    for image in document["images"]:
        assert Path(image["file"]).read_bytes() == FINISHED + Path(image["source"]).read_bytes()
    assert Path(document["reports"]["csv"]).is_file()
    assert "sig=" not in out, "presigned addresses are secrets"


def test_bad_photos_are_listed_with_reasons_and_stop_no_other(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    (photos / "broken.jpg").write_bytes(BAD_PHOTO)
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "huge.jpg").write_bytes(b"x" * 100_001)
    (photos / "anim.gif").write_bytes(b"GIF89a")
    fake.failing = {"shoes/mug.jpg"}
    status, out, err = backdrop(
        "replace", photos, photos / "anim.gif", "--prompt", "a beach", "--out", tmp_path / "out"
    )
    assert status == 1
    assert "2 of 7 images succeeded" in out
    for name, reason in [
        ("broken.jpg", "PHOTO_TRUNCATED"),
        ("empty.jpg", "0 bytes"),
        ("huge.jpg", "100,000"),
        ("anim.gif", "PHOTO_FORMAT_UNSUPPORTED"),
        ("shoes/mug.jpg", "advice for MODEL_REFUSED_PROMPT"),
    ]:
        block = out[out.index(f"  {name}:") :].split("\n  ")[0:3]
        assert reason in "\n".join(block)
    assert "broken.jpg" in err, "told before anything is paid"
    uploads = [call for call in fake.calls if call == "POST /s3/upload"]
    assert len(uploads) == 4, "empty, huge and refused files are not uploaded"


def test_nothing_is_submitted_when_no_photo_is_good(backdrop: Command, fake: FakeBackdrop, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(BAD_PHOTO)
    status, out, _ = backdrop("replace", tmp_path / "broken.jpg", "--prompt", "x", "--out", tmp_path / "out")
    assert status == 1
    assert fake.submitted is None
    assert "Nothing was submitted" in out


def test_only_named_labels_are_kept_and_photos_without_them_are_left_out(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.labels = {"Chaise élégante.png": ["Chair"], "mug.jpg": ["Cup", "Mug", "Table"]}
    status, out, _ = backdrop(
        "replace", photos, "--prompt", "x", "--label", "mug", "--label", "CUP", "--out", tmp_path / "out"
    )
    assert status == 1
    assert fake.submitted
    assert sorted(fake.submitted["labels"].values()) == [["Cup", "Mug"], ["Mug"]]
    assert "Chaise élégante.png" not in [photo.name for photo in fake.photos.values()], "taken out of the draft"
    assert "found: Chair" in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--prompt", "   "], "empty"),
        (["--prompt", "é" * 10_001], "10,001 characters; us.stability.stable-image-inpaint-v1:0 takes at most 10,000"),
        (["--prompt", "x", "--negative-prompt", "y" * 10_001], "negative prompt has 10,001 characters"),
        (["--prompt", "x", "--model", "nova"], "us.stability.stable-image-search-replace-v1:0"),
        (["--prompt", "x", "--model", "amazon.nova-canvas-v1:0"], "still served: us.stability"),
        (["--prompt", "x", "--seed", "0"], "takes 1 to 4,294,967,294"),
        (["--prompt", "x", "--seed", "0", "--style", "baroque"], "has no style"),
        (["--prompt", "x", "--label", "Mug", "--label", " "], "A label to keep is empty"),
        (["--prompt", "x", "--mode", "best"], "'precise', 'default'"),
        ([], "Describe the new background"),
    ],
)
def test_wrong_use_is_told_before_anything_is_uploaded(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path, options: list[str], told: str
) -> None:
    status, _, err = backdrop("replace", photos, *options, "--out", tmp_path / "out")
    assert status == 2
    assert told in err
    assert fake.count("POST /v1/drafts/d1/(photos|submit)") == 0


def test_all_that_is_wrong_is_told_at_once(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    wrong = ["--prompt", "x" * 10_001, "--seed", "0", "--style", "baroque"]
    err = backdrop("replace", photos, *wrong, "--out", tmp_path / "out")[2]
    assert all(told in err for told in ("10,001 characters", "The seed is 0", "has no style"))


def test_too_many_photos_are_told_with_the_limit(backdrop: Command, fake: FakeBackdrop, tmp_path: Path) -> None:
    for number in range(501):
        (tmp_path / f"{number}.jpg").write_bytes(b"x")
    status, _, err = backdrop("replace", tmp_path, "--prompt", "x", "--out", tmp_path / "out")
    assert (status, "501" in err, "500" in err) == (2, True, True)


def test_hundreds_of_photos_are_registered_in_batches_and_all_arrive(
    backdrop: Command, fake: FakeBackdrop, tmp_path: Path
) -> None:
    for number in range(230):
        (tmp_path / f"{number:03}.jpg").write_bytes(f"photo {number}".encode())
    fake.page_size = 100
    fake.upload_seconds = 0.02
    status, out, _ = backdrop("replace", tmp_path, "--prompt", "x", "--out", tmp_path / "out")
    assert (status, "230 of 230" in out) == (0, True)
    assert fake.count("POST /v1/drafts/d1/photos") == 3
    assert 2 <= fake.busiest <= 9, "eight at a time, and registration"
    results = files(tmp_path / "out")
    assert all(results[f"{n:03}.png"] == FINISHED + f"photo {n}".encode() for n in range(230))


def test_a_service_that_is_down_is_exit_3(
    backdrop: Command, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_AUTH_ENDPOINT", "http://127.0.0.1:9")
    status, out, err = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out", "--json")
    assert status == 3
    assert json.loads(out)["error"]["code"] == "SERVICE_UNREACHABLE"
    assert "can't be reached" in err


def test_a_wrong_password_is_exit_3(backdrop: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDROP_PASSWORD", "guess")
    status, _, err = backdrop("jobs")
    assert (status, "wrong" in err) == (3, True)


@pytest.mark.parametrize("missing", ["API_URL", "USER_POOL_CLIENT_ID", "USER", "PASSWORD"])
def test_a_missing_setting_is_named(backdrop: Command, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(f"BACKDROP_{missing}")
    status, _, err = backdrop("jobs")
    assert status == 2
    assert f"BACKDROP_{missing}" in err


def test_a_password_never_goes_over_plain_http(backdrop: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDROP_API_URL", "http://backdrop.example.com/v1")
    status, _, err = backdrop("jobs")
    assert (status, "https" in err) == (2, True)


def test_there_is_no_option_for_a_password(backdrop: Command) -> None:
    status, _, err = backdrop("jobs", "--password", "x")
    assert (status, "No such option" in err) == (2, True)


def test_an_unexpected_error_is_words_not_a_trace(
    backdrop: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(main, "connect", broken)
    status, _, err = backdrop("models")
    assert status == 3
    assert "ZeroDivisionError" in err
    assert main.run(["models", "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_pipe_among_the_photos_is_told_and_stops_nothing(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 1
    assert "3 of 4" in out
    assert "not an ordinary file" in out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only Unicode names")
def test_json_is_valid_whatever_bytes_a_name_holds(
    fake: FakeBackdrop, backdrop: Command, photos: Path, tmp_path: Path
) -> None:
    odd = os.fsencode(photos) + b"/bad\xff.jpg"
    Path(os.fsdecode(odd)).write_bytes(b"photo")
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out", "--json")
    assert status == 0
    out.encode("utf-8")
    assert odd in [os.fsencode(image["source"]) for image in json.loads(out)["images"]]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only Unicode names")
def test_a_name_of_any_bytes_is_told_harmlessly_and_names_its_result(
    fake: FakeBackdrop, backdrop: Command, tmp_path: Path
) -> None:
    folder, out_folder = tmp_path / os.fsdecode(b"in\xff"), tmp_path / os.fsdecode(b"out\xff")
    folder.mkdir()
    fake.failing = {"bad\ufffd.jpg"}
    for name in (b"bad\xff.jpg", b"caf\xe9.jpg", "photo\u202egpj.exe.jpg".encode(), b"a\xe2\x80\xa8b.jpg"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"photo")

    status, out, err = backdrop("replace", folder, "--prompt", "x", "--out", out_folder)

    assert status == 1
    assert "  bad\ufffd.jpg: " in out
    assert f"Results: {tmp_path}/out\ufffd\n" in out
    (out + err).encode()
    assert {name for name in files(out_folder) if name.endswith(".png")} == {"caf_.png", "photo_gpj.exe.png", "a_b.png"}

    listed = backdrop("fetch", "d1", "--out", out_folder, "--json")[1]
    document = json.loads(listed)
    assert {image["name"] for image in document["images"]} >= {
        "caf\ufffd.jpg",
        "photo\u202egpj.exe.jpg",
        "a\u2028b.jpg",
    }
    assert len(listed.splitlines()) == len(listed.split("\n")) - 1
    assert "\u202e" not in listed
    assert len(files(out_folder)) == 10, "fetching what is there makes no copies"


def test_a_terminal_without_unicode_costs_no_outcome(photos: Path) -> None:
    (photos / "empty \ufffd 👩.jpg").write_bytes(b"")
    command = [
        sys.executable,
        "-m",
        "backdrop_cli.main",
        "replace",
        str(photos / "no \u202e 👩.jpg"),
        "--prompt",
        "x",
    ]
    environment = {**os.environ, "PYTHONIOENCODING": "iso-8859-1", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*command, "--out", str(photos / "out"), "--json"], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 2
    error = json.loads(done.stdout.decode("iso-8859-1"))["error"]
    assert (error["code"], "no \u202e 👩" in error["message"]) == ("PHOTO_MISSING", True), "JSON has escapes of its own"


@pytest.mark.parametrize(
    ("moment", "told"),
    [("prepare_photos", "Nothing was submitted"), ("follow_job", "backdrop fetch d1 --out")],
)
def test_ctrl_c_says_what_goes_on(
    backdrop: Command, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, told: str
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"backdrop_cli.run.{moment}", interrupted)
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 130
    assert told in err


def test_a_job_outlives_a_short_absence_of_the_service(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.fail("GET", "/v1/jobs/d1", *[Fault(503, {"message": "down"})] * 7)
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 0
    assert "The job goes on" in err


def test_a_long_absence_says_how_to_get_the_results(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.0)
    fake.fail("GET", "/v1/jobs/d1", *[Fault(503, {"message": "down"})] * 99)
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 3
    assert "backdrop fetch d1" in err


def test_a_download_cut_short_or_expired_is_fetched_again(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.fail(
        "GET",
        "/s3/get/p0000000",
        Fault(200, b"cut", {"Content-Length": "500"}),
        Fault(200, b"wrong size"),
        Fault(403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"),
    )
    status, _, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 0
    results = {name: data for name, data in files(tmp_path / "out").items() if name.endswith(".png")}
    assert sorted(results.values()) == sorted(FINISHED + photo.data for photo in fake.photos.values())
    assert not [name for name in files(tmp_path / "out") if name.endswith(".part")]


def test_an_image_that_cannot_be_downloaded_is_listed_and_leaves_no_half_file(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.fail("GET", "/s3/get/p0000001", *[Fault(404, "<Error><Code>NoSuchKey</Code></Error>")] * 9)
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 1
    assert "could not be downloaded" in out
    assert len(files(tmp_path / "out")) == 9


def test_an_expired_upload_is_registered_again(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.fail("POST", "/s3/upload", Fault(403, "<Error><Code>AccessDenied</Code>Policy expired.</Error>"))
    status, _, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")
    assert status == 0
    assert len(fake.photos) == 3


def test_a_job_that_failed_as_a_whole_fails_every_image_with_its_reason(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.job_error = {"code": "JOB_NOT_STARTED", "message": "the workflow did not start", "nextStep": "Tell ops."}
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out", "--json")
    assert status == 1
    assert {image["error"]["code"] for image in json.loads(out)["images"]} == {"JOB_NOT_STARTED"}


def test_fetch_brings_an_earlier_job_and_twice_makes_no_copies(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.failing = {"mug.jpg"}
    backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "first")
    for _ in range(2):
        status, out, _ = backdrop("fetch", "d1", "--out", tmp_path / "again")
        assert status == 1
        assert "MODEL_REFUSED_PROMPT" in out
    assert files(tmp_path / "again") == files(tmp_path / "first")
    status, _, err = backdrop("fetch", "d2", "--out", tmp_path / "again")
    assert status == 3
    assert "goes on" not in err, "a job that is not there does not go on"


def test_jobs_and_models_are_listed(backdrop: Command, photos: Path, tmp_path: Path) -> None:
    assert "No jobs yet" in backdrop("jobs")[1]
    backdrop("replace", photos, "--prompt", "a beach", "--out", tmp_path / "out")
    assert "d1" in backdrop("jobs")[1]
    assert json.loads(backdrop("jobs", "--json")[1])["jobs"][0]["prompt"] == "a beach"
    listed = backdrop("models")[1]
    assert "model.good (default): usable" in listed
    assert "model.old: not usable: AWS ended it" in listed
    assert "model.replay: usable here only: AWS no longer serves it since 2026-09-30" in listed
    assert json.loads(backdrop("models", "--json")[1])["defaultModelId"] == "model.good"


def test_who_sees_a_job_is_said_listed_and_changed(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    order = ("replace", photos, "--prompt", "a beach", "--out", tmp_path / "out")
    assert backdrop(*order, "--team", "studio", "--private")[0] == 2
    assert fake.submitted is None
    status, _, err = backdrop(*order, "--private")
    assert status == 0, err
    assert fake.submitted is not None
    assert (fake.submitted["private"], "team" in fake.submitted) == (True, False)
    status, _, err = backdrop(*order, "--team", "studio")
    assert status == 0, err
    assert fake.submitted["team"] == "studio"

    fake.requested_by = "bob@example.com"
    assert "by bob@example.com (team studio)" in backdrop("jobs", "--team", "studio")[1]
    assert fake.listed["team"] == "studio"
    backdrop("jobs", "--mine")
    assert fake.listed["whose"] == "mine"
    assert backdrop("jobs", "--mine", "--team", "studio")[0] == 2

    assert "Seen by the team shoes." in backdrop("share", "d1", "--team", "shoes")[1]
    assert "Private" in backdrop("share", "d1", "--private")[1]
    assert backdrop("share", "d1")[0] == 2


def test_a_prompt_that_says_no_is_advised_on(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    status, _, err = backdrop("replace", photos, "--prompt", "on a table, no people or cars", "--out", tmp_path / "out")
    assert status == 0, err
    assert "told to leave out: \"no people or cars\". Better: --negative-prompt 'text, people, cars'" in err
    plain, _, err = backdrop("replace", photos, "--background", "#ffffff", "--out", tmp_path / "plain")
    assert (plain, "told to leave out" in err) == (0, False), err


@pytest.mark.parametrize(
    ("flags", "sent"),
    [
        ((), "text, people"),
        (("--negative-prompt", ""), ""),
        (("--negative-prompt", "cars"), "cars"),
        (("--model", "model.all"), ""),
    ],
    ids=["the default", "none", "one's own", "a model that takes none"],
)
def test_what_the_service_proposes_to_avoid_is_avoided(
    flags: tuple[str, ...], sent: str, backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    status, _, err = backdrop("replace", photos, "--prompt", "a table", "--out", tmp_path / "out", *flags)
    assert status == 0, err
    assert (fake.submitted or {}).get("negativePrompt", "") == sent
    assert ("Avoiding: text, people (--negative-prompt says otherwise)" in err) is (sent == "text, people")


def test_nothing_is_avoided_where_nothing_is_painted(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    status, _, err = backdrop("replace", photos, "--background", "#ffffff", "--out", tmp_path / "out")
    assert status == 0, err
    assert "negativePrompt" not in (fake.submitted or {})


def test_what_is_avoided_by_default_is_listed(backdrop: Command) -> None:
    assert 'avoids by default (--negative-prompt): "text, people"' in backdrop("models")[1]


def test_a_sheet_gives_each_photo_its_own_words_and_labels(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("File;Prompt;Labels\nMUG.jpg;on a desk;\nshoes/mug.jpg;a forest without trees;Shoe\n")
    fake.labels = {"shoes/mug.jpg": ["Shoe", "Rug"], "mug.jpg": ["Mug", "Rug"]}

    status, _, err = backdrop("replace", photos, "--prompt", "a beach", "--sheet", sheet, "--out", tmp_path / "out")

    assert status == 0, err
    assert fake.submitted
    names = {id_: photo.name for id_, photo in fake.photos.items()}
    assert {names[id_]: own for id_, own in fake.submitted["prompts"].items()} == {
        "mug.jpg": "on a desk",
        "shoes/mug.jpg": "a forest without trees",
    }
    assert {names[id_]: own for id_, own in fake.submitted["labels"].items()} == {"shoes/mug.jpg": ["Shoe"]}
    assert fake.submitted["prompt"] == "a beach"
    assert "Photos without a row in the sheet, which have what is said for all (1): Chaise élégante.png" in err
    assert '"without trees"' in err


def test_every_fault_of_a_sheet_is_told_and_nothing_is_uploaded(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"File,Prompt,Colour\nmug.jpg,on a desk,\nshoe.jpg,x,\nshoes/mug.jpg,{'y' * 10_001},\n")

    status, out, err = backdrop("replace", photos, "--prompt", "x", "--sheet", sheet, "--out", tmp_path / "o", "--json")

    assert (status, json.loads(out)["error"]["code"]) == (2, "SHEET_INVALID")
    assert "Row 1, Colour: There is no such column." in err
    assert "Row 3, File: “shoe.jpg” is none of the photos." in err
    assert not fake.calls

    sheet.write_text(f"File,Prompt\nshoes/mug.jpg,{'y' * 10_001}\n")
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--sheet", sheet, "--out", tmp_path / "o")
    assert status == 2
    assert "Row 2, Prompt: It has 10,001 characters; the model takes at most" in err
    assert not [call for call in fake.calls if "drafts" in call]


def test_a_prompt_that_is_not_allowed_is_told_before_anything_is_uploaded(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("File,Prompt\nmug.jpg,on a desk\n")

    status, _, err = backdrop("replace", photos, "--background", "#ffffff", "--sheet", sheet, "--out", tmp_path / "o")

    assert status == 2
    assert "none is painted" in err
    assert not fake.photos


def test_a_template_has_a_row_for_each_photo_and_is_a_sheet(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    status, out, _ = backdrop("sheet-template", photos)
    assert (status, out.splitlines()) == (
        0,
        [
            "File,SKU,Prompt,Backdrop,Labels,Output name",
            *(f"{name},,,,," for name in ("Chaise élégante.png", "mug.jpg", "shoes/mug.jpg")),
        ],
    )

    file = tmp_path / "sheet.csv"
    assert backdrop("sheet-template", photos, "--out", file)[0] == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfFile")
    assert backdrop("sheet-template", photos, "--out", file)[0] == 2, "a filled-in sheet is not lost"
    assert backdrop("replace", photos, "--prompt", "x", "--sheet", file, "--out", tmp_path / "o")[0] == 0
    assert fake.submitted
    assert "prompts" not in fake.submitted


def test_names_of_outputs_come_from_a_template_and_are_stored_with_the_job(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("File,SKU,Output name\nmug.jpg,A-1,\nshoes/mug.jpg,A-1,\nChaise élégante.png,,Chaise\n")
    (photos / "bad.jpg").write_bytes(BAD_PHOTO)
    with sheet.open("a") as file:
        file.write("bad.jpg,A-1,\n")

    named = ["--names", "{sku}_{n:02}_{preset}", "--preset", "ebay", "--variations", 2]
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--sheet", sheet, *named, "--out", tmp_path / "out")

    assert status == 1, err
    assert fake.submitted
    names = {fake.photos[id_].name: given for id_, given in fake.submitted["fileNames"].items()}
    assert names == {
        "mug.jpg": ["A-1_01_ebay", "A-1_02_ebay"],
        "shoes/mug.jpg": ["A-1_03_ebay", "A-1_04_ebay"],
        "Chaise élégante.png": ["Chaise"],
    }


def test_names_that_can_not_be_are_told_before_anything_is_uploaded(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    status, _, err = backdrop("replace", photos, "--prompt", "x", "--names", "{name}", "--out", tmp_path / "o")
    assert status == 2
    assert "“mug” would be the name of “mug.jpg” and of “shoes/mug.jpg”. Use {n}, which counts such images." in err
    assert not fake.calls
