"""Several scenes in one job on the deployed template: each photo is cut out once, and painted once for each words."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from tests.integration.test_backdrops import WALL, studio
from tests.integration.test_families import calls_of
from tests.integration.test_workflow import INPAINT, REMOVE_BACKGROUND, Stack, small, with_photos

pytestmark = pytest.mark.integration


def test_every_photo_is_finished_in_every_scene_from_one_cut_out(cloud: LocalCloud) -> None:
    stack = Stack(cloud).when_idle()
    car, mug = small("toy_car_rug", 400), small("mug_wooden_desk", 400)
    images = with_photos(stack, "scenes", car=car, mug=mug, wall=studio(), tea=small("mug_wooden_desk", 360))
    photos: list[dict[str, Any]] = [*(one for one in images if one["ImageName"] != "wall.jpg")]
    photos[-1] |= {"Scenes": [3], "Sku": "MUG-7"}
    before = calls_of(stack)
    wall = {"Key": "image-files/2026/11/21/scenes/wall.jpg"}
    scenes = [{"Prompt": "in a forest"}, {"Background": "backdrop", "Backdrop": wall}]

    ended = stack.start("scenes", photos, Seed=5, Prompt="on a beach", Options={"Scenes": scenes})

    report = stack.report("scenes")
    assert ended["status"] == "SUCCEEDED", report
    assert (report["Totals"]["Images"], report["Totals"]["Succeeded"]) == (7, 7)
    assert calls_of(stack) - before == {REMOVE_BACKGROUND: 3, INPAINT: 4}, "what the estimate says, too"
    assert report["Totals"]["ModelCalls"] == 7
    told = [(one["Scene"], one["Prompt"], one["Options"].get("Background", "generated")) for one in report["Images"]]
    assert told == [(1, "on a beach", "generated"), (2, "in a forest", "generated"), (3, "", "backdrop")] * 2 + [
        (3, "", "backdrop")
    ]
    assert [one["Sku"] for one in report["Images"]] == [None] * 6 + ["MUG-7"]
    assert report["Images"][6]["Scenes"] == [3]
    assert {one["Seed"] for one in report["Images"]} == {5}
    pictures = [Image.open(io.BytesIO(stack.get(one["Output"]["Key"]))).convert("RGB") for one in report["Images"]]
    beach, forest, backdrop = pictures[:3]
    assert backdrop.getpixel((5, 5)) == pytest.approx(WALL, abs=6)
    assert beach.tobytes() != forest.tobytes()
