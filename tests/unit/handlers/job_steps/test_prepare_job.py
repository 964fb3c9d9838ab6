"""Whatever starts an execution is checked, and every setting is known before anything is paid."""

from __future__ import annotations

import hashlib
import json
from types import ModuleType
from typing import Any

import pytest

from backdrop.aws.backdrops_table import BackdropsTable
from backdrop.core import keys
from backdrop.core.errors import ErrorCode, JobInputInvalid, PromptBlocked, explain
from backdrop.core.recipes import Floor
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.imaging.recipes import encode, render
from backdrop.jobs.model import BackdropRow, Facts, UsedSettings
from tests.unit.handlers.job_steps.conftest import JobsTwin, Schedules

ARN = "arn:aws:states:us-east-1:000000000000:execution:machine:"
CUT_OUT = "us.stability.stable-image-remove-background-v1:0"
PAINT = "us.stability.stable-image-inpaint-v1:0"
STARTED = "2026-11-21T04:00:00.000Z"


def published(**changes: Any) -> dict[str, Any]:
    """The input with an inline list, as other systems send it (docs/contracts.md, Workflow)."""
    input_: dict[str, Any] = {
        "Id": "sample-1",
        "S3Bucket": "shop-photos",
        "InputS3Prefix": "image-files/2026/11/21/120000",
        "OutputS3Prefix": "generated-image-files/2026/11/21/120000",
        "StatusS3Prefix": "status-report-files/2026/11/21/120000",
        "Prompt": "on a wooden table",
        "NegativePrompt": "people",
        "Mode": "PRECISE",
        "Images": [{"ImageName": "mug.jpg", "Labels": "Cup, Mug"}, {"ImageName": "shoe.v1.png", "Labels": "Shoe"}],
    }
    return {name: value for name, value in {**input_, **changes}.items() if value is not None}


def run(prepare_job: ModuleType, input_: object, name: str = "run-1") -> dict[str, Any]:
    answer: dict[str, Any] = prepare_job.handler(
        {"Input": input_, "ExecutionArn": f"{ARN}{name}", "StartedAt": STARTED}, None
    )
    return answer


def refused(prepare_job: ModuleType, **changes: Any) -> JobInputInvalid:
    with pytest.raises(JobInputInvalid) as caught:
        run(prepare_job, published(**changes))
    return caught.value


def test_the_published_sample_becomes_a_manifest_and_a_complete_job(
    prepare_job: ModuleType, bucket: dict[str, bytes]
) -> None:
    state = run(prepare_job, published())
    seed = state["Job"].pop("Seed")
    assert 0 < seed <= 4_294_967_294
    assert state == {
        "Job": {
            "Id": "sample-1",
            "S3Bucket": "shop-photos",
            "InputS3Prefix": "image-files/2026/11/21/120000",
            "OutputS3Prefix": "generated-image-files/2026/11/21/120000",
            "StatusS3Prefix": "status-report-files/2026/11/21/120000",
            "Prompt": "on a wooden table",
            "NegativePrompt": "people",
            "Mode": "PRECISE",
            "ModelId": "us.stability.stable-image-inpaint-v1:0",
            "Variations": 1,
            "Options": {},
            "Generator": "trained-model",
            "RequestedBy": "",
            "Team": None,
            "SavedSettings": None,
            "Trial": False,
            "TrialJobId": None,
            "MaxUsd": None,
            "Limited": False,
            "KeepPayloads": False,
            "AnswerDays": 30,
            "AnswersFolder": f"generated-image-files/answers/{keys.owner_hash('system:')}/",
            "ContentCredentials": False,
        },
        "ManifestKey": "image-files/2026/11/21/120000/manifest.jsonl",
        "ImageCount": 2,
        "MaxConcurrency": 40,
    }
    lines = [json.loads(line) for line in bucket[state["ManifestKey"]].splitlines()]
    assert [(line["ImageName"], line["Key"], line["Labels"], line.get("Boxes")) for line in lines] == [
        ("mug.jpg", "image-files/2026/11/21/120000/mug.jpg", "Cup,Mug", None),
        ("shoe.v1.png", "image-files/2026/11/21/120000/shoe.v1.png", "Shoe", None),
    ]
    assert len({line["ImageId"] for line in lines}) == 2


