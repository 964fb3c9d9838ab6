"""What a report says of a trial, and of a job that used a trial's answers."""

from __future__ import annotations

import json

from backdrop.models.built_in import BUILT_IN
from backdrop.reports import files as report_files
from backdrop.reports.report import compile_report
from tests.unit.reports.conftest import done, failed, item, one_pass, run


def passes(*changes: dict[str, object]) -> str:
    made = [{**one_pass(n, 0), "RequestKey": f"in/{n}.json", "ResponseKey": f"out/{n}.json"} for n in range(2)]
    return json.dumps([{**one, **change} for one, change in zip(made, changes, strict=True)])


def test_what_was_copied_costs_nothing_and_its_origin_is_told() -> None:
    row = done(0, Passes=passes({"CopiedFrom": "out/trial/0.json"}, {"CopiedFrom": "out/trial/1.json"}))
    report = compile_report(run(TrialJobId="t"), [item(0), item(1)], [row, done(1)])

    document = json.loads(report_files.to_json(report))

    assert [image["Attempts"] for image in document["Images"]] == [0, 2]
    assert [one["CopiedFrom"] for one in document["Images"][0]["Passes"]] == ["out/trial/0.json", "out/trial/1.json"]
    assert (document["Totals"]["ModelCalls"], document["Cost"]["Usd"]) == (2, 0.14)
    assert document["Cost"]["AnsweredUsd"] == 0.14
    assert document["Job"]["TrialJobId"] == "t"


def test_a_trials_paid_answers_outlive_its_report_and_nothing_else_of_it() -> None:
    rows = [done(0, Passes=passes({"ModelId": BUILT_IN}, {}))]
    trial = compile_report(run(Trial=True), [item(0)], rows)
    job = compile_report(run(Trial=False), [item(0)], rows)

    assert trial.lent_answers == ["out/1.json"]
    assert trial.spent_payloads == ["in/0.json", "out/0.json", "in/1.json"]
    assert job.lent_answers == []
    assert job.spent_payloads == ["in/0.json", "out/0.json", "in/1.json", "out/1.json"]


def test_a_failed_trial_lends_nothing_that_is_not_kept_anyway() -> None:
    rows = [failed(0, "ModelRefused", "no", Passes=json.dumps([one_pass(0)]))]
    trial = compile_report(run(Trial=True), [item(0)], rows)

    assert (trial.lent_answers, trial.spent_payloads) == ([], [])


def test_paid_answers_outlive_a_job_whose_owner_may_use_them_again() -> None:
    rows = [
        done(0, Passes=passes({"ModelId": BUILT_IN}, {})),
        done(1, Passes=passes({"ResponseKey": "out/copy.json", "CopiedFrom": "out/first/0.json"}, {})),
    ]
    report = compile_report(run(AnswersFolder="out/answers/ann/"), [item(0), item(1)], rows)

    assert set(report.spent_payloads) == {"in/0.json", "in/1.json", "out/0.json", "out/copy.json"}
    assert "out/1.json" not in report.spent_payloads
    assert json.loads(report_files.to_json(report))["Totals"]["AnswersReused"] == 1
