"""The mask editor in a real browser: a spoiled cut-out is put right by mouse, by finger and by keyboard."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from playwright.sync_api import Locator, Page, expect

from backdrop.core.options import Options
from backdrop.core.request import JobRequest
from backdrop_client.api import NewPhoto
from backdrop_client.upload import PhotoSource, Uploader
from localcloud.cloud import LocalCloud
from tests.e2e.conftest import ROOT, snap
from tests.e2e.jobs import Maker, sign_in, small
from tests.e2e.looking import SIZES, VARIANTS, Looker

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.timeout(300)]

expect.set_options(timeout=20_000)

NAME, SIDE = "toy_car_rug", 900
LOST = (0.0, 0.32)
"""Shares of the subject's width that its mask has lost, from the left."""

Mask = NDArray[np.uint8]
Line = Sequence[tuple[float, float]]


@pytest.fixture(scope="module")
def maker(cloud: LocalCloud) -> Maker:
    return Maker.of(cloud)


@pytest.fixture(scope="module")
def truth() -> Mask:
    with Image.open(ROOT / "samples" / "photos" / f"{NAME}.jpg") as photo:
        size = ImageOps.exif_transpose(photo).size
    with Image.open(ROOT / "samples" / "alpha" / f"{NAME}.alpha.png") as alpha:
        grey = alpha.convert("RGBA").getchannel("A") if alpha.mode != "L" else alpha.convert("L")
    scale = SIDE / max(size)
    return np.asarray(grey.resize((round(size[0] * scale), round(size[1] * scale))), np.uint8)


@pytest.fixture(scope="module")
def spoiled(truth: Mask) -> Mask:
    """The true mask with its left part gone, and a disc of the ground beside it stuck to it."""
    mask = truth.copy()
    columns = np.flatnonzero((truth > 127).any(0))
    width = columns[-1] - columns[0]
    mask[:, columns[0] + int(LOST[0] * width) : columns[0] + int(LOST[1] * width)] = 0
    x, y = stray_of(truth)
    cv2.circle(mask, (x, y), SIDE // 16, 255, -1)
    return mask


def stray_of(truth: Mask) -> tuple[int, int]:
    """Where the disc of ground is: below the subject's right half."""
    rows, columns = np.nonzero(truth > 127)
    return int(np.quantile(columns, 0.8)), min(truth.shape[0] - SIDE // 14, int(rows.max()) + SIDE // 24)


def strokes(truth: Mask) -> tuple[Line, Line]:
    """A line over what is lost, one over the disc, in shares."""
    height, width = truth.shape
    columns = np.flatnonzero((truth > 127).any(0))
    span = columns[-1] - columns[0]
    over = [columns[0] + int(share * span) for share in np.linspace(0.05, LOST[1] + 0.03, 6)]
    lost = [(x / width, float(np.median(np.flatnonzero(truth[:, x] > 127))) / height) for x in over]
    x, y = stray_of(truth)
    return lost, [((x - 25) / width, (y + 12) / height), ((x + 25) / width, (y + 12) / height)]


def iou(one: Mask, other: Mask) -> float:
    one, other = (np.asarray(Image.fromarray(mask).resize((600, 600)), np.uint8) for mask in (one, other))
    return float(((one > 127) & (other > 127)).sum() / ((one > 127) | (other > 127)).sum())


def make_draft(maker: Maker, mask: Mask | None) -> tuple[str, str]:
    """A draft of the photo, with this mask of its own. Answers both ids."""
    draft_id, photo = maker.api.create_draft().draft_id, small(NAME, SIDE)
    (answer,) = maker.api.add_photos(draft_id, [NewPhoto(f"{NAME}.jpg", len(photo), "image/jpeg")])
    assert answer.upload is not None
    assert answer.photo_id is not None
    uploader = Uploader(maker.http)
    uploader.upload(answer.upload, PhotoSource.from_bytes("photo.jpg", photo))
    maker.api.inspect_photo(draft_id, answer.photo_id)
    if mask is not None:
        out = io.BytesIO()
        Image.fromarray(mask).save(out, "PNG")
        data = out.getvalue()
        upload = maker.api.add_mask(draft_id, answer.photo_id, len(data))
        uploader.upload(upload, PhotoSource.from_bytes("mask.png", data))
        maker.api.inspect_mask(draft_id, answer.photo_id)
    return draft_id, answer.photo_id


def stored(maker: Maker, draft_id: str, photo_id: str) -> Mask:
    seen = maker.api.see_mask(draft_id, photo_id, {})
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(seen.mask))).convert("L"), np.uint8)