def test_photos_of_another_system_may_have_prompts_of_their_own(
    prepare_job: ModuleType, bucket: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(prepare_job._prompt_policy.__class__, "check", lambda _self, *texts: asked.append(texts))
    images = [{"ImageName": "mug.jpg", "Prompt": "on snow"}, {"ImageName": "shoe.png", "Prompt": "on sand"}]

    state = run(prepare_job, published(Images=images, Prompt=""))

    lines = [json.loads(line) for line in bucket[state["ManifestKey"]].splitlines()]
    assert [line.get("Prompt") for line in lines] == ["on snow", "on sand"]
    assert (state["Job"]["Prompt"], asked) == ("", [("", "people", ["on snow", "on sand"])])


@pytest.mark.parametrize(
    ("prompts", "code", "said"),
    [
        (("on snow", ""), "PROMPT_EMPTY", "1 of 2 photos have none"),
        (("on snow", "x" * 10_001), "PROMPT_TOO_LONG", "10,001 characters"),
        (("on snow", 5), "JOB_INPUT_INVALID", "Prompt"),
    ],
)
def test_prompts_of_photos_that_make_no_job_are_refused(
    prepare_job: ModuleType, prompts: tuple[Any, Any], code: str, said: str
) -> None:
    images = [{"ImageName": f"{place}.jpg", "Prompt": prompt} for place, prompt in enumerate(prompts)]
    error = refused(prepare_job, Images=images, Prompt="")
    assert error.code == code
    assert said in error.cause


def test_a_photo_of_another_system_may_come_with_its_mask(prepare_job: ModuleType, bucket: dict[str, bytes]) -> None:
    images = [{"ImageName": "mug.jpg", "MaskName": "masks/mug.png"}, {"ImageName": "shoe.png"}]
    state = run(prepare_job, published(Images=images))
    lines = [json.loads(line) for line in bucket[state["ManifestKey"]].splitlines()]
    assert [line.get("MaskKey") for line in lines] == ["image-files/2026/11/21/120000/masks/mug.png", None]


@pytest.mark.parametrize(
    ("mask", "words"),
    [("../mug.png", "MaskName"), ("mug.jpg.mask.png", "would overwrite another image: 'mug.jpg.mask.png'")],
)
def test_a_mask_may_not_lie_elsewhere_nor_where_ours_will(prepare_job: ModuleType, mask: str, words: str) -> None:
    with pytest.raises(JobInputInvalid, match=words):
        run(prepare_job, published(Images=[{"ImageName": "mug.jpg", "MaskName": mask}]))


def test_a_trial_is_of_one_photo(prepare_job: ModuleType) -> None:
    one = [{"ImageName": "mug.jpg", "Labels": ""}]
    assert run(prepare_job, published(Trial=True, Images=one))["Job"]["Trial"] is True
    with pytest.raises(JobInputInvalid, match="one photo"):
        run(prepare_job, published(Trial=True))


def test_optional_fields_have_defaults_and_trailing_slashes_go(prepare_job: ModuleType) -> None:
    job = run(prepare_job, published(NegativePrompt=None, Mode=None, InputS3Prefix="image-files/x/"))["Job"]
    assert (job["NegativePrompt"], job["Mode"], job["InputS3Prefix"]) == ("", "PRECISE", "image-files/x")


def test_two_runs_without_a_seed_have_two_seeds_and_a_given_one_is_kept(prepare_job: ModuleType) -> None:
    seeds = {run(prepare_job, published())["Job"]["Seed"] for _ in range(5)}
    assert len(seeds) > 1
    assert run(prepare_job, published(Seed=42))["Job"]["Seed"] == 42


@pytest.mark.parametrize(
    "prompt", ['a 19" monitor', "two\nlines \\ and\ttabs", "🙂 {{template}} $input {}", "  spaces  ", "x" * 10_000]
)
def test_the_prompt_is_taken_verbatim(prepare_job: ModuleType, prompt: str) -> None:
    assert run(prepare_job, published(Prompt=prompt))["Job"]["Prompt"] == prompt


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"Prompt": "x" * 10_001}, ErrorCode.PROMPT_TOO_LONG, "10,000"),
        ({"NegativePrompt": "x" * 10_001}, ErrorCode.NEGATIVE_PROMPT_TOO_LONG, "10,000"),
        ({"Prompt": "  \n "}, ErrorCode.PROMPT_EMPTY, "empty"),
        ({"ModelId": "no.such-model"}, ErrorCode.MODEL_UNKNOWN, "no.such-model"),
        ({"ModelId": "amazon.nova-canvas-v1:0"}, ErrorCode.MODEL_RETIRED, "2026-09-30"),
        ({"Seed": 4_294_967_295}, ErrorCode.SEED_OUT_OF_RANGE, "4,294,967,294"),
        ({"Seed": 4_294_967_294, "Options": {"Variations": 2}}, ErrorCode.SEED_OUT_OF_RANGE, "4,294,967,294"),
        ({"Options": {"Variations": 6}}, ErrorCode.OPTIONS_INVALID, "6"),
        ({"Options": {"Size": 7}}, ErrorCode.OPTIONS_INVALID, "Size"),
        ({"Options": {"CfgScale": 8}}, ErrorCode.OPTION_NOT_SUPPORTED, "cfgScale"),
        ({"Options": {"Quality": "premium"}}, ErrorCode.OPTION_NOT_SUPPORTED, "quality"),
        ({"Options": {"Style": "baroque"}}, ErrorCode.OPTIONS_INVALID, "baroque"),
        ({"Options": {"Background": "#12345"}}, ErrorCode.OPTIONS_INVALID, "#12345"),
        ({"Options": {"Background": "transparent", "Variations": 2}}, ErrorCode.OPTIONS_INVALID, "seed"),
        ({"Options": {"Background": "transparent", "Output": {"Format": "JPEG"}}}, ErrorCode.OPTIONS_INVALID, "JPEG"),
        ({"Options": {"Output": {"Aspect": "9:1"}}}, ErrorCode.OPTIONS_INVALID, "9:1"),
        ({"ModelId": "backdrop.cut-out"}, ErrorCode.OPTION_NOT_SUPPORTED, "paints no background"),
        ({"Id": None}, ErrorCode.JOB_INPUT_INVALID, "Id"),
        ({"Id": "../x"}, ErrorCode.JOB_INPUT_INVALID, "Id"),
        ({"Prompt": 7}, ErrorCode.JOB_INPUT_INVALID, "Prompt"),
        ({"Seed": "7"}, ErrorCode.JOB_INPUT_INVALID, "Seed"),
        ({"Mode": "FAST"}, ErrorCode.JOB_INPUT_INVALID, "Mode"),
        ({"Images": []}, ErrorCode.JOB_INPUT_INVALID, "Images"),
        ({"Images": "mug.jpg"}, ErrorCode.JOB_INPUT_INVALID, "Images"),
        ({"Images": [{"Labels": "Cup"}]}, ErrorCode.JOB_INPUT_INVALID, "ImageName"),
        ({"OutputS3Prefix": "image-files/2026/11/21/120000"}, ErrorCode.JOB_INPUT_INVALID, "overwrite"),
        ({"OutputS3Prefix": "image-files/2026/11/21/120000/out"}, ErrorCode.JOB_INPUT_INVALID, "overwrite"),
        ({"InputS3Prefix": "/image-files"}, ErrorCode.JOB_INPUT_INVALID, "InputS3Prefix"),
        ({"Images": {"ManifestKey": "elsewhere/manifest.jsonl"}}, ErrorCode.JOB_INPUT_INVALID, "ManifestKey"),
    ],
)
def test_a_bad_input_is_refused_and_says_what_is_wrong(
    prepare_job: ModuleType, bucket: dict[str, bytes], changes: dict[str, Any], code: ErrorCode, words: str
) -> None:
    error = refused(prepare_job, **changes)
    assert error.code is code
    assert words in error.cause
    assert bucket == {}


