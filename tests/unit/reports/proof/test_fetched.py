"""What `backdrop fetch` lays beside a report is what `backdrop verify` needs, and a change in it is found."""

from __future__ import annotations

import base64
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backdrop.api.schemas.jobs import ReportUrls
from backdrop.api.schemas.proof import Proof, ProofFile
from backdrop.api.schemas.tries import TriedImage, Tries, Try
from backdrop.aws.objects import Objects
from backdrop.aws.secrets import KmsSigner
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.jobs.proof import showing
from backdrop.jobs.proof.series import Ledger
from backdrop_client.outputs import OutputFolder
from backdrop_client.proof.fetching import collect_proof
from backdrop_web.download.collect import Which, collect_entries
from backdrop_web.download.stream import make_chunks
from tests.answers import make_image, make_job
from tests.signer import ARN
from tests.unit.reports.proof.test_command import verify
from tests.unit.reports.proof.workshop import Workshop, small_photo
from tests.unit.web.fakes import FakeApi

MINE = "status_report_01jd0000000000000000000001"


class ServedBy:
    """The route of the API, over the workshop's bucket."""

    def __init__(self, workshop: Workshop, report_key: str) -> None:
        self.workshop, self.report_key = workshop, report_key

    def proof_page(self, job_id: str, *, after: int | None = None) -> Proof:
        objects: Any = Objects(lambda: None)  # type: ignore[arg-type, return-value]
        ledger = Ledger(objects, KmsSigner(self.workshop.kms, ARN), self.workshop.heads)
        report = self.workshop.read(self.report_key)
        prefixes = SimpleNamespace(status=report["Job"]["StatusS3Prefix"])
        job: Any = SimpleNamespace(id=job_id, bucket="b", prefixes=prefixes, report_key=self.report_key)
        files, more = showing.proof_page(ledger, job, lambda: report["Chain"], after)
        shown = [ProofFile(key=one.key, data=base64.b64encode(one.data).decode()) for one in files]
        return Proof(job_id=job_id, report_key=self.report_key, files=shown, after=more)


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of two jobs in one folder, both judged, as `backdrop fetch` leaves them."""
    monkeypatch.setattr(showing, "APPROVALS_A_PAGE", 1)
    workshop, folder = Workshop(monkeypatch), OutputFolder(tmp_path / "results")
    made = [workshop.make(number, [{"ImageId": "00000000", "Photo": small_photo()}]) for number in (1, 2)]
    for report_key in made:
        workshop.say(report_key, "00000000", Verdict.REJECTED)
        workshop.say(report_key, "00000000", Verdict.APPROVED)
        document = workshop.read(report_key)
        job_id = document["Job"]["Id"]
        picture, report = folder.path / f"car {job_id}.jpg", folder.path / Path(report_key).name
        picture.write_bytes(workshop.files[document["Images"][0]["Output"]["Key"]])
        report.write_bytes(workshop.files[report_key])
        api: Any = ServedBy(workshop, report_key)
        for _ in range(2):
            # Twice does no harm.
            collect_proof(api, job_id, report, {"00000000": picture}, folder)
    return folder.path


def test_it_verifies_with_nothing_else(fetched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = verify(capsys, fetched / f"{MINE}.json", "--from", fetched, "--chain", "--json")

    document = json.loads(text)
    assert (status, document["broken"], document["signed"]) == (0, [], True)
    assert [one["Verdict"] for one in document["approvals"]] == ["REJECTED", "APPROVED"]
    assert (document["counts"]["RESULT"], document["counts"]["SIGNATURE"]) == (1, 2)
    assert any("photo-00000000.jpg is not in the folder" in one["words"] for one in document["unseen"])
    _, words, _ = verify(capsys, fetched / f"{MINE}.json")
    assert "proves only that nothing was changed since both came from the same place" in words
    assert not list(fetched.rglob("* (2)*"))


class Archived:
    """The web app's ZIP file with everything of a job, unpacked in `folder`: of one image, perhaps redone."""

    def __init__(self, workshop: Workshop, folder: Path, *, redone: bool) -> None:
        self.folder = folder / "all"
        self.reports: list[str] = []
        self._workshop, self._api = workshop, FakeApi()
        for number in (1, 2) if redone else (1,):
            self._make(number)
        first, *later = self.reports
        if later:
            tries = [
                Try(job_id=id_, image_id="00000000", status=ImageStatus.SUCCEEDED, doubtful=False)
                for id_ in self.reports
            ]
            tried = Tries(redos=[], images=[TriedImage(image_id="00000000", chosen=1, tries=tries)])
            self._api.submitted[first] = replace(self._api.submitted[first], redos=1)
            self._api.tries = lambda job_id: tried  # type: ignore[method-assign]
        self._api.proof_page = self._proof_page  # type: ignore[method-assign]
        entries = collect_entries(self._api, first, Which.PROOF, self._fetch)
        (folder / "all.zip").write_bytes(b"".join(make_chunks(entries, datetime(2026, 11, 2, tzinfo=UTC))))
        with zipfile.ZipFile(folder / "all.zip") as archive:
            archive.extractall(self.folder)

    def _make(self, number: int) -> None:
        key = self._workshop.make(number, [{"ImageId": "00000000", "Photo": small_photo()}])
        self._workshop.say(key, "00000000", Verdict.APPROVED)
        document = self._workshop.read(key)
        job_id, output = document["Job"]["Id"], document["Images"][0]["Output"]["Key"]
        report, table, picture = (
            f"https://b.example/{one}?signed" for one in (key, key.replace(".json", ".csv"), output)
        )
        image = make_image(image_id="00000000", name="SKU 1/car é.jpg", download_url=picture)
        job = make_job(job_id=job_id, report_urls=ReportUrls(json_=report, csv=table))
        self._api.results[job_id], self._api.submitted[job_id] = [image], job
        self.reports.append(job_id)

    def _fetch(self, url: str, target: Path, expected_bytes: int | None = None) -> None:
        target.write_bytes(self._workshop.files[url.removeprefix("https://b.example/").removesuffix("?signed")])

    def _proof_page(self, job_id: str, *, after: int | None = None) -> Proof:
        url = self._api.submitted[job_id].report_urls
        assert url
        assert url.json_
        key = url.json_.removeprefix("https://b.example/").removesuffix("?signed")
        return ServedBy(self._workshop, key).proof_page(job_id, after=after)

    def report(self, place: int) -> Path:
        """The report of the first job, or of its redo."""
        return self.folder / f"status_report_{self.reports[place]}.json"


