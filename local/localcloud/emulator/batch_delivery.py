"""Delivering a batch of stream records under the rules of an event source mapping.

Source of the rules: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
