"""What functions write of their runs: the same fields from all, what happened counted once, nothing secret."""

from __future__ import annotations

import io
import json
import re
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from backdrop.api.logs import make_logger
from backdrop.aws.telemetry.writing import measure
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused, PromptBlocked
from backdrop.core.telemetry.lines import ids_of
from backdrop.core.telemetry.metrics import METRICS
from backdrop.handlers._shared.observed import observed
from tests.static.conftest import ROOT
from tests.unit.handlers.job_steps.conftest import JobsTwin
from tests.unit.handlers.job_steps.test_compile_report import compiled
from tests.unit.handlers.job_steps.test_reserve_turn import THROTTLED, reserve_turn
from tests.unit.reports.conftest import INPAINT, done, failed
from tests.unit.telemetry.embedded import UNITS, lines, taken

STATE = {"Job": {"Id": "job-1"}, "Item": {"ImageId": "0001"}, "Variation": 2, "Pass": 1, "Stage": {"ModelId": "m"}}


def run(event: dict[str, Any], end: Any) -> None:
    """A function that answers `end`, or raises it."""

    @observed("StagePayload")
    def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
        if isinstance(end, Exception):
            raise end
        return dict(end)

    context = SimpleNamespace(aws_request_id="r-1")
    if isinstance(end, Exception):
        with pytest.raises(type(end)):
            handler(event, context)
    else:
        assert handler(event, context) == end


@pytest.fixture(autouse=True)
def lambda_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK", "shop")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-abc-def;Parent=x;Sampled=1")


@pytest.mark.parametrize(
    ("end", "level", "told", "unexpected"),
    [
        ({}, "INFO", {"message": "done"}, 0),
        ({"statusCode": 200, "body": "{}"}, "INFO", {"message": "answered", "status": 200}, 0),
        (
            {"statusCode": 404, "body": '{"error": {"code": "NOT_FOUND"}}'},
            "INFO",
            {"message": "answered", "status": 404, "code": "NOT_FOUND"},
            0,
        ),
        ({"statusCode": 503, "body": "no JSON"}, "ERROR", {"message": "answered", "status": 503}, 1),
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, "ERROR", {"message": "done"}, 1),
        (
            PhotoRefused(ErrorCode.PHOTO_CHANGED, "a\u202egpj.exe\nis not"),
            "INFO",
            {
                "message": "refused",
                "code": "PHOTO_CHANGED",
                "error": "PhotoRefused",
                "reason": "a\u202egpj.exe\nis not",
            },
            0,
        ),
        (
            PromptBlocked(ErrorCode.PROMPT_BLOCKED, "The prompt holds 'secret'"),
            "INFO",
            {"message": "refused", "code": "PROMPT_BLOCKED", "error": "PromptBlocked"},
            0,
        ),
        (
            BackdropError(ErrorCode.STORAGE_ERROR, "x" * 5000),
            "ERROR",
            {"message": "failed", "code": "STORAGE_ERROR", "error": "BackdropError", "reason": "x" * 300},
            1,
        ),
        (KeyError("secret"), "ERROR", {"message": "failed", "error": "KeyError"}, 1),
    ],
)
def test_each_run_is_one_line_with_its_ids_and_how_it_ended(
    capsys: pytest.CaptureFixture[str], end: Any, level: str, told: dict[str, Any], unexpected: int
) -> None:
    run(STATE, end)
    out = capsys.readouterr().out
    (line,) = lines(out)
    expected = {
        "level": level,
        "service": "backdrop",
        "Stack": "shop",
        "Function": "StagePayload",
        "job": "job-1",
        "image": "0001-2",
        "pass": 1,
        "model": "m",
        "function_request_id": "r-1",
        "xray_trace_id": "1-abc-def",
        "UnexpectedErrors": unexpected,
        **told,
    }
    assert {name: value for name, value in line.items() if name not in ("ms", "cold", "_aws")} == expected
    assert line["ms"] >= 0
    assert taken(out) == {
        ("UnexpectedErrors", ()): unexpected,
        ("UnexpectedErrors", (("Function", "StagePayload"),)): unexpected,
    }
    assert "secret" not in out


@pytest.mark.parametrize(
    ("event", "ids"),
    [
        ({"pathParameters": {"jobId": "j", "imageId": "i"}}, {"job": "j", "image": "i"}),
        ({"pathParameters": {"draftId": "j", "photoId": "i"}}, {"job": "j", "image": "i"}),
        ({"pathParameters": None, "resource": "/jobs"}, {}),
        ({"Job": {"Id": "j"}, "Item": {"ImageId": "i"}, "ImageId": "i-3"}, {"job": "j", "image": "i-3"}),
        ({"Job": {"Id": "j"}, "Item": {"ImageId": "i"}, "Variation": 1}, {"job": "j", "image": "i"}),
        ({"Run": {"Job": {"Id": "j"}}, "ExecutionArn": "x"}, {"job": "j"}),
        ({"JobId": "j", "ImageId": "i", "ModelId": "m"}, {"job": "j", "image": "i"}),
        ({"Input": {"Id": "j"}}, {"job": "j"}),
        ({"Input": "nonsense"}, {}),
        ({"detail": {"name": "j"}}, {"job": "j"}),
    ],
)
def test_ids_are_found_in_every_functions_event(event: dict[str, Any], ids: dict[str, str]) -> None:
    assert ids_of(event) == ids


