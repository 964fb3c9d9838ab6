"""The archive of a job's images: its names, its bytes, its list of what the job has, who may have it."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import time
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from backdrop.api.schemas.jobs import Counts, Image
from backdrop.api.schemas.options import Output
from backdrop.api.schemas.photos import Error
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.options import Fill
from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict
from backdrop_client.errors import DownloadError, SessionExpired
from backdrop_client.file_list import COLUMNS
from backdrop_client.file_names import image_id_of
from backdrop_web.download.collect import Fetch, Which, collect_entries
from backdrop_web.download.route import Downloads
from backdrop_web.download.stream import Entry, make_chunks
from backdrop_web.download.tickets import GOOD_SECONDS, RENEW_SECONDS, Tickets
from backdrop_web.service.api import User
from tests.answers import make_image, make_job
from tests.unit.web.fakes import EMAIL, FakeApi, FakeSession, FakeUploader

JOB = "job00000000000000000000001"
NOW = datetime(2026, 11, 2, 9, 30, 2, tzinfo=UTC)
REFUSED = Error(code="X", message="The model refused it.", next_step="Leave it out.")
FRONTS = ("SKU-A/front.jpg", "SKU-A/detail/front.jpg", "SKU-B/front.jpg", "SKU-A/front.jpg", "sku-a/FRONT.png")
"""Three photos of one name in folders of their own, one of them once more, and one that Windows takes for the same."""


def image(number: int, name: str, verdict: Verdict | None = None, variation: int = 1, **changes: object) -> Image:
    id_ = image_id_of(f"{number:08d}", variation)
    values: dict[str, object] = {
        "image_id": id_,
        "name": name,
        "variation": variation,
        "status": ImageStatus.SUCCEEDED,
        "download_url": f"https://bucket.example/{id_}",
        "link": f"https://photos.example/image?job=j&id={id_}",
        "download_name": "as the service calls it.jpg",
        "verdict": verdict,
    }
    return make_image(**values | changes)


def failed(number: int, name: str) -> Image:
    return image(number, name, status=ImageStatus.FAILED, download_url=None, link=None, error=REFUSED)


def service(*images: Image) -> FakeApi:
    """A service with one job of these images."""
    made = FakeApi()
    made.results[JOB] = list(images)
    made.submitted[JOB] = make_job(
        job_id=JOB,
        status=JobStatus.SUCCEEDED,
        created_at=clock.iso(NOW),
        counts=Counts(total=len(images), succeeded=len(images), failed=0, pending=0),
    )
    return made


@pytest.fixture
def api() -> FakeApi:
    return service(
        image(1, "mug.jpg", Verdict.APPROVED),
        image(2, "Mug.jpg", Verdict.REJECTED),
        image(3, "../../etc/pass\twd.png"),
        failed(4, "jar.jpg"),
        *(image(number, f"photo {number}.jpg", Verdict.APPROVED) for number in range(5, 60)),
    )


def fetch(url: str, target: Path, expected_bytes: int | None = None) -> None:
    target.write_bytes(url.encode() * 1000)


def slow(seed: int) -> Fetch:
    """Every image takes another time, in each run another one."""
    order = random.Random(seed)

    def fetch_slowly(url: str, target: Path, expected_bytes: int | None = None) -> None:
        time.sleep(order.uniform(0, 0.02))
        fetch(url, target)

    return fetch_slowly


def archive(api: FakeApi, which: Which = Which.ALL, get: Fetch = fetch) -> bytes:
    return b"".join(make_chunks(collect_entries(api, JOB, which, get), NOW))


def read(data: bytes) -> zipfile.ZipFile:
    opened = zipfile.ZipFile(io.BytesIO(data))
    assert opened.testzip() is None
    return opened


def contents(data: bytes) -> dict[str, str]:
    """File -> the image that it is."""
    opened = read(data)
    return {
        name: opened.read(name).decode().partition("https://bucket.example/")[2].partition("https")[0]
        for name in opened.namelist()
        if name != "list.csv"
    }


def listed(data: bytes) -> list[dict[str, str]]:
    text = read(data).read("list.csv")
    assert text.startswith(b"\xef\xbb\xbf"), "Excel reads accents by the mark"
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def test_files_of_one_name_lie_in_their_folders_and_are_the_same_products_each_time() -> None:
    api = service(*(image(number, name) for number, name in enumerate(FRONTS)))

    made = [archive(api, get=slow(seed)) for seed in range(7)]

    assert contents(made[0]) == {
        "SKU-A/front.jpg": "00000000",
        "SKU-A/detail/front.jpg": "00000001",
        "SKU-B/front.jpg": "00000002",
        "SKU-A/front (2).jpg": "00000003",
        "sku-a (2)/FRONT.jpg": "00000004",
    }
    assert set(made) == {made[0]}, "the same job makes the same ZIP, byte for byte"


def test_order_and_dates_are_the_jobs(api: FakeApi) -> None:
    opened = read(archive(api, get=slow(1)))

    names = opened.namelist()
    assert names[:4] == ["mug.jpg", "Mug (2).jpg", "etc/pass_wd.jpg", "photo 5.jpg"]
    assert names[-1] == "list.csv"
    assert len({name.casefold() for name in names}) == len(names) == 59
    assert {info.date_time for info in opened.infolist()} == {(2026, 11, 2, 9, 30, 2)}
    # Sizes stand before the bytes: no program needs the directory at the end to unpack it.
    assert all(not info.flag_bits & 0x08 for info in opened.infolist())
    assert opened.infolist()[0].compress_type == zipfile.ZIP_STORED


def test_the_approved_are_called_as_among_all() -> None:
    verdicts = [None, Verdict.APPROVED, Verdict.REJECTED, Verdict.APPROVED, Verdict.APPROVED]
    api = service(
        *(image(number, name, verdict) for number, (name, verdict) in enumerate(zip(FRONTS, verdicts, strict=True)))
    )
    everything = contents(archive(api))
    approved = archive(api, Which.APPROVED)

    assert contents(approved) == {
        "SKU-A/detail/front.jpg": "00000001",
        "SKU-A/front (2).jpg": "00000003",
        "sku-a (2)/FRONT.jpg": "00000004",
    }
    assert contents(approved).items() <= everything.items()
    rows = listed(approved)
    assert [row["File"] for row in rows][2:4] == ["", "SKU-A/front (2).jpg"]
    assert rows[2]["Reason"] == "Not approved: this ZIP holds the approved images only."
    assert (rows[2]["Status"], rows[2]["Verdict"]) == ("Succeeded", "Rejected")


_SHOWN = [ImageStatus.QUEUED, ImageStatus.SUCCEEDED, ImageStatus.FAILED]
_STATES = st.lists(st.sampled_from(_SHOWN), min_size=len(FRONTS) * 2, max_size=len(FRONTS) * 2)


@settings(max_examples=60, deadline=None)
@given(_STATES, _STATES)
def test_a_job_under_way_calls_each_image_as_it_will_in_the_end(
    sooner: list[ImageStatus], later: list[ImageStatus]
) -> None:
    def then(states: list[ImageStatus]) -> dict[str, str]:
        places = [(number, name, variation) for number, name in enumerate(FRONTS) for variation in (1, 2)]
        images = [
            image(number, name, variation=variation, status=state, error=REFUSED)
            for (number, name, variation), state in zip(places, states, strict=True)
        ]
        return contents(archive(service(*images)))

    whole = then([ImageStatus.SUCCEEDED] * len(sooner))
    assert len(whole) == len(FRONTS) * 2
    for found in (then(sooner), then(later)):
        assert found.items() <= whole.items()


def test_the_list_says_which_file_is_which_output() -> None:
    small = Output(fill=Fill.OUTPAINT, pad_color="#ffffff", width=800, format="WEBP")
    plain = Output(fill=Fill.OUTPAINT, pad_color="#ffffff", format="SAME")
    rows = listed(archive(service(image(0, "mug.jpg", output=plain), image(0, "mug.jpg", variation=2, output=small))))
    assert [(row["File"], row["Output"]) for row in rows] == [
        ("mug.jpg", "as the photo"),
        ("mug (2).jpg", "800 pixels wide, WEBP"),
    ]


def test_the_list_has_every_image_of_the_job_in_its_order() -> None:
    api = service(
        image(0, "Été/SKU-A/front.jpg", Verdict.APPROVED),
        image(0, "Été/SKU-A/front.jpg", variation=2),
        failed(1, "Été/SKU-B/front, left.jpg"),
        image(2, 'Été/SKU-B/19" screen\n.jpg', status=ImageStatus.QUEUED, download_url=None),
        image(3, "Été/SKU-C/gone.jpg"),
    )

    def spoiled(url: str, target: Path, expected_bytes: int | None = None) -> None:
        if url.endswith("/00000003"):
            raise DownloadError("DOWNLOAD_REFUSED", "The storage answered 500.", "Use the command.")
        fetch(url, target)

    data = archive(api, get=spoiled)

    rows = listed(data)
    assert tuple(rows[0]) == COLUMNS
    first = read(data).read("Été/SKU-A/front.jpg")
    assert rows[0] == {
        "File": "Été/SKU-A/front.jpg",
        "Original path": "Été/SKU-A/front.jpg",
        "SKU folder": "SKU-A",
        "SHA-256": hashlib.sha256(first).hexdigest(),
        "Verdict": "Approved",
        "Status": "Succeeded",
        "Reason": "",
        "What to do next": "",
        "Variation": "1",
        "Scene": "",
        "Output": "",
        "SKU": "",
        "Background": "on slate",
        "Rejected because of": "",
        "Link": "https://photos.example/image?job=j&id=00000000",
    }
    assert (rows[1]["File"], rows[1]["Variation"], rows[1]["Verdict"]) == ("Été/SKU-A/front (2).jpg", "2", "")
    assert [rows[2][column] for column in COLUMNS] == [
        "", "Été/SKU-B/front, left.jpg", "SKU-B", "", "", "Failed", "The model refused it.", "Leave it out.",
        "1", "", "", "", "on slate", "", "",
    ]  # fmt: skip
    assert rows[3]["Original path"] == 'Été/SKU-B/19" screen .jpg'
    assert (rows[3]["Status"], rows[3]["Reason"]) == ("Queued", "Not finished when this ZIP was made.")
    assert (rows[4]["File"], rows[4]["Status"]) == ("", "Succeeded")
    assert rows[4]["Reason"] == "The storage answered 500."
    assert "try the ZIP again" in rows[4]["What to do next"]
    assert read(data).namelist() == ["Été/SKU-A/front.jpg", "Été/SKU-A/front (2).jpg", "list.csv"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    name = f"{start}HYPERLINK(1)/{start}1+1.jpg"
    spoiled = Error(code="X", message=f"{start}2+2", next_step=f"{start}3+3")
    rows = listed(archive(service(image(0, name), image(1, name, status=ImageStatus.FAILED, error=spoiled))))

    assert rows[0]["Original path"] == shown(f"'{name}")
    for row in rows:
        assert not any((cell or "").lstrip(" ").startswith(start.strip(" ")) for cell in row.values())
    assert rows[1]["Reason"] == shown(f"'{start}2+2")


def test_a_photo_called_like_the_list_is_beside_it() -> None:
    names = ["list.csv", "LIST.CSV/front.jpg", "list.csv.jpg"]
    data = archive(service(*(image(number, name) for number, name in enumerate(names))))

    assert contents(data) == {
        "list.csv.jpg": "00000000",
        "LIST.CSV (2)/front.jpg": "00000001",
        "list.csv (2).jpg": "00000002",
    }
    assert [row["Original path"] for row in listed(data)] == names


def test_what_another_job_called_so_is_called_so() -> None:
    api = service(image(0, "SKU-A/front.jpg"))
    api.taken_along = {"00000000": ["SKU-A/front (2)"]}

    assert contents(archive(api)) == {"SKU-A/front (2).jpg": "00000000"}


def test_few_files_lie_on_disk_at_a_time(api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    most = 0
    files = collect_entries(api, JOB, Which.ALL, fetch)
    for _ in files:
        most = max(most, sum(path.is_file() for path in tmp_path.rglob("*")))

    assert 1 <= most <= 8
    assert list(tmp_path.iterdir()) == []


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def user(api: FakeApi) -> User:
    return User(EMAIL, FakeSession(), api, FakeUploader())


def browser(tickets: Tickets) -> TestClient:
    return TestClient(Starlette(routes=Downloads(tickets, fetch).list_routes()))


def test_a_ticket_gives_the_archive_as_a_file(api: FakeApi) -> None:
    tickets, who = Tickets(), user(api)
    client = browser(tickets)
    secret = tickets.issue(who, JOB, Which.APPROVED, 'Backdrop "été" 1.zip')

    answer = client.get(f"/downloads/{secret}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "filename*=UTF-8''Backdrop%20%22%C3%A9t%C3%A9%22%201.zip" in answer.headers["content-disposition"]
    assert len(read(answer.content).namelist()) == 57
    assert answer.content == client.get(f"/downloads/{secret}").content == archive(api, Which.APPROVED)


def test_without_a_good_ticket_there_is_nothing(api: FakeApi) -> None:
    clock = Clock()
    tickets, who = Tickets(clock), user(api)
    client = browser(tickets)
    secret = tickets.issue(who, JOB, Which.ALL, "a.zip")
    assert client.get("/downloads/guessed").status_code == 410
    clock.now = GOOD_SECONDS + 1

    answer = client.get(f"/downloads/{secret}")

    assert answer.status_code == 410
    assert "run out" in answer.text
    assert api.count("images_page") == 0


def test_one_image_is_called_as_in_the_archive_with_its_folders() -> None:
    api = service(*(image(number, name) for number, name in enumerate(FRONTS)), failed(9, "jar.jpg"))
    tickets, who = Tickets(), user(api)
    client = browser(tickets)
    secret = tickets.issue(who, JOB, Which.ALL, "a.zip")

    def led_to(image_id: str) -> str:
        answer = client.get(f"/downloads/{secret}/{image_id}", follow_redirects=False)
        assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
        return str(answer.headers["location"]).partition("?as=")[2]

    assert [led_to(f"{number:08}") for number in range(5)] == [
        "SKU-A_front",
        "SKU-A_detail_front",
        "SKU-B_front",
        "SKU-A_front%20(2)",
        "sku-a%20(2)_FRONT",
    ]
    missing = client.get(f"/downloads/{secret}/00000009", follow_redirects=False)
    assert (missing.status_code, "not finished" in missing.text) == (404, True)
    assert client.get(f"/downloads/{secret}/00000077").status_code == 502
    assert client.get(f"/downloads/{secret}/..%2f..%2fetc").status_code in {404, 502}
    assert client.get("/downloads/guessed/00000000").status_code == 410


def test_a_ticket_ends_with_its_users_session(api: FakeApi) -> None:
    tickets, who = Tickets(), user(api)
    secret = tickets.issue(who, JOB, Which.ALL, "a.zip")
    assert tickets.find(secret) is not None
    del who

    assert tickets.find(secret) is None


def test_a_fresh_ticket_is_given_again_and_an_old_one_renewed(api: FakeApi) -> None:
    clock = Clock()
    tickets, who = Tickets(clock), user(api)
    first = tickets.issue(who, JOB, Which.ALL, "a.zip")
    assert tickets.issue(who, JOB, Which.ALL, "a.zip", first) == first
    assert tickets.issue(who, JOB, Which.APPROVED, "a.zip", first) != first
    clock.now = RENEW_SECONDS + 1

    assert tickets.issue(who, JOB, Which.ALL, "a.zip", first) != first


def test_an_expired_session_is_said_in_words_not_in_a_broken_file(api: FakeApi) -> None:
    tickets, who = Tickets(), user(api)
    api.fail_with = SessionExpired()
    answer = browser(tickets).get(f"/downloads/{tickets.issue(who, JOB, Which.ALL, 'a.zip')}")

    assert answer.status_code == 502
    assert "Sign in again" in answer.text


def test_an_empty_archive_is_one() -> None:
    assert read(b"".join(make_chunks(iter(()), NOW))).namelist() == []


def test_memory_stays_small_whatever_the_size(api: FakeApi) -> None:
    def large(url: str, target: Path, expected_bytes: int | None = None) -> None:
        with target.open("wb") as file:
            file.truncate(6_000_000)

    tracemalloc.start()
    try:
        size = sum(map(len, make_chunks(collect_entries(api, JOB, Which.ALL, large), NOW)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size > 58 * 6_000_000
    assert peak < 6_000_000


def test_bytes_are_taken_as_they_are() -> None:
    assert read(b"".join(make_chunks([Entry("a", b"x" * 3_000_000)], NOW))).read("a") == b"x" * 3_000_000


def test_thousands_of_images_take_no_more_memory_than_their_names() -> None:
    api = service(*(image(number, f"SKU-{number % 100}/front.jpg") for number in range(2_500)))

    def small(url: str, target: Path, expected_bytes: int | None = None) -> None:
        target.write_bytes(b"x" * 20_000)

    tracemalloc.start()
    try:
        size = sum(map(len, make_chunks(collect_entries(api, JOB, Which.ALL, small), NOW)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size > 50_000_000
    assert peak < 10_000_000, "some two kB for each name"