def open_editor(page: Page, cloud: LocalCloud, web_url: str, draft_id: str) -> Locator:
    sign_in(page, cloud, f"{web_url}/?draft={draft_id}")
    page.get_by_role("button", name="Fix the cut-out").click()
    editor = page.locator("dialog.editor")
    expect(editor).to_be_visible()
    expect(editor.get_by_role("status")).to_contain_text("Draw over")
    return editor


def places(editor: Locator, line: Line) -> list[tuple[float, float]]:
    box = editor.locator(".sheet").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]


def draw(page: Page, editor: Locator, line: Line) -> None:
    """With the mouse, until the stroke was worked on."""
    first, *rest = places(editor, line)
    page.mouse.move(*first)
    page.mouse.down()
    for place in rest:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    expect(editor.get_by_role("status")).to_have_text("Done.")


def use(editor: Locator) -> None:
    editor.get_by_role("button", name="Use this cut-out").click()
    expect(editor).to_have_count(0)


def test_strokes_put_a_spoiled_cut_out_right_and_the_result_is_made_with_it(
    web_url: str, cloud: LocalCloud, maker: Maker, truth: Mask, spoiled: Mask, page: Page
) -> None:
    draft_id, photo_id = make_draft(maker, spoiled)
    assert iou(spoiled, truth) < 0.8
    editor = open_editor(page, cloud, web_url, draft_id)
    snap(page, "mask-editor-spoiled.png")
    lost, stray = strokes(truth)
    draw(page, editor, lost)
    editor.get_by_role("button", name="Remove", exact=False).first.click()
    draw(page, editor, stray)
    snap(page, "mask-editor-done.png")

    looker = Looker(VARIANTS)
    looker(page, "mask-editor")
    assert not looker.found, "\n".join(looker.found)
    page.set_viewport_size(SIZES["wide"])

    # What was done can be taken back, and done again.
    editor.get_by_role("button", name="Undo").click()
    editor.get_by_role("button", name="Undo").click()
    expect(editor.get_by_role("button", name="Undo")).to_be_disabled()
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("Control+Shift+Z")
    expect(editor.get_by_role("button", name="Redo")).to_be_disabled()
    use(editor)
    expect(page.get_by_text("You put this cut-out right")).to_be_visible()

    assert iou(stored(maker, draft_id, photo_id), truth) > 0.97
    job = maker.finished(maker.api.submit(draft_id, JobRequest("", options=Options(background="transparent"))))
    (image,) = maker.api.images_page(job.job_id).images
    assert image.after_url is not None
    result = Image.open(io.BytesIO(maker.http.get(image.after_url).content))
    assert iou(np.asarray(result.convert("RGBA").getchannel("A"), np.uint8), truth) > 0.97
    report = report_of(maker, job.job_id)["Images"][0]
    assert report["MaskFrom"] == "Edited"
    assert report["EditedMask"]["At"]
    assert report["Passes"] == [], "no cut-out was made, or paid"


def report_of(maker: Maker, job_id: str) -> Any:
    urls = maker.api.job(job_id).report_urls
    assert urls is not None
    assert urls.json_ is not None
    return maker.http.get(urls.json_).json()


def test_a_finger_on_a_phone_does_the_same_and_two_fingers_zoom(
    web_url: str, cloud: LocalCloud, maker: Maker, truth: Mask, spoiled: Mask, page: Page
) -> None:
    draft_id, photo_id = make_draft(maker, spoiled)
    page.set_viewport_size(SIZES["phone"])
    editor = open_editor(page, cloud, web_url, draft_id)
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def swipe(line: Line) -> None:
        first, *rest = places(editor, line)
        touch("touchStart", first)
        for place in rest:
            touch("touchMove", place)
        touch("touchEnd")
        expect(editor.get_by_role("status")).to_have_text("Done.")

    lost, stray = strokes(truth)
    swipe(lost)
    editor.get_by_role("button", name="Remove", exact=False).first.click()
    swipe(stray)
    snap(page, "mask-editor-phone.png")
    (middle,) = places(editor, [(0.5, 0.5)])
    touch("touchStart", (middle[0] - 20, middle[1]), (middle[0] + 20, middle[1]))
    touch("touchMove", (middle[0] - 60, middle[1]), (middle[0] + 60, middle[1]))
    touch("touchEnd")
    expect(editor.locator(".zoom")).not_to_have_text("100 %")
    use(editor)
    expect(page.get_by_text("You put this cut-out right")).to_be_visible()
    assert iou(stored(maker, draft_id, photo_id), truth) > 0.97