def test_options_are_recorded_and_each_photo_gets_its_seeds(prepare_job: ModuleType, bucket: dict[str, bytes]) -> None:
    options = {"Variations": 3, "VarySeed": True, "Output": {"Aspect": "4:5", "Format": "WEBP", "Quality": 80}}
    state = run(prepare_job, published(Seed=10, Options={**options, "Background": "generated", "MaskSource": "MODEL"}))
    assert state["Job"]["Options"] == options, "what equals a default is left out"
    assert (state["Job"]["Variations"], state["ImageCount"]) == (3, 6)
    lines = [json.loads(line) for line in bucket[state["ManifestKey"]].splitlines()]
    assert [line["Seeds"] for line in lines] == [[10, 11, 12], [13, 14, 15]]


def test_each_seed_comes_once_for_every_output(prepare_job: ModuleType, bucket: dict[str, bytes]) -> None:
    outputs = [{"Width": 800, "Format": "WEBP"}, {"Preset": "ebay"}]
    state = run(prepare_job, published(Seed=10, Options={"Variations": 2, "Outputs": outputs}))
    assert state["ImageCount"] == 2 * 2 * 3
    lines = [json.loads(line) for line in bucket[state["ManifestKey"]].splitlines()]
    assert [line["Seeds"] for line in lines] == [[10, 10, 10, 11, 11, 11]] * 2


