"""Settings stay when all photos are removed."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.unit.web.conftest import add_photos, words
from tests.unit.web.fakes import FakeService

DRAFT = "draft000000000000000000001"


def describe(app: AppTest) -> str:
    return str(next(area.value for area in app.text_area if area.label.startswith("Describe")))


def test_all_photos_are_removed_at_once_and_put_back_with_the_settings(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    next(area for area in signed_in.text_area if area.label.startswith("Describe")).input("on slate").run()

    signed_in.button(key="remove-all").click().run()
    assert not signed_in.exception
    assert "2 photos removed." in words(signed_in)
    assert "in this job" not in words(signed_in)
    assert describe(signed_in) == "on slate"
    assert fake.api.unlisted == {DRAFT}
    assert fake.api.count("delete_photo") == 0

    signed_in.button(key="undo-remove-all").click().run()
    assert "2 photos in this job" in words(signed_in)
    assert describe(signed_in) == "on slate"
    assert fake.api.unlisted == set()
    assert signed_in.query_params["draft"] == DRAFT