def test_the_zip_with_everything_proves_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Archived(Workshop(monkeypatch), tmp_path, redone=False)
    capsys.readouterr()

    status, text, _ = verify(capsys, made.report(0), "--json")

    document = json.loads(text)
    assert (status, document["broken"], document["signed"]) == (0, [], True)
    assert [one["Verdict"] for one in document["approvals"]] == ["APPROVED"]
    assert (document["counts"]["RESULT"], document["counts"]["CSV"]) == (1, 1)
    picture = made.folder / "SKU 1" / "car é.png"
    picture.write_bytes(picture.read_bytes() + b"!")
    assert verify(capsys, made.report(0))[0] == 1


def test_an_image_that_was_redone_is_proven_by_the_report_of_its_redo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Archived(Workshop(monkeypatch), tmp_path, redone=True)
    capsys.readouterr()

    told = [json.loads(verify(capsys, made.report(place), "--json")[1]) for place in (0, 1)]

    assert [document["broken"] for document in told] == [[], []]
    assert [document["signed"] for document in told] == [True, True]
    assert [document["counts"].get("RESULT", 0) for document in told] == [0, 1], "the set has the second try alone"
    picture = made.folder / "SKU 1" / "car é.png"
    picture.write_bytes(picture.read_bytes() + b"!")
    assert verify(capsys, made.report(1))[0] == 1


CHANGED = {
    "the report": f"{MINE}.json",
    "its signature": f"{MINE}.json.sig",
    "the link": f"{MINE}.proof/chain/00000001.json",
    "the link's signature": f"{MINE}.proof/chain/00000001.json.sig",
    "an approval": f"{MINE}.proof/approvals/00000001.json",
    "the last one's signature": f"{MINE}.proof/approvals/00000002.json.sig",
    "the picture": "car 01jd0000000000000000000001.jpg",
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_change_is_found(what: str, fetched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = fetched / CHANGED[what]
    data = file.read_bytes()
    at = data.index(b"2026-11-2") + 8 if file.suffix == ".json" else len(data) - 1
    file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    assert verify(capsys, fetched / f"{MINE}.json")[0] == 1


def test_a_forged_key_and_an_approval_taken_out(fetched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fetched / f"{MINE}.proof/approvals/00000001.json").unlink()
    status, words, _ = verify(capsys, fetched / f"{MINE}.json")
    assert (status, "Number 1 of 2 was taken out" in words) == (1, True)

    (pem,) = (fetched / f"{MINE}.proof/keys").iterdir()
    pem.write_bytes(b"-----BEGIN PUBLIC KEY-----\n")
    status, words, _ = verify(capsys, fetched / f"{MINE}.json")
    assert (status, "KEY" in words or "no public key" in words) == (1, True)
