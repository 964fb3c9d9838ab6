"""A job from its first image to the ZIP file, in a real browser: by pointer, by keyboard and on a phone."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from backdrop.api.schemas.jobs import Job
from backdrop.core.options import Options
from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict
from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user
from tests.browser import wait_until
from tests.e2e.conftest import snap
from tests.e2e.jobs import NAMES, Maker, open_more, sign_in, small, wait_for_picture
from tests.e2e.looking import Scheme

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(420)]

JOB_MILLISECONDS = 180_000
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

# Two processors do all of it: the browser, the page's server, the cloud and its models.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def maker(cloud: LocalCloud) -> Iterator[Maker]:
    made = Maker.of(cloud)
    made.faults()
    yield made
    made.faults()


@pytest.fixture(scope="module")
def done(maker: Maker) -> Job:
    """A job of six photos that ended well; two of them have the same name, as files without folders do."""
    photos = [(f"{name}.jpg", small(name)) for name in NAMES[:5]]
    return maker.finished(maker.job([*photos, ("mug_wooden_desk.jpg", small(NAMES[5]))], "On slate, soft light"))


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def states(page: Page) -> list[str]:
    """What stands on the tiles, in their order."""
    return [str(tile.get_attribute("data-state")) for tile in tiles(page).all()]


def wait_for_states(page: Page, wanted: list[str], milliseconds: int = 15_000) -> None:
    wait_until(
        page,
        """wanted => {
            const roots = [...document.querySelectorAll('*')].filter(one => one.shadowRoot);
            const tiles = roots.flatMap(one => [...one.shadowRoot.querySelectorAll('.tile')]);
            return JSON.stringify(tiles.map(one => one.dataset.state)) === JSON.stringify(wanted);
        }""",
        wanted,
        milliseconds,
    )


def pictures_loaded(page: Page, count: int) -> None:
    expect(tiles(page)).to_have_count(count)
    for picture in tiles(page).locator("img").all():
        picture.scroll_into_view_if_needed()
        wait_for_picture(picture)


def test_the_grid_fills_by_itself_and_failures_are_retried(
    web_url: str, cloud: LocalCloud, maker: Maker, page: Page
) -> None:
    maker.faults(
        {"kind": "filter", "model": "*inpaint*", "count": 1},
        {"kind": "slow", "model": "*inpaint*", "delaySeconds": 1.5},
    )
    job = maker.job([(f"{name}.jpg", small(name)) for name in NAMES[:4]], "On a linen cloth", seed=5)
    sign_in(page, cloud, f"{web_url}/job?id={job.job_id}")

    # Nobody presses anything: it fills.
    expect(tiles(page)).to_have_count(4, timeout=30_000)
    expect(page.get_by_text(re.compile(r"of 4 finished"))).to_be_visible()
    snap(page, "job-1-running.png")
    expect(page.get_by_text("1 of 4 images failed.")).to_be_visible(timeout=JOB_MILLISECONDS)
    maker.faults()
    pictures_loaded(page, 4)
    assert sorted(states(page)) == ["failed", "review", "review", "review"]
    snap(page, "job-2-partly-failed.png", full_page=True)

    # Only the failed one, with its reason.
    page.get_by_role("radio", name="Failed (1)").or_(page.get_by_role("button", name="Failed (1)")).click()
    expect(tiles(page)).to_have_count(1)
    tiles(page).click()
    expect(page.locator("dialog .trouble")).to_contain_text("filter")
    expect(page.locator("dialog .approve")).to_be_disabled()
    snap(page, "job-3-failure.png")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Retry 1 failed image").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 picture, about $0.14", timeout=60_000)
    expect(dialog).to_contain_text("2 model calls")
    snap(page, "job-4-retry.png")
    page.set_viewport_size({"width": 390, "height": 844})
    snap(page, "job-4-retry-phone.png")
    page.set_viewport_size({"width": 1280, "height": 1000})
    dialog.get_by_role("button", name="Retry now").click()
    expect(page.get_by_text("1 image finished.")).to_be_visible(timeout=JOB_MILLISECONDS)
    fresh = page.url.partition("id=")[2]
    assert fresh != job.job_id
    (image,) = maker.api.images_page(fresh).images
    (failed,) = maker.api.images_page(job.job_id, status=ImageStatus.FAILED).images
    assert (image.name, failed.seed, image.seed) == (failed.name, 5, 105), "the filter refused the picture of the first"


_TRANSFORM = "one => getComputedStyle(one).transform"


@pytest.mark.slow
def test_a_review_by_keyboard(web_url: str, cloud: LocalCloud, maker: Maker, done: Job, page: Page) -> None:
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    expect(tiles(page)).to_have_count(6)
    page.get_by_role("button", name="Review 6 on this page").focus()
    page.keyboard.press("Enter")
    title, place = page.locator("dialog h2"), page.locator("dialog .place")
    expect(place).to_have_text("1 of 6")
    wait_for_picture(page.locator(".slider-after"))
    snap(page, "review-1.png")

    # The divider, by keyboard.
    divider = page.get_by_role("slider", name="Divider between before")
    divider.focus()
    page.keyboard.press("Home")
    expect(divider).to_have_attribute("aria-valuetext", "0 percent before, 100 percent after")
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuetext", "1 percent before, 99 percent after")
    expect(place).to_have_text("1 of 6")
    title.focus()

    # Nearer, elsewhere, and back; before and after show the same spot.
    for key in ("+", "+", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".stage")).to_have_class(re.compile("zoomed"))
    places = {page.locator(f".slider-{one}").evaluate(_TRANSFORM) for one in ("before", "after")}
    assert len(places) == 1, "the same spot of both"
    assert "matrix(1.5625" in places.pop()
    page.keyboard.press("0")
    expect(page.locator(".stage")).not_to_have_class(re.compile("zoomed"))
    page.keyboard.press("?")
    expect(page.get_by_text("Reject because of the cut-out")).to_be_visible()
    page.keyboard.press("?")

    for key in ("a", "r", "ArrowRight", "a", "a"):
        page.keyboard.press(key)
    expect(place).to_have_text("6 of 6")
    page.keyboard.press("u")
    expect(place).to_have_text("5 of 6")
    page.keyboard.press("ArrowLeft")
    expect(place).to_have_text("4 of 6")
    expect(page.locator("dialog .approve")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    wanted = ["APPROVED", "REJECTED", "review", "APPROVED", "review", "review"]
    wait_for_states(page, wanted)
    # The keyboard is where it was.
    wait_until(page, "() => document.activeElement.shadowRoot?.activeElement?.className === 'tile'")

    expect(page.get_by_text("Approved (2)")).to_be_visible()
    verdicts = [image.verdict for image in maker.api.images_page(done.job_id).images]
    assert verdicts == [Verdict.APPROVED, Verdict.REJECTED, None, Verdict.APPROVED, None, None]
    snap(page, "review-2-judged.png")

    # It is still so after a reload.
    page.reload()
    expect(tiles(page)).to_have_count(6)
    wait_for_states(page, wanted)


@pytest.mark.slow
def test_what_is_judged_stays_until_the_filter_is_chosen_again(
    web_url: str, cloud: LocalCloud, maker: Maker, done: Job, page: Page
) -> None:
    for image in maker.api.images_page(done.job_id).images:
        maker.api.set_verdict(done.job_id, image.image_id, None)
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    page.get_by_text("To review (6)").click()
    expect(tiles(page)).to_have_count(6)
    tiles(page).first.focus()
    page.keyboard.press("r")
    expect(page.get_by_text("To review (5)")).to_be_visible()
    assert states(page)[0] == "REJECTED"
    page.get_by_text("Rejected (1)").click()
    expect(tiles(page)).to_have_count(1)
    page.get_by_text("To review (5)").click()
    expect(tiles(page)).to_have_count(5)


def test_zip_files_of_all_and_of_approved(
    web_url: str, cloud: LocalCloud, maker: Maker, done: Job, page: Page, tmp_path: Path
) -> None:
    images = maker.api.images_page(done.job_id).images
    for image in images:
        maker.api.set_verdict(done.job_id, image.image_id, Verdict.APPROVED if image is images[1] else None)
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    page.get_by_role("button", name="Download").click()
    snap(page, "job-5-download.png")

    with page.expect_download() as started:
        page.get_by_role("link", name="All 6 finished images").click()
    assert re.fullmatch(r"On slate, soft light \d{4}-\d\d-\d\d\.zip", started.value.suggested_filename)
    started.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        names = [*(f"{name}.jpg" for name in NAMES[:5]), "mug_wooden_desk (2).jpg"]
        assert archive.namelist() == [*names, "list.csv"]
        assert [info.file_size for info in archive.infolist()][:-1] == [image.bytes or 0 for image in images]

    with page.expect_download() as started:
        page.get_by_role("link", name="1 approved image").click()
    started.value.save_as(tmp_path / "approved.zip")
    with zipfile.ZipFile(tmp_path / "approved.zip") as archive:
        assert archive.namelist() == [images[1].name, "list.csv"]


def test_a_folder_of_products_comes_back_as_it_was_added(
    web_url: str, cloud: LocalCloud, maker: Maker, page: Page, tmp_path: Path
) -> None:
    """Three photos of one name: each file is the same product in every ZIP, and alone."""
    fronts = {"SKU-A/front.jpg": NAMES[0], "SKU-A/détail/front.jpg": NAMES[1], "SKU-B/front.jpg": NAMES[2]}
    for path, name in fronts.items():
        (tmp_path / "Automne" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "Automne" / path).write_bytes(small(name))
    sign_in(page, cloud, web_url)
    page.locator("input.folder").set_input_files(tmp_path / "Automne")
    expect(page.get_by_text("3 photos in this job.")).to_be_visible(timeout=90_000)
    page.get_by_role("radio", name="One colour").click()
    expect(page.get_by_text("3 pictures, free of charge.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Start the job")).click()
    page.wait_for_url(re.compile(r"/job\?id="), timeout=60_000)
    expect(page.get_by_text("3 images finished.")).to_be_visible(timeout=JOB_MILLISECONDS)

    job_id = page.url.partition("id=")[2]
    images = {image.name: image for image in maker.api.images(job_id)}
    assert set(images) == {f"Automne/{path}" for path in fronts}
    finished = {name: maker.http.get(image.download_url or "").content for name, image in images.items()}
    maker.api.set_verdict(job_id, images["Automne/SKU-B/front.jpg"].image_id, Verdict.APPROVED)
    page.reload()

    def saved(link: str) -> bytes:
        with page.expect_download() as started:
            page.get_by_role("link", name=link).click()
        started.value.save_as(tmp_path / "saved.zip")
        return (tmp_path / "saved.zip").read_bytes()

    page.get_by_role("button", name="Download").click()
    archives = [saved("All 3 finished images") for _ in range(2)]
    assert archives[0] == archives[1]
    assert unpacked(archives[0]) == finished
    assert unpacked(saved("1 approved image")) == {name: finished[name] for name in ["Automne/SKU-B/front.jpg"]}
    page.keyboard.press("Escape")

    tiles(page).filter(has_text="détail").click()
    with page.expect_download() as started:
        page.locator("dialog").get_by_role("link", name="Download").click()
    assert started.value.suggested_filename == "Automne_SKU-A_détail_front.jpg"
    started.value.save_as(tmp_path / "alone")
    assert (tmp_path / "alone").read_bytes() == finished["Automne/SKU-A/détail/front.jpg"]
    snap(page, "job-9-download-one.png")


def unpacked(data: bytes) -> dict[str, bytes]:
    """The images of an archive; its list says the same of them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist() if name != "list.csv"}
        rows = csv.DictReader(io.StringIO(archive.read("list.csv").decode("utf-8-sig"), newline=""))
        told = {row["File"]: (row["Original path"], row["SHA-256"]) for row in rows if row["File"]}
    assert told == {name: (name, hashlib.sha256(picture).hexdigest()) for name, picture in found.items()}
    return found


