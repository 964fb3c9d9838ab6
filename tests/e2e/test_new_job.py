"""Putting a job together, in a real browser: labels, scenes, a plain colour, the finished file, price, start."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import httpx
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Locator, Page, expect

from backdrop_client.api import BackdropApi, NewPhoto
from backdrop_client.auth import CognitoAuth, Session
from backdrop_client.upload import PhotoSource, Uploader
from localcloud.cloud import LocalCloud
from tests.browser import wait_until
from tests.e2e.conftest import ALL_SHOTS, ROOT, snap
from tests.e2e.jobs import NAMES, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(420)]

# Two processors do all of it: the browser, the page's server, the cloud and its models.
expect.set_options(timeout=20_000)

PHONE = {"width": 390, "height": 844}
PICTURE_MILLISECONDS = 90_000


class Drafts:
    """Drafts of the demo user, made through the API: how photos are uploaded is tried elsewhere."""

    def __init__(self, cloud: LocalCloud) -> None:
        outputs, self.http = cloud.outputs, httpx.Client()
        auth = CognitoAuth(outputs.user_pool_client_id, outputs.region, endpoint=outputs.endpoint, http=self.http)
        session = Session(auth, auth.sign_in(outputs.demo_user, outputs.demo_password))
        self.api = BackdropApi(outputs.api_url, session, http=self.http)

    def make(self, names: Sequence[str]) -> str:
        """A draft of sample photos."""
        draft_id = self.api.create_draft().draft_id
        data = {f"{name}.jpg": _small(name) for name in names}
        answers = self.api.add_photos(draft_id, [NewPhoto(name, len(one), "image/jpeg") for name, one in data.items()])
        for answer, (name, one) in zip(answers, data.items(), strict=True):
            assert answer.upload is not None
            assert answer.photo_id is not None
            Uploader(self.http).upload(answer.upload, PhotoSource.from_bytes(name, one))
            assert self.api.inspect_photo(draft_id, answer.photo_id).labels
        return draft_id


def _small(name: str) -> bytes:
    out = io.BytesIO()
    with Image.open(ROOT / "samples" / "photos" / f"{name}.jpg") as photo:
        photo.thumbnail((640, 640))
        ImageOps.exif_transpose(photo).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def drafts(cloud: LocalCloud) -> Drafts:
    return Drafts(cloud)


def open_draft(page: Page, web_url: str, cloud: LocalCloud, draft_id: str) -> None:
    """The page on a draft, after signing in."""
    sign_in(page, cloud, f"{web_url}/?draft={draft_id}")
    expect(page.get_by_text("in this job.")).to_be_visible()
    expect(price(page)).to_be_visible()


def price(page: Page) -> Locator:
    """What the box at the end says of the price."""
    return page.locator(".st-key-submit-box").get_by_text(re.compile(r"^\d+ pictures?,")).first


def words(page: Page) -> Locator:
    """The field of the prompt."""
    return page.get_by_role("textbox", name="Describe the new background")


def settle(page: Page) -> None:
    """Until the server has answered and nothing is drawn any more."""
    page.wait_for_timeout(300)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def shot(page: Page, name: str) -> None:
    """The whole page as a picture for people (`snap`): Streamlit scrolls inside, so the window is made as high."""
    if not ALL_SHOTS:
        return
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height + 40})
    wait_until(page, "[...document.images].every(one => one.complete)")
    page.wait_for_timeout(400)
    snap(page, name)
    page.set_viewport_size(size)


def test_labels_show_where_they_are_and_are_chosen_for_all(
    web_url: str, cloud: LocalCloud, drafts: Drafts, page: Page
) -> None:
    open_draft(page, web_url, cloud, drafts.make(["wine_bottle_kitchen", "honey_jar_garden_table", "toy_car_rug"]))
    card = page.locator(".st-key-photo-00000000")
    chips = card.get_by_test_id("stButtonGroup").locator("button")
    boxes = page.locator(".bd-box")
    expect(boxes.nth(3)).to_be_attached()
    settle(page)
    seen = "() => [...document.querySelectorAll('.bd-box')].filter(b => getComputedStyle(b).opacity === '1').length"
    assert page.evaluate(seen) == 0

    # The box of the chip that is pointed at, and no other; the same for the keyboard's focus.
    name = chips.first.inner_text()
    chips.first.hover()
    wait_until(page, f"({seen})() === 1")
    shown = card.locator(".bd-box.bd-chip-1")
    expect(shown).to_have_text(name)
    place, picture = shown.bounding_box(), card.locator("img").bounding_box()
    assert place is not None
    assert picture is not None
    assert picture["x"] - 3 <= place["x"] <= place["x"] + place["width"] <= picture["x"] + picture["width"] + 3
    page.mouse.move(0, 0)
    wait_until(page, f"({seen})() === 0")
    card.locator("a").focus()
    page.keyboard.press("Tab")
    wait_until(page, f"({seen})() === 1")

    # One word is kept in all photos that have it.
    page.get_by_role("button", name="Change many photos at once").click()
    page.get_by_role("combobox", name="Keep only").fill("Bottle")
    page.get_by_role("option", name="Bottle (2 photos)", exact=True).click()
    page.keyboard.press("Tab")
    # By key: where Tab went shows what it is for, over this button.
    page.get_by_role("button", name="Keep only this in 2 photos").press("Enter")
    expect(card.locator("button[aria-pressed=true]")).to_have_text(["Bottle"])
    expect(page.locator(".st-key-photo-00000001 button[aria-pressed=true]")).to_have_text(["Bottle"])
    page.keyboard.press("Escape")

    # What is wrong is corrected: a box by keys, moved by the mouse. The new word is kept; what was off stays off.
    card.get_by_role("button", name="Correct words and boxes").click()
    view = page.locator("dialog.labels")
    stage = view.get_by_role("application")
    for key in ("n", "Shift+ArrowDown", "ArrowLeft"):
        stage.press(key)
    spot = view.locator(".spot.on")
    expect(spot).to_have_attribute("style", "left: 28%; top: 30%; width: 40%; height: 42%;")
    at = spot.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(0, at["y"] + at["height"] / 2)
    page.mouse.up()
    expect(spot).to_have_attribute("style", re.compile("^left: 0%; .*width: 40%"))
    stage.press("Control+z")
    expect(view.locator(".spot")).to_have_count(len(chips.all()) + 1)
    view.get_by_role("textbox").last.fill("Flasche")
    view.get_by_role("button", name="Use these").click()
    expect(view).to_be_hidden()
    expect(card.locator("button[aria-pressed=true]")).to_have_text(["Bottle", "Flasche"])

    # Labels are asked for once: a reload finds them, and what was chosen.
    settle(page)
    page.reload()
    expect(card.locator("button[aria-pressed=true]")).to_have_text(["Bottle", "Flasche"])
    page.get_by_text("Show where each thing is").click()
    wait_until(page, f"({seen})() >= 3")
    shot(page, "new-job-labels.png")


@pytest.mark.slow
def test_scene_words_trial_and_price(web_url: str, cloud: LocalCloud, drafts: Drafts, page: Page) -> None:
    open_draft(page, web_url, cloud, drafts.make(["mug_wooden_desk", "toy_car_rug"]))
    expect(page.get_by_text("2 pictures, about $0.28")).to_be_visible()

    # Every scene has its picture, and puts its words into the field.
    pictures = page.locator(".st-key-scenes button:visible")
    assert pictures.count() >= 10
    loaded = page.evaluate(
        """async () => Promise.all([...document.querySelectorAll('.st-key-scenes button')].map(async one => {
            const address = getComputedStyle(one).backgroundImage.slice(5, -2);
            const answer = await fetch(address);
            return answer.ok && answer.headers.get('content-type') === 'image/webp';
        }))"""
    )
    assert loaded
    assert all(loaded)
    page.get_by_role("button", name="Marble", exact=True).click()
    expect(words(page)).to_have_value(re.compile("polished white marble"))
    expect(page.get_by_role("textbox", name="What to avoid")).to_have_value(re.compile("watermark"))

    # Words with slots; typed and not even left, they outlive a reload.
    words(page).fill("On a {season} table with {product}")
    words(page).press("Control+Enter")
    page.get_by_role("textbox", name="product").fill("a mug")
    page.get_by_role("textbox", name="product").press("Enter")
    expect(page.get_by_text("30 of 10,000 characters")).to_be_visible()
    settle(page)
    words(page).fill("On a {season} oak table with {product}")
    page.reload()
    expect(words(page)).to_have_value("On a {season} oak table with {product}")
    expect(page.get_by_role("textbox", name="product")).to_have_value("a mug")

    # A slot that is not filled in stops the start.
    expect(price(page)).to_be_visible()
    settle(page)
    submit = page.get_by_role("button", name=re.compile("Start the job"))
    submit.click()
    expect(page.get_by_text("Fill in {season}, or take it out of the text.")).to_be_visible()
    settle(page)
    season = page.get_by_role("combobox", name="season")
    season.scroll_into_view_if_needed()
    settle(page)  # a list closes when the page scrolls
    season.click()
    page.get_by_role("option", name="winter").click()
    expect(page.get_by_text("Fill in {season}, or take it out of the text.")).to_have_count(0)
    settle(page)

    # The price follows the variations.
    page.get_by_text("Model, seed and variations").click()
    page.get_by_role("slider", name="Variations of each photo").press("ArrowRight")
    expect(page.get_by_text("4 pictures, about $0.42").first).to_be_visible()

    # One photo first.
    page.get_by_text("Try it on one photo first").click()
    page.get_by_role("button", name=re.compile("^(science )?Try it")).click()
    expect(page.get_by_role("button", name="Use this seed for all photos")).to_be_visible(timeout=PICTURE_MILLISECONDS)
    page.get_by_role("button", name="Use this seed for all photos").click()
    expect(page.get_by_role("spinbutton", name="Seed number (optional)")).to_have_value(re.compile(r"^\d+$"))
    expect(page.get_by_text("Not counted: 2 calls for the photo that you tried")).to_be_visible()
    expect(page.get_by_text("4 pictures, about $0.28").first).to_be_visible()
    settle(page)
    shot(page, "new-job-scene.png")


def test_a_colour_a_marketplace_and_the_start(web_url: str, cloud: LocalCloud, drafts: Drafts, page: Page) -> None:
    draft_id = drafts.make(["mug_wooden_desk", "soap_box_grey_sweep"])
    open_draft(page, web_url, cloud, draft_id)
    submit = page.get_by_role("button", name=re.compile("Start the job"))

    # A marketplace that wants white says so, and sets it.
    page.get_by_role("radio", name="For a marketplace").click()
    expect(page.get_by_text("takes a white background only").first).to_be_visible()
    expect(submit).to_be_disabled()
    page.get_by_role("button", name="Make the background white").click()
    expect(submit).to_be_enabled()
    expect(page.get_by_text("2 pictures, free of charge.")).to_be_visible()
    expect(words(page)).to_have_count(0)
    settle(page)
    shot(page, "new-job-colour.png")

    submit.click()
    page.wait_for_url(re.compile(r"/job\?id="), timeout=PICTURE_MILLISECONDS)
    job = drafts.api.job(draft_id)
    assert job.options.background == "#ffffff"
    assert job.options.output.preset == "amazon-main"
    assert job.model_id == "backdrop.cut-out"


def test_a_dear_job_is_confirmed(web_url: str, cloud: LocalCloud, drafts: Drafts, page: Page) -> None:
    open_draft(page, web_url, cloud, drafts.make(NAMES[:3]))
    page.get_by_role("button", name="Beach", exact=True).click()
    page.get_by_text("Model, seed and variations").click()
    slider = page.get_by_role("slider", name="Variations of each photo")
    slider.press("End")
    expect(page.get_by_text(re.compile(r"^\d+ pictures, about \$1\."))).to_be_visible()
    settle(page)
    page.get_by_role("button", name=re.compile("Start the job")).click()
    asked = page.get_by_text(re.compile(r"This job costs about \$\d+"))
    expect(asked).to_be_visible()
    shot(page, "new-job-confirm.png")
    page.get_by_role("button", name="Not yet").click()
    expect(asked).to_have_count(0)
    assert page.get_by_role("heading", name="New job").is_visible()


def test_on_a_phone(web_url: str, cloud: LocalCloud, drafts: Drafts, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    page = context.new_page()
    open_draft(page, web_url, cloud, drafts.make(["mug_wooden_desk", "toy_car_rug", "wine_bottle_kitchen"]))

    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
    assert page.evaluate(wide) <= 0, "the page is wider than the phone"
    settle(page)
    tops = "[0, 1].map(n => document.querySelector(`.st-key-photo-0000000${n}`).getBoundingClientRect().y)"
    assert len(set(page.evaluate(tops))) == 1, "two cards fit side by side"
    page.get_by_role("button", name="Forest", exact=True).tap()
    expect(words(page)).to_have_value(re.compile("forest"))
    page.get_by_role("radio", name="My own size").tap()
    expect(page.get_by_role("spinbutton", name="Width in pixels")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settle(page)
        assert page.evaluate(wide) <= 0, scheme
        assert len(set(page.evaluate(tops))) == 1, scheme
        shot(page, f"new-job-phone-{scheme}.png")
    context.close()
