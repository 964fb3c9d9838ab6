"""`backdrop admin erase` on the deployed stack: with the rights that its role has, all of a job and of a person goes,
and the chain of reports says so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from backdrop.core import keys
from backdrop_cli import main
from localcloud.cloud import LocalCloud
from tests.integration.people import Person, another
from tests.integration.test_isolation import _photo
from tests.integration.test_story import link_to_confirm

pytestmark = pytest.mark.integration

EMAIL = "Leaving@example.com"


def rows_of(cloud: LocalCloud, part: str) -> list[str]:
    dynamodb, outputs = cloud.client("dynamodb"), cloud.outputs
    pages = (
        page
        for table in (outputs.jobs_table, outputs.images_table)
        for page in dynamodb.get_paginator("scan").paginate(TableName=table)
    )
    return [str(row) for page in pages for row in page["Items"] if part in str(row)]


def versions_of(cloud: LocalCloud, part: str) -> list[str]:
    pages = cloud.client("s3").get_paginator("list_object_versions").paginate(Bucket=cloud.outputs.bucket)
    found = [one["Key"] for page in pages for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, [])]
    return [key for key in found if part in key]


def notes(cloud: LocalCloud) -> list[dict[str, Any]]:
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="status-report-files/chain/")
    links = [one["Key"] for page in pages for one in page.get("Contents", []) if one["Key"].endswith(".json")]
    read = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in sorted(links)]
    return [link["Erasure"] for link in read if "Erasure" in link]


def finished_job(person: Person, name: str) -> str:
    draft = person.draft()
    photo = person.upload(draft, name, _photo())
    assert person.inspect(draft, photo)["status"] == "READY"
    options = {"options": {"background": "#ffffff", "maskSource": "BUILT_IN"}}
    assert person.call("POST", f"/drafts/{draft}/submit", options).status_code == 202
    assert person.finished(draft)["status"] == "Succeeded"
    return draft


def save_settings(cloud: LocalCloud, http: httpx.Client) -> Person:
    """Save settings as the leaving person does, some for a team; return a teammate, who sees what is left."""
    cognito, pool = cloud.client("cognito-idp"), cloud.outputs.user_pool_id
    cognito.create_group(UserPoolId=pool, GroupName="team-left")
    members = []
    for email in (EMAIL.lower(), "staying@example.com"):
        another(cloud, http, email)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName="team-left")
        members.append(another(cloud, http, email))
    leaving, staying = members

    def save(method: str, path: str, name: str, **body: Any) -> Any:
        return leaving.call(method, path, {"name": name, "settings": {"prompt": "a beach"}, **body})

    one = f"/settings/{save('POST', '/settings', 'Mugs').json()['settingsId']}"
    assert save("POST", "/settings", "MUGS").status_code == 409, "the name is taken"
    assert save("PUT", one, "Bowls", version=2).status_code == 409, "there is no such version"
    assert staying.call("GET", "/settings").json() == {"settings": []}
    assert save("PUT", one, "Bowls", version=1, team="left").json()["version"] == 2
    assert save("PUT", one, "Bowls", version=1, team="left").json()["error"]["code"] == "SETTINGS_CHANGED"
    assert save("POST", "/settings", "mugs").status_code == 201, "the name was left"
    assert save("POST", "/settings", "Plates").status_code == 201
    (shared,) = staying.call("GET", "/settings").json()["settings"]
    assert (shared["name"], shared["changedBy"]) == ("Bowls", EMAIL.lower())
    (*_, mine) = (row for row in leaving.call("GET", "/settings").json()["settings"] if row["name"] == "Plates")
    assert leaving.call("DELETE", f"/settings/{mine['settingsId']}").status_code == 204
    assert save("POST", "/settings", "Plates").status_code == 201, "a deleted one's name is free"
    return staying


def test_a_job_then_its_person(
    cloud: LocalCloud, http: httpx.Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_LOCAL_HOME", str(cloud.home.root))
    person = another(cloud, http, EMAIL.lower())
    first, second = finished_job(person, "mug.jpg"), finished_job(person, "cup.jpg")
    open_draft = person.draft()
    person.inspect(open_draft, person.upload(open_draft, "jar.jpg", _photo()))
    assert (
        person.call(
            "POST", "/backdrops/recipes", {"recipe": {"kind": "GRADIENT", "top": "#ffffff", "bottom": "#dddddd"}}
        ).status_code
        < 300
    )
    teammate = save_settings(cloud, http)
    assert person.call("PUT", "/me/mail").status_code == 200
    httpx.get(link_to_confirm(cloud, EMAIL.lower())).raise_for_status()
    topic = {"TopicArn": cloud.outputs.topic_arn}
    asked = cloud.client("sns").list_subscriptions_by_topic(**topic)["Subscriptions"]
    assert EMAIL.lower() in [one["Endpoint"] for one in asked]
    capsys.readouterr()

    assert main.run(["admin", "erase", "--local", "--job", first, "--yes", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["jobs"], told["stayed"], told["left"]) == ([first], 0, False)
    assert rows_of(cloud, first) == []
    assert versions_of(cloud, first) == []
    assert person.call("GET", f"/jobs/{first}").status_code == 404
    assert person.call("GET", f"/jobs/{second}").status_code == 200
    (report,) = (key for key in versions_of(cloud, second) if key.endswith(f"status_report_{second}.json"))
    address = f"s3://{cloud.outputs.bucket}/{report}"
    assert main.run(["verify", address, "--chain", "--local", "--json"]) == 0, "the chain holds without it"
    unseen = {one["where"]: one["words"] for one in json.loads(capsys.readouterr().out)["unseen"]}
    (words,) = (words for where, words in unseen.items() if first in where)
    assert words.startswith("It was erased on 20")

    assert main.run(["admin", "erase", "--local", "--person", EMAIL, "--yes", "--reason", "asked to"]) == 0

    told = json.dumps(notes(cloud))
    assert rows_of(cloud, EMAIL.lower()) == []
    heard = cloud.client("sns").list_subscriptions_by_topic(**topic)["Subscriptions"]
    assert EMAIL.lower() not in [one["Endpoint"] for one in heard]
    assert versions_of(cloud, second) == versions_of(cloud, open_draft) == []
    assert person.call("GET", "/backdrops").json() == {"backdrops": []}
    assert [note["Event"] for note in notes(cloud)] == ["Begun", "Ended", "Begun", "Ended"]
    assert EMAIL.lower() not in told.lower()
    assert notes(cloud)[-1]["Reason"] == "asked to"
    (owner,) = notes(cloud)[-1]["Owners"]
    assert versions_of(cloud, owner) == []
    assert person.call("GET", "/settings").json() == {"settings": []}
    kept = teammate.call("GET", "/settings").json()["settings"]
    assert [(one["name"], one["version"], one.get("changedBy")) for one in kept] == [("Bowls", 2, None)]
    assert keys.owner_hash("") not in told
    assert main.run(["admin", "erase", "--local", "--person", EMAIL, "--yes"]) == 3

    # Of whom there is no job, but the address: in settings, and on a backdrop that everybody sees.
    assert person.call("POST", "/settings", {"name": "Later", "settings": {"prompt": "a beach"}}).status_code == 201
    assert main.run(["admin", "erase", "--local", "--person", EMAIL, "--yes"]) == 0
    recipe = {"recipe": {"kind": "GRADIENT", "top": "#ffffff", "bottom": "#cccccc"}}
    made = person.call("POST", "/backdrops/recipes", recipe).json()["backdropId"]
    assert person.call("PATCH", f"/backdrops/{made}", {"shared": True}).status_code == 200
    assert main.run(["admin", "erase", "--local", "--person", EMAIL, "--yes"]) == 0
    assert rows_of(cloud, EMAIL.lower()) == []