@pytest.mark.slow
def test_a_running_job_is_cancelled(web_url: str, cloud: LocalCloud, maker: Maker, page: Page) -> None:
    maker.faults({"kind": "slow", "delaySeconds": 6})
    job = maker.job([(f"{name}-{number}.jpg", small(name)) for number in range(2) for name in NAMES], "On marble")
    sign_in(page, cloud, f"{web_url}/job?id={job.job_id}")
    page.get_by_role("button", name="Cancel the job").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("not finished yet")
    snap(page, "job-6-cancel.png")
    dialog.get_by_role("button", name="Cancel the job").click()
    maker.faults()
    expect(page.get_by_text("The job was cancelled.")).to_be_visible(timeout=JOB_MILLISECONDS)
    snap(page, "job-7-cancelled.png", full_page=True)

    ended = maker.finished(job)
    assert ended.status is JobStatus.CANCELLED
    assert ended.counts.succeeded + ended.counts.failed == 12
    assert ended.counts.failed > 0


@pytest.mark.slow
def test_one_image_runs_again_with_other_words(
    web_url: str, cloud: LocalCloud, maker: Maker, done: Job, page: Page
) -> None:
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    tiles(page).nth(1).click()
    page.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog")
    words = dialog.get_by_label("Describe the new background")
    expect(words).to_have_value("On slate, soft light")
    words.fill("On a wooden table in the garden")
    expect(dialog).to_contain_text("1 picture, about $0.14", timeout=60_000)
    snap(page, "job-8-again.png")
    dialog.get_by_role("button", name="Start").click()
    expect(tiles(page).nth(1).locator(".try")).to_have_text("try 2 of 2", timeout=JOB_MILLISECONDS)
    redo = maker.api.tries(done.job_id).redos[-1]
    (image,) = maker.api.images_page(maker.finished(maker.api.job(redo.job_id)).job_id).images
    assert (image.prompt, image.name) == ("On a wooden table in the garden", "toy_car_rug.jpg")


