"""One job's page: progress, outcome, the grid, decisions, and what can be done again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backdrop.api.schemas.jobs import Flag, Job, Problem, UsedSettings
from backdrop.api.schemas.options import Output
from backdrop.core.backdrops import Backdrop, Placement
from backdrop.core.options import Options, OutputOptions
from backdrop.core.people import Action
from backdrop.core.vocabulary import JobStatus, Role, Verdict
from backdrop_client.errors import ApiError, ServiceUnreachable, SessionExpired
from backdrop_client.file_names import image_id_of
from backdrop_web.download.tickets import TICKETS
from backdrop_web.pages.job import image_cache
from backdrop_web.pages.job.image_cache import FIRST_IMAGES, ImageCache
from backdrop_web.pages.job.page import COLLECT_SECONDS, POLL_SECONDS, REFRESH_SECONDS, choose_pace
from backdrop_web.pages.job.review import grid as review_grid
from tests.unit.web.conftest import ENTRY, sign_in, words
from tests.unit.web.fakes import FakeApi, FakeService
from tests.unit.web.jobs import grid, links, make_job, place_of_grid, tiles


class Browser:
    """What the review says to the page."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {"run": "r", "decisions": []}

    def decide(self, n: int, image_id: str, verdict: Verdict | None) -> None:
        self.said["decisions"].append({"n": n, "id": image_id, "verdict": verdict})


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    made = Browser()
    monkeypatch.setattr(review_grid, "read_message", lambda key: made.said)
    return made


@pytest.fixture
def job(fake: FakeService) -> Job:
    """A job of three photos, just submitted."""
    return make_job(fake.api, ["mug.jpg", "cup.jpg", "jar.jpg"], seed=11, options=Options(variations=1))


@pytest.fixture
def started(signed_in: AppTest, job: Job) -> AppTest:
    """The app on the job's page."""
    signed_in.query_params["job"] = job.job_id
    return signed_in.run()


@pytest.fixture
def served() -> Iterator[None]:
    """As if the server had the address for ZIP files."""
    TICKETS.served = True
    yield
    TICKETS.served = False


def said(app: AppTest) -> str:
    return words(app).replace("\\", "").replace("\u2060", "")


def test_a_running_job_tells_counts_and_time_left(started: AppTest) -> None:
    progress = started.get("progress")[0].proto

    assert progress.text == "0 of 3 finished · about 1 min left"
    assert tiles(started) == [("mug.jpg", "waiting"), ("cup.jpg", "waiting"), ("jar.jpg", "waiting")]
    assert "oak table &amp; &lt;light&gt;" in words(started)
    assert links(started) == {}


def test_a_finished_job_shows_results_failures_and_downloads(
    started: AppTest, fake: FakeService, job: Job, served: None
) -> None:
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    started.run()

    assert "1 of 3 images failed." in said(started)
    assert tiles(started) == [("mug.jpg", "done"), ("cup.jpg", "failed"), ("jar.jpg", "done")]
    trouble = grid(started)["records"][1]["trouble"]
    assert trouble == {"what": "The model's content filter refused this photo.", "step": "Leave it out."}
    assert not started.get("progress")
    assert links(started)["Full report (JSON)"] == "https://r.example/report.json"
    zip_address = links(started)["All 2 finished images (ZIP)"]
    assert zip_address.startswith("downloads/")
    alone = [record["download"] for record in grid(started)["records"]]
    mug, _, jar = fake.api.results[job.job_id]
    assert links(started)["Everything, with its proof (ZIP)"] not in ("", zip_address)
    assert alone == [f"{zip_address}/{mug.image_id}", None, f"{zip_address}/{jar.image_id}"]
    assert "Approve images in the review" in said(started)


def test_polling_keeps_addresses_so_pictures_are_not_loaded_again(
    started: AppTest, fake: FakeService, job: Job
) -> None:
    before = grid(started)["records"]
    asked = fake.api.count("images_page")
    started.run()
    started.run()

    assert grid(started)["records"] == before
    assert fake.api.count("images_page") == asked
    assert fake.api.count("job") >= 3


def test_a_lost_connection_keeps_what_is_known(started: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "no answer in time")
    started.run()

    assert "trying again" in started.warning[0].value
    assert len(tiles(started)) == 3
    assert not started.error


