"""Rules of the workflow that no linter knows (docs/contracts.md, Workflow)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from backdrop.aws.image_items import COUNTS_KEY
from backdrop.core import errors
from backdrop.jobs.scheduling.outage import DENIALS
from tests.static.conftest import ROOT

_TRANSIENT_LAMBDA = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state with its name, those inside the Map too."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def tasks(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in states(machine) if state["Type"] == "Task"}


def test_every_task_has_a_timeout_retries_and_a_catch_of_everything(machine: dict[str, Any]) -> None:
    assert len(tasks(machine)) == 24
    for name, task in tasks(machine).items():
        assert task["TimeoutSeconds"] > 0, name
        # A call of a model is made again when its next turn comes, never by Step Functions itself.
        assert ("Retry" in task) == (name != "InvokeModel"), name
        caught = [catcher["ErrorEquals"] for catcher in task["Catch"]]
        assert caught[-1] == ["States.ALL"], name
        assert ["States.DataLimitExceeded"] in caught, f"{name}: States.ALL does not catch it"


def test_the_map_catches_everything_and_is_never_repeated(machine: dict[str, Any]) -> None:
    map_ = machine["States"]["ReplaceBackgrounds"]
    assert [catcher["ErrorEquals"] for catcher in map_["Catch"]] == [["States.DataLimitExceeded"], ["States.ALL"]]
    assert "Retry" not in map_
    assert map_["ToleratedFailurePercentage"] == 100


def test_retries_are_for_transient_errors_only_bounded_and_jittered(machine: dict[str, Any]) -> None:
    for name, task in tasks(machine).items():
        for retry in task.get("Retry", ()):
            assert retry["MaxAttempts"] <= 8, name
            assert retry["MaxDelaySeconds"] <= 60, name
            assert retry["JitterStrategy"] == "FULL", name
            for error in set(retry["ErrorEquals"]) - errors.FUNCTION_DIED:
                # Ours that pass by themselves are named so: storage, Rekognition or the signing secret did not answer.
                ours = re.fullmatch(r"\w+Unavailable", error) and hasattr(errors, error)
                # An SDK integration calls it DynamoDb, the optimized one DynamoDB.
                assert ours or re.match(r"(Lambda|DynamoD[Bb]|SNS|SQS|EventBridge|Bedrock)\.", error), name
                assert not re.search(r"Validation|AccessDenied|Unknown|ConditionalCheck|NotFound", error), (name, error)
        if "FunctionArn" in task["Resource"]:
            assert set(task["Retry"][0]["ErrorEquals"]) == _TRANSIENT_LAMBDA, name
            assert set(task["Retry"][-1]["ErrorEquals"]) == errors.FUNCTION_DIED, name
            assert "StorageUnavailable" in {error for retry in task["Retry"] for error in retry["ErrorEquals"]}, name


def test_a_transient_error_of_the_model_takes_a_new_turn_and_a_lasting_one_ends_the_image(
    machine: dict[str, Any],
) -> None:
    invoke = tasks(machine)["InvokeModel"]
    assert invoke["Resource"] == "arn:aws:states:::bedrock:invokeModel"
    assert invoke["TimeoutSeconds"] >= 300
    assert invoke["ResultPath"] is None
    throttled, again, *rest = invoke["Catch"]
    assert (throttled["ErrorEquals"], throttled["Next"]) == (["Bedrock.ThrottlingException"], "NoteThrottle")
    assert again["Next"] == "ReserveTurnAfterError"
    assert {catcher["Next"] for catcher in rest} == {"FillInCause"}
    lasting = {name for name, code in errors._FOREIGN.items() if code.startswith("MODEL_REQUEST")}
    assert lasting
    assert not lasting & set(again["ErrorEquals"])
    denials = {name for name, code in errors._FOREIGN.items() if code in DENIALS}
    passing = {"Bedrock.ModelNotReadyException", "Bedrock.SdkClientException", "States.Timeout"}
    assert passing | denials <= set(again["ErrorEquals"])


def test_a_mail_that_may_have_been_sent_is_sent_again(machine: dict[str, Any]) -> None:
    for name in ("SendEmail", "SendFailureEmail"):
        (retry,) = tasks(machine)[name]["Retry"]
        assert "SNS.SdkClientException" in retry["ErrorEquals"], "no answer came"


def test_a_call_elsewhere_fails_and_goes_on_as_one_of_the_workflows_own(machine: dict[str, Any]) -> None:
    here, elsewhere = (tasks(machine)[name] for name in ("InvokeModel", "InvokeElsewhere"))
    assert [elsewhere[name] for name in ("Next", "ResultPath", "TimeoutSeconds")] == [
        here[name] for name in ("Next", "ResultPath", "TimeoutSeconds")
    ]
    for own, other in zip(here["Catch"], elsewhere["Catch"], strict=True):
        died = errors.FUNCTION_DIED if own["Next"] == "ReserveTurnAfterError" else set()
        assert set(other.pop("ErrorEquals")) == set(own.pop("ErrorEquals")) | died
        assert other == own
    assert elsewhere["Parameters"]["Retries.$"] == "$$.State.RetryCount", "a retry calls nobody"
    retried = {name for retry in elsewhere["Retry"] for name in retry["ErrorEquals"]}
    assert "AnswerNotStored" not in retried, "it is paid"


def test_a_task_outlasts_its_function(machine: dict[str, Any], template: dict[str, Any]) -> None:
    for name, task in tasks(machine).items():
        match = re.fullmatch(r"\$\{(\w+)Arn\}", task["Resource"])
        if match:
            assert task["TimeoutSeconds"] > template["Resources"][match[1]]["Properties"]["Timeout"], name


def test_no_account_region_or_model_stands_in_the_definition(machine_text: str, machine: dict[str, Any]) -> None:
    assert not re.search(r"\b(us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b", machine_text)
    assert not re.search(r"\d{12}", machine_text)
    assert not re.search(r"stability|amazon\.|titan|nova", machine_text, re.IGNORECASE)
    for name, task in tasks(machine).items():
        assert task["Resource"].startswith(("${", "arn:aws:states:::")), name


def test_substitutions_match_the_template_both_ways(machine_text: str, template: dict[str, Any]) -> None:
    given = template["Resources"]["ReplaceBackgroundsStateMachine"]["Properties"]["DefinitionSubstitutions"]
    assert set(re.findall(r"\$\{(\w+)\}", machine_text)) == set(given)


def test_the_map_label_is_the_one_the_role_names(machine: dict[str, Any], template: dict[str, Any]) -> None:
    policy = json.dumps(template["Resources"]["WorkflowSelfPolicy"])
    assert f"/{machine['States']['ReplaceBackgrounds']['Label']}:*" in policy


def test_the_language_is_the_one_the_local_cloud_speaks(machine: dict[str, Any]) -> None:
    assert "QueryLanguage" not in machine
    for name, state in states(machine):
        assert "Assign" not in state, name
        assert "Arguments" not in state, name


def test_a_failure_before_anything_was_staged_can_be_recorded(machine: dict[str, Any]) -> None:
    record = json.dumps(tasks(machine)["RecordFailed"]["Parameters"])
    paths = set(re.findall(r"(?<!\$)\$\.(\w+)", record))
    child = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    begins = [
        {name.removesuffix(".$") for name in child[one]["Parameters"]}
        for one in ("BeginFirstVariation", "BeginNextVariation")
    ]
    assert begins[0] == begins[1], "every variation begins with the same state"
    start = begins[0]
    assert paths <= start | {"Failure"}


def test_a_job_that_failed_before_it_was_one_can_be_recorded_and_mailed(machine: dict[str, Any]) -> None:
    """The input may be anything, so nothing but the error itself and the context may be read."""
    assert {catcher["ResultPath"] for catcher in machine["States"]["PrepareJob"]["Catch"]} == {"$"}
    assert set(machine["States"]["DescribeJobFailure"]["Parameters"]) == {"Failure.$", "Mail.$"}
    readers = {
        "DescribeJobFailure": set(),
        "MailItsMessage": {"$.Failure.Error", "$.Failure.Cause"},
        "RecordJobFailed": {"$.Failure.Error", "$.Failure.Cause"},
        "WordFailureEmail": {"$.Mail.Error", "$.Mail.Cause"},
        "SendFailureEmail": {"$.Email.Subject", "$.Email.Message", "$.Email.Attributes"},
        "KeepFailureEmail": {"$.Email.Subject", "$.Email.Message", "$.Email.Attributes"},
        "AnnounceFailure": {"$.Email.Event"},
        "KeepFailureEvent": {"$.Email.Event"},
    }
    for name, known in readers.items():
        paths = re.findall(r"(?<!\$)\$\.[\w.]+", json.dumps(machine["States"][name]["Parameters"]))
        assert set(paths) == known, name


def reachable(machine: dict[str, Any], start: str, ends: set[str]) -> set[str]:
    """States after `start`, not going past `ends`."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in ends:
            continue
        state = machine["States"][name]
        nexts = [state.get("Next"), state.get("Default")]
        nexts += [one["Next"] for key in ("Catch", "Choices") for one in state.get(key, [])]
        todo += [one for one in nexts if one]
    return seen


