"""Three photos called front.jpg on the local cloud: which product a file shows never hangs on what finished first."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from PIL import Image

from backdrop.api.schemas.jobs import Job
from backdrop.core import clock
from backdrop.core.options import Options
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict
from backdrop_cli.run import Runner
from backdrop_client.api import BackdropApi, NewPhoto
from backdrop_client.auth import CognitoAuth, Session
from backdrop_client.download import Downloader
from backdrop_client.outputs import OutputFolder
from backdrop_client.upload import PhotoSource, Uploader
from backdrop_web.download.collect import Which, collect_entries
from backdrop_web.download.stream import make_chunks
from localcloud.cloud import LocalCloud
from tests.integration.shared import wait_until_idle

pytestmark = [pytest.mark.integration, pytest.mark.timeout(420)]

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "photos"
PHOTOS = [
    ("SKU-A/front.jpg", "mug_wooden_desk"),
    ("SKU-A/detail/front.jpg", "toy_car_rug"),
    ("SKU-B/front.jpg", "soap_box_grey_sweep"),
    # The same name once more.
    ("SKU-B/front.jpg", "steel_kettle_kitchen"),
]
FILES = {
    "00000000": "SKU-A/front.jpg",
    "00000000-2": "SKU-A/front (2).jpg",
    "00000001": "SKU-A/detail/front.jpg",
    "00000001-2": "SKU-A/detail/front (2).jpg",
    "00000002": "SKU-B/front.jpg",
    "00000002-2": "SKU-B/front (2).jpg",
    "00000003": "SKU-B/front (3).jpg",
    "00000003-2": "SKU-B/front (3) (2).jpg",
}
"""What each image of the job is called, two variations of each photo."""


def small(name: str) -> bytes:
    with Image.open(SAMPLES / f"{name}.jpg") as image:
        image.thumbnail((360, 360))
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True)
class Shop:
    """The demo user at the deployed stack."""

    cloud: LocalCloud
    api: BackdropApi
    http: httpx.Client

    def submit(self) -> Job:
        draft = self.api.create_draft().draft_id
        data = [small(source) for _, source in PHOTOS]
        registered = self.api.add_photos(
            draft, [NewPhoto(name, len(one), "image/jpeg") for (name, _), one in zip(PHOTOS, data, strict=True)]
        )
        # Sent and checked in another order than they were added.
        for answer, one in reversed(list(zip(registered, data, strict=True))):
            assert answer.upload is not None
            assert answer.photo_id is not None
            Uploader(self.http).upload(answer.upload, PhotoSource.from_bytes(answer.name, one))
            self.api.inspect_photo(draft, answer.photo_id)
        return self.api.submit(draft, JobRequest("on slate, soft light", options=Options(variations=2), seed=3))

    def faults(self, *rules: dict[str, object]) -> None:
        answer = self.http.put(f"{self.cloud.outputs.endpoint}/_backdrop/faults", json={"rules": list(rules)})
        answer.raise_for_status()

    def until(self, job_id: str, ready: Callable[[Job], bool]) -> Job:
        deadline = time.monotonic() + 240
        while not ready(job := self.api.job(job_id)):
            assert time.monotonic() < deadline, job
            time.sleep(0.3)
        return job

    def archive(self, job_id: str, which: Which = Which.ALL) -> bytes:
        """The web app's ZIP."""
        moment = clock.parse(self.api.job(job_id).created_at)
        return b"".join(make_chunks(collect_entries(self.api, job_id, which, Downloader(self.http).fetch), moment))

    def pictures(self, job_id: str) -> dict[str, bytes]:
        """Image id -> the finished image, as the service has it."""
        return {
            image.image_id: self.http.get(image.download_url or "").content
            for image in self.api.images(job_id, status=ImageStatus.SUCCEEDED)
        }

    def folder(self, path: Path, work: Callable[[Runner, OutputFolder], object]) -> dict[str, bytes]:
        """What the command puts into a folder."""
        work(Runner(self.api, self.http, lambda event: None), OutputFolder(path))
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*.jpg")}


