"""What the upload page holds to, in the running server: its memory, its limits, and whom it listens to."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from localcloud.cloud import LocalCloud
from tests.bench.processes import memory_mb
from tests.bench.upload import make_photos
from tests.e2e.conftest import snap
from tests.e2e.test_upload import SLOW, in_this_job
from tests.e2e.test_upload import opened as opened
from tests.e2e.test_upload import user as user

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(240)]

COUNT, MEGABYTES = 16, 10
MOST_MB = 60.0
"""More than the pages of one more person need; less than half of what is sent."""


@pytest.fixture
def rekognition(cloud: LocalCloud) -> Any:
    """Counts the calls for labels: a rule that does no harm says how often it was met."""
    rule = {"kind": "slow", "model": "rekognition:DetectLabels", "delaySeconds": 0.001, "count": 100_000}
    faults = f"{cloud.outputs.endpoint}/_backdrop/faults"
    httpx.put(faults, json={"rules": [rule]}).raise_for_status()
    yield lambda: 100_000 - int(httpx.get(faults).json()["rules"][0]["count"])
    httpx.delete(faults)


@pytest.fixture
def no_labels(cloud: LocalCloud) -> Any:
    """Rekognition answers nothing."""
    faults = f"{cloud.outputs.endpoint}/_backdrop/faults"
    rule = {"kind": "denied", "model": "rekognition:DetectLabels"}
    httpx.put(faults, json={"rules": [rule]}).raise_for_status()
    yield
    httpx.delete(faults)


def web_server(port: int) -> int:
    """The process that listens on a port of this machine."""
    listening = f"0100007F:{port:04X}"
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1] == listening and fields[3] == "0A":
            socket = f"socket:[{fields[9]}]"
            for link in Path("/proc").glob("[0-9]*/fd/*"):
                try:
                    if str(link.readlink()) == socket:
                        return int(link.parts[2])
                except OSError:
                    continue
    raise LookupError(port)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads the kernel's own figures (Linux)")
def test_the_servers_memory_does_not_grow_with_what_is_uploaded(
    opened: Page, web_port: int, tmp_path: Path, no_labels: None
) -> None:
    photos = make_photos(tmp_path / "photos", COUNT, MEGABYTES)
    server = web_server(web_port)
    # From here on the kernel's peak is that of the upload.
    Path(f"/proc/{server}/clear_refs").write_text("5", encoding="ascii")
    idle = memory_mb(server)

    opened.locator("input.files").set_input_files(photos)
    in_this_job(opened, COUNT)

    grown = memory_mb(server, "VmHWM") - idle
    assert grown < MOST_MB, f"{COUNT * MEGABYTES} MB were sent, and the web server grew by {grown:.0f} MB"


def test_streamlits_own_upload_address_takes_nothing(opened: Page, web_url: str, context: BrowserContext) -> None:
    cookies = {cookie.get("name", ""): cookie.get("value", "") for cookie in context.cookies()}
    assert "_streamlit_xsrf" in cookies
    address = f"{web_url}/_stcore/upload_file/any-session/any-file"
    file = {"file": ("photo.jpg", b"\xff\xd8\xff", "image/jpeg")}

    # Whoever is signed in, but without the token that only the page's own script can read.
    refused = httpx.put(address, files=file, cookies=cookies)
    assert refused.status_code == httpx.codes.FORBIDDEN, refused.text
    wrong = httpx.put(address, files=file, cookies=cookies, headers={"X-Xsrftoken": "made-up"})
    assert wrong.status_code == httpx.codes.FORBIDDEN, wrong.text


def test_the_storage_refuses_what_is_larger_than_was_agreed(cloud: LocalCloud) -> None:
    headers = {"Authorization": cloud.demo_token()}
    with httpx.Client(base_url=cloud.outputs.api_url, headers=headers) as api:
        draft = api.post("/drafts", json={}).json()["draftId"]
        limit = api.get("/models").json()["limits"]["maxUploadBytes"]
        told = {"photos": [{"name": "a.jpg", "size": 100, "contentType": "image/jpeg"}]}
        upload = api.post(f"/drafts/{draft}/photos", json=told).json()["photos"][0]["upload"]
        larger = {"photos": [{"name": "b.jpg", "size": limit + 1, "contentType": "image/jpeg"}]}
        (refused,) = api.post(f"/drafts/{draft}/photos", json=larger).json()["photos"]

    assert refused["status"] == "REFUSED"
    answer = httpx.post(upload["url"], data=upload["fields"], files={"file": io.BytesIO(bytes(limit + 1))}, timeout=60)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "<Code>EntityTooLarge</Code>" in answer.text


def test_labels_are_asked_for_once_for_each_photo(
    opened: Page, tmp_path: Path, rekognition: Any, cloud: LocalCloud
) -> None:
    photos = []
    for number in range(3):
        photos.append(tmp_path / f"photo {number}.jpg")
        Image.new("RGB", (300, 200), (80 * number, 120, 90)).save(photos[-1])
        # One after the other: a look that takes more than API Gateway's 29 s, as three at once may on a busy machine,
        # is asked for again, and so are its labels.
        opened.locator("input.files").set_input_files(photos[-1])
        in_this_job(opened, number + 1)
    assert rekognition() == 3

    # The page is drawn again, loaded again, left and come back to; the same files are added once more.
    opened.get_by_text("Transparent", exact=True).click()
    opened.get_by_text("One colour", exact=True).click()
    opened.reload()
    in_this_job(opened, 3)
    opened.get_by_role("link", name="Jobs").click()
    opened.get_by_role("link", name="New job").first.click()
    in_this_job(opened, 3)
    opened.locator("input.files").set_input_files(photos)
    expect(opened.locator(".uploader .said")).to_have_text("0 photos added. 3 were in this job already.", timeout=SLOW)
    assert rekognition() == 3


def test_labels_are_typed_by_hand_when_they_can_not_be_had(opened: Page, tmp_path: Path, no_labels: None) -> None:
    photo = tmp_path / "vase.jpg"
    Image.new("RGB", (300, 200), (10, 120, 90)).save(photo)
    opened.locator("input.files").set_input_files(photo)
    in_this_job(opened, 1)

    card = opened.locator(".st-key-cards")
    expect(card).to_contain_text("Looking for things in this photo did not work.")
    field = card.get_by_role("combobox")
    field.fill("Vase")
    opened.keyboard.press("Enter")
    expect(card.get_by_text("Vase", exact=True)).to_be_visible()
    snap(opened, "upload-13-by-hand.png")
    words = opened.get_by_label("Describe the new background")
    words.fill("On a light wooden table")
    words.press("Tab")
    opened.get_by_role("button", name="Start the job (1 photo)").click()
    expect(opened).to_have_url(re.compile(r"/job\?id="), timeout=SLOW)
