"""Drafts and the registration of photos."""

from __future__ import annotations

import pytest

from backdrop.core.limits import MAX_UPLOAD_BYTES
from backdrop.jobs import drafts
from tests.unit.api.conftest import Api

LONG = "n" * 251 + ".jpg"


def test_a_draft_belongs_to_who_made_it_and_its_prefixes_are_the_servers(api: Api) -> None:
    answer = api.call("POST", "/drafts", {})

    assert answer.status == 201
    draft = api.store.rows[answer.body["draftId"]]
    assert (draft.owner, draft.owner_email) == ("ann", "ann@example.com")
    assert draft.prefixes.input == f"image-files/2026/11/21/040000-{draft.id}"
    assert answer.body["createdAt"] == "2026-11-21T04:00:00.000Z"


@pytest.mark.parametrize("given", [{"id": "x" * 26}, {"owner": "bob"}, {"InputS3Prefix": "elsewhere"}])
def test_a_client_sets_neither_id_nor_owner_nor_prefix_a4(api: Api, given: dict[str, str]) -> None:
    answer = api.call("POST", "/drafts", given)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert next(iter(given)) in answer.message
    assert not api.store.rows


def test_registration_answers_in_the_order_sent_with_an_upload_bound_to_key_type_and_size(api: Api) -> None:
    draft = api.draft()

    first, second = api.register(draft, "b.PNG", "a.webp", size=1234)

    assert (first["name"], second["name"]) == ("b.PNG", "a.webp")
    fields = first["upload"]["fields"]
    assert fields["key"] == f"image-files/2026/11/21/040000-{draft}/b-{first['photoId']}.png"
    assert (fields["Content-Type"], fields["test-max-bytes"]) == ("image/png", "1234")
    assert second["upload"]["fields"]["Content-Type"] == "image/webp"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.jpg",
        "/absolute.jpg",
        "a\\b.jpg",
        "Café déjà.jpg",
        "🛋️ sofa (2).v1.jpg",
        ".hidden.jpg",
        "%2F.jpg",
        LONG,
        "/".join(["d" * 255] * 3 + [LONG]),
        "'\"<script>.jpg",
        "Mug\u2028blue\u2029.jpg",
        "photo\u202egpj.exe.jpg",
        "Menu\x85 Cafe\u0301\u200b.jpg",
        "odd \ufffe\U0010ffff.jpg",
    ],
)
def test_any_name_is_kept_verbatim_and_its_key_is_safe_u5(api: Api, name: str) -> None:
    draft = api.draft()

    (photo,) = api.register(draft, name)

    assert photo["status"] == "UPLOADING"
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["name"] == name
    prefix, _, object_ = photo["upload"]["fields"]["key"].rpartition("/")
    assert prefix == api.store.rows[draft].prefixes.input
    assert object_.isascii()
    assert set(object_) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert ".." not in object_


@pytest.mark.parametrize(
    "name", ["", "n" * 252 + ".jpg", f"{'d' * 256}/a.jpg", "d/" * 600 + "a.jpg", "a\0b.jpg", "a\nb.jpg", "a\x7f.jpg"]
)
def test_a_name_that_is_none_refuses_that_photo_only(api: Api, name: str) -> None:
    draft = api.draft()

    bad, good = api.register(draft, name, "good.jpg")

    assert (bad["status"], bad["error"]["code"], bad["name"]) == ("REFUSED", "NAME_INVALID", name)
    assert good["status"] == "UPLOADING"
    assert [photo["name"] for photo in api.call("GET", f"/drafts/{draft}").body["photos"]] == ["good.jpg"]


def test_two_photos_of_one_name_are_two_photos(api: Api) -> None:
    first, second = api.register(api.draft(), "mug.jpg", "mug.jpg")

    assert first["photoId"] != second["photoId"]
    assert first["upload"]["fields"]["key"] != second["upload"]["fields"]["key"]


