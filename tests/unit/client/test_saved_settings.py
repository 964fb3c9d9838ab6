"""`backdrop settings` and `replace --preset-name`: what is saved, begun with, and changed by options given beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.conftest import Command
from tests.unit.client.fake import FakeBackdrop, make_saved_json
from tests.unit.client.test_jobs_again import earlier as earlier

PAINTED: dict[str, Any] = {
    "prompt": "on oak",
    "negativePrompt": "people",
    "mode": "DEFAULT",
    "modelId": "model.good",
    "seed": 7,
    "tags": ["summer"],
    "options": {
        "variations": 2,
        "varySeed": True,
        "cfgScale": 7.5,
        "unlocatedLabels": "FAIL",
        "output": {"preset": "shop", "fill": "PAD", "quality": 80},
        "outputs": [{"width": 800}],
        "scenes": [{"prompt": "on slate"}],
    },
}
BEHIND: dict[str, Any] = {
    "options": {
        "background": "backdrop",
        "backdrop": {"id": "b1", "shadow": "NONE", "placement": {"share": 0.5}, "light": {"rim": 0.2}},
        "scenes": [{"background": "backdrop", "backdrop": {"id": "b2"}}],
    }
}


def keep(fake: FakeBackdrop, name: str, settings: dict[str, Any], team: str | None = None) -> None:
    body = {"name": name, "team": team, "settings": settings}
    fake.saved.append(make_saved_json(f"s{len(fake.saved)}", 3, body))


@pytest.fixture
def replaced(backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path) -> Any:
    fake.takes_everything = True

    def run(*options: str) -> dict[str, Any]:
        status, _, err = backdrop("replace", photos, *options, "--out", tmp_path / "out")
        assert status == 0, err
        assert fake.submitted
        sent = dict(fake.submitted)
        sent.pop("fileNames", None)
        return sent

    return run


def test_what_is_sent_is_what_was_saved(fake: FakeBackdrop, replaced: Any) -> None:
    keep(fake, "Mugs", PAINTED)
    keep(fake, "On the table", BEHIND, "studio")

    sent = replaced("--preset-name", "mugs")
    used = sent.pop("settings")
    assert (used, {**PAINTED, "options": None}) == ({"id": "s0", "version": 3}, {**sent, "options": None})
    assert sent["options"] == PAINTED["options"]
    sent = replaced("--preset-name", "s1")
    assert sent["settings"] == {"id": "s1", "version": 3}
    assert sent["options"] == {**BEHIND["options"], "scenes": [{"background": "backdrop", "backdrop": {"id": "b2"}}]}


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ("--prompt x --seed 9 --tag new", {"prompt": "x", "seed": 9, "tags": ["new"]}),
        ("--mode precise", {"mode": None}),
        ("--negative-prompt=", {"negativePrompt": None}),
        ("--variations 1 --style origami", {"variations": None, "style": "origami"}),
        ("--preset fair", {"output": {"preset": "fair"}}),
        ("--width 500", {"output": {"width": 500, "quality": 80}}),
        ("--pad-color #dddddd", {"output": {"preset": "shop", "fill": "PAD", "padColor": "#dddddd", "quality": 80}}),
        ("--format png", {"output": {"preset": "shop", "fill": "PAD", "format": "PNG"}}),
        ("--also width=900", {"outputs": [{"width": 900}]}),
        ("--scene y --in-turn", {"scenes": [{"prompt": "y"}], "spread": "TURN"}),
        ("--background #ffffff", {"background": "#ffffff", "prompt": None, "variations": None}),
        (
            "--background #ffffff --also-behind transparent",
            {
                "background": "#ffffff",
                "prompt": None,
                "scenes": [{"background": "transparent"}],
                # Nothing is painted any more.
                **dict.fromkeys(("variations", "varySeed", "cfgScale")),
            },
        ),
        ("--team shoes --max-usd 3 --name Monday", {"team": "shoes", "maxUsd": 3.0, "name": "Monday"}),
    ],
)
def test_options_given_beside_count_instead(
    fake: FakeBackdrop, replaced: Any, options: str, changed: dict[str, Any]
) -> None:
    keep(fake, "Mugs", PAINTED)
    wanted: dict[str, Any] = {**PAINTED, "settings": {"id": "s0", "version": 3}, "options": {**PAINTED["options"]}}
    top = {"prompt", "negativePrompt", "mode", "seed", "tags", "team", "maxUsd", "name"}
    for name, value in changed.items():
        of = wanted if name in top else wanted["options"]
        of.pop(name, None)
        if value is not None:
            of[name] = value

    assert replaced("--preset-name", "Mugs", *options.split()) == wanted


def test_a_saved_backdrop_takes_another_light_shadow_and_place(fake: FakeBackdrop, replaced: Any) -> None:
    keep(fake, "Table", BEHIND)

    given = "--shadow contact --reflection 0.4 --stand --share 0.7"
    behind = replaced("--preset-name", "Table", *given.split())["options"]["backdrop"]
    assert (behind["shadow"], behind["light"]["rim"], behind["light"]["reflection"]) == ("CONTACT", 0.2, 0.4)
    assert behind["placement"]["share"] == 0.7
    other = replaced("--preset-name", "Table", "--backdrop", "kept:b9", "--prompt", "")["options"]
    assert other["backdrop"] == {"id": "b9"}
    words = replaced("--preset-name", "Table", "--prompt", "a quay")
    assert (words["prompt"], "background" in words["options"]) == ("a quay", False)


def test_a_name_that_is_not_there_or_two_peoples_is_told(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    keep(fake, "Mugs", PAINTED)
    keep(fake, "MUGS", PAINTED, "studio")
    command = ("replace", photos, "--out", tmp_path / "out", "--preset-name")

    status, _, err = backdrop(*command, "cups")
    assert (status, "no saved settings called 'cups'" in err) == (2, True)
    status, _, err = backdrop(*command, "Mugs")
    assert (status, "s0 (yours), s1 (team studio)" in err) == (2, True)
    assert fake.submitted is None


def test_a_jobs_settings_are_saved_again_shared_listed_and_deleted(backdrop: Command, earlier: FakeBackdrop) -> None:
    status, out, err = backdrop("settings", "--save", "Mugs", "--from-job", "d0", "--json")
    assert status == 0, err
    (made,) = json.loads(out)["settings"]
    job = earlier.earlier
    assert (made["name"], made["version"]) == ("Mugs", 1)
    assert {name: made["settings"][name] for name in ("prompt", "modelId", "seed")} == {
        name: job[name] for name in ("prompt", "modelId", "seed")
    }
    assert backdrop("settings", "--save", "mugs", "--from-job", "d0")[0] == 0
    assert [(one["name"], one["version"]) for one in earlier.saved] == [("Mugs", 2)]
    assert backdrop("settings", "--share", "Mugs", "--team", "studio")[0] == 0
    assert backdrop("settings")[1].startswith("Mugs  version 3, team studio, 2026-11-21  ")
    assert backdrop("settings", "--delete", "Mugs")[1].startswith("No saved settings.")


@pytest.mark.parametrize(
    "wrong",
    [["--save", "x"], ["--from-job", "d0"], ["--share", "x"], ["--team", "x"], ["--share", "x", "--delete", "x"]],
    ids=str,
)
def test_what_can_not_be_meant_is_told(backdrop: Command, fake: FakeBackdrop, wrong: list[str]) -> None:
    assert backdrop("settings", *wrong)[0] == 2
    assert fake.count(".*settings.*") == 0
