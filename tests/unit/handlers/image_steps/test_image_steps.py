"""StagePayload and DecodeResult together, with an S3 in memory and answers made by the test."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused, ResponseInvalid
from backdrop.handlers import decode_result, stage_payload
from backdrop.imaging.photos import open_photo
from tests.newer_versions import more_models
from tests.truth import surely_inside
from tests.unit.handlers.image_steps.conftest import SAMPLES, SOURCE, Bucket, child, run_pass, stability

pytestmark = pytest.mark.usefixtures("small_photo")

SIZE = (500, 400)
TRUTH = Image.open(SAMPLES / "alpha" / "toy_car_rug.alpha.png").convert("L").resize(SIZE)


def cut_out() -> Image.Image:
    photo = Image.open(SAMPLES / "photos" / "toy_car_rug.jpg").convert("RGB").resize(SIZE)
    photo.putalpha(TRUTH)
    return photo


def small_cut_out(bucket: Bucket) -> bytes:
    """The answer of a cut-out of the bucket's photo that keeps all of it."""
    with Image.open(io.BytesIO(bucket[SOURCE])) as photo:
        return stability(photo.convert("RGBA"))


def finished(bucket: Bucket, mode: str) -> tuple[dict[str, Any], Image.Image]:
    state = run_pass(bucket, child(mode), stability(cut_out()))
    state["Turn"]["Attempt"] = 2
    state = run_pass(bucket, state, stability(Image.new("RGB", SIZE, (10, 200, 90))))
    return state, Image.open(io.BytesIO(bucket[state["Result"]["OutputKey"]]))


def test_precise_gives_the_photographers_subject_on_the_models_background(bucket: Bucket) -> None:
    state, image = finished(bucket, "PRECISE")
    photo = open_photo(bucket[SOURCE]).image
    inside = surely_inside(TRUTH, 4)
    difference = np.abs(np.asarray(image, np.int16) - np.asarray(photo, np.int16))[inside]
    assert image.size == photo.size
    assert image.format == "JPEG"
    assert difference.max() <= 12, "nothing but the JPEG encoder's error"
    assert difference.mean() < 1
    assert np.asarray(image)[5, 5].tolist() == pytest.approx([10, 200, 90], abs=3)
    assert state["Done"] is True


def test_default_leaves_the_models_picture_as_it_is(bucket: Bucket) -> None:
    _, image = finished(bucket, "DEFAULT")
    assert np.asarray(image).reshape(-1, 3).std(0).max() < 2


def test_the_record_lets_an_auditor_rebuild_the_request(bucket: Bucket) -> None:
    state, _ = finished(bucket, "PRECISE")
    record = state["Record"]
    passes = json.loads(record["Passes"])
    assert all(isinstance(value, str) for value in record.values())
    assert [one["Attempts"] for one in passes] == [1, 2]
    assert record["Attempts"] == "3"
    assert record["SourceSha256"] == hashlib.sha256(bucket[SOURCE]).hexdigest()
    assert record["OutputSha256"] == hashlib.sha256(bucket[record["OutputKey"]]).hexdigest()
    assert record["OutputBytes"] == str(len(bucket[record["OutputKey"]]))
    for number, one in enumerate(passes):
        assert hashlib.sha256(bucket[one["RequestKey"]]).hexdigest() == one["RequestSha256"]
        assert hashlib.sha256(bucket[one["ResponseKey"]]).hexdigest() == one["ResponseSha256"]
        again = stage_payload.handler({**child(), "Pass": number}, None)
        assert again["RequestSha256"] == one["RequestSha256"], "the request can be rebuilt from source and settings"
    assert passes[1]["Parameters"]["seed"] == 5


def test_an_answer_that_is_already_there_is_found(bucket: Bucket) -> None:
    state = child()
    first = stage_payload.handler(state, None)
    assert first["Answered"] is False
    bucket[first["ResponseKey"]] = stability(cut_out())
    assert stage_payload.handler(state, None)["Answered"] is True
    other = {**state, "Job": {**state["Job"], "Mode": "PRECISE"}, "Item": {**state["Item"], "Key": "in/d/other.jpg"}}
    bucket["in/d/other.jpg"] = bucket[SOURCE]
    assert stage_payload.handler(other, None)["Answered"] is False, "another photo's answer is not ours"


