"""Jobs and their images as people follow them."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backdrop.api.views.jobs import download_stem
from backdrop.core import clock
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.imaging.quality.flags import Flag, FlagCode
from backdrop.imaging.review import review_json
from backdrop.jobs import queries
from backdrop.jobs.scheduling.pacing import Schedule
from tests.unit.api.conftest import START, Api
from tests.unit.api.twins import Drafts

CUT_OUT = "us.stability.stable-image-remove-background-v1:0"
INPAINT = "us.stability.stable-image-inpaint-v1:0"
FIVE = tuple(f"{number}.jpg" for number in range(5))


def _running(api: Api, *names: str) -> tuple[str, list[str]]:
    job = api.job(*names)
    api.edit_job(job, status=JobStatus.RUNNING, started_at=clock.iso(START))
    return job, [line["ImageId"] for line in api.manifest(job)]


def test_counts_add_up_while_a_job_runs_and_all_its_images_are_never_read_for_them(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, ids = _running(api, *FIVE)
    api.finish(job, ids[0])
    api.finish(job, ids[1])
    api.fail(job, ids[2], "ModelRefused", "MODEL_REFUSED_PROMPT: The model's content filter declined.")
    read: list[int] = []
    page, of_status = Drafts.page, Drafts.page_of_status

    def some(store: Drafts, job_id: str, limit: int, after: str | None) -> Any:
        read.append(limit)
        return page(store, job_id, limit, after)

    def some_of(store: Drafts, job_id: str, status: ImageStatus, limit: int, after: str | None) -> Any:
        read.append(limit)
        return of_status(store, job_id, status, limit, after)

    for reads_all in ("count", "photos"):
        monkeypatch.setattr(Drafts, reads_all, None)
    monkeypatch.setattr(Drafts, "page", some)
    monkeypatch.setattr(Drafts, "page_of_status", some_of)

    body = api.call("GET", f"/jobs/{job}").body

    assert body["counts"] == {"total": 5, "succeeded": 2, "failed": 1, "pending": 2}
    assert body["status"] == "Running"
    assert "reportUrls" not in body
    assert sum(read) <= 50, "a few of the latest tell the time that is left, whatever the size of the job"


def test_the_eta_is_what_the_slowest_models_schedule_allows(api: Api) -> None:
    job, _ = _running(api, *FIVE)

    # Two passes at two models side by side, 20 a minute each, at twice the pace in the first minute.
    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == 6
    api.schedule = {INPAINT: Schedule.of(20)._replace(level=10)}
    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == 12

    api.requests_per_minute = 0
    assert "etaSeconds" not in api.call("GET", f"/jobs/{job}").body, "nothing is known yet"


def test_what_finished_images_took_counts_and_not_how_long_they_waited(api: Api) -> None:
    job, ids = _running(api, *FIVE)
    passes = [
        {"ModelId": CUT_OUT, "TurnAt": clock.iso(START), "DecodedAt": clock.iso(START + timedelta(seconds=10))},
        {"ModelId": INPAINT, "TurnAt": clock.iso(START + timedelta(seconds=60)), "DecodedAt": clock.iso(START)},
    ]
    api.finish(job, ids[0], passes=json.dumps(passes), finished_at=clock.iso(START + timedelta(seconds=80)))

    # Three turns after the first one, 10 s until the second call is asked for and 20 s more.
    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == pytest.approx(3 * 1.53 + 30, abs=1)


def test_the_latest_images_tell_what_images_take(api: Api) -> None:
    """The first ones of a job took longer, when dozens were prepared at once."""
    job, ids = _running(api, *(f"{number}.jpg" for number in range(30)))
    for number, id_ in enumerate(ids[:20]):
        finished = START + timedelta(seconds=100 if number < 10 else 5)
        passes = [{"ModelId": INPAINT, "TurnAt": clock.iso(START), "DecodedAt": clock.iso(START)}]
        api.finish(job, id_, passes=json.dumps(passes), finished_at=clock.iso(finished))

    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == pytest.approx(9 * 1.53 + 5, abs=1)


def test_without_a_quota_the_eta_follows_the_jobs_own_speed(api: Api) -> None:
    api.requests_per_minute = 0
    job, ids = _running(api, *(f"{number}.jpg" for number in range(10)))
    for id_ in ids[:5]:
        api.finish(job, id_)
    api.now = START + timedelta(seconds=100)

    assert api.call("GET", f"/jobs/{job}").body["etaSeconds"] == 100


def test_the_estimate_is_the_price_of_every_pass(api: Api) -> None:
    job, _ = _running(api, *FIVE)

    assert api.call("GET", f"/jobs/{job}").body["estimatedCostUsd"] == pytest.approx(5 * 0.14)


def test_a_finished_job_has_its_report_and_its_cost(api: Api) -> None:
    job, ids = _running(api, "a.jpg", "b.jpg")
    api.finish(job, ids[0])
    api.edit_job(
        job,
        status=JobStatus.PARTLY_FAILED,
        succeeded=1,
        failed=1,
        cost_usd=0.21,
        finished_at="2026-11-21T04:05:00.000Z",
        report_key="status-report-files/x/status_report_1.json",
        report_csv_key="status-report-files/x/status_report_1.csv",
    )

    body = api.call("GET", f"/jobs/{job}").body

    assert body["counts"] == {"total": 2, "succeeded": 1, "failed": 1, "pending": 0}
    assert body["costUsd"] == 0.21
    assert body["reportUrls"]["csv"].endswith("name=status_report_1.csv")
    assert "etaSeconds" not in body


def test_a_job_that_failed_as_a_whole_says_why_and_leaves_nothing_pending(api: Api) -> None:
    job, ids = _running(api, "a.jpg", "b.jpg")
    api.finish(job, ids[0])
    api.edit_job(job, status=JobStatus.FAILED, error="States.Timeout", cause="too slow")

    body = api.call("GET", f"/jobs/{job}").body
    images = api.call("GET", f"/jobs/{job}/images").body["images"]

    assert body["error"]["code"] == "MODEL_TIMED_OUT"
    assert body["counts"] == {"total": 2, "succeeded": 1, "failed": 1, "pending": 0}
    assert [image["status"] for image in images] == ["Succeeded", "Failed"]
    assert "ended before this image" in images[1]["error"]["message"]
    failed = api.call("GET", f"/jobs/{job}/images", query={"status": "Failed"}).body["images"]
    assert [image["imageId"] for image in failed] == [ids[1]]


def test_a_job_that_never_starts_is_visible(api: Api) -> None:
    job = api.job("a.jpg")
    assert "error" not in api.call("GET", f"/jobs/{job}").body

    api.now += timedelta(minutes=6)

    error = api.call("GET", f"/jobs/{job}").body["error"]
    assert error["code"] == "JOB_NOT_STARTED"
    assert "6 minutes" in error["message"]


def test_jobs_come_newest_first_in_pages(api: Api) -> None:
    made = []
    for _ in range(5):
        made.append(api.job("a.jpg"))
        api.now += timedelta(seconds=1)
    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        body = api.call("GET", "/jobs", query=query).body
        seen += [job["jobId"] for job in body["jobs"]]
        if "cursor" not in body:
            break
        query["cursor"] = body["cursor"]

    assert seen == made[::-1]


def test_images_come_in_order_in_pages_and_by_status(api: Api) -> None:
    job, ids = _running(api, *FIVE)
    api.finish(job, ids[3])
    api.fail(job, ids[1], "PhotoRefused", "PHOTO_CHANGED: 1.jpg is not the file that was checked.")

    assert _all(api, job) == ids
    assert _all(api, job, status="Succeeded") == [ids[3]]
    assert _all(api, job, status="Failed") == [ids[1]]
    assert _all(api, job, status="Queued") == [ids[0], ids[2], ids[4]]


def test_pages_go_on_when_photos_that_are_not_in_the_job_lie_between(api: Api) -> None:
    draft = api.draft()
    api.register(draft, *(f"never {number}.jpg" for number in range(7)))
    ids = api.ready(draft, "a.jpg", "b.jpg", "c.jpg")
    api.submit(draft)

    assert _all(api, draft) == ids


def test_every_image_of_a_failed_job_is_in_some_page_of_the_failed(api: Api) -> None:
    job, ids = _running(api, *FIVE)
    for id_ in ids[:2]:
        api.fail(job, id_, "States.Timeout", "")
    api.edit_job(job, status=JobStatus.FAILED, error="States.Timeout", cause="")

    assert sorted(_all(api, job, status="Failed")) == ids
    assert _all(api, job, status="Queued") == []


def test_a_finished_image_can_be_seen_and_downloaded_under_its_own_name(api: Api) -> None:
    job, (id_,) = _running(api, "shoes/Café.v1.png")
    api.finish(job, id_, output_width=320, output_height=240, output_bytes=999, seed=3, model_id="m")

    (image,) = api.call("GET", f"/jobs/{job}/images").body["images"]

    assert (image["name"], image["downloadName"]) == ("shoes/Café.v1.png", "shoes_Café.v1.jpg")
    assert image["downloadUrl"].endswith("name=shoes_Café.v1.jpg")
    assert image["afterUrl"].startswith("https://bucket.test/generated-image-files/")
    assert ".preview.jpg" in image["beforeUrl"]
    assert (image["labelsKept"], image["attempts"], image["seed"]) == (["Mug", "Spoon"], 2, 3)


def test_a_failed_image_says_why_and_what_to_do(api: Api) -> None:
    job, (id_,) = _running(api, "a.jpg")
    cause = {"errorMessage": "SUBJECT_NOT_FOUND: No subject was found.", "stackTrace": ["File secret.py"]}
    api.fail(job, id_, "PhotoRefused", json.dumps(cause))

    (image,) = api.call("GET", f"/jobs/{job}/images").body["images"]

    assert image["error"]["code"] == "SUBJECT_NOT_FOUND"
    assert image["error"]["message"] == "No subject was found."
    assert image["error"]["nextStep"]
    assert "afterUrl" not in image


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("mug.png", "mug"),
        ("SKU-A/detail/front.jpg", "SKU-A_detail_front"),
        ("/a/../b\\c.v1.jpeg", "a_b_c.v1"),
        ("no extension", "no extension"),
        (".jpg", ".jpg"),
        ("..", "photo"),
        ("dir/", "dir_photo"),
        ("/".join(["x" * 100, "y" * 100, "z" * 100, "é.jpg"]), f"{'y' * 100}_{'z' * 100}_é"),
        ("photo\u202egpj.exe\u2028\x85.jpg", "photo_gpj.exe__"),
    ],
)
def test_the_download_is_named_after_the_source_and_its_folders(source: str, expected: str) -> None:
    assert download_stem(source) == expected
    assert download_stem(source, 2) == f"{expected} (2)"


def test_one_image_is_told_with_fresh_addresses_under_the_name_that_is_asked_for(api: Api) -> None:
    job, (first, second) = _running(api, "SKU-A/front.jpg", "SKU-A/front.jpg")
    api.finish(job, first)
    path = f"/jobs/{job}/images/{first}"

    plain = api.call("GET", path).body
    named = api.call("GET", path, query={"downloadName": "SKU-A_front (2).v1"}).body

    assert plain == api.call("GET", f"/jobs/{job}/images").body["images"][0]
    assert (named["downloadName"], named["imageId"]) == ("SKU-A_front (2).v1.jpg", first)
    assert named["downloadUrl"].endswith("name=SKU-A_front (2).v1.jpg")
    assert api.call("GET", f"/jobs/{job}/images/{second}").body["status"] == "Queued"


@pytest.mark.parametrize(
    ("image", "query", "code"),
    [
        ("00000009", None, "NOT_FOUND"),
        ("#draft", None, "NOT_FOUND"),
        ("00000000", {"downloadName": "a\r\nSet-Cookie: b"}, "NAME_INVALID"),
        ("00000000", {"downloadName": ""}, "NAME_INVALID"),
        ("00000000", {"downloadName": "x" * 256}, "NAME_INVALID"),
    ],
)
def test_what_is_no_image_or_no_name_is_refused(api: Api, image: str, query: dict[str, str] | None, code: str) -> None:
    assert api.call("GET", f"/jobs/{api.job('a.jpg')}/images/{image}", query=query).code == code


def _names(api: Api, job: str) -> list[dict[str, Any]]:
    """What all pages tell."""
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        body = api.call("GET", f"/jobs/{job}/names", query=query).body
        found += body["photos"]
        if "cursor" not in body:
            return found
        query["cursor"] = body["cursor"]


def test_the_names_of_a_job_are_told_at_once_in_the_order_of_the_upload(api: Api) -> None:
    names = ["SKU-B/front.jpg", "SKU-A/détail/front.jpg", "SKU-B/front.jpg"]
    draft = api.draft()
    api.ready(draft, *names)
    api.register(draft, "never uploaded.jpg")
    ids = ["00000000", "00000001", "00000002"]
    api.submit(draft, options={"variations": 2}, seeds={ids[1]: [5]})

    told = _names(api, draft)

    assert [(photo["photoId"], photo["name"]) for photo in told] == list(zip(ids, names, strict=True))
    assert [photo["images"] for photo in told] == [2, 1, 2]
    api.finish(draft, ids[2])
    api.fail(draft, ids[0], "States.Timeout", "")
    api.edit_job(draft, status=JobStatus.FAILED, error="States.Timeout", cause="")
    assert _names(api, draft) == told, "whatever became of them"


def test_names_of_any_length_come_in_pages_that_lambda_can_answer_with(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MOST_NAME_BYTES", 500)
    names = [f"{'é' * 90}/{number}.jpg" for number in range(7)]
    job = api.job(*names)

    first = api.call("GET", f"/jobs/{job}/names").body

    assert len(first["photos"]) == 1
    assert [photo["name"] for photo in _names(api, job)] == names


def test_the_overview_has_all_images_at_once_and_tells_which_are_doubtful(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = api.draft()
    api.ready(draft, *FIVE)
    api.register(draft, "never uploaded.jpg")
    api.submit(draft)
    api.edit_job(draft, status=JobStatus.RUNNING, started_at=clock.iso(START))
    ids = [line["ImageId"] for line in api.manifest(draft)]
    api.finish(draft, ids[0])
    api.call("PUT", f"/jobs/{draft}/images/{ids[0]}/verdict", {"verdict": "REJECTED"})
    flag = Flag(FlagCode.MASK_TOUCHES_BORDER, 0.031, 0.01)
    for id_, flags in ((ids[1], [flag]), (ids[2], [])):
        api.finish(draft, id_)
        row = api.store.photo_rows[draft, id_]
        outcome = replace(row.outcome, review=review_json(flags, None, None))
        api.store.photo_rows[draft, id_] = replace(row, outcome=outcome)
    api.fail(draft, ids[3], "States.Timeout", "")

    told = api.call("GET", f"/jobs/{draft}/overview").body

    assert "after" not in told
    assert [(image["imageId"], image["name"]) for image in told["images"]] == list(zip(ids, FIVE, strict=True))
    assert [(image["status"], image["doubtful"], image.get("verdict")) for image in told["images"]] == [
        ("Succeeded", False, "REJECTED"),
        ("Succeeded", True, None),
        ("Succeeded", False, None),
        ("Failed", False, None),
        ("Queued", False, None),
    ]
    # Any stretch of it may be asked for again, and it comes in parts where names are long.
    part = api.call("GET", f"/jobs/{draft}/overview", query={"after": ids[0], "limit": "2"}).body
    assert part == {"images": told["images"][1:3], "after": ids[2]}
    monkeypatch.setattr(queries, "_MOST_NAME_BYTES", 250)
    found, after = [], None
    while True:
        part = api.call("GET", f"/jobs/{draft}/overview", query={"after": after} if after else {}).body
        assert len(part["images"]) <= 2
        found += part["images"]
        if not (after := part.get("after")):
            break
    assert found == told["images"]


def test_no_image_is_called_failed_because_the_index_is_a_moment_behind(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, ids = _running(api, *FIVE[:2])
    before = api.store.glance(job, 10, None)
    api.finish(job, ids[0])
    api.edit_job(job, status=JobStatus.PARTLY_FAILED, finished_at=clock.iso(api.now))
    monkeypatch.setattr(Drafts, "glance", lambda *_: before)

    told = api.call("GET", f"/jobs/{job}/overview").body["images"]

    # The second one ended without an outcome.
    assert [image["status"] for image in told] == ["Succeeded", "Failed"]


def test_some_images_are_told_by_their_ids(api: Api) -> None:
    job, ids = _running(api, *FIVE)
    wanted = [ids[3], ids[0]]

    told = api.call("GET", f"/jobs/{job}/images", query={"ids": ",".join([*wanted, "00000099"])}).body

    every = {image["imageId"]: image for image in api.call("GET", f"/jobs/{job}/images").body["images"]}
    assert [image["imageId"] for image in told["images"]] == wanted
    assert told["images"][0].keys() == every[ids[3]].keys()
    for bad in ("#draft", "", "00000000,#counts", ",".join(["00000000"] * 101)):
        answer = api.call("GET", f"/jobs/{job}/images", query={"ids": bad})
        assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert api.call("GET", f"/jobs/{job}/overview", query={"after": "#draft"}).code == "INVALID_REQUEST"


def _garbage() -> list[str]:
    def encoded(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return [
        "garbage",
        "%%%",
        "ä",
        encoded({"Owner": "bob"}),
        encoded(["", "#draft"]),
        encoded(["2026-11-21T04:00:00.000Z", "../x"]),
        encoded([1, 2]),
        encoded(["Owned", "00000000"]),
    ]


@pytest.mark.parametrize("cursor", _garbage())
@pytest.mark.parametrize("route", ["/jobs", "/jobs/{}/images", "/jobs/{}/names", "/drafts/{}"])
def test_a_made_up_cursor_is_refused(api: Api, cursor: str, route: str) -> None:
    answer = api.call("GET", route.format(api.job("a.jpg")), query={"cursor": cursor})

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "cursor" in answer.message


@pytest.mark.parametrize("limit", ["0", "-1", "101", "many", ""])
def test_a_limit_out_of_range_is_refused(api: Api, limit: str) -> None:
    answer = api.call("GET", "/jobs", query={"limit": limit})

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "limit" in answer.message


def test_an_unknown_status_is_refused(api: Api) -> None:
    answer = api.call("GET", f"/jobs/{api.job('a.jpg')}/images", query={"status": "Lost"})

    assert (answer.status, "status" in answer.message) == (400, True)


def _all(api: Api, job: str, status: str | None = None, limit: int = 2) -> list[str]:
    seen: list[str] = []
    query = {"limit": str(limit), **({"status": status} if status else {})}
    for _ in range(20):
        body = api.call("GET", f"/jobs/{job}/images", query=query).body
        seen += [image["imageId"] for image in body["images"]]
        if "cursor" not in body:
            return seen
        query["cursor"] = body["cursor"]
    raise AssertionError("the pages never end")
