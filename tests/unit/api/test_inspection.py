"""Inspection: what is a good photo, what is in it, and that it is paid once."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.model import PhotoRow
from tests.heic_files import coded, file_of, irot
from tests.heic_files import picture as picture_item
from tests.unit.api.conftest import Api, picture

DOWN = BackdropError(ErrorCode.LABELS_UNAVAILABLE, "Amazon Rekognition could not label the photo: ThrottlingException.")


def test_a_good_photo_is_ready_with_its_facts_labels_and_preview(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg", data=picture())

    body = api.inspect(draft, photo).body

    assert (body["status"], body["width"], body["height"], body["bytes"]) == ("READY", 320, 240, len(picture()))
    assert body["sha256"] == hashlib.sha256(picture()).hexdigest()
    assert body["labels"][0] == {"name": "Mug", "confidence": 98.5, "boxes": [[0.1, 0.2, 0.3, 0.4]]}
    preview = next(data for key, data in api.objects.data.items() if key.endswith(".preview.jpg"))
    assert Image.open(io.BytesIO(preview)).size == (320, 240)
    assert ".preview.jpg" in body["previewUrl"]


def test_a_heic_photo_is_looked_at_and_shown_as_its_upright_preview(api: Api) -> None:
    draft = api.draft()
    turned = file_of({1: picture_item(coded(Image.new("RGB", (320, 240), "red")), irot(1))})
    (registered,) = api.register(draft, "IMG_1.HEIC", size=len(turned))
    assert registered["upload"]["fields"]["Content-Type"] == "image/heic"
    assert registered["upload"]["fields"]["key"].endswith("/img-1-00000000.heic")
    (photo,) = api.upload(draft, "IMG_2.HEIC", data=turned)

    body = api.inspect(draft, photo).body

    assert (body["status"], body["width"], body["height"], body["bytes"]) == ("READY", 240, 320, len(turned))
    assert body["labels"]
    row = api.store.photo(draft, photo)
    assert row is not None
    assert row.facts is not None
    assert row.facts.format == "HEIC"
    made = {key: data for key, data in api.objects.data.items() if data != turned and "/labels/" not in key}
    assert sorted(key.partition(".heic")[2] for key in made) == [".preview.jpg", ".thumb.jpg"]
    for data in made.values():
        with Image.open(io.BytesIO(data)) as shown:
            assert (shown.format, shown.size) == ("JPEG", (240, 320))
    assert all(".heic." in body[url] for url in ("previewUrl", "thumbnailUrl")), "never the HEIC file itself"


@pytest.mark.parametrize(("name", "format_", "ending"), [("Scan.TIFF", "TIFF", "tif"), ("a.avif", "AVIF", "avif")])
def test_what_browsers_may_not_show_is_shown_as_its_preview(api: Api, name: str, format_: str, ending: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "red").save(out, format_)
    draft = api.draft()
    (photo,) = api.upload(draft, name, data=out.getvalue())

    body = api.inspect(draft, photo).body

    assert (body["status"], body["width"], body["height"]) == ("READY", 320, 240)
    row = api.store.photo(draft, photo)
    assert row is not None
    assert row.facts is not None
    assert (row.facts.format, row.source_key and row.source_key.rpartition(".")[2]) == (format_, ending)
    shown = [key for key in api.objects.data if key.endswith((".preview.jpg", ".thumb.jpg"))]
    assert len(shown) == 2
    for key in shown:
        with Image.open(io.BytesIO(api.objects.data[key])) as picture_:
            assert (picture_.format, picture_.size) == ("JPEG", (320, 240))


def test_a_bomb_of_scans_is_refused_with_what_to_do(api: Api) -> None:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "red").save(out, "JPEG", progressive=True)
    data = out.getvalue()[:-2] + b"\xff\xda\0\x08\1\1\0\1\x3f\x10\0\0" * 3000 + b"\xff\xd9"
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg", data=data)

    body = api.inspect(draft, photo).body

    assert body["status"] == "REFUSED"
    assert body["error"]["code"] == "PHOTO_TOO_MANY_SCANS"
    assert "scans" in body["error"]["message"]
    assert "ordinary JPEG" in body["error"]["nextStep"]


def test_a_second_call_answers_from_the_row_and_pays_nothing(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")
    first = api.inspect(draft, photo)
    gets = api.objects.gets

    assert api.inspect(draft, photo) == first
    assert (api.detector.calls, api.objects.gets) == (1, gets)


def test_two_calls_at_once_answer_what_was_stored_first(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")
    save = api.store.save_inspection

    def beaten(photo: PhotoRow, *, labels_only: bool = False) -> bool:
        api.store.save_inspection = save  # type: ignore[method-assign]
        assert api.inspect(draft, photo.image_id).body["labels"]
        return save(photo.ready(photo.facts, (), None), labels_only=labels_only) if photo.facts else False

    api.store.save_inspection = beaten  # type: ignore[method-assign]

    assert [label["name"] for label in api.inspect(draft, photo).body["labels"]] == ["Mug", "Table", "Spoon"]


def test_what_is_no_photo_is_refused_with_words_and_stays_refused(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg", data=b"<html>no photo</html>")

    answer = api.inspect(draft, photo)

    assert (answer.status, answer.body["status"]) == (200, "REFUSED")
    assert answer.body["error"]["code"] == "PHOTO_FORMAT_UNSUPPORTED"
    assert "web page" in answer.body["error"]["message"]
    assert answer.body["error"]["nextStep"]
    assert api.inspect(draft, photo).body == answer.body
    assert api.detector.calls == 0


def test_an_upload_that_never_came_is_told_and_may_come_later(api: Api) -> None:
    draft = api.draft()
    (registered,) = api.register(draft, "mug.jpg")

    answer = api.inspect(draft, registered["photoId"])
    assert (answer.status, answer.code) == (409, "PHOTO_MISSING")

    api.objects.data[registered["upload"]["fields"]["key"]] = picture()
    assert api.inspect(draft, registered["photoId"]).body["status"] == "READY"


def test_without_rekognition_the_photo_is_ready_and_says_why_it_has_no_labels_l3(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")
    api.detector.failure = DOWN

    body = api.inspect(draft, photo).body

    assert (body["status"], body["labels"]) == ("READY", [])
    assert "ThrottlingException" in body["labelsError"]["message"]


def test_labels_that_failed_may_be_asked_for_again(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")
    api.detector.failure = DOWN
    api.inspect(draft, photo)
    api.detector.failure = None
    row = api.store.photo(draft, photo)
    assert row is not None
    assert row.source_key is not None
    del api.objects.data[row.source_key]  # the photo is not read again

    body = api.inspect(draft, photo).body

    assert [label["name"] for label in body["labels"]] == ["Mug", "Table", "Spoon"]
    assert "labelsError" not in body


def test_the_same_content_is_labelled_once_for_a_user(api: Api) -> None:
    first, second = api.draft(), api.draft()
    for name in ("mug.jpg", "the same mug.jpg"):
        (same,) = api.upload(first, name, data=picture())
        api.inspect(first, same)
    (again,) = api.upload(second, "mug in another draft.jpg", data=picture())
    api.inspect(second, again)

    assert api.detector.calls == 1
    row = api.store.photo(second, again)
    assert row is not None
    assert row.labels == api.detector.found, "with their boxes"

    (other,) = api.upload(second, "another.jpg", data=picture(400, 300))
    assert api.inspect(second, other).body["status"] == "READY"
    assert api.detector.calls == 2


def test_what_one_user_uploaded_is_nothing_to_another(api: Api) -> None:
    api.ready(api.draft(), "mug.jpg")
    theirs = api.draft("bob")
    body = {"photos": [{"name": "mug.jpg", "size": 1000}]}
    registered = api.call("POST", f"/drafts/{theirs}/photos", body, "bob").body["photos"][0]
    api.objects.data[registered["upload"]["fields"]["key"]] = picture()
    api.inspect(theirs, registered["photoId"], "bob")

    assert api.detector.calls == 2


@pytest.mark.parametrize("kept", [b"", b"{", b"[{}]", b'[{"name": "Mug", "confidence": 1, "boxes": [[1, 2]]}]'])
def test_kept_labels_that_can_not_be_read_are_asked_for_again(api: Api, kept: bytes) -> None:
    api.ready(api.draft(), "mug.jpg")
    (key,) = [key for key in api.objects.data if "/labels/" in key]
    api.objects.data[key] = kept
    draft = api.draft()
    (photo,) = api.ready(draft, "mug.jpg")

    row = api.store.photo(draft, photo)
    assert row is not None
    assert row.labels == api.detector.found
    assert api.detector.calls == 2


def test_a_photo_removed_meanwhile_does_not_come_back(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")
    detect = api.detector.detect

    def remove_first(bucket: str, key: str) -> object:
        api.store.delete_photo(draft, photo)
        return detect(bucket, key)

    api.detector.detect = remove_first  # type: ignore[method-assign, assignment]

    assert api.inspect(draft, photo).status == 404
    assert (draft, photo) not in api.store.photo_rows


def test_an_unexpected_failure_is_500_with_a_number_and_nothing_else(api: Api) -> None:
    draft = api.draft()
    (photo,) = api.upload(draft, "mug.jpg")

    def explode(*_: object) -> object:
        raise RuntimeError("secret inside")

    api.detector.detect = explode  # type: ignore[method-assign, assignment]
    answer = api.inspect(draft, photo)

    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert "request-1" in answer.message
    assert "secret" not in str(answer.body)
    assert api.store.photo_rows[draft, photo].status is ImageStatus.UPLOADING