def test_a_duplicate_opens_with_the_same_photos_and_words(
    web_url: str, cloud: LocalCloud, done: Job, page: Page
) -> None:
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    open_more(page)
    page.get_by_role("button", name="Duplicate").click()
    page.get_by_role("dialog").get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("6 photos in this job.")).to_be_visible(timeout=60_000)
    expect(page.get_by_label("Describe the new background")).to_have_value("On slate, soft light")
    assert "draft=" in page.url


@pytest.mark.slow
def test_finished_images_are_exported_on_white_without_a_price(
    web_url: str, cloud: LocalCloud, maker: Maker, done: Job, page: Page
) -> None:
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    open_more(page)
    page.get_by_role("button", name="Export again…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("All 6 finished images")
    for label, option in (("Background", "White"), ("Size", "My own size"), ("File format", "WebP")):
        dialog.get_by_label(label, exact=True).click()
        page.get_by_role("option", name=option).click()
    dialog.get_by_label("Width in pixels").fill("300")
    snap(page, "job-export.png")
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_text(f"exported again from the job {done.job_id}")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("6 images finished.")).to_be_visible(timeout=JOB_MILLISECONDS)
    snap(page, "job-exported.png")
    fresh = maker.api.job(page.url.partition("id=")[2])
    assert (fresh.cost_usd, fresh.options.export_of) == (0, done.job_id)
    shown = maker.api.images_page(fresh.job_id).images
    assert {(image.width, (image.download_name or "").rpartition(".")[2]) for image in shown} == {(300, "webp")}


