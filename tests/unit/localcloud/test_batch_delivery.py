"""Event source mapping: bounded retries, bisecting, partial batches."""

from typing import Any

import pytest

from localcloud.emulator.batch_delivery import BatchDelivery

MADE = 1_800_000_000.0
_SHORT = {"RetryAttemptsExhausted": "", "MaxRecordAgeExceeded": " is too old"}


class Function:
    """Fails whenever its batch holds a poisoned record, by raising or by naming the record."""

    def __init__(self, *, reports: bool) -> None:
        self.reports = reports
        self.batches: list[str] = []

    def __call__(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        names = "".join(record["dynamodb"]["SequenceNumber"] for record in records)
        self.batches.append(names)
        if "P" not in names:
            return {"body": None}
        if self.reports:
            return {"body": {"batchItemFailures": [{"itemIdentifier": "P"}]}}
        return {"error": True, "body": {"errorType": "Boom"}}


def deliver(function: Function, names: str, **mapping: Any) -> list[str]:
    given_up: list[str] = []
    passed: list[float] = []
    delivery = BatchDelivery(
        {"MaximumRetryAttempts": 2, **mapping},
        invoke=function,
        give_up=lambda records, _answer, condition: given_up.append(
            "".join(record["dynamodb"]["SequenceNumber"] for record in records) + _SHORT[condition]
        ),
        sleep=passed.append,
        now=lambda: MADE + sum(passed),
    )
    delivery.deliver([{"dynamodb": {"SequenceNumber": name, "ApproximateCreationDateTime": MADE}} for name in names])
    return given_up


def test_a_good_batch_is_delivered_once() -> None:
    function = Function(reports=False)
    assert deliver(function, "abc") == []
    assert function.batches == ["abc"]


def test_a_bad_batch_is_retried_as_often_as_allowed_and_given_up_whole() -> None:
    function = Function(reports=False)
    assert deliver(function, "aPb") == ["aPb"]
    assert function.batches == ["aPb"] * 3


def test_a_bad_record_is_brought_again_until_it_is_too_old() -> None:
    function = Function(reports=True)
    mapping = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRecordAgeInSeconds": 60}
    assert deliver(function, "aPb", MaximumRetryAttempts=None, **mapping) == ["Pb is too old"]
    assert len(function.batches) > 30, "every two seconds"


def test_nothing_is_given_up_by_a_mapping_that_is_disabled() -> None:
    mapping: dict[str, Any] = {"MaximumRecordAgeInSeconds": 60, "State": "Enabled"}
    delivery = BatchDelivery(
        mapping,
        invoke=Function(reports=False),
        give_up=lambda *_: pytest.fail("given up"),
        sleep=lambda _: mapping.update(State="Disabled"),
    )
    assert not delivery.deliver([{"dynamodb": {"SequenceNumber": "P"}}])


def test_bisecting_gives_up_the_bad_record_only() -> None:
    function = Function(reports=False)
    assert deliver(function, "aPbc", BisectBatchOnFunctionError=True) == ["P"]
    assert function.batches == ["aPbc", "aP", "a", "P", "P", "P", "bc"]


def test_a_reported_failure_starts_again_at_that_record() -> None:
    function = Function(reports=True)
    mapping = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "BisectBatchOnFunctionError": True}
    assert deliver(function, "abPc", **mapping) == ["P"]
    assert function.batches == ["abPc", "P", "P", "P", "c"]


def test_reported_failures_are_ignored_unless_the_mapping_asks_for_them() -> None:
    function = Function(reports=True)
    assert deliver(function, "aP") == []
    assert function.batches == ["aP"]


@pytest.mark.parametrize("attempts", [None, -1])
def test_without_a_number_or_an_age_the_poller_keeps_its_own_way(attempts: int | None) -> None:
    delivery = BatchDelivery({"MaximumRetryAttempts": attempts}, lambda _: {}, lambda *_: None)
    assert not delivery.bounded
