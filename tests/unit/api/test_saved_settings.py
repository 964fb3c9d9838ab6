"""Saved settings: whose they are, their versions, and what a job tells of those that it was begun with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.api.conftest import Answer, Api
from tests.unit.api.test_people import claims_of

MUGS: dict[str, Any] = {
    "prompt": "on oak, in morning light",
    "negativePrompt": "people",
    "mode": "DEFAULT",
    "seed": 7,
    "tags": ["summer"],
    "options": {
        "variations": 2,
        "unlocatedLabels": "FAIL",
        "output": {"preset": "shop-square"},
        "outputs": [{"width": 800, "format": "WEBP"}],
        "scenes": [{"prompt": "on slate"}],
    },
}


def save(api: Api, name: str = "Mugs", who: dict[str, str] | None = None, **body: Any) -> Answer:
    return api.call("POST", "/settings", {"name": name, "settings": MUGS, **body}, claims=who)


def change(api: Api, id_: str, version: int, name: str = "Mugs", who: Any = None, **body: Any) -> Answer:
    asked = {"name": name, "version": version, "settings": MUGS, **body}
    return api.call("PUT", f"/settings/{id_}", asked, claims=who)


def listed(api: Api, who: dict[str, str] | None = None) -> list[tuple[str, str | None, int]]:
    found = api.call("GET", "/settings", claims=who).body["settings"]
    return [(one["name"], one.get("team"), one["version"]) for one in found]


def test_every_setting_comes_back_as_it_was_saved(api: Api) -> None:
    made = save(api)

    assert (made.status, made.body["version"], made.body["changedBy"]) == (201, 1, "ann@example.com")
    (kept,) = api.call("GET", "/settings").body["settings"]
    assert kept == made.body
    settings = kept["settings"]
    assert {name: settings[name] for name in ("prompt", "negativePrompt", "mode", "seed", "tags")} == {
        name: MUGS[name] for name in ("prompt", "negativePrompt", "mode", "seed", "tags")
    }
    options = settings["options"]
    assert (options["variations"], options["unlocatedLabels"]) == (2, "FAIL")
    assert options["output"]["preset"] == "shop-square"
    assert (options["outputs"][0]["width"], options["scenes"][0]["prompt"]) == (800, "on slate")


def test_each_save_is_another_version_and_none_is_lost_to_somebody_elses(api: Api) -> None:
    ann, ben = (claims_of("team-studio", sub) for sub in ("ann", "ben"))
    id_ = save(api, who=ann, team="studio").body["settingsId"]

    assert change(api, id_, 1, who=ben, team="studio").body["version"] == 2
    late = change(api, id_, 1, who=ann, team="studio")

    assert (late.status, late.code) == (409, "SETTINGS_CHANGED")
    assert "'Mugs' were changed by ben@example.com" in late.message
    assert "version 2" in late.message
    assert listed(api, ann) == [("Mugs", "studio", 2)]


def test_names_are_told_apart_in_any_script_within_whose_they_are(api: Api) -> None:
    ann = claims_of("team-studio", "ann")
    save(api, "  Tassen  für  Küche ", ann)
    save(api, "マグカップ", ann)

    taken = save(api, "TASSEN FU\u0308R KÜCHE", ann)
    assert (taken.status, taken.code) == (409, "NAME_TAKEN")
    assert save(api, "Tassen für Küche", ann, team="studio").status == 201
    assert save(api, "Tassen für Küche", claims_of("", "eve")).status == 201, "another's own"
    other = save(api, "Teller", ann).body["settingsId"]
    assert change(api, other, 1, "マグカップ", ann).code == "NAME_TAKEN"
    assert change(api, other, 1, "TELLER", ann).status == 200, "its own name, in other letters"
    assert [name for name, team, _ in listed(api, ann) if not team] == ["Tassen für Küche", "TELLER", "マグカップ"]
    for name in ("", "  ", "x" * 121):
        assert save(api, name).code == "NAME_INVALID"


def test_a_teams_are_for_its_members_and_roles_that_only_look_only_look(api: Api) -> None:
    ann = claims_of("team-studio", "ann")
    id_ = save(api, who=ann, team="studio").body["settingsId"]

    for groups in ("team-studio,auditors", "team-studio,reviewers"):
        eve = claims_of(groups)
        assert listed(api, eve) == [("Mugs", "studio", 1)]
        assert change(api, id_, 1, who=eve).status == 403
        assert api.call("DELETE", f"/settings/{id_}", claims=eve).status == 403
        assert save(api, who=eve).status == 403
    assert listed(api, claims_of("team-shoes")) == listed(api, claims_of("ops")) == []
    assert change(api, id_, 1, who=claims_of("team-shoes")).status == 404
    assert save(api, "Plates", ann, team="shoes").code == "TEAM_UNKNOWN"
    assert change(api, id_, 1, who=claims_of("team-studio", "ben"), team=None).status == 200
    assert listed(api, ann) == [], "ben took them"
    assert listed(api, claims_of("", "ben")) == [("Mugs", None, 2)]


def test_what_is_deleted_is_gone_and_its_name_free(api: Api) -> None:
    id_ = save(api).body["settingsId"]

    assert api.call("DELETE", f"/settings/{id_}").status == 204

    assert listed(api) == []
    assert api.call("DELETE", f"/settings/{id_}").status == 404
    assert save(api).status == 201


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"background": "nice"}, "nice"),
        ({"exportOf": "0" * 26}, "one job"),
        ({"background": "backdrop", "backdrop": {"id": "0" * 26}}, "gone"),
    ],
)
def test_what_no_job_could_use_is_not_saved(api: Api, options: dict[str, Any], words: str) -> None:
    answer = save(api, settings={"options": options})

    assert (answer.status, answer.code) == (400, "OPTIONS_INVALID")
    assert words in answer.message
    assert listed(api) == []


def test_a_teams_settings_name_no_backdrop_that_one_member_alone_may_use(api: Api) -> None:
    ann, backdrop = claims_of("team-studio", "ann"), api.backdrop("table.jpg")
    behind = {"options": {"background": "backdrop", "backdrop": {"id": backdrop, "shadow": "NONE"}}}

    refused = save(api, who=ann, team="studio", settings=behind)
    assert (refused.code, "'table.jpg' is yours alone" in refused.message) == ("OPTIONS_INVALID", True)
    api.call("PATCH", f"/backdrops/{backdrop}", {"shared": True})
    kept = save(api, who=ann, team="studio", settings=behind)
    assert kept.body["settings"]["options"]["backdrop"]["name"] == "table.jpg"


def test_nobody_keeps_more_than_can_be_listed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backdrop.jobs.saved.settings.MAX_SAVED_SETTINGS", 1)
    save(api)

    full = save(api, "Plates")

    assert (full.status, full.code) == (400, "OPTIONS_INVALID")
    assert "You have 1 saved settings" in full.message


def begun(api: Api, id_: str, version: int, **other: Any) -> Answer:
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    wish = {name: value for name, value in MUGS.items() if name != "tags"}
    asked = {**wish, **other, "settings": {"id": id_, "version": version}}
    estimate = api.call("POST", f"/drafts/{draft}/estimate", asked)
    answer = api.submit(draft, **asked)
    problems = [one["code"] for one in estimate.body["problems"]]
    assert problems == ([] if answer.status == 202 else [answer.code]), "the estimate says what the submission does"
    return answer


def test_a_job_tells_the_saved_settings_it_was_begun_with_and_whether_its_own_are_others(api: Api) -> None:
    id_ = save(api).body["settingsId"]

    same = begun(api, id_, 1).body
    assert same["settings"] == {"id": id_, "name": "Mugs", "version": 1, "changed": False}
    assert begun(api, id_, 1, seed=8).body["settings"]["changed"]
    assert begun(api, id_, 1, options={**MUGS["options"], "variations": 3}).body["settings"]["changed"]
    assert not begun(api, id_, 1, modelId=same["modelId"]).body["settings"]["changed"], "the model that is meant anyway"
    assert api.jobs.rows[same["jobId"]].used is not None
    assert "settings" not in api.call("GET", f"/jobs/{api.job('a.jpg')}").body


def test_an_earlier_version_is_told_as_it_was(api: Api) -> None:
    id_ = save(api).body["settingsId"]
    change(api, id_, 1, "Mugs", settings={**MUGS, "seed": 8})

    assert begun(api, id_, 1).body["settings"] == {"id": id_, "name": "Mugs", "version": 1, "changed": False}
    assert begun(api, id_, 2).body["settings"]["changed"]
    unknown = begun(api, id_, 3)
    assert (unknown.status, unknown.code) == (409, "SETTINGS_CHANGED")


def test_a_job_does_not_say_that_it_was_begun_with_what_is_gone_or_anothers(api: Api) -> None:
    theirs = save(api, who=claims_of("team-shoes")).body["settingsId"]

    answer = begun(api, theirs, 1)

    assert (answer.status, answer.code) == (409, "SETTINGS_CHANGED")
    assert "are gone" in answer.message
    assert api.jobs.rows == {}


def test_a_backdrop_is_the_same_however_a_job_settles_it(api: Api) -> None:
    behind = {"background": "backdrop", "backdrop": {"id": api.backdrop(), "placement": {"share": 0.5}}}
    kept = save(api, settings={"options": behind}).body
    chosen = json.loads(json.dumps(behind))
    chosen["backdrop"]["light"] = {"strength": 0.5}
    plain = {"prompt": "", "negativePrompt": "", "mode": "PRECISE", "seed": None}

    assert not begun(api, kept["settingsId"], 1, **plain, options=behind).body["settings"]["changed"]
    assert begun(api, kept["settingsId"], 1, **plain, options=chosen).body["settings"]["changed"]
