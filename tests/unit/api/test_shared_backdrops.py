"""Backdrops are private until their owner shares them; then everybody uses them, and only the owner changes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Api, picture
from tests.unit.api.test_backdrops import wish


@pytest.fixture
def wall(api: Api) -> str:
    return api.backdrop("wall.jpg")


def seen(api: Api, user: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.call("GET", "/backdrops", user=user).body["backdrops"]
    return found


def share(api: Api, id_: str, user: str = "ann", *, shared: bool = True) -> Any:
    return api.call("PATCH", f"/backdrops/{id_}", {"shared": shared}, user=user)


def submit(api: Api, id_: str, user: str = "eve", **options: Any) -> Any:
    draft = api.draft(user)
    new = {"photos": [{"name": "mug.jpg", "size": 1000}]}
    (photo,) = api.call("POST", f"/drafts/{draft}/photos", new, user).body["photos"]
    api.objects.data[photo["upload"]["fields"]["key"]] = picture()
    api.inspect(draft, photo["photoId"], user)
    body = {"prompt": "a beach", "options": options or wish(id_)}
    return api.call("POST", f"/drafts/{draft}/submit", body, user)


def test_nobody_else_sees_or_uses_it_until_it_is_shared(api: Api, wall: str) -> None:
    assert [(one["shared"], one["mine"]) for one in seen(api, "ann")] == [(False, True)]
    assert seen(api, "eve") == []
    assert "is gone" in submit(api, wall).message

    assert share(api, wall).body["shared"] is True

    (theirs,) = seen(api, "eve")
    assert (theirs["backdropId"], theirs["mine"], theirs["sharedBy"]) == (wall, False, "ann@example.com")
    assert theirs["pictureUrl"]
    assert [one["mine"] for one in seen(api, "ann")] == [True], "the owner has it once"
    assert submit(api, wall).status == 202
    assert submit(api, wall, scenes=[{"background": "backdrop", "backdrop": {"id": wall}}]).status == 202


@pytest.mark.parametrize("body", [{"name": "mine.jpg"}, {"surface": 0.5}, {"shared": False}, {"shared": True}])
def test_only_its_owner_changes_it(api: Api, wall: str, body: dict[str, Any]) -> None:
    share(api, wall)
    before = seen(api, "ann")[0]
    assert api.call("PATCH", f"/backdrops/{wall}", body, user="eve").status == 404
    assert api.call("DELETE", f"/backdrops/{wall}", user="eve").status == 404
    assert api.call("POST", f"/backdrops/{wall}/inspect", {}, user="eve").status == 404
    after = seen(api, "ann")[0]
    assert {**after, "pictureUrl": "", "thumbnailUrl": ""} == {**before, "pictureUrl": "", "thumbnailUrl": ""}


def test_a_change_of_its_owner_is_everybodys(api: Api, wall: str) -> None:
    share(api, wall)
    api.call("PATCH", f"/backdrops/{wall}", {"name": "Brick wall", "surface": 0.7})
    (theirs,) = seen(api, "eve")
    assert (theirs["name"], theirs["surface"], theirs["shared"]) == ("Brick wall", 0.7, True)


@pytest.mark.parametrize("how", ["unshared", "deleted"])
def test_what_is_taken_back_is_in_no_new_job_and_stays_in_those_that_have_it(api: Api, wall: str, how: str) -> None:
    share(api, wall)
    job = submit(api, wall).body["jobId"]
    if how == "unshared":
        assert share(api, wall, shared=False).body["shared"] is False
    else:
        assert api.call("DELETE", f"/backdrops/{wall}").status == 204
    assert seen(api, "eve") == []
    assert "is gone" in submit(api, wall).message
    kept = api.jobs.rows[job].settings.options.backdrop
    assert kept is not None
    assert kept.key in api.objects.data
    assert not api.objects.tags[kept.key]


def test_what_can_not_be_shared_is_told(api: Api, wall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unseen = api.backdrop("new.jpg", inspected=False)
    assert (share(api, unseen).code, share(api, unseen).status) == ("OPTIONS_INVALID", 400)
    monkeypatch.setattr("backdrop.jobs.backdrops.MAX_SHARED_BACKDROPS", 1)
    assert share(api, wall).status == 200
    assert share(api, wall).status == 200, "it is shared already"
    assert share(api, api.backdrop("other.jpg")).code == "INVALID_REQUEST"
