"""What is chosen on the new-job page, and what the service gets of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.api.schemas import backdrops as schemas
from backdrop.api.schemas.jobs import Problem
from backdrop.api.schemas.models import CfgScale
from backdrop.api.schemas.photos import Error, Label, Photo, PhotoStatus
from backdrop.api.schemas.wire import changes_to_json
from backdrop.core.backdrops import Backdrop
from backdrop.core.options import Fill, Options, OutputOptions
from backdrop.core.scenes import Scene
from backdrop_client.errors import ServiceUnreachable
from backdrop_web.pages.new_job.scenes import read_scenes
from backdrop_web.streamlit_shell import browser_store
from tests.answers import make_access, make_photo, make_preset, make_settings
from tests.unit.web.browser import FakeStorage
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import FakeService, model

DRAFT = "draft000000000000000000001"
TEMPLATES = "templates:ana@example.com"
FAILURE = Error(code="LABELS_FAILED", message="The search for labels failed.", next_step="Type them.")


def photo(number: int, *labels: str, **changes: Any) -> Photo:
    """A good photo in which `labels` were found, one beside the other."""
    values = {
        "photo_id": f"p{number}",
        "name": f"photo {number}.jpg",
        "status": PhotoStatus.READY,
        "width": 1600,
        "height": 1200,
        "bytes": 350_000,
        "preview_url": f"https://pictures.example/{number}.jpg?X-Amz-Signature=1&x=2",
        "labels": [
            Label(name=name, confidence=90.0, boxes=[(0.2 * place, 0.1, 0.15, 0.5)])
            for place, name in enumerate(labels)
        ],
    }
    return make_photo(**values | changes)


def opened(app: AppTest, fake: FakeService, *photos: Photo) -> AppTest:
    """The page on a draft of these photos."""
    fake.api.drafts[DRAFT] = {one.photo_id: one for one in photos}
    app.query_params["draft"] = DRAFT
    if "backdrop.catalogue" in app.session_state:
        del app.session_state["backdrop.catalogue"]
    return app.run()


def submitted(app: AppTest, fake: FakeService) -> dict[str, Any]:
    """Press the button; what the service was asked for."""
    app.button(key="submit").click().run()
    assert not app.exception
    found = [call[1] for call in fake.api.calls if call[0] == "submit"]
    assert len(found) == 1, words(app)
    return dict(found[0])


def wish(app: AppTest, fake: FakeService) -> dict[str, Any]:
    """The options that were submitted, without the defaults."""
    options = submitted(app, fake).get("options")
    return changes_to_json(options, Options()) if options else {}


@pytest.mark.parametrize(
    ("teams", "choice", "wanted"),
    [
        (("studio",), None, ("studio", None)),
        (("shoes", "studio"), None, (None, True)),
        (("shoes", "studio"), "shoes", ("shoes", None)),
    ],
)
def test_who_sees_the_job_is_the_only_team_or_what_was_chosen(
    app: AppTest, fake: FakeService, teams: tuple[str, ...], choice: str | None, wanted: tuple[str | None, bool | None]
) -> None:
    fake.teams = teams
    sign_in(app)
    opened(app, fake, photo(1, "Mug"))
    app.text_area[0].input("a beach").run()
    boxes = [box for box in app.selectbox if box.label == "Who sees this job"]
    assert len(boxes) == bool(teams)
    if choice is not None:
        boxes[0].select(choice).run()

    said = submitted(app, fake)

    assert (said.get("team"), said.get("private")) == wanted


def chips(app: AppTest) -> list[Any]:
    """What is kept on each card that is shown."""
    return [group.value for group in app.button_group if str(group.key).startswith("keep-p")]


def plain(text: str) -> str:
    return text.replace("\\", "").replace("\u2060", "")


# Labels


def test_all_labels_are_kept_until_one_is_pressed(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug", "Table"), photo(2, "Cup"))
    assert signed_in.button_group(key="keep-p1").value == ["Mug", "Table"]
    signed_in.button_group(key="keep-p1").set_value(["Mug"]).run()
    signed_in.text_area(key="prompt-1").input("Marble")

    assert submitted(signed_in, fake)["labels"] == {"p1": ["Mug"], "p2": ["Cup"]}


def test_labels_are_never_fetched_again_on_a_rerun(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug", "Table"))
    for _ in range(3):
        signed_in.run()
    signed_in.button_group(key="keep-p1").set_value(["Mug"]).run()

    assert fake.api.count("inspect_photo") == 0
    assert fake.api.count("draft") == 1


def test_a_photo_that_keeps_nothing_says_what_to_do_and_blocks_the_start(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"), photo(2, "Cup"))
    signed_in.button_group(key="keep-p1").set_value([]).run()

    said = [plain(str(warning.value)) for warning in signed_in.warning]
    assert any("press a word to keep it, correct the words, or remove the photo" in text for text in said)
    assert any("photo 1.jpg" in text and "keeps nothing" in text for text in said)
    assert signed_in.button(key="submit").disabled
    signed_in.button_group(key="keep-p1").set_value(["Mug"]).run()
    assert not signed_in.button(key="submit").disabled


def test_keep_only_one_thing_in_all_photos_that_have_it(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug", "Table"), photo(2, "Table", "Plant"), photo(3, "Spoon", "Mug", "Table"))
    signed_in.multiselect(key="many-1").set_value(["Mug"]).run()
    signed_in.button(key="keep-only-1").click().run()
    signed_in.text_area(key="prompt-1").input("Marble")

    assert submitted(signed_in, fake)["labels"] == {"p1": ["Mug"], "p2": ["Table", "Plant"], "p3": ["Mug"]}


def test_everything_can_be_kept_again(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug", "Table"), photo(2, "Table"))
    signed_in.button_group(key="keep-p1").set_value([]).run()
    signed_in.button(key="keep-all-1").click().run()

    assert signed_in.button_group(key="keep-p1").value == ["Mug", "Table"]
    assert not signed_in.button(key="submit").disabled


def test_a_decision_for_all_reaches_photos_on_other_pages(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, *(photo(number, "Mug", "Table") for number in range(1, 31)))
    assert len(chips(signed_in)) == 24
    signed_in.multiselect(key="many-1").set_value(["Mug"]).run()
    signed_in.button(key="keep-only-1").click().run()
    signed_in.selectbox(key="page-1").select_index(1).run()
    assert chips(signed_in) == [["Mug"]] * 6
    signed_in.text_area(key="prompt-1").input("Marble")

    assert submitted(signed_in, fake)["labels"] == {f"p{number}": ["Mug"] for number in range(1, 31)}


def test_further_files_of_every_picture_are_chosen_from_a_list(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble").run()
    offered = signed_in.multiselect(key="also-1").options
    assert not any("Amazon" in name for name in offered), "it takes white backgrounds only"
    signed_in.multiselect(key="also-1").set_value(["wide-800", "square"]).run()
    wide, square = submitted(signed_in, fake)["options"].outputs
    assert (wide, square) == (OutputOptions(width=800, format="WEBP"), OutputOptions(aspect="1:1", fill=Fill.PAD))


def test_further_scenes_are_chosen_or_typed(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.library["b1"] = schemas.Backdrop(
        backdrop_id="b1", name="wall.jpg", status=PhotoStatus.READY, created_at="2026-11-20T04:00:00.000Z"
    )
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble").run()
    signed_in.session_state["scenes-1"] = ["scene-wood", "backdrop-b1", "colour-#ffffff", "on a lake"]
    signed_in.run()
    wood, wall, white, lake = submitted(signed_in, fake)["options"].scenes
    assert wood.prompt.startswith("On a rustic oak")
    assert wall == Scene(background="backdrop", backdrop=Backdrop(id="b1"))
    assert (white, lake) == (Scene(background="#ffffff"), Scene("on a lake"))


def test_a_scene_in_words_beside_a_plain_background_asks_for_a_model_that_paints(
    signed_in: AppTest, fake: FakeService
) -> None:
    with_cut_out(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.button_group(key="background-1").set_value("transparent").run()
    signed_in.session_state["scenes-1"] = ["on a lake", "backdrop-gone"]
    signed_in.run()
    assert "Image model" in [one.label for one in signed_in.selectbox]
    options = submitted(signed_in, fake)["options"]
    assert options.scenes == (Scene("on a lake"),), "what is gone is left out"
    assert options.background == "transparent"


def test_a_further_file_that_no_longer_goes_is_dropped(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.multiselect(key="also-1").set_value(["wide-300", "png"]).run()
    signed_in.button_group(key="background-1").set_value("transparent").run()
    assert submitted(signed_in, fake)["options"].outputs == (OutputOptions(format="PNG"),)


def test_labels_are_typed_by_hand_where_the_search_failed(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, labels_error=FAILURE), photo(2, labels_error=FAILURE))
    assert "Type what to keep" in words(signed_in)
    signed_in.session_state["typed-p1"] = ["Mug", " Mug ", ""]
    signed_in.text_area(key="prompt-1").input("Marble")

    assert submitted(signed_in, fake)["labels"] == {"p1": ["Mug"]}


def test_a_photo_without_labels_can_be_submitted(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1))

    assert "Nothing was recognised by name" in words(signed_in)
    assert not signed_in.button(key="submit").disabled


def test_each_chip_has_its_box_and_all_can_be_shown(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug", "Table"))
    assert words(signed_in).count("bd-box bd-chip-1") == 1
    assert "left:20.0%;top:10.0%;width:15.0%;height:50.0%" in words(signed_in)
    assert "bd-shown" not in words(signed_in)
    signed_in.button_group(key="keep-p1").set_value(["Mug"])
    signed_in.toggle(key="boxes-1").set_value(True).run()

    assert 'class="bd-box bd-chip-1 bd-shown"' in words(signed_in)
    assert words(signed_in).count("bd-shown") == 1, "a removed label's box is shown"


def test_labels_of_one_place_share_a_shown_box(signed_in: AppTest, fake: FakeService) -> None:
    same = [Label(name=name, confidence=9, boxes=[(0.1, 0.1, 0.5, 0.5)]) for name in ("Car", "Vehicle")]
    opened(signed_in, fake, photo(1, labels=same))
    signed_in.toggle(key="boxes-1").set_value(True).run()

    assert words(signed_in).count("bd-shown") == 1
    assert "Car, Vehicle" in words(signed_in)


def test_names_of_files_and_labels_cannot_become_markup(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, ":red[Cup]", "<b>x</b>", name="<script>alert(1)</script>![a](http://x).jpg"))

    chips = signed_in.button_group(key="keep-p1")
    assert ":red[" not in chips.formatted_values[0]
    assert "![" not in chips.label
    said = words(signed_in)
    assert "<script>" not in said
    assert "<b>" not in said


def test_photos_to_check_can_be_shown_alone(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, *(photo(number, "Mug") for number in range(1, 6)), photo(6))
    signed_in.button_group(key="show-1").set_value("To check").run()

    assert 'alt="photo 6.jpg"' in words(signed_in)
    assert 'alt="photo 1.jpg"' not in words(signed_in)


# Background


def test_a_scene_fills_in_the_words_which_can_be_changed(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    marble = read_scenes().all["marble"]
    signed_in.button(key="scene-marble").click().run()
    assert signed_in.text_area(key="prompt-1").value == marble.prompt
    assert signed_in.text_area(key="negative-1").value == marble.negative
    signed_in.text_area(key="prompt-1").input(marble.prompt + ", at noon")

    sent = submitted(signed_in, fake)
    assert sent["prompt"] == marble.prompt + ", at noon"


def test_what_to_avoid_has_a_good_default(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    assert signed_in.text_area(key="negative-1").value == model().default_negative_prompt != ""


def test_a_model_that_takes_nothing_to_avoid_is_sent_nothing(signed_in: AppTest, fake: FakeService) -> None:
    takes_none: dict[str, Any] = {"negative_prompt_max_length": 0, "default_negative_prompt": ""}
    fake.api.catalogue = replace(fake.api.catalogue, models=[model(**takes_none)])
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("On a table").run()

    assert "negative-1" not in [area.key for area in signed_in.text_area]
    assert "negativePrompt" not in submitted(signed_in, fake)


def test_slots_are_filled_in(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("A shelf for {product} in {season}, {product}").run()
    signed_in.text_input(key="slot-1-product").input("a mug")
    signed_in.selectbox(key="slot-1-season").set_value("winter").run()

    assert submitted(signed_in, fake)["prompt"] == "A shelf for a mug in winter, a mug"


def test_an_empty_slot_is_named_and_nothing_is_submitted(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("A shelf for {product}").run()
    signed_in.button(key="submit").click().run()

    assert any("Fill in {product}" in plain(str(error.value)) for error in signed_in.error)
    assert fake.api.count("submit") == 0


def test_words_reach_the_service_verbatim(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    prompt = 'A 19" shelf\n\\{"x": 1} 🎄 <b>'
    signed_in.text_area(key="prompt-1").input(prompt)
    signed_in.number_input(key="seed-1").set_value(42)
    signed_in.radio(key="mode-1").set_value("DEFAULT")

    sent = submitted(signed_in, fake)
    assert (sent["prompt"], sent["seed"], sent["mode"]) == (prompt, 42, "DEFAULT")
    assert signed_in.query_params["id"] == DRAFT


@pytest.mark.parametrize(("prompt", "reason"), [("", "Describe the new background"), ("x" * 201, "takes at most 200")])
def test_a_bad_prompt_is_named_and_nothing_is_submitted(
    signed_in: AppTest, fake: FakeService, prompt: str, reason: str
) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input(prompt)
    signed_in.button(key="submit").click().run()

    assert any(reason in error.value for error in signed_in.error)
    assert fake.api.count("submit") == 0


def with_cut_out(fake: FakeService, **changes: Any) -> None:
    """Add Backdrop's own cut-out to the models."""
    own = model(
        "backdrop.cut-out",
        family="Built-in cut-out",
        modes=["PRECISE"],
        price_per_image_usd=0,
        passes=0,
        settings=make_settings(generates=False),
        **changes,
    )
    fake.api.catalogue = replace(fake.api.catalogue, models=[*fake.api.catalogue.models, own])


