"""`backdrop verify` as people use it: exit status, words, JSON, folders, and openssl in its place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backdrop.core.vocabulary import Verdict
from backdrop_cli.main import run
from tests.signer import ARN, KmsTwin
from tests.unit.reports.proof.workshop import Files, Workshop, judged, small_photo

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A copy of a bucket with one job, and the key of its report."""
    folder = tmp_path_factory.mktemp("bucket")
    with pytest.MonkeyPatch.context() as patch:
        workshop = Workshop(patch)
        key = workshop.make(1, [{"ImageId": "00000000", "Photo": small_photo()}])
        workshop.say(key, "00000000", Verdict.APPROVED)
        for name, data in workshop.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        yield folder, key


@pytest.fixture
def copied(bucket: tuple[Path, str], tmp_path: Path) -> tuple[Path, Path]:
    """The same to change: folder and report."""
    folder, key = bucket
    shutil.copytree(folder, tmp_path / "bucket")
    return tmp_path / "bucket", tmp_path / "bucket" / key


def verify(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = run(["verify", *map(str, arguments)])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_all_holds(copied: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder, report = copied

    status, words, _ = verify(capsys, report, "--from", folder, "--chain")

    assert status == 0
    assert "Result: all that was looked at holds; the rest could not be seen." in words
    assert "Could not be seen (2):" in words
    assert words.count("Whether later ones were taken away can't be seen from files alone") == 2
    assert "1 backdrop" not in words
    assert all(
        re.search(rf"\b{one}\b", words) for one in ("1 manifest", "1 photo", "1 finished image", "2 answers of models")
    )
    assert "People said: 1 approved." in words
    assert "compare it with the key of your stack" in words
    status, text, _ = verify(capsys, report, "--from", folder, "--chain", "--json", "--key", _pem(folder))
    document = json.loads(text)
    assert (status, document["holds"], document["signed"], document["keyGiven"]) == (0, True, True, True)
    assert (document["chainLinks"], document["broken"]) == (1, [])
    assert {one["what"] for one in document["unseen"]} == {"CHAIN", "APPROVAL"}
    noted = document["chainHead"]
    assert f"Newest link of the chain: {noted}." in words
    status, text, _ = verify(capsys, report, "--from", folder, "--head", noted, "--json")
    assert (status, [one["what"] for one in json.loads(text)["unseen"]]) == (0, ["APPROVAL"])
    status, words, _ = verify(capsys, report, "--from", folder, "--head", f"2:{noted[2:]}")
    assert (status, "Number 2, which you noted, is not" in words) == (0, True), "a folder with one link is no chain"
    status, words, _ = verify(capsys, report, "--from", folder, "--head", f"1:{'0' * 64}")
    assert (status, "Number 1 is not the link that you noted" in words) == (1, True)
    assert verify(capsys, report, "--from", folder, "--head", "newest")[0] == 2
    assert document["counts"]["REQUEST"] == 4, "two that were made again, and two that are kept"


def test_what_does_not_hold_is_said_with_its_place(
    copied: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, report = copied
    (result,) = [one for one in (folder / "out").rglob("*.jpg") if "thumb" not in one.name]
    result.write_bytes(b"another picture")

    status, words, _ = verify(capsys, report, "--from", folder)

    assert status == 1
    assert "DOES NOT HOLD (1):" in words
    assert re.search(r"image 00000000 \(photo 00000000\.jpg\): out/.*\.jpg is not the file of the report", words)
    assert "Result: 1 thing does not hold." in words


def test_downloaded_results_are_found_by_their_content_whatever_they_are_called(
    copied: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, report = copied
    results = tmp_path / "results"
    results.mkdir()
    (result,) = [one for one in (folder / "out").rglob("*.jpg") if "thumb" not in one.name]
    shutil.copy(result, results / "my car (2).jpg")
    shutil.copy(report, results / "report.json")

    status, words, _ = verify(capsys, results / "report.json")

    assert status == 3, "no signature was brought along"
    assert "1 finished image," in words
    assert "not proven, for no signature was seen" in words
    assert "is not in the folder" in words

    shutil.copy(f"{report}.sig", results / "report.json.sig")
    status, words, _ = verify(capsys, results / "report.json", "--key", _pem(folder))
    assert status == 0
    assert "all that was looked at holds; the rest could not be seen" in words


def test_another_key_than_the_one_that_is_known(
    copied: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from backdrop.aws.secrets import KmsSigner

    folder, report = copied
    (tmp_path / "other.pem").write_bytes(KmsSigner(KmsTwin(), ARN).key().pem)

    status, words, _ = verify(capsys, report, "--from", folder, "--key", tmp_path / "other.pem")

    assert status == 1
    assert "The report was signed with another key" in words


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("missing.json", None, 2, "can't be read"),
        ("note.json", b"hello", 3, "it is no JSON"),
        ("other.json", b'{"Schema": "x"}', 3, "it is no status report of Backdrop"),
        ("short.json", b'{"Schema": "backdrop-status-report"}', 1, "is a required property"),
    ],
)
def test_a_file_that_is_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes | None, status: int, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    ended, said, failure = verify(capsys, tmp_path / name)

    assert (ended, words in said + failure) == (status, True), (ended, said, failure)


def test_a_report_of_before_holds_and_proves_nothing(copied: tuple[Path, Path]) -> None:
    folder, report = copied
    document: dict[str, Any] = json.loads(report.read_bytes())
    for name in ("Software", "Terms", "Chain", "ChainError", "Files"):
        del document[name]
    for image in document["Images"]:
        del image["Mask"]
        for step in image["Passes"]:
            step.pop("MaskSha256", None)
    document["SchemaVersion"] = "1.8"
    files = Files(
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    )
    key = report.relative_to(folder).as_posix()
    files[key] = json.dumps(document).encode()

    judgement = judged(files, key)

    assert not judgement.signed
    assert not [one for one in judgement.findings.all if one.seen.value == "BROKEN"]


def test_openssl_as_the_document_says(copied: tuple[Path, Path], tmp_path: Path) -> None:
    text = (ROOT / "docs" / "proof.md").read_text("utf-8")
    (block,) = re.findall(r"run by tests/unit/reports/proof/test_command\.py -->\n```\n(.*?)```", text, re.DOTALL)
    folder, report = copied
    shutil.copy(_pem(folder), tmp_path / "stack-key.pem")
    for ending in ("json", "json.sig", "html"):
        shutil.copy(report.with_suffix(f".{ending}"), tmp_path / f"status_report_JOB.{ending}")
    document = json.loads(report.read_bytes())

    said = [
        subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for line in block.splitlines()
    ]

    assert said[0] == "Verified OK\n"
    assert document["Chain"]["Key"]["Fingerprint"] in said[1]
    link = json.loads((folder / document["Chain"]["Link"]).read_bytes())
    assert link["Report"]["Sha256"] in said[2]
    assert said[-1] == "Verified OK\n", "the page"


def _pem(folder: Path) -> Path:
    (pem,) = (folder / "status" / "keys").iterdir()
    return pem
