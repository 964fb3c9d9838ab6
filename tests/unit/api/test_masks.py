"""A mask of one's own: what is taken, what it becomes, who may bring it and until when."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from tests.png_files import chunk, gama, iccp
from tests.unit.api.conftest import Answer, Api

SIZE = (320, 240)
BOX = (80, 60, 240, 180)


def drawing(mode: str = "L", size: tuple[int, int] = SIZE) -> Image.Image:
    """White on black: a rectangle in the middle."""
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rectangle([side * size[0] // SIZE[0] for side in BOX], fill=255)
    return mask.convert(mode)


def png(image: Image.Image, **keywords: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **keywords)
    return out.getvalue()


def register(api: Api, draft: str, photo: str, size: int = 1000, user: str = "ann") -> Answer:
    return api.call("POST", f"/drafts/{draft}/photos/{photo}/mask", {"size": size}, user)


def inspect(api: Api, draft: str, photo: str, user: str = "ann") -> Answer:
    return api.call("POST", f"/drafts/{draft}/photos/{photo}/mask/inspect", {}, user)


def bring(api: Api, draft: str, photo: str, data: bytes) -> Answer:
    """Upload a mask as the browser does, and have it inspected."""
    fields = register(api, draft, photo, len(data)).body["upload"]["fields"]
    api.objects.data[fields["key"]] = data
    return inspect(api, draft, photo)


def stored(api: Api) -> bytes:
    (data,) = (data for key, data in api.objects.data.items() if key.endswith(".mask.png"))
    return data


@pytest.fixture
def draft(api: Api) -> str:
    return api.draft()


@pytest.fixture
def photo(api: Api, draft: str) -> str:
    return api.ready(draft, "mug.jpg")[0]


def test_a_mask_is_stored_as_grey_and_the_job_is_told_its_hash(api: Api, draft: str, photo: str) -> None:
    answer = bring(api, draft, photo, png(drawing("RGB")))

    assert (answer.status, answer.body["hasMask"]) == (200, True)
    mask = Image.open(io.BytesIO(stored(api)))
    assert (mask.format, mask.mode) == ("PNG", "L")
    assert mask.tobytes() == drawing().tobytes()
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["hasMask"] is True
    assert api.submit(draft).status == 202
    assert api.manifest(draft)[0]["MaskSha256"] == hashlib.sha256(stored(api)).hexdigest()


def test_a_photo_whose_mask_says_what_stays_needs_no_word(api: Api, draft: str, photo: str) -> None:
    found = [label["name"] for label in api.call("GET", f"/drafts/{draft}").body["photos"][0]["labels"]]
    assert found
    assert api.submit(draft, labels={photo: []}).code == "NO_LABELS_KEPT"

    bring(api, draft, photo, png(drawing()))

    assert api.submit(draft, labels={photo: []}).status == 202
    (line,) = api.manifest(draft)
    assert line["Labels"] == ""
    assert "Removed" not in line, "nobody told a model to take the product away"
    assert "RemovedBoxes" not in line


def test_the_upload_is_bound_to_one_key_type_and_size(api: Api, draft: str, photo: str) -> None:
    answer = register(api, draft, photo, 4321)

    assert answer.status == 201
    fields = answer.body["upload"]["fields"]
    assert (fields["Content-Type"], fields["test-max-bytes"]) == ("image/png", "4321")
    assert fields["key"].endswith(".jpg.mask-upload.png")


def grey16() -> bytes:
    """16 bits a pixel, in which Pillow's own conversion would clip."""
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">H", drawing().getpixel((x, y)) * 257) for x in range(SIZE[0]))  # type: ignore[operator]
        for y in range(SIZE[1])
    )
    head = struct.pack(">IIBBBBB", *SIZE, 16, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def with_metadata(data: bytes) -> bytes:
    """More of it than Pillow unpacks, and a brightness: a mask is a measure, so it stays as it is."""
    xmp = chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(2**21)))
    return data[:33] + gama(1.0) + iccp(bytes(2**21)) + xmp + data[33:]


def cut_out(colour: str = "black") -> Image.Image:
    image = Image.new("RGBA", SIZE, colour)
    image.putalpha(drawing())
    return image


@pytest.mark.parametrize(
    "make",
    [
        lambda: png(drawing("1")),
        lambda: png(drawing("L")),
        lambda: png(drawing("P")),
        lambda: png(drawing("RGBA")),
        lambda: png(cut_out()),
        lambda: png(cut_out("white")),
        lambda: png(cut_out().convert("LA")),
        grey16,
        lambda: with_metadata(png(drawing())),
    ],
    ids=[
        "1 bit",
        "grey",
        "palette",
        "opaque RGBA",
        "cut-out",
        "white cut-out",
        "grey with alpha",
        "16 bits",
        "2 MB of XMP, linear",
    ],
)
def test_every_kind_of_png_becomes_the_same_mask(api: Api, draft: str, photo: str, make: Callable[[], bytes]) -> None:
    assert bring(api, draft, photo, make()).status == 200
    mask = Image.open(io.BytesIO(stored(api)))
    assert ImageChops.difference(mask, drawing()).getextrema() == (0, 0)


