"""Words and boxes corrected on the page of the new job: what the view is told, what is done about what it says."""

from __future__ import annotations

from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.api.schemas.photos import Label, Photo, PhotoStatus
from backdrop_client.errors import ApiError, SessionExpired
from backdrop_web.pages.new_job.label_editor.correcting import Correcting
from backdrop_web.pages.new_job.label_editor.protocol import Message, parse_message
from backdrop_web.service.api import User
from backdrop_web.service.submission import find_photo_obstacles, list_names
from tests.unit.web.conftest import words
from tests.unit.web.fakes import FakeService
from tests.unit.web.pages.test_new_job_choices import opened, photo

BOX = (0.25, 0.25, 0.5, 0.5)
DRAWN = Label(name="", confidence=0, boxes=[BOX], by="PERSON")


def pictured(*labels: Label, **values: Any) -> Photo:
    return Photo(photo_id="p1", name="mug.jpg", status=PhotoStatus.READY, labels=list(labels), has_mask=False, **values)


class Service:
    def __init__(self) -> None:
        self.wishes: list[Any] = []
        self.error: Exception | None = None

    def correct_labels(self, draft_id: str, photo_id: str, labels: Any) -> Photo:
        assert (draft_id, photo_id) == ("d", "p1")
        if self.error:
            raise self.error
        self.wishes.append(labels)
        return pictured(DRAWN, labels_corrected=True)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def who(service: Service) -> User:
    return User("ann@example.com", cast("Any", None), cast("Any", service), cast("Any", None))


def said(correcting: Correcting, **parts: Any) -> Message | None:
    return parse_message({"run": "r", "id": correcting.to_data()["id"], **parts})


SAVE = {"n": 1, "labels": [{"name": "Pot", "boxes": [list(BOX)]}]}


def test_a_save_is_done_once_and_null_asks_for_what_was_found(service: Service, who: User) -> None:
    correcting = Correcting("d", pictured(Label(name="Mug", confidence=90, boxes=[BOX]), width=40, height=30))
    told = correcting.to_data()
    assert (told["labels"], told["corrected"]) == ([{"name": "Mug", "boxes": [list(BOX)]}], False)

    fresh = [correcting.receive(said(correcting, save=SAVE), who) for _ in range(2)]

    assert fresh == [pictured(DRAWN, labels_corrected=True), None]
    assert service.wishes == [SAVE["labels"]]
    assert correcting.to_data()["saved"] == 1
    correcting.receive(said(correcting, save={"n": 2, "labels": None}), who)
    assert service.wishes[1] is None
    correcting.receive(said(correcting, close={"n": 3}), who)
    assert correcting.closed


def test_a_refusal_is_told_and_a_sign_in_that_ran_out_loses_nothing(service: Service, who: User) -> None:
    correcting = Correcting("d", pictured())
    service.error = ApiError("LABELS_INVALID", "The label 'Mug' is there twice.", "Change it.", 400)
    assert correcting.receive(said(correcting, save=SAVE), who) is None
    assert "there twice" in correcting.to_data()["refusal"]
    service.error = SessionExpired()
    with pytest.raises(SessionExpired):
        correcting.receive(said(correcting, save=SAVE | {"n": 2}), who)
    service.error = None
    assert correcting.receive(said(correcting, save=SAVE | {"n": 2}), who)


@pytest.mark.parametrize("save", [{"n": 1}, {"n": 1, "labels": [{"name": "Mug", "boxes": [[0, 0, 1]]}]}])
def test_what_makes_no_sense_is_nothing(save: dict[str, Any]) -> None:
    assert said(Correcting("d", pictured()), save=save) is None


def test_a_box_without_a_word_is_enough_to_start() -> None:
    mug = Label(name="Mug", confidence=90, boxes=[BOX])
    assert list_names(pictured(mug, DRAWN)) == ["Mug"]
    assert find_photo_obstacles([pictured(mug)], {"p1": []})
    assert find_photo_obstacles([pictured(mug, DRAWN)], {"p1": []}) == []


def test_corrected_words_are_kept_in_the_job_that_starts(signed_in: AppTest, fake: FakeService) -> None:
    first = photo(1, "Mug", "Table")
    app = opened(signed_in, fake, first)
    app.button_group[0].set_value(["Mug"]).run()
    app.button(key="correct-p1").click().run()
    correcting: Correcting = app.session_state["label-editor.open"]
    labels = [{"name": "Pot", "boxes": [list(BOX)]}, {"name": "Table", "boxes": []}, {"name": "", "boxes": [list(BOX)]}]

    message = {"run": "r", "id": correcting.to_data()["id"], "save": {"n": 1, "labels": labels}}
    app.session_state["label-editor"] = {"outbox": message}
    app.run()

    assert fake.api.count("correct_labels") == 1
    assert app.button_group[0].options == ["Pot", "Table"]
    assert app.button_group[0].value == ["Pot"], "new words are kept, removed ones stay removed"
    assert "1 box that you drew without a word" in words(app)


def test_where_a_mask_decides_there_is_nothing_to_correct(signed_in: AppTest, fake: FakeService) -> None:
    app = opened(signed_in, fake, photo(1, "Mug", has_mask=True, mask_from="EDITED"), photo(2, "Lamp"))
    keys = {one.key for one in app.button}
    assert "correct-p1" not in keys
    assert "correct-p2" in keys
