"""New tries of rejected images: what is asked for, and what the set's folder then has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backdrop.api.schemas.jobs import Image, Images
from backdrop.api.schemas.tries import Try
from backdrop.core.options import Options, OutputOptions
from backdrop.core.scenes import Scene
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_client.errors import WrongUse
from backdrop_client.tries.redo import Changes, plan_redo, redo_request
from backdrop_client.tries.sets import SetImage, images_of_set
from tests.answers import make_image, make_job
from tests.unit.client.conftest import Command
from tests.unit.client.fake import FakeBackdrop
from tests.unit.client.test_jobs_again import earlier, image

__all__ = ["earlier"]

JOB = "job00000000000000000000001"


def own(photo: int, variation: int = 1, tries: int = 1, **fields: Any) -> SetImage:
    id_ = f"{photo:08}" + (f"-{variation}" if variation > 1 else "")
    one = make_image(image_id=id_, variation=variation, **{"seed": 6 + variation} | fields)
    return SetImage(one, one, JOB, tries)


def test_variations_of_a_photo_are_one_copy_with_seeds_that_no_try_had() -> None:
    job = make_job(options=Options(variations=3))

    parts = plan_redo(job, [own(0, 1), own(0, 3, tries=2), own(4)], Changes())

    assert [(part.photo_id, part.seeds, part.instead_of) for part in parts] == [
        ("00000000", [107, 209], ["00000000", "00000000-3"]),
        ("00000004", [107], ["00000004"]),
    ]
    request = redo_request(job, parts, ["p0", "p1"], Changes())
    assert (request.redo_of, request.instead_of) == (JOB, {"p0": ["00000000", "00000000-3"], "p1": ["00000004"]})
    assert (request.prompts, request.options.reuse_answers) == ({"p0": "on slate", "p1": "on slate"}, True)
    assert request.count_images(2) == 3


def test_a_scene_is_tried_again_with_its_own_words_and_each_output_is_made() -> None:
    options = Options(scenes=(Scene("a forest"),), outputs=(OutputOptions(format="PNG"),))
    job = make_job(options=options)

    # Four images a photo: two scenes, each in two outputs.
    parts = plan_redo(job, [own(0, 3, scene=2), own(0, 4, scene=2), own(1, 2, scene=1)], Changes(seed=50))

    assert [(part.words, part.seeds, part.instead_of) for part in parts] == [
        ("a forest", [50], ["00000000-3", "00000000-4"]),
        ("on slate", [50], ["00000001", "00000001-2"]),
    ]
    request = redo_request(job, parts, ["p0", "p1"], Changes(seed=50))
    assert (request.options.scenes, request.count_images(2)) == ((), 4)


def test_other_words_and_another_scene_are_for_all_of_them() -> None:
    job = make_job(options=Options(scenes=(Scene("a forest"), Scene(background="#ffffff"))))
    rejected = [own(0), own(0, 2, scene=2)]

    assert {part.words for part in plan_redo(job, rejected, Changes("on oak"))} == {"on oak"}
    assert {part.words for part in plan_redo(job, rejected, Changes(scene=2))} == {"a forest"}
    white = Changes(scene=3)
    request = redo_request(job, plan_redo(job, rejected, white), ["p0", "p1"], white)
    assert (request.options.background, request.prompt, request.prompts) == ("#ffffff", "", {})


def test_the_photo_of_the_try_that_is_shown_is_copied_with_what_was_chosen_for_it() -> None:
    first = own(0)
    shown = make_image(image_id="00000007", seed=107, prompt="on oak", labels_chosen=["Mug"])
    later = replace(first, shown=shown, job_id="job00000000000000000000002", tries=2)

    (part,) = plan_redo(make_job(), [later], Changes())

    assert (part.job_id, part.photo_id, part.words) == ("job00000000000000000000002", "00000007", "on oak")
    assert (part.labels, part.seeds, part.instead_of) == (["Mug"], [207], ["00000000"])
    in_set = later.in_set
    assert (in_set.image_id, in_set.name, in_set.seed, in_set.prompt) == ("00000000", "mug.jpg", 107, "on oak")


@pytest.mark.parametrize(
    ("options", "wanted", "changes", "code"),
    [
        (Options(), [], Changes(), "NOTHING_TO_REDO"),
        (Options(background="#ffffff"), [own(0)], Changes(), "NOTHING_NEW"),
        (Options(), [own(0)], Changes(scene=2), "SCENE_UNKNOWN"),
    ],
)
def test_what_would_change_nothing_is_refused(
    options: Options, wanted: list[SetImage], changes: Changes, code: str
) -> None:
    with pytest.raises(WrongUse) as refused:
        plan_redo(make_job(options=options), wanted, changes)
    assert refused.value.code == code


def test_the_command_redoes_what_is_rejected_and_tells_the_price_first(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    earlier.earlier["status"] = "Succeeded"
    earlier.earlier_images = [image(0, "Succeeded"), image(0, "Succeeded", 2, verdict=Verdict.REJECTED, seed=8)]

    _, _, err = backdrop("redo", "d0", "--rejected", "--prompt", "on oak", "--max-usd", 2, "--out", tmp_path / "out")

    asked = earlier.submitted
    assert asked is not None
    assert (asked["redoOf"], asked["insteadOf"]) == ("d0", {"p0000000": ["00000000-2"]})
    assert (asked["seeds"], asked["prompts"], asked["maxUsd"]) == ({"p0000000": [108]}, {"p0000000": "on oak"}, 2)
    assert earlier.count("POST /s3/upload") == 0
    assert "Submitting 1 photo" in err
    assert earlier.calls.index("POST /v1/drafts/d1/estimate") < earlier.calls.index("POST /v1/drafts/d1/submit")


def test_the_command_says_when_nothing_is_rejected(backdrop: Command, earlier: FakeBackdrop, tmp_path: Path) -> None:
    earlier.earlier["status"] = "Succeeded"
    earlier.earlier_images = [image(0, "Succeeded")]

    status, out, _ = backdrop("redo", "d0", "--out", tmp_path / "out", "--json")

    assert (status, earlier.submitted) == (2, None), out
    assert "NOTHING_TO_REDO" in out


def test_the_tries_of_a_set_are_read_a_hundred_with_a_call() -> None:
    ids = [f"{number:08}" for number in range(250)]
    tries = {id_: Try(job_id="redo", image_id=id_, status=ImageStatus.SUCCEEDED, doubtful=False) for id_ in ids[::2]}
    asked: list[int] = []

    class Pages:
        def images_page(self, job_id: str, **_: Any) -> Images:
            return Images(images=[make_image(image_id=id_, name=f"{id_}.jpg") for id_ in ids])

        def images_of_ids(self, job_id: str, image_ids: Sequence[str]) -> list[Image]:
            asked.append(len(image_ids))
            return [make_image(image_id=id_, name="another.jpg", seed=99) for id_ in image_ids]

    api: Any = Pages()
    shown = list(images_of_set(api, make_job(redos=1), tries))

    assert [image.name for image in shown] == [f"{id_}.jpg" for id_ in ids]
    assert [image.image_id for image in shown if image.seed == 99] == ids[::2]
    assert asked == [100, 25]
