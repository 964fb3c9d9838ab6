"""Photos of any name on the deployed template: made, named alike in the report, and shown harmlessly."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backdrop.core.names import shown, shown_lines
from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.test_cli import Command
from tests.integration.test_cli import backdrop as backdrop
from tests.integration.test_workflow import small
from tests.integration.test_workflow_started_by_others import eventually, execute, mails, published

pytestmark = pytest.mark.integration

PHOTO = small("toy_car_rug", 320)
NAMES = [
    "Mug\u2028blue.jpg",
    "four\u2029bottles.jpg",
    "Menu\x85 \x9b31m.jpg",
    "photo\u202egpj.exe.jpg",
    "\u2066a\u200f\u061c\u200b\u2060\ufeff.jpg",
    "👩\u200d🚀 \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f ❤\ufe0f.jpg",
    unicodedata.normalize("NFD", "Café déjà vu.jpg"),
    unicodedata.normalize("NFC", "Café déjà vu.jpg"),
    "odd \ufffe \U0010ffff \ue000 \U000e0041.jpg",
]


def read_report(job: dict[str, Any], kind: str) -> str:
    answer = httpx.get(job["reportUrls"][kind])
    assert answer.status_code == 200
    return answer.content.decode("utf-8-sig")


def test_a_job_of_names_that_break_lines_and_turn_text_around_is_made_and_named_alike(ann: Person) -> None:
    draft = ann.draft()
    for name in NAMES:
        assert ann.inspect(draft, ann.upload(draft, name, PHOTO))["name"] == name
    wanted = {"prompt": "", "modelId": "backdrop.cut-out", "options": {"background": "#ffffff"}}
    job = ann.finished(ann.call("POST", f"/drafts/{draft}/submit", wanted).json()["jobId"])

    assert (job["status"], job["counts"]["succeeded"]) == ("Succeeded", len(NAMES)), job
    text = read_report(job, "json")
    report = json.loads(text)
    assert [image["ImageName"] for image in report["Images"]] == NAMES
    assert len(text.splitlines()) == text.count("\n"), "no name breaks a line of the report"
    rows = list(csv.DictReader(io.StringIO(read_report(job, "csv"), newline="")))
    assert [row["Image"] for row in rows] == [shown(name) for name in NAMES]
    images = ann.call("GET", f"/jobs/{job['jobId']}/images").json()["images"]
    assert [image["name"] for image in images] == NAMES
    saved = {image["name"]: httpx.get(image["downloadUrl"]).headers["Content-Disposition"] for image in images}
    assert "photo_gpj.exe." in saved["photo\u202egpj.exe.jpg"]
    assert not [one for one in saved.values() if "%E2%80%A" in one or "%C2%8" in one], saved


def test_keys_of_other_systems_may_have_such_names_and_the_mail_shows_them_harmlessly(cloud: LocalCloud) -> None:
    names = [name for name in NAMES if name.isprintable() or not {"\x85", "\ufffe"} & set(name)]
    names.append("missing\u202egpj\u2028.exe")
    input_ = published(cloud, "odd-names", Images=[{"ImageName": name} for name in names], ModelId="backdrop.cut-out",
                       Options={"Background": "#ffffff"})  # fmt: skip
    s3 = cloud.client("s3")
    for name in names[:-1]:
        key = f"{input_['InputS3Prefix']}/{name}"
        s3.put_object(Bucket=cloud.outputs.bucket, Key=key, Body=PHOTO)

    run = execute(cloud, "odd-names", input_)

    answer = json.loads(run["output"])
    assert (answer["Totals"]["Succeeded"], answer["Totals"]["Failed"]) == (len(names) - 1, 1), answer
    report = json.loads(s3.get_object(Bucket=cloud.outputs.bucket, Key=answer["ReportKey"])["Body"].read())
    assert [image["ImageName"] for image in report["Images"]] == names
    assert report["Images"][-1]["Error"]["Code"] == "PHOTO_MISSING"
    done = len(names) - 1
    subject = f"Backdrop: {done} of {len(names)} images done, 1 failed (job odd-names)"
    body = eventually(lambda: mails(cloud).get(subject))
    assert "\n- missing\ufffdgpj .exe\n" in body
    assert shown_lines(body) == body


def test_a_manifest_of_another_system_may_hold_such_characters_as_they_are(cloud: LocalCloud) -> None:
    s3 = cloud.client("s3")
    input_ = published(cloud, "raw-lines", Images={"ManifestKey": "image-files/2026/11/21/raw-lines/m.jsonl"})
    input_ |= {"ModelId": "backdrop.cut-out", "Options": {"Background": "#ffffff"}}
    prefix = input_["InputS3Prefix"]
    names = ["a\u2028b.jpg", "c\x0cd\x85e.jpg"]
    items = [
        {"ImageId": f"{number:08}", "ImageName": name, "Key": f"{prefix}/{number}.jpg", "Labels": "", "Seeds": [1]}
        for number, name in enumerate(names)
    ]
    body = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    s3.put_object(Bucket=cloud.outputs.bucket, Key=f"{prefix}/m.jsonl", Body=body.encode())
    for item in items:
        s3.put_object(Bucket=cloud.outputs.bucket, Key=str(item["Key"]), Body=PHOTO)

    run = execute(cloud, "raw-lines", input_)

    answer = json.loads(run["output"])
    assert (answer["Status"], answer["Totals"]["Succeeded"]) == ("Succeeded", 2), answer


@pytest.fixture
def manifests_are_locked(cloud: LocalCloud) -> Iterator[None]:
    """The workflow's role may not read manifests, as in a stack whose rights are not right; PrepareJob may."""
    iam, machine = cloud.client("iam"), cloud.outputs.state_machine_arn
    described = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    which = {"RoleName": described["roleArn"].rpartition("/")[2], "PolicyName": "no-manifests"}
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/manifest.jsonl"}
    iam.put_role_policy(**which, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    yield
    iam.delete_role_policy(**which)


@pytest.mark.usefixtures("manifests_are_locked")
def test_a_manifest_that_can_not_be_read_is_told_as_that_and_not_to_be_tried_again(ann: Person) -> None:
    draft = ann.draft()
    ann.inspect(draft, ann.upload(draft, "mug.jpg", PHOTO))
    wanted = {"prompt": "", "modelId": "backdrop.cut-out", "options": {"background": "#ffffff"}}
    job = ann.finished(ann.call("POST", f"/drafts/{draft}/submit", wanted).json()["jobId"])

    assert (job["status"], job["error"]["code"]) == ("Failed", "MANIFEST_UNREADABLE"), job
    assert job["error"]["message"].startswith("States.ItemReaderFailed: ")
    assert "the workflow's role may read it" in job["error"]["nextStep"]
    (image,) = ann.call("GET", f"/jobs/{job['jobId']}/images").json()["images"]
    assert image["error"]["nextStep"] == job["error"]["nextStep"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take only Unicode names")
def test_a_folder_with_names_of_any_bytes_comes_back(backdrop: Command, tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in (b"caf\xe9.jpg", b"Mug\xe2\x80\xa8blue.jpg", "photo\u202egpj.exe.jpg".encode(), b"two\nlines.jpg"):
        (folder / os.fsdecode(name)).write_bytes(PHOTO)

    done = backdrop("replace", folder, "--model", "backdrop.cut-out", "--background", "#ffffff", "--out", out, "--json")

    assert done.returncode == 1, done.stdout + done.stderr
    document = json.loads(done.stdout)
    told = {image["name"]: image["error"] and image["error"]["code"] for image in document["images"]}
    assert told == {"caf\ufffd.jpg": None, "Mug\u2028blue.jpg": None, "photo\u202egpj.exe.jpg": None,
                    "two\nlines.jpg": "NAME_INVALID"}  # fmt: skip
    made = {path.stem for path in out.iterdir() if not path.name.startswith("status_report")}
    assert made == {"caf_", "Mug_blue", "photo_gpj.exe"}
    assert "  two lines.jpg: The name holds control characters. (NAME_INVALID)" in done.stderr
    assert shown_lines(done.stdout) == done.stdout
    assert shown_lines(done.stderr) == done.stderr
