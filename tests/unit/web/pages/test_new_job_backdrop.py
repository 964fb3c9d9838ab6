"""A picture of one's own behind the products, on the new-job page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.api.schemas.backdrops import Recipe
from backdrop_client.errors import ServiceUnreachable
from backdrop_web.service.api import FRESH_SECONDS
from tests.unit.web.conftest import words
from tests.unit.web.fakes import FakeService
from tests.unit.web.pages.test_new_job_choices import opened, photo, plain, submitted

PICTURE = b"not decoded here"


@pytest.fixture
def page(signed_in: AppTest, fake: FakeService) -> AppTest:
    """The page with a photo, and a picture of one's own wanted behind it."""
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.button_group(key="background-1").set_value("backdrop").run()
    return signed_in


def add(page: AppTest, name: str = "Wand (grün).jpg") -> None:
    field = next(one for one in page.file_uploader if str(one.key).startswith("backdrop-file-"))
    field.upload(name, PICTURE, "image/jpeg").run()


def test_without_a_picture_nothing_can_be_started_and_the_page_says_why(page: AppTest, fake: FakeService) -> None:
    assert "You have no pictures here yet" in words(page)
    assert page.button(key="submit").disabled
    assert "Choose a picture to stand behind the products" in words(page)


def test_a_picture_that_is_added_is_chosen_and_sent(page: AppTest, fake: FakeService) -> None:
    add(page)
    assert [call[0] for call in fake.api.calls].count("add_backdrop") == 1
    assert page.button(key="take-backdrop-backdrop1").proto.type == "primary"
    page.button_group(key="shadow-1").set_value("CONTACT").run()
    options = submitted(page, fake)["options"]
    assert (options.background, options.backdrop.id, options.backdrop.shadow) == ("backdrop", "backdrop1", "CONTACT")


def test_products_stand_on_its_surface_where_the_line_was_set_once(page: AppTest, fake: FakeService) -> None:
    add(page)
    assert "share-1" not in [one.key for one in page.slider], "each keeps its place until somebody wants it otherwise"
    page.button_group(key="place-1").set_value("surface").run()
    page.slider(key="share-1").set_value(45).run()
    page.slider(key="across-1").set_value(33).run()
    page.slider(key="surface-backdrop1").set_value(90).run()
    assert fake.api.library["backdrop1"].surface == 0.9
    assert [call[0] for call in fake.api.calls].count("change_backdrop") == 1, "only what was changed"
    place = submitted(page, fake)["options"].backdrop.placement
    assert (place.share, place.across, place.surface) == (0.45, 0.33, None)


def test_one_of_several_is_taken_and_one_is_deleted(page: AppTest, fake: FakeService) -> None:
    add(page, "a.jpg")
    add(page, "b.jpg")
    page.button(key="take-backdrop-backdrop1").click().run()
    page.button(key="delete-backdrop-backdrop1").click().run()

    assert list(fake.api.library) == ["backdrop2"]
    assert page.button(key="submit").disabled, "what was chosen is gone"
    page.button(key="take-backdrop-backdrop2").click().run()
    assert not page.button(key="submit").disabled


def test_a_picture_is_shared_and_anothers_is_only_used(page: AppTest, fake: FakeService) -> None:
    add(page, "a.jpg")
    page.button(key="share-backdrop-backdrop1").click().run()
    assert fake.api.library["backdrop1"].shared
    page.button(key="share-backdrop-backdrop1").click().run()
    assert not fake.api.library["backdrop1"].shared

    theirs = replace(fake.api.library["backdrop1"], backdrop_id="b2", mine=False, shared=True, shared_by="bob@x.com")
    fake.api.library["b2"] = theirs
    add(page, "c.jpg")
    assert "Shared by bob@x.com" in plain(words(page))
    assert not {"share-backdrop-b2", "delete-backdrop-b2"} & {button.key for button in page.button}
    page.button(key="take-backdrop-b2").click().run()
    page.button_group(key="place-1").set_value("surface").run()
    assert page.slider(key="surface-b2").disabled
    assert submitted(page, fake)["options"].backdrop.id == "b2"