@pytest.mark.parametrize(
    ("seeds", "good"), [([7, 7], True), ([7, 7, 9, 9], True), ([7], False), ([7, 8], False), ([7, 7, 7, 7], False)]
)
def test_a_manifest_names_each_seed_once_for_every_output(
    prepare_job: ModuleType, bucket: dict[str, bytes], seeds: list[int], good: bool
) -> None:
    bucket["in/manifest.jsonl"] = line(1, Seeds=seeds)
    wish = {"InputS3Prefix": "in", "Images": {"ManifestKey": "in/manifest.jsonl"}}
    wish["Options"] = {"Outputs": [{"Width": 900}]}
    if good:
        assert run(prepare_job, published(**wish))["ImageCount"] == len(seeds)
    else:
        assert "each 2 times in a row" in refused(prepare_job, **wish).cause


def test_a_plain_background_needs_no_prompt(prepare_job: ModuleType) -> None:
    state = run(prepare_job, published(Prompt=None, ModelId="backdrop.cut-out", Options={"Background": "#FFFFFF"}))
    assert state["Job"]["Options"] == {"Background": "#ffffff"}


@pytest.mark.parametrize("input_", [None, [], "text", 7, {}])
def test_an_input_that_is_no_job_is_refused(prepare_job: ModuleType, input_: object) -> None:
    with pytest.raises(JobInputInvalid):
        run(prepare_job, input_)


@pytest.mark.parametrize(
    "name", ["../x.jpg", "/x.jpg", "a/../x.jpg", "a//x.jpg", "x\0.jpg", "x\n.jpg", "x\uffff.jpg", "", ".", "x" * 1_025]
)
def test_unsafe_names_are_refused(prepare_job: ModuleType, name: str) -> None:
    assert refused(prepare_job, Images=[{"ImageName": name}]).code is ErrorCode.JOB_INPUT_INVALID


@pytest.mark.parametrize(
    "names",
    [
        ["mug.jpg", "mug.jpg"],
        ["mug", "mug.png"],
        ["mug.jpg", "mug.jpg.mask.png"],
        ["mug.jpg", "mug.jpg.v2.webp"],
        ["mug.jpg", "mug.jpg.preview.jpg"],
        ["mug.jpg", "mug.jpg.thumb.jpg"],
        ["mug.png", "mug.png.jpg.thumb"],
        ["manifest.jsonl"],
    ],
)
def test_names_that_would_overwrite_another_file_are_refused(prepare_job: ModuleType, names: list[str]) -> None:
    assert refused(prepare_job, Images=[{"ImageName": name} for name in names]).code is ErrorCode.NAME_INVALID


