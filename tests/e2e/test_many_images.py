"""A job of 1,000 images in a real browser: what is drawn and fetched, and decisions at the speed of a keyboard."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from backdrop.core.vocabulary import Verdict
from localcloud.cloud import LocalCloud
from tests.e2e import many
from tests.e2e.between import Between
from tests.e2e.conftest import snap
from tests.e2e.jobs import Maker, sign_in, wait_for_picture

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(420)]

COUNT, PER_PAGE = 1000, 48

expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def maker(cloud: LocalCloud) -> Maker:
    return Maker.of(cloud)


@pytest.fixture(scope="module")
def job(chrome: str, maker: Maker) -> many.Many:
    """1,000 images, all ended. No test opens one beyond the first hundred, but for a doubtful one; of the others the
    first two hundred are shown as tiles, and those that failed or are doubtful."""
    shown = [number for number in range(COUNT) if number < 200 or many.fails(number) or many.flagged(number)]
    return many.make(maker, COUNT, files=shown, pictures=100, samples=2)


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def show(page: Page, cloud: LocalCloud, web: str, job: many.Many) -> None:
    """The job's page with all of it counted."""
    sign_in(page, cloud, f"{web}/job?id={job.job.job_id}")
    counted(page)


def counted(page: Page) -> None:
    expect(tiles(page)).to_have_count(PER_PAGE)
    expect(page.get_by_text(re.compile(r"To review \([\d,]+\)"))).to_be_visible(timeout=60_000)


def calls_of(door: Between, route: str) -> int:
    """How often the web app called it."""
    return sum(urlsplit(call.path).path.endswith(route) for call in door.calls)


def verdicts(maker: Maker, job: many.Many, numbers: range) -> list[Verdict | None]:
    """What the API knows of some of the first 100 images."""
    images = maker.api.images_page(job.job.job_id, limit=100).images
    return [images[number].verdict for number in numbers]


def forget(maker: Maker, job: many.Many, count: int = 70) -> None:
    """Take all verdicts of the first images back."""
    for image in maker.api.images_page(job.job.job_id, limit=count).images:
        if image.verdict:
            maker.api.set_verdict(job.job.job_id, image.image_id, None)


def test_a_thousand_images_are_neither_drawn_nor_fetched_at_once(
    web: str, cloud: LocalCloud, door: Between, job: many.Many, page: Page
) -> None:
    pictures: list[str] = []
    page.on("request", lambda request: pictures.append(urlsplit(request.url).path) if "image-files" in request.url
            else None)  # fmt: skip
    door.calls.clear()
    show(page, cloud, web, job)
    expect(tiles(page)).to_have_count(PER_PAGE)
    page.wait_for_timeout(1500)

    # A page of tiles, their thumbnails alone; all images at a glance, and those on the page in full.
    assert tiles(page).count() == PER_PAGE
    assert 0 < len(pictures) <= PER_PAGE
    assert all(path.endswith(".thumb.jpg") for path in pictures)
    assert (calls_of(door, "/overview"), calls_of(door, "/images")) == (2, 1)
    snap(page, "many-1.png", full_page=True)

    # From then on each page is told in full once.
    door.calls.clear()
    pictures.clear()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text("Page 2 of 21")).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text(f"Failed ({job.failed(COUNT)})").click()
    expect(tiles(page)).to_have_count(job.failed(COUNT))
    page.wait_for_timeout(500)
    assert (calls_of(door, "/overview"), calls_of(door, "/images")) == (0, 2)
    page.get_by_test_id("stButtonGroup").get_by_text("All (").click()
    expect(tiles(page)).to_have_count(PER_PAGE)
    assert (calls_of(door, "/overview"), calls_of(door, "/images")) == (0, 2)
    assert len(pictures) <= 2 * PER_PAGE + job.failed(COUNT)
    assert len(set(pictures)) == len(pictures)


def test_polls_of_a_running_job_ask_for_what_ended_alone(
    web: str, cloud: LocalCloud, door: Between, maker: Maker, page: Page
) -> None:
    running = many.make(maker, 600, 210, files=range(PER_PAGE), pictures=0, samples=1)
    sign_in(page, cloud, f"{web}/job?id={running.job.job_id}")
    expect(page.get_by_text("210 of 600 finished")).to_be_visible()
    counted(page)
    door.calls.clear()
    page.wait_for_timeout(8000)
    assert door.calls
    assert calls_of(door, "/images") == calls_of(door, "/overview") == 0, "nothing ended meanwhile"

    running.finish(30)
    expect(page.get_by_text("240 of 600 finished")).to_be_visible()
    failed = running.failed(240)
    expect(page.get_by_text(f"To review ({240 - failed})")).to_be_visible()
    assert (calls_of(door, "/overview"), calls_of(door, "/images")) == (1, 0), "those people see had ended before"


