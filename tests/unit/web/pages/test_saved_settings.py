"""Saved settings on the pages: a job begun with them asks for what they ask for; saved over, deleted, taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from backdrop.core.options import Options, OutputOptions, UnlocatedLabels
from backdrop.core.request import JobRequest, SavedChoice
from backdrop.core.scenes import Scene
from backdrop.core.vocabulary import Mode
from tests.unit.web.conftest import sign_in, words
from tests.unit.web.fakes import FakeService
from tests.unit.web.pages.test_new_job_choices import opened, photo, plain, submitted, with_presets

MUGS = JobRequest(
    prompt="on oak",
    negative_prompt="people",
    mode=Mode.DEFAULT,
    model_id="stability.inpaint",
    seed=7,
    options=Options(
        variations=2,
        unlocated_labels=UnlocatedLabels.FAIL,
        output=OutputOptions(preset="ebay"),
        outputs=(OutputOptions(width=800),),
        scenes=(Scene(prompt="on slate"),),
    ),
    tags=("summer",),
)


def choose(app: AppTest, id_: str) -> AppTest:
    (box,) = [box for box in app.selectbox if box.label == "Saved settings"]
    return box.select(id_).run()


def asked(app: AppTest, fake: FakeService) -> dict[str, Any]:
    said = submitted(app, fake)
    return {name: said.get(name) for name in ("prompt", "mode", "seed", "options", "settings")}


def press(app: AppTest, key: str) -> AppTest:
    return app.button(key=key).click().run()


def with_mugs(fake: FakeService, team: str | None = None) -> None:
    with_presets(fake)
    fake.api.save_settings("Mugs", team, MUGS)


def test_a_job_begun_with_saved_settings_asks_for_what_they_ask_for(signed_in: AppTest, fake: FakeService) -> None:
    with_mugs(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area[0].input("something else").run()
    choose(signed_in, "s1")

    said = asked(signed_in, fake)

    assert said == {
        "prompt": "on oak", "mode": Mode.DEFAULT, "seed": 7, "options": MUGS.options, "settings": SavedChoice("s1", 1)
    }  # fmt: skip


def test_what_is_saved_on_the_page_is_what_a_job_begun_with_it_asks_for(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area[0].input("a beach").run()
    assert signed_in.button(key="settings-save").disabled, "it has no name"
    signed_in.text_input(key="settings-name-new").input("  Beach ").run()
    press(signed_in, "settings-save")

    name, team, saved = next(what for call, what in fake.api.calls if call == "save_settings")
    assert (name, team, saved.prompt) == ("Beach", None, "a beach")
    said = asked(signed_in, fake)
    assert said["settings"] == SavedChoice("s1", 1), "the job is begun with them from now on"
    assert (said["prompt"], said["options"]) == (saved.prompt, saved.options)


def test_saving_over_makes_another_version_and_deleting_can_be_undone(app: AppTest, fake: FakeService) -> None:
    fake.teams = ("studio",)
    with_mugs(fake, "studio")
    sign_in(app)
    opened(app, fake, photo(1, "Mug"))
    choose(app, "s1")
    app.text_area[0].input("on marble").run()
    assert plain(app.button(key="settings-save").label) == "Save over Mugs, version 1"
    press(app, "settings-save")
    assert (fake.api.saved[0].version, fake.api.saved[0].settings.prompt) == (2, "on marble")
    assert fake.api.saved[0].team == "studio"

    press(app, "settings-delete")
    assert fake.api.saved == []
    assert "Mugs (team studio) deleted." in plain(words(app))
    press(app, "settings-undo")
    assert [(one.name, one.team, one.settings.prompt) for one in fake.api.saved] == [("Mugs", "studio", "on marble")]
    assert asked(app, fake)["settings"] == SavedChoice("s2", 1)


def test_a_colleagues_newer_version_is_offered_and_not_taken_unasked(signed_in: AppTest, fake: FakeService) -> None:
    with_mugs(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    choose(signed_in, "s1")
    fake.api.change_settings(fake.api.saved[0], "Mugs", None, replace(MUGS, prompt="on marble"))
    del signed_in.session_state["settings.found"]
    signed_in.run()
    assert signed_in.text_area[0].value == "on oak"

    press(signed_in, "settings-newer")

    assert signed_in.text_area[0].value == "on marble"
    assert asked(signed_in, fake)["settings"] == SavedChoice("s1", 2)


def test_a_refusal_is_told_and_what_was_typed_stays(signed_in: AppTest, fake: FakeService) -> None:
    with_mugs(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    choose(signed_in, "s1")
    fake.api.saved[0] = replace(fake.api.saved[0], version=5)
    press(signed_in, "settings-save")

    assert "They were changed." in plain(words(signed_in))
    assert signed_in.text_area[0].value == "on oak"