@pytest.mark.parametrize(
    ("size", "code"), [(0, "PHOTO_EMPTY"), (MAX_UPLOAD_BYTES + 1, "PHOTO_TOO_LARGE"), (MAX_UPLOAD_BYTES, None)]
)
def test_size_is_checked_before_anything_is_uploaded(api: Api, size: int, code: str | None) -> None:
    (photo,) = api.register(api.draft(), "a.jpg", size=size)

    assert photo.get("error", {}).get("code") == code


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("a.jpg", None, "image/jpeg"),
        ("a.JPEG", "", "image/jpeg"),
        ("a.dat", "image/png", "image/png"),
        ("a.png", "image/jpg", "image/jpeg"),
        ("a.webp", "application/octet-stream", "image/webp"),
        ("a.jpg", "IMAGE/JPEG; charset=x", "image/jpeg"),
        ("a.gif", "image/gif", None),
        ("a.jpg", "text/html", None),
        ("jpg", None, "image/jpeg"),
        ("IMG_1.HEIC", None, "image/heic"),
        ("a.heif", "application/octet-stream", "image/heic"),
        ("a.heic", "image/heif", "image/heic"),
        ("a.avif", None, "image/avif"),
        ("scan.TIF", None, "image/tiff"),
        ("a.tiff", "image/x-tiff", "image/tiff"),
        ("a.tiff", "image/tiff", "image/tiff"),
        ("a.jxl", None, None),
    ],
)
def test_content_type_is_the_given_one_or_guessed_from_the_extension(
    name: str, given: str | None, expected: str | None
) -> None:
    assert drafts.content_type_of(name, given) == expected


def test_a_file_of_another_type_is_refused_with_its_type(api: Api) -> None:
    body = {"photos": [{"name": "a.gif", "size": 5, "contentType": "image/gif"}]}

    (photo,) = api.call("POST", f"/drafts/{api.draft()}/photos", body).body["photos"]

    assert photo["error"]["code"] == "PHOTO_FORMAT_UNSUPPORTED"
    assert "image/gif" in photo["error"]["message"]


def test_a_draft_takes_so_many_photos_and_no_more(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_PHOTOS_PER_JOB", 3)
    draft = api.draft()
    api.register(draft, "1.jpg", "2.jpg")

    answer = api.call(
        "POST", f"/drafts/{draft}/photos", {"photos": [{"name": "3.jpg", "size": 1}, {"name": "4.jpg", "size": 1}]}
    )

    assert (answer.status, answer.code) == (400, "TOO_MANY_PHOTOS")
    assert "limit of 3" in answer.message
    assert api.register(draft, "3.jpg")[0]["status"] == "UPLOADING"


@pytest.mark.parametrize("photos", [[], [{"name": "a.jpg", "size": 1}] * 101])
def test_a_call_registers_1_to_100(api: Api, photos: list[dict[str, object]]) -> None:
    answer = api.call("POST", f"/drafts/{api.draft()}/photos", {"photos": photos})

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["error"]["details"][0]["field"] == "photos"


def test_a_removed_photo_is_gone_and_its_id_is_never_given_again(api: Api) -> None:
    draft = api.draft()
    first = api.register(draft, "a.jpg")[0]["photoId"]

    assert api.call("DELETE", f"/drafts/{draft}/photos/{first}").status == 204

    assert api.call("GET", f"/drafts/{draft}").body["photos"] == []
    assert api.call("DELETE", f"/drafts/{draft}/photos/{first}").status == 404
    assert api.register(draft, "b.jpg")[0]["photoId"] != first


def test_a_submitted_drafts_photos_do_not_change(api: Api) -> None:
    job = api.job("a.jpg")
    photo = api.call("GET", f"/drafts/{job}").body["photos"][0]["photoId"]

    added = api.call("POST", f"/drafts/{job}/photos", {"photos": [{"name": "b.jpg", "size": 1}]})
    assert (added.status, added.code) == (409, "ALREADY_SUBMITTED")
    assert api.call("DELETE", f"/drafts/{job}/photos/{photo}").code == "ALREADY_SUBMITTED"
    assert api.inspect(job, photo).code == "ALREADY_SUBMITTED"
    assert api.call("GET", f"/drafts/{job}").body["submitted"] is True


def test_a_large_draft_comes_in_pages_in_the_order_of_registration(api: Api) -> None:
    draft = api.draft()
    names = [f"{number}.jpg" for number in range(25)]
    api.register(draft, *names)
    seen: list[str] = []
    query = {"limit": "10"}
    while True:
        body = api.call("GET", f"/drafts/{draft}", query=query).body
        seen += [photo["name"] for photo in body["photos"]]
        if "cursor" not in body:
            break
        query["cursor"] = body["cursor"]

    assert seen == names