def test_a_newer_version_does_not_take_the_answer_of_the_known_one(bucket: Bucket) -> None:
    newer = "us.stability.stable-image-inpaint-v1:1"
    with Image.open(io.BytesIO(bucket[SOURCE])) as photo:
        painted = stability(Image.new("RGB", photo.size))
    state = child()
    state["Job"]["Options"] = {"MaskSource": "BUILT_IN"}
    state = run_pass(bucket, state, small_cut_out(bucket))
    known = stage_payload.handler(state, None)
    bucket[known["ResponseKey"]] = painted
    with more_models(f"{newer}/{known['ModelId']}/usd:0.5"):
        answers_at = known["ResponseKey"].rsplit(".", 2)[0]
        assert keys.answer_key(answers_at, 1, known["RequestSha256"]) == known["ResponseKey"]
        state = {**state, "Job": {**state["Job"], "ModelId": newer}, "Item": {**state["Item"], "AnswersAt": answers_at}}
        stage = stage_payload.handler(state, None)
        assert (stage["ModelId"], stage["Usd"], stage["Answered"]) == (newer, 0.5, False)
        assert stage["RequestSha256"] == known["RequestSha256"], "it is asked in the same words"
        assert stage["ResponseKey"] != known["ResponseKey"]
        done = run_pass(bucket, state, painted)
    assert json.loads(done["Record"]["Passes"])[-1]["ModelId"] == newer


def test_a_job_takes_its_photos_out_of_the_drafts_lifecycle(bucket: Bucket) -> None:
    stage_payload.handler(child(), None)
    assert bucket.kept == [], "a photo that nobody checked was in none"
    stage_payload.handler(child(Sha256=hashlib.sha256(bucket[SOURCE]).hexdigest()), None)
    assert bucket.kept == [SOURCE, f"{SOURCE}.preview.jpg", f"{SOURCE}.thumb.jpg"]


def test_what_the_built_in_cut_out_doubts_is_flagged_where_it_lies_in_whatever_pass_it_was_made(bucket: Bucket) -> None:
    state = child()
    state["Job"]["Options"] = {"MaskSource": "BUILT_IN"}
    answer = json.loads(stability(cut_out()))
    answer["doubt"] = {"measured": 0.4, "box": [0.1, 0.2, 0.3, 0.25]}
    state = run_pass(bucket, state, json.dumps(answer).encode())
    state = run_pass(bucket, state, stability(Image.new("RGB", SIZE, (10, 200, 90))))
    (flag,) = json.loads(state["Record"]["Review"])["flags"]
    assert (flag["code"], flag["measured"], flag["box"]) == ("CUT_OUT_DOUBTFUL", 0.4, [0.1, 0.2, 0.3, 0.25])


def test_a_failed_decode_stores_no_finished_image(bucket: Bucket) -> None:
    state = run_pass(bucket, child(), stability(cut_out()))
    with pytest.raises(ResponseInvalid):
        run_pass(bucket, state, stability(Image.new("RGB", (100, 100))))
    assert keys.output_key("out/d", "toy-car-abcd1234.jpg", "jpg") not in bucket


def test_a_missing_answer_and_a_missing_photo_have_their_codes(bucket: Bucket) -> None:
    with pytest.raises(BackdropError) as failure:
        run_pass(bucket, child(), None)
    assert failure.value.code is ErrorCode.RESPONSE_INVALID
    with pytest.raises(BackdropError) as failure:
        stage_payload.handler(child(Key="in/d/gone.jpg"), None)
    assert failure.value.code is ErrorCode.PHOTO_MISSING


