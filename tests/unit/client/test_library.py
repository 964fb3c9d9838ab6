"""`backdrop backdrops`: what there is to stand behind products, and what is done with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.client.conftest import Command
from tests.unit.client.fake import FakeBackdrop


def kept(id_: str, name: str, **more: Any) -> dict[str, Any]:
    told = {"status": "READY", "createdAt": "2026-11-20T04:00:00.000Z", "width": 640, "height": 480}
    return {"backdropId": id_, "name": name, **told, "shared": False, "mine": True, **more}


@pytest.fixture
def library(fake: FakeBackdrop) -> FakeBackdrop:
    theirs = kept("b2", "Oak", shared=True, mine=False, sharedBy="bob@example.com")
    fake.library = [kept("b1", "Wall"), theirs]
    return fake


def test_what_there_is_and_whose(backdrop: Command, library: FakeBackdrop) -> None:
    status, out, _ = backdrop("backdrops")
    assert status == 0
    assert [line.split() for line in out.splitlines()] == [
        ["kept:b1", "640", "x", "480", "private", "Wall"],
        ["kept:b2", "640", "x", "480", "shared", "by", "bob@example.com", "Oak"],
    ]
    library.library = []
    assert backdrop("backdrops")[1].strip() == "No backdrops."


def test_it_is_renamed_shared_kept_private_and_deleted(backdrop: Command, library: FakeBackdrop) -> None:
    status, out, _ = backdrop("backdrops", "kept:b1", "--share", "--rename", "Brick", "--json")
    assert status == 0
    (told,) = json.loads(out)["backdrops"]
    assert (told["name"], told["shared"]) == ("Brick", True)
    assert backdrop("backdrops", "b1", "--private")[0] == 0
    assert library.library[0]["shared"] is False
    assert backdrop("backdrops", "b1", "--delete")[0] == 0
    assert [one["backdropId"] for one in library.library] == ["b2"]


@pytest.mark.parametrize(
    "wrong", [["b1"], ["--share"], ["b1", "--share", "--private"], ["b1", "--delete", "--rename", "x"]], ids=str
)
def test_what_can_not_be_meant_is_told(backdrop: Command, library: FakeBackdrop, wrong: list[str]) -> None:
    assert backdrop("backdrops", *wrong)[0] == 2
    assert library.count("(PATCH|DELETE) .*") == 0
