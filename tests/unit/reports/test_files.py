"""JSON as its schema says; CSV that is inert in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from backdrop.reports import files as report_files
from backdrop.reports.report import Report, compile_report
from tests.unit.reports.conftest import SHA, done, failed, item, left, one_pass, report_of, run

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "status-report.schema.json").read_text("utf-8"))


def problems(report: Report) -> list[str]:
    document = json.loads(report_files.to_json(report))
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report_files.to_csv(report).decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "report",
    [
        report_of(0, 0),
        report_of(2, 1),
        report_of(0, 2),
        compile_report(run(map_error={"Error": "States.Timeout"}), [item(0, Sha256=None, Boxes=[])], []),
    ],
)
def test_the_json_keeps_its_schema(report: Report) -> None:
    assert problems(report) == []


def test_the_report_says_which_boxes_a_person_set() -> None:
    drawn = item(0) | {"BoxesBy": ["Person"], "RemovedBoxes": [[0, 0, 1, 0.1]], "RemovedBoxesBy": ["Person"]}
    report = compile_report(run(), [drawn, item(1)], [done(0), done(1)])

    assert problems(report) == []
    images = json.loads(report_files.to_json(report))["Images"]
    assert [(one["BoxesBy"], one["RemovedBoxesBy"]) for one in images] == [(["Person"], ["Person"]), (None, None)]


def test_the_schema_sees_a_succeeded_image_without_output() -> None:
    document = json.loads(report_files.to_json(report_of(1, 0)))
    document["Images"][0]["Output"] = None
    assert list(Draft202012Validator(SCHEMA).iter_errors(document))


def test_the_words_of_an_image_are_its_photos_own() -> None:
    report = compile_report(run(), [item(0) | {"Prompt": "in snow"}, item(1)], [done(0), done(1)])

    images = json.loads(report_files.to_json(report))["Images"]
    assert [image["Prompt"] for image in images] == ["in snow", "on a beach"]
    rows = list(csv.DictReader(io.StringIO(report_files.to_csv(report).decode("utf-8-sig"))))
    assert [row["Prompt"] for row in rows] == ["in snow", "on a beach"]


def test_an_auditor_finds_source_settings_passes_output_and_price_of_an_image() -> None:
    report = compile_report(run(Prompt='a 19" monitor\n🙂'), [item(0, name="Café <b>.jpg")], [done(0, attempts=(1, 2))])
    document = json.loads(report_files.to_json(report))
    image = document["Images"][0]
    assert image["ImageName"] == "Café <b>.jpg"
    assert image["Source"] == {
        "Key": "in/d/photo-00000000.jpg", "Bytes": 1000, "Sha256": SHA, "Width": 640, "Height": 480,
    }  # fmt: skip
    assert image["Output"] == {
        "Key": "out/d/photo-00000000.jpg", "Bytes": 2000, "Sha256": SHA, "Width": 640, "Height": 480,
    }  # fmt: skip
    assert (image["Prompt"], image["Mode"], image["Seed"]) == ('a 19" monitor\n🙂', "PRECISE", 7)
    assert (image["LabelsKept"], image["Attempts"], image["Seconds"]) == (["Cup", "Mug"], 3, 30.25)
    assert [one["RequestSha256"] for one in image["Passes"]] == [SHA, SHA]
    assert document["Job"]["RequestedBy"] == "ada@example.com"
    assert document["Totals"] == {
        "Images": 1,
        "Succeeded": 1,
        "Failed": 0,
        "Cancelled": 0,
        "ModelCalls": 3,
        "AnswersReused": 0,
        "NeedReview": 0,
    }
    assert document["Cost"]["Usd"] == pytest.approx(0.21)


def test_a_failed_image_keeps_the_raw_error_beside_the_words() -> None:
    report = compile_report(run(), [item(0)], [failed(0, "Bedrock.ValidationException", "mask is wrong")])
    error = json.loads(report_files.to_json(report))["Images"][0]["Error"]
    assert (error["Error"], error["Cause"], error["Code"]) == (
        "Bedrock.ValidationException",
        "mask is wrong",
        "MODEL_REQUEST_INVALID",
    )


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '=HYPERLINK("http://x","y")', "＝1", "＠x"],
)
def test_cells_that_look_like_formulas_are_inert(text: str) -> None:
    report = compile_report(run(Prompt=text), [item(0, name=f"{text}.jpg", Labels=text)], [done(0, LabelsUsed=text)])
    row = rows(report)[0]
    assert (row["Image"], row["Prompt"]) == (f"'{text}.jpg", f"'{text}")
    assert row["Labels kept"].startswith("'")


def test_ordinary_cells_stay_as_they_are() -> None:
    row = rows(compile_report(run(), [item(0, name='Ünïcode, "quoted".jpg')], [done(0)]))[0]
    assert row["Image"] == 'Ünïcode, "quoted".jpg'
    assert (row["Status"], row["Seconds"], row["Result"]) == ("Succeeded", "30.25", "s3://b/out/d/photo-00000000.jpg")


def test_the_csv_opens_in_excel_and_has_a_row_for_every_image() -> None:
    report = report_of(3, 2)
    assert report_files.to_csv(report).startswith(b"\xef\xbb\xbf")
    table = rows(report)
    assert [row["Status"] for row in table] == ["Succeeded"] * 3 + ["Failed"] * 2
    assert table[4]["Reason"] == "The filter declined."
    assert table[4]["What to do next"]


def test_text_without_utf8_bytes_does_not_lose_the_report() -> None:
    report = compile_report(run(), [item(0, name="\ud800.jpg")], [done(0)])
    document: dict[str, Any] = json.loads(report_files.to_json(report))
    assert document["Images"][0]["ImageName"] == "\ud800.jpg"
    assert len(rows(report)) == 1


REVIEW = {
    "flags": [{"code": "HALO", "measured": 9.5, "threshold": 6.0}],
    "marketplace": {
        "preset": "amazon-main",
        "passed": False,
        "checks": [{"code": "FILL_AT_LEAST", "passed": False, "measured": 0.6, "wanted": 0.85}],
    },
    "moderation": {"labels": [], "modelVersion": "7.0"},
}


def test_each_variation_is_an_image_of_the_report_with_its_own_seed_and_outcome() -> None:
    outcomes = [done(0), failed(0, "ModelRefused", "MODEL_REFUSED_PROMPT: no", ImageId="00000000-2")]
    report = compile_report(run(Options={"Variations": 3}), [item(0, Seeds=[7, 8, 9])], outcomes)
    document = json.loads(report_files.to_json(report))
    assert problems(report) == []
    told = [(one["ImageId"], one["Variation"], one["Seed"], one["Status"]) for one in document["Images"]]
    assert told == [
        ("00000000", 1, 7, "Succeeded"),
        ("00000000-2", 2, 8, "Failed"),
        ("00000000-3", 3, 9, "Failed"),
    ]
    assert document["Images"][2]["Error"]["Code"] == "OUTCOME_NOT_RECORDED"
    assert document["Totals"]["Images"] == 3


def test_a_review_is_told_in_words_to_people_and_in_numbers_to_auditors() -> None:
    report = compile_report(run(), [item(0), item(1)], [done(0, Review=json.dumps(REVIEW)), done(1)])
    document = json.loads(report_files.to_json(report))
    assert problems(report) == []
    assert document["Totals"]["NeedReview"] == 1
    review = document["Images"][0]["Review"]
    assert (review["Flags"][0]["Code"], review["Flags"][0]["Measured"]) == ("HALO", 9.5)
    assert review["Marketplace"]["Passed"] is False
    first, second = rows(report)
    assert first["Needs review"] == review["Flags"][0]["Meaning"]
    assert first["Marketplace check"] == "FILL_AT_LEAST"
    assert second["Needs review"] == ""
    kept = REVIEW | {"marketplace": {**cast("dict[str, Any]", REVIEW["marketplace"]), "passed": True}}
    (flagged,) = rows(compile_report(run(), [item(0)], [done(0, Review=json.dumps(kept))]))
    assert flagged["Marketplace check"] == "no rule broken, needs review"
    (clean,) = rows(compile_report(run(), [item(0)], [done(0, Review=json.dumps(kept | {"flags": []}))]))
    assert clean["Marketplace check"] == "passed"


def test_what_a_failed_variation_shares_with_a_good_one_is_kept() -> None:
    shared = one_pass(0) | {"RequestKey": "in/shared.json", "ResponseKey": "out/shared.json"}
    outcomes = [
        done(0, Passes=json.dumps([shared, one_pass(1) | {"RequestKey": "in/1.json", "ResponseKey": "out/1.json"}])),
        failed(0, "ModelRefused", "MODEL_REFUSED_PROMPT: no", ImageId="00000000-2", Passes=json.dumps([shared])),
    ]
    report = compile_report(run(Options={"Variations": 2}), [item(0, Seeds=[7, 8])], outcomes)
    assert report.spent_payloads == ["in/1.json", "out/1.json"]


HIDDEN_NAME = "=photo\u202egpj\u2028\x85\u200f.exe"


def test_the_csv_shows_what_a_name_hides_and_the_json_keeps_the_name() -> None:
    report = compile_report(run(Prompt="one\ntwo\u2029\u202e"), [item(0, name=HIDDEN_NAME)], [done(0)])
    (row,) = rows(report)
    assert row["Image"] == "'=photo\ufffdgpj  \ufffd.exe"
    assert row["Prompt"] == "one\ntwo \ufffd"
    text = report_files.to_json(report).decode()
    assert json.loads(text)["Images"][0]["ImageName"] == HIDDEN_NAME
    assert text.splitlines() == text.split("\n")[:-1]
    assert not set(HIDDEN_NAME[1:]) - set("photgjex.") & set(text), "hidden characters are escaped"


def test_an_image_that_a_cancelled_job_left_is_no_failure_in_the_csv() -> None:
    rows_ = [done(0), failed(1, "ModelRefused", "The filter declined."), left(2)]
    report = compile_report(run(), [item(0), item(1), item(2)], rows_)
    assert [row["Status"] for row in rows(report)] == ["Succeeded", "Failed", "Not begun"]
