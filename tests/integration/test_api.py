"""The REST API on the deployed template: real tokens, real uploads, real tables."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image, ImageDraw

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.shared import keys_of

pytestmark = pytest.mark.integration


def _photo(width: int = 640, height: int = 480) -> bytes:
    """A red mug-like shape before a plain wall."""
    image = Image.new("RGB", (width, height), (225, 225, 220))
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.6, height * 0.4, width * 0.78, height * 0.7), outline=(150, 20, 20), width=14)
    draw.rectangle((width * 0.3, height * 0.3, width * 0.65, height * 0.8), fill=(190, 30, 30))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.mark.parametrize("token", [None, "", "garbage", "Bearer garbage", "a.b.c"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/models"), ("POST", "/drafts"), ("GET", "/jobs")])
def test_no_or_a_wrong_token_is_401_a1(http: httpx.Client, token: str | None, method: str, path: str) -> None:
    headers = {} if token is None else {"Authorization": token}

    refused = http.request(method, path, headers=headers)
    assert refused.status_code == 401
    # API Gateway answers this itself: its headers are the template's.
    assert refused.headers.items() >= {"x-content-type-options": "nosniff", "x-frame-options": "DENY"}.items()


def test_a_tampered_token_and_an_access_token_are_401_a1(cloud: LocalCloud, http: httpx.Client, ann: Person) -> None:
    head, payload, signature = ann.token.split(".")
    tampered = ".".join((head, payload, signature[:-8] + ("A" * 8 if signature[-8:] != "A" * 8 else "B" * 8)))
    access = cloud.client("cognito-idp").initiate_auth(
        ClientId=cloud.outputs.user_pool_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": cloud.outputs.demo_user, "PASSWORD": cloud.outputs.demo_password},
    )["AuthenticationResult"]["AccessToken"]

    assert http.get("/jobs", headers={"Authorization": tampered}).status_code == 401
    assert http.get("/jobs", headers={"Authorization": access}).status_code == 401
    assert ann.call("GET", "/jobs").status_code == 200


def test_from_draft_to_finished_job(cloud: LocalCloud, ann: Person) -> None:
    draft = ann.draft()
    good = ann.upload(draft, "Mug déjà vu.v1.jpg", _photo())
    bad = ann.upload(draft, "no photo.jpg", b"\xff\xd8 this is no JPEG")

    seen = ann.inspect(draft, good)
    assert (seen["status"], seen["width"], seen["height"]) == ("READY", 640, 480)
    assert seen.get("labelsError") is None, seen
    assert httpx.get(seen["previewUrl"]).headers["content-type"] == "image/jpeg"
    assert ann.inspect(draft, bad)["status"] == "REFUSED"
    assert ann.inspect(draft, good)["labels"] == seen["labels"]

    assert _tags(cloud, draft) == {"draft"}, "an abandoned draft expires"

    prompt = 'a 19" shelf,\nwarm light \\ {{x}} 🏖️'
    answer = ann.call("POST", f"/drafts/{draft}/submit", {"prompt": prompt, "seed": 7})
    assert answer.status_code == 202, answer.text
    assert answer.json()["counts"]["total"] == 1
    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "other"}).status_code == 200

    job = ann.finished(draft)
    assert (job["status"], job["prompt"]) == ("Succeeded", prompt), job
    assert job["counts"] == {"total": 1, "succeeded": 1, "failed": 0, "pending": 0, "needReview": 0}
    report = httpx.get(job["reportUrls"]["json"]).json()
    assert report, "the report is empty"

    images = ann.call("GET", f"/jobs/{draft}/images").json()["images"]
    (image,) = images
    assert (image["name"], image["downloadName"]) == ("Mug déjà vu.v1.jpg", "Mug déjà vu.v1.jpg")
    download = httpx.get(image["downloadUrl"])
    assert "filename*=UTF-8''Mug%20d%C3%A9j%C3%A0%20vu.v1.jpg" in download.headers["content-disposition"]
    assert Image.open(io.BytesIO(download.content)).size == (640, 480)
    assert ann.call("GET", "/jobs", limit=1).json()["jobs"][0]["jobId"] == draft
    assert ann.call("GET", f"/jobs/{draft}/images", status="Failed").json()["images"] == []
    assert len(ann.call("GET", f"/jobs/{draft}/images", status="Succeeded").json()["images"]) == 1

    assert _tags(cloud, draft, name="mug") == set(), "what a job has taken does not"


def _tags(cloud: LocalCloud, draft: str, name: str = "") -> set[str]:
    """Values of the tags on the draft's uploads and previews."""
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    photos = [key for key in keys_of(cloud, draft) if key.endswith(".jpg") and name in key]
    assert photos
    return {tag["Value"] for key in photos for tag in s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}