def test_a_photo_replaced_after_the_check_is_refused(bucket: Bucket) -> None:
    with pytest.raises(PhotoRefused) as failure:
        stage_payload.handler(child(Sha256="0" * 64), None)
    assert failure.value.code is ErrorCode.PHOTO_CHANGED
    state = run_pass(bucket, child(), stability(cut_out()))
    stage = stage_payload.handler(state, None)
    bucket[stage["ResponseKey"]] = stability(Image.new("RGB", SIZE))
    bucket[SOURCE] = (SAMPLES / "photos" / "book_stack_carpet.jpg").read_bytes()
    with pytest.raises(PhotoRefused):
        decode_result.handler({**state, "Stage": stage}, None)


def test_a_photo_replaced_by_something_else_is_said_to_be_replaced(bucket: Bucket) -> None:
    bucket[SOURCE] = b"<html>"
    with pytest.raises(PhotoRefused) as failure:
        stage_payload.handler(child(Sha256="0" * 64), None)
    assert failure.value.code is ErrorCode.PHOTO_CHANGED


def test_an_image_has_begun_once_a_call_was_made_for_it(bucket: Bucket) -> None:
    paid = run_pass(bucket, child(), stability(cut_out()))
    assert paid["Begun"] is True

    reused = child()
    reused["Turn"]["Attempt"] = 0
    assert run_pass(bucket, reused, None)["Begun"] is False, "an answer that was there already costs nothing"


def test_a_finished_image_has_a_thumbnail_beside_it(bucket: Bucket) -> None:
    state, image = finished(bucket, "PRECISE")

    small = Image.open(io.BytesIO(bucket[keys.thumbnail_key(state["Result"]["OutputKey"])]))

    assert (small.format, max(small.size)) == ("JPEG", 480)
    assert small.width / small.height == pytest.approx(image.width / image.height, rel=0.01)


def bracelet(value: int = 255) -> tuple[bytes, Image.Image]:
    """A cut-out with a hole, of one colour, with another under what is transparent; and its alpha."""
    alpha = Image.new("L", (400, 320), 0)
    ImageDraw.Draw(alpha).ellipse((100, 60, 300, 260), outline=value, width=40)
    image = Image.new("RGB", alpha.size, (255, 0, 255))
    image.paste((40, 60, 180), mask=alpha.point([0] + [255] * 255))
    image.putalpha(alpha)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue(), alpha


@pytest.mark.parametrize("value", [255, 120], ids=["opaque", "see-through"])
@pytest.mark.parametrize("background", ["generated", "transparent", "#00a040"])
def test_a_cut_out_that_nobody_inspected_is_used_as_it_is(bucket: Bucket, background: str, value: int) -> None:
    bucket[SOURCE], alpha = bracelet(value)
    state = child()
    state["Job"]["Options"] = {"Background": background} if background != "generated" else {}
    painted = stability(Image.new("RGB", (400, 320), (0, 160, 64))) if background == "generated" else None
    state = run_pass(bucket, state, painted)

    assert state["Done"] is True, "one pass at most, and no cut-out"
    assert state["Record"]["MaskFrom"] == "Photo"
    assert len(state["Passes"]) == (1 if painted else 0)
    image: Image.Image = Image.open(io.BytesIO(bucket[state["Result"]["OutputKey"]]))
    if background == "transparent":
        assert image.getchannel("A").tobytes() == alpha.tobytes()
        assert not np.asarray(image)[np.asarray(alpha) == 0].any()
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 160, 64, 255)), image)
    expected = Image.composite(
        Image.new("RGB", alpha.size, (40, 60, 180)), Image.new("RGB", alpha.size, (0, 160, 64)), alpha
    )
    difference = np.abs(np.asarray(image.convert("RGB"), np.int16) - np.asarray(expected, np.int16))
    assert json.loads(state["Record"]["Review"])["flags"] == [], "what somebody chose is not doubted"
    assert difference.max() <= 8, "the hole is a hole, nothing is milky, nothing hidden comes out"


def test_an_inspected_photo_whose_mask_was_taken_away_is_cut_out(bucket: Bucket) -> None:
    bucket[SOURCE], _ = bracelet()
    state = child(Sha256=hashlib.sha256(bucket[SOURCE]).hexdigest())
    stage = stage_payload.handler(state, None)
    assert "remove-background" in stage["ModelId"]
