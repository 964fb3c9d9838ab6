"""Stories: how an image or a job was made, in words, from its report; to its owner alone."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode
from tests.unit.api.conftest import Answer, Api
from tests.unit.api.reports import give_report
from tests.unit.reports.conftest import SHA, done, failed, one_pass

OUTPUT = "cd" * 32
FLAGS = json.dumps({"flags": [{"code": "HALO", "measured": 0.4, "threshold": 0.2}]})


def ended(api: Api, *rows: dict[str, Any], **settings: Any) -> str:
    job = api.job(*(f"{number}.jpg" for number in range(len(rows))))
    for row in rows:
        if row["Status"] == "Succeeded":
            api.finish(job, row["ImageId"])
    give_report(api, job, list(rows), **settings)
    return job


def story(api: Api, job: str, image: str = "00000000", user: str = "ann", **query: str) -> Answer:
    return api.call("GET", f"/jobs/{job}/images/{image}/story", query=query, user=user)


def parts(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer
    return {part["title"]: " ".join(part["sentences"]) for part in answer.body["parts"]}


def test_an_image_is_told_from_photo_to_verdict(api: Api) -> None:
    passes = [one_pass(0), {**one_pass(1, 2), "Region": "us-west-2", "Throttled": 0}]
    job = ended(api, done(0, OutputSha256=OUTPUT, Passes=json.dumps(passes), Review=FLAGS, MaskFrom="CutOut"))
    api.call("PUT", f"/jobs/{job}/images/00000000/verdict", {"verdict": "APPROVED"})

    answer = story(api, job)

    told = parts(answer)
    assert f"Job {job}, for ada@example.com." in told["Who asked for it"]
    assert "photo 0.jpg, 640 × 480 pixels" in told["The photo"]
    assert "Kept: Cup, Mug." in told["What was kept"]
    assert "A cut-out that was made of the photo" in told["What was kept"]
    assert "“on a beach”" in told["What was asked for"]
    assert "2 calls in us-west-2, 0.07 USD each" in told["Model calls and price"]
    assert "at most 0.21 USD" in told["Model calls and price"]
    assert "rim of the old background" in told["What came of it"]
    assert told["Verdict"].startswith("Approved on ")
    assert "match" not in answer.body


def test_the_saved_settings_that_a_job_was_begun_with_are_told(api: Api) -> None:
    used = {"Id": "s", "Name": "Mugs", "Version": 3, "Changed": False}

    told = parts(story(api, ended(api, done(0), SavedSettings=used)))

    assert "It was begun with the saved settings Mugs, version 3." in told["Who asked for it"]


@pytest.mark.parametrize(
    ("sha256", "match", "words"),
    [
        (OUTPUT, "SAME", "byte for byte as Backdrop wrote it"),
        (SHA, "PHOTO", "is the photo that the image was made from"),
        (hashlib.sha256(b"other").hexdigest(), "CHANGED", "was changed since"),
    ],
)
def test_a_file_is_compared_with_what_was_written(api: Api, sha256: str, match: str, words: str) -> None:
    answer = story(api, ended(api, done(0, OutputSha256=OUTPUT)), sha256=sha256)
    assert answer.body["match"] == match
    assert words in parts(answer)["The file"]


def test_an_answer_that_was_there_already_was_not_paid_again(api: Api) -> None:
    copied = {**one_pass(1, 0), "CopiedFrom": "out/earlier.json"}
    told = parts(story(api, ended(api, done(0, Passes=json.dumps([one_pass(0), copied])))))
    assert "an earlier answer to the same request was used, and nothing was paid" in told["Model calls and price"]
    assert "Together at most 0.07 USD" in told["Model calls and price"]


def test_an_image_that_failed_says_why_and_what_to_do(api: Api) -> None:
    told = parts(story(api, ended(api, failed(0, "ModelRefused", "MODEL_REFUSED_PROMPT: Not this."))))
    assert told["What came of it"] == "It failed: Not this. What to do: Describe the background in other words."
    assert "no finished image" in told["Verdict"]


def test_a_job_is_told_with_its_commonest_reasons(api: Api) -> None:
    rows = [done(0), *(failed(n, "ModelRefused", "MODEL_REFUSED_PROMPT: Not this.") for n in (1, 2))]
    job = ended(api, *rows)
    told = parts(api.call("GET", f"/jobs/{job}/story"))
    assert "1 of 3 images finished, 2 not. 2 failed: Not this." in told["What came of it"]
    assert "At most 0.28 USD for 4 model calls" in told["Model calls and price"]


def test_one_of_many_images_is_found_by_its_own_id(api: Api) -> None:
    job = ended(api, *(done(n, OutputSha256=f"{n:064x}") for n in range(12)))
    for number in (0, 1, 11):
        assert f"{number:064x}" in parts(story(api, job, f"{number:08d}"))["The file"]


def test_what_has_no_report_yet_is_not_told(api: Api) -> None:
    job = api.job("a.jpg")
    for answer in (story(api, job), api.call("GET", f"/jobs/{job}/story")):
        assert (answer.status, answer.code) == (409, ErrorCode.IMAGE_NOT_FINISHED)


def test_nobody_else_is_told(api: Api) -> None:
    job = ended(api, done(0))
    assert story(api, job, user="bob").status == 403
    assert api.call("GET", f"/jobs/{job}/story", user="bob").status == 403


@pytest.mark.parametrize("sha256", ["", "xyz", "AB" * 32, "ab" * 31])
def test_what_is_no_hash_is_refused(api: Api, sha256: str) -> None:
    assert story(api, ended(api, done(0)), sha256=sha256).status == 400


def test_the_page_is_written_anew_with_what_was_approved_since(api: Api) -> None:
    job = ended(api, done(0), done(1), done(2))
    key = "status-report-files/d/r.html"
    before = dict(api.objects.data)
    for image, verdict in (("00000000", "APPROVED"), ("00000001", "REJECTED")):
        api.call("PUT", f"/jobs/{job}/images/{image}/verdict", {"verdict": verdict})

    answer = api.call("POST", f"/jobs/{job}/page")

    assert answer.status == 200, answer
    assert key in answer.body["reportUrls"]["html"]
    page = api.objects.data.pop(key).decode()
    kept = {name: data for name, data in api.objects.data.items() if "/approvals/" not in name and "/keys/" not in name}
    assert kept == before, "the report itself stays as it is"
    assert "1 approved, 1 rejected, 1 not judged" in page
    assert f'href="https://shop.example/job?id={job}"' in page


def test_a_job_without_a_page_gets_none(api: Api) -> None:
    job = ended(api, done(0))
    api.edit_job(job, report_page_key=None)
    assert api.call("POST", f"/jobs/{job}/page").code == ErrorCode.IMAGE_NOT_FINISHED
    assert api.call("POST", f"/jobs/{job}/page", user="bob").status == 403