def test_names_that_only_look_alike_are_kept_apart(prepare_job: ModuleType, bucket: dict[str, bytes]) -> None:
    names = [
        "shirt.v1.png",
        "shirt.v2.png",
        "mug.png",
        "mug.jpg",
        "Mug.jpg",
        "\u00e9.jpg",
        "e\u0301.jpg",
        "a\\b.png",
        " x.jpg",
        "x\u2028y\u202e.jpg",
        "x y\u202e.jpg",
    ]
    state = run(prepare_job, published(Images=[{"ImageName": name} for name in names]))
    lines = [json.loads(line) for line in bucket[state["ManifestKey"]].splitlines()]
    assert [line["ImageName"] for line in lines] == names
    assert len({line["Key"] for line in lines}) == len({line["ImageId"] for line in lines}) == len(names)


def line(number: int, **changes: Any) -> bytes:
    item = {"ImageId": f"{number:08d}", "ImageName": "x.jpg", "Key": f"in/{number}.jpg", "Labels": "", "Seeds": [7]}
    item |= changes
    return json.dumps({name: value for name, value in item.items() if value is not None}).encode() + b"\n"


@pytest.mark.parametrize("count", [1, 2_850, 10_000])
def test_a_manifest_of_any_size_is_counted(prepare_job: ModuleType, bucket: dict[str, bytes], count: int) -> None:
    bucket["in/manifest.jsonl"] = b"".join(line(number) for number in range(count))
    state = run(prepare_job, published(InputS3Prefix="in", Images={"ManifestKey": "in/manifest.jsonl"}))
    assert (state["ImageCount"], state["ManifestKey"]) == (count, "in/manifest.jsonl")


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        (b"", ErrorCode.NO_PHOTOS),
        (b"not json\n", ErrorCode.JOB_INPUT_INVALID),
        (b"[]\n", ErrorCode.JOB_INPUT_INVALID),
        (line(1, Labels=None), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Seeds=None), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Seeds=[]), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Seeds=[1, 1]), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Seeds=[1, 2, 3, 4, 5, 6]), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Seeds=[1, True]), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Seeds=["1"]), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Key="elsewhere/1.jpg"), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Boxes=[[0.1, 0.1, 0.2]]), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Width="640", Height="480"), ErrorCode.JOB_INPUT_INVALID),
        (line(1, AnswersAt=7), ErrorCode.JOB_INPUT_INVALID),
        (line(1, ImageName="a\udcff.jpg"), ErrorCode.JOB_INPUT_INVALID),
        (line(1, Key="in/a\ud800.jpg"), ErrorCode.JOB_INPUT_INVALID),
        (b"\xef\xbb\xbf" + line(1), ErrorCode.JOB_INPUT_INVALID),
        (line(1).replace(b"1", b"\xff"), ErrorCode.JOB_INPUT_INVALID),
        (line(1).decode().encode("utf-16"), ErrorCode.JOB_INPUT_INVALID),
        (line(1)[:-1] + b"\r" + line(2), ErrorCode.JOB_INPUT_INVALID),
        (line(1, AnswersAt="out/../x"), ErrorCode.JOB_INPUT_INVALID),
        (line(1) + line(1, Key="in/2.jpg"), ErrorCode.JOB_INPUT_INVALID),
        (line(1) + line(2, Key="in/1.jpg"), ErrorCode.JOB_INPUT_INVALID),
        (b"".join(line(number) for number in range(10_001)), ErrorCode.TOO_MANY_PHOTOS),
    ],
)
def test_a_broken_manifest_is_refused(
    prepare_job: ModuleType, bucket: dict[str, bytes], manifest: bytes, code: ErrorCode
) -> None:
    bucket["in/manifest.jsonl"] = manifest
    assert refused(prepare_job, InputS3Prefix="in", Images={"ManifestKey": "in/manifest.jsonl"}).code is code