def test_an_upload_is_bound_to_its_size_and_type(ann: Person) -> None:
    draft = ann.draft()
    body = {"photos": [{"name": "a.jpg", "size": 100}]}
    upload = ann.call("POST", f"/drafts/{draft}/photos", body).json()["photos"][0]["upload"]

    too_large = httpx.post(upload["url"], data=upload["fields"], files={"file": ("a.jpg", b"x" * 101)})
    other_type = httpx.post(
        upload["url"], data={**upload["fields"], "Content-Type": "text/html"}, files={"file": ("a.jpg", b"x")}
    )

    assert (too_large.status_code, other_type.status_code) == (400, 403)


def test_what_is_another_users_is_not_found_a2(ann: Person, bob: Person) -> None:
    draft = ann.draft()
    photo = ann.upload(draft, "a.jpg", _photo())
    ann.inspect(draft, photo)

    for method, path, body in (
        ("GET", f"/drafts/{draft}", None),
        ("POST", f"/drafts/{draft}/photos", {"photos": [{"name": "a.jpg", "size": 1}]}),
        ("POST", f"/drafts/{draft}/photos/{photo}/inspect", {}),
        ("DELETE", f"/drafts/{draft}/photos/{photo}", None),
        ("POST", f"/drafts/{draft}/submit", {"prompt": "mine now"}),
        ("GET", f"/jobs/{draft}", None),
        ("GET", f"/jobs/{draft}/images", None),
    ):
        answer = bob.call(method, path, body)
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()["error"]["code"] == "NOT_FOUND"
    assert draft not in bob.call("GET", "/jobs", limit=100).text


def test_a_photo_can_be_removed_and_photos_come_in_order(ann: Person) -> None:
    draft = ann.draft()
    files = [{"name": f"{number}.jpg", "size": 10} for number in range(60)]
    photos = ann.call("POST", f"/drafts/{draft}/photos", {"photos": files}).json()["photos"]

    removed = ann.call("DELETE", f"/drafts/{draft}/photos/{photos[5]['photoId']}")
    assert removed.status_code == 204, removed.text
    assert ann.call("DELETE", f"/drafts/{draft}/photos/{photos[5]['photoId']}").status_code == 404

    first = ann.call("GET", f"/drafts/{draft}", limit=50).json()
    rest = ann.call("GET", f"/drafts/{draft}", limit=50, cursor=first["cursor"]).json()
    names = [photo["name"] for photo in first["photos"] + rest["photos"]]
    assert names == [file["name"] for number, file in enumerate(files) if number != 5]


def test_submits_at_once_make_one_job_i6(cloud: LocalCloud, ann: Person) -> None:
    draft = ann.draft()
    ann.inspect(draft, ann.upload(draft, "a.jpg", _photo()))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: ann.call("POST", f"/drafts/{draft}/submit", {"prompt": f"p{n}"}), range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202], [a.text for a in answers]
    assert len({answer.json()["prompt"] for answer in answers}) == 1
    ann.finished(draft)
    runs = cloud.client("stepfunctions").list_executions(stateMachineArn=cloud.outputs.state_machine_arn)
    assert [run["name"] for run in runs["executions"]].count(draft) == 1


def test_wrong_requests_are_told_what_is_wrong(ann: Person) -> None:
    draft = ann.draft()

    empty = ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "x"})
    assert (empty.status_code, empty.json()["error"]["code"]) == (400, "NO_PHOTOS")
    field = ann.call("POST", f"/drafts/{draft}/photos", {"photos": [{"name": "a.jpg", "size": "1"}]})
    assert "photos.0.size" in field.json()["error"]["message"]
    cursor = ann.call("GET", "/jobs", cursor="garbage")
    assert (cursor.status_code, cursor.json()["error"]["code"]) == (400, "INVALID_REQUEST")


def test_the_logs_hold_no_token_and_no_presigned_query_a5(cloud: LocalCloud, ann: Person) -> None:
    draft = ann.draft()
    ann.inspect(draft, ann.upload(draft, "a.jpg", _photo()))
    ann.call("GET", f"/drafts/{draft}")
    ann.call("GET", f"/jobs/{draft}")

    logs = cloud.client("logs")
    text = json.dumps(
        [
            event["message"]
            for group in logs.describe_log_groups()["logGroups"]
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]
    )
    assert "refused" in text, "the API's logs are not there"
    for secret in (ann.token, ann.token.split(".")[2], "X-Amz-Signature", "x-amz-signature"):
        assert secret not in text
