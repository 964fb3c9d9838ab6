"""Nobody sees or touches what is another user's, and nobody without a token anything: the deployed API, route by
route of docs/openapi.json (`tests/api_routes.py`)."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user, id_token
from tests.api_routes import CASES, Things, request, routes
from tests.integration.shared import wait_until_idle

pytestmark = pytest.mark.integration

EVE, PASSWORD = "eve@example.com", "Another-User-1234!"
AUDITOR = "auditor@example.com"
SECRET = "secret name"


class Caller:
    """Calls the API with a token, or without."""

    def __init__(self, http: httpx.Client, token: str | None) -> None:
        self._http = http
        self._headers = {"Authorization": token} if token else {}

    def __call__(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._http.request(method, path, json=body, headers=self._headers, timeout=60)


@pytest.fixture(scope="module")
def ann(cloud: LocalCloud, http: httpx.Client) -> Caller:
    return Caller(http, cloud.demo_token())


@pytest.fixture(scope="module")
def eve(cloud: LocalCloud, http: httpx.Client) -> Caller:
    cognito = cloud.client("cognito-idp")
    ensure_user(cognito, cloud.outputs.user_pool_id, EVE, PASSWORD)
    return Caller(http, id_token(cognito, cloud.outputs.user_pool_client_id, EVE, PASSWORD))


@pytest.fixture(scope="module")
def nobody(http: httpx.Client) -> Caller:
    return Caller(http, None)


@pytest.fixture(scope="module")
def auditor(cloud: LocalCloud, http: httpx.Client) -> Caller:
    cognito, pool = cloud.client("cognito-idp"), cloud.outputs.user_pool_id
    ensure_user(cognito, pool, AUDITOR, PASSWORD)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=AUDITOR, GroupName="auditors")
    return Caller(http, id_token(cognito, cloud.outputs.user_pool_client_id, AUDITOR, PASSWORD))


def _photo() -> bytes:
    image = Image.new("RGB", (640, 480), (225, 225, 220))
    ImageDraw.Draw(image).rectangle((200, 150, 420, 380), fill=(190, 30, 30))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


def _draft_with_photo(call: Caller) -> tuple[str, str]:
    draft = str(call("POST", "/drafts", {}).json()["draftId"])
    data = _photo()
    (photo,) = call(
        "POST", f"/drafts/{draft}/photos", {"photos": [{"name": f"{SECRET}.jpg", "size": len(data)}]}
    ).json()["photos"]
    sent = httpx.post(photo["upload"]["url"], data=photo["upload"]["fields"], files={"file": ("a.jpg", data)})
    assert sent.status_code == 204, sent.text
    answer = call("POST", f"/drafts/{draft}/photos/{photo['photoId']}/inspect", {})
    assert answer.json()["status"] == "READY", answer.text
    return draft, str(photo["photoId"])


def _backdrop(call: Caller) -> str:
    data = _photo()
    made = call("POST", "/backdrops", {"name": f"{SECRET}.jpg", "size": len(data)}).json()
    sent = httpx.post(made["upload"]["url"], data=made["upload"]["fields"], files={"file": ("a.jpg", data)})
    assert sent.status_code == 204, sent.text
    answer = call("POST", f"/backdrops/{made['backdropId']}/inspect", {})
    assert answer.json()["status"] == "READY", answer.text
    return str(made["backdropId"])


@pytest.fixture(scope="module")
def things(ann: Caller, eve: Caller) -> Things:
    """Ann's: a draft with a photo, a finished job with an image, a trial, a backdrop, and a painted candidate."""
    job, image = _draft_with_photo(ann)
    assert ann("POST", f"/drafts/{job}/submit", {"prompt": "a beach", "trial": True}).status_code == 202
    deadline = time.monotonic() + 90
    while (answer := ann("GET", f"/jobs/{job}").json())["status"] in ("Submitted", "Running"):
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)
    draft, photo = _draft_with_photo(ann)
    strangers_draft = str(eve("POST", "/drafts", {}).json()["draftId"])
    painted = ann("POST", "/backdrops/paintings", {"prompt": "an oak table", "seed": 1})
    assert painted.status_code == 201, painted.text
    candidate = painted.json()["candidateId"]
    saved = ann("POST", "/settings", {"name": "Mugs", "settings": {"prompt": "a beach"}}).json()["settingsId"]
    return Things(draft, photo, job, image, _backdrop(ann), candidate, saved, strangers_draft=strangers_draft)