def test_a_submitted_job_runs_under_its_own_name(prepare_job: ModuleType, jobs: JobsTwin) -> None:
    jobs.rows = {"sample-1": {}}
    run(prepare_job, published(), name="sample-1")
    assert jobs.rows["sample-1"] == {
        "status": JobStatus.RUNNING,
        "execution_arn": f"{ARN}sample-1",
        "started_at": STARTED,
    }
    run(prepare_job, published(), name="sample-1")  # a redriven execution
    assert set(jobs.counted) == {"sample-1"}, "people watch it"


def test_whose_answers_are_used_again_depends_on_who_asks(prepare_job: ModuleType, jobs: JobsTwin) -> None:
    def folder(name: str, **changes: Any) -> str:
        return str(run(prepare_job, published(**changes), name=name)["Job"]["AnswersFolder"])

    jobs.rows = {"sample-1": {}}
    anns = folder("sample-1")
    assert anns == f"generated-image-files/answers/{keys.owner_hash('ann')}/"
    nobodys = folder("by-another", Id="by-another")
    bobs = folder("by-another", Id="by-another", RequestedBy="ann")
    assert len({anns, nobodys, bobs}) == 3, "a system that says so is not the user ann"


def test_another_system_names_a_team_and_a_job_of_the_api_has_its_own(prepare_job: ModuleType, jobs: JobsTwin) -> None:
    jobs.rows = {"sample-1": {"team": "studio"}}

    assert run(prepare_job, published(Team="shoes"), name="sample-1")["Job"]["Team"] == "studio"
    assert run(prepare_job, published(Id="by-another", Team="shoes"), name="by-another")["Job"]["Team"] == "shoes"
    assert "Team" in refused(prepare_job, Team="No such team!").cause


def test_a_job_of_the_api_tells_the_saved_settings_that_it_was_begun_with(
    prepare_job: ModuleType, jobs: JobsTwin
) -> None:
    jobs.rows = {"sample-1": {"used": UsedSettings("s", "Mugs", 3, changed=True)}}

    told = run(prepare_job, published(SavedSettings={"Name": "x"}), name="sample-1")["Job"]["SavedSettings"]
    assert told == {"Id": "s", "Name": "Mugs", "Version": 3, "Changed": True}
    other = run(prepare_job, published(Id="by-another", SavedSettings={"Name": "x"}), name="by-another")["Job"]
    assert other["SavedSettings"] is None, "another system has none"


@pytest.mark.parametrize(("asked", "kept"), [("de-AT", "de"), ("en", None), ("xx", None), (None, None)])
def test_a_job_tells_the_language_of_its_mail(prepare_job: ModuleType, asked: str | None, kept: str | None) -> None:
    told = run(prepare_job, published(**({"Language": asked} if asked else {})))["Job"]
    assert told.get("Language") == kept


def test_a_redo_tells_whose_images_it_makes_anew(prepare_job: ModuleType, jobs: JobsTwin) -> None:
    jobs.rows = {"sample-1": {"team": None, "used": None, "redo_of": "first"}}
    assert run(prepare_job, published(), name="sample-1")["Job"]["RedoOf"] == "first"


def test_a_job_may_want_every_answer_anew(prepare_job: ModuleType) -> None:
    job = run(prepare_job, published(Options={"ReuseAnswers": False}))["Job"]
    assert (job["AnswerDays"], job["AnswersFolder"]) == (0, "")


def test_nobody_runs_a_submitted_job_a_second_time(prepare_job: ModuleType, jobs: JobsTwin) -> None:
    jobs.rows = {"sample-1": {}}
    with pytest.raises(JobInputInvalid):
        run(prepare_job, published(), name="another-name")
    assert jobs.rows == {"sample-1": {}}


def test_step_functions_error_leads_back_to_the_code(prepare_job: ModuleType) -> None:
    error = refused(prepare_job, Prompt="")
    told = explain("JobInputInvalid", json.dumps({"errorType": "JobInputInvalid", "errorMessage": str(error)}))
    assert told.code is ErrorCode.PROMPT_EMPTY


