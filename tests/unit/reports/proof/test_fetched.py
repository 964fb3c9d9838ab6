"""What `backdrop fetch` lays beside a report is what `backdrop verify` needs, and a change in it is found."""

from __future__ import annotations

import base64
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backdrop.api.schemas.jobs import ReportUrls
from backdrop.api.schemas.proof import Proof, ProofFile
from backdrop.aws.objects import Objects
from backdrop.aws.secrets import KmsSigner
from backdrop.core.vocabulary import Verdict
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


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The web app's ZIP file with everything, unpacked."""
    workshop = Workshop(monkeypatch)
    key = workshop.make(1, [{"ImageId": "00000000", "Photo": small_photo()}])
    workshop.say(key, "00000000", Verdict.APPROVED)
    job_id, output = Path(MINE).name.removeprefix("status_report_"), workshop.read(key)["Images"][0]["Output"]["Key"]
    addresses = {f"https://bucket.example/{name}?signed": name for name in (key, key.replace(".json", ".csv"), output)}
    shown = make_image(
        image_id="00000000", name="SKU 1/car é.jpg", download_url=f"https://bucket.example/{output}?signed"
    )
    page = ReportUrls(json_=next(iter(addresses)), csv=list(addresses)[1])

    class Service(FakeApi):
        def proof_page(self, job_id: str, *, after: int | None = None) -> Proof:
            return ServedBy(workshop, key).proof_page(job_id, after=after)

    def fetch(url: str, target: Path, expected_bytes: int | None = None) -> None:
        target.write_bytes(workshop.files[addresses[url]])

    api = Service()
    api.results[job_id], api.submitted[job_id] = [shown], make_job(job_id=job_id, report_urls=page)
    (tmp_path / "all.zip").write_bytes(
        b"".join(make_chunks(collect_entries(api, job_id, Which.PROOF, fetch), datetime(2026, 11, 2, tzinfo=UTC)))
    )
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        archive.extractall(tmp_path / "all")
    return tmp_path / "all"


def test_the_zip_with_everything_proves_itself(unpacked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = verify(capsys, unpacked / f"{MINE}.json", "--json")

    document = json.loads(text)
    assert (status, document["broken"], document["signed"]) == (0, [], True)
    assert [one["Verdict"] for one in document["approvals"]] == ["APPROVED"]
    assert (document["counts"]["RESULT"], document["counts"]["CSV"]) == (1, 1)
    picture = unpacked / "SKU 1" / "car é.png"
    picture.write_bytes(picture.read_bytes() + b"!")
    assert verify(capsys, unpacked / f"{MINE}.json")[0] == 1


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