def _state(cloud: LocalCloud) -> str:
    """Every row and every object of the stack, in words."""
    dynamodb, s3, outputs = cloud.client("dynamodb"), cloud.client("s3"), cloud.outputs
    rows = [
        row
        for table in (outputs.jobs_table, outputs.images_table)
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
        for row in page["Items"]
    ]
    objects = [
        (item["Key"], item["ETag"])
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=outputs.bucket)
        for item in page.get("Contents", [])
    ]
    return json.dumps([sorted(map(str, rows)), objects])


def test_every_documented_route_has_a_case() -> None:
    assert set(routes()) <= set(CASES), "add a case to tests/api_routes.py"


@pytest.mark.parametrize("route", [route for route in routes() if route in CASES and CASES[route].owned])
def test_what_is_another_users_is_not_found_and_stays_as_it_is(
    cloud: LocalCloud, eve: Caller, things: Things, route: str
) -> None:
    before = _state(cloud)

    answer = eve(*request(route, things))

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND"), answer.text
    assert SECRET not in answer.text
    assert _state(cloud) == before


@pytest.mark.parametrize("route", [route for route in routes() if route in CASES and not CASES[route].owned])
def test_lists_show_nothing_of_others(eve: Caller, things: Things, route: str) -> None:
    answer = eve(*request(route, things))

    assert answer.is_success, answer.text
    for secret in (things.draft, things.job, SECRET):
        assert secret not in answer.text


def test_photos_of_anothers_job_are_not_copied_into_ones_own_draft(eve: Caller, things: Things) -> None:
    body = {"jobId": things.job, "imageIds": [things.image]}

    answer = eve("POST", f"/drafts/{things.strangers_draft}/copies", body)

    assert answer.status_code == 404, answer.text
    assert eve("GET", f"/drafts/{things.strangers_draft}").json()["photos"] == []


@pytest.mark.parametrize("route", ["submit", "estimate"])
def test_anothers_trial_is_not_named_in_ones_own_job(
    cloud: LocalCloud, eve: Caller, things: Things, route: str
) -> None:
    """The photo is the very same: nothing of the trial is told or used all the same."""
    draft, _ = _draft_with_photo(eve)
    before = _state(cloud)

    answer = eve("POST", f"/drafts/{draft}/{route}", {"prompt": "a beach", "trialJobId": things.job})
    unknown = eve("POST", f"/drafts/{draft}/{route}", {"prompt": "a beach", "trialJobId": "0" * 26})

    told = answer.json()
    if route == "submit":
        assert (answer.status_code, told["error"]["code"]) == (404, "NOT_FOUND"), answer.text
    else:
        assert ([one["code"] for one in told["problems"]], told["reusedCalls"]) == (["NOT_FOUND"], 0)
    assert answer.text == unknown.text, "as if there were no such job"
    assert things.job not in answer.text
    assert _state(cloud) == before


def test_lists_with_trials_show_nothing_of_others(eve: Caller, things: Things) -> None:
    answer = eve("GET", "/jobs?trials=true")

    assert answer.status_code == 200
    assert things.job not in answer.text


@pytest.mark.parametrize("route", routes())
def test_without_a_token_nothing_is_answered(cloud: LocalCloud, nobody: Caller, things: Things, route: str) -> None:
    before = _state(cloud)

    answer = nobody(*request(route, things))

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "NOT_SIGNED_IN"), answer.text
    assert _state(cloud) == before


