"""Jobs are found again: by name, tags and words; drafts are listed until they are submitted."""

from __future__ import annotations

from typing import Any

from tests.unit.api.conftest import Api


def submitted(api: Api, *photos: str, **body: Any) -> dict[str, Any]:
    draft = api.draft()
    api.ready(draft, *photos)
    answer = api.submit(draft, **{"prompt": "a beach", **body})
    assert answer.status == 202, answer.body
    return dict(answer.body)


def found(api: Api, user: str = "ann", **query: str) -> list[str]:
    jobs = api.call("GET", "/jobs", user=user, query=query).body["jobs"]
    return sorted(job["name"] for job in jobs)


def drafts(api: Api, user: str = "ann") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = api.call("GET", "/drafts", user=user).body["drafts"]
    return listed


def test_a_job_has_the_name_it_was_given_or_one_of_folder_and_scene(api: Api) -> None:
    assert submitted(api, "Spring/mug.jpg")["name"] == "Spring: a beach"
    job = submitted(api, "mug.jpg", name="  Mugs\u00a0 杯 ", tags=["Shop A", "shop a"])
    assert (job["name"], job["tags"]) == ("Mugs 杯", ["Shop A"])
    assert api.call("GET", f"/jobs/{job['jobId']}").body["name"] == "Mugs 杯"
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    answer = api.submit(draft, prompt="a beach", tags=["a,b"])
    assert (answer.status, answer.code) == (400, "NAME_INVALID")


def test_jobs_are_found_by_words_tags_files_and_days_of_the_own_alone(api: Api) -> None:
    submitted(api, "SKU-7/mug.jpg", name="one", tags=["spring"])
    submitted(api, "cup.jpg", name="two", prompt="on marble")

    assert found(api, search="sku-7") == ["one"]
    assert found(api, search="MARBLE two") == ["two"]
    assert found(api, tag="Spring") == ["one"]
    assert found(api, search="ann@example.com") == ["one", "two"]
    assert found(api, since="2100-01-01") == []
    assert found(api, "eve", search="sku-7") == []
    refused = api.call("GET", "/jobs", query={"since": "soon"})
    assert (refused.status, refused.code) == (400, "INVALID_REQUEST")
    assert api.call("GET", "/jobs", query={"search": " ".join("abcdefghijklmn")}).code == "INVALID_REQUEST"


def test_a_renamed_job_is_found_by_its_new_name_and_by_its_files(api: Api) -> None:
    id_ = submitted(api, "SKU-7/mug.jpg", name="one", tags=["spring"])["jobId"]

    job = api.call("PATCH", f"/jobs/{id_}", {"name": "Zwei", "tags": []}).body

    assert (job["name"], job["tags"]) == ("Zwei", [])
    assert found(api, search="zwei sku-7") == ["Zwei"]
    assert found(api, search="one") == []
    assert api.call("PATCH", f"/jobs/{id_}", {"tags": ["x"]}).body["name"] == "Zwei"
    assert api.call("PATCH", f"/jobs/{id_}", {"name": "x"}, user="eve").status == 403
    assert api.call("PATCH", f"/jobs/{id_}", {"name": "x" * 200}).code == "NAME_INVALID"


def test_a_job_of_an_earlier_version_is_found_by_what_its_row_has(api: Api) -> None:
    id_ = submitted(api, "mug.jpg", prompt="on marble")["jobId"]
    api.edit_job(id_, name="", tags=(), search_text="")

    (job,) = api.call("GET", "/jobs", query={"search": "marble"}).body["jobs"]
    assert "name" not in job
    api.call("PATCH", f"/jobs/{id_}", {"name": "Old one"})
    assert found(api, search="old marble") == ["Old one"]


def test_drafts_with_photos_are_listed_until_they_are_submitted(api: Api) -> None:
    empty, draft = api.draft(), api.draft()
    api.ready(draft, "Spring/mug.jpg", "Spring/cup.jpg")

    (one,) = drafts(api)
    assert (one["draftId"], one["photos"], one["firstPhoto"]) == (draft, 2, "Spring/mug.jpg")
    small = [url.partition("?")[0] for url in one["thumbnailUrls"]]
    assert [any(key.endswith(url.rpartition("/")[2]) for key in api.objects.data) for url in small] == [True, True]
    assert one["createdAt"] < one["keptUntil"]
    assert drafts(api, "eve") == []

    assert api.submit(draft, prompt="a beach").status == 202
    assert drafts(api) == []
    assert api.call("PATCH", f"/drafts/{draft}", {"listed": True}).code == "ALREADY_SUBMITTED"
    assert empty not in str(drafts(api))


def test_a_draft_is_taken_off_the_list_and_put_back_with_its_photos(api: Api) -> None:
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    assert api.call("PATCH", f"/drafts/{draft}", {"listed": False}, user="eve").status == 404

    api.call("PATCH", f"/drafts/{draft}", {"listed": False})
    assert drafts(api) == []
    api.call("PATCH", f"/drafts/{draft}", {"listed": True})
    assert [one["photos"] for one in drafts(api)] == [1]

    quiet = api.call("POST", "/drafts", {"listed": False}).body["draftId"]
    api.ready(quiet, "copy.jpg")
    assert [one["draftId"] for one in drafts(api)] == [draft]
