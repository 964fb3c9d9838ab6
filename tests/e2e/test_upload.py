"""Adding photos as a person does it: files, folders, drops, a line that breaks, a change of mind, a reload."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Dialog, FileChooser, Locator, Page, Route, expect

from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user
from tests.e2e.conftest import ROOT, snap
from tests.e2e.jobs import forget_sign_ins, sign_in
from tests.e2e.looking import settle
from tests.e2e.test_sign_in import pool as pool
from tests.e2e.test_sign_in import short_tokens as short_tokens

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(240)]

PASSWORD = "Upload-password-1234!"
PHONE = {"width": 390, "height": 844}
SAMPLES = sorted((ROOT / "samples" / "photos").glob("*.jpg"))
SLOW = 90_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with sub-folders, names with spaces and accents, and files that are no good photos among good ones."""
    root = tmp_path / "Été 2026"
    for number, name in enumerate(
        ["tasse à café.jpg", "grand format/n° 2 (été).jpg", "grand format/détail/ça va.png", "50 % off #1.webp"]
    ):
        small(SAMPLES[number], root / name)
    (root / "notes.txt").write_text("no photo")
    (root / "vide.jpg").write_bytes(b"")
    (root / "cut off.jpg").write_bytes(SAMPLES[0].read_bytes()[:20_000])
    (root / "IMG_0001.HEIC").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(200))
    (root / "logo.png").write_bytes(b"GIF89a" + bytes(50))
    (root / "DSC_1.NEF").write_bytes(b"MM\0*\0\0\0\x08" + bytes(50))
    (root / ".DS_Store").write_bytes(b"clutter")
    small(SAMPLES[0], root / "@eaDir/tasse à café.jpg/SYNOPHOTO_THUMB_M.jpg")
    return root


GOOD = 4
BAD = {
    "notes.txt": "This is no photo in AVIF, HEIC, JPEG, PNG, TIFF or WebP.",
    "vide.jpg": "The file is empty.",
    "logo.png": "This is a GIF, no photo in AVIF, HEIC, JPEG, PNG, TIFF or WebP.",
    "DSC_1.NEF": "This is a camera's raw file (NEF), no photo in AVIF",
    "cut off.jpg": "copy it from the camera again",
    "IMG_0001.HEIC": "copy it from the camera again",
}


def small(source: Path, target: Path) -> Path:
    """A smaller copy, which is checked faster."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as image:
        image.thumbnail((700, 700))
        image.save(target)
    return target


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Eight small photos."""
    return [small(source, tmp_path / f"photo {number}.jpg") for number, source in enumerate(SAMPLES[:8])]


@pytest.fixture(scope="module")
def user(cloud: LocalCloud) -> str:
    """A user of the file's own: each test begins a job, and finds nothing of another's."""
    name = f"upload-{secrets.token_hex(4)}@example.com"
    ensure_user(cloud.client("cognito-idp"), cloud.outputs.user_pool_id, name, PASSWORD)
    return name


@pytest.fixture
def opened(page: Page, cloud: LocalCloud, web_url: str, user: str) -> Page:
    """The page of a new job."""
    sign_in(page, cloud, web_url, (user, PASSWORD))
    expect(page.get_by_role("button", name="Choose photos")).to_be_visible(timeout=SLOW)
    return page


def in_this_job(page: Page, count: int) -> None:
    """Wait until that many photos are in the job and nothing is under way."""
    words = f"{count} photo in this job." if count == 1 else f"{count} photos in this job."
    expect(page.get_by_text(words)).to_be_visible(timeout=SLOW)
    expect(page.locator(".uploader .progress")).to_be_hidden(timeout=SLOW)


def problems(page: Page) -> Locator:
    return page.locator(".uploader .problems")


