"""What the page does about what the mask editor says."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from backdrop.api.schemas.photos import Photo, PhotoStatus, SeenMask, Upload
from backdrop_client.errors import ApiError, SessionExpired
from backdrop_client.upload import PhotoSource
from backdrop_web.mask_editor.editing import Editing, open_editing
from backdrop_web.mask_editor.protocol import Message, parse_message
from backdrop_web.service.api import User

PHOTO = Photo(photo_id="00000000", name="mug.jpg", status=PhotoStatus.READY, labels=[], has_mask=False)
MASK = base64.b64encode(b"a png").decode()


@dataclass
class Service:
    """The API and the storage."""

    edits: list[Mapping[str, Any]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    error: Exception | None = None

    def see_mask(self, draft_id: str, photo_id: str, edit: Mapping[str, Any]) -> SeenMask:
        self.edits.append(edit)
        if self.error:
            raise self.error
        return SeenMask(mask=f"mask {len(self.edits)}", width=8, height=6, source="BUILT_IN")

    def add_mask(self, draft_id: str, photo_id: str, size: int) -> Upload:
        assert size == len(b"a png")
        return Upload(url="http://s3", fields={})

    def upload(self, target: Upload, source: PhotoSource) -> None:
        with source.open() as stream:
            self.sent.append(stream.read())

    def inspect_mask(self, draft_id: str, photo_id: str, *, edited: bool = False) -> Photo:
        assert edited
        if self.error:
            raise self.error
        return Photo(photo_id=photo_id, name="mug.jpg", status=PhotoStatus.READY, labels=[], has_mask=True)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def who(service: Service) -> User:
    return User("ann@example.com", cast("Any", None), cast("Any", service), cast("Any", service))


@pytest.fixture
def editing(who: User) -> Editing:
    return open_editing(who, "draft", PHOTO)


def said(editing: Editing, **parts: Any) -> Message:
    message = parse_message({"run": "r", "id": editing.to_data()["id"], **parts})
    assert message is not None
    return message


def strokes(n: int) -> dict[str, Any]:
    stroke = {"points": [[0.1, 0.2]], "width": 0.05}
    return {"n": n, "kind": "strokes", "mask": MASK, "keep": [stroke], "remove": [], "rectangle": None}


def test_it_begins_with_the_mask_that_there_is(editing: Editing) -> None:
    data = editing.to_data()
    assert (data["mask"], data["name"], data["answered"], data["saved"]) == ("mask 1", "mug.jpg", 0, 0)


def test_a_stroke_is_asked_for_once_however_often_it_is_said(editing: Editing, service: Service, who: User) -> None:
    message = said(editing, ask=strokes(1))
    for _ in range(3):
        assert editing.receive(message, who) is None
    assert len(service.edits) == 2
    assert service.edits[1]["keep"] == [{"points": [[0.1, 0.2]], "width": 0.05}]
    assert (editing.to_data()["answered"], editing.to_data()["answer"]) == (1, "mask 2")


def test_a_failure_is_told_in_words_and_the_next_stroke_works(editing: Editing, service: Service, who: User) -> None:
    service.error = ApiError("STORAGE_ERROR", "S3 is busy.", "Try again.", 503)
    editing.receive(said(editing, ask=strokes(1)), who)
    data = editing.to_data()
    assert (data["answered"], data["answer"]) == (1, None)
    assert data["refusal"]
    service.error = None
    editing.receive(said(editing, ask=strokes(2)), who)
    assert (editing.to_data()["answer"], editing.to_data()["refusal"]) == ("mask 3", "")


def test_a_mask_is_saved_once_and_the_photo_has_it(editing: Editing, service: Service, who: User) -> None:
    message = said(editing, save={"n": 4, "mask": MASK})
    photo = editing.receive(message, who)
    assert photo is not None
    assert photo.has_mask
    assert editing.receive(message, who) is None
    assert service.sent == [b"a png"]
    assert editing.to_data()["saved"] == 4


def test_a_mask_that_could_not_be_saved_is_not_called_saved(editing: Editing, service: Service, who: User) -> None:
    service.error = ApiError("MASK_INVALID", "The mask is empty.", "Keep something.", 400)
    assert editing.receive(said(editing, save={"n": 1, "mask": MASK}), who) is None
    data = editing.to_data()
    assert (data["saved"], data["answered"]) == (0, 1)
    assert "The mask is empty" in data["refusal"]


def test_after_a_sign_in_it_is_done_after_all(editing: Editing, service: Service, who: User) -> None:
    service.error = SessionExpired()
    with pytest.raises(SessionExpired):
        editing.receive(said(editing, ask=strokes(1)), who)
    service.error = None
    editing.receive(said(editing, ask=strokes(1)), who)
    assert editing.to_data()["answered"] == 1


def test_a_page_that_was_loaded_again_counts_from_one(editing: Editing, service: Service, who: User) -> None:
    editing.receive(said(editing, ask=strokes(7)), who)
    again = parse_message({"run": "other", "id": editing.to_data()["id"], "ask": strokes(1)})
    editing.receive(again, who)
    assert (editing.to_data()["run"], editing.to_data()["answered"]) == ("other", 1)


def test_it_is_closed(editing: Editing, who: User) -> None:
    editing.receive(said(editing, close={"n": 1}), who)
    assert editing.closed


@pytest.mark.parametrize(
    "raw", [None, 7, {}, {"run": "r", "ask": {"n": 1}}, {"run": "r", "save": {"n": 1, "mask": "x" * 6_000_001}}]
)
def test_what_makes_no_sense_is_not_heard(raw: object) -> None:
    assert parse_message(raw) is None


def test_what_was_said_of_another_photo_is_not_done_to_this_one(editing: Editing, service: Service, who: User) -> None:
    message = said(editing, save={"n": 3, "mask": MASK})
    other = open_editing(who, "draft", PHOTO)
    assert other.receive(message, who) is None
    assert not service.sent
    assert not other.closed