def test_who_has_no_job_yet_tries_sample_photos(web_url: str, cloud: LocalCloud, page: Page) -> None:
    user = (f"new-{secrets.token_hex(4)}@example.com", "A new user's 1st password!")
    ensure_user(cloud.client("cognito-idp"), cloud.outputs.user_pool_id, *user)
    sign_in(page, cloud, f"{web_url}/jobs", user)
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    snap(page, "jobs-none.png")
    page.get_by_role("button", name="Try with sample photos").click()
    expect(page.get_by_role("heading", name="New job")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("3 photos in this job.")).to_be_visible(timeout=60_000)
    assert "draft=" in page.url


@pytest.mark.slow
def test_a_decision_that_is_not_saved_is_said_and_not_shown(
    web_url: str, cloud: LocalCloud, maker: Maker, done: Job, page: Page
) -> None:
    images = maker.api.images_page(done.job_id).images
    for image in images:
        maker.api.set_verdict(done.job_id, image.image_id, None)
    sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
    expect(tiles(page)).to_have_count(6)

    def set_status(status: str) -> None:
        cloud.client("dynamodb").update_item(
            TableName=cloud.outputs.images_table,
            Key={"JobId": {"S": done.job_id}, "ImageId": {"S": images[0].image_id}},
            UpdateExpression="SET #status = :status",
            ExpressionAttributeNames={"#status": "Status"},
            ExpressionAttributeValues={":status": {"S": status}},
        )

    # The service takes verdicts of finished images only.
    set_status("Failed")
    try:
        tiles(page).first.focus()
        page.keyboard.press("a")
        expect(page.locator(".say")).to_contain_text("not saved")
        wait_for_states(page, ["review"] * 6)
        snap(page, "review-3-not-saved.png")
    finally:
        set_status("Succeeded")


def test_jobs_are_found(web_url: str, cloud: LocalCloud, done: Job, page: Page) -> None:
    sign_in(page, cloud, f"{web_url}/jobs")
    search = page.get_by_label("Search")
    search.fill("slate")
    search.press("Enter")
    row = page.locator(f".st-key-jobs-row-{done.job_id}")
    expect(row).to_contain_text("6 images")
    snap(page, "jobs.png")
    search.fill("nothing of that kind")
    search.press("Enter")
    expect(page.get_by_text("No job matches")).to_be_visible()
    search.fill(done.job_id)
    search.press("Enter")
    row.get_by_role("button", name="Open").click()
    expect(page.get_by_text("6 images finished.")).to_be_visible()


