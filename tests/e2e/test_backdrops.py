"""A picture of one's own, added in a browser, behind a product: chosen, seen in the result, deleted again."""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Page, expect

from localcloud.cloud import LocalCloud
from tests.e2e.conftest import snap
from tests.e2e.jobs import Maker, sign_in, wait_for_picture
from tests.e2e.test_mask_editor import make_draft

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

expect.set_options(timeout=20_000)

WALL, TABLE = (196, 208, 204), (150, 108, 70)


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A wall, and a table before it."""
    picture = Image.new("RGB", (1500, 1000), WALL)
    picture.paste(TABLE, (0, 520, 1500, 1000))
    file = tmp_path / "Tisch & Wand.jpg"
    picture.filter(ImageFilter.GaussianBlur(3)).save(file, quality=95)
    return file


def test_a_product_stands_on_a_picture_of_ones_own(web_url: str, cloud: LocalCloud, page: Page, studio: Path) -> None:
    maker = Maker.of(cloud)
    for old in maker.api.backdrops():
        maker.api.delete_backdrop(old.backdrop_id)
    draft_id, _ = make_draft(maker, None)
    sign_in(page, cloud, f"{web_url}/?draft={draft_id}")
    page.get_by_role("radio", name="A picture of yours").click()
    expect(page.get_by_text("You have no pictures here yet")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Start the job"))).to_be_disabled()
    page.locator("[class*=st-key-backdrop-file-] input[type=file]").set_input_files(studio)
    chosen = page.get_by_role("button", name="Tisch & Wand.jpg")
    expect(chosen).to_be_visible()
    wait_for_picture(page.locator(".st-key-backdrops img"))
    expect(page.get_by_text("1 picture, free of charge.")).to_be_visible()
    page.get_by_role("radio", name="On the surface, all alike").click()
    wait_for_picture(page.locator(".bd-stand img"))
    page.get_by_text("What would not fit is made smaller").scroll_into_view_if_needed()
    snap(page, "backdrop-1-chosen.png", full_page=True)

    page.reload()
    expect(page.get_by_role("radio", name="A picture of yours")).to_be_checked()
    expect(page.get_by_role("radio", name="On the surface, all alike")).to_be_checked()
    expect(chosen).to_be_visible()
    page.get_by_role("button", name=re.compile("Start the job")).click()
    page.wait_for_url(re.compile(r"/job\?id="), timeout=60_000)
    expect(page.get_by_text("1 image finished.")).to_be_visible(timeout=120_000)
    expect(page.get_by_text(" · backdrop Tisch & Wand.jpg")).to_be_visible()
    snap(page, "backdrop-2-finished.png")
    (image,) = maker.api.images_page(draft_id).images
    assert image.download_url is not None
    with Image.open(io.BytesIO(httpx.get(image.download_url).content)) as picture:
        assert picture.convert("RGB").getpixel((10, 10)) == pytest.approx(WALL, abs=4)
        assert picture.convert("RGB").getpixel((10, picture.height - 10)) == pytest.approx(TABLE, abs=4)

    page.goto(web_url)
    page.get_by_role("radio", name="A picture of yours").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_text("You have no pictures here yet")).to_be_visible()
    assert maker.api.backdrops() == []


def test_one_is_painted_from_words_and_kept(web_url: str, cloud: LocalCloud, page: Page) -> None:
    maker = Maker.of(cloud)
    for old in maker.api.backdrops():
        maker.api.delete_backdrop(old.backdrop_id)
    sign_in(page, cloud, web_url)
    page.get_by_role("radio", name="A picture of yours").click()
    page.get_by_text("Paint one from words").click()
    page.get_by_role("textbox", name="What the backdrop shows").fill("an empty light oak table, a white wall")
    start = page.get_by_role("button", name="Paint 3 pictures, $0.12")
    start.click()
    expect(page.get_by_text("Paid: $0.12 at the list price.")).to_be_visible(timeout=60_000)
    wait_for_picture(page.locator(".st-key-candidates img").last)
    snap(page, "backdrop-4-candidates.png", full_page=True)
    page.get_by_role("button", name="Keep this one").nth(1).click()
    kept = page.get_by_role("button", name="an empty light oak")
    expect(kept).to_be_visible()
    wait_for_picture(page.locator(".st-key-backdrops img"))
    page.get_by_text("Make one from colours", exact=True).click()
    expect(page.get_by_text("Where the floor begins")).to_be_visible()
    snap(page, "backdrop-5-kept.png", full_page=True)
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("button", name="Wall #eeeeee")).to_be_visible()
    wait_for_picture(page.locator(".st-key-backdrops img").first)
    snap(page, "backdrop-6-colours.png", full_page=True)
    assert [one.recipe.kind for one in maker.api.backdrops() if one.recipe] == ["FLOOR", "PAINTED"]