def test_every_way_through_the_workflow_passes_a_mail_but_that_of_a_trial_which_has_a_report(
    machine: dict[str, Any],
) -> None:
    without_mail = reachable(machine, machine["StartAt"], {"SendEmail", "SendFailureEmail", "IsTrial"})
    assert not [name for name in without_mail if machine["States"][name]["Type"] in ("Fail", "Succeed")]
    before = [name for name, state in machine["States"].items() if state.get("Next") == "IsTrial"]
    assert before == ["AnnounceEnd", "KeepEvent"]
    assert [n for n, state in machine["States"].items() if state.get("Next") == "AnnounceEnd"] == ["CompileReport"]
    trial = machine["States"]["IsTrial"]
    assert trial["Default"] == "SendEmail"
    (choice,) = trial["Choices"]
    assert {"Variable": "$.Job.Trial", "BooleanEquals": True} in choice["And"]
    assert choice["Next"] == "IsJobFailed", "a trial that failed fails its execution as any job does"


def test_every_way_through_the_workflow_tells_other_systems_once(machine: dict[str, Any]) -> None:
    tellers = {"AnnounceEnd", "AnnounceFailure"}
    untold = reachable(machine, machine["StartAt"], tellers)
    assert not [name for name in untold if machine["States"][name]["Type"] in ("Fail", "Succeed")]
    for teller in tellers:
        after = {catcher["Next"] for catcher in machine["States"][teller]["Catch"]} | {
            machine["States"][teller]["Next"]
        }
        assert not tellers & {name for start in after for name in reachable(machine, start, set())}


