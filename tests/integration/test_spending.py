"""What may be spent: the accounts over DynamoDB's own conditions, and limits of a deployed stack."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from backdrop.aws.spending_table import SpendingTable
from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, SpendingLimit
from backdrop.jobs.costs.spending import Limits
from backdrop.jobs.drafts import User
from backdrop.jobs.painting.candidates import Studio, Words, paint
from localcloud.cloud import LocalCloud
from tests.bench.quick_cloud import quick_cloud
from tests.integration.people import Person
from tests.integration.test_actions import _faults, draft_with, images
from tests.unit.api.twins import Objects, Painter

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def accounts(cloud: LocalCloud) -> SpendingTable:
    """Those of a table that nobody else uses, without limits."""
    client, name = cloud.client("dynamodb"), f"spending-{uuid.uuid4().hex}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Account", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Account", "KeyType": "HASH"}],
    )
    return SpendingTable(lambda: client, name)


def limited(accounts: SpendingTable, job: float = 0, day: float = 0, month: float = 0) -> SpendingTable:
    return replace(accounts, limits=Limits(job, day, month))


def spent(accounts: SpendingTable) -> dict[str, float]:
    """US dollars by account."""
    items = accounts.connect().scan(TableName=accounts.table)["Items"]
    return {item["Account"]["S"]: int(item["Charged" if "Charged" in item else "Spent"]["N"]) / 1e6 for item in items}


def test_an_expected_price_is_charged_to_day_and_month_and_put_right_at_the_end(accounts: SpendingTable) -> None:
    accounts = limited(accounts, day=10, month=100)
    accounts.charge("j", "ann", 1.4, None, NOW)
    assert spent(accounts) == {"job#j": 1.4, "day#2026-11-27#ann": 1.4, "month#2026-11": 1.4}
    accounts.settle("j", 1.33)
    accounts.settle("j", 1.33)
    assert spent(accounts) == {"job#j": 1.33, "day#2026-11-27#ann": 1.33, "month#2026-11": 1.33}


def test_a_painted_backdrop_is_charged_before_its_call_and_given_back_where_it_was_not_paid(
    accounts: SpendingTable,
) -> None:
    painter = Painter()
    studio = Studio(
        objects=Objects(),
        bucket="bucket",
        input_prefix="image-files",
        claims=painter,
        call=painter.call,
        screen=painter.screen,
        generator="local-renderer",
        region="us-east-1",
        spending=limited(accounts, day=0.1, month=10),
        now=lambda: NOW,
    )
    day, ann = f"day#2026-11-27#{keys.owner_hash('ann')}", User("ann", "ann@example.com")
    painter.failure = BackdropError(ErrorCode.MODEL_THROTTLED, "Too many requests.")
    with pytest.raises(BackdropError, match="Too many requests"):
        paint(studio, ann, Words("oak", seed=1))
    assert spent(accounts)[day] == 0
    painter.failure = None
    for seed in (1, 2, 1, 2):
        paint(studio, ann, Words("oak", seed=seed))
    assert (spent(accounts)[day], len(painter.calls)) == (0.08, 3)
    with pytest.raises(SpendingLimit, match=r"The picture costs about USD 0\.04; .* USD 0\.02 are left"):
        paint(studio, ann, Words("oak", seed=3))
    assert len(painter.calls) == 3, "no call is made beyond a limit"
    with pytest.raises(SpendingLimit, match="The picture costs about"):
        paint(replace(studio, spending=limited(accounts, job=0.01)), ann, Words("oak", seed=3))


def test_a_second_charge_of_a_job_is_the_difference(accounts: SpendingTable) -> None:
    accounts = limited(accounts, day=10)
    for usd in (1.4, 1.4, 2.0):
        accounts.charge("j", "ann", usd, None, NOW)
    assert spent(accounts)["day#2026-11-27#ann"] == 2.0


def test_a_limit_is_named_with_what_is_left_of_it_and_nothing_is_charged(accounts: SpendingTable) -> None:
    accounts = limited(accounts, day=3, month=5)
    accounts.charge("a", "ann", 2.5, None, NOW)
    with pytest.raises(SpendingLimit, match=r"for a user and day \(UTC\), USD 3\.00, USD 0\.50 are left"):
        accounts.charge("b", "ann", 0.6, None, NOW)
    accounts.charge("b", "bob", 2.4, None, NOW)
    with pytest.raises(SpendingLimit, match=r"for this stack and month \(UTC\), USD 5\.00, USD 0\.10 are left"):
        accounts.check("cat", 0.14, None, NOW)
    accounts.charge("c", "ann", 0.1, None, NOW)
    assert spent(accounts)["month#2026-11"] == 5.0
    later = NOW + timedelta(days=4)
    accounts.charge("d", "ann", 3.0, None, later)
    assert spent(accounts)["month#2026-12"] == 3.0


def test_a_job_has_the_lower_of_its_own_limit_and_the_stacks(accounts: SpendingTable) -> None:
    with pytest.raises(SpendingLimit, match=r"its own limit is USD 1\.00"):
        limited(accounts, job=5).charge("j", "ann", 1.4, 1.0, NOW)
    with pytest.raises(SpendingLimit, match=r"this stack's limit for a job is USD 1\.00"):
        limited(accounts, job=1).check("ann", 1.4, None, NOW)
    assert spent(accounts) == {}


def test_no_call_goes_beyond_what_a_job_may_spend(accounts: SpendingTable) -> None:
    accounts.charge("j", "ann", 0.14, 0.21, NOW)
    for _ in range(3):
        accounts.spend("j", 0.07)
    with pytest.raises(
        SpendingLimit, match=r"The call costs about USD 0\.07; of the limit for this job, USD 0\.21, USD 0\.00"
    ):
        accounts.spend("j", 0.07)
    accounts.give_back("j", 0.07)
    accounts.spend("j", 0.07)


def test_calls_beyond_the_expected_price_are_charged_as_they_are_made_until_the_limit(accounts: SpendingTable) -> None:
    accounts = limited(accounts, day=0.3)
    accounts.charge("j", "ann", 0.14, None, NOW)
    for _ in range(4):
        accounts.spend("j", 0.07)
    assert spent(accounts)["day#2026-11-27#ann"] == 0.28
    with pytest.raises(SpendingLimit, match=r"for a user and day \(UTC\), USD 0\.30, USD 0\.02 are left"):
        accounts.spend("j", 0.07)
    assert spent(accounts)["day#2026-11-27#ann"] == 0.28
    accounts.settle("j", 0.28)
    assert spent(accounts)["day#2026-11-27#ann"] == 0.28


def test_many_at_once_never_spend_more_than_is_allowed(accounts: SpendingTable) -> None:
    accounts = limited(accounts, month=1.0)

    def submit(number: int) -> int:
        try:
            accounts.charge(f"j{number}", "ann", 0.14, None, NOW)
        except SpendingLimit:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(submit, range(12)))
    assert taken == 7
    assert spent(accounts)["month#2026-11"] == 0.98


def test_a_job_that_began_before_there_were_limits_is_not_stopped(accounts: SpendingTable) -> None:
    limited(accounts, day=1).spend("unknown", 0.07)
    limited(accounts, day=1).settle("unknown", 5.0)
    assert spent(accounts) == {}


def test_a_job_never_spends_more_than_its_user_allows(cloud: LocalCloud, ann: Person) -> None:
    draft = draft_with(ann, "a.jpg")
    dear = ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach", "maxUsd": 0.1})
    assert (dear.status_code, dear.json()["error"]["code"]) == (409, "SPENDING_LIMIT"), dear.text
    assert "costs about USD 0.14; its own limit is USD 0.10" in dear.json()["error"]["message"]
    # A call that timed out may have been paid: what is left is not enough for another.
    _faults(cloud, {"model": "*inpaint*", "kind": "timeout", "count": 1})

    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach", "maxUsd": 0.15}).status_code == 202

    job = ann.finished(draft)
    (image,) = images(ann, draft)
    _faults(cloud)
    assert (image["status"], image["error"]["code"]) == ("Failed", "SPENDING_LIMIT"), job
    assert job["costUsd"] == pytest.approx(0.14)


def test_a_stack_refuses_what_is_left_of_no_users_day() -> None:
    with quick_cloud(MaxUsdPerUserAndDay="0.3", MaxUsdPerMonth=10) as quick:
        stack = quick.cloud
        with httpx.Client(base_url=stack.outputs.api_url) as client:
            ann = Person(client, stack.demo_token())
            first = draft_with(ann, "a.jpg")
            assert ann.call("POST", f"/drafts/{first}/submit", {"prompt": "a beach"}).status_code == 202
            assert ann.finished(first)["status"] == "Succeeded"

            second = draft_with(ann, "b.jpg", "c.jpg")
            told = ann.call("POST", f"/drafts/{second}/estimate", {"prompt": "a beach"}).json()
            answer = ann.call("POST", f"/drafts/{second}/submit", {"prompt": "a beach"})

            words = "The job costs about USD 0.28; of the limit for a user and day (UTC), USD 0.30, USD 0.16 are left."
            assert [(one["code"], one["message"]) for one in told["problems"]] == [("SPENDING_LIMIT", words)]
            assert (answer.status_code, answer.json()["error"]["message"]) == (409, words), answer.text
            # The cut-outs are not made: that much is left.
            body = {"prompt": "a beach", "options": {"maskSource": "BUILT_IN"}}
            assert ann.call("POST", f"/drafts/{second}/submit", body).status_code == 202
            done = ann.finished(second)
            assert (done["status"], done["costUsd"]) == ("Succeeded", pytest.approx(0.14))
