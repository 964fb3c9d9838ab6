"""Who is signed in, on the server's side: names, tickets, the cookie's address, the headers."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from backdrop_web.service.api import User
from backdrop_web.sign_in import cookie, session_store
from backdrop_web.sign_in.session_store import IDLE_SECONDS, LONGEST_SECONDS, TICKET_SECONDS, SessionStore
from backdrop_web.streamlit_shell.headers import HEADERS, SecurityHeaders
from tests.unit.web.fakes import FakeApi, FakeSession, FakeUploader


def person(email: str = "ana@example.com") -> User:
    return User(email, FakeSession(), FakeApi(), FakeUploader())


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sign_ins(clock: Clock) -> SessionStore:
    return SessionStore(clock)


def test_a_sign_in_is_found_by_its_name_only(sign_ins: SessionStore) -> None:
    ana, ben = person(), person("ben@example.com")
    names = sign_ins.add(ana), sign_ins.add(ben)

    assert sign_ins.get(names[0]) is ana
    assert sign_ins.get(names[1]) is ben
    assert len(set(names)) == 2
    assert all(len(name) >= 43 for name in names), "256 bits"
    assert sign_ins.get("") is None
    assert sign_ins.get(names[0][:-1]) is None


def test_an_idle_sign_in_ends_and_one_in_use_goes_on_for_a_week(sign_ins: SessionStore, clock: Clock) -> None:
    name, idle = sign_ins.add(person()), sign_ins.add(person())
    begin = clock.now
    while clock.now - begin + IDLE_SECONDS <= LONGEST_SECONDS:
        clock.now += IDLE_SECONDS - 1
        assert sign_ins.get(name)
    assert sign_ins.get(idle) is None
    clock.now = begin + LONGEST_SECONDS + 1
    assert sign_ins.get(name) is None


def test_a_ticket_is_good_once_and_for_a_minute(sign_ins: SessionStore, clock: Clock) -> None:
    name = sign_ins.add(person())
    ticket, late = sign_ins.issue_ticket(name), sign_ins.issue_ticket(name)

    assert sign_ins.redeem_ticket(ticket) == name
    assert sign_ins.redeem_ticket(ticket) is None
    assert sign_ins.has_ticket(late)
    clock.now += TICKET_SECONDS
    assert not sign_ins.has_ticket(late)
    assert sign_ins.redeem_ticket(late) is None
    assert sign_ins.redeem_ticket("made up") is None


def test_a_user_is_forgotten_on_all_devices(sign_ins: SessionStore) -> None:
    mine = [sign_ins.add(person()) for _ in range(2)]
    other = sign_ins.add(person("ben@example.com"))

    sign_ins.remove_user(person())

    assert [sign_ins.get(name) for name in mine] == [None, None]
    assert sign_ins.get(other)


def test_the_number_of_sign_ins_is_bounded(
    sign_ins: SessionStore, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(session_store, "MAX_SESSIONS", 3)
    names = []
    for _ in range(4):
        clock.now += 1
        names.append(sign_ins.add(person()))
    assert sign_ins.get(names[0]) is None
    assert all(sign_ins.get(name) for name in names[1:])


@pytest.fixture
def browser(sign_ins: SessionStore, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(cookie, "SESSIONS", sign_ins)
    return TestClient(Starlette(routes=cookie.ROUTES, middleware=[Middleware(SecurityHeaders)]))


def test_a_ticket_becomes_a_cookie_that_no_script_and_no_other_site_can_use(
    browser: TestClient, sign_ins: SessionStore
) -> None:
    name = sign_ins.add(person())

    answer = browser.post("/session", headers={cookie.HEADER: sign_ins.issue_ticket(name)})

    assert answer.status_code == 204
    set_cookie = answer.headers["set-cookie"].lower()
    assert name.lower() in set_cookie
    for attribute in ("httponly", "samesite=strict", "path=/"):
        assert attribute in set_cookie
    assert "max-age" not in set_cookie, "it goes with the browser"
    assert "domain" not in set_cookie
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("forwarded", ["https", "https,http", "HTTPS, http"])
def test_on_https_the_cookie_is_secure_and_bound_to_the_host(
    browser: TestClient, sign_ins: SessionStore, forwarded: str
) -> None:
    headers = {cookie.HEADER: sign_ins.issue_ticket(sign_ins.add(person())), "X-Forwarded-Proto": forwarded}

    answer = browser.post("/session", headers=headers)

    assert answer.headers["set-cookie"].startswith("__Host-")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("forwarded", ["http", "http,https", "", "httpsx"])
def test_without_https_the_cookie_is_plain_and_browsers_are_told_nothing_of_https(
    browser: TestClient, sign_ins: SessionStore, forwarded: str
) -> None:
    headers = {cookie.HEADER: sign_ins.issue_ticket(sign_ins.add(person())), "X-Forwarded-Proto": forwarded}

    answer = browser.post("/session", headers=headers)

    assert answer.headers["set-cookie"].startswith("backdrop_session")
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {cookie.HEADER: "made up"},
        {cookie.HEADER: "good", "Sec-Fetch-Site": "cross-site"},
        {cookie.HEADER: "good", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_no_cookie_without_a_ticket_or_from_another_site(
    browser: TestClient, sign_ins: SessionStore, headers: dict[str, str]
) -> None:
    ticket = sign_ins.issue_ticket(sign_ins.add(person()))
    sent = {name: ticket if value == "good" else value for name, value in headers.items()}

    answer = browser.post("/session", headers=sent)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert sign_ins.has_ticket(ticket)


def test_clearing_the_cookie_ends_the_sign_in(browser: TestClient, sign_ins: SessionStore) -> None:
    name = sign_ins.add(person())
    browser.post("/session", headers={cookie.HEADER: sign_ins.issue_ticket(name)})

    assert browser.delete("/session").status_code == 403
    assert sign_ins.get(name)
    answer = browser.delete("/session", headers={cookie.HEADER: "forget-1"})

    assert answer.status_code == 204
    assert sign_ins.get(name) is None
    assert not browser.cookies


def test_every_answer_carries_the_headers(browser: TestClient) -> None:
    for answer in (browser.post("/session"), browser.get("/nothing")):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
