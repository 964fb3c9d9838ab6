"""No word of the new-job page and of signing in stays English where another language is spoken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.output_names import FIELDS
from backdrop_web.mask_editor import speech as editor_speech
from backdrop_web.pages.new_job.label_editor import speech as label_speech
from backdrop_web.pages.new_job.scenes import read_scenes
from backdrop_web.upload import speech
from tests.unit.web import pseudo
from tests.unit.web.conftest import add_photos, sign_in
from tests.unit.web.fakes import EMAIL, TEMPORARY, FakeService
from tests.unit.web.pages.test_new_job_choices import FAILURE, opened, photo

NAMES = (
    "Backdrop",
    EMAIL,
    *("photo 1.jpg", "photo 2.jpg", "photo 3.jpg", "photo 1jpg", "photo 2.jpg", "mug.jpg", "notes.txt", "Mug", "Cup"),
    *("stability.inpaint", "Stability: inpaint", "Stability: fast", "stability.fast", "{sku}_{n}_{output}"),
    *("shop.csv", "Mgu", "on dark slate", "File", "Prompt", "Labels", *FIELDS),
    # Sentences that only this service says, and Babel's "and".
    *("amazon.titan-v1: AWS retired it on 2026-06-30", " kaj "),
    # Words for the model, names of labels as Rekognition finds them, and the name that the service proposes for a job.
    *("text, people", "Table", "white", "transparent"),
    # What goes into the field, and to the model: the models read English.
    *(scene.prompt for scene in read_scenes().all.values()),
)
"""What people typed, names of models and files."""

NEW = "Good-password-1!"


@pytest.fixture(autouse=True)
def _bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo.speak(monkeypatch)


@pytest.fixture
def page(signed_in: AppTest, fake: FakeService) -> AppTest:
    """The page with three photos; in the last nobody could look for labels."""
    third = replace(photo(3), labels_error=FAILURE)
    return opened(signed_in, fake, photo(1, "Mug"), photo(2, "Cup"), third)


def look(app: AppTest, *names: str) -> None:
    assert not app.exception
    assert pseudo.list_foreign(app, *NAMES, *names) == []


def test_the_page_without_photos(signed_in: AppTest) -> None:
    look(signed_in.run())


def test_refused_photos(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("mug.jpg", b"jpg"), ("notes.txt", b"words"))
    look(signed_in)
    foreign = [said for said in pseudo.list_values(fake.browser.data.get("words", {})) if pseudo.has_foreign(said)]
    assert foreign == []


def test_photos_with_their_cards(page: AppTest) -> None:
    look(page)
    page.toggle(key="cut-outs-1").set_value(True).run()
    look(page)


@pytest.mark.parametrize("kind", ["backdrop", "colour", "transparent"])
def test_other_backgrounds(page: AppTest, kind: str) -> None:
    page.button_group(key="background-1").set_value(kind).run()
    look(page)


@pytest.mark.parametrize("size", ["own", "original"])
def test_sizes(page: AppTest, size: str) -> None:
    page.button_group(key="size-1").set_value(size).run()
    look(page)


def test_a_sheet_with_faults_and_one_without(page: AppTest) -> None:
    for text in (
        "File,Prompt,Labels\nphoto 1.jpg,on dark slate,Mgu\n",
        "File,Prompt,Labels\nphoto 1.jpg,on dark slate,Mug\n",
    ):
        field = next(one for one in page.file_uploader if str(one.key).startswith("sheet-file-"))
        field.upload("shop.csv", text.encode(), "text/csv").run()
        look(page)


def test_a_description_with_slots_and_negations(page: AppTest) -> None:
    page.text_area(key="prompt-1").input("a {season} table without people").run()
    look(page, "a {season} table without people", "season", "without people")


def test_starting_says_what_is_missing(page: AppTest) -> None:
    page.text_area(key="prompt-1").input("a table in {light}").run()
    page.button(key="submit").click().run()
    look(page, "a table in {light}", "light")


def test_a_trial(page: AppTest, fake: FakeService) -> None:
    page.text_area(key="prompt-1").input("xyz").run()
    page.button(key="trial-start").click().run()
    look(page, "xyz")
    fake.api.finish(next(call[1][0] for call in fake.api.calls if call[0] == "copy_photos"))
    page.run()
    look(page, "xyz")


def test_each_step_of_signing_in(fake: FakeService, app: AppTest) -> None:
    look(app.run())
    app.button[0].click().run()
    look(app)
    app.button(key="forgot").click().run()
    look(app)
    app.text_input[0].input(EMAIL)
    app.button[0].click().run()
    look(app)
    app.button[0].click().run()
    look(app)
    app.button(key="back").click().run()
    sign_in(app, TEMPORARY)
    look(app)
    for field in app.text_input:
        field.input("lowercase")
    app.button[0].click().run()
    look(app)


@pytest.mark.parametrize("list_words", [speech.list_words, editor_speech.list_words, label_speech.list_words])
def test_words_of_scripts(list_words: object) -> None:
    assert callable(list_words)
    assert [said for said in pseudo.list_values(list_words()) if pseudo.has_foreign(said)] == []