class Line:
    """The line to the storage: what is posted there, and what becomes of it."""

    def __init__(self, page: Page, cloud: LocalCloud) -> None:
        self.posted = 0
        self.held: list[Route] = []
        self.outcomes: list[str] = []
        """What the next posts meet: `abort`, `hold`, or a status. Those after that go through."""
        self.always: str | None = None
        page.route(re.compile(re.escape(f"{cloud.outputs.endpoint}/{cloud.outputs.bucket}")), self._meet)

    def _meet(self, route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        self.posted += 1
        outcome = self.outcomes.pop(0) if self.outcomes else self.always
        if outcome is None:
            route.continue_()
        elif outcome == "abort":
            route.abort("connectionreset")
        elif outcome == "hold":
            self.held.append(route)
        else:
            body = "<Error><Code>SlowDown</Code></Error>" if outcome == "503" else "<Error><Code>Refused</Code></Error>"
            headers = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(status=int(outcome), body=body, headers=headers, content_type="application/xml")

    def release(self) -> None:
        """Let go on what was held, and hold nothing more."""
        self.always = None
        self.outcomes.clear()
        while self.held:
            self.held.pop().continue_()


@pytest.fixture
def line(page: Page, cloud: LocalCloud) -> Iterator[Line]:
    made = Line(page, cloud)
    yield made
    page.unroute_all(behavior="ignoreErrors")


def test_a_folder_with_good_and_bad_files(
    opened: Page, web_url: str, folder: Path, context: BrowserContext, line: Line
) -> None:
    to_the_app: list[str] = []
    context.on(
        "request",
        lambda request: (
            to_the_app.append(request.url)
            if request.url.startswith(web_url) and request.method not in {"GET", "HEAD"}
            else None
        ),
    )
    snap(opened, "upload-1-empty.png")
    opened.locator("input.folder").set_input_files(folder)

    in_this_job(opened, GOOD)
    list_ = problems(opened)
    expect(list_).to_contain_text(f"{len(BAD)} files are left out. The others go on.")
    for name, reason in BAD.items():
        row = list_.locator("li", has_text=name)
        expect(row).to_contain_text(reason)
        expect(row).to_contain_text(f"{folder.name}/")
    expect(list_).not_to_contain_text("DS_Store")
    for name in ("tasse à café.jpg", "n° 2 (été).jpg", "grand format/détail/ça va.png", "50 % off #1.webp"):
        expect(opened.get_by_text(name).first).to_be_visible()
    expect(opened.locator(".uploader .said")).to_have_text(
        f"4 photos added. {len(BAD)} files are left out. 2 files of the system left out."
    )
    snap(opened, "upload-2-folder.png")
    assert line.posted == GOOD + 2, "good photos and the two damaged ones go to the storage, once each"
    assert to_the_app == [], "no photo passes through the web app's server"

    list_.get_by_role("button", name="Clear list").click()
    expect(list_).to_be_hidden()
    in_this_job(opened, GOOD)


def test_a_folder_and_a_file_are_dropped(opened: Page, folder: Path, photos: list[Path]) -> None:
    zone = opened.locator(".uploader .zone")
    box = zone.bounding_box()
    assert box
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 30}
    data = {"items": [], "files": [str(folder), str(photos[0])], "dragOperationsMask": 1}
    browser = opened.context.new_cdp_session(opened)
    for kind in ("dragEnter", "dragOver"):
        browser.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})
    expect(zone).to_have_class(re.compile("over"))
    snap(opened, "upload-3-over.png")
    browser.send("Input.dispatchDragEvent", {"type": "drop", **at, "data": data})

    in_this_job(opened, GOOD + 1)
    expect(zone).not_to_have_class(re.compile("over"))
    expect(problems(opened)).to_contain_text(f"{len(BAD)} files are left out.")


def test_a_line_that_breaks_is_tried_again(opened: Page, photos: list[Path], line: Line) -> None:
    line.outcomes = ["abort", "503", "abort"]
    opened.locator("input.files").set_input_files(photos[:3])

    expect(opened.locator(".uploader .active")).to_contain_text("Trying again (2)", timeout=SLOW)
    snap(opened, "upload-4-again.png")
    in_this_job(opened, 3)
    expect(problems(opened)).to_be_hidden()
    assert line.posted == 6


def test_what_fails_for_good_says_why_and_can_be_tried_again(opened: Page, photos: list[Path], line: Line) -> None:
    line.outcomes = ["400"]
    opened.locator("input.files").set_input_files(photos[:2])

    row = problems(opened).locator("li")
    expect(row).to_contain_text("The storage refused the photo (400 Refused).", timeout=SLOW)
    in_this_job(opened, 1)
    row.get_by_role("button", name=re.compile("Try again")).click()

    in_this_job(opened, 2)
    expect(problems(opened)).to_be_hidden()