def test_images_are_found_by_name_and_the_doubtful_ones_are_shown(
    web: str, cloud: LocalCloud, job: many.Many, page: Page
) -> None:
    show(page, cloud, web, job)
    search = page.get_by_placeholder("Find by file name or SKU")
    search.fill("sku-00123")
    search.press("Enter")
    expect(tiles(page)).to_have_count(1)
    expect(tiles(page)).to_contain_text(job.name(123))
    search.fill("STUHL mobel")
    search.press("Enter")
    expect(page.get_by_text("Page 1 of 6")).to_be_visible()
    search.fill("")
    search.press("Enter")
    page.get_by_test_id("stButtonGroup").get_by_text("Look at first (50)").click()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    expect(tiles(page).locator(".check").first).to_have_text("1 to check")
    tiles(page).first.click()
    expect(page.locator("dialog .flag")).to_contain_text("edge of the photo")
    wait_for_picture(page.locator(".slider-after"))
    snap(page, "many-2-doubtful.png")


def test_quick_keys_on_a_slow_service_lose_nothing_and_cross_pages(
    web: str, cloud: LocalCloud, door: Between, maker: Maker, job: many.Many, page: Page
) -> None:
    forget(maker, job)
    show(page, cloud, web, job)
    door.delay = lambda method, _path: 0.7 if method == "PUT" else 0.0
    place = page.locator("dialog .place")
    tiles(page).nth(38).click()
    expect(place).to_have_text("39 of 1,000")
    for key in "aaraaaaaaa":
        page.keyboard.press(key)
    # The page behind comes by itself.
    expect(place).to_have_text("49 of 1,000")
    page.keyboard.press("a")
    expect(place).to_have_text("50 of 1,000")
    page.keyboard.press("r")
    expect(place).to_have_text("51 of 1,000")
    snap(page, "many-3-quick.png")
    # Taken back over the border: it is shown what is taken back.
    for number in (50, 49, 48):
        page.keyboard.press("u")
        expect(place).to_have_text(f"{number} of 1,000")
    expect(page.locator("dialog h2")).to_have_text(job.name(47))
    expect(page.locator("dialog .saving")).to_have_text("", timeout=60_000)

    approved, rejected = Verdict.APPROVED, Verdict.REJECTED
    wanted = [None, approved, approved, rejected, *[approved] * 6, None, None, None, None]
    assert verdicts(maker, job, range(37, 51)) == wanted

    page.keyboard.press("Escape")
    page.reload()
    counted(page)
    expect(tiles(page).nth(40)).to_have_attribute("data-state", "REJECTED")
    expect(tiles(page).nth(46)).to_have_attribute("data-state", "APPROVED")
    expect(tiles(page).nth(47)).to_have_attribute("data-state", "review")


def test_what_a_slow_service_did_not_save_yet_outlives_a_reload(
    web: str, cloud: LocalCloud, door: Between, maker: Maker, job: many.Many, page: Page
) -> None:
    forget(maker, job)
    show(page, cloud, web, job)
    door.delay = lambda method, _path: 1.5 if method == "PUT" else 0.0
    page.on("dialog", lambda dialog: dialog.accept())
    tiles(page).first.click()
    place = page.locator("dialog .place")
    expect(place).to_have_text("1 of 1,000")
    for key in "arararararararar":
        page.keyboard.press(key)
    expect(place).to_have_text("17 of 1,000")
    page.reload()
    counted(page)
    wanted = [Verdict.APPROVED, Verdict.REJECTED] * 8
    for number, verdict in enumerate(wanted):
        expect(tiles(page).nth(number)).to_have_attribute("data-state", verdict)
    expect(page.get_by_text("Rejected (8)")).to_be_visible()
    assert verdicts(maker, job, range(16)) == wanted


@pytest.mark.slow
def test_two_tabs_judge_the_same_images_and_the_last_word_counts(
    web: str, cloud: LocalCloud, maker: Maker, job: many.Many, browser: Browser
) -> None:
    forget(maker, job)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    try:
        context.set_default_timeout(30_000)
        first, second = context.new_page(), context.new_page()
        show(first, cloud, web, job)
        second.goto(first.url)
        counted(second)
        tiles(first).first.focus()
        first.keyboard.press("a")
        expect(first.get_by_text("Approved (1)")).to_be_visible()
        tiles(second).first.focus()
        second.keyboard.press("r")
        expect(second.get_by_text("Rejected (1)")).to_be_visible()
        assert verdicts(maker, job, range(1)) == [Verdict.REJECTED]
        tiles(first).nth(1).focus()
        first.keyboard.press("a")
        expect(first.get_by_text("Approved (2)")).to_be_visible()
        assert verdicts(maker, job, range(2)) == [Verdict.REJECTED, Verdict.APPROVED]
        for one in (first, second):
            expect(one.get_by_test_id("stAlertContentError")).to_have_count(0)
            one.reload()
            counted(one)
            expect(tiles(one).first).to_have_attribute("data-state", "REJECTED")
    finally:
        context.close()