@pytest.fixture(scope="module")
def shop(cloud: LocalCloud) -> Iterator[Shop]:
    outputs = cloud.outputs
    wait_until_idle(cloud)
    with httpx.Client(timeout=60) as http:
        auth = CognitoAuth(outputs.user_pool_client_id, outputs.region, endpoint=outputs.endpoint, http=http)
        session = Session(auth, auth.sign_in(outputs.demo_user, outputs.demo_password))
        made = Shop(cloud, BackdropApi(outputs.api_url, session, http=http), http)
        yield made
        made.faults()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if name != "list.csv"}


def listed(data: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist()[-1] == "list.csv"
        return list(csv.DictReader(io.StringIO(archive.read("list.csv").decode("utf-8-sig"), newline="")))


def test_a_name_is_the_same_product_in_every_download(shop: Shop, tmp_path: Path) -> None:
    # One image fails, and they finish in whatever order.
    shop.faults(
        {"kind": "filter", "model": "*inpaint*", "count": 1},
        {"kind": "slow", "model": "*inpaint*", "delaySeconds": 1.5, "count": 3},
    )
    job = shop.submit()

    some = shop.until(job.job_id, lambda now: now.counts.succeeded > 0 or now.status.final)
    assert not some.status.final
    under_way = unpacked(shop.archive(job.job_id))

    ended = shop.until(job.job_id, lambda now: now.status.final)
    shop.faults()
    assert ended.status is JobStatus.PARTLY_FAILED
    pictures = shop.pictures(job.job_id)
    assert len(set(pictures.values())) == len(pictures) == 7
    wanted = {FILES[image_id]: picture for image_id, picture in pictures.items()}
    (missing,) = FILES.keys() - pictures.keys()

    archives = [shop.archive(job.job_id) for _ in range(7)]
    assert unpacked(archives[0]) == wanted
    assert list(unpacked(archives[0])) == [name for id_, name in FILES.items() if id_ in pictures]
    assert set(archives) == {archives[0]}, "byte for byte"
    assert 1 <= len(under_way) < 8
    assert under_way.items() <= wanted.items()

    rows = listed(archives[0])
    assert [row["File"] for row in rows] == [FILES[id_] if id_ in pictures else "" for id_ in FILES]
    assert [row["Original path"] for row in rows] == [name for name, _ in PHOTOS for _ in range(2)]
    assert [row["SKU folder"] for row in rows] == ["SKU-A"] * 4 + ["SKU-B"] * 4
    (failed,) = (row for row in rows if row["Status"] == "Failed")
    assert "filter" in failed["Reason"]

    chosen = [id_ for id_ in pictures if id_[:8] in {"00000001", "00000003"}]
    for id_ in chosen:
        shop.api.set_verdict(job.job_id, id_, Verdict.APPROVED)
    assert unpacked(shop.archive(job.job_id, Which.APPROVED)) == {FILES[id_]: pictures[id_] for id_ in chosen}

    assert shop.folder(tmp_path / "fetched", lambda run, out: run.fetch(job.job_id, out)) == wanted
    again: list[str] = []

    def retry(run: Runner, out: OutputFolder) -> None:
        outcome = run.retry(job.job_id, out, everything=False, prompt=None, seed=None)
        assert outcome.job is not None
        again.append(outcome.job.job_id)

    # The one that failed, in a job of its own, whichever photo and variation it was.
    assert list(shop.folder(tmp_path / "retried", retry)) == [FILES[missing]]
    assert list(unpacked(shop.archive(again[0]))) == [FILES[missing]]
    (single,) = shop.api.images(again[0])
    assert single.name == dict(enumerate(name for name, _ in PHOTOS))[int(missing[:8])], "the photo is called as ever"


def test_one_image_is_saved_under_the_name_that_is_asked_for(shop: Shop) -> None:
    job = next(job for job in shop.api.jobs_page().jobs if job.counts.total == 8)
    image = next(iter(shop.api.images(job.job_id, status=ImageStatus.SUCCEEDED)))

    named = shop.api.image(job.job_id, image.image_id, download_name="SKU-É_front (2)")

    answer = shop.http.get(named.download_url or "")
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''SKU-%C3%89_front%20%282%29.jpg")
    plain = shop.http.get(image.download_url or "").headers["content-disposition"]
    assert 'filename="SKU-' in plain, "the service's own name has the folder, too"