def test_every_state_that_runs_a_function_tells_it_whose_image_it_is() -> None:
    """What the workflow hands to each function, beside what `ids_of` looks for."""
    machine = json.loads((ROOT / "statemachine/replace_backgrounds.asl.json").read_text("utf-8"))
    images = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    found = {name: one for name, one in images.items() if "FunctionArn}" in str(one.get("Resource"))}
    assert len(found) == 7
    for name, state in found.items():
        given = {one.removesuffix(".$") for one in state.get("Parameters", {"Job.$": 1, "Item.$": 1, "ImageId.$": 1})}
        assert {"JobId", "ImageId"} <= given or {"Job", "Item"} <= given, name


def test_every_handler_is_observed_under_its_own_name() -> None:
    for path in (ROOT / "functions/backdrop/handlers").glob("*.py"):
        text = path.read_text("utf-8")
        if "\ndef handler(" in text:
            name = "".join(word.title() for word in path.stem.split("_"))
            assert f'\n@observed("{name}")\ndef handler(' in text, path.name


def test_every_metric_that_is_written_is_declared_and_every_declared_one_is_written() -> None:
    assert {metric.unit for metric in METRICS.values()} <= UNITS
    code = "".join(
        path.read_text("utf-8") for path in (ROOT / "functions/backdrop").rglob("*.py") if path.name != "metrics.py"
    )
    written = {name for name in METRICS if re.search(rf'"{name}"|\b{name}=', code)}
    assert written == set(METRICS)
    with pytest.raises(KeyError):
        measure({"Unheard": 1})
    with pytest.raises(KeyError):
        measure({"ModelCalls": 1}, {"Model": "m"})


def test_a_job_is_measured_once_however_often_its_report_is_written(
    compile_report: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    bucket: dict[str, bytes],
    jobs: JobsTwin,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        done(0, Review=json.dumps({"flags": [{"code": "HALO", "measured": 1, "threshold": 2}]})),
        failed(1, "ModelRefused", "MODEL_REFUSED_PROMPT: a secret prompt"),
    ]
    for _ in range(2):
        compiled(compile_report, monkeypatch, bucket, rows)
    out = capsys.readouterr().out
    report = json.loads(next(data for key, data in bucket.items() if "status_report" in key and key.endswith(".json")))
    sums = {name: value for name, value in taken(out).items() if name[0] != "UnexpectedErrors"}
    assert 0 < sums.pop(("JobSeconds", ())) <= report["Job"]["Seconds"], "of the first report"
    assert sums.pop(("JobCostUsd", ())) == report["Cost"]["Usd"] > 0
    by_model = [(dict(where), value) for (name, where), value in sums.items() if name == "AnsweredCalls" and where]
    calls = {where["Model"]: value for where, value in by_model}
    assert calls == {one["ModelId"]: one["Calls"] for one in report["Cost"]["Models"]}
    assert INPAINT in calls
    assert {name: value for name, value in sums.items() if name[0] != "AnsweredCalls"} == {
        ("JobsEnded", ()): 1,
        ("JobsEnded", (("Status", "PartlyFailed"),)): 1,
        ("Images", ()): 2,
        ("Images", (("Outcome", "Succeeded"),)): 1,
        ("Images", (("Outcome", "Failed"),)): 1,
        ("FailedImages", ()): 1,
        ("FailedImages", (("Code", "MODEL_REFUSED_PROMPT"),)): 1,
        ("Flags", ()): 1,
        ("Flags", (("Flag", "HALO"),)): 1,
    }
    assert "secret" not in out


def test_calls_throttles_waits_and_what_they_cost_are_measured_as_they_happen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, _ = reserve_turn(monkeypatch, "-1")
    event = {"ModelId": INPAINT, "JobId": "j", "ImageId": "i", "Usd": 0.07}
    turns = [module.handler({**event, "Turn": {"Attempt": 0}}, None) for _ in range(9)]
    given = [turn for turn in turns if turn["Now"]]
    asking = next(turn for turn in turns if not turn["Now"])
    module.handler({**event, "Turn": given[0], "Error": THROTTLED}, None)
    again = module.handler({**event, "Turn": asking}, None)
    assert again["Since"] == asking["Since"], "the wait is from the first question on"
    assert all("Since" not in turn for turn in given)
    out = capsys.readouterr().out
    sums, where = taken(out), (("Model", INPAINT), ("Region", "us-east-1"))
    assert sums["ModelCalls", where] == sums["ModelCalls", ()] == len(given)
    assert sums["Throttles", where] == 1
    assert sums["SpentUsd", ()] == pytest.approx(0.07 * (len(given) - 1)), "what was throttled is not paid"
    told = [line for line in lines(out) if line.get("message") == "call begins"]
    assert [line["QuotaUsedPercent"] for line in told] == [5.0 * n for n in range(1, len(given) + 1)]
    assert all(0 <= line["TurnWaitSeconds"] <= 8 for line in told)
    assert {(line["job"], line["image"]) for line in told} == {("j", "i")}


def test_a_call_without_a_pace_is_measured_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, _ = reserve_turn(monkeypatch, "0")
    module.handler({"ModelId": INPAINT, "JobId": "j", "Usd": 0.07, "Turn": {"Attempt": 0}}, None)
    sums = taken(capsys.readouterr().out)
    assert (sums["ModelCalls", ()], sums["SpentUsd", ()]) == (1, 0.07)
    assert not [name for name, _ in sums if name in ("QuotaUsedPercent", "TurnWaitSeconds")]


def test_what_a_function_says_besides_is_ascii_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, logger = io.StringIO(), make_logger()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    logger.info("job started", extra={"job": "a\u202egpj.exe\n"})
    (line,) = lines(stream.getvalue())
    assert (line["message"], line["job"], line["level"]) == ("job started", "a\u202egpj.exe\n", "INFO")