def test_on_a_phone(web_url: str, cloud: LocalCloud, maker: Maker, done: Job, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2,
    )  # fmt: skip
    context.set_default_timeout(30_000)
    page = context.new_page()
    try:
        sign_in(page, cloud, f"{web_url}/job?id={done.job_id}")
        pictures_loaded(page, 6)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the phone"
            page.evaluate("scrollTo(0, 0)")
            snap(page, f"phone-{scheme}-1.png")
        tiles(page).nth(2).tap()
        expect(page.locator("dialog .place")).to_have_text("3 of 6")
        # A touch moves the divider.
        box = page.locator(".slider").bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
        value = int(page.get_by_role("slider").input_value())
        assert 15 <= value <= 35
        for scheme in reversed(SCHEMES):
            page.emulate_media(color_scheme=scheme)
            snap(page, f"phone-{scheme}-2.png")
            for button in page.locator("dialog footer button").all():
                size = button.bounding_box()
                assert size is not None
                assert size["height"] >= 40
        page.locator("dialog .approve").tap()
        expect(page.locator("dialog .place")).to_have_text("4 of 6")
    finally:
        context.close()


def test_a_row_of_the_list_shows_its_results_and_opens_anywhere(
    web_url: str, cloud: LocalCloud, maker: Maker, page: Page
) -> None:
    words = "**bold** <script>alert(1)</script> :red[no] :smile: $x^2$ 😀 " + "W" * 60
    job = maker.finished(maker.job([("mug.jpg", small(NAMES[0])), ("car.jpg", small(NAMES[1]))], words))
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url) if ".thumb.jpg" in request.url else None)
    sign_in(page, cloud, f"{web_url}/jobs")
    row = page.locator(f".st-key-jobs-row-{job.job_id}")
    expect(row.get_by_role("img", name="2 finished images of this job")).to_be_visible()
    # Invisible joiners keep Streamlit from reading emoji codes and colours into it.
    assert words in row.inner_text().replace("\u2060", "")
    for picture in row.locator("img").all():
        wait_for_picture(picture)
    assert all("generated-image-files" in url for url in addresses if job.job_id in url)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    snap(page, "jobs-pictures.png")

    # The button by keyboard, and all of the row by pointer.
    row.get_by_role("button", name="Open").press("Enter")
    expect(page.get_by_text("2 images finished.")).to_be_visible()
    page.get_by_role("link", name="Jobs").click()
    expect(row).to_be_visible()
    row.click(position={"x": 12, "y": 12})
    expect(page.get_by_text("2 images finished.")).to_be_visible()
    assert page.url.endswith(job.job_id)


@pytest.mark.slow
def test_one_of_three_variations_is_approved_alone(web_url: str, cloud: LocalCloud, maker: Maker, page: Page) -> None:
    photos = [(f"{name}.jpg", small(name)) for name in NAMES[:2]]
    wish = Options(variations=3, vary_seed=True)
    job = maker.finished(maker.job(photos, "On slate", options=wish))
    sign_in(page, cloud, f"{web_url}/job?id={job.job_id}")
    expect(tiles(page)).to_have_count(6)
    # Side by side, each with its number.
    assert tiles(page).locator(".variation").all_inner_texts() == ["1 of 3", "2 of 3", "3 of 3"] * 2
    tiles(page).first.click()
    strip = page.get_by_role("button", name=re.compile("^Variation . of 3"))
    expect(strip).to_have_count(3)
    strip.nth(1).click()
    expect(page.locator("dialog h2")).to_have_text("mug_wooden_desk.jpg, variation 2 of 3")
    page.keyboard.press("v")
    expect(page.get_by_role("button", name="Choose this one")).to_have_count(3)
    snap(page, "review-4-variations.png")
    page.keyboard.press("v")
    page.get_by_role("button", name="Approve only this one").click()
    # On to the next photo; taken back in one.
    expect(page.locator("dialog h2")).to_have_text("toy_car_rug.jpg, variation 1 of 3")
    page.keyboard.press("u")
    expect(page.locator("dialog h2")).to_have_text("mug_wooden_desk.jpg, variation 2 of 3")
    page.keyboard.press("o")
    page.keyboard.press("Escape")
    wait_for_states(page, ["REJECTED", "APPROVED", "REJECTED", "review", "review", "review"])
    expect(page.get_by_text("Rejected (2)")).to_be_visible()
    verdicts = [image.verdict for image in maker.api.images_page(job.job_id).images]
    assert verdicts == [Verdict.REJECTED, Verdict.APPROVED, Verdict.REJECTED, None, None, None]