def test_only_a_job_that_did_not_fail_ends_well(machine: dict[str, Any]) -> None:
    assert [name for name, state in machine["States"].items() if state["Type"] == "Succeed"] == ["JobFinished"]
    assert machine["States"]["IsJobFailed"] == {
        "Type": "Choice",
        "Choices": [{"Variable": "$.Report.Status", "StringEquals": "Failed", "Next": "NoImageSucceeded"}],
        "Default": "JobFinished",
    }


def test_an_image_that_was_promised_credentials_is_never_recorded_without(machine: dict[str, Any]) -> None:
    child = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    assert child["IsImageFinished"]["Choices"][0]["Next"] == "NeedsSigning"
    (choice,) = child["NeedsSigning"]["Choices"]
    assert {"Variable": "$.Job.ContentCredentials", "BooleanEquals": True} in choice["And"]
    assert (choice["Next"], child["NeedsSigning"]["Default"]) == ("SignResult", "RecordSucceeded")
    assert child["SignResult"]["Next"] == "RecordSucceeded"
    assert {catcher["Next"] for catcher in child["SignResult"]["Catch"]} == {"FillInCause"}
    assert "ResultPath" not in child["SignResult"], "its answer is the state: sizes and hashes are the signed file's"


def test_the_failure_mails_subject_is_short_enough_for_any_execution_name(machine: dict[str, Any]) -> None:
    subject = machine["States"]["WordFailureEmail"]["Parameters"]["Subject.$"]
    match = re.fullmatch(r"States\.Format\('([^']*)', \$\$\.Execution\.Name\)", subject)
    assert match
    assert len(match[1].format("x" * 80)) < 100


def test_the_failure_mail_says_so_and_what_to_do(machine: dict[str, Any]) -> None:
    message = machine["States"]["WordFailureEmail"]["Parameters"]["Message.$"]
    for words in ("failed", "Error: {}", "Cause: {}", "What to do next", "/job?id={}"):
        assert words in message
    text, _, arguments = message.rpartition("', ")
    assert text.count("{}") == arguments.count("$.") == 6


