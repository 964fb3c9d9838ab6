"""Starting a job while photos are still on their way."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.unit.web.conftest import add_photos, words
from tests.unit.web.fakes import FakeService

ON_THE_WAY = ("late 1.jpg", "late 2.jpg", "late 3.jpg")


def wish(app: AppTest) -> None:
    """Fill in what a job needs besides photos."""
    app.text_area[0].input("On a table").run()


@pytest.fixture
def half(signed_in: AppTest, fake: FakeService) -> AppTest:
    """Two photos in the job, three on their way."""
    add_photos(signed_in, fake, ("a.jpg", b"1"), ("b.jpg", b"22"))
    wish(signed_in)
    fake.browser.choose(*((name, 10) for name in ON_THE_WAY))
    fake.browser.say()
    return signed_in.run()


def started(fake: FakeService) -> list[Any]:
    return [call[1] for call in fake.api.calls if call[0] == "submit"]


def images(fake: FakeService) -> list[str]:
    """The photos of the one job that was started."""
    (results,) = fake.api.results.values()
    return [image.name for image in results]


def press(app: AppTest, key: str = "submit") -> AppTest:
    return app.button(key=key).click().run()


def test_what_is_on_its_way_is_told_beside_the_start(half: AppTest) -> None:
    assert half.button(key="submit").label == "Start when all photos are in"
    assert "3 photos are still on their way and would be left out" in words(half)


def test_the_job_waits_for_its_photos(half: AppTest, fake: FakeService) -> None:
    press(half)
    assert started(fake) == []
    assert half.button(key="submit").disabled
    assert "starts by itself when they are in" in words(half)

    fake.browser.work(half.run)

    assert len(started(fake)) == 1
    assert images(fake) == ["a.jpg", "b.jpg", *ON_THE_WAY]


def test_files_chosen_just_before_the_press_are_waited_for(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("a.jpg", b"1"))
    wish(signed_in)
    # The page still says "Start the job (1 photo)"; the news of the file comes with the press.
    fake.browser.choose(("late 1.jpg", 10))
    fake.browser.say()
    press(signed_in)
    assert started(fake) == []

    fake.browser.work(signed_in.run)
    assert images(fake) == ["a.jpg", "late 1.jpg"]


def test_a_press_is_not_lost_when_the_last_photo_comes_in_with_it(half: AppTest, fake: FakeService) -> None:
    uploads = half.session_state["backdrop.uploads"]
    for _ in range(2):
        fake.browser.say()
        half.run()
    uploads.wait_for_calls()
    assert not uploads.is_quiet
    # The browser says that all is in, and Start is pressed, in one breath.
    for file in fake.browser.files.values():
        file.state = "done"
    fake.browser.say()
    press(half)

    assert images(fake) == ["a.jpg", "b.jpg", *ON_THE_WAY]


def test_it_starts_without_them_by_a_press_of_its_own(half: AppTest, fake: FakeService) -> None:
    press(half, "submit-without")
    assert started(fake) == []
    assert fake.browser.data["stop"] == 1

    fake.browser.park()
    fake.browser.work(half.run)

    assert images(fake) == ["a.jpg", "b.jpg"]
    assert list(fake.browser.left_out) == list(ON_THE_WAY)


def test_the_waiting_can_be_ended(half: AppTest, fake: FakeService) -> None:
    press(half)
    press(half, "submit-not-yet")
    fake.browser.work(half.run)

    assert started(fake) == []
    assert half.button(key="submit").label == "Start the job (5 photos)"


def test_a_change_ends_the_waiting_with_words(half: AppTest, fake: FakeService) -> None:
    press(half)
    half.text_area[0].input("On another table").run()
    fake.browser.work(half.run)

    assert started(fake) == []
    assert "You changed something after you pressed Start" in words(half)
    press(half)
    assert len(started(fake)) == 1


def test_a_photo_that_is_refused_meanwhile_ends_the_waiting_with_words(half: AppTest, fake: FakeService) -> None:
    fake.browser.choose(("broken.jpg", 2))
    press(half)
    fake.browser.work(half.run)

    assert started(fake) == []
    assert "More files were left out, so the job did not start by itself" in words(half)
    assert "1 file is left out of this job" in words(half)
    press(half)
    assert "broken.jpg" not in images(fake)


def test_a_bad_prompt_is_said_at_once_and_not_when_all_are_in(half: AppTest, fake: FakeService) -> None:
    half.text_area[0].input("").run()
    press(half)

    assert "Describe the new background in a few words" in words(half)
    assert not half.button(key="submit").disabled
    fake.browser.work(half.run)
    assert started(fake) == []


def test_a_dear_job_says_that_it_will_ask_again(
    half: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two photos cost less than this, five more.
    monkeypatch.setenv("BACKDROP_CONFIRM_USD", "0.30")
    press(half)
    assert "asked once more" in words(half)
    fake.browser.work(half.run)

    assert started(fake) == []
    press(half, "confirm-yes")
    assert len(started(fake)) == 1


def test_what_is_left_out_is_said_near_the_button(signed_in: AppTest, fake: FakeService) -> None:
    add_photos(signed_in, fake, ("a.jpg", b"1"), ("broken.jpg", b"22"), ("empty.jpg", b""))

    assert "2 files are left out of this job.** The list under “Photos” says why" in words(signed_in)
    assert signed_in.button(key="submit").label == "Start the job (1 photo)"
