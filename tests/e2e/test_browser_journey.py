"""The main job as a person does it, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Request, expect

from localcloud.cloud import LocalCloud
from tests.e2e.conftest import ROOT, snap

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(420)]

PHOTOS = ROOT / "samples" / "photos"
MUG, CAR = PHOTOS / "mug_wooden_desk.jpg", PHOTOS / "toy_car_rug.jpg"
JOB_MILLISECONDS = 180_000

# Two processors do all of it: the browser, the page's server, the cloud and its models.
expect.set_options(timeout=20_000)


def test_photos_get_a_new_background(
    web_url: str, cloud: LocalCloud, page: Page, context: BrowserContext, tmp_path: Path
) -> None:
    broken = tmp_path / "broken é.jpg"
    broken.write_bytes(MUG.read_bytes()[:20_000])
    strangers: list[str] = []
    context.on("request", lambda request: _note_stranger(request, strangers))

    # A wrong password is said in words.
    page.goto(web_url)
    _sign_in(page, cloud.outputs.demo_user, "not the password")
    expect(page.get_by_text("E-mail address or password is not right.")).to_be_visible()
    snap(page, "1-wrong-password.png")
    _sign_in(page, cloud.outputs.demo_user, cloud.outputs.demo_password)
    expect(page.get_by_role("heading", name="New job")).to_be_visible()

    # Two good photos and a broken one.
    page.locator("input.files").set_input_files([MUG, CAR, broken])
    expect(page.get_by_text("2 photos in this job.")).to_be_visible(timeout=90_000)
    expect(page.locator(".uploader .problems")).to_contain_text("broken é.jpg")
    expect(page.locator(".uploader .problems")).to_contain_text("copy it from the camera again")
    snap(page, "2-photos.png")

    # Words, straight from typing to the button.
    submit = page.get_by_role("button", name=re.compile("Start the job"))
    page.get_by_role("textbox", name="Describe the new background").fill("On a marble table, soft morning light")
    submit.scroll_into_view_if_needed()
    snap(page, "3-ready.png")
    submit.click()

    # Progress, then before and after.
    page.wait_for_url(re.compile(r"/job\?id="), timeout=60_000)
    expect(page.get_by_text(re.compile(r"of 2 finished|2 images finished")).first).to_be_visible()
    snap(page, "4-running.png")
    expect(page.get_by_text("2 images finished.")).to_be_visible(timeout=JOB_MILLISECONDS)
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(2)
    snap(page, "5-results.png", full_page=True)
    job_address = page.url

    # The download is the finished image: named after its source, of its size, and not the same picture.
    tiles.filter(has_text=MUG.name).click()
    with page.expect_download() as started:
        page.locator("dialog").get_by_role("link", name="Download").click()
    download = started.value
    saved = tmp_path / "saved"
    download.save_as(saved)
    assert download.suggested_filename.startswith(MUG.stem)
    with Image.open(saved) as after, Image.open(MUG) as before:
        assert after.size == before.size
        assert after.convert("RGB").tobytes() != before.convert("RGB").tobytes()
    page.keyboard.press("Escape")

    # The job is in the list, its mail in the mailbox.
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("On a marble table, soft morning light")).to_be_visible()
    snap(page, "6-jobs.png")
    page.get_by_role("link", name="Mailbox").click()
    expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()
    snap(page, "7-mailbox.png")

    page.get_by_role("button", name=re.compile("Sign out$")).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    # The address of the job, as the mail gives it, leads there after signing in again.
    assert "/job?id=" in job_address
    page.goto(job_address)
    _sign_in(page, cloud.outputs.demo_user, cloud.outputs.demo_password)
    expect(page.get_by_text("2 images finished.")).to_be_visible()
    assert strangers == [], "the page called addresses that are neither the app's nor the local cloud's"


def _sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def _note_stranger(request: Request, strangers: list[str]) -> None:
    if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        strangers.append(request.url.partition("?")[0])