@pytest.mark.parametrize("name", ["RecordSucceeded", "RecordFailed", "RecordJobFailed"])
def test_every_value_of_an_update_is_used_and_given(machine: dict[str, Any], name: str) -> None:
    parameters = tasks(machine)[name]["Parameters"]
    text = parameters["UpdateExpression"] + " " + parameters.get("ConditionExpression", "")
    assert set(re.findall(r":\w+", text)) == set(parameters["ExpressionAttributeValues"])
    assert set(re.findall(r"#\w+", text)) == set(parameters["ExpressionAttributeNames"])


def test_an_image_is_counted_with_its_own_mark_or_not_at_all(machine: dict[str, Any]) -> None:
    child = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    for kind, following in (("Succeeded", "IsLastVariation"), ("Failed", "NoteFailure")):
        recorded, counting = child[f"Record{kind}"], child[f"Count{kind}"]
        mark, count = (item["Update"] for item in counting["Parameters"]["TransactItems"])
        assert recorded["Next"] == f"Count{kind}", "no image is counted that was not recorded"
        assert mark["Key"] == recorded["Parameters"]["Key"]
        assert mark["ConditionExpression"] == "attribute_not_exists(Counted)"
        assert count["Key"]["ImageId"] == {"S": COUNTS_KEY}
        assert count["UpdateExpression"].startswith(f"ADD {kind} ")
        assert {way["Next"] for way in [counting, *counting["Catch"]]} == {following}, "uncounted, it goes on as well"


def test_the_definition_is_json(machine_text: str) -> None:
    """A definition in YAML is not read by the local cloud."""
    assert [path.name for path in (ROOT / "statemachine").iterdir()] == ["replace_backgrounds.asl.json"]
    assert json.loads(machine_text)["StartAt"] == "PrepareJob"


def test_a_cancelled_job_is_noticed_before_anything_is_paid_and_never_after(machine: dict[str, Any]) -> None:
    child = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    assert child["BeginFirstVariation"]["Next"] == child["BeginNextVariation"]["Next"] == "CheckCancelled"
    assert child["WaitForTurn"]["Next"] == "IsPaidFor"
    begun = {"Variable": "$.Begun", "BooleanEquals": True}
    now = {"Variable": "$.Turn.Now", "BooleanEquals": True}
    elsewhere = {"Variable": "$.Turn.Elsewhere", "IsPresent": True}
    assert child["IsPaidFor"]["Choices"] == [
        # Nobody calls a model: another image did.
        {"Variable": "$.Turn.Restage", "IsPresent": True, "Next": "StagePayload"},
        {"And": [begun, elsewhere], "Next": "InvokeElsewhere"},
        {"And": [begun, now], "Next": "InvokeModel"},
        {**begun, "Next": "ReserveTurn"},
    ]
    assert child["IsPaidFor"]["Default"] == "CheckCancelled"
    assert {catcher["Next"] for catcher in child["CheckCancelled"]["Catch"]} == {"IsCancelled"}, (
        "no answer: the image goes on"
    )
    ways_to_pay = [
        name
        for name, state in child.items()
        if "Invoke" in json.dumps(state.get("Choices", []))
        or str(state.get("Next")).startswith("Invoke")
        or str(state.get("Default")).startswith("Invoke")
    ]
    assert sorted(ways_to_pay) == ["IsCancelled", "IsPaidFor"]
    ways = [choice for choice in child["IsCancelled"]["Choices"] if choice["Next"].startswith("Invoke")]
    assert [choice["And"][1] for choice in ways] == [elsewhere, now], "and no call before its turn"
    cancelled = [choice["Next"] for choice in child["IsCancelled"]["Choices"] if "CancelledAt" in json.dumps(choice)]
    assert cancelled == ["ReturnTurn", "FailAsCancelled"]
    assert child["IsCancelled"]["Choices"][1]["Next"] == "FailAsCancelled", "before any way on"
    assert child["FailAsCancelled"]["Result"]["Reason"]["Cause"].startswith(f"{errors.ErrorCode.JOB_CANCELLED}: ")
    assert child["FailAsCancelled"]["Next"] == "RecordFailed"
