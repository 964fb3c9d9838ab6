"""A sheet for single photos on the new-job page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.web.browser import FakeStorage
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import FakeService
from tests.unit.web.pages.test_new_job_choices import FAILURE, opened, photo, plain, submitted


@pytest.fixture
def page(signed_in: AppTest, fake: FakeService) -> AppTest:
    """The page with three photos; in the last nobody could look for labels."""
    third = replace(photo(3), labels_error=FAILURE)
    return opened(signed_in, fake, photo(1, "Mug", "Table"), photo(2, "Cup"), third)


def bring(page: AppTest, text: str, name: str = "shop.csv") -> None:
    field = next(one for one in page.file_uploader if str(one.key).startswith("sheet-file-"))
    field.upload(name, text.encode(), "text/csv").run()
    assert not page.exception


def test_what_a_sheet_says_is_on_the_cards_and_sent(page: AppTest, fake: FakeService) -> None:
    bring(page, "File;Prompt;Labels\nPHOTO 1.jpg;on dark slate;mug\nphoto 3.jpg;;Jar")

    assert "**shop.csv** was read: 2 photos have a row, 1 has none and is made as all others" in plain(words(page))
    assert "Background: “on dark slate”" in plain(words(page))
    page.text_area(key="prompt-1").input("a beach")
    sent = submitted(page, fake)
    assert sent["prompts"] == {"p1": "on dark slate"}
    assert sent["labels"] == {"p1": ["Mug"], "p2": ["Cup"], "p3": ["Jar"]}


def test_a_sheet_with_faults_changes_nothing_and_they_are_told_by_row_and_column(
    page: AppTest, fake: FakeService
) -> None:
    bring(page, "File,Prompt,Labels\nphoto 1.jpg,on dark slate,Mgu\nphoto 2.jpg," + "x" * 10_001 + ",\nnone.jpg,,")

    assert any("**shop.csv** has 3 faults, so nothing of it was taken" in plain(str(one.value)) for one in page.error)
    (table,) = [str(one.proto.body) for one in page.get("html") if "bd-faults" in str(one.proto.body)]
    for cells in ("<td>2</td><td>Labels</td><td>Mgu was not found", "<td>3</td><td>Prompt</td><td>It has 10,001",
                  "<td>4</td><td>File</td><td>“none.jpg” is none of the photos"):  # fmt: skip
        assert cells in table
    page.text_area(key="prompt-1").input("a beach")
    sent = submitted(page, fake)
    assert not sent.get("prompts")
    assert sent["labels"]["p1"] == ["Mug", "Table"]


def test_pictures_of_single_photos_are_on_the_cards_and_nothing_is_dealt_then(page: AppTest, fake: FakeService) -> None:
    (also,) = [one for one in page.multiselect if one.label == "Also in these scenes"]
    also.set_value(["transparent"]).run()
    (in_turn,) = [one for one in page.checkbox if one.label == "Each photo in one of them, in turn"]
    assert not in_turn.disabled

    bring(page, 'File,Backdrop\nphoto 1.jpg,"gradient:fff,000"\n')

    told = plain(words(page))
    assert "Your picture: Gradient #ffffff to #000000" in told
    assert "1 photo has a picture of its own** behind. What you choose under “Behind the product” is for" in told
    (in_turn,) = [one for one in page.checkbox if one.label == "Each photo in one of them, in turn"]
    assert in_turn.disabled
    assert "backgrounds are not given out in turn" in told


def test_a_file_that_is_no_table_says_so(page: AppTest) -> None:
    bring(page, "\0\1", "shop.xlsx")
    assert any("has 1 fault" in plain(str(one.value)) for one in page.error)


def test_when_every_photo_has_words_none_for_all_are_needed(page: AppTest, fake: FakeService) -> None:
    bring(page, "File,Prompt\nphoto 1.jpg,a\nphoto 2.jpg,b\nphoto 3.jpg,no people\n")

    assert "“no people”" in plain(words(page)), "advised on as the prompt is"
    sent = submitted(page, fake)
    assert (sent.get("prompt", ""), sent["prompts"]) == ("", {"p1": "a", "p2": "b", "p3": "no people"})


def test_words_can_be_taken_back_and_are_of_no_use_where_nothing_is_painted(page: AppTest, fake: FakeService) -> None:
    bring(page, "File,Prompt\nphoto 1.jpg,a desk\n")
    page.button_group(key="background-1").set_value("transparent").run()
    assert "used when the background is painted" in words(page)
    page.button_group(key="background-1").set_value("generated").run()
    page.button(key="sheet-forget").click().run()
    page.text_area(key="prompt-1").input("a beach")
    assert not submitted(page, fake).get("prompts")


def test_a_try_of_one_photo_is_made_with_its_own_words(page: AppTest, fake: FakeService) -> None:
    bring(page, "File,Prompt\nphoto 1.jpg,a desk\nphoto 2.jpg,a shelf\n")
    page.text_area(key="prompt-1").input("a beach").run()
    page.button(key="trial-start").click().run()

    (sent,) = [call[1] for call in fake.api.calls if call[0] == "submit"]
    assert list(sent["prompts"].values()) == ["a desk"]


def test_words_of_a_sheet_survive_a_reload(storage: FakeStorage, fake: FakeService) -> None:
    def reloaded() -> AppTest:
        return opened(sign_in(AppTest.from_file(str(ENTRY), default_timeout=20).run()), fake, photo(1, "Mug"))

    app = reloaded()
    bring(app, "File,Prompt\nphoto 1.jpg,a desk\n")
    app.run()

    assert submitted(reloaded(), fake)["prompts"] == {"p1": "a desk"}


def test_files_are_named_by_a_template_with_the_sheets_skus(page: AppTest, fake: FakeService) -> None:
    bring(page, "File,SKU,Output name\nphoto 1.jpg,A-1,\nphoto 2.jpg,A-1,\nphoto 3.jpg,,hero\n")
    page.slider(key="variations-1").set_value(2)
    page.text_input(key="names-1").set_value("{sku}_{n}").run()
    assert "A-1_1" in plain(words(page))
    page.text_area(key="prompt-1").input("a beach")

    sent = submitted(page, fake)
    assert sent["file_names"] == {"p1": ["A-1_1", "A-1_2"], "p2": ["A-1_3", "A-1_4"], "p3": ["hero"]}


def test_names_that_can_not_be_stand_against_the_start(page: AppTest, fake: FakeService) -> None:
    page.text_input(key="names-1").set_value("{sku}_{n}").run()
    assert "“photo 1.jpg” has none, and lies in no folder of its own" in plain(words(page))
    assert page.button(key="submit").disabled
    page.text_input(key="names-1").set_value("").run()
    assert not page.button(key="submit").disabled


def test_a_sheet_with_two_files_of_one_name_is_not_taken(page: AppTest) -> None:
    bring(page, "File,Output name\nphoto 1.jpg,hero\nphoto 2.jpg,HERO\n")
    (table,) = [str(one.proto.body) for one in page.get("html") if "bd-faults" in str(one.proto.body)]
    assert "<td>3</td><td>Output name</td>" in table