def test_a_picture_that_is_refused_says_why_and_is_not_kept(page: AppTest, fake: FakeService) -> None:
    add(page, "broken.jpg")
    assert any("It is damaged" in plain(str(error.value)) for error in page.error)
    assert fake.api.library == {}


def test_a_service_that_goes_away_is_told(page: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ServiceUnreachable("The Backdrop service", "no connection")

    monkeypatch.setattr(fake.api, "add_backdrop", away)
    add(page)
    assert any("can't be reached" in plain(str(error.value)) for error in page.error)


def test_colours_make_a_backdrop_that_is_chosen(page: AppTest, fake: FakeService) -> None:
    page.color_picker(key="colours-wall").set_value("#F5EFE3").run()
    page.slider(key="colours-line").set_value(60).run()
    page.button(key="colours-make").click().run()
    assert fake.api.library["backdrop1"].recipe == Recipe(kind="FLOOR", wall="#f5efe3", floor="#d5d2cc", line=0.6)
    assert submitted(page, fake)["options"].backdrop.id == "backdrop1"


def test_a_gradient_is_made_too(page: AppTest, fake: FakeService) -> None:
    page.button_group(key="colours-kind").set_value("GRADIENT").run()
    page.button(key="colours-make").click().run()
    assert fake.api.library["backdrop1"].recipe == Recipe(kind="GRADIENT", top="#ffffff", bottom="#d9d9d9")


def paint(page: AppTest, words_: str = " an oak table ", count: int = 3) -> None:
    page.text_area(key="painting-words").set_value(words_).run()
    page.number_input(key="painting-count").set_value(count).run()
    page.button(key="painting-start").click().run()


def test_candidates_are_painted_from_words_at_a_told_price_and_one_is_kept(page: AppTest, fake: FakeService) -> None:
    page.button(key="painting-start").click().run()
    assert "Say in words what the backdrop shows." in words(page)
    assert fake.api.count("paint_backdrop") == 0
    page.selectbox(key="painting-shape").select("3:2").run()
    page.text_input(key="painting-avoid").set_value("people").run()
    paint(page)
    assert page.button(key="painting-start").label == "Paint 3 pictures, $0.12"
    asked = [what for name, what in fake.api.calls if name == "paint_backdrop"]
    assert [one[:4] for one in asked] == [("an oak table", "people", "stability.core", "3:2")] * 3
    first = asked[0][4]
    assert [one[4] for one in asked] == [first, first + 1, first + 2]
    assert "Paid: $0.12 at the list price." in words(page)

    page.button(key="keep-2").click().run()
    assert fake.api.calls[-1][0] != "paint_backdrop", "nothing more is painted"
    assert ("keep_painting", f"{first + 1:032x}") in fake.api.calls
    assert page.button(key="take-backdrop-backdrop1").proto.type == "primary"
    assert not [one for one in page.button if str(one.key).startswith("keep-")]
    assert submitted(page, fake)["options"].backdrop.id == "backdrop1"


def test_a_limit_that_is_reached_is_told_and_what_was_painted_can_be_kept(page: AppTest, fake: FakeService) -> None:
    fake.api.paintable = 1
    paint(page)
    assert any("The picture costs too much" in plain(str(error.value)) for error in page.error)
    assert [name for name, _ in fake.api.calls].count("paint_backdrop") == 2, "after a refusal none is asked for"
    assert "Paid: $0.04 at the list price." in words(page)
    page.button(key="keep-1").click().run()
    assert list(fake.api.library) == ["backdrop1"]


def test_candidates_are_fetched_again_before_their_addresses_run_out(page: AppTest, fake: FakeService) -> None:
    paint(page, count=2)
    asked = [what for name, what in fake.api.calls if name == "paint_backdrop"]
    held = page.session_state["painting.held"]
    page.session_state["painting.held"] = replace(held, at=held.at - FRESH_SECONDS - 1)
    page.run()
    again = [what for name, what in fake.api.calls if name == "paint_backdrop"]
    assert again[2:] == asked, "the same pictures, which are not paid again"
    assert "Paid: $0.08 at the list price." in words(page)
