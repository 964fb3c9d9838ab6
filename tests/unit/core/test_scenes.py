"""Several scenes of a job: which image has which, what is painted for them, what can't be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.errors import BackdropError
from backdrop.core.options import BACKDROP, Options, OutputOptions, checked
from backdrop.core.options_json import from_dict, to_dict
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Scene, Spread, describe_scene
from backdrop.core.vocabulary import Mode
from backdrop.imaging.framing import first_of_painting, paintings
from backdrop.models import catalogue

WEB, WIDE = OutputOptions(width=800, format="WEBP"), OutputOptions(aspect="2:1")
FOREST, WALL = Scene("a forest"), Scene(background=BACKDROP, backdrop=Backdrop(id="b1", shadow=Shadow.CONTACT))
INPAINT = "us.stability.stable-image-inpaint-v1:0"
REMOVE, OUTPAINT = "us.stability.stable-image-remove-background-v1:0", "us.stability.stable-outpaint-v1:0"
NOVA = "amazon.nova-canvas-v1:0"


def test_every_seed_is_finished_in_every_scene_and_output() -> None:
    options = Options(style="anime", outputs=(WEB,), scenes=(FOREST, WALL))
    assert (options.images_a_seed, options.images) == (6, 6)
    made = [options.of_image(number) for number in range(1, 7)]
    assert [one.output for one in made] == [OutputOptions(), WEB] * 3
    assert [options.scene_of(number) for number in range(1, 8)] == [None, None, FOREST, FOREST, WALL, WALL, None]
    assert [one.background for one in made] == ["generated"] * 4 + ["backdrop"] * 2
    assert [one.backdrop for one in made] == [None] * 4 + [WALL.backdrop] * 2
    assert [one.style for one in made] == ["anime"] * 4 + [None] * 2
    assert not any(one.scenes or one.outputs for one in made)
    assert options.of_one_picture() == Options(style="anime")


def test_they_travel_with_the_job() -> None:
    options = Options(scenes=(FOREST, WALL, Scene(background="#FFFFFF"), Scene(background="transparent")))
    assert from_dict(to_dict(options)) == checked(options)
    assert "Scenes" not in to_dict(Options())
    assert options.paints
    assert Options(background="#ffffff", scenes=(FOREST,)).paints
    assert not Options(background="#ffffff", scenes=(WALL,)).paints


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"Scenes": [{"Prompt": "a"}, {"Prompt": "a"}]}, "the same"),
        ({"Background": "#ffffff", "Scenes": [{"Background": "#FFFFFF"}]}, "the same"),
        ({"Scenes": [{"Prompt": str(number)} for number in range(5)]}, "6 scenes"),
        ({"Scenes": [{"Prompt": " "}]}, "Scene 2 has no words"),
        ({"Scenes": [{"Prompt": "a", "Background": "#ffffff"}]}, "Scene 2 has words"),
        ({"Scenes": [{"Background": "backdrop"}]}, "none is named"),
        ({"Scenes": [{"Background": "#ffffff"}], "Variations": 2}, "none"),
        ({"Scenes": [{"Prompt": "a"}], "Variations": 5, "Outputs": [{"Width": n} for n in (300, 400, 500)]}, "40 im"),
        ({"Scenes": [{"Promt": "a"}]}, r"Options.Scenes\[0\] has no 'Promt'"),
        ({"Scenes": [{"Backdrop": {"Idd": "a"}}]}, r"Options.Scenes\[0\].Backdrop has no 'Idd'"),
        ({"Scenes": {}, "Variations": 9}, "Variations"),
        ({"Scenes": {"Prompt": "a"}}, "no list"),
    ],
)
def test_what_can_not_be_is_told(data: dict[str, object], told: str) -> None:
    with pytest.raises(BackdropError, match=told):
        from_dict(data)


def test_a_scene_with_the_jobs_own_words_is_refused() -> None:
    with pytest.raises(BackdropError, match="same words"):
        JobRequest("a forest ", options=Options(scenes=(FOREST,))).checked()
    request = JobRequest("a beach", options=Options(scenes=(FOREST, WALL)), prompts={"p": "a desk"}).checked()
    assert request.further_words == ["a desk", "a forest"]
    assert (request.count_images(2), request.count_images_of("p")) == (6, 3)


def test_each_scene_in_words_is_a_painting_of_its_own() -> None:
    options = Options(outputs=(WEB, WIDE), scenes=(FOREST, WALL))
    assert [first_of_painting(options, number) for number in range(1, 11)] == [1, 1, 3, 4, 4, 6, 7, 7, 7, 10]
    assert len(paintings(options)) == 5


@pytest.mark.parametrize(
    ("model_id", "mode", "options", "calls"),
    [
        (INPAINT, Mode.PRECISE, Options(scenes=(FOREST, WALL)), {REMOVE: 1, INPAINT: 2}),
        (INPAINT, Mode.PRECISE, Options(variations=2, scenes=(FOREST,)), {REMOVE: 1, INPAINT: 4}),
        (INPAINT, Mode.PRECISE, Options(outputs=(WIDE,), scenes=(FOREST,)), {REMOVE: 1, INPAINT: 2, OUTPAINT: 2}),
        (INPAINT, Mode.PRECISE, Options(background="#ffffff", scenes=(WALL,)), {REMOVE: 1}),
        (INPAINT, Mode.PRECISE, Options(background="#ffffff", scenes=(FOREST,)), {REMOVE: 1, INPAINT: 1}),
        (NOVA, Mode.DEFAULT, Options(scenes=(FOREST, WALL)), {NOVA: 3}),
    ],
)
def test_the_cut_out_is_asked_for_once(model_id: str, mode: Mode, options: Options, calls: dict[str, int]) -> None:
    found: Counter[str] = Counter()
    for step, often in catalogue.calls_a_photo(model_id, mode, options):
        found[step.service_id] += often
    assert found == calls


def test_a_scene_in_words() -> None:
    assert describe_scene(FOREST) == "a forest"
    assert describe_scene(replace(WALL, backdrop=Backdrop(id="b1", name="Wall.jpg"))) == "backdrop Wall.jpg"
    assert describe_scene(Scene(background="transparent")) == "transparent"
    assert describe_scene(Scene(background="#ffffff")) == "colour #ffffff"


def test_a_photo_has_scenes_of_its_own() -> None:
    options = checked(Options(scenes=(FOREST, WALL), outputs=(OutputOptions(width=400),), spread=Spread.FIRST))
    own = options.of_photo((3, 1))
    assert (own.images_a_seed, own.generates, own.paints) == (4, True, True)
    assert [own.scene_of(number) for number in range(1, 5)] == [WALL, WALL, None, None]
    assert [own.place_of_scene(number) for number in range(1, 5)] == [2, 2, 0, 0]
    assert own.of_image(2) == options.by_image()[5]
    assert not options.of_photo((3,)).generates
    assert options.of_photo().place_of_scene(1) == 0
    assert from_dict(to_dict(options)) == options


def test_scenes_are_dealt_over_the_photos_in_turn() -> None:
    request = JobRequest("on oak", options=Options(scenes=(FOREST, WALL), spread=Spread.TURN), prompts={"c": "at sea"})
    dealt = request.dealt("abcde")
    assert dealt.in_scenes == {"a": (1,), "b": (2,), "c": (1,), "d": (1,), "e": (2,)}
    assert (request.count_images(5), dealt.count_images(5)) == (5, 5)
    every = replace(request, options=replace(request.options, spread=Spread.ALL))
    assert every.dealt("abc") is every


@pytest.mark.parametrize("scenes", [(0,), (4,), (1, 1), ()])
def test_scenes_that_the_job_has_not_are_refused(scenes: tuple[int, ...]) -> None:
    with pytest.raises(BackdropError, match="the job has 3"):
        JobRequest("on oak", options=Options(scenes=(FOREST, WALL)), in_scenes={"a": scenes}).checked()


def test_a_job_whose_photos_have_some_of_its_scenes_may_have_many() -> None:
    many = tuple(Scene(f"scene {number}") for number in range(2, 26))
    assert checked(Options(scenes=many, spread=Spread.TURN)).images == 1
    with pytest.raises(BackdropError):
        checked(Options(scenes=many))
    with pytest.raises(BackdropError):
        checked(Options(scenes=(*many, Scene("one more")), spread=Spread.TURN))
    with pytest.raises(BackdropError, match="nothing to choose"):
        checked(Options(spread=Spread.TURN))
