"""Sign-ins that several servers share: what the table holds is worth nothing without the browser's cookie."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from backdrop_client.auth import Tokens
from backdrop_client.errors import ServiceUnreachable
from backdrop_web.service.api import User
from backdrop_web.sign_in import cookie, session
from backdrop_web.sign_in.session_store import IDLE_SECONDS, LONGEST_SECONDS, TICKET_SECONDS, hash_name
from backdrop_web.sign_in.shared_store import CHECK_SECONDS, TOUCH_SECONDS, Row, SharedSignIns
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import FakeApi, FakeService, FakeSession, FakeUploader

AWAY = "Backdrop can't be reached right now."


def plain(app: AppTest) -> str:
    """What the page says, without Markdown's backslashes."""
    return words(app).replace("\\", "")


def tokens_of(user_id: str, mark: str = "first") -> Tokens:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": user_id}).encode()).decode()
    return Tokens(f"e30.{claims}.{mark}", f"access-{mark}", f"refresh-{mark}")


def person(email: str = "ana@example.com", user_id: str = "1111") -> User:
    return User(email, FakeSession(tokens=tokens_of(user_id)), FakeApi(), FakeUploader())


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Table:
    """The table of sign-ins, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.calls: list[str] = []
        self.away = False

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if self.away:
            raise ServiceUnreachable("The store of sign-ins", "no answer")

    def read(self, key: str) -> Row | None:
        self._note("read")
        return self.rows.get(key)

    def write(self, key: str, row: Row) -> None:
        self._note("write")
        self.rows[key] = row

    def change(self, key: str, *, sealed: bytes | None = None, expires_at: int | None = None) -> bool:
        self._note("change")
        if key not in self.rows:
            return False
        row = self.rows[key]
        self.rows[key] = replace(row, sealed=sealed or row.sealed, expires_at=expires_at or row.expires_at)
        return True

    def take(self, key: str) -> Row | None:
        self._note("take")
        return self.rows.pop(key, None)

    def remove_user(self, user_id: str) -> None:
        self._note("remove_user")
        self.rows = {key: row for key, row in self.rows.items() if row.user_id != user_id}


def revive(email: str, tokens: Tokens, age: float) -> User:
    assert age >= 0
    return User(email, FakeSession(tokens=tokens), FakeApi(), FakeUploader())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def here(table: Table, clock: Clock) -> SharedSignIns:
    return SharedSignIns(table, revive, clock)


@pytest.fixture
def there(table: Table, clock: Clock) -> SharedSignIns:
    """Another server, or the same one started again."""
    return SharedSignIns(table, revive, clock)


def test_another_server_finds_a_sign_in_and_its_end_holds_for_both(
    here: SharedSignIns, there: SharedSignIns, clock: Clock
) -> None:
    name = here.add(person())

    found = there.get(name)

    assert found is not None
    assert found.email == "ana@example.com"
    assert found.session.tokens == tokens_of("1111")
    assert there.get(name) is found, "one session with its renewals, not one a look"
    there.remove(name)
    clock.now += CHECK_SECONDS
    assert here.get(name) is None
    assert there.get(name) is None


def test_the_table_alone_tells_no_token_no_address_and_no_name_that_a_cookie_could_hold(
    here: SharedSignIns, table: Table
) -> None:
    name = here.add(person())
    ticket = here.issue_ticket(name)

    kept = repr(table.rows)

    for secret in (name, ticket, "refresh-first", "access-first", "ana@example.com"):
        assert secret not in kept
    # What lies in the table, held as a cookie, is nobody's.
    for key in table.rows:
        assert here.get(key) is None
        assert here.redeem_ticket(key) is None


@pytest.mark.parametrize("what", ["changed", "another's", "cut"])
def test_a_row_that_was_tampered_with_signs_nobody_in(
    here: SharedSignIns, there: SharedSignIns, table: Table, what: str
) -> None:
    name, other = here.add(person()), here.add(person("ben@example.com", "2222"))
    row = table.rows[hash_name(name)]
    sealed = {
        "changed": row.sealed[:-1] + bytes([row.sealed[-1] ^ 1]),
        "another's": table.rows[hash_name(other)].sealed,
        "cut": row.sealed[:5],
    }[what]
    table.rows[hash_name(name)] = replace(row, sealed=sealed)

    assert there.get(name) is None
    assert there.get(other) is not None


def test_renewed_tokens_are_kept_and_do_not_bring_an_ended_sign_in_back(
    here: SharedSignIns, there: SharedSignIns, table: Table, clock: Clock
) -> None:
    ana = person()
    name = here.add(ana)
    assert isinstance(ana.session, FakeSession)
    assert ana.session.tell is not None

    ana.session.tell(tokens_of("1111", "second"))
    found = there.get(name)
    assert found is not None
    assert found.session.tokens == tokens_of("1111", "second")

    there.remove(name)
    ana.session.tell(tokens_of("1111", "third"))
    assert table.rows == {}
    assert here.get(name) is None


def test_a_renewal_goes_on_while_the_table_is_away(here: SharedSignIns, table: Table) -> None:
    ana = person()
    here.add(ana)
    table.away = True
    assert isinstance(ana.session, FakeSession)
    assert ana.session.tell is not None
    ana.session.tell(tokens_of("1111", "second"))
    assert table.calls[-1] == "change"


def test_an_idle_sign_in_ends_and_one_in_use_goes_on_for_a_week(
    here: SharedSignIns, there: SharedSignIns, clock: Clock
) -> None:
    name, idle = here.add(person()), here.add(person())
    begin = clock.now
    while clock.now - begin + IDLE_SECONDS <= LONGEST_SECONDS:
        clock.now += IDLE_SECONDS - 1
        assert here.get(name)
    assert here.get(idle) is None
    clock.now = begin + LONGEST_SECONDS + 1
    assert here.get(name) is None
    assert there.get(name) is None


def test_an_end_that_somebody_moved_in_the_table_is_no_more_than_a_week(
    here: SharedSignIns, there: SharedSignIns, table: Table, clock: Clock
) -> None:
    name = here.add(person())
    key = hash_name(name)
    table.rows[key] = replace(table.rows[key], expires_at=int(clock.now + 100 * LONGEST_SECONDS))
    clock.now += LONGEST_SECONDS + 1
    assert there.get(name) is None


def test_the_table_is_asked_every_two_seconds_and_written_every_ten_minutes(
    here: SharedSignIns, table: Table, clock: Clock
) -> None:
    name = here.add(person())
    table.calls.clear()
    for _ in range(50):
        here.get(name)
    assert table.calls == []
    clock.now += CHECK_SECONDS
    here.get(name)
    assert table.calls == ["read"]
    clock.now += TOUCH_SECONDS
    here.get(name)
    assert table.calls == ["read", "read", "change"]


def test_a_user_is_forgotten_on_all_servers(here: SharedSignIns, there: SharedSignIns, clock: Clock) -> None:
    mine = [here.add(person()), there.add(person("Ana@example.com"))]
    other = here.add(person("ben@example.com", "2222"))

    there.remove_user(person())
    clock.now += CHECK_SECONDS

    assert [store.get(name) for name in mine for store in (here, there)] == [None] * 4
    assert there.get(other)


def test_a_ticket_is_good_once_at_any_server_and_for_a_minute(
    here: SharedSignIns, there: SharedSignIns, clock: Clock
) -> None:
    name = here.add(person())
    ticket, late = here.issue_ticket(name), here.issue_ticket(name)

    assert there.redeem_ticket(ticket) == name
    assert here.redeem_ticket(ticket) is None
    assert there.has_ticket(late)
    clock.now += TICKET_SECONDS
    assert not here.has_ticket(late)
    assert here.redeem_ticket(late) is None


@pytest.fixture
def shared(here: SharedSignIns, monkeypatch: pytest.MonkeyPatch) -> SharedSignIns:
    """The app keeps its sign-ins in the table."""
    for module in (cookie, session):
        monkeypatch.setattr(module, "SESSIONS", here)
    return here


def test_a_table_that_is_away_is_told_in_words_and_the_page_goes_on_when_it_is_back(
    fake: FakeService, shared: SharedSignIns, table: Table, clock: Clock
) -> None:
    fake.cookie = shared.add(person())
    clock.now += CHECK_SECONDS
    table.away = True
    app = AppTest.from_file(str(ENTRY), default_timeout=20).run()
    assert AWAY in plain(app)
    assert "New job" not in words(app)

    table.away = False
    app.button(key="page-again").click().run()
    assert "New job" in words(app)


def test_signing_in_while_the_table_is_away_is_told_and_can_be_tried_again(
    fake: FakeService, shared: SharedSignIns, table: Table, app: AppTest
) -> None:
    table.away = True
    sign_in(app)
    assert AWAY in plain(app)
    table.away = False
    sign_in(app)
    assert "New job" in words(app)


def test_signing_out_while_the_table_is_away_says_that_it_is_not_ended_there(
    fake: FakeService, shared: SharedSignIns, table: Table, app: AppTest
) -> None:
    sign_in(app)
    table.away = True
    app.button(key="sign-out").click().run()
    assert session.NOT_ENDED in plain(app)
    assert fake.session.signed_out


def test_a_cookie_of_a_sign_in_that_is_over_says_so_at_the_form(fake: FakeService, shared: SharedSignIns) -> None:
    fake.cookie = shared.add(person())
    shared.remove(fake.cookie)
    app = AppTest.from_file(str(ENTRY), default_timeout=20).run()
    assert session.HAS_ENDED in plain(app)
    sign_in(app)
    assert "New job" in words(app)


def test_the_cookies_address_says_when_the_table_is_away(shared: SharedSignIns, table: Table) -> None:
    ticket = shared.issue_ticket(shared.add(person()))
    browser = TestClient(Starlette(routes=cookie.ROUTES))
    table.away = True
    assert browser.post("/session", headers={cookie.HEADER: ticket}).status_code == 503
    # The browser's own goes all the same.
    browser.cookies.set("backdrop_session", "x")
    answer = browser.delete("/session", headers={cookie.HEADER: "forget-1"})
    assert answer.status_code == 204
    assert 'backdrop_session=""' in answer.headers["set-cookie"]
    table.away = False
    assert browser.post("/session", headers={cookie.HEADER: ticket}).status_code == 204