def test_the_keyboard_alone_does_the_same_and_a_reload_loses_nothing(
    web_url: str, cloud: LocalCloud, maker: Maker, truth: Mask, spoiled: Mask, page: Page
) -> None:
    draft_id, photo_id = make_draft(maker, spoiled)
    editor = open_editor(page, cloud, web_url, draft_id)
    keys = page.keyboard
    lost, stray = strokes(truth)

    def go_to(place: tuple[float, float]) -> None:
        for _ in range(200):
            now = cursor()
            away = (place[0] - now[0], place[1] - now[1])
            if max(map(abs, away)) < 0.012:
                return
            side = 0 if abs(away[0]) > abs(away[1]) else 1
            key = (("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown"))[side][int(away[side] > 0)]
            keys.press(f"Shift+{key}" if abs(away[side]) > 0.07 else key)
        raise AssertionError(f"the cursor never came to {place}")

    def cursor() -> tuple[float, float]:
        left, top = editor.locator(".cursor").evaluate("one => [one.style.left, one.style.top].map(parseFloat)")
        return left / 100, top / 100

    def stroke(line: Line) -> None:
        keys.press("ArrowRight")
        go_to(line[0])
        keys.press(" ")
        for place in line[1:]:
            go_to(place)
        keys.press(" ")
        expect(editor.get_by_role("status")).to_have_text("Done.")

    stroke(lost)
    page.reload()
    page.get_by_role("button", name="Fix the cut-out").click()
    expect(editor.get_by_role("status")).to_contain_text("are here again")
    keys.press("r")
    stroke(stray)
    keys.press("Enter")
    expect(editor).to_have_count(0)
    expect(page.get_by_text("You put this cut-out right")).to_be_visible()
    assert iou(stored(maker, draft_id, photo_id), truth) > 0.97


def test_the_cut_outs_are_seen_before_anything_is_paid_and_one_is_put_right_after_a_job(
    web_url: str, cloud: LocalCloud, maker: Maker, truth: Mask, page: Page
) -> None:
    draft_id, photo_id = make_draft(maker, None)
    sign_in(page, cloud, f"{web_url}/?draft={draft_id}")
    page.get_by_text("Show the cut-outs").click()
    card = page.locator(f".st-key-photo-{photo_id} .bd-chequered img")
    expect(card).to_have_attribute("style", re.compile("data:image/png"))
    snap(page, "cut-outs-seen.png")
    # Another test may have had the same photo cut out.
    asked = JobRequest("", options=Options(background="#ffffff", reuse_answers=False))
    job = maker.finished(maker.api.submit(draft_id, asked))
    assert report_of(maker, job.job_id)["Totals"]["ModelCalls"] == 1

    page.goto(f"{web_url}/job?id={job.job_id}")
    page.locator(".tile").first.click()
    page.get_by_role("button", name="Fix the cut-out").click()
    editor = page.locator("dialog.editor")
    expect(editor).to_be_visible()
    editor.get_by_role("button", name="Eraser").click()
    first, *rest = places(editor, [(0.3, 0.3), (0.4, 0.3)])
    page.mouse.move(*first)
    page.mouse.down()
    page.mouse.move(*rest[0], steps=3)
    page.mouse.up()
    use(editor)
    page.get_by_role("button", name="Make it again").click()
    expect(page.locator(".try").first).to_have_text("try 2 of 2", timeout=60_000)
    assert job.job_id in page.url, "the new try is in the same set"
    (redo,) = maker.api.tries(job.job_id).redos
    again = maker.finished(maker.api.job(redo.job_id))
    made = report_of(maker, again.job_id)
    assert made["Images"][0]["MaskFrom"] == "Edited"
    assert made["Totals"]["ModelCalls"] == 0, "the cut-out is the edited one, white costs nothing"