@pytest.mark.slow
def test_remove_and_cancel(opened: Page, photos: list[Path], line: Line) -> None:
    line.outcomes = [*[None] * 2, *["hold"] * 20]  # type: ignore[list-item]
    opened.locator("input.files").set_input_files(photos)
    in_flight = opened.locator(".uploader .active li")
    expect(opened.get_by_text("2 photos in this job.")).to_be_visible(timeout=SLOW)
    expect(in_flight).to_have_count(6)
    snap(opened, "upload-5-half.png")

    last = in_flight.last
    name = last.locator(".name").inner_text()
    last.get_by_role("button", name=f"Remove {name}").click()
    expect(in_flight).to_have_count(5)
    expect(opened.locator(".uploader .count")).to_have_text("2 of 7 photos added")

    opened.get_by_role("button", name="Cancel", exact=True).click()
    expect(opened.locator(".uploader .said")).to_have_text("Cancelled. 2 photos were added, 5 were not.")
    in_this_job(opened, 2)

    # What was cancelled can be added after all, and what is there is not added twice.
    line.release()
    opened.locator("input.files").set_input_files(photos)
    in_this_job(opened, 8)
    expect(opened.locator(".uploader .said")).to_have_text("6 photos added. 2 were in this job already.")


@pytest.mark.slow
def test_a_reload_keeps_the_draft_and_names_what_is_missing(
    opened: Page, photos: list[Path], line: Line, cloud: LocalCloud
) -> None:
    line.outcomes = [*[None] * 3, *["hold"] * 20]  # type: ignore[list-item]
    opened.locator("input.files").set_input_files(photos[:5])
    expect(opened.get_by_text("3 photos in this job.")).to_be_visible(timeout=SLOW)
    expect(opened).to_have_url(re.compile(r"draft=\w{26}"))

    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    opened.once("dialog", leave)
    opened.reload()
    assert asked == ["beforeunload"], "leaving in the middle asks first"

    expect(opened.get_by_text("3 photos in this job.")).to_be_visible(timeout=SLOW)
    expect(problems(opened)).to_contain_text("2 photos were not uploaded yet.", timeout=SLOW)
    missing = sorted(row.locator(".name").inner_text() for row in problems(opened).locator("li").all())
    snap(opened, "upload-6-reloaded.png")

    line.always = None
    line.outcomes.clear()
    opened.locator("input.files").set_input_files(photos[:5])
    in_this_job(opened, 5)
    expect(problems(opened)).to_be_hidden()
    assert len(missing) == 2
    assert set(missing) < {photo.name for photo in photos[:5]}


@pytest.mark.slow
def test_another_page_in_between_stops_nothing(opened: Page, photos: list[Path], line: Line) -> None:
    line.outcomes = [None, *["hold"] * 4]  # type: ignore[list-item]
    opened.locator("input.files").set_input_files(photos[:4])
    expect(opened.get_by_text("1 photo in this job.")).to_be_visible(timeout=SLOW)

    opened.get_by_role("link", name="Jobs").click()
    expect(opened.get_by_role("heading", name="Jobs")).to_be_visible()
    line.release()
    opened.get_by_role("link", name="New job").first.click()

    in_this_job(opened, 4)


@pytest.mark.slow
def test_a_sign_in_in_between_keeps_photos_and_files(
    short_tokens: int, opened: Page, photos: list[Path], line: Line, user: str, cloud: LocalCloud
) -> None:
    line.outcomes = [None, *["hold"] * 9]  # type: ignore[list-item]
    opened.locator("input.files").set_input_files(photos[:4])
    expect(opened.get_by_text("1 photo in this job.")).to_be_visible(timeout=SLOW)

    # No other test may go on with what ends here.
    forget_sign_ins(user)
    # The session ends while photos are on their way: the next thing the page asks of the service is refused.
    cloud.client("cognito-idp").admin_user_global_sign_out(UserPoolId=cloud.outputs.user_pool_id, Username=user)
    time.sleep(short_tokens)
    line.release()
    expect(opened.get_by_label("E-mail address")).to_be_visible(timeout=SLOW)
    expect(opened.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=SLOW)
    snap(opened, "upload-7-signed-out.png")
    opened.get_by_label("E-mail address").fill(user)
    opened.get_by_role("textbox", name="Password").fill(PASSWORD)
    opened.get_by_role("button", name="Sign in", exact=True).click()

    in_this_job(opened, 4)
    expect(problems(opened)).to_be_hidden()


def describe(page: Page) -> None:
    words = page.get_by_label("Describe the new background")
    words.fill("On a light wooden table")
    words.press("Tab")