def test_soft_edges_stay_soft(api: Api, draft: str, photo: str) -> None:
    soft = Image.linear_gradient("L").resize(SIZE)
    assert bring(api, draft, photo, png(soft)).status == 200
    assert Image.open(io.BytesIO(stored(api))).tobytes() == soft.tobytes()


def test_another_size_of_the_same_shape_is_taken(api: Api, draft: str, photo: str) -> None:
    assert bring(api, draft, photo, png(drawing(size=(161, 120)))).status == 200


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (png(drawing(size=(240, 320))), "another shape"),
        (png(drawing(size=(320, 236))), "another shape"),
        (png(Image.new("L", SIZE, 0)), "empty"),
        (png(Image.new("L", SIZE, 255)), "full"),
        (png(Image.new("RGBA", SIZE, (255, 255, 255, 0))), "empty"),
        (png(drawing())[:200], "decoded to its end"),
        (b"<svg></svg>", "no PNG"),
        (png(drawing(), save_all=True, append_images=[drawing().rotate(90)]), "animated"),
    ],
)
def test_what_is_no_mask_of_this_photo_is_refused_with_words(
    api: Api, draft: str, photo: str, data: bytes, told: str
) -> None:
    answer = bring(api, draft, photo, data)

    assert (answer.status, answer.code) == (400, "MASK_INVALID")
    assert told in answer.message
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["hasMask"] is False
    assert api.submit(draft).status == 202
    assert "MaskSha256" not in api.manifest(draft)[0]


def test_a_refused_mask_leaves_the_earlier_one(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    before = stored(api)
    assert bring(api, draft, photo, b"nonsense").status == 400
    assert stored(api) == before
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["hasMask"] is True


def test_a_second_mask_replaces_the_first(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    inverted = ImageChops.invert(drawing())
    assert bring(api, draft, photo, png(inverted)).status == 200
    api.submit(draft)
    assert Image.open(io.BytesIO(stored(api))).tobytes() == inverted.tobytes()
    assert api.manifest(draft)[0]["MaskSha256"] == hashlib.sha256(stored(api)).hexdigest()


def test_a_mask_can_be_taken_away_again(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    path = f"/drafts/{draft}/photos/{photo}/mask"

    assert api.call("DELETE", path).status == 204
    assert api.call("DELETE", path).status == 404
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["hasMask"] is False


@pytest.mark.parametrize("size", [0, 20 * 1024 * 1024 + 1])
def test_an_empty_or_huge_mask_is_refused_before_the_upload(api: Api, draft: str, photo: str, size: int) -> None:
    answer = register(api, draft, photo, size)
    assert (answer.status, answer.code) == (400, "MASK_INVALID")
    assert f"{size:,}" in answer.message


def test_another_users_photo_is_not_there(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    path = f"/drafts/{draft}/photos/{photo}/mask"
    answers = [
        register(api, draft, photo, user="bob"),
        inspect(api, draft, photo, user="bob"),
        api.call("DELETE", path, user="bob"),
        register(api, draft, "00000099"),
        register(api, draft, "#draft"),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(404, "NOT_FOUND")] * 5
    assert api.call("GET", f"/drafts/{draft}").body["photos"][0]["hasMask"] is True


def test_after_submission_masks_stay_as_they_are(api: Api, draft: str, photo: str) -> None:
    bring(api, draft, photo, png(drawing()))
    before = stored(api)
    api.submit(draft)
    answers = [
        register(api, draft, photo),
        inspect(api, draft, photo),
        api.call("DELETE", f"/drafts/{draft}/photos/{photo}/mask"),
    ]
    assert [(answer.status, answer.code) for answer in answers] == [(409, "ALREADY_SUBMITTED")] * 3
    assert stored(api) == before


def test_a_mask_needs_a_good_photo_and_an_upload(api: Api, draft: str, photo: str) -> None:
    (waiting,) = api.upload(draft, "pot.jpg")
    for answer in (register(api, draft, waiting), inspect(api, draft, photo)):
        assert (answer.status, answer.code) == (409, "PHOTO_MISSING")
    assert "No mask was uploaded" in answer.message


def test_a_mask_that_comes_while_the_draft_is_submitted_is_in_the_job_or_refused(
    api: Api, draft: str, photo: str
) -> None:
    data = png(drawing())
    key = register(api, draft, photo, len(data)).body["upload"]["fields"]["key"]
    api.objects.data[key] = data

    def late() -> None:
        api.store.before_claim = lambda: None
        assert inspect(api, draft, photo).status == 200

    api.store.before_claim = late
    assert api.submit(draft).status == 202
    assert "MaskSha256" in api.manifest(draft)[0]
