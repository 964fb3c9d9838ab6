"""The archive of a job's images: its names, its bytes, what it says about what is missing, who may have it."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from backdrop_client.answers import Failure, Image, ImageStatus, Verdict
from backdrop_client.errors import DownloadError, SessionExpired
from backdrop_web.download.collect import MISSING, Which, entries
from backdrop_web.download.names import UniqueNames, safe
from backdrop_web.download.route import Downloads
from backdrop_web.download.stream import Entry, zip_chunks
from backdrop_web.download.tickets import GOOD_SECONDS, RENEW_SECONDS, Tickets
from backdrop_web.service.api import User
from tests.unit.web.fakes import EMAIL, FakeApi, FakeSession, FakeUploader

JOB = "job00000000000000000000001"
NOW = datetime(2026, 11, 2, 9, 30, 2, tzinfo=UTC)


def image(number: int, name: str, verdict: Verdict | None = None, **changes: object) -> Image:
    values: dict[str, object] = {
        "image_id": f"{number:08d}",
        "name": name,
        "status": ImageStatus.SUCCEEDED,
        "download_url": f"https://bucket.example/{number}",
        "download_name": name,
        "verdict": verdict,
    }
    return Image.model_validate(values | changes)


@pytest.fixture
def api() -> FakeApi:
    made = FakeApi()
    refused = Failure(code="X", message="The model refused it.", next_step="Leave it out.")
    made.results[JOB] = [
        image(1, "mug.jpg", Verdict.APPROVED),
        image(2, "Mug.jpg", Verdict.REJECTED),
        image(3, "../../etc/pass\twd.png"),
        image(4, "jar.jpg", status=ImageStatus.FAILED, download_url=None, error=refused),
        *(image(number, f"photo {number}.jpg", Verdict.APPROVED) for number in range(5, 60)),
    ]
    return made


def fetch(url: str, target: Path, expected_bytes: int | None = None) -> None:
    target.write_bytes(url.encode() * 1000)


def read(chunks: Iterator[bytes]) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(chunks)))
    assert archive.testzip() is None
    return archive


def test_every_finished_image_is_in_the_archive_under_its_own_name(api: FakeApi) -> None:
    archive = read(zip_chunks(entries(api, JOB, Which.ALL, fetch), NOW))

    names = archive.namelist()
    assert len(names) == 59
    assert {"mug.jpg", "Mug (2).jpg"} <= set(names) or {"mug (2).jpg", "Mug.jpg"} <= set(names)
    assert len({name.casefold() for name in names}) == len(names)
    assert "_.._etc_pass_wd.png" in names
    assert archive.read("photo 7.jpg") == b"https://bucket.example/7" * 1000
    # Sizes stand before the bytes: no program needs the directory at the end to unpack it.
    assert all(not info.flag_bits & 0x08 for info in archive.infolist())
    assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED


def test_what_is_missing_is_listed_with_the_reason(api: FakeApi) -> None:
    def spoiled(url: str, target: Path, expected_bytes: int | None = None) -> None:
        if url.endswith("/7"):
            raise DownloadError("DOWNLOAD_REFUSED", "The storage answered 500.", "Use the command.")
        fetch(url, target)

    archive = read(zip_chunks(entries(api, JOB, Which.ALL, spoiled), NOW))

    said = archive.read(MISSING).decode("utf-8-sig")
    assert "photo 7.jpg: The storage answered 500. Download it alone" in said
    assert "jar.jpg: The model refused it. Leave it out." in said
    assert "photo 7.jpg" not in archive.namelist()
    assert len(archive.namelist()) == 58


def test_approved_holds_only_what_was_approved(api: FakeApi) -> None:
    names = read(zip_chunks(entries(api, JOB, Which.APPROVED, fetch), NOW)).namelist()

    assert len(names) == 56
    assert "mug.jpg" in names
    assert MISSING not in names


def test_few_files_lie_on_disk_at_a_time(api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    most = 0
    files = entries(api, JOB, Which.ALL, fetch)
    for _ in files:
        most = max(most, sum(path.is_file() for path in tmp_path.rglob("*")))

    assert 1 <= most <= 7
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CON.jpg", "_CON.jpg"),
        ("a:b?.png", "a_b_.png"),
        (".hidden.jpg", "hidden.jpg"),
        ("...", "photo"),
        ("häkel 毛糸.webp", "häkel 毛糸.webp"),
        ("x" * 300 + ".jpeg", "x" * 175 + ".jpeg"),
    ],
)
def test_names_are_safe_everywhere(name: str, expected: str) -> None:
    assert safe(name) == expected


def test_names_that_are_made_unique_stay_unique() -> None:
    names = UniqueNames()
    assert [names.take(name) for name in ("a.jpg", "a (2).jpg", "A.jpg", "a")] == [
        "a.jpg",
        "a (2).jpg",
        "A (3).jpg",
        "a",
    ]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def user(api: FakeApi) -> User:
    return User(EMAIL, FakeSession(), api, FakeUploader())


def browser(tickets: Tickets) -> TestClient:
    return TestClient(Starlette(routes=Downloads(tickets, fetch).routes()))


def test_a_ticket_gives_the_archive_as_a_file(api: FakeApi) -> None:
    tickets, who = Tickets(), user(api)
    client = browser(tickets)
    secret = tickets.issue(who, JOB, Which.APPROVED, 'Backdrop "été" 1.zip')

    answer = client.get(f"/downloads/{secret}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "filename*=UTF-8''Backdrop%20%22%C3%A9t%C3%A9%22%201.zip" in answer.headers["content-disposition"]
    assert len(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == 56


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


def test_an_empty_archive_is_one(api: FakeApi) -> None:
    assert read(zip_chunks(iter(()), NOW)).namelist() == []


def test_memory_stays_small_whatever_the_size(api: FakeApi) -> None:
    def large(url: str, target: Path, expected_bytes: int | None = None) -> None:
        with target.open("wb") as file:
            file.truncate(6_000_000)

    tracemalloc.start()
    try:
        size = sum(map(len, zip_chunks(entries(api, JOB, Which.ALL, large), NOW)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size > 58 * 6_000_000
    assert peak < 6_000_000


def test_bytes_are_taken_as_they_are() -> None:
    assert read(zip_chunks([Entry("a", b"x" * 3_000_000)], NOW)).read("a") == b"x" * 3_000_000
