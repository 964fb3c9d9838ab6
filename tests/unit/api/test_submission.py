"""Submission: everything is checked before anything is paid, and a draft makes one job only."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.jobs import drafts
from backdrop.jobs.submission import CLAIM_LIFETIME, submit
from backdrop.jobs.workflow_input import execution_input
from tests.unit.api.conftest import MODEL, Api

DOWN = BackdropError(ErrorCode.LABELS_UNAVAILABLE, "Rekognition is down.")
ANN = drafts.User("ann", "ann@example.com")


def _ready_draft(api: Api, *names: str) -> tuple[str, list[str]]:
    draft = api.draft()
    return draft, api.ready(draft, *(names or ("mug.jpg",)))


def test_a_submitted_draft_is_a_job_with_its_manifest_and_settings(api: Api) -> None:
    draft, (photo,) = _ready_draft(api)

    answer = api.submit(draft, negativePrompt="people", mode="DEFAULT", seed=7)

    assert answer.status == 202
    assert answer.body["jobId"] == draft
    assert (answer.body["status"], answer.body["seed"], answer.body["modelId"]) == ("Submitted", 7, MODEL)
    assert answer.body["counts"] == {"total": 1, "succeeded": 0, "failed": 0, "pending": 1}
    job = api.jobs.rows[draft]
    assert (job.owner, job.owner_email, job.image_count, job.status) == (
        "ann",
        "ann@example.com",
        1,
        JobStatus.SUBMITTED,
    )
    row = api.store.photo_rows[draft, photo]
    assert row.facts
    assert api.manifest(draft) == [
        {
            "ImageId": photo,
            "ImageName": "mug.jpg",
            "Key": row.source_key,
            "Seeds": [api.jobs.rows[draft].settings.seed],
            "Labels": "Mug,Table,Spoon",
            "Boxes": [[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.1, 0.1], [0.7, 0.7, 0.1, 0.1]],
            "NotLocated": "Table",
            "Sha256": row.facts.sha256,
            "Bytes": row.facts.bytes,
            "Width": 320,
            "Height": 240,
        }
    ]


def test_a_seed_left_to_chance_is_recorded(api: Api) -> None:
    seeds = {api.jobs.rows[api.job("mug.jpg")].settings.seed for _ in range(3)}

    assert len(seeds) == 3
    assert min(seeds) >= 1


@pytest.mark.parametrize(
    "prompt",
    [
        "a 19\" monitor's desk",
        "line one\nline two\ttabbed\r\n",
        "back\\slash \\n ${jndi} {{template}} $input.json('$') %s {0}",
        "Strand 🏖️ mit Sonnenuntergang, 砂浜",
        '", "Id": "another"}',
        "  spaces stay  ",
        "x" * 10_000,
    ],
)
def test_the_prompt_is_stored_verbatim_l1(api: Api, prompt: str) -> None:
    draft, _ = _ready_draft(api)

    answer = api.submit(draft, prompt=prompt, negativePrompt=prompt)

    assert answer.body["prompt"] == answer.body["negativePrompt"] == prompt
    assert api.jobs.rows[draft].settings.prompt == prompt


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"prompt": ""}, "PROMPT_EMPTY", "empty"),
        ({"prompt": " \n\t "}, "PROMPT_EMPTY", "empty"),
        ({"prompt": "x" * 10_001}, "PROMPT_TOO_LONG", "10,000"),
        ({"negativePrompt": "x" * 10_001}, "NEGATIVE_PROMPT_TOO_LONG", "10,000"),
        ({"modelId": "acme.painter"}, "MODEL_UNKNOWN", MODEL),
        ({"modelId": "amazon.nova-canvas-v1:0"}, "MODEL_RETIRED", MODEL),
        ({"seed": -1}, "SEED_OUT_OF_RANGE", "4,294,967,294"),
        ({"seed": 4_294_967_295}, "SEED_OUT_OF_RANGE", "4,294,967,294"),
        ({"mode": "precise"}, "INVALID_REQUEST", "mode"),
        ({"seed": "7"}, "INVALID_REQUEST", "seed"),
        ({"seed": True}, "INVALID_REQUEST", "seed"),
        ({"prompt": 5}, "INVALID_REQUEST", "prompt"),
        ({"jobId": "x"}, "INVALID_REQUEST", "jobId"),
        ({"owner": "bob"}, "INVALID_REQUEST", "owner"),
        ({"labels": {"99999999": ["Mug"]}}, "LABEL_UNKNOWN", "99999999"),
    ],
)
def test_a_wrong_wish_is_refused_and_nothing_starts(api: Api, body: dict[str, object], code: str, words: str) -> None:
    draft, _ = _ready_draft(api)

    answer = api.submit(draft, **body)

    assert (answer.status, answer.code) == (400, code)
    assert words in answer.message
    assert answer.body["error"]["nextStep"]
    assert api.jobs.puts == 0
    assert api.submit(draft).status == 202, "the draft must stay open"


def test_a_retired_model_can_be_used_where_the_stack_allows_it_within_its_own_limits(api: Api) -> None:
    api.allow_retired = True
    draft, _ = _ready_draft(api)

    too_long = api.submit(draft, modelId="amazon.titan-image-generator-v2:0", prompt="x" * 513)
    assert (too_long.code, "512" in too_long.message) == ("PROMPT_TOO_LONG", True)

    assert api.submit(draft, modelId="amazon.titan-image-generator-v2:0").body["modelId"].startswith("amazon.titan")


def test_only_good_photos_are_in_the_job(api: Api) -> None:
    draft, (good,) = _ready_draft(api, "good.jpg")
    (bad,) = api.upload(draft, "bad.jpg", data=b"nothing")
    api.inspect(draft, bad)
    api.register(draft, "never uploaded.jpg")

    assert api.submit(draft).body["counts"]["total"] == 1

    assert [line["ImageId"] for line in api.manifest(draft)] == [good]
    assert [image["name"] for image in api.call("GET", f"/jobs/{draft}/images").body["images"]] == ["good.jpg"]


def test_without_a_good_photo_there_is_no_job(api: Api) -> None:
    draft = api.draft()
    assert (api.submit(draft).code, api.submit(draft).status) == ("NO_PHOTOS", 400)

    api.register(draft, "never uploaded.jpg")

    assert "1 not uploaded" in api.submit(draft).message
    assert api.jobs.puts == 0


def test_only_kept_labels_and_their_boxes_go_into_the_manifest(api: Api) -> None:
    draft, (first, second) = _ready_draft(api, "a.jpg", "b.jpg")

    api.submit(draft, labels={first: ["Spoon"]})

    pruned, whole = api.manifest(draft)
    assert (pruned["Labels"], pruned["Boxes"]) == ("Spoon", [[0.5, 0.5, 0.1, 0.1], [0.7, 0.7, 0.1, 0.1]])
    assert whole["ImageId"] == second
    assert whole["Labels"] == "Mug,Table,Spoon"


def test_all_labels_removed_is_refused_with_advice_l2(api: Api) -> None:
    draft, (photo,) = _ready_draft(api)

    answer = api.submit(draft, labels={photo: []})

    assert (answer.status, answer.code) == (400, "NO_LABELS_KEPT")
    assert "mug.jpg" in answer.message
    assert "Keep at least one label" in answer.body["error"]["nextStep"]


def test_a_label_that_was_not_found_is_refused_naming_those_that_were(api: Api) -> None:
    draft, (photo,) = _ready_draft(api)

    answer = api.submit(draft, labels={photo: ["mug"]})

    assert answer.code == "LABEL_UNKNOWN"
    assert "'Mug'" in answer.message


def test_where_rekognition_found_nothing_an_empty_list_is_fine(api: Api) -> None:
    api.detector.found = ()
    draft, (photo,) = _ready_draft(api)

    assert api.submit(draft, labels={photo: []}).status == 202
    assert api.manifest(draft)[0]["Labels"] == ""


def test_where_rekognition_failed_labels_may_be_typed_or_left_out_l3(api: Api) -> None:
    api.detector.failure = DOWN
    draft, (typed, silent) = _ready_draft(api, "a.jpg", "b.jpg")

    assert api.submit(draft, labels={typed: ["a, b"]}).code == "LABEL_UNKNOWN"
    assert api.submit(draft, labels={typed: [" Mug ", "Lid", "Mug"]}).status == 202

    first, second = api.manifest(draft)
    assert first["Labels"] == "Mug,Lid"
    assert "Boxes" not in first, "the workflow looks for them"
    assert api.jobs.rows[draft].expected_usd == pytest.approx(2 * 0.14 + 0.001), "and asks Rekognition once"
    assert second["ImageId"] == silent
    assert second["Labels"] == ""


def test_a_second_submit_answers_the_same_job_whatever_it_says_i6(api: Api) -> None:
    draft, _ = _ready_draft(api)
    first = api.submit(draft, prompt="a beach", seed=1)

    second = api.submit(draft, prompt="a forest", seed=2)

    assert (first.status, second.status) == (202, 200)
    assert second.body == first.body
    assert api.jobs.puts == 1


def test_many_submits_at_once_make_one_job_with_the_winners_manifest_i6(api: Api) -> None:
    draft, (photo,) = _ready_draft(api)
    barrier = threading.Barrier(8)
    barrier_passed = threading.local()

    def meet() -> None:
        if not getattr(barrier_passed, "done", False):
            barrier_passed.done = True
            barrier.wait(timeout=10)

    api.store.before_claim = meet
    labels = ["Mug", "Spoon"]
    answers: list[tuple[bool, str]] = []

    def call(number: int) -> None:
        wish = JobRequest(prompt=f"p{number % 2}", labels={photo: [labels[number % 2]]})
        submitted = submit(api.service(), ANN, draft, wish)
        answers.append((submitted.new, submitted.job.settings.prompt))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(new for new, _ in answers) == [False] * 7 + [True]
    assert len({prompt for _, prompt in answers}) == 1
    assert api.jobs.puts == 1
    expected = labels[int(api.jobs.rows[draft].settings.prompt[1])]
    assert api.manifest(draft)[0]["Labels"] == expected


def test_photos_that_change_while_submitting_are_read_again(api: Api) -> None:
    draft, (first, second) = _ready_draft(api, "a.jpg", "b.jpg")

    def remove_once() -> None:
        api.store.before_claim = lambda: None
        api.store.delete_photo(draft, first)

    api.store.before_claim = remove_once

    assert api.submit(draft).body["counts"]["total"] == 1
    assert [line["ImageId"] for line in api.manifest(draft)] == [second]


def test_a_photo_inspected_while_submitting_is_not_shown_as_part_of_the_job(api: Api) -> None:
    draft, (_,) = _ready_draft(api, "a.jpg")
    (late,) = api.upload(draft, "late.jpg")

    def inspect_first() -> None:
        api.store.before_claim = lambda: None
        assert api.inspect(draft, late).body["status"] == "READY"

    api.store.before_claim = inspect_first
    api.submit(draft)

    assert api.store.photo_rows[draft, late].status is ImageStatus.READY
    assert [image["name"] for image in api.call("GET", f"/jobs/{draft}/images").body["images"]] == ["a.jpg"]


def test_when_the_manifest_cannot_be_written_the_draft_stays_open(api: Api) -> None:
    draft, _ = _ready_draft(api)
    api.objects.broken = True

    assert (api.submit(draft).status, api.submit(draft).code) == (503, "STORAGE_ERROR")
    assert api.jobs.puts == 0

    api.objects.broken = False
    assert api.submit(draft).status == 202


def test_a_claim_of_a_caller_that_died_is_taken_over(api: Api) -> None:
    draft, _ = _ready_draft(api)
    put_once = api.jobs.put_once
    api.jobs.put_once = _die  # type: ignore[method-assign, assignment]
    assert api.submit(draft).status == 500
    api.jobs.put_once = put_once  # type: ignore[method-assign]

    busy = api.submit(draft)
    assert (busy.status, busy.code) == (503, "STORAGE_ERROR")
    assert "one job only" in busy.body["error"]["nextStep"]

    api.now += CLAIM_LIFETIME + timedelta(seconds=1)
    assert api.submit(draft).status == 202
    assert api.jobs.puts == 1


def _die(*_: object) -> bool:
    raise RuntimeError("the function was stopped")


@pytest.mark.parametrize(
    ("language", "kept"), [("de", "de"), ("de-AT", "de"), ("en", None), ("xx", None), (None, None), ("../de", None)]
)
def test_a_job_knows_the_language_of_whoever_asked(api: Api, language: str | None, kept: str | None) -> None:
    draft, _ = _ready_draft(api)
    answer = api.submit(draft, **({"language": language} if language else {}))
    assert answer.status == 202
    job = api.jobs.rows[draft]
    assert job.language == kept
    assert execution_input(job).get("Language") == kept
