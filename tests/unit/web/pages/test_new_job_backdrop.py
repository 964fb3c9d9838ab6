"""A picture of one's own behind the products, on the new-job page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.errors import ServiceUnreachable
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
    assert not page.slider, "each keeps its place until somebody wants it otherwise"
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
