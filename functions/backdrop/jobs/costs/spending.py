"""What may be spent: by a job, by a user in a day, by the stack in a month.

A job's expected price is charged to the user's day and the stack's month when it is submitted, and put right by its
real price when it ends. In between every call of a model is taken off what the job may spend, and what a job spends
beyond the charge is charged as it is spent. So no call is made beyond a limit. Days and months are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from backdrop.core.errors import ErrorCode, SpendingLimit
from backdrop.core.words.marks import mark_phrase, phrase

MICROS = 1_000_000
"""Money is counted in whole millionths of a US dollar: sums of floats drift."""


class Limits(NamedTuple):
    """US dollars that may be spent, as the stack's parameters say; 0: there is no such limit."""

    job: float = 0.0
    user_and_day: float = 0.0
    month: float = 0.0

    @property
    def any(self) -> bool:
        """Whether there is a limit at all."""
        return any(self)


class Accounts(NamedTuple):
    """Names of what a job is charged to."""

    day: str
    month: str

    @classmethod
    def of(cls, owner: str, now: datetime) -> Accounts:
        """Return those of an owner (`keys.owner_hash`) at a moment."""
        utc = now.astimezone(UTC)
        return cls(f"day#{utc:%Y-%m-%d}#{owner}", f"month#{utc:%Y-%m}")


class Spending(Protocol):
    """The accounts. `aws.spending_table.SpendingTable` documents each method."""

    def check(self, owner: str, usd: float, max_usd: float | None, now: datetime) -> None: ...
    def charge(
        self,
        job_id: str,
        owner: str,
        usd: float,
        max_usd: float | None,
        now: datetime,
        of: str = mark_phrase("The job"),
    ) -> None: ...
    def settle(self, job_id: str, usd: float) -> None: ...


class NoLimits:
    """Accounts of a stack without limits: a job's own limit is checked, and nothing is kept."""

    def check(self, owner: str, usd: float, max_usd: float | None, now: datetime) -> None:  # noqa: ARG002
        """Check a price against the job's own limit.

        Raises:
            SpendingLimit: it is higher.
        """
        check_job(usd, Limits(), max_usd)

    def charge(
        self,
        job_id: str,  # noqa: ARG002
        owner: str,  # noqa: ARG002
        usd: float,
        max_usd: float | None,
        now: datetime,  # noqa: ARG002
        of: str = mark_phrase("The job"),
    ) -> None:
        """Do the same."""
        check_job(usd, Limits(), max_usd, of)

    def settle(self, job_id: str, usd: float) -> None:
        """Keep nothing, as there is no limit to keep it for."""


def micros(usd: float) -> int:
    """Return US dollars in millionths."""
    return round(usd * MICROS)


def most_of_job(limits: Limits, max_usd: float | None) -> float | None:
    """US dollars that a job may spend at most; None: no limit.

    Args:
        limits: the stack's.
        max_usd: what the job was submitted with.
    """
    given = [most for most in (limits.job or None, max_usd) if most is not None]
    return min(given, default=None)


def check_job(usd: float, limits: Limits, max_usd: float | None, of: str = mark_phrase("The job")) -> None:
    """Check a job's price, or that of what `of` names, against what a job may cost.

    Raises:
        SpendingLimit: `SPENDING_LIMIT`, naming the limit.
    """
    for most, pattern in (
        (max_usd, mark_phrase("{of} costs about {usd}; its own limit is {most}.")),
        (limits.job or None, mark_phrase("{of} costs about {usd}; this stack's limit for a job is {most}.")),
    ):
        if most is not None and micros(usd) > micros(most):
            raise SpendingLimit(ErrorCode.SPENDING_LIMIT, pattern.format(of=of, usd=_usd(usd), most=_usd(most)))


def refusal(usd: float, of: str, limit: float, spent: float, called: str) -> SpendingLimit:
    """The error of what would go beyond a limit.

    Args:
        usd: that would be spent.
        of: for what: completes "... costs about".
        limit: US dollars.
        spent: of them, until now.
        called: completes "the limit ...".
    """
    left = max(0.0, limit - spent)
    return SpendingLimit(
        ErrorCode.SPENDING_LIMIT,
        phrase(
            "{of} costs about {usd}; of the limit {called}, {limit}, {left} are left.",
            of=of,
            usd=_usd(usd),
            called=called,
            limit=_usd(limit),
            left=_usd(left),
        ),
    )


FOR_A_DAY = mark_phrase("for a user and day (UTC)")
FOR_A_MONTH = mark_phrase("for this stack and month (UTC)")


def _usd(amount: float) -> str:
    return f"USD {amount:,.2f}" if micros(amount) % 10_000 == 0 else f"USD {amount:,.3f}"
