"""`backdrop accept`: each check has been seen to hold, to fail by a fault of its own, and not to be tried; and what it
makes goes again."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backdrop.api.schemas.photos import PhotoStatus
from backdrop.core.vocabulary import JobStatus
from backdrop_cli import main
from backdrop_cli.accept import command, uploads
from backdrop_cli.accept.checks import CHECKS, try_all
from backdrop_cli.accept.price import price_of
from backdrop_cli.account import StackAccess
from backdrop_cli.doctor.findings import State
from backdrop_client.errors import ServiceUnreachable, WrongPassword
from tests.unit.client.acceptance import Account, Plant, answered, refused_as
from tests.unit.client.test_doctor import DENIED, refusal, set_model

LARGE = json.dumps({"Body": "A" * 9_000})
NAMES = [one.name for one in CHECKS]


def state(name: str, value: Any) -> Plant:
    return lambda account: account.state_answers.update({name: value})


def answer(name: str, value: Any) -> Plant:
    return lambda account: account.answers.update({name: value})


def pages(name: str, value: Any) -> Plant:
    return lambda account: account.pages.update({name: value})


def own(name: str, value: Any) -> Plant:
    return lambda account: setattr(account, name, value)


def crashing(error: str) -> Any:
    body = json.dumps({"errorType": "Runtime.ImportModuleError", "errorMessage": error}).encode()
    return lambda **_: {"FunctionError": "Unhandled", "Payload": io.BytesIO(body)}


def unread_quota(account: Account) -> None:
    set_model(account_requests_per_minute=None)(account)
    account.pages["list_service_quotas"] = [{"QuotaName": "Image things per minute"}]


def no_quota(account: Account) -> None:
    set_model(account_requests_per_minute=None)(account)


def fewer(account: Account) -> None:
    account.report["Totals"] = {"Images": 3, "Succeeded": 3, "Failed": 0}


def other_photo_failed(account: Account) -> None:
    account.report["Images"][0], account.report["Images"][2] = (
        {**account.report["Images"][2], "ImageName": "photo.jpg"},
        {**account.report["Images"][0], "ImageName": "broken.jpg"},
    )


FAULTS: list[tuple[str, Plant, str]] = [
    ("quota names", unread_quota, "Image things per minute"),
    ("profiles", answer("get_inference_profile", {"status": "DELETING"}), "DELETING"),
    ("roles", state("allowed", {("ApiFunctionRole", "s3:DeleteObject", "image-files")}), "may s3:DeleteObject"),
    ("denied call", state("row", answered({})), "may delete rows"),
    ("denied call", state("row", refused_as("DynamoDb.AccessDenied")), "DynamoDb.AccessDenied"),
    ("line breaks", state("format", answered({"Message": "Job failed.\\n\\nError"})), "line breaks"),
    ("line breaks", state("format", refused_as("States.IntrinsicFailure")), "States.IntrinsicFailure"),
    ("literal JSON", state("merge", answered({"Failure": {}})), "States.JsonMerge makes"),
    ("refused call", state("refused", refused_as("Bedrock.BedrockRuntimeException")), "BedrockRuntimeException"),
    ("bad request", state("bad", answered({})), "was answered"),
    ("sign-in", own("sign_in", WrongPassword()), "can't sign in"),
    ("foreign page", own("cors", "*"), "lets pages"),
    ("HEIC", own("photo_status", PhotoStatus.REFUSED), "HEIC photo is refused"),
    ("cut-out", own("mask", ""), "no mask"),
    ("stream", answer("list_executions", {"executions": []}), "no run began"),
    ("job of three", fewer, "the report says"),
    ("job of three", other_photo_failed, "photo.jpg failed"),
    ("result", own("result", LARGE), "the picture goes into the state"),
    ("error's name", own("broken", "Error"), "is called Error"),
    ("signing", answer("invoke", crashing("No module named c2pa")), "No module named c2pa"),
    ("mail", own("mailed", False), "did not come"),
]  # fmt: skip
"""Faults that one check finds alone."""


def found(account: Account) -> dict[str, tuple[State, str, str]]:
    return {one.check: (one.state, one.words, one.next_step) for one in try_all(account.trial())}


@pytest.fixture
def account() -> Account:
    account = Account()
    set_model(inference_profile="us.x")(account)
    return account


def test_where_all_is_as_taken_for_true_every_check_holds(account: Account) -> None:
    states = found(account)
    assert {name: state for name, (state, _, _) in states.items()} == dict.fromkeys(["stack", *NAMES], State.HOLDS), (
        states
    )


@pytest.mark.parametrize(("check", "plant", "words"), FAULTS)
def test_each_fault_is_found_by_its_check_and_says_what_to_change(
    account: Account, check: str, plant: Plant, words: str
) -> None:
    plant(account)
    states = found(account)
    assert {name for name, (state, _, _) in states.items() if state is State.DOES_NOT_HOLD} == {check}, states
    assert words in states[check][1]
    assert states[check][2]


LATER = ("job of three", "model by profile", "result", "error's name", "signing", "mail")
"""Checks that look at the job once it has ended."""


@pytest.mark.parametrize(
    ("plant", "check", "words", "not_tried"),
    [
        (own("cors", None), "upload", "no leave", ()),
        (own("post", 403), "upload", "S3 answers 403", ("foreign page", "HEIC", "cut-out", "stream", *LATER)),
        (own("job_status", JobStatus.RUNNING), "job of three", "not ended in 600 s", LATER[1:]),
        (
            own("urls", None),
            "job of three",
            "it has no report",
            LATER[1:],
        ),
        (state("letter", refused_as("SQS.AccessDenied")), "dead letter", "SQS.AccessDenied", ()),
        (state("letter", answered({})), "dead letter", "is not in the dead-letter queue", ()),
    ],
)
def test_what_needs_something_that_did_not_come_about_is_not_tried_and_nothing_is_done_twice(
    account: Account, plant: Plant, check: str, words: str, not_tried: tuple[str, ...]
) -> None:
    plant(account)
    states = found(account)
    assert {name for name, (state, _, _) in states.items() if state is State.DOES_NOT_HOLD} == {check}, states
    assert words in states[check][1]
    assert {name for name, (state, _, _) in states.items() if state is State.NOT_TRIED} == set(not_tried)
    assert all("see above" in states[name][1] for name in not_tried)
    assert account.called.count("submit") <= 1


SILENCES: list[tuple[str, Plant]] = [
    ("quota names", no_quota),
    ("profiles", set_model(inference_profile=None)),
    ("roles", answer("simulate_principal_policy", DENIED)),
    ("denied call", answer("create_state_machine", DENIED)),
    ("line breaks", answer("create_state_machine", DENIED)),
    ("literal JSON", answer("create_state_machine", DENIED)),
    ("refused call", answer("put_object", DENIED)),
    ("bad request", answer("put_object", DENIED)),
    ("sign-in", own("sign_in", ServiceUnreachable("The API", "no way"))),
    ("upload", own("post", 0)),
    ("foreign page", own("post", 0)),
    ("HEIC", own("post", 0)),
    ("cut-out", own("post", 0)),
    ("stream", answer("create_queue", DENIED)),
    ("job of three", own("storage", 403)),
    ("model by profile", lambda account: [one.pop("Passes", 0) for one in account.report["Images"]]),
    ("result", pages("list_map_runs", [])),
    ("error's name", pages("list_map_runs", [])),
    ("signing", answer("invoke", DENIED)),
    ("mail", answer("create_queue", DENIED)),
    ("dead letter", answer("create_state_machine", DENIED)),
]


@pytest.mark.parametrize(("check", "plant"), SILENCES)
def test_what_can_not_be_tried_is_neither_and_says_why(account: Account, check: str, plant: Plant) -> None:
    plant(account)
    states = found(account)
    assert states[check][0] is State.NOT_TRIED
    assert states[check][1]


def test_every_check_has_been_seen_to_fail_and_not_to_be_tried() -> None:
    elsewhere = {"upload", "model by profile", "dead letter"}
    assert {check for check, _, _ in FAULTS} | elsewhere == {check for check, _ in SILENCES} == set(NAMES)


def test_an_answer_that_nobody_foresaw_breaks_one_check_alone(account: Account) -> None:
    account.answers["get_inference_profile"] = {}
    states = found(account)
    assert states["profiles"][:2] == (State.NOT_TRIED, "The check itself broke: KeyError: 'status'")
    assert states["mail"][0] is State.HOLDS


def test_of_a_stack_that_is_not_well_nothing_is_tried_or_made(account: Account) -> None:
    account.stack["StackStatus"] = "ROLLBACK_COMPLETE"
    assert [*found(account)] == ["stack"]
    assert account.called == ["describe_stacks"]


def test_a_stack_that_signs_nothing_has_loaded_the_library_all_the_same(account: Account) -> None:
    account.answers["invoke"] = crashing("The environment variable CONTENT_CREDENTIALS_SECRET_ARN is not set.")
    state_, words, _ = found(account)["signing"]
    assert state_ is State.HOLDS
    assert "signs nothing" in words


@pytest.fixture
def reached(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account as the command reaches it."""

    @contextmanager
    def access(*_: Any, **__: Any) -> Iterator[StackAccess]:
        yield account.trial().access

    monkeypatch.setattr(command, "stack_access", access)
    monkeypatch.setattr(command, "Trial", lambda _: account.trial())
    return account