def test_a_blocked_prompt_of_another_system_ends_the_job_in_words(prepare_job: ModuleType) -> None:
    with pytest.raises(PromptBlocked) as caught:
        run(prepare_job, published(Prompt="under a RED flag"))
    failure = explain("PromptBlocked", json.dumps({"errorType": "PromptBlocked", "errorMessage": str(caught.value)}))
    assert failure.code is ErrorCode.PROMPT_BLOCKED
    assert "'red flag'" in failure.cause


def test_a_job_of_the_api_was_asked_about_at_submission(prepare_job: ModuleType, jobs: JobsTwin) -> None:
    jobs.rows["sample-1"] = {}
    assert run(prepare_job, published(Prompt="under a red flag"), name="sample-1")["ImageCount"] == 2


def test_a_folders_name_is_no_longer_than_a_files_may_be(prepare_job: ModuleType) -> None:
    assert "255" in str(refused(prepare_job, Images=[{"ImageName": f"{'x' * 256}/y.jpg"}]))


CROSS_REGION = "Cross-region model inference requests per minute for Stability Stable Image"
QUOTA_NAMES = {CUT_OUT: f"{CROSS_REGION} Remove Background", PAINT: f"{CROSS_REGION} Inpaint"}


def test_a_job_begins_at_the_accounts_quota_and_tells_how_many_calls_it_will_make(
    monkeypatch: pytest.MonkeyPatch, prepare_job: ModuleType
) -> None:
    schedules, quotas = Schedules(), Quotas({QUOTA_NAMES[PAINT]: 45.0})
    monkeypatch.setattr(prepare_job, "ScheduleTable", schedules)
    monkeypatch.setattr(prepare_job, "servicequotas", lambda _region: quotas)
    monkeypatch.setattr(prepare_job, "_environment", prepare_job._environment._replace(requests_per_minute=-1))
    images = [{"ImageName": f"{number}.jpg", "Labels": ""} for number in range(250)]
    run(prepare_job, published(Images=images))
    found = {model_id: (one.stated, one.level, one.tries) for model_id, one in schedules.rows.items()}
    assert found == {CUT_OUT: (20, 20, 2), PAINT: (45, 45, 2)}, "the catalogue's where the account's is not told"

    quotas.values[QUOTA_NAMES[PAINT]] = 60.0
    run(prepare_job, published(Images=images))
    assert (schedules.rows[PAINT].stated, schedules.rows[PAINT].level) == (60, 60)
    quotas.values.clear()
    run(prepare_job, published(Images=images))
    assert schedules.rows[PAINT].stated == 60, "not told today: what was told before holds"

    monkeypatch.setattr(prepare_job, "_environment", prepare_job._environment._replace(requests_per_minute=7))
    run(prepare_job, published(Images=images))
    assert {one.stated for one in schedules.rows.values()} == {7}


def test_an_export_announces_no_calls(monkeypatch: pytest.MonkeyPatch, prepare_job: ModuleType) -> None:
    schedules = Schedules()
    monkeypatch.setattr(prepare_job, "ScheduleTable", schedules)
    monkeypatch.setattr(prepare_job, "_environment", prepare_job._environment._replace(requests_per_minute=7))
    job = run(prepare_job, published(Options={"ExportOf": "01abc"}))["Job"]
    assert job["Options"] == {"ExportOf": "01abc"}
    assert not schedules.rows


