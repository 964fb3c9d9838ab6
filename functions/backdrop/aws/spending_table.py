"""The Spending table: what jobs, users in a day and the stack in a month have spent (`jobs/costs/spending.py`).

A job's item has `Spent` (its calls), `Room` (what it may still spend), `Charged` (what is charged to `Day` and
`Month`), all in millionths of a US dollar; those of a day and a month have `Spent`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from backdrop.aws.backoff import tries
from backdrop.aws.table import Item, Table
from backdrop.core.errors import ErrorCode, SpendingLimit, StorageUnavailable
from backdrop.core.words.marks import mark_phrase
from backdrop.jobs.costs.spending import (
    FOR_A_DAY,
    FOR_A_MONTH,
    MICROS,
    Accounts,
    Limits,
    check_job,
    micros,
    most_of_job,
    refusal,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_UNLIMITED = 10**15
"""A billion dollars: `Room` of a job that may spend what it likes."""

_KEPT_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True)
class SpendingTable:
    """Charges and settles. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
        limits: the stack's.
    """

    connect: Callable[[], DynamoDBClient]
    table: str
    limits: Limits = field(default_factory=Limits)

    def check(self, owner: str, usd: float, max_usd: float | None, now: datetime) -> None:
        """Check whether a job of that price could be charged now. Nothing is.

        Raises:
            SpendingLimit: naming the limit, and what is left of it.
        """
        check_job(usd, self.limits, max_usd)
        self._check_accounts(Accounts.of(owner, now), micros(usd), mark_phrase("The job"))

    def charge(
        self,
        job_id: str,
        owner: str,
        usd: float,
        max_usd: float | None,
        now: datetime,
        of: str = mark_phrase("The job"),
    ) -> None:
        """Charge a job's expected price; a second time the difference to the first.

        Args:
            job_id: the job's.
            owner: as `keys.owner_hash` gives it.
            usd: its expected price.
            max_usd: what it may cost at most, by its own limit.
            now: the moment, which decides day and month.
            of: what is charged, at the beginning of a sentence.

        Raises:
            SpendingLimit: naming the limit, and what is left of it. Nothing was charged.
        """
        check_job(usd, self.limits, max_usd, of)
        if not self.limits.any and max_usd is None:
            return
        most = most_of_job(self.limits, max_usd)
        room, accounts = _UNLIMITED if most is None else micros(most), Accounts.of(owner, now)
        for _ in tries():
            row = self._rows.get(_key(_job(job_id)))
            before = _number(row, "Charged")
            difference = micros(usd) - before
            self._check_accounts(accounts, difference, of)
            values = _numbers(charged=micros(usd), room=room, zero=0, expires=_expiry(now), before=before)
            change: dict[str, Any] = {
                "Key": _key(_job(job_id)),
                "UpdateExpression": "SET Charged = :charged, Room = :room, Spent = if_not_exists(Spent, :zero), "
                "#Day = :day, #Month = :month, ExpiresAt = :expires",
                "ConditionExpression": "Charged = :before" if row else "attribute_not_exists(Charged)",
                "ExpressionAttributeNames": {"#Day": "Day", "#Month": "Month"},
                "ExpressionAttributeValues": {
                    **({name: value for name, value in values.items() if row or name != ":before"}),
                    ":day": {"S": accounts.day},
                    ":month": {"S": accounts.month},
                },
            }
            if self._together(change, accounts, difference, _expiry(now)):
                return
        raise _busy(job_id)

    def spend(self, job_id: str, usd: float) -> None:
        """Take a call's price off what the job may spend, before it is made.

        Raises:
            SpendingLimit: it would go beyond a limit; nothing was taken.
        """
        price = micros(usd)
        row = self._rows.update(
            _key(_job(job_id)),
            "SET Spent = Spent + :price, Room = Room - :price",
            "Room >= :price",
            _numbers(price=price),
            returning="ALL_NEW",
        )
        if row is None:
            self._refuse_call(job_id, usd)
            return
        over = min(price, _number(row, "Spent") - _number(row, "Charged"))
        if over > 0 and (error := self._charge_more(job_id, row, over)):
            self.give_back(job_id, usd)
            raise error

    def give_back(self, job_id: str, usd: float) -> None:
        """Undo `spend`, of a call that was not paid for. What it charged stays until the job is settled."""
        self._rows.update(
            _key(_job(job_id)),
            "SET Spent = Spent - :price, Room = Room + :price",
            "attribute_exists(Spent)",
            _numbers(price=micros(usd)),
        )

    def settle(self, job_id: str, usd: float) -> None:
        """Charge what a job has really cost instead of what was expected. Twice is once."""
        for _ in tries():
            row = self._rows.get(_key(_job(job_id)))
            if row is None:
                return
            before = _number(row, "Charged")
            if before == micros(usd):
                return
            change = {
                "Key": _key(_job(job_id)),
                "UpdateExpression": "SET Charged = :charged",
                "ConditionExpression": "Charged = :before",
                "ExpressionAttributeValues": _numbers(charged=micros(usd), before=before),
            }
            accounts = Accounts(row["Day"]["S"], row["Month"]["S"])
            if self._together(change, accounts, micros(usd) - before, None, limited=False):
                return
        raise _busy(job_id)

    def claim_measuring(self, run: str, now: datetime) -> bool:
        """Whether nobody has measured this run of the workflow yet: a report that is written anew counts nothing twice.

        Args:
            run: the execution's ARN.
            now: the moment.
        """
        row = self._rows.update(
            _key(f"measured#{run}"),
            "SET ExpiresAt = :expires",
            "attribute_not_exists(Account)",
            _numbers(expires=_expiry(now)),
            returning="ALL_NEW",
        )
        return row is not None

    def _refuse_call(self, job_id: str, usd: float) -> None:
        row = self._rows.get(_key(_job(job_id)))
        # A job that began before there were limits is not stopped in the middle.
        if row is not None:
            spent = _number(row, "Spent") / MICROS
            raise refusal(usd, "The call", spent + _number(row, "Room") / MICROS, spent, "for this job")

    def _charge_more(self, job_id: str, row: Item, over: int) -> SpendingLimit | None:
        """Charge what a call costs beyond the charge; the error where a limit stands against it."""
        accounts = Accounts(row["Day"]["S"], row["Month"]["S"])
        for _ in tries():
            try:
                self._check_accounts(accounts, over, "The call")
            except SpendingLimit as error:
                return error
            change = {
                "Key": _key(_job(job_id)),
                "UpdateExpression": "ADD Charged :over",
                "ConditionExpression": "attribute_exists(Account)",
                "ExpressionAttributeValues": _numbers(over=over),
            }
            if self._together(change, accounts, over, None):
                return None
        raise _busy(job_id)

    def _check_accounts(self, accounts: Accounts, amount: int, of: str) -> None:
        for account, limit, called in self._limited(accounts):
            spent = _number(self._rows.get(_key(account)), "Spent") if limit else 0
            if limit and amount > 0 and spent + amount > micros(limit):
                raise refusal(amount / MICROS, of, limit, spent / MICROS, called)

    def _limited(self, accounts: Accounts) -> tuple[tuple[str, float, str], tuple[str, float, str]]:
        return (
            (accounts.day, self.limits.user_and_day, FOR_A_DAY),
            (accounts.month, self.limits.month, FOR_A_MONTH),
        )

    def _together(
        self, job: dict[str, Any], accounts: Accounts, amount: int, expires: int | None, *, limited: bool = True
    ) -> bool:
        """Change the job's item, and its day's and its month's by `amount`, if all conditions hold. False: none was."""
        changes: list[dict[str, Any]] = [{"Update": job}]
        for account, limit, _ in self._limited(accounts):
            values = _numbers(amount=amount, **({"expires": expires} if expires else {}))
            update: dict[str, Any] = {
                "Key": _key(account),
                "UpdateExpression": "ADD Spent :amount" + (" SET ExpiresAt = :expires" if expires else ""),
                "ExpressionAttributeValues": values,
            }
            if limited and limit and amount > 0:
                update["ConditionExpression"] = "attribute_not_exists(Spent) OR Spent <= :most"
                values[":most"] = {"N": str(micros(limit) - amount)}
            changes.append({"Update": update})
        return self._rows.change_together(changes)

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)


def _busy(job_id: str) -> StorageUnavailable:
    return StorageUnavailable(
        ErrorCode.STORAGE_ERROR, f"What the job {job_id} may spend was changed by others again and again."
    )


def _job(job_id: str) -> str:
    return f"job#{job_id}"


def _key(account: str) -> Item:
    return {"Account": {"S": account}}


def _number(row: Item | None, name: str) -> int:
    return int(row[name]["N"]) if row and name in row else 0


def _numbers(**values: int) -> Item:
    return {f":{name}": {"N": str(value)} for name, value in values.items()}


def _expiry(now: datetime) -> int:
    return int(now.timestamp()) + _KEPT_SECONDS
