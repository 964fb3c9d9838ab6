"""Who is signed in, kept on the server so that a page reload stays signed in.

The browser holds one random name of the sign-in in a cookie that no script can read (`cookie.py`). In this store the
tokens never leave the process's memory. They are gone when it ends, and then people sign in again; where several
servers share sign-ins, `shared_store.py` keeps them. Which of the two it is: `stores.py`.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from backdrop_web.service.api import User

IDLE_SECONDS = 24 * 3600.0
"""A sign-in that nobody used for a day is forgotten."""

LONGEST_SECONDS = 7 * 24 * 3600.0
"""As long as the user pool's refresh tokens last (template.yaml, `RefreshTokenValidity`)."""

TICKET_SECONDS = 60.0
"""How long the page has to fetch its cookie."""

MAX_SESSIONS = 10_000
"""Beyond this the one that was idle longest goes."""


class SignIns(Protocol):
    """What keeps sign-ins. Everything may raise `ServiceUnreachable` where they lie elsewhere. Safe between threads."""

    def add(self, user: User) -> str:
        """Remember a fresh sign-in and return its secret name."""

    def get(self, name: str) -> User | None:
        """Return whose sign-in this is, None when there is none or it is over."""

    def remove(self, name: str) -> None:
        """Forget a sign-in: its name is worth nothing from now on."""

    def remove_user(self, user: User) -> None:
        """Forget all sign-ins of a user."""

    def issue_ticket(self, name: str) -> str:
        """Return a word that the page of this sign-in may change for its cookie, once."""

    def has_ticket(self, ticket: str) -> bool:
        """Whether a ticket is still to be redeemed."""

    def redeem_ticket(self, ticket: str) -> str | None:
        """Return the sign-in's secret name for its ticket, which is used up; None when the ticket is not good."""


@dataclass
class _Session:
    user: User
    began: float
    used: float


class SessionStore:
    """Sign-ins by secret name, and tickets: names for one use, good for a minute. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._tickets: dict[str, tuple[str, float]] = {}

    def add(self, user: User) -> str:
        """Remember a fresh sign-in and return its secret name."""
        name, now = make_secret(), self._clock()
        with self._lock:
            self._drop_old(now)
            self._sessions[hash_name(name)] = _Session(user, now, now)
        return name

    def get(self, name: str) -> User | None:
        """Return whose sign-in this is, None when there is none or it is over."""
        now = self._clock()
        with self._lock:
            found = self._sessions.get(hash_name(name))
            if found is None or _is_over(found, now):
                return None
            found.used = now
            return found.user

    def remove(self, name: str) -> None:
        """Forget a sign-in: its name is worth nothing from now on."""
        with self._lock:
            self._sessions.pop(hash_name(name), None)

    def remove_user(self, user: User) -> None:
        """Forget all sign-ins of a user."""
        with self._lock:
            self._sessions = {key: kept for key, kept in self._sessions.items() if kept.user.email != user.email}

    def issue_ticket(self, name: str) -> str:
        """Return a word that the page of this sign-in may change for its cookie, once."""
        ticket, now = make_secret(), self._clock()
        with self._lock:
            self._tickets = {key: kept for key, kept in self._tickets.items() if kept[1] > now}
            self._tickets[ticket] = (name, now + TICKET_SECONDS)
        return ticket

    def has_ticket(self, ticket: str) -> bool:
        """Whether a ticket is still to be redeemed."""
        kept = self._tickets.get(ticket)
        return kept is not None and kept[1] > self._clock()

    def redeem_ticket(self, ticket: str) -> str | None:
        """Return the sign-in's secret name for its ticket, which is used up; None when the ticket is not good."""
        with self._lock:
            name, ends = self._tickets.pop(ticket, ("", 0.0))
        return name if ends > self._clock() else None

    def _drop_old(self, now: float) -> None:
        self._sessions = {key: kept for key, kept in self._sessions.items() if not _is_over(kept, now)}
        while len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[min(self._sessions, key=lambda key: self._sessions[key].used)]


def _is_over(session: _Session, now: float) -> bool:
    return now - session.used > IDLE_SECONDS or now - session.began > LONGEST_SECONDS


def make_secret() -> str:
    """Return a fresh name or ticket: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_name(name: str) -> str:
    """Return what a name is looked up by: a digest, so that no lookup can be timed to guess one."""
    return hashlib.sha256(name.encode()).hexdigest()
