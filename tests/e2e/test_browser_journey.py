"""The main job as a person does it, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Request, expect

from localcloud.cloud import LocalCloud
from tests.e2e.conftest import ROOT, SHOTS

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(420)]

PHOTOS = ROOT / "samples" / "photos"
MUG, CAR = PHOTOS / "mug_wooden_desk.jpg", PHOTOS / "toy_car_rug.jpg"
JOB_MILLISECONDS = 180_000


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
    page.screenshot(path=SHOTS / "1-wrong-password.png")
    _sign_in(page, cloud.outputs.demo_user, cloud.outputs.demo_password)
    expect(page.get_by_role("heading", name="New job")).to_be_visible()

    # Two good photos and a broken one.
    page.locator("input[type=file]").set_input_files([MUG, CAR, broken])
    expect(page.get_by_text("2 photos in this job.")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("1 file is left out.")).to_be_visible()
    expect(page.locator(".st-key-left-out")).to_contain_text("broken é.jpg")
    expect(page.locator(".st-key-left-out")).to_contain_text("copy it from the camera again")
    _pictures_loaded(page, 2)
    page.screenshot(path=SHOTS / "2-photos.png")

    # Removing every label of a photo blocks the start; putting one back allows it.
    submit = page.get_by_role("button", name=re.compile("^Start the job|play_arrow"))
    card = page.locator("[class*=st-key-photo-]", has_text=CAR.name)
    chips = card.get_by_test_id("stButtonGroup").locator("button")
    assert chips.count() > 0, "no labels were found in the photo of the car"
    names = [chip.inner_text() for chip in chips.all()]
    for name in names:
        card.get_by_role("button", name=name, exact=True).click()
    expect(card.get_by_text("Nothing is kept")).to_be_visible()
    expect(submit).to_be_disabled()
    card.get_by_role("button", name=names[0], exact=True).click()
    expect(card.get_by_text("Nothing is kept")).to_be_hidden()
    expect(submit).to_be_enabled()

    # Words, straight from typing to the button.
    page.get_by_label("Describe the new background").fill("On a marble table, soft morning light")
    submit.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "3-ready.png")
    submit.click()

    # Progress, then before and after.
    expect(page.get_by_text(re.compile(r"of 2 finished|2 photos finished")).first).to_be_visible(timeout=60_000)
    page.screenshot(path=SHOTS / "4-running.png")
    expect(page.get_by_text("2 photos finished.")).to_be_visible(timeout=JOB_MILLISECONDS)
    _pictures_loaded(page, 4)
    page.screenshot(path=SHOTS / "5-results.png", full_page=True)
    assert "kept: " + names[0] in page.locator("[class*=st-key-image-]", has_text=CAR.name).inner_text()

    job_address = page.url

    # The download is the finished image: named after its source, of its size, and not the same picture.
    with page.expect_download() as started:
        page.locator("[class*=st-key-image-]", has_text=MUG.name).get_by_role("link", name="Download").click()
    download = started.value
    saved = tmp_path / "saved"
    download.save_as(saved)
    assert download.suggested_filename.startswith(MUG.stem)
    with Image.open(saved) as after, Image.open(MUG) as before:
        assert after.size == before.size
        assert after.convert("RGB").tobytes() != before.convert("RGB").tobytes()

    # The job is in the list, its mail in the mailbox.
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("On a marble table, soft morning light")).to_be_visible()
    page.screenshot(path=SHOTS / "6-jobs.png")
    page.get_by_role("link", name="Mailbox").click()
    expect(page.get_by_role("heading", name="Mailbox")).to_be_visible()
    page.screenshot(path=SHOTS / "7-mailbox.png")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    # The address of the job, as the mail gives it, leads there after signing in again.
    assert "/job?id=" in job_address
    page.goto(job_address)
    _sign_in(page, cloud.outputs.demo_user, cloud.outputs.demo_password)
    expect(page.get_by_text("2 photos finished.")).to_be_visible()
    assert strangers == [], "the page called addresses that are neither the app's nor the local cloud's"


def _sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def _pictures_loaded(page: Page, count: int) -> None:
    """Wait until `count` pictures are there and have pixels."""
    page.wait_for_function(
        """count => {
            const pictures = [...document.querySelectorAll('.bd-frame img')];
            pictures.forEach(picture => { picture.loading = 'eager'; });
            return pictures.length === count && pictures.every(picture => picture.complete && picture.naturalWidth);
        }""",
        arg=count,
    )


def _note_stranger(request: Request, strangers: list[str]) -> None:
    if not request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        strangers.append(request.url.partition("?")[0])
