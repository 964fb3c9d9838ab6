"""Permissions to download: what a link carries instead of a token of the user.

A ticket is good for one job's images of one user and for as long as the addresses of single images are. It may be used
again within that time, because browsers ask again for a download that was cut off; it ends with the user's session.
"""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from backdrop_web.download.collect import Which
from backdrop_web.service.api import User

GOOD_SECONDS = 900.0
RENEW_SECONDS = 600.0
"""A page that is shown longer than this takes a new ticket."""


@dataclass(frozen=True)
class Ticket:
    """What may be downloaded, and in whose name."""

    who: weakref.ref[User]
    job_id: str
    which: Which
    file_name: str
    issued: float


class Tickets:
    """The tickets of one server; threads may share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tickets: dict[str, Ticket] = {}
        self.served = False
        """Whether this server has the route that takes tickets."""

    def issue(self, who: User, job_id: str, which: Which, file_name: str, before: str | None = None) -> str:
        """Return a ticket's secret. `before`, one issued for the same, is given again while it is fresh."""
        now = self._clock()
        with self._lock:
            self._tickets = {key: ticket for key, ticket in self._tickets.items() if self._is_good(ticket, now)}
            known = self._tickets.get(before or "")
            if known and (known.job_id, known.which) == (job_id, which) and now - known.issued < RENEW_SECONDS:
                return before or ""
            secret = secrets.token_urlsafe(32)
            self._tickets[secret] = Ticket(weakref.ref(who), job_id, which, file_name, now)
            return secret

    def find(self, secret: str) -> tuple[Ticket, User] | None:
        """Return the ticket and its user, or None when it ran out or its user's session ended."""
        with self._lock:
            ticket = self._tickets.get(secret)
            who = ticket.who() if ticket and self._is_good(ticket, self._clock()) else None
            return (ticket, who) if ticket and who else None

    @staticmethod
    def _is_good(ticket: Ticket, now: float) -> bool:
        return now - ticket.issued < GOOD_SECONDS and ticket.who() is not None


TICKETS = Tickets()
"""Of this process: pages and the route meet here."""
