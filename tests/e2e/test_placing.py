"""A product placed by hand in a real browser: dragged, by keys, by numbers, undone, kept over a reload, made again."""

from __future__ import annotations

import io
import re

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from backdrop.api.schemas.backdrops import show_recipe
from backdrop.core.backdrops import Backdrop, Placement
from backdrop.core.options import BACKDROP, MaskSource, Options, OutputOptions
from backdrop.core.recipes import Floor
from backdrop.core.request import JobRequest
from localcloud.cloud import LocalCloud
from tests.e2e.conftest import snap
from tests.e2e.jobs import Maker, sign_in, wait_for_picture
from tests.e2e.test_mask_editor import NAME, Mask, make_draft, truth

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

expect.set_options(timeout=20_000)

__all__ = ["truth"]


def values(view: Locator) -> list[float]:
    """What the fields show: across, down, size and turn."""
    names = ("To the right in percent", "Down in percent", "Size in percent", "Turn in degrees")
    return [float(view.get_by_label(name).input_value()) for name in names]


def open_view(page: Page) -> Locator:
    page.get_by_role("button", name="Place by hand…").click()
    view = page.locator("dialog.placing")
    expect(view).to_be_visible()
    wait_for_picture(view.locator("img.product"))
    return view


def product_box(address: str) -> tuple[float, float, float, float]:
    """Of what is not the wall's or the floor's grey, as shares of the picture."""
    with Image.open(io.BytesIO(httpx.get(address).content)) as picture:
        pixels = np.asarray(picture.convert("RGB"), np.int16)
    rows, columns = np.nonzero(pixels.max(2) - pixels.min(2) > 60)
    height, width = pixels.shape[:2]
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


def test_a_product_is_placed_by_hand(web_url: str, cloud: LocalCloud, page: Page, truth: Mask) -> None:
    maker = Maker.of(cloud)
    behind = maker.api.make_backdrop(show_recipe(Floor("#e4e4e4", "#b0b0b0", 0.6)))
    draft_id, _ = make_draft(maker, truth)
    options = Options(
        background=BACKDROP,
        backdrop=Backdrop(id=behind.backdrop_id, placement=Placement(0.4, 0.5, 0.8)),
        mask_source=MaskSource.BUILT_IN,
        output=OutputOptions(format="PNG", width=700),
    )
    job = maker.finished(maker.api.submit(draft_id, JobRequest(options=options)))
    (before,) = maker.api.images_page(job.job_id).images
    sign_in(page, cloud, f"{web_url}/job?id={job.job_id}")
    page.get_by_role("button", name=re.compile(NAME)).first.click()
    view = open_view(page)
    stage = view.get_by_role("application")
    box = view.locator(".sheet").bounding_box()
    assert box is not None
    assert values(view) == [0, 0, 100, 0]

    middle = box["x"] + 0.5 * box["width"], box["y"] + 0.65 * box["height"]
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 0.2 * box["width"], middle[1] - 0.1 * box["height"], steps=4)
    page.mouse.up()
    assert values(view) == pytest.approx([20, -10, 100, 0], abs=0.5)
    stage.press("Shift+ArrowLeft")
    stage.press("+")
    stage.press("[")
    stage.press("[")
    assert values(view) == pytest.approx([15, -10, 102, -2], abs=0.5)
    view.get_by_label("Size in percent").fill("150")
    view.get_by_label("Size in percent").press("Enter")
    stage.press("Control+z")
    assert values(view)[2] == pytest.approx(102, abs=0.5)
    stage.press("Control+Shift+z")
    view.get_by_label("Turn in degrees").fill("-20")
    view.get_by_label("Turn in degrees").press("Tab")
    wanted = values(view)
    assert wanted == pytest.approx([15, -10, 150, -20], abs=0.5)
    snap(page, "placing-1.png")

    page.reload()
    page.get_by_role("button", name=re.compile(NAME)).first.click()
    view = open_view(page)
    assert values(view) == wanted, "nothing is lost on a reload"
    expect(view.get_by_role("status")).to_contain_text("from before")
    view.get_by_role("button", name="Make this image again").click()
    page.wait_for_url(lambda url: "/job?id=" in url and job.job_id not in url, timeout=60_000)
    made = maker.finished(maker.api.job(page.url.rpartition("=")[2]))
    (after,) = maker.api.images_page(made.job_id).images
    assert after.by_hand is not None
    place, (across, down, scale, turn) = after.by_hand.place(), wanted
    assert (place.across, place.down) == pytest.approx((across / 100, down / 100), abs=0.002)
    assert (place.scale, place.turn, after.by_hand.resampled) == (scale / 100, turn, True)
    assert made.cost_usd == 0
    assert before.after_url
    assert after.after_url
    first, second = product_box(before.after_url), product_box(after.after_url)
    assert (second[0] + second[2]) / 2 == pytest.approx((first[0] + first[2]) / 2 + 0.15, abs=0.03)
    assert (second[1] + second[3]) / 2 == pytest.approx((first[1] + first[3]) / 2 - 0.1, abs=0.04)
    page.get_by_role("button", name=re.compile(NAME)).first.click()
    expect(page.get_by_text("turned -20°")).to_be_visible()
    snap(page, "placing-2-made.png")
