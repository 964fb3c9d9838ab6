"""Ways in and out, each as a person meets it: a real browser, the real web app, the template on a local cloud."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from localcloud.cloud import LocalCloud
from localcloud.settings import free_port
from localcloud.users import ensure_user, new_password
from tests.browser import wait_until
from tests.e2e.conftest import ROOT, snap
from tests.web_server import start_web, stop_web

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(180)]

OLD, NEW = "Old-password-1234!", "New-password-1234!"
PHONE = ViewportSize(width=390, height=844)
PHOTOS = ROOT / "samples" / "photos"
MUG, CAR = PHOTOS / "mug_wooden_desk.jpg", PHOTOS / "toy_car_rug.jpg"
FORM = "E-mail address"


@pytest.fixture
def pool(cloud: LocalCloud) -> Any:
    return cloud.client("cognito-idp")


@pytest.fixture
def user(cloud: LocalCloud, pool: Any) -> str:
    """A user of the test's own."""
    name = f"user-{secrets.token_hex(4)}@example.com"
    ensure_user(pool, cloud.outputs.user_pool_id, name, OLD)
    return name


@pytest.fixture
def short_tokens(cloud: LocalCloud, pool: Any) -> Iterator[int]:
    """Tokens that last this many seconds, so that a test sees them end."""
    ids = {"UserPoolId": cloud.outputs.user_pool_id, "ClientId": cloud.outputs.user_pool_client_id}
    client = pool.describe_user_pool_client(**ids)["UserPoolClient"]
    kept = {
        name: client[name]
        for name in ("ExplicitAuthFlows", "IdTokenValidity", "AccessTokenValidity", "RefreshTokenValidity")
    }
    units = client["TokenValidityUnits"]
    seconds = 4
    pool.update_user_pool_client(
        **ids,
        **{**kept, "IdTokenValidity": seconds},
        TokenValidityUnits={**units, "IdToken": "seconds"},
    )
    yield seconds
    pool.update_user_pool_client(**ids, **kept, TokenValidityUnits=units)


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label(FORM).fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def signed_in(page: Page) -> None:
    """Wait for the first page behind the form, all of it."""
    expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=30_000)
    idle(page)