def pictures_of_the_job(page: Page, count: int) -> None:
    """Wait for the page of a job of that many pictures."""
    expect(page).to_have_url(re.compile(r"/job\?id="), timeout=SLOW)
    expect(page.get_by_text(re.compile(rf"\bof {count}\b")).first).to_be_visible(timeout=SLOW)


def test_a_job_waits_for_the_photos_that_are_on_their_way(opened: Page, photos: list[Path], line: Line) -> None:
    line.outcomes = [*[None] * 2, *["hold"] * 9]  # type: ignore[list-item]
    opened.locator("input.files").set_input_files(photos[:4])
    expect(opened.get_by_text("2 photos in this job.")).to_be_visible(timeout=SLOW)
    describe(opened)

    box = opened.locator(".st-key-submit-box")
    expect(box).to_contain_text("2 photos are still on their way and would be left out")
    start = box.get_by_role("button", name="Start when all photos are in")
    start.scroll_into_view_if_needed()
    snap(opened, "upload-9-on-their-way.png")
    start.click()
    expect(box).to_contain_text("starts by itself when they are in")
    expect(box.get_by_role("button", name="Starts when all photos are in")).to_be_disabled()
    snap(opened, "upload-10-waits.png")
    line.release()

    pictures_of_the_job(opened, 4)


@pytest.mark.slow
def test_a_job_started_without_some_photos_keeps_them_for_the_next(
    opened: Page, photos: list[Path], line: Line
) -> None:
    line.outcomes = [*[None] * 2, *["hold"] * 9]  # type: ignore[list-item]
    opened.locator("input.files").set_input_files(photos[:4])
    expect(opened.get_by_text("2 photos in this job.")).to_be_visible(timeout=SLOW)
    describe(opened)
    opened.get_by_role("button", name="Start without them").click()

    pictures_of_the_job(opened, 2)
    snap(opened, "upload-11-without.png")
    line.release()
    opened.get_by_role("link", name="New job").first.click()
    expect(problems(opened)).to_contain_text("2 files are left out.", timeout=SLOW)
    expect(problems(opened).locator("li").first).to_contain_text("The job was started without it.")
    snap(opened, "upload-12-next-job.png")
    opened.get_by_role("button", name="Try 2 again").click()
    in_this_job(opened, 2)


def test_keyboard(opened: Page, photos: list[Path]) -> None:
    # Heard from the start: `expect_file_chooser` has the browser listen only as the key is pressed, and on a busy
    # machine one key in six was quicker (the page heard it, the chooser was told to nobody).
    choosers: list[FileChooser] = []
    opened.on("filechooser", lambda chooser: choosers.append(chooser))
    zone = opened.locator(".uploader .zone")
    settle(opened)
    zone.focus()
    expect(zone).to_be_focused()
    opened.keyboard.press("Enter")
    until = time.monotonic() + 30
    while not choosers:
        assert time.monotonic() < until, "Enter opened no file chooser"
        opened.wait_for_timeout(50)
    opened.keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Choose photos")).to_be_focused()
    opened.keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Choose a folder")).to_be_focused()
    choosers[0].set_files(photos[:1])

    in_this_job(opened, 1)


@pytest.mark.slow
def test_on_a_phone(web_url: str, cloud: LocalCloud, page: Page, user: str, folder: Path, line: Line) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    sign_in(page, cloud, web_url, (user, PASSWORD))
    expect(page.get_by_role("button", name="Choose photos")).to_be_visible(timeout=SLOW)
    line.outcomes = [None, *["hold"] * 9]  # type: ignore[list-item]
    page.locator("input.folder").set_input_files(folder)
    expect(problems(page)).to_contain_text("4 files are left out.", timeout=SLOW)
    expect(page.locator(".uploader .active li")).to_have_count(5, timeout=SLOW)
    page.locator(".uploader").scroll_into_view_if_needed()
    snap(page, "upload-8-phone.png", full_page=True)

    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    for button in page.locator(".uploader button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44, f"too small to hit: {button.inner_text()}"
    line.release()
    in_this_job(page, GOOD)


def test_the_storage_takes_photos_from_this_page_only(cloud: LocalCloud, web_url: str) -> None:
    rules = cloud.client("s3").get_bucket_cors(Bucket=cloud.outputs.bucket)["CORSRules"]

    assert [rule["AllowedOrigins"] for rule in rules] == [[web_url]]
    assert [rule["AllowedMethods"] for rule in rules] == [["POST"]]
    assert json.dumps(rules).count("*") == 1, "of headers alone"