def test_a_backdrop_is_everybodys_while_its_owner_shares_it(ann: Caller, eve: Caller) -> None:
    id_ = _backdrop(ann)
    path = f"/backdrops/{id_}"
    assert ann("PATCH", path, {"shared": True}).json()["shared"] is True

    def seen() -> list[dict[str, Any]]:
        return [one for one in eve("GET", "/backdrops").json()["backdrops"] if not one["mine"]]

    (theirs,) = seen()
    assert (theirs["backdropId"], theirs["name"]) == (id_, f"{SECRET}.jpg")
    assert httpx.get(theirs["thumbnailUrl"]).status_code == 200
    assert [eve("PATCH", path, {"name": "mine.jpg"}).status_code, eve("DELETE", path).status_code] == [404, 404]
    assert ann("PATCH", path, {"name": "Brick.jpg"}).json()["name"] == "Brick.jpg"
    assert [one["name"] for one in seen()] == ["Brick.jpg"]
    assert ann("PATCH", path, {"shared": False}).json()["shared"] is False
    assert seen() == []
    ann("PATCH", path, {"shared": True})
    assert ann("DELETE", path).status_code == 204
    assert seen() == []


def test_an_auditor_reads_all_of_the_stack(ann: Caller, auditor: Caller, things: Things) -> None:
    for route in (route for route in routes() if route.startswith("GET ") and CASES[route].owned):
        answer, own = auditor(*request(route, things)), ann(*request(route, things))
        assert answer.status_code == own.status_code, answer.text
        assert answer.status_code not in (401, 403, 404), answer.text
    everybodys = auditor("GET", "/jobs?trials=true").json()["jobs"]
    (mine,) = (job for job in everybodys if job["jobId"] == things.job)
    assert mine["requestedBy"] == "demo@example.com"
    assert httpx.get(auditor("GET", f"/jobs/{things.job}").json()["reportUrls"]["json"]).status_code == 200


def test_roles_come_from_groups_and_a_team_sees_what_is_shared(
    cloud: LocalCloud, ann: Caller, http: httpx.Client, things: Things
) -> None:
    """True tokens of true groups, and the true index; each route for each role: `tests/unit/api/test_people.py`."""
    cognito, pool = cloud.client("cognito-idp"), cloud.outputs.user_pool_id
    cognito.create_group(UserPoolId=pool, GroupName="team-isolated")

    def signed_in(name: str, *groups: str) -> Caller:
        ensure_user(cognito, pool, name, PASSWORD)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        return Caller(http, id_token(cognito, cloud.outputs.user_pool_client_id, name, PASSWORD))

    owner = signed_in("owner@example.com", "team-isolated")
    reviewer = signed_in("reviewer@example.com", "team-isolated", "reviewers")
    ops = signed_in("ops@example.com", "ops")
    draft, _ = _draft_with_photo(owner)
    made = owner("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"})
    assert (made.status_code, made.json()["team"]) == (202, "isolated"), made.text
    path = f"/jobs/{draft}"

    def code(answer: httpx.Response) -> str:
        return str(answer.json()["error"]["code"])

    assert reviewer("GET", path).json()["allowed"] == ["JUDGE", "SEE"]
    assert [job["jobId"] for job in reviewer("GET", "/jobs?team=isolated").json()["jobs"]] == [draft]
    assert code(reviewer("POST", "/drafts", {})) == "ROLE_FORBIDS"
    assert code(ann("GET", path)) == "NOT_SHARED"
    assert "owner@example.com" in ann("GET", path).text
    assert owner("PUT", f"{path}/team", {"team": None}).status_code == 200
    assert code(reviewer("GET", path)) == "NOT_SHARED"
    assert reviewer("GET", "/jobs").json()["jobs"] == []
    # 409: it had ended before.
    assert ops("POST", f"{path}/cancel").status_code in (202, 409), "ops cancel every job, a private one too"
    assert things.job not in reviewer("GET", "/jobs?trials=true").text


def test_an_auditor_changes_nothing(cloud: LocalCloud, auditor: Caller, things: Things) -> None:
    # The job that the roles were tried on may still be ending.
    wait_until_idle(cloud)
    before = _state(cloud)

    for route in (route for route in routes() if not route.startswith("GET ")):
        answer = auditor(*request(route, things))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "READ_ONLY"), route

    assert _state(cloud) == before
