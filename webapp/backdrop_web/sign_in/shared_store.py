"""Sign-ins that several servers share and that survive a restart: kept sealed in a table (`sealing.py`).

A row lies under the digest of the secret name that the browser's cookie holds. Whoever reads the table learns how many
are signed in and until when; neither tokens nor names that a cookie could hold. Each server keeps the people it serves
at hand and asks the table again every `CHECK_SECONDS`, so that a sign-out on one ends on all of them.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from backdrop_client.auth import Tokens
from backdrop_client.errors import BackdropClientError
from backdrop_web.service.api import User
from backdrop_web.sign_in.sealing import NotSealedHere, seal, unseal
from backdrop_web.sign_in.session_store import (
    IDLE_SECONDS,
    LONGEST_SECONDS,
    MAX_SESSIONS,
    TICKET_SECONDS,
    hash_name,
    make_secret,
)

CHECK_SECONDS: Final = 2.0
"""For so long a server takes a sign-in for good without asking the table."""

TOUCH_SECONDS: Final = 600.0
"""The end of a sign-in in use is moved on when it would move by this much: a write in ten minutes, not one a press."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """What the table keeps of a sign-in or a ticket. `expires_at`: seconds since 1970; `user_id`: of sign-ins alone."""

    sealed: bytes
    expires_at: int
    user_id: str | None = None


class Rows(Protocol):
    """The table. Everything may raise `ServiceUnreachable`."""

    def read(self, key: str) -> Row | None:
        """Return a row as it is now."""

    def write(self, key: str, row: Row) -> None:
        """Write a new row."""

    def change(self, key: str, *, sealed: bytes | None = None, expires_at: int | None = None) -> bool:
        """Change a row that is there. Return whether it is: one that was removed does not come back."""

    def take(self, key: str) -> Row | None:
        """Remove a row and return it: of several who ask for it, one gets it."""

    def remove_user(self, user_id: str) -> None:
        """Remove all sign-ins of a user."""


class Revive(Protocol):
    """Makes a user of what was kept; `age`: seconds since the tokens were issued."""

    def __call__(self, email: str, tokens: Tokens, age: float) -> User: ...


@dataclass
class _Held:
    user: User
    began: float
    expires_at: float
    checked: float


class SharedSignIns:
    """Sign-ins in a table. `clock` is the time of day: servers must agree about it."""

    def __init__(self, rows: Rows, revive: Revive, clock: Callable[[], float] = time.time) -> None:
        self._rows = rows
        self._revive = revive
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    def add(self, user: User) -> str:
        """Keep a fresh sign-in and return its secret name."""
        name, now = make_secret(), self._clock()
        key, tokens = hash_name(name), user.session.tokens
        sealed = _seal_sign_in(name, user.email, tokens, began=now, issued=now)
        self._rows.write(key, Row(sealed, int(now + IDLE_SECONDS), tokens.user_id))
        self._hold(name, key, _Held(user, now, now + IDLE_SECONDS, now))
        return name

    def get(self, name: str) -> User | None:
        """Return whose sign-in this is, None when there is none, it is over, or was tampered with."""
        key, now = hash_name(name), self._clock()
        held = self._held.get(key)
        if held is not None and now < min(held.checked + CHECK_SECONDS, held.expires_at):
            return held.user
        row = self._rows.read(key)
        # DynamoDB takes expired rows away within days, not at once.
        if row is None or row.expires_at <= now:
            self._forget(key)
            return None
        if held is None:
            held = self._open(name, key, row)
        if held is None or not self._touch(key, row, held.began, now):
            self._forget(key)
            return None
        held.checked = now
        held.expires_at = _end(held.began, now)
        return held.user

    def remove(self, name: str) -> None:
        """Forget a sign-in, on all servers."""
        key = hash_name(name)
        self._forget(key)
        self._rows.take(key)

    def remove_user(self, user: User) -> None:
        """Forget all sign-ins of a user, on all servers."""
        user_id = user.session.tokens.user_id
        with self._lock:
            self._held = {key: held for key, held in self._held.items() if held.user.session.tokens.user_id != user_id}
        if user_id:
            self._rows.remove_user(user_id)

    def issue_ticket(self, name: str) -> str:
        """Return a word that the page of this sign-in may change for its cookie, once; at any of the servers."""
        ticket = make_secret()
        place = _place_of(ticket)
        sealed = seal(name.encode(), ticket, place)
        self._rows.write(place, Row(sealed, int(self._clock() + TICKET_SECONDS)))
        return ticket

    def has_ticket(self, ticket: str) -> bool:
        """Whether a ticket is still to be redeemed."""
        row = self._rows.read(_place_of(ticket))
        return row is not None and row.expires_at > self._clock()

    def redeem_ticket(self, ticket: str) -> str | None:
        """Return the sign-in's secret name for its ticket, which is used up; None when the ticket is not good."""
        place = _place_of(ticket)
        row = self._rows.take(place)
        if row is None or row.expires_at <= self._clock():
            return None
        try:
            return unseal(row.sealed, ticket, place).decode()
        except NotSealedHere:
            logger.warning("a ticket in the table of sign-ins was tampered with")
            return None

    def _open(self, name: str, key: str, row: Row) -> _Held | None:
        """Take up a sign-in that another server made, or this one before it was started again."""
        try:
            kept: dict[str, Any] = json.loads(unseal(row.sealed, name, key))
        except NotSealedHere:
            logger.warning("a sign-in in the table of sign-ins was tampered with: its owner must sign in again")
            return None
        now = self._clock()
        tokens = Tokens(kept["idToken"], kept["accessToken"], kept["refreshToken"])
        user = self._revive(kept["email"], tokens, max(0.0, now - kept["issued"]))
        return self._hold(name, key, _Held(user, kept["began"], row.expires_at, now))

    def _touch(self, key: str, row: Row, began: float, now: float) -> bool:
        """Move the end of a sign-in in use on, where that is due. Return whether it goes on."""
        end = _end(began, now)
        if end <= now:
            return False
        return end - row.expires_at < TOUCH_SECONDS or self._rows.change(key, expires_at=int(end))

    def _hold(self, name: str, key: str, fresh: _Held) -> _Held:
        with self._lock:
            held = self._held.setdefault(key, fresh)
            while len(self._held) > MAX_SESSIONS:
                del self._held[min(self._held, key=lambda one: self._held[one].checked)]
        if held is fresh:
            began, email = fresh.began, fresh.user.email
            fresh.user.session.on_renewed(lambda tokens: self._keep_renewed(name, key, email, began, tokens))
        return held

    def _keep_renewed(self, name: str, key: str, email: str, began: float, tokens: Tokens) -> None:
        sealed = _seal_sign_in(name, email, tokens, began=began, issued=self._clock())
        try:
            there = self._rows.change(key, sealed=sealed)
        except BackdropClientError as error:
            # The kept refresh token is good still: who takes the sign-in up renews once more.
            logger.warning("renewed tokens could not be kept: %s: %s", error.code, error.message)
        else:
            if not there:
                self._forget(key)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._held.pop(key, None)


def _end(began: float, now: float) -> float:
    return min(now + IDLE_SECONDS, began + LONGEST_SECONDS)


def _place_of(ticket: str) -> str:
    return f"ticket-{hash_name(ticket)}"


def _seal_sign_in(name: str, email: str, tokens: Tokens, *, began: float, issued: float) -> bytes:
    kept = {
        "email": email,
        "idToken": tokens.id_token,
        "accessToken": tokens.access_token,
        "refreshToken": tokens.refresh_token,
        "began": began,
        "issued": issued,
    }
    return seal(json.dumps(kept).encode(), name, hash_name(name))