MADE = {"create_queue", "subscribe", "put_object", "submit", "create_state_machine"}


def test_price_and_steps_are_said_before_it_asks_and_no_leaves_everything_as_it_was(
    reached: Account, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main.run(["accept", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert all(one.tries in told for one in CHECKS)
    price = price_of(reached.trial())
    assert f"About {price.usd:.2f} USD" in told
    assert price.usd < price.most < 2
    assert main.run(["accept", "--dry-run", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [one["check"] for one in plan["checks"]] == NAMES
    assert (plan["usd"], plan["mostUsd"]) == (round(price.usd, 2), round(price.most, 2))
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert main.run(["accept"]) == 130
    assert "Try all of it?" in capsys.readouterr().err
    assert not MADE & set(reached.called)


@pytest.mark.parametrize(
    ("plants", "status"),
    [([], 0), ([SILENCES[2][1]], 3), ([SILENCES[2][1], FAULTS[7][1]], 1)],
)
def test_the_exit_status_says_the_worst_and_the_table_ends_with_what_is_gone(
    reached: Account, capsys: pytest.CaptureFixture[str], plants: list[Plant], status: int
) -> None:
    for plant in plants:
        plant(reached)
    assert main.run(["accept", "--yes", "--json"]) == status
    told = json.loads(capsys.readouterr().out)["checks"]
    assert [one["check"] for one in told] == ["stack", *NAMES, "clean-up"]
    assert "Gone again: " in told[-1]["words"]
    gone = ["erase", "unsubscribe", "delete_queue", "delete_object", "delete_state_machine"]
    assert set(gone) <= set(reached.called)
    assert reached.called.count("delete_state_machine") == len(reached.machines)


def test_ctrl_c_in_the_middle_cancels_the_job_and_takes_away_what_was_made(
    reached: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    reached.job_status = JobStatus.RUNNING

    def stop(**_: Any) -> Any:
        raise KeyboardInterrupt

    reached.answers["list_executions"] = stop
    assert main.run(["accept", "--yes"]) == 130
    told = capsys.readouterr()
    assert told.out == ""
    assert "Gone again: its run, if it still runs, " in told.err
    order = [name for name in reached.called if name in ("cancel", "unsubscribe", "delete_queue", "erase")]
    assert order == ["cancel", "unsubscribe", "delete_queue", "erase"]


def test_what_can_not_be_taken_away_is_named_and_the_rest_goes(
    reached: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    reached.answers["delete_queue"] = DENIED
    assert main.run(["accept", "--yes", "--json"]) == 1
    cleaned = json.loads(capsys.readouterr().out)["checks"][-1]
    assert cleaned["state"] == "DOES_NOT_HOLD"
    assert "its queue" in cleaned["words"]
    assert "backdrop admin erase --person accept-" in cleaned["nextStep"]
    assert "erase" in reached.called


def test_a_user_is_made_without_a_mail_and_goes_again(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    class Auth:
        def __init__(self, *_: Any) -> None:
            pass

        def sign_in(self, *_: str) -> Any:
            raise WrongPassword

    monkeypatch.setattr(uploads, "CognitoAuth", Auth)
    seen: dict[str, Any] = {}
    account.answers["admin_create_user"] = lambda **arguments: seen.update(arguments)
    account.answers["admin_delete_user"] = refusal("UserNotFoundException")
    trial = account.trial()
    with pytest.raises(WrongPassword):
        uploads.sign_in(trial)
    assert (seen["Username"], seen["MessageAction"]) == (trial.address, "SUPPRESS")
    assert trial.made.undo() == ([], [])
    assert "admin_delete_user" in account.called