class Quotas:
    """Service Quotas with these."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = values

    def get_paginator(self, _operation: str) -> Quotas:
        return self

    def paginate(self, **_request: object) -> list[dict[str, Any]]:
        return [{"Quotas": [{"QuotaName": name, "Value": value} for name, value in self.values.items()]}]


COLOURS = {"Kind": "FLOOR", "Wall": "#EEEEEE", "Floor": "#cccccc"}


KEPT = "01jd0000000000000000000007"


@pytest.fixture
def shared(bucket: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> str:
    """A kept backdrop that its owner shares; where its picture lies."""
    floor = Floor("#eeeeee", "#cccccc")
    key, data = "image-files/backdrops/owner/kept.jpg", encode(render(floor))
    facts = Facts(len(data), hashlib.sha256(data).hexdigest(), 1200, 900, "JPEG", key)
    row = BackdropRow(
        "ann", KEPT, "Our wall", ImageStatus.READY, STARTED, "upload", facts=facts, surface=0.6, recipe=floor, light=-30
    )
    bucket[key] = data
    rows = {KEPT: row}
    monkeypatch.setattr(BackdropsTable, "shared_backdrop", lambda _self, id_: rows.get(id_))
    return key


def test_a_backdrop_of_colours_is_made_for_the_job(prepare_job: ModuleType, bucket: dict[str, bytes]) -> None:
    behind = {"Recipe": COLOURS, "Placement": {"Share": 0.5}}

    state = run(prepare_job, published(Prompt=None, Options={"Background": "backdrop", "Backdrop": behind}))

    told = state["Job"]["Options"]["Backdrop"]
    made = encode(render(Floor("#eeeeee", "#cccccc")))
    sha256 = hashlib.sha256(made).hexdigest()
    assert (told["Sha256"], told["Name"]) == (sha256, "Wall #eeeeee, floor #cccccc")
    assert told["Recipe"] == COLOURS | {"Wall": "#eeeeee", "Line": 0.7}
    assert told["Placement"]["Surface"] > 0.5, "guessed, and told"
    assert bucket[told["Key"]] == made
    assert told["Key"].startswith("image-files/2026/11/21/120000/")


def test_a_kept_backdrop_that_is_shared_is_copied_to_the_job(
    prepare_job: ModuleType, bucket: dict[str, bytes], shared: str
) -> None:
    behind = {"Id": KEPT, "Placement": {"Share": 0.5}, "Light": {}}

    state = run(prepare_job, published(Prompt=None, Options={"Background": "backdrop", "Backdrop": behind}))

    told = state["Job"]["Options"]["Backdrop"]
    assert (told["Id"], told["Name"], told["Recipe"]) == (KEPT, "Our wall", COLOURS | {"Wall": "#eeeeee", "Line": 0.7})
    assert (told["Placement"]["Surface"], told["Light"]["Direction"]) == (0.6, -30)
    assert told["Key"].startswith("image-files/2026/11/21/120000/")
    assert hashlib.sha256(bucket[told["Key"]]).hexdigest() == told["Sha256"]
    assert bucket[told["Key"]] == bucket[shared]


def test_a_kept_backdrop_whose_picture_is_another_now_is_refused(
    prepare_job: ModuleType, bucket: dict[str, bytes], shared: str
) -> None:
    bucket[shared] += b"!"

    refusal = refused(prepare_job, Prompt=None, Options={"Background": "backdrop", "Backdrop": {"Id": KEPT}})

    assert refusal.code is ErrorCode.PHOTO_CHANGED
    assert list(bucket) == [shared]


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        ({}, "Options.Scenes[0].Backdrop names no picture: give its Key, the Id of a shared backdrop, or a Recipe"),
        ({"Id": KEPT[:-1] + "0"}, "Options.Scenes[0].Backdrop.Id: no backdrop with the id"),
        ({"Id": "../x"}, "Options.Scenes[0].Backdrop.Id: no backdrop with the id '../x' is shared"),
        ({"Recipe": COLOURS | {"Floor": "grey"}}, "'grey' is no colour"),
        ({"Recipe": COLOURS | {"Kind": "SKY"}}, "no recipe of the kind 'SKY'"),
    ],
)
def test_a_backdrop_that_can_not_be_made_is_refused_before_any_is(
    prepare_job: ModuleType, bucket: dict[str, bytes], shared: str, behind: dict[str, Any], words: str
) -> None:
    scene = {"Background": "backdrop", "Backdrop": behind}
    options = {"Background": "backdrop", "Backdrop": {"Recipe": COLOURS}, "Scenes": [scene]}

    refusal = refused(prepare_job, Prompt=None, Options=options)

    assert words in refusal.cause
    assert list(bucket) == [shared]