@pytest.mark.parametrize(("kind", "background"), [("transparent", "transparent"), ("colour", "#f2f2f2")])
def test_a_plain_background_needs_no_words_and_no_paid_model(
    signed_in: AppTest, fake: FakeService, kind: str, background: str
) -> None:
    with_cut_out(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.button_group(key="background-1").set_value(kind).run()
    if kind == "colour":
        signed_in.button_group(key="colour-name-1").set_value("Light grey").run()
    assert not signed_in.text_area
    assert "free of charge" in words(signed_in)

    sent = submitted(signed_in, fake)
    assert sent["prompt"] == ""
    assert changes_to_json(sent["options"], Options()) == {"background": background}
    assert fake.api.submitted[DRAFT].model_id == "backdrop.cut-out"


def test_the_cut_out_paints_nothing_and_is_not_offered_for_scenes(signed_in: AppTest, fake: FakeService) -> None:
    with_cut_out(fake)
    opened(signed_in, fake, photo(1, "Mug"))

    assert not any("cut out" in option for option in signed_in.selectbox(key="model-1").options)


def test_models_are_told_with_price_limits_and_state(signed_in: AppTest, fake: FakeService) -> None:
    access = make_access(state="UNKNOWN", lifecycle="LEGACY", legacy_since="2026-09-01", checked_at="2026-11-21")
    usable = model("us.stability.stable-image-inpaint-v1:0", access=access, end_of_life="2027-03-01")
    fake.api.catalogue = replace(fake.api.catalogue, models=[usable, *fake.api.catalogue.models[1:]])
    opened(signed_in, fake, photo(1, "Mug"))

    assert list(signed_in.selectbox(key="model-1").options) == [
        "Stability: stable image inpaint · $0.08 a photo · active"
    ]
    said = plain(words(signed_in))
    assert "up to 200 characters · 20 calls a minute · 2 calls a photo" in said
    assert "until 2027-03-01" in said
    assert "could not be checked" in said
    assert "phases this model out since 2026-09-01" in said
    assert "AWS retired it on 2026-06-30" in said


def test_settings_are_offered_only_where_the_model_has_them(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    with pytest.raises(KeyError):
        signed_in.selectbox(key="style-1")

    rich = make_settings(
        cfg_scale=CfgScale(min=1.1, max=10, default=6.5), qualities=["standard", "premium"], styles=["photographic"]
    )
    fake.api.catalogue = replace(fake.api.catalogue, models=[model(settings=rich)])
    del signed_in.session_state["backdrop.catalogue"]
    signed_in.run()
    signed_in.selectbox(key="style-1").set_value("photographic")
    signed_in.radio(key="quality-1").set_value("premium")
    signed_in.slider(key="cfg-1").set_value(8.0)
    signed_in.slider(key="variations-1").set_value(3)
    signed_in.radio(key="vary-1").set_value("each")
    signed_in.radio(key="mask-1").set_value("BUILT_IN")
    signed_in.text_area(key="prompt-1").input("Marble").run()

    assert wish(signed_in, fake) == {
        "style": "photographic",
        "quality": "premium",
        "cfgScale": 8.0,
        "variations": 3,
        "varySeed": True,
        "maskSource": "BUILT_IN",
    }


def test_no_model_is_said_with_whom_to_tell(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.catalogue = replace(fake.api.catalogue, models=fake.api.catalogue.models[1:])
    opened(signed_in, fake, photo(1, "Mug"))

    assert "No image model can be used" in signed_in.error[0].value
    assert "Tell the people who run Backdrop" in signed_in.error[0].value


# Output


def with_presets(fake: FakeService) -> None:
    presets = [
        make_preset(id="amazon-main", name="Amazon, main image", background="#ffffff", formats=["JPEG", "PNG"]),
        make_preset(id="ebay", name="eBay", formats=["JPEG", "PNG"]),
    ]
    fake.api.catalogue = replace(fake.api.catalogue, presets=presets)


def test_the_output_is_as_the_photo_until_somebody_chooses(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble")

    assert wish(signed_in, fake) == {}


def test_a_size_of_ones_own(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble")
    signed_in.button_group(key="size-1").set_value("own").run()
    signed_in.selectbox(key="aspect-1").set_value("4:5").run()
    signed_in.number_input(key="width-1").set_value(1080)
    signed_in.radio(key="fill-1").set_value("PAD").run()
    signed_in.color_picker(key="pad-1").set_value("#F5EFE3")
    signed_in.selectbox(key="format-1").set_value("WEBP")
    signed_in.number_input(key="file-quality-1").set_value(90).run()

    assert wish(signed_in, fake)["output"] == {
        "aspect": "4:5",
        "width": 1080,
        "fill": "PAD",
        "padColor": "#f5efe3",
        "format": "WEBP",
        "quality": 90,
    }


def test_a_marketplace_that_wants_white_blocks_until_the_background_is(signed_in: AppTest, fake: FakeService) -> None:
    with_presets(fake)
    with_cut_out(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.button_group(key="size-1").set_value("preset").run()
    assert signed_in.button(key="submit").disabled
    assert any("white background only" in plain(str(warning.value)) for warning in signed_in.warning)
    signed_in.button(key="fit-preset-1").click().run()
    assert signed_in.selectbox(key="format-1").options == ["As the marketplace likes it", "JPEG: small, for any shop",
                                                           "PNG: lossless, large"]  # fmt: skip

    assert wish(signed_in, fake) == {"background": "#ffffff", "output": {"preset": "amazon-main"}}


def test_transparent_pictures_are_never_jpeg(signed_in: AppTest, fake: FakeService) -> None:
    with_cut_out(fake)
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.selectbox(key="format-1").set_value("JPEG").run()
    signed_in.button_group(key="background-1").set_value("transparent").run()

    assert not any("JPEG:" in option for option in signed_in.selectbox(key="format-1").options)
    assert wish(signed_in, fake) == {"background": "transparent"}


# Price, time, confirmation


def test_no_photos_no_submission(signed_in: AppTest) -> None:
    assert signed_in.button(key="submit").disabled
    assert "Add at least one good photo" in plain(str(signed_in.warning[0].value))


def test_price_and_time_are_told_with_their_date(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.queue_seconds = 300
    opened(signed_in, fake, photo(1, "Mug"), photo(2, "Mug"))

    said = plain(words(signed_in))
    assert "2 pictures, about $0.16" in said
    assert "4 model calls at the prices of 2026-10-01" in said
    assert "Ready in about 5 min at the earliest: the models' limit. Other jobs come first for about 5 min." in said


def test_the_time_is_told_with_what_images_take_once_that_is_known(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.expected_seconds = 400
    opened(signed_in, fake, photo(1, "Mug"))

    assert "Ready in about 7 min. You can" in plain(words(signed_in))


def test_the_price_is_asked_for_only_when_it_may_have_changed(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    for _ in range(3):
        signed_in.run()
    signed_in.text_area(key="prompt-1").input("Marble").run()
    assert fake.api.count("estimate") == 1
    signed_in.slider(key="variations-1").set_value(3).run()

    assert fake.api.count("estimate") == 2
    assert "3 pictures, about $0.24" in plain(words(signed_in))


def test_a_dear_job_asks_once_more(signed_in: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKDROP_CONFIRM_USD", "0.1")
    opened(signed_in, fake, photo(1, "Mug"), photo(2, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble").run()
    signed_in.button(key="submit").click().run()
    assert fake.api.count("submit") == 0
    assert any("costs about $0.16" in plain(str(warning.value)) for warning in signed_in.warning)
    signed_in.button(key="confirm-yes").click().run()

    assert fake.api.count("submit") == 1


def test_a_confirmation_is_for_what_was_shown(
    signed_in: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_CONFIRM_USD", "0.1")
    opened(signed_in, fake, photo(1, "Mug"), photo(2, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble").run()
    signed_in.button(key="submit").click().run()
    signed_in.slider(key="variations-1").set_value(5).run()

    with pytest.raises(KeyError):
        signed_in.button(key="confirm-yes")


def test_a_cheap_job_starts_at_once(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble")
    submitted(signed_in, fake)


def test_what_the_service_would_refuse_is_said_before_it_is_started(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble")
    fake.api.problems = [
        Problem(code="MODEL_NOT_SERVED", message="The model is not served in eu-west-1.", next_step="Choose another.")
    ]
    signed_in.button(key="submit").click().run()

    assert any("not served in eu-west-1" in plain(str(error.value)) for error in signed_in.error)
    assert fake.api.count("submit") == 0


def test_nothing_is_started_when_the_price_can_not_be_told(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("Marble")
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "connection refused")
    signed_in.button(key="submit").click().run()

    assert not signed_in.exception
    assert "reached right now" in signed_in.error[0].value
    assert fake.api.count("submit") == 0


# One photo first


def tried(app: AppTest, fake: FakeService) -> str:
    """Try the first photo; the trial's id."""
    opened(app, fake, photo(1, "Mug", "Table"), photo(2, "Cup"))
    app.button_group(key="keep-p1").set_value(["Mug"]).run()
    app.text_area(key="prompt-1").input("Marble")
    app.slider(key="variations-1").set_value(3)
    app.button(key="trial-start").click().run()
    assert not app.exception
    return str(next(call[1][0] for call in fake.api.calls if call[0] == "copy_photos"))


def test_one_photo_is_tried_with_what_is_kept_of_it(signed_in: AppTest, fake: FakeService) -> None:
    trial = tried(signed_in, fake)

    assert [call[1] for call in fake.api.calls if call[0] == "copy_photos"] == [(trial, DRAFT, ["p1"])]
    (sent,) = [call[1] for call in fake.api.calls if call[0] == "submit"]
    assert sent["prompt"] == "Marble"
    assert list(sent["labels"].values()) == [["Mug"]]
    assert sent["options"].variations == 1
    assert sent["trial"] is True
    assert trial != DRAFT
    assert DRAFT not in fake.api.submitted, "the batch itself was started"
    assert fake.api.count("inspect_photo") == 0


def test_the_seed_of_a_good_try_can_be_used_for_all(signed_in: AppTest, fake: FakeService) -> None:
    trial = tried(signed_in, fake)
    fake.api.finish(trial)
    fake.api.results[trial] = [replace(image, seed=4711) for image in fake.api.results[trial]]
    signed_in.run()
    signed_in.button(key="trial-use-seed").click().run()
    assert signed_in.number_input(key="seed-1").value == 4711
    assert "settings have changed" not in words(signed_in)
    signed_in.button(key="scene-marble").click().run()

    assert "settings have changed" in words(signed_in)


def test_the_job_names_its_try_so_that_it_is_not_paid_for_twice(signed_in: AppTest, fake: FakeService) -> None:
    trial = tried(signed_in, fake)
    fake.api.finish(trial)
    assert "paid already" not in words(signed_in)
    signed_in.run()

    assert "Not counted: 2 calls for the photo that you tried. They are paid already." in words(signed_in)
    signed_in.button(key="submit").click().run()
    assert not signed_in.exception
    first, second = [call[1] for call in fake.api.calls if call[0] == "submit"]
    assert "trial_job_id" not in first
    assert (second["trial_job_id"], "trial" in second) == (trial, False)
    told = [call[1].get("trial_job_id") for call in fake.api.calls if call[0] == "estimate"]
    assert told[-1] == trial, "the price is that of the very job"


def test_a_second_try_names_the_first(signed_in: AppTest, fake: FakeService) -> None:
    trial = tried(signed_in, fake)
    fake.api.finish(trial)
    signed_in.button(key="scene-marble").click().run()
    signed_in.button(key="trial-start").click().run()

    _, second = [call[1] for call in fake.api.calls if call[0] == "submit"]
    assert (second["trial"], second["trial_job_id"]) == (True, trial)


def test_a_failed_try_says_why(signed_in: AppTest, fake: FakeService) -> None:
    trial = tried(signed_in, fake)
    fake.api.finish(trial, fail=["photo 1.jpg"])
    signed_in.run()

    assert any("content filter refused" in plain(str(error.value)) for error in signed_in.error)


# Words that mean their opposite


def test_what_is_not_wanted_moves_to_what_is_avoided(signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("On a table, no people or cars").run()
    assert "Models often paint what they are told to leave out" in words(signed_in)
    signed_in.button(key="move-negations-1").click().run()

    assert signed_in.text_area(key="prompt-1").value == "On a table"
    assert str(signed_in.text_area(key="negative-1").value).endswith(", cars")
    assert "told to leave out" not in words(signed_in)
    assert submitted(signed_in, fake)["prompt"] == "On a table"


# A reload


def test_what_was_chosen_survives_a_reload(storage: FakeStorage, fake: FakeService) -> None:
    def reloaded() -> AppTest:
        return opened(sign_in(AppTest.from_file(str(ENTRY), default_timeout=20).run()), fake, photo(1, "Mug", "Table"))

    app = reloaded()
    app.text_area(key="prompt-1").input("A shelf in {season} light").run()
    app.selectbox(key="slot-1-season").set_value("winter")
    app.button_group(key="keep-p1").set_value(["Table"])
    app.slider(key="variations-1").set_value(2)
    app.selectbox(key="format-1").set_value("WEBP").run()
    app.run()

    after = reloaded()
    assert after.text_area(key="prompt-1-r1").value == "A shelf in {season} light"
    assert after.selectbox(key="format-1-r1").value == "WEBP"
    sent = submitted(after, fake)
    assert sent["prompt"] == "A shelf in winter light"
    assert sent["labels"] == {"p1": ["Table"]}
    assert sent["options"].variations == 2


def test_nothing_can_be_pressed_before_the_browser_said_what_it_kept(
    storage: FakeStorage, app: AppTest, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer makes a run of the page, and Streamlit forgets a press whose run that one cuts short."""
    storage.texts[f"form:ana@example.com:{DRAFT}"] = '{"fields": {"prompt": "Marble"}}'
    fake.api.drafts[DRAFT] = {"p1": photo(1, "Mug")}
    app.query_params["draft"] = DRAFT
    later: list[Any] = []
    monkeypatch.setattr(browser_store, "read_texts", lambda _, slots, arrived: later.append((slots, arrived)))
    sign_in(app)
    assert [str(one.key) for one in app.button] == ["mail-setting", "sign-out", "sign-out-everywhere"], (
        "the sidebar alone"
    )
    assert not fake.browser.data

    monkeypatch.setattr(browser_store, "read_texts", storage.read_texts)
    app.run()
    assert app.text_area(key="prompt-1-r1").value == "Marble"
    assert "cut-out-p1" in {str(one.key) for one in app.button}
    (slots, _), *_ = later
    assert slots == [f"form:ana@example.com:{DRAFT}", f"form:ana@example.com:{DRAFT}:labels", TEMPLATES]


def test_a_slot_left_empty_is_empty_after_a_reload_too(storage: FakeStorage, fake: FakeService) -> None:
    def reloaded() -> AppTest:
        return opened(sign_in(AppTest.from_file(str(ENTRY), default_timeout=20).run()), fake, photo(1, "Mug"))

    app = reloaded()
    app.text_area(key="prompt-1").input("A shelf in {season} light").run()
    app.run()
    after = reloaded()
    assert after.text_area(key="prompt-1-r1").value == "A shelf in {season} light"
    after.button(key="submit").click().run()

    assert any("Fill in {season}" in plain(str(error.value)) for error in after.error)
    assert fake.api.count("submit") == 0


def test_words_typed_before_the_first_photo_go_with_the_draft(
    storage: FakeStorage, signed_in: AppTest, fake: FakeService
) -> None:
    signed_in.run()
    signed_in.text_area(key="prompt-1").input("Marble").run()
    assert "Marble" in storage.texts["form:ana@example.com:new"]
    opened(signed_in, fake, photo(1, "Mug")).run()

    assert signed_in.text_area(key="prompt-1").value == "Marble"
    assert "Marble" in storage.texts[f"form:ana@example.com:{DRAFT}"]
    assert "form:ana@example.com:new" not in storage.texts


@pytest.mark.parametrize("text", ["{", "[]", '{"fields": 3}', '{"fields": {"model": "gone", "mode": "X", "cfg": 1}}'])
def test_a_stored_text_that_no_longer_fits_does_no_harm(
    storage: FakeStorage, app: AppTest, fake: FakeService, text: str
) -> None:
    storage.texts[f"form:ana@example.com:{DRAFT}"] = text
    fake.api.drafts[DRAFT] = {"p1": photo(1, "Mug")}
    app.query_params["draft"] = DRAFT
    sign_in(app)

    assert not app.error
    (model,) = [box for box in app.selectbox if str(box.key).startswith("model-1")]
    assert model.value == "stability.inpaint"


def test_saved_prompts_are_used_again_and_deleted(storage: FakeStorage, signed_in: AppTest, fake: FakeService) -> None:
    opened(signed_in, fake, photo(1, "Mug"))
    signed_in.text_area(key="prompt-1").input("A shelf in {season} light").run()
    signed_in.text_input(key="template-name-1").input("Shelf").run()
    signed_in.button(key="template-save-1").click().run()
    signed_in.run()
    assert json.loads(storage.texts[TEMPLATES])[0]["name"] == "Shelf"
    signed_in.text_area(key="prompt-1").input("").run()
    signed_in.button(key="use-template-0").click().run()
    assert signed_in.text_area(key="prompt-1").value == "A shelf in {season} light"
    signed_in.button(key="delete-template-0").click().run()
    signed_in.run()

    assert json.loads(storage.texts[TEMPLATES]) == []


def test_the_cut_outs_are_shown_on_request_and_each_is_asked_for_once(signed_in: AppTest, fake: FakeService) -> None:
    app = opened(signed_in, fake, photo(1, "Mug"), photo(2, "Lamp"))
    assert fake.api.count("see_mask") == 0, "nobody asked for them yet"
    toggle = next(one for one in app.toggle if one.label == "Show the cut-outs")
    toggle.set_value(True).run()
    assert words(app).count("bd-chequered") == 2
    app.run()
    assert fake.api.count("see_mask") == 2


def test_a_cut_out_that_is_not_to_be_had_is_named_and_the_others_are_shown(
    signed_in: AppTest, fake: FakeService
) -> None:
    fake.api.uncuttable = {"p2"}
    app = opened(signed_in, fake, photo(1, "Mug"), photo(2, "Lamp"))
    next(one for one in app.toggle if one.label == "Show the cut-outs").set_value(True).run()
    assert words(app).count("bd-chequered") == 1
    assert [one.value for one in app.warning if "no cut-out" in one.value]


def test_an_edited_cut_out_can_be_forgotten(signed_in: AppTest, fake: FakeService) -> None:
    edited = photo(1, "Mug", has_mask=True, mask_from="EDITED", mask_sha256="ab" * 32)
    app = opened(signed_in, fake, edited)
    assert "You put this cut-out right" in words(app)
    app.button(key="forget-p1").click().run()
    assert fake.api.count("delete_mask") == 1
    assert "You put this cut-out right" not in words(app)


def test_a_photo_that_is_a_cut_out_already_is_not_put_right(signed_in: AppTest, fake: FakeService) -> None:
    app = opened(signed_in, fake, photo(1, "Mug", has_mask=True, mask_from="PHOTO"), photo(2, "Lamp"))
    keys = {one.key for one in app.button}
    assert "cut-out-p1" not in keys
    assert "cut-out-p2" in keys


def show_cut_outs(app: AppTest) -> AppTest:
    return next(one for one in app.toggle if one.label == "Show the cut-outs").set_value(True).run()


def test_doubtful_cut_outs_come_first_and_say_where_to_look(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.doubts = {"p2": 0.2, "p3": 0.6}
    app = show_cut_outs(opened(signed_in, fake, photo(1, "Mug"), photo(2, "Lamp"), photo(3, "Chair")))
    keys = [one.key for one in app.button if str(one.key).startswith("cut-out-")]
    assert keys == ["cut-out-p3", "cut-out-p2", "cut-out-p1"]
    assert words(app).count("Doubtful: look at this cut-out") == 2
    assert words(app).count('style="left:10.0%;top:20.0%;width:30.0%;height:40.0%"') == 2


def test_of_many_photos_a_page_is_looked_at_and_all_on_request(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.doubts = {"p30": 0.5}
    app = show_cut_outs(opened(signed_in, fake, *(photo(number, "Mug") for number in range(1, 31))))
    assert fake.api.count("see_mask") == 24
    next(one for one in app.button if one.label == "Look at all 30 cut-outs").click().run()
    assert fake.api.count("see_mask") == 30
    assert next(one.key for one in app.button if str(one.key).startswith("cut-out-")) == "cut-out-p30"


def test_the_cheaper_way_is_offered_beside_the_price(signed_in: AppTest, fake: FakeService) -> None:
    tried(signed_in, fake)
    offer = signed_in.button(key="other-cut-out")
    assert offer.label == "Use Backdrop's own cut-out"
    offer.click().run()

    asked = [call[1] for call in fake.api.calls if call[0] == "estimate"][-1]
    assert asked["options"]["maskSource"] == "BUILT_IN"
    assert signed_in.radio(key="mask-1").value == "BUILT_IN"
    assert signed_in.button(key="other-cut-out").label == "Let the image model cut out"