def idle(page: Page) -> None:
    """Wait until no run of the page is under way."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)


def at_the_form(page: Page) -> None:
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="New job")).to_have_count(0)


def newest_mail(cloud: LocalCloud, to: str) -> str:
    """Text of the newest mail to an address."""
    found = []
    for file in sorted(Path(cloud.outputs.mailbox).glob("*.eml")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        if mail["To"] == to:
            found.append(str(mail.get_content()))
    assert found, f"no mail to {to}"
    return found[-1]


def cookies(context: BrowserContext) -> dict[str, Any]:
    return {cookie.get("name", ""): cookie for cookie in context.cookies()}


def test_first_sign_in_with_a_temporary_password(web_url: str, cloud: LocalCloud, pool: Any, page: Page) -> None:
    name, temporary = f"new-{secrets.token_hex(4)}@example.com", new_password()
    pool.admin_create_user(
        UserPoolId=cloud.outputs.user_pool_id,
        Username=name,
        TemporaryPassword=temporary,
        UserAttributes=[{"Name": "email", "Value": name}, {"Name": "email_verified", "Value": "true"}],
        DesiredDeliveryMediums=["EMAIL"],
    )
    assert temporary in newest_mail(cloud, name)

    page.goto(web_url)
    sign_in(page, name, temporary)
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    expect(page.get_by_text("At least 12 characters")).to_be_visible()
    snap(page, "sign-in-first-password.png")

    page.get_by_label("New password", exact=True).fill("lowercase1")
    page.get_by_label("New password again").fill("lowercase1")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_text("It still needs 2 more characters, a capital letter and a symbol")).to_be_visible()

    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password again").fill(NEW)
    # With the keyboard, as people do.
    page.get_by_label("New password again").press("Enter")
    signed_in(page)
    expect(page.get_by_test_id("stSidebar").get_by_text(name)).to_be_visible()

    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    sign_in(page, name, NEW)
    signed_in(page)


@pytest.mark.slow
def test_a_wrong_password_and_an_unknown_user_are_told_alike_and_too_many_tries_wait(
    web_url: str, page: Page, user: str
) -> None:
    page.goto(web_url)
    said = []
    for email in ("nobody@example.com", user):
        sign_in(page, email, "wrong")
        alert = page.get_by_test_id("stAlert")
        expect(alert).to_contain_text("not right")
        idle(page)
        said.append(alert.inner_text())
    assert said[0] == said[1]
    too_often = page.get_by_text("That was tried too often.")
    for _ in range(12):
        sign_in(page, user, "wrong")
        page.wait_for_timeout(150)
        idle(page)
        if too_often.is_visible():
            break
    expect(too_often).to_be_visible()
    snap(page, "sign-in-too-often.png")
    # The account is locked for a few seconds, with the right password too.
    page.wait_for_timeout(9_000)
    sign_in(page, user, OLD)
    signed_in(page)


def test_a_reload_stays_signed_in_and_signing_out_ends_it_in_all_tabs(
    web_url: str, page: Page, context: BrowserContext, user: str
) -> None:
    page.goto(web_url)
    sign_in(page, user, OLD)
    signed_in(page)
    wait_until(page, "() => true")
    _wait_for_cookie(context)

    # No script sees the cookie, and no token is anywhere in the browser.
    cookie = cookies(context)["backdrop_session"]
    assert cookie.get("httpOnly") is True
    assert cookie.get("sameSite") == "Strict"
    assert cookie.get("expires") == -1, "it goes with the browser"
    assert "backdrop_session" not in str(page.evaluate("document.cookie"))
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert not re.search(r"eyJ[\w-]+\.", kept), "a token is kept in the browser"

    page.reload()
    signed_in(page)
    expect(page.get_by_test_id("stSidebar").get_by_text(user)).to_be_visible()
    other = context.new_page()
    other.goto(f"{web_url}/jobs")
    expect(other.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()

    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    snap(page, "sign-in-signed-out.png")
    _wait_for_no_cookie(context)
    other.get_by_role("link", name="New job").click()
    at_the_form(other)
    page.reload()
    at_the_form(page)
    # The name that was stolen before is worth nothing now.
    context.add_cookies([cookie])
    page.reload()
    at_the_form(page)


@pytest.mark.slow
def test_a_forgotten_password_is_replaced_with_the_code_from_the_mail(
    web_url: str, cloud: LocalCloud, page: Page, user: str
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(web_url)
    page.get_by_role("button", name="Forgot your password?").click()
    expect(page.get_by_role("button", name="Send the code")).to_be_visible()
    idle(page)
    page.get_by_label(FORM).fill(user)
    snap(page, "sign-in-forgot-phone.png")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    code = re.search(r"\b\d{6}\b", newest_mail(cloud, user))
    assert code

    def answer(text: str) -> None:
        page.get_by_label("Code from the e-mail").fill(text)
        page.get_by_label("New password", exact=True).fill(NEW)
        page.get_by_label("New password again").fill(NEW)
        page.get_by_role("button", name="Save and sign in").click()

    answer(f"{(int(code[0]) + 1) % 10**6:06d}")
    expect(page.get_by_text("The code is not right.")).to_be_visible()
    snap(page, "sign-in-code-phone.png", full_page=True)
    answer(code[0])
    signed_in(page)

    # The page fetches its cookie behind the scenes: one that came after the clearing would sign in by itself.
    _wait_for_cookie(page.context)
    page.context.clear_cookies()
    page.goto(web_url)
    sign_in(page, user, OLD)
    expect(page.get_by_text("is not right")).to_be_visible()
    idle(page)
    sign_in(page, user, NEW)
    signed_in(page)


def test_tokens_are_renewed_in_time_and_an_ended_session_comes_back_in_place(
    web_url: str, cloud: LocalCloud, pool: Any, page: Page, user: str, short_tokens: int
) -> None:
    page.goto(web_url)
    sign_in(page, user, OLD)
    signed_in(page)
    # Longer than the token lasts: the next call renews it, nobody notices.
    time.sleep(short_tokens + 1)
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    expect(page.get_by_text("No jobs yet")).to_be_visible()

    # Ended on the server: the form comes in place, at the same address, and leads back there.
    pool.admin_user_global_sign_out(UserPoolId=cloud.outputs.user_pool_id, Username=user)
    time.sleep(short_tokens + 1)
    page.get_by_role("link", name="New job").click()
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("You were signed out because")).to_be_visible()
    assert page.url.endswith("/jobs")
    expect(page.get_by_label(FORM)).to_have_value(user)
    snap(page, "sign-in-expired.png")
    page.get_by_role("textbox", name="Password").fill(OLD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    assert page.url.endswith("/jobs")


@pytest.mark.slow
def test_a_job_being_put_together_outlives_an_ended_session(
    web_url: str, cloud: LocalCloud, pool: Any, page: Page, user: str, short_tokens: int
) -> None:
    page.goto(web_url)
    sign_in(page, user, OLD)
    signed_in(page)
    page.locator("input[type=file]").first.set_input_files(MUG)
    expect(page.get_by_text("1 photo in this job.")).to_be_visible(timeout=60_000)
    words = page.get_by_label("Describe the new background")
    words.fill("On a worn oak table, 10% fog: {no} *stars*")
    words.press("Tab")
    page.wait_for_timeout(1_000)
    idle(page)
    address = page.url

    pool.admin_user_global_sign_out(UserPoolId=cloud.outputs.user_pool_id, Username=user)
    page.wait_for_timeout(1_000 * (short_tokens + 1))
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("You were signed out because")).to_be_visible()
    page.get_by_role("textbox", name="Password").fill(OLD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    page.get_by_role("link", name="New job").click()
    expect(page.get_by_text("1 photo in this job.")).to_be_visible()
    expect(words).to_have_value("On a worn oak table, 10% fog: {no} *stars*")

    # The page itself ends in the form, and comes back as it was.
    pool.admin_user_global_sign_out(UserPoolId=cloud.outputs.user_pool_id, Username=user)
    page.wait_for_timeout(1_000 * (short_tokens + 1))
    words.fill("On a worn oak table at night")
    words.press("Tab")
    idle(page)
    page.locator("input[type=file]").first.set_input_files(CAR)
    expect(page.get_by_text("You were signed out because")).to_be_visible()
    snap(page, "sign-in-expired-new-job.png")
    page.get_by_role("textbox", name="Password").fill(OLD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text(re.compile(r"photos? in this job\."))).to_be_visible(timeout=30_000)
    expect(words).to_have_value("On a worn oak table at night")
    assert page.url == address


def test_another_users_job_is_not_found(web_url: str, cloud: LocalCloud, page: Page, user: str) -> None:
    with httpx.Client(base_url=cloud.outputs.api_url, headers={"Authorization": cloud.demo_token()}) as theirs:
        draft = theirs.post("/drafts", json={}).json()["draftId"]
    page.goto(f"{web_url}/job?id={draft}")
    sign_in(page, user, OLD)
    expect(page.get_by_text("This was not found.")).to_be_visible()


@pytest.mark.slow
def test_a_sign_in_service_that_is_down_is_told_in_words(cloud: LocalCloud, page: Page, tmp_path: Path) -> None:
    port = free_port()
    process = start_web(cloud, port, tmp_path / "web.log", BACKDROP_COGNITO_ENDPOINT="http://127.0.0.1:9")
    try:
        page.goto(f"http://127.0.0.1:{port}")
        sign_in(page, "ana@example.com", OLD)
        expect(page.get_by_text("Backdrop can't be reached right now.")).to_be_visible()
        expect(page.get_by_label(FORM)).to_have_value("ana@example.com")
    finally:
        stop_web(process)


def test_the_servers_answers_carry_the_safety_headers_and_no_secret(web_url: str, cloud: LocalCloud) -> None:
    answer = httpx.get(web_url)
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    host = httpx.get(f"{web_url}/_stcore/host-config").text
    assert "backdrop" not in json.dumps(host).lower()
    assert httpx.post(f"{web_url}/session").status_code == 403


def _wait_for_cookie(context: BrowserContext) -> None:
    deadline = time.monotonic() + 10
    while "backdrop_session" not in cookies(context):
        assert time.monotonic() < deadline, "the page fetched no cookie"
        context.pages[0].wait_for_timeout(100)


def _wait_for_no_cookie(context: BrowserContext) -> None:
    deadline = time.monotonic() + 10
    while "backdrop_session" in cookies(context):
        assert time.monotonic() < deadline, "the cookie is still there"
        context.pages[0].wait_for_timeout(100)
