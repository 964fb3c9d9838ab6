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
    give_up: Callable[[Records, dict[str, Any], str], None]
    """Told the records, the last answer, and the condition that AWS names in the on-failure destination."""
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    @property
    def bounded(self) -> bool:
        """Whether the mapping names a number of retries or an age; -1 and absent mean "until the record expires"."""
        return any(self._limit(name) is not None for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"))

    def deliver(self, records: Records, first_answer: dict[str, Any] | None = None) -> bool:
        """Deliver until all records are processed or given up. `first_answer` is of an attempt already made.

        Splitting a batch does not use up retries; each part starts anew.

        Returns:
            False when the mapping was disabled before that: the records come again when it is enabled.
        """
        answer, retries = first_answer, 0
        while True:
            answer = answer if answer is not None else self.invoke(records)
            records, failed = self._remaining(records, answer)
            if not failed:
                return True
            if self.mapping.get("BisectBatchOnFunctionError") and len(records) > 1:
                middle = len(records) // 2
                return self.deliver(records[:middle]) and self.deliver(records[middle:])
            exhausted = self._exhausted(records, retries)
            if exhausted is not None:
                self.give_up(records, answer, exhausted)
                return True
            if self.mapping.get("State") in ("Disabled", "Deleting"):
                return False
            self.sleep(min(FIRST_WAIT_SECONDS * 2 ** min(retries, 10), LONGEST_WAIT_SECONDS))
            retries += 1
            answer = None

    def _exhausted(self, records: Records, retries: int) -> str | None:
        """Why the records are not brought again; None while they are."""
        attempts, age = self._limit("MaximumRetryAttempts"), self._limit("MaximumRecordAgeInSeconds")
        if attempts is not None and retries >= attempts:
            return "RetryAttemptsExhausted"
        made = min(record["dynamodb"].get("ApproximateCreationDateTime", self.now()) for record in records)
        return "MaxRecordAgeExceeded" if age is not None and self.now() - made > age else None

    def _limit(self, name: str) -> int | None:
        value = self.mapping.get(name)
        return None if value in (None, -1) else int(value)

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
