"""DynamoDB stream -> Lambda: bounded retries, bisecting, partial batches and the on-failure destination.

MiniStack stores these settings and ignores them: one bad record is retried for ever and blocks its shard.
Source of the rules: Lambda developer guide, services-dynamodb-errors.html (aws-reference.md F).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.emulator import upstream

Records = list[dict[str, Any]]
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 2.0


@dataclass(frozen=True)
class BatchDelivery:
    """Delivers one batch of stream records under the rules of one event source mapping.

    `invoke` calls the function with records and returns Lambda's answer; `give_up` sends records to the
    on-failure destination. The poller waits meanwhile, as a shard does on AWS.
    """

    mapping: dict[str, Any]
    invoke: Callable[[Records], dict[str, Any]]
    give_up: Callable[[Records, dict[str, Any]], None]
    sleep: Callable[[float], None] = time.sleep

    @property
    def bounded(self) -> bool:
        """Whether the mapping names a number of retries; -1 and absent mean "until the record expires"."""
        return self.mapping.get("MaximumRetryAttempts", -1) not in (None, -1)

    def deliver(self, records: Records, first_answer: dict[str, Any] | None = None) -> None:
        """Deliver until all records are processed or given up. `first_answer` is of an attempt already made.

        Splitting a batch does not use up retries; each part starts anew.
        """
        answer, retries = first_answer, 0
        while True:
            answer = answer if answer is not None else self.invoke(records)
            records, failed = self._remaining(records, answer)
            if not failed:
                return
            if self.mapping.get("BisectBatchOnFunctionError") and len(records) > 1:
                middle = len(records) // 2
                self.deliver(records[:middle])
                self.deliver(records[middle:])
                return
            if retries >= int(self.mapping["MaximumRetryAttempts"]):
                self.give_up(records, answer)
                return
            self.sleep(min(FIRST_WAIT_SECONDS * 2**retries, LONGEST_WAIT_SECONDS))
            retries += 1
            answer = None

    def _remaining(self, records: Records, answer: dict[str, Any]) -> tuple[Records, bool]:
        """The records still to do after `answer`, and whether there are any."""
        if answer.get("error"):
            return records, True
        if "ReportBatchItemFailures" not in (self.mapping.get("FunctionResponseTypes") or []):
            return [], False
        body = answer.get("body")
        failures = (body.get("batchItemFailures") or []) if isinstance(body, dict) else []
        if not failures:
            return [], False
        named = {failure.get("itemIdentifier") for failure in failures}
        positions = [i for i, record in enumerate(records) if sequence_number(record) in named]
        # An identifier that is not in the batch makes Lambda treat the whole batch as failed.
        return records[min(positions) if positions else 0 :], True


def sequence_number(record: dict[str, Any]) -> str:
    """A stream record's sequence number, which is also its item identifier in `batchItemFailures`."""
    return str(record.get("dynamodb", {}).get("SequenceNumber", ""))


def install() -> None:
    """Hook into the poller's call of the function: there MiniStack knows the batch and the outcome."""
    service = upstream.lambda_service
    upstream.expect_attributes(
        service,
        "_execute_function",
        "_poll_dynamodb_streams",
        "_iter_all_esms",
        "_send_ddb_stream_failure_record",
    )
    stock_execute, stock_poll = service._execute_function, service._poll_dynamodb_streams
    polling = threading.local()

    def poll() -> Any:
        polling.active = True
        try:
            return stock_poll()
        finally:
            polling.active = False

    def execute(func: dict[str, Any], event: Any, *rest: Any, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = stock_execute(func, event, *rest, **more)
        mapping = _mapping_of(func, event) if getattr(polling, "active", False) else None
        if mapping is None:
            return answer
        delivery = BatchDelivery(
            mapping,
            invoke=lambda records: stock_execute(func, {"Records": records}),
            give_up=lambda records, failed: service._send_ddb_stream_failure_record(
                mapping, func, records, mapping["EventSourceArn"], failed, "RetryAttemptsExhausted"
            ),
        )
        if not delivery.bounded:
            return answer
        delivery.deliver(event["Records"], answer)
        return {"body": None, "log": answer.get("log", "")}  # dealt with: the poller moves on

    service._poll_dynamodb_streams = poll
    service._execute_function = execute


def _mapping_of(func: dict[str, Any], event: Any) -> dict[str, Any] | None:
    records = event.get("Records", []) if isinstance(event, dict) else []
    if not records or records[0].get("eventSource") != "aws:dynamodb":
        return None
    name = (func.get("config") or func)["FunctionName"]
    for _account, _region, mapping in upstream.lambda_service._iter_all_esms():
        if mapping.get("EventSourceArn") == records[0].get("eventSourceARN") and mapping["FunctionName"] == name:
            found: dict[str, Any] = mapping
            return found
    return None
