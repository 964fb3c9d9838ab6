"""Putting a job together."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from backdrop_client.answers import Label
from backdrop_client.errors import ServiceUnreachable
from tests.unit.web.conftest import words
from tests.unit.web.fakes import FakeService

JPEG = "image/jpeg"


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Choose files in the uploader."""
    app.file_uploader[0].set_value([(name, data, JPEG) for name, data in files])
    return app.run()


def test_photos_are_sent_inspected_and_let_go_of(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("crème brûlée.jpg", b"three"), ("mug.jpg", b"other"))

    assert sorted(fake.uploader.sent) == [("crème brûlée.jpg", 5), ("mug.jpg", 3), ("mug.jpg", 5)]
    assert "3 photos in this job" in words(signed_in)
    assert words(signed_in).count('class="bd-name">mug.jpg<') == 2
    # The uploader is a new, empty one: the browser session no longer holds the bytes.
    assert signed_in.file_uploader[0].value == []


def test_reruns_send_and_inspect_nothing_again(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    for _ in range(3):
        signed_in.run()
    upload(signed_in, ("cup.jpg", b"two"))

    assert fake.api.count("inspect_photo") == 2
    assert fake.api.count("create_draft") == 1
    assert len(fake.uploader.sent) == 2


def test_refused_photos_say_why_and_the_rest_go_on(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("broken.jpg", b"xx"), ("empty.jpg", b""), ("big.jpg", b"x" * 1_000_001))

    said = words(signed_in)
    assert "3 files are left out" in said
    assert "The file ends too early. Copy it again." in said
    assert "The file is empty. Copy it again." in said
    assert "a photo may have 977 kB" in said
    assert "1 photo in this job" in said
    assert not signed_in.button(key="submit").disabled


def test_a_photo_that_did_not_arrive_can_be_sent_again(signed_in: AppTest, fake: FakeService) -> None:
    fake.uploader.fail_once["mug.jpg"] = ServiceUnreachable("The upload storage", "no answer in time")
    upload(signed_in, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    assert "1 photo in this job" in words(signed_in)

    next(button for button in signed_in.button if button.label == "Send again").click().run()

    assert "2 photos in this job" in words(signed_in)
    assert [call for call in fake.api.calls if call[0] == "add_photos"] == [("add_photos", ["mug.jpg", "cup.jpg"])]


def test_file_names_are_shown_as_text(signed_in: AppTest) -> None:
    upload(signed_in, ("<script>alert(1)</script>.jpg", b"one"))

    said = words(signed_in)
    assert "<script>" not in said
    assert "&lt;script&gt;alert(1)" in said


def test_a_photo_that_keeps_nothing_blocks_the_submission_with_its_name(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    pills = signed_in.button_group(key="keep-p0000001")
    assert pills.value == ["Mug", "Table"]

    pills.set_value([]).run()

    assert signed_in.button(key="submit").disabled
    assert any("mug\\.jpg" in warning.value for warning in signed_in.warning)


def test_removed_labels_and_words_reach_the_service_verbatim(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    prompt = 'A 19" shelf\n\\{"x": 1} 🎄 <b>'
    first = next(call[1] for call in fake.api.calls if call[0] == "inspect_photo")
    signed_in.button_group(key=f"keep-{first}").set_value(["Mug"])
    signed_in.text_area(key="prompt-1").input(prompt)
    signed_in.number_input(key="seed-1").set_value(42)
    signed_in.radio(key="mode-1").set_value("DEFAULT")
    signed_in.button(key="submit").click().run()

    sent = next(call[1] for call in fake.api.calls if call[0] == "submit")
    assert sent["prompt"] == prompt
    assert sent["seed"] == 42
    assert sent["mode"] == "DEFAULT"
    assert sent["labels"][first] == ["Mug"]
    assert sorted(len(kept) for kept in sent["labels"].values()) == [1, 2]
    assert signed_in.query_params["id"] == "draft000000000000000000001"


@pytest.mark.parametrize(("prompt", "reason"), [("", "Describe the new background"), ("x" * 201, "takes 200")])
def test_a_bad_prompt_is_named_and_nothing_is_submitted(
    signed_in: AppTest, fake: FakeService, prompt: str, reason: str
) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    signed_in.text_area(key="prompt-1").input(prompt)
    signed_in.button(key="submit").click().run()

    assert any(reason in error.value for error in signed_in.error)
    assert fake.api.count("submit") == 0


def test_no_photos_no_submission(signed_in: AppTest) -> None:
    assert signed_in.button(key="submit").disabled
    assert "Add at least one good photo" in signed_in.warning[0].value.replace("\\", "")


def test_price_and_models_are_told_before_submitting(signed_in: AppTest) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("cup.jpg", b"two"))

    assert "$0.16" in words(signed_in).replace("\\", "")
    assert list(signed_in.selectbox(key="model-1").options) == ["stability.inpaint · $0.08 a photo · active"]
    assert "AWS retired it on 2026-06-30" in words(signed_in).replace("\\", "")


def test_a_photo_without_labels_can_be_submitted(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.labels = ()
    upload(signed_in, ("mug.jpg", b"one"))

    assert "Nothing was recognised by name" in words(signed_in)
    assert not signed_in.button(key="submit").disabled


def test_boxes_of_kept_labels_are_drawn_on_request(signed_in: AppTest) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    assert 'class="bd-box"' not in words(signed_in)
    signed_in.button_group(key="keep-p0000001").set_value(["Mug"])
    signed_in.toggle(key="boxes-1").set_value(True).run()

    assert words(signed_in).count('class="bd-box"') == 1
    assert "left:20%;top:20%" in words(signed_in)


def test_a_removed_photo_is_gone_here_and_in_the_draft(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"), ("cup.jpg", b"two"))
    signed_in.button(key="remove-p0000001").click().run()

    assert "1 photo in this job" in words(signed_in)
    assert list(fake.api.drafts["draft000000000000000000001"]) == ["p0000002"]


def test_an_idea_fills_the_prompt(signed_in: AppTest) -> None:
    signed_in.button_group(key="idea-1").set_value("Marble").run()

    assert "marble" in (signed_in.text_area(key="prompt-1").value or "")


def test_a_draft_in_the_address_is_taken_up_with_its_photos(signed_in: AppTest, fake: FakeService) -> None:
    upload(signed_in, ("mug.jpg", b"one"))
    del signed_in.session_state["backdrop.workspace"]
    signed_in.run()

    assert "1 photo in this job" in words(signed_in)
    assert fake.api.count("inspect_photo") == 1


def test_a_draft_that_is_gone_starts_a_new_job(signed_in: AppTest) -> None:
    signed_in.query_params["draft"] = "draft000000000000000000099"
    signed_in.run()

    assert not signed_in.error
    assert "draft" not in signed_in.query_params


def test_an_unreachable_service_is_said_without_a_trace(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "connection refused")
    upload(signed_in, ("mug.jpg", b"one"))

    assert not signed_in.exception
    assert "reached right now" in signed_in.error[0].value


def test_a_defect_of_the_app_shows_words_not_a_trace(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = RuntimeError("secret detail")
    upload(signed_in, ("mug.jpg", b"one"))

    assert not signed_in.exception
    assert "Something went wrong in this page" in signed_in.error[0].value
    assert "secret" not in words(signed_in)


def test_label_names_cannot_become_markup(signed_in: AppTest, fake: FakeService) -> None:
    fake.api.labels = (":red[Cup]",)
    upload(signed_in, ("mug.jpg", b"one"))

    shown = signed_in.button_group(key="keep-p0000001").formatted_values
    assert ":red[" not in shown[0]
    assert isinstance(fake.api.drafts["draft000000000000000000001"]["p0000001"].labels[0], Label)
