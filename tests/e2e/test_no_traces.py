"""Addresses that make no sense: words with a next step, never a trace of the program, never an empty page."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.jobs import sign_in, wait_for_cookie
from tests.e2e.looking import settle

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(240)]

expect.set_options(timeout=20_000)

PROGRAMS_WORDS = re.compile(r"Traceback|Exception|Error:|HTTP \d|undefined|\bNone\b|\.py\b|KeyError|status code", re.I)
"""What no page may say."""

ADDRESSES = {
    "job?id=<script>alert(1)</script>": "This was not found.",
    "job?id=..%2F..%2Fjobs": "This was not found.",
    "job?id=%00%ff": "This was not found.",
    "job?id=a&id=b": "This was not found.",
    "job": "Choose a job from the list.",
    "?draft=nonsense": "New job",
    "?draft=%3Cscript%3E": "New job",
    "?draft=00000000000000000000000000": "New job",
    "?job=nonsense": "This was not found.",
    "jobs?x=%ff": "Jobs",
    "mailbox?id=1": "Mailbox",
    "no-such-page": "New job",
}
"""Address -> words on its page."""


def test_addresses_without_sense_are_told_in_words(web_url: str, cloud: LocalCloud, page: Page) -> None:
    sign_in(page, cloud, f"{web_url}/jobs")
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    settle(page)
    wait_for_cookie(page)
    alarms: list[str] = []

    def note(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    for address, words in ADDRESSES.items():
        page.goto(f"{web_url}/{address}")
        shown = page.get_by_test_id("stMain")
        expect(shown.get_by_text(words).first, address).to_be_visible()
        settle(page)
        text = page.locator("body").inner_text()
        assert not (found := PROGRAMS_WORDS.search(text)), f"{address}: {found[0]!r} in {text}"
    assert not alarms


def test_the_server_answers_no_address_with_a_trace(web_url: str) -> None:
    for address in ("downloads/x", "downloads/..%2f..%2fetc%2fpasswd", "session", "app/static/%2e%2e/app.py", "%00"):
        answer = httpx.get(f"{web_url}/{address}")
        assert answer.status_code < 500, address
        assert "Traceback" not in answer.text, address
