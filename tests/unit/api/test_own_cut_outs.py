"""Photos that are cut-outs already: inspection takes their alpha as the mask; what is told and paid follows."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from backdrop.core.errors import BackdropError, ErrorCode
from tests.unit.api.conftest import Api

SIZE = (320, 240)


def cut_out(format_: str = "PNG", value: int = 255) -> bytes:
    alpha = Image.new("L", SIZE, 0)
    ImageDraw.Draw(alpha).ellipse((100, 60, 220, 180), fill=value)
    image = Image.new("RGB", SIZE, (200, 40, 40))
    image.putalpha(alpha)
    out = io.BytesIO()
    image.save(out, format_, lossless=True)
    return out.getvalue()


def brought(api: Api, draft: str, data: bytes, name: str = "ring.png") -> dict[str, Any]:
    (photo,) = api.upload(draft, name, data=data)
    answer: dict[str, Any] = api.inspect(draft, photo).body
    return answer


@pytest.fixture
def draft(api: Api) -> str:
    return api.draft()


@pytest.mark.parametrize(
    "data", [cut_out(), cut_out("WEBP"), cut_out(value=100)], ids=["png", "webp", "see-through product"]
)
def test_its_alpha_is_its_mask_and_no_cut_out_is_paid(api: Api, draft: str, data: bytes) -> None:
    photo = brought(api, draft, data)
    api.ready(draft, "mug.jpg")

    assert (photo["status"], photo["hasMask"], photo["maskFrom"]) == ("READY", True, "PHOTO")
    (mask,) = (data for key, data in api.objects.data.items() if key.endswith(".mask.png"))
    assert Image.open(io.BytesIO(mask)).getbbox() == (100, 60, 221, 181)
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach"}).body
    assert told["cutOutAlready"] == 1
    assert sorted(call["calls"] for call in told["calls"]) == [1, 2], "one cut-out for two photos"
    assert api.submit(draft).status == 202
    ring, mug = api.manifest(draft)
    assert (ring["MaskFrom"], ring["MaskSha256"]) == ("Photo", hashlib.sha256(mask).hexdigest())
    assert "MaskSha256" not in mug
    assert api.call("GET", f"/jobs/{draft}").body["estimatedCostUsd"] == pytest.approx(told["usd"])


def test_a_mask_that_is_brought_counts_instead_and_none_is_possible_too(api: Api, draft: str) -> None:
    photo = brought(api, draft, cut_out())["photoId"]
    path = f"/drafts/{draft}/photos/{photo}/mask"
    mask = Image.new("L", SIZE, 0)
    mask.paste(255, (0, 0, 160, 240))
    out = io.BytesIO()
    mask.save(out, "PNG")
    fields = api.call("POST", path, {"size": len(out.getvalue())}).body["upload"]["fields"]
    api.objects.data[fields["key"]] = out.getvalue()

    assert api.call("POST", f"{path}/inspect", {}).body["maskFrom"] == "UPLOAD"
    assert api.call("DELETE", path).status == 204
    assert "maskFrom" not in api.call("GET", f"/drafts/{draft}").body["photos"][0]
    told = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach"}).body
    assert (told["cutOutAlready"], [call["calls"] for call in told["calls"]]) == (0, [1, 1])


def test_labels_asked_for_again_leave_a_mask_alone_that_came_meanwhile(api: Api, draft: str) -> None:
    api.detector.failure = BackdropError(ErrorCode.LABELS_UNAVAILABLE, "Busy.")
    photo = brought(api, draft, cut_out())
    assert photo["labelsError"]
    api.detector.failure = None
    assert api.call("DELETE", f"/drafts/{draft}/photos/{photo['photoId']}/mask").status == 204

    assert api.inspect(draft, photo["photoId"]).body["labels"]
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["hasMask"] is False


def test_a_photo_of_which_nothing_is_seen_is_refused(api: Api, draft: str) -> None:
    photo = brought(api, draft, cut_out(value=0))
    assert (photo["status"], photo["error"]["code"]) == ("REFUSED", "PHOTO_INVISIBLE")
    assert api.detector.calls == 0