def test_the_grid_keeps_its_place_when_the_connection_goes(started: AppTest, fake: FakeService) -> None:
    before = place_of_grid(started)
    fake.api.fail_with = ServiceUnreachable("The Backdrop service", "no answer in time")
    started.run()
    assert "trying again" in started.warning[0].value
    assert place_of_grid(started) == before


def test_the_grid_keeps_its_place_when_all_is_counted(
    signed_in: AppTest, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = ImageCache.refresh

    def look_once(self: ImageCache, *args: Any) -> None:
        if not self.glances:
            refresh(self, *args)

    monkeypatch.setattr(image_cache, "FIRST_IMAGES", 2)
    with monkeypatch.context() as while_counting:
        while_counting.setattr(ImageCache, "refresh", look_once)
        signed_in.query_params["job"] = job.job_id
        signed_in.run()
        assert "Counting: " in words(signed_in)
        before = place_of_grid(signed_in)
    signed_in.run()
    signed_in.run()
    assert "Counting: " not in words(signed_in)
    assert place_of_grid(signed_in) == before


def test_an_expired_session_on_the_job_page_leads_back_to_the_job(started: AppTest, fake: FakeService) -> None:
    fake.api.fail_with = SessionExpired()
    started.run()
    assert "E-mail address" in [field.label for field in started.text_input]
    fake.api.fail_with = None
    sign_in(started)

    assert len(tiles(started)) == 3


def test_failures_can_be_shown_alone(started: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    started.run()
    started.button_group(key=f"filter-{job.job_id}").set_value("failed").run()

    assert tiles(started) == [("cup.jpg", "failed")]


def test_an_unknown_job_is_said_plainly(signed_in: AppTest) -> None:
    signed_in.query_params["job"] = "nothing"
    signed_in.run()

    assert "This was not found" in signed_in.error[0].value


def test_a_link_from_a_mail_survives_signing_in(fake: FakeService, job: Job) -> None:
    visitor = AppTest.from_file(str(ENTRY), default_timeout=20)
    visitor.query_params["job"] = job.job_id
    visitor.run()
    sign_in(visitor)

    assert len(tiles(visitor)) == 3


def test_each_decision_is_saved_once_and_stays_in_place(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    fake.api.finish(job.job_id)
    started.run()
    started.button_group(key=f"filter-{job.job_id}").set_value("to-review").run()
    first, second, _ = (item["id"] for item in grid(started)["records"])
    browser.decide(1, first, Verdict.APPROVED)
    started.run()
    browser.decide(2, second, Verdict.REJECTED)
    browser.decide(3, first, None)
    browser.decide(4, first, Verdict.APPROVED)
    started.run()
    assert started.button(key="ask-redo").label == "Redo 1 rejected…", "what was said just now is counted"
    started.run()

    told = [call for name, call in fake.api.calls if name == "set_verdict"]
    # Of several about one image only the last counts.
    assert told[0] == (job.job_id, first, Verdict.APPROVED)
    assert sorted(told[1:]) == [(job.job_id, first, Verdict.APPROVED), (job.job_id, second, Verdict.REJECTED)]
    assert grid(started)["applied"] == 4
    # What was judged stays under one's eyes, and goes when the filter is chosen again.
    assert tiles(started) == [("mug.jpg", "APPROVED"), ("cup.jpg", "REJECTED"), ("jar.jpg", "done")]
    started.button_group(key=f"filter-{job.job_id}").set_value("approved").run()
    assert tiles(started) == [("mug.jpg", "APPROVED")]


def test_a_decision_that_is_not_saved_is_said(
    started: AppTest, fake: FakeService, job: Job, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.api.finish(job.job_id)
    started.run()

    def refuse(*_: object) -> None:
        raise ApiError("CONFLICT", "The image changed.", "Reload the page.", 409)

    monkeypatch.setattr(fake.api, "set_verdict", refuse)
    browser.decide(1, grid(started)["records"][0]["id"], Verdict.APPROVED)
    started.run()

    assert grid(started)["refusal"] == "mug.jpg: not saved. The image changed. Reload the page."
    assert tiles(started)[0] == ("mug.jpg", "done")


def test_nonsense_from_a_browser_changes_nothing(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    fake.api.finish(job.job_id)
    browser.said = {"run": "r", "decisions": [{"n": 1, "id": "x", "verdict": "MAYBE"}], "turn": {"page": -1}}
    started.run()

    assert len(tiles(started)) == 3
    assert fake.api.count("set_verdict") == 0


def test_flags_are_told_in_words(started: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.finish(job.job_id)
    images = fake.api.results[job.job_id]
    flag = Flag(code="HALO", measured=0.4, threshold=0.2, meaning="A light rim.", next_step="Look at the edges.")
    images[0] = replace(images[0], flags=[flag], seed=77, variation=2)
    started.run()

    record = grid(started)["records"][0]
    assert record["flags"] == [{"words": "A light rim.", "step": "Look at the edges."}]
    assert ["Seed", "77"] in record["facts"]
    assert (record["name"], record["variation"]) == ("mug.jpg", "2")


@pytest.mark.parametrize(
    ("options", "apart"),
    [
        (Options(), [False]),
        (Options(background="backdrop", backdrop=Backdrop(id="b1")), [False]),
        (Options(background="backdrop", backdrop=Backdrop(id="b1", placement=Placement())), [True]),
        (Options(outputs=(OutputOptions(aspect="1:1"), OutputOptions(width=300))), [False, True, False]),
    ],
)
def test_before_and_after_are_laid_over_each_other_only_where_the_product_keeps_its_place(
    signed_in: AppTest, fake: FakeService, options: Options, apart: list[bool]
) -> None:
    made = make_job(fake.api, ["mug.jpg"], options=options)
    fake.api.finish(made.job_id)
    (first,) = fake.api.results[made.job_id]
    own = [Output(**vars(one)) for one in options.every_output] if options.outputs else [None]
    fake.api.results[made.job_id] = [
        replace(first, image_id=image_id_of(first.photo_id, number), variation=number, output=output)
        for number, output in enumerate(own, start=1)
    ]
    signed_in.query_params["job"] = made.job_id
    signed_in.run()

    records = grid(signed_in)["records"]
    assert [record["apart"] for record in records] == apart
    if options.outputs:
        assert [record["variation"] for record in records] == ["1 of 3", "2 of 3", "3 of 3"]
        assert ["Variation", "3 of 3: 300 pixels wide"] in records[2]["facts"]


def test_decisions_that_a_reload_left_over_are_saved_before_any_image_is_known(
    signed_in: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    fake.api.finish(job.job_id)
    image = fake.api.results[job.job_id][2]
    browser.decide(1, image.image_id, Verdict.REJECTED)
    signed_in.query_params["job"] = job.job_id
    signed_in.run()

    assert tiles(signed_in)[2] == ("jar.jpg", "REJECTED")
    assert grid(signed_in)["applied"] == 1


def test_an_image_is_found_by_a_part_of_its_name_or_sku(started: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.results[job.job_id][0] = replace(fake.api.results[job.job_id][0], sku="TB-17")
    asked = fake.api.count("names")
    started.text_input(key=f"find-{job.job_id}").set_value("tb-1").run()
    assert tiles(started) == [("mug.jpg", "waiting")]
    started.text_input(key=f"find-{job.job_id}").set_value("CÚP").run()
    assert tiles(started) == [("cup.jpg", "waiting")]
    started.text_input(key=f"find-{job.job_id}").set_value("*b*").run()
    assert tiles(started) == []
    assert "No image here has “*b*” in its name or SKU" in said(started)
    assert fake.api.count("names") == asked + 1, "SKUs are asked for once, by who searches"


@pytest.mark.parametrize("images", [3, 9000])
def test_the_page_asks_quickly_while_it_collects_and_a_large_job_as_often_as_a_small_one(images: int) -> None:
    api = FakeApi()
    job = make_job(api, [f"{number}.jpg" for number in range(images)])
    cache = ImageCache(job.job_id)
    cache.refresh(api, job)
    assert choose_pace(job, cache) == (POLL_SECONDS if images < FIRST_IMAGES else COLLECT_SECONDS)
    while not cache.is_complete:
        cache.refresh(api, job)
    assert choose_pace(job, cache) == POLL_SECONDS
    api.finish(job.job_id)
    ended = api.job(job.job_id)
    assert choose_pace(ended, cache) == COLLECT_SECONDS
    while cache.is_behind(ended):
        cache.refresh(api, ended)
    assert choose_pace(ended, cache) == REFRESH_SECONDS


def test_a_job_can_be_cancelled_after_a_question(started: AppTest, fake: FakeService, job: Job) -> None:
    started.button(key="ask-cancel").click().run()
    assert "3 images not finished yet" in said(started)
    assert fake.api.count("cancel_job") == 0
    started.button(key="cancel-yes").click().run()

    assert fake.api.count("cancel_job") == 1
    assert fake.api.submitted[job.job_id].status is JobStatus.CANCELLED
    assert "The job was cancelled. 0 of 3 images were finished" in said(started)
    assert {state for _, state in tiles(started)} == {"left"}
    assert started.button(key="ask-retry").label == "Make the 3 missing"


def test_retrying_copies_only_what_failed_with_the_same_settings(started: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    started.run()
    started.button(key="ask-retry").click().run()
    assert "$0.08" in said(started)
    started.button(key="retry-yes").click().run()

    fresh = list(fake.api.submitted.values())[-1]
    assert fresh.job_id != job.job_id
    assert [image.name for image in fake.api.results[fresh.job_id]] == ["cup.jpg"]
    assert (fresh.prompt, fresh.seed) == (job.prompt, 11)
    assert started.get("progress")[0].proto.text.startswith("0 of 1 finished")


def asked_of(fake: FakeService, name: str) -> list[Any]:
    return [call for called, call in fake.api.calls if called == name]


def test_a_retry_makes_the_very_images_that_failed(started: AppTest, fake: FakeService, job: Job) -> None:
    """Two variations of one photo failed and one of another: three pictures, not two of each photo."""
    fake.api.finish(job.job_id, fail=["mug.jpg", "cup.jpg"])
    mug, cup, jar = fake.api.results[job.job_id]
    fake.api.results[job.job_id] = [
        replace(mug, seed=11),
        replace(mug, seed=13, variation=3, image_id=f"{mug.image_id}-3"),
        replace(cup, seed=12, variation=2, image_id=f"{cup.image_id}-2"),
        jar,
    ]
    started.run()
    started.button(key="ask-retry").click().run()
    assert "3 pictures, about $0.24" in said(started)
    started.button(key="retry-yes").click().run()

    (told,) = asked_of(fake, "estimate")[-1:]
    sent = asked_of(fake, "submit")[-1]
    assert list(sent["seeds"].values()) == [[11, 13], [12]]
    assert told["seeds"] == sent["seeds"], "the price is that of the very job"
    assert sent["seed"] == 11
    assert fake.api.named == {mug.photo_id: ["mug", "mug (3)"], cup.photo_id: ["cup (2)"]}, "called as they were here"


def test_the_price_is_told_before_and_the_photos_are_taken_over_once(
    started: AppTest, fake: FakeService, job: Job
) -> None:
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    started.run()
    for _ in range(2):
        started.button(key="ask-retry").click().run()
        assert "1 picture, about $0.08" in said(started)
        assert "2 model calls at the prices of 2026-10-01" in said(started)

    assert fake.api.count("copy_photos") == 1
    assert fake.api.count("submit") == 1, "the job itself"


def test_what_costs_more_than_a_little_needs_a_second_press(
    started: AppTest, fake: FakeService, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_CONFIRM_USD", "0.07")
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    started.run()
    started.button(key="ask-retry").click().run()
    assert "This job costs" not in said(started)
    started.button(key="retry-yes").click().run()

    assert "This job costs about $0.08** for 1 picture" in said(started)
    assert fake.api.count("submit") == 1
    started.button(key="again-confirm-yes").click().run()
    assert fake.api.count("submit") == 2


def test_a_question_about_another_job_is_not_answered(
    started: AppTest, fake: FakeService, job: Job, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_CONFIRM_USD", "0")
    open_again(started, fake, job, browser)
    started.button(key="again-yes").click().run()
    assert "This job costs" in said(started)
    next(area for area in started.text_area if area.key and area.key.startswith("again-prompt")).input("on ice").run()

    assert "This job costs" not in said(started)
    assert not [button for button in started.button if button.key == "again-confirm-yes"]


def open_again(app: AppTest, fake: FakeService, job: Job, browser: Browser) -> None:
    """The dialog that runs the first image again."""
    fake.api.finish(job.job_id)
    app.run()
    browser.said["again"] = {"n": 1, "id": grid(app)["records"][0]["id"]}
    app.run()
    app.run()


def test_what_the_service_would_refuse_is_said_and_starts_nothing(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    fake.api.problems = [
        Problem(code="MODEL_NOT_SERVED", message="It is not served here.", next_step="Choose another.")
    ]
    open_again(started, fake, job, browser)
    assert any("not served here" in error.value for error in started.error)
    started.button(key="again-yes").click().run()

    assert fake.api.count("submit") == 1


def test_texts_are_checked_before_a_picture_runs_again(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    def write(text: str) -> None:
        next(area for area in started.text_area if area.key and area.key.startswith("again-prompt")).input(text)

    open_again(started, fake, job, browser)
    for text, words_ in (("  ", "Describe the new background"), ("x" * 201, "takes at most 200")):
        write(text)
        started.button(key="again-yes").click().run()
        assert any(words_ in error.value.replace("\\", "") for error in started.error), started.error
    next(one for one in started.button_group if one.key and one.key.startswith("again-labels")).set_value([]).run()
    write("fine")
    started.button(key="again-yes").click().run()
    assert any("Keep at least one label" in error.value for error in started.error)
    assert fake.api.count("submit") == 1


def test_one_image_runs_again_with_other_words_and_labels(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    fake.api.finish(job.job_id)
    started.run()
    browser.said["again"] = {"n": 1, "id": grid(started)["records"][0]["id"]}
    started.run()
    started.run()
    assert fake.api.count("copy_photos") == 1
    area = next(area for area in started.text_area if area.key and area.key.startswith("again-prompt"))
    area.input("on slate")
    pills = next(group for group in started.button_group if group.key and group.key.startswith("again-labels"))
    pills.set_value(["Mug"]).run()
    started.button(key="again-yes").click().run()

    submitted = [call for name, call in fake.api.calls if name == "submit"][-1]
    assert submitted["prompt"] == "on slate"
    assert submitted["seed"] is None
    assert list(submitted["labels"].values()) == [["Mug"]]
    assert fake.api.count("copy_photos") == 1


def test_duplicating_opens_a_new_job_with_the_same_settings(started: AppTest, fake: FakeService, job: Job) -> None:
    started.button(key="ask-duplicate").click().run()
    started.button(key="duplicate-yes").click().run()

    assert not started.exception
    draft = started.session_state["backdrop.uploads"].draft
    assert [photo.name for photo in draft.photos.values()] == ["mug.jpg", "cup.jpg", "jar.jpg"]
    assert started.session_state[f"prompt-{draft.number}"] == job.prompt
    assert len(fake.api.submitted) == 1


def test_new_photos_get_the_settings_of_a_job_and_none_of_its_photos(
    started: AppTest, fake: FakeService, job: Job
) -> None:
    fake.api.submitted[job.job_id] = replace(job, name="Spring mugs", tags=["spring"])
    started.run()
    assert "Spring mugs" in [title.value for title in started.title]
    started.button(key="same-settings").click().run()

    assert not started.exception
    draft = started.session_state["backdrop.uploads"].draft
    assert (draft.photos, draft.draft_id) == ({}, None)
    kept = {name: started.session_state[f"{name}-{draft.number}"] for name in ("prompt", "tags", "job-name")}
    assert kept == {"prompt": job.prompt, "tags": ["spring"], "job-name": ""}
    assert fake.api.count("copy_photos") == 0


def test_the_page_tells_the_saved_settings_and_saves_its_own(started: AppTest, fake: FakeService, job: Job) -> None:
    used = UsedSettings(id="s9", name="Mugs", version=3, changed=True)
    fake.api.submitted[job.job_id] = replace(fake.api.submitted[job.job_id], settings=used)
    started.run()
    assert "saved settings Mugs, version 3, changed" in said(started)

    started.button(key="ask-save").click().run()
    started.text_input(key="settings-name-new").input("Beach").run()
    started.button(key="settings-save").click().run()

    assert [(one.name, one.settings.prompt) for one in fake.api.saved] == [("Beach", job.prompt)]


def test_a_job_is_renamed_where_it_stands(started: AppTest, fake: FakeService, job: Job) -> None:
    started.button(key="ask-rename").click().run()
    started.text_input(key=f"rename-name-{job.job_id}").input("Spring mugs").run()
    started.button(key="rename-yes").click().run()

    assert not started.exception
    assert fake.api.submitted[job.job_id].name == "Spring mugs"
    assert "Spring mugs" in [title.value for title in started.title]


def test_photos_own_words_go_along_with_a_retry(started: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    mug, cup, jar = fake.api.results[job.job_id]
    fake.api.results[job.job_id] = [replace(mug, prompt="on slate"), replace(cup, prompt="on snow"), jar]
    started.run()
    started.button(key="ask-retry").click().run()
    started.button(key="retry-yes").click().run()
    assert list(asked_of(fake, "submit")[-1]["prompts"].values()) == ["on snow"]

    assert ["Background", "on snow"] in grid(started)["records"][0]["facts"]


def test_one_image_runs_again_with_its_own_words_or_others(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    fake.api.finish(job.job_id)
    first, *others = fake.api.results[job.job_id]
    fake.api.results[job.job_id] = [replace(first, prompt="on slate"), *others]
    started.run()
    browser.said["again"] = {"n": 1, "id": grid(started)["records"][0]["id"]}
    started.run()
    started.run()
    area = next(area for area in started.text_area if area.key and area.key.startswith("again-prompt"))
    assert area.value == "on slate"
    area.input("on sand").run()
    started.button(key="again-yes").click().run()
    sent = asked_of(fake, "submit")[-1]
    assert (sent["prompt"], list(sent["prompts"].values())) == ("on sand", ["on sand"])


def test_a_job_without_words_for_all_says_where_they_are(started: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.submitted[job.job_id] = replace(job, prompt="")
    started.run()
    assert "Each photo has words of its own" in said(started)


def test_a_duplicate_shows_photos_own_words(started: AppTest, fake: FakeService, job: Job) -> None:
    first, *others = fake.api.results[job.job_id]
    fake.api.results[job.job_id] = [replace(first, prompt="on slate"), *others]
    started.button(key="ask-duplicate").click().run()
    started.button(key="duplicate-yes").click().run()
    assert "Background: “on slate”" in said(started)


def test_a_thousand_images_come_a_page_at_a_time(signed_in: AppTest, fake: FakeService, browser: Browser) -> None:
    job = make_job(fake.api, [f"photo {number:04d}.jpg" for number in range(1000)])
    fake.api.images_at_a_glance = 300
    signed_in.query_params["job"] = job.job_id
    signed_in.run()

    assert len(grid(signed_in)["records"]) == 48
    assert "are here. The numbers missing above" in said(signed_in)
    for _ in range(3):
        signed_in.run()
    assert "images are here" not in said(signed_in)
    assert grid(signed_in)["pages"] == 21
    browser.said["turn"] = {"n": 1, "page": 20}
    signed_in.run()
    assert tiles(signed_in)[0][0] == "photo 0960.jpg"
    assert signed_in.button(key="turn-Next page").disabled
    signed_in.button(key="turn-Previous page").click().run()
    assert tiles(signed_in)[0][0] == "photo 0912.jpg"
    told_in_full = [ids for name, ids in fake.api.calls if name == "images_of_ids"]
    assert [len(ids) for ids in told_in_full] == [48, 40, 48], "a page each time, nothing twice"


def test_a_trial_has_a_page_but_promises_no_mail(signed_in: AppTest, fake: FakeService) -> None:
    trial = make_job(fake.api, ["mug.jpg"], trial=True)
    signed_in.query_params["job"] = trial.job_id
    signed_in.run()

    assert signed_in.title[0].value.startswith("Trial, ")
    assert "It is not among your jobs, so keep its address" in said(signed_in)
    assert "e-mail" not in said(signed_in)


def test_a_name_turns_nothing_around_on_the_jobs_page(signed_in: AppTest, fake: FakeService) -> None:
    job = make_job(fake.api, ["photo\u202egpj.exe\u2028.jpg"], prompt="by \u202ethe sea")
    fake.api.finish(job.job_id)
    signed_in.query_params["job"] = job.job_id
    signed_in.run()

    assert tiles(signed_in) == [("photo\ufffdgpj.exe .jpg", "done")]
    assert "by \ufffdthe sea" in words(signed_in)
    assert not {"\u202e", "\u2028"} & set(words(signed_in))


def test_the_review_tells_how_an_image_was_made_in_the_services_words(
    started: AppTest, fake: FakeService, job: Job, browser: Browser
) -> None:
    assert not any(record["story"] for record in grid(started)["records"]), "there is no report yet"
    fake.api.finish(job.job_id)
    started.run()
    first = grid(started)["records"][0]
    assert first["story"]

    browser.said["story"] = {"n": 1, "id": first["id"]}
    started.run()

    assert fake.api.count("image_story") == 1
    assert "Who *asked*" in said(started)
    assert "Job <b>x</b>." in said(started)


def test_the_link_of_the_mail_shows_the_report_at_hand(signed_in: AppTest, fake: FakeService, job: Job) -> None:
    fake.api.finish(job.job_id)
    signed_in.query_params["job"] = job.job_id
    assert "Open the report with pictures" not in links(signed_in.run())

    signed_in.query_params["report"] = "page"

    assert links(signed_in.run())["Open the report with pictures"] == "https://r.example/report.html"


def test_an_auditor_sees_the_job_and_is_offered_nothing_that_changes_it(
    app: AppTest, fake: FakeService, job: Job
) -> None:
    fake.role = Role.AUDITOR
    fake.api.submitted[job.job_id] = replace(job, mine=False, allowed=[Action.SEE])
    fake.api.finish(job.job_id, fail=["cup.jpg"])
    sign_in(app)
    app.query_params["job"] = job.job_id
    app.run()

    told = grid(app)
    assert [one["name"] for one in told["records"]] == ["mug.jpg", "cup.jpg", "jar.jpg"]
    assert told["readOnly"] is True
    assert not any(one["fix"] or one["again"] for one in told["records"])
    labels = {button.label for button in app.button}
    assert labels <= {"Sign out", "Sign out on all devices"}, labels


def test_a_colleagues_job_says_whose_it_is_and_offers_what_one_may_do(
    app: AppTest, fake: FakeService, job: Job
) -> None:
    fake.role, fake.teams = Role.OPS, ("studio",)
    whose = replace(job, mine=False, requested_by="bob@example.com", team="studio", allowed=[Action.SEE, Action.CANCEL])
    fake.api.submitted[job.job_id] = whose
    sign_in(app)
    app.query_params["job"] = job.job_id
    app.run()

    told = said(app).replace("\\", "")
    assert "A job of bob@example.com, seen by the team studio. You can cancel it." in told
    assert "An e-mail tells" not in told
    assert grid(app)["readOnly"] is True
    labels = {button.label for button in app.button}
    assert "Cancel the job" in labels
    assert "Duplicate" not in labels


def test_who_started_a_job_shares_it(app: AppTest, fake: FakeService, job: Job) -> None:
    fake.teams = ("studio",)
    sign_in(app)
    app.query_params["job"] = job.job_id
    app.run()

    app.radio(key=f"seen-by-{job.job_id}-None").set_value("studio").run()
    app.button(key="seen-by-save").click().run()

    assert fake.api.submitted[job.job_id].team == "studio"


def test_the_reports_page_has_the_latest_verdicts_when_somebody_opens_it(
    started: AppTest, fake: FakeService, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.api.finish(job.job_id)
    started.run()
    started.session_state["report-menu"] = True
    started.run()
    assert fake.api.count("write_page") == 0, "nobody said anything"
    started.session_state["report-menu"] = False
    cache = started.session_state[f"images-{job.job_id}"]
    first = next(iter(cache.glances))
    cache.set_verdict(first, Verdict.APPROVED)
    started.run()
    assert fake.api.count("write_page") == 0, "not with each verdict"

    started.session_state["report-menu"] = True
    started.run().run()
    assert fake.api.count("write_page") == 1, "once, however often the page looks again"
    assert "Report with pictures (page)" in links(started)

    def away(job_id: str) -> Job:
        raise ServiceUnreachable("Backdrop", "no")

    monkeypatch.setattr(fake.api, "write_page", away)
    cache.set_verdict(first, Verdict.REJECTED)
    assert "The page may lack the latest approvals" in said(started.run())
