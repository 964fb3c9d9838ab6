"""Sign-ins in the stack's table: what several servers of the web app share, and what a restart finds again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from backdrop_client.errors import ServiceUnreachable
from backdrop_web.service.connection import Service
from backdrop_web.service.settings import WebSettings
from backdrop_web.sign_in.session_store import SessionStore, SignIns, hash_name
from backdrop_web.sign_in.shared_store import CHECK_SECONDS, SharedSignIns
from backdrop_web.sign_in.sign_ins_table import SignInsTable
from backdrop_web.sign_in.stores import choose_store
from localcloud.cloud import LocalCloud
from localcloud.webserver import SIGN_INS_TABLE, share_sign_ins, web_environment

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> WebSettings:
    """Those of a web app that keeps sign-ins in the stack's table."""
    shared = share_sign_ins(cloud)
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    return WebSettings.from_env({**web_environment(cloud.outputs), **shared})


@pytest.fixture
def start(settings: WebSettings) -> Callable[[], SignIns]:
    """Make one more server's store."""
    return lambda: SharedSignIns(
        SignInsTable(settings.sign_ins_table or "", settings.region), Service(settings).take_up
    )


def test_another_server_goes_on_as_the_person_and_a_sign_out_ends_it_on_both(
    cloud: LocalCloud, settings: WebSettings, start: Callable[[], SignIns]
) -> None:
    here, there = start(), start()
    who = Service(settings).sign_in(cloud.outputs.demo_user, cloud.outputs.demo_password)
    name = here.add(who)

    found = there.get(name)
    assert found is not None
    assert found.api.models().models, "the API takes its tokens"
    # Renewed at one, found renewed by the next.
    before = found.session.tokens.id_token
    found.session.renew(before)  # type: ignore[attr-defined]
    renewed = start().get(name)
    assert renewed is not None
    assert renewed.session.tokens == found.session.tokens
    assert renewed.session.tokens.id_token != before

    there.remove(name)
    time.sleep(CHECK_SECONDS)
    assert here.get(name) is None
    assert start().get(name) is None


def test_tickets_are_good_once_whichever_server_is_asked(
    cloud: LocalCloud, settings: WebSettings, start: Callable[[], SignIns]
) -> None:
    here, there = start(), start()
    name = here.add(Service(settings).sign_in(cloud.outputs.demo_user, cloud.outputs.demo_password))
    ticket = here.issue_ticket(name)
    assert there.has_ticket(ticket)
    assert there.redeem_ticket(ticket) == name
    assert here.redeem_ticket(ticket) is None


def test_signing_out_on_all_devices_ends_all_of_a_users_sign_ins(
    cloud: LocalCloud, settings: WebSettings, start: Callable[[], SignIns]
) -> None:
    here, there = start(), start()
    users = [Service(settings).sign_in(cloud.outputs.demo_user, cloud.outputs.demo_password) for _ in range(2)]
    names = [here.add(users[0]), there.add(users[1])]
    here.remove_user(users[0])
    assert [start().get(name) for name in names] == [None, None]


def test_the_table_holds_no_token_and_no_address_and_an_end(
    cloud: LocalCloud, settings: WebSettings, start: Callable[[], SignIns]
) -> None:
    who = Service(settings).sign_in(cloud.outputs.demo_user, cloud.outputs.demo_password)
    name = start().add(who)
    items = cloud.client("dynamodb").scan(TableName=settings.sign_ins_table, ConsistentRead=True)["Items"]
    (item,) = [one for one in items if one["SignIn"]["S"] == hash_name(name)]
    assert set(item) == {"SignIn", "Sealed", "ExpiresAt", "UserId"}
    kept = repr(items)
    for secret in (name, who.session.tokens.refresh_token, who.session.tokens.id_token, who.email):
        assert secret not in kept
    assert int(item["ExpiresAt"]["N"]) > time.time()


def test_a_table_that_is_not_there_is_told_as_out_of_reach(settings: WebSettings) -> None:
    with pytest.raises(ServiceUnreachable, match="ResourceNotFoundException"):
        SignInsTable("no-such-table", settings.region).read("x")


def test_an_address_where_nobody_answers_is_told_as_out_of_reach(
    settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    with pytest.raises(ServiceUnreachable, match="EndpointConnectionError"):
        SignInsTable(os.environ[SIGN_INS_TABLE], settings.region).read("x")


def test_the_setting_chooses_the_store(settings: WebSettings, cloud: LocalCloud) -> None:
    assert isinstance(choose_store(settings), SharedSignIns)
    assert isinstance(choose_store(WebSettings.from_env(web_environment(cloud.outputs))), SessionStore)
