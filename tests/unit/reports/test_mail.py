"""The mail says what truly happened, in the subject and in the body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.core.keys import ReportKeys
from backdrop.core.names import shown_lines
from backdrop.reports.mail import compose
from backdrop.reports.report import compile_report
from tests.unit.reports.conftest import REMOVE_BACKGROUND, done, failed, item, left, one_pass, report_of, run

KEYS = ReportKeys("status/d/r.json", "status/d/r.csv", "status/d/r.html")


@pytest.mark.parametrize(
    ("good", "bad", "subject"),
    [
        (5, 0, "Backdrop: all 5 images done (job 01jd0000000000000000000000)"),
        (1, 0, "Backdrop: 1 of 1 image done (job 01jd0000000000000000000000)"),
        (4, 1, "Backdrop: 4 of 5 images done, 1 failed (job 01jd0000000000000000000000)"),
        (0, 5, "Backdrop: FAILED, 0 of 5 images done (job 01jd0000000000000000000000)"),
    ],
)
def test_the_subject_tells_the_outcome(good: int, bad: int, subject: str) -> None:
    assert compose(report_of(good, bad), KEYS, None).subject == subject


@given(id_=st.text(min_size=1, max_size=200), good=st.integers(0, 3), bad=st.integers(0, 3))
def test_the_subject_is_short_printable_ascii(id_: str, good: int, bad: int) -> None:
    subject = compose(report_of(good, bad, Id=id_), KEYS, None).subject
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()


def test_a_failed_job_never_reads_like_a_success() -> None:
    mail = compose(report_of(0, 3), KEYS, None)
    assert "None of the 3 images" in mail.message
    assert "new background." not in mail.message.split("\n")[0].replace(
        "None of the 3 images got a new background.", ""
    )
    assert "3 x MODEL_REFUSED_PROMPT" in mail.message


def test_each_failure_has_name_reason_and_next_step_up_to_twenty() -> None:
    message = compose(report_of(1, 25), KEYS, None).message
    assert message.count("Reason: The filter declined.") == 20
    assert message.count("Next step: Describe the background in other words.") == 20
    assert "and 5 more" in message


def test_the_links_lead_to_the_job_and_the_files() -> None:
    message = compose(report_of(1, 0), KEYS, "https://shop.example").message
    assert "https://shop.example/job?id=01jd0000000000000000000000" in message
    assert "s3://b/status/d/r.csv" in message
    assert "s3://b/status/d/r.json" in message
    assert "/job?id=" not in compose(report_of(1, 0), KEYS, None).message


def test_cost_says_what_it_counts() -> None:
    report = compile_report(run(), [item(0)], [done(0, attempts=(1, 2))])
    message = compose(report, KEYS, None).message
    assert "at most USD 0.21 for 3 model calls, retries included (USD 0.14 for those that were answered" in message
    assert "Duration: 2 min 6 s" in message
    message = compose(compile_report(run(), [item(0)], [done(0, attempts=(1, 1))]), KEYS, None).message
    assert "Cost: USD 0.14 for 2 model calls (list prices of " in message
    assert ", seed " in message


def test_a_white_job_tells_the_model_that_was_called_and_no_seed() -> None:
    """A plain colour takes the cut-out alone, whichever model the job has."""
    white = {"Background": "#ffffff"}
    cut_out: dict[str, Any] = {"Attempts": 1, "Passes": json.dumps([one_pass(0)])}
    report = compile_report(run(Prompt="", Options=white), [item(0)], [done(0, **cut_out)])
    message = compose(report, KEYS, None).message
    assert f"Models called: {REMOVE_BACKGROUND}, mode PRECISE\n" in message
    assert "Cost: USD 0.07 for 1 model call (" in message

    own = {**white, "MaskSource": "BUILT_IN"}
    message = compose(report_of(2, 0, Prompt="", ModelId="backdrop.cut-out", Options=own), KEYS, None).message
    assert "at most" not in message
    assert "seed" not in message


def test_names_and_prompts_can_not_forge_lines() -> None:
    report = compile_report(
        run(Prompt="beach\nCost: USD 0"),
        [item(0, name="x.jpg\n- y.jpg\n    Reason: fine")],
        [failed(0, "ModelRefused", "MODEL_REFUSED_PROMPT: a\nb\x07c")],
    )
    lines = compose(report, KEYS, None).message.split("\n")
    assert "Cost: USD 0" not in lines
    assert "    Reason: fine" not in lines
    assert "    Reason: a b\ufffdc" in lines


@pytest.mark.parametrize(
    ("background", "told"),
    [("#f5f5f0", "Background: the colour #f5f5f0\n"), ("transparent", "Background: transparent\n")],
)
def test_a_job_without_a_scene_names_what_the_product_lies_on(background: str, told: str) -> None:
    options = {"Background": background, "MaskSource": "BUILT_IN"}
    message = compose(report_of(2, 0, Prompt="", ModelId="backdrop.cut-out", Options=options), KEYS, None).message
    assert told in message
    assert "Prompt:" not in message, "an empty line says nothing"

    given = compose(report_of(2, 0, Prompt="a beach", Options=options), KEYS, None).message
    assert told + "Prompt: a beach\n" in given, "another system's prompt stays in sight"
    assert "Background:" not in compose(report_of(2, 0), KEYS, None).message


def test_a_broken_batch_is_told() -> None:
    broken = {"Error": "States.ItemReaderFailed", "Cause": "no manifest"}
    message = compose(compile_report(run(map_error=broken), [item(0)], [done(0)]), KEYS, None).message
    assert "The batch ended with an error: States.ItemReaderFailed: no manifest\nNext step: Images that are" in message


def test_the_largest_mail_fits_into_sns() -> None:
    images = [item(n, name="ß" * 255) for n in range(10_000)]
    cause = "MODEL_FAILED: " + "é" * 30_000
    rows = [failed(n, "X", cause) for n in range(100)]
    report = compile_report(run(Prompt="ü" * 10_000), images, rows)
    assert len(compose(report, KEYS, None).message.encode()) < 256 * 1024


def test_a_cancelled_job_is_told_as_one_and_lists_only_what_failed_by_itself() -> None:
    rows = [done(0), failed(1, "ModelRefused", "MODEL_REFUSED_PROMPT: no"), *(left(n) for n in range(2, 30))]

    mail = compose(compile_report(run(), [item(n) for n in range(30)], rows), KEYS, None)

    assert mail.subject == "Backdrop: cancelled, 1 of 30 images done, 1 failed (job 01jd0000000000000000000000)"
    first = "The job was cancelled: 28 of 30 images were not begun. 1 has its new background. 1 failed."
    assert mail.message.startswith(first)
    assert "Failed: 1 x MODEL_REFUSED_PROMPT\n- photo 1.jpg" in mail.message
    assert "JOB_CANCELLED" not in mail.message
    assert "run them again" in mail.message


def test_a_job_cancelled_before_it_began_names_no_failure() -> None:
    mail = compose(compile_report(run(), [item(0)], [left(0)]), KEYS, None)

    assert mail.subject == "Backdrop: cancelled, 0 of 1 image done (job 01jd0000000000000000000000)"
    assert mail.message.startswith("The job was cancelled: 1 of 1 image was not begun.\n")
    assert "Failed:" not in mail.message


def test_names_can_not_turn_the_mail_around() -> None:
    name = "photo\u202egpj.exe\u2028\u2066 \u200f.jpg"
    report = compile_report(
        run(Prompt="by\u202d the sea"), [item(0, name=name)], [failed(0, "PhotoRefused", f"PHOTO_MISSING: No {name}")]
    )
    message = compose(report, KEYS, None).message
    assert "- photo\ufffdgpj.exe \ufffd \ufffd.jpg\n" in message
    assert "Reason: No photo\ufffdgpj.exe" in message
    assert "Prompt: by\ufffd the sea\n" in message
    assert shown_lines(message) == message


def test_the_mail_has_the_jobs_name_and_the_subject_what_is_ascii_of_it() -> None:
    mail = compose(report_of(2, 0), KEYS, None, name="Küche 杯 & mugs for the whole of the spring collection " * 2)

    assert mail.message.startswith("Job: Küche 杯 & mugs")
    assert ": Kuche & mugs" in mail.subject
    assert len(mail.subject) < 100
    assert mail.subject.isascii()
