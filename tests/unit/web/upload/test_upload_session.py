"""The uploader's server side: messages of the browser in, photos of a draft out."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.api.schemas.photos import PhotoStatus
from backdrop_client.errors import ApiError, ServiceUnreachable, SessionExpired
from backdrop_web.upload import protocol
from backdrop_web.upload.upload_session import UploadSession
from backdrop_web.upload.uploader import join_script
from tests.unit.web.browser import FakeBrowser
from tests.unit.web.fakes import FakeApi

DRAFT = "draft000000000000000000001"


class Page:
    """One browser talking to one upload session, without Streamlit."""

    def __init__(self, api: FakeApi | None = None) -> None:
        self.api = api or FakeApi()
        self.uploads = UploadSession()
        self.browser = FakeBrowser()
        self.draw()

    def draw(self) -> None:
        """Hear the last message and tell what is new."""
        key = f"upload-{self.uploads.key}"
        message = protocol.parse_message(self.browser.read_message(key))
        if message is not None:
            self.uploads.receive_message(message, self.api, self.api.catalogue.limits)
        self.uploads.collect_results(self.api)
        self.browser.show_uploader(key, self.uploads.build_answer().to_json())

    def add(self, *files: tuple[str, int] | tuple[str, int, str]) -> None:
        """Choose files and wait until they are in, or out."""
        self.browser.choose(*files)
        self.browser.work(self.draw)

    def step(self, **more: Any) -> None:
        """One message, one answer."""
        self.browser.say(**more)
        self.draw()

    @property
    def names(self) -> list[str]:
        """The photos that will be in the job."""
        return [photo.name for photo in self.uploads.draft.ready]

    @property
    def updates(self) -> list[dict[str, Any]]:
        """What the browser is told next."""
        told: list[dict[str, Any]] = self.uploads.build_answer().to_json()["updates"]
        return told


@pytest.fixture
def page() -> Page:
    return Page()


def test_photos_stay_in_the_order_chosen(page: Page) -> None:
    names = [f"{number}.jpg" for number in (5, 3, 9, 1)]
    page.add(*((name, 10) for name in names))

    assert page.names == names
    assert page.uploads.is_quiet


def test_a_message_heard_twice_does_nothing_twice(page: Page) -> None:
    page.browser.choose(("a.jpg", 1), ("b.jpg", 2))
    page.browser.say()
    for _ in range(3):
        page.draw()
    page.browser.work(page.draw)

    assert page.api.count("create_draft") == 1
    assert page.api.count("add_photos") == 1
    assert page.api.count("inspect_photo") == 2


def test_updates_are_told_until_the_browser_has_heard_of_them(page: Page) -> None:
    page.browser.choose(("a.jpg", 1))
    page.browser.say()
    page.draw()
    assert [update["kind"] for update in page.updates] == ["target"]

    page.browser.say(heard=0)
    page.draw()
    assert page.updates[0]["kind"] == "target"

    page.browser.work(page.draw)
    assert page.updates == []


def test_what_the_service_could_not_do_is_done_when_said_again(page: Page) -> None:
    page.api.fail_with = ServiceUnreachable("The Backdrop service", "refused")
    page.browser.choose(("a.jpg", 1))
    page.step()
    assert page.browser.data["ack"] == 0
    assert "reached right now" in page.browser.data["trouble"]

    page.api.fail_with = None
    page.draw()
    assert page.browser.data["ack"] == 1
    assert page.browser.data["trouble"] is None
    page.browser.work(page.draw)
    assert page.names == ["a.jpg"]


def test_an_expired_session_in_a_check_is_told_and_the_check_made_up_for(page: Page) -> None:
    page.browser.choose(("a.jpg", 1))
    page.step()
    page.api.fail_with = SessionExpired()
    with pytest.raises(SessionExpired):
        page.browser.work(page.draw)

    page.api.fail_with = None
    page.browser.work(page.draw)
    assert page.names == ["a.jpg"]


def test_an_ended_sign_in_is_told_once_however_many_checks_met_it(page: Page) -> None:
    ended = FakeApi()
    ended.drafts = page.api.drafts
    ended.fail_with = SessionExpired()
    page.browser.choose(("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 3))
    page.step()
    page.step()
    uploads = page.uploads
    uploads.wait_for_calls()
    uploads.collect_results(page.api)
    for photo_id in page.uploads.draft.photos:
        uploads._checks.check_photo(photo_id, ended)
    uploads.wait_for_calls()

    # The person has signed in again meanwhile: nothing of this may sign them out.
    page.browser.work(page.draw)

    assert page.names == ["a.jpg", "b.jpg", "c.jpg"]
    assert uploads.is_quiet


def test_a_removal_that_met_the_end_of_a_sign_in_is_made_up_for(page: Page) -> None:
    page.add(("a.jpg", 1))
    page.api.fail_with = SessionExpired()
    page.browser.say(cleared=["p0000001"])
    page.draw()
    page.uploads.wait_for_calls()
    with pytest.raises(SessionExpired):
        page.uploads.collect_results(page.api)
    page.api.fail_with = None
    page.uploads.collect_results(page.api)
    page.uploads.wait_for_calls()
    page.uploads.collect_results(page.api)

    assert page.api.drafts[DRAFT] == {}
    assert page.uploads.draft.photos == {}


def test_the_same_file_is_not_added_twice(page: Page) -> None:
    page.add(("shop/a.jpg", 10), ("shop/a.jpg", 10), ("other/a.jpg", 10), ("shop/a.jpg", 11))
    page.add(("shop/a.jpg", 10))

    assert page.names == ["shop/a.jpg", "other/a.jpg", "shop/a.jpg"]
    assert [file.state for file in page.browser.files.values()].count("known") == 2


def test_files_of_one_name_and_size_but_other_bytes_are_other_photos(page: Page) -> None:
    page.api.sha256["a.jpg"] = "a" * 64
    page.add(("a.jpg", 10, "a" * 64))
    # One in the job, one on its way, and the first once more.
    page.add(("a.jpg", 10, "b" * 64), ("a.jpg", 10, "c" * 64), ("a.jpg", 10, "c" * 64), ("a.jpg", 10, "a" * 64))

    assert page.names == ["a.jpg", "a.jpg", "a.jpg"]
    assert [file.state for file in page.browser.files.values()].count("known") == 2


def test_more_photos_than_a_job_takes_are_left_out_with_the_limit(page: Page) -> None:
    page.add(*((f"{number}.jpg", 10) for number in range(8)))
    page.add(*((f"more {number}.jpg", 10) for number in range(4)))

    assert len(page.names) == 10
    assert list(page.browser.left_out) == ["more 2.jpg", "more 3.jpg"]
    assert "A job takes 10 photos" in page.browser.left_out["more 2.jpg"]


def test_files_the_service_says_no_to_are_left_out_with_its_words(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> list[Any]:
        raise ApiError("TOO_MANY_PHOTOS", "The draft is full.", "Make a second job.", 409)

    monkeypatch.setattr(page.api, "add_photos", full)
    page.add(("a.jpg", 1))

    assert page.browser.left_out == {"a.jpg": "The draft is full. Make a second job."}


def test_a_photo_that_did_not_reach_the_storage_is_sent_again(page: Page) -> None:
    page.api.lost.add("a.jpg")
    page.browser.choose(("a.jpg", 1))
    page.step()
    page.step()
    assert page.browser.stored == [("a.jpg", 1)]

    while page.browser.files["f0"].state == "checking":
        page.step()
    assert page.browser.files["f0"].state == "targeted"
    page.api.lost.clear()
    page.browser.work(page.draw)

    assert page.browser.stored == [("a.jpg", 1)] * 2
    assert page.names == ["a.jpg"]


def test_a_permission_that_ran_out_is_given_anew(page: Page) -> None:
    [file_id] = page.browser.choose(("a.jpg", 1))
    page.step()
    page.browser.files[file_id].state = "offered"
    page.step(renew=[file_id])
    page.browser.work(page.draw)

    assert page.names == ["a.jpg"]
    assert list(page.api.drafts[DRAFT]) == ["p0000002"]


def test_a_check_that_failed_says_why_and_can_be_made_again(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    inspect = page.api.inspect_photo

    def fails(draft_id: str, photo_id: str) -> Any:
        raise ServiceUnreachable("The Backdrop service", "no answer")

    monkeypatch.setattr(page.api, "inspect_photo", fails)
    page.add(("a.jpg", 1))
    assert page.browser.files["f0"].state == "failed"
    assert "reached right now" in page.browser.left_out["a.jpg"]

    monkeypatch.setattr(page.api, "inspect_photo", inspect)
    page.browser.files["f0"].state = "checking"
    page.step(arrived=["f0"])
    page.browser.work(page.draw)
    assert page.names == ["a.jpg"]


def test_a_file_removed_on_its_way_is_in_neither_the_job_nor_the_draft(page: Page) -> None:
    first, _ = page.browser.choose(("a.jpg", 1), ("b.jpg", 2))
    page.step()
    page.step()
    page.browser.removed.append(first)
    del page.browser.files[first]
    page.browser.work(page.draw)
    page.uploads.wait_for_calls()

    assert page.names == ["b.jpg"]
    assert [photo.name for photo in page.api.drafts[DRAFT].values()] == ["b.jpg"]


def test_a_file_taken_away_and_chosen_again_is_no_file_known_already(page: Page) -> None:
    [first] = page.browser.choose(("a.jpg", 1))
    page.step()
    page.browser.removed.append(first)
    page.browser.files[first].state = "dropped"
    page.add(("a.jpg", 1))

    assert [file.state for file in page.browser.files.values()] == ["dropped", "done"]
    assert page.names == ["a.jpg"]


def test_a_photo_that_could_not_be_removed_comes_back_with_words(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.add(("broken.jpg", 1))

    def fails(draft_id: str, photo_id: str) -> None:
        raise ServiceUnreachable("The Backdrop service", "no answer")

    monkeypatch.setattr(page.api, "delete_photo", fails)
    page.step(cleared=["p0000001"])
    page.uploads.wait_for_calls()
    page.uploads.collect_results(page.api)

    assert [update["kind"] for update in page.updates] == ["note"]
    assert "Not removed" in page.updates[0]["reason"]
    assert list(page.uploads.draft.photos) == ["p0000001"]


def test_a_loaded_draft_finds_out_which_photos_arrived(page: Page) -> None:
    page.browser.choose(("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 3))
    page.step()
    page.api.lost.add("b.jpg")
    page.api.photos_per_page = 2

    other = Page(page.api)
    assert not other.uploads.load_draft(page.api, DRAFT)
    assert other.uploads.left_out == []
    other.draw()
    other.browser.work(other.draw)

    assert other.names == ["a.jpg", "c.jpg"]
    assert [photo["name"] for photo in other.browser.data["leftOut"] if photo["missing"]] == ["b.jpg"]
    assert [photo.status for photo in other.uploads.left_out] == [PhotoStatus.UPLOADING]

    page.api.lost.clear()
    other.add(("a.jpg", 1), ("b.jpg", 2))
    other.uploads.wait_for_calls()
    assert other.names == ["a.jpg", "c.jpg", "b.jpg"]
    assert sorted(photo.name for photo in page.api.drafts[DRAFT].values()) == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "text",
        {},
        {"key": "k", "seq": 0},
        {"key": "k", "seq": "x"},
        {"key": "k", "seq": 1, "offers": [{"id": "a", "name": "", "size": 1}]},
        {"key": "k", "seq": 1, "offers": [{"id": "a", "name": "a.jpg", "size": -1}]},
        {"key": "k", "seq": 1, "offers": [{"id": "a", "name": "a.jpg", "size": 1}] * 101},
        {"key": "k", "seq": 1, "arrived": ["x" * 65]},
    ],
)
def test_what_makes_no_sense_is_not_heard(raw: object) -> None:
    assert protocol.parse_message(raw) is None


def test_messages_meant_for_another_job_are_not_heard(page: Page) -> None:
    page.browser.choose(("a.jpg", 1))
    page.browser.say()
    said = protocol.parse_message(page.browser.said)
    assert said is not None
    other = UploadSession()
    other.receive_message(said, page.api, page.api.catalogue.limits)

    assert page.api.calls == []
    assert other.draft.draft_id is None


def test_ids_the_browser_made_up_do_nothing(page: Page) -> None:
    page.step(arrived=["nobody"], removed=["nobody"], renew=["nobody"], cleared=[])

    assert page.browser.data["ack"] == 1
    assert page.api.calls == []


def test_the_script_is_one_module() -> None:
    assert join_script().count("export default") == 1
    assert "import " not in join_script()
