"""Backdrops painted from words: paid once, checked before and after, kept with their recipe, counted by the limits."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from backdrop.core import limits
from backdrop.core.errors import BackdropError, ErrorCode, ModerationBlocked, SpendingLimit
from backdrop.core.recipes import Painted
from backdrop.jobs.costs.spending import NoLimits
from backdrop.models.painters import all_painters
from backdrop.policy.prompts import BlockList, Policies
from tests.unit.api.conftest import Api, make_api

CORE, ULTRA, SD3 = (one.model_id for one in all_painters())


class Account(NoLimits):
    """Accounts that remember what is charged; `left`: US dollars."""

    def __init__(self, left: float = 1.0) -> None:
        self.charged: dict[str, float] = {}
        self.left = left

    def charge(self, job_id: str, owner: str, usd: float, max_usd: Any, now: Any, of: str = "The job") -> None:
        if usd > self.left - sum(self.charged.values()):
            raise SpendingLimit(ErrorCode.SPENDING_LIMIT, f"{of} costs too much.")
        self.charged[job_id] = usd

    def settle(self, job_id: str, usd: float) -> None:
        self.charged[job_id] = usd


def test_the_models_and_their_prices_are_told(api: Api) -> None:
    found = api.call("GET", "/models").body["painters"]
    assert [(one["modelId"], one["usdPerPicture"]) for one in found] == [(CORE, 0.04), (ULTRA, 0.14), (SD3, 0.08)]
    assert all(one["regions"] == ["us-west-2"] for one in found)


def test_the_same_words_and_seed_are_painted_and_paid_once(api: Api) -> None:
    api.spending = account = Account()
    first = api.painting(prompt=" an oak table ", negativePrompt="people", seed=7, aspect="3:2")
    assert first.status == 201, first
    assert api.painter.calls == [
        (
            "us-west-2",
            CORE,
            {
                "prompt": "an oak table",
                "negative_prompt": "people",
                "aspect_ratio": "3:2",
                "seed": 7,
                "output_format": "png",
            },
        )
    ]
    recipe = first.body["recipe"]
    assert (recipe["kind"], recipe["modelId"], recipe["seed"], recipe["usd"]) == ("PAINTED", CORE, 7, 0.04)
    assert (recipe["generator"], recipe["region"], first.body["paidUsd"]) == ("local-renderer", "us-west-2", 0.04)

    again = api.painting(prompt="an oak table", negativePrompt="people", seed=7, aspect="3:2")
    assert again.body == {**first.body, "paidUsd": 0.0}
    assert (len(api.painter.calls), list(account.charged.values())) == (1, [0.04])
    assert api.painting(seed=8, user="eve").body["candidateId"] != first.body["candidateId"]
    written = {key: tag for key, tag in api.objects.tags.items() if "/paintings/" in key}
    assert set(written.values()) == {limits.DRAFT_TAG}, "what nobody keeps goes by the bucket's lifecycle"


def test_an_answer_that_was_paid_is_used_though_nothing_was_made_of_it(api: Api) -> None:
    first = api.painting(seed=7).body
    for key in [key for key in api.objects.data if "/paintings/" in key and not key.endswith(".answer.json")]:
        del api.objects.data[key]
    again = api.painting(seed=7).body
    assert (again["candidateId"], again["paidUsd"], len(api.painter.calls)) == (first["candidateId"], 0.0, 1)


def test_each_model_is_asked_as_it_wants_to_be(api: Api) -> None:
    for model in (ULTRA, SD3):
        assert api.painting(modelId=model, seed=5).status == 201
        assert api.painter.calls[-1][1:] == (
            model,
            {
                "prompt": "an oak table",
                "mode": "text-to-image",
                "aspect_ratio": "1:1",
                "seed": 5,
                "output_format": "png",
            },
        )


def test_one_that_is_kept_is_a_backdrop_with_its_recipe(api: Api) -> None:
    made = api.painting(seed=7).body
    path = f"/backdrops/paintings/{made['candidateId']}/keep"
    kept = api.call("POST", path, {})
    assert (kept.status, kept.body["status"], kept.body["name"]) == (201, "READY", "an oak table")
    assert kept.body["recipe"] == made["recipe"]
    (key,) = [key for key in api.objects.data if key.endswith(f"{kept.body['backdropId']}.jpg")]
    assert hashlib.sha256(api.objects.data[key]).hexdigest() == kept.body["sha256"]
    assert not api.objects.tags[key], "no rule of the bucket's removes it"
    assert api.call("POST", path, {}).body["backdropId"] == kept.body["backdropId"]
    assert api.call("POST", path, {}, user="eve").status == 404
    for wrong in ("0" * 32, "..", "x"):
        assert api.call("POST", f"/backdrops/paintings/{wrong}/keep", {}).status == 404

    draft = api.draft()
    api.ready(draft, "mug.jpg")
    wish = {"background": "backdrop", "backdrop": {"id": kept.body["backdropId"]}, "maskSource": "BUILT_IN"}
    assert api.submit(draft, prompt="", options=wish).body["options"]["backdrop"]["recipe"] == made["recipe"]
    chosen = api.jobs.rows[draft].settings.options.backdrop
    assert chosen is not None
    assert isinstance(chosen.recipe, Painted)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"prompt": "  "}, "PROMPT_EMPTY"),
        ({"prompt": "x" * 10_001}, "PROMPT_TOO_LONG"),
        ({"negativePrompt": "x" * 10_001}, "NEGATIVE_PROMPT_TOO_LONG"),
        ({"modelId": "us.stability.stable-image-inpaint-v1:0"}, "MODEL_UNKNOWN"),
        ({"seed": 0}, "SEED_OUT_OF_RANGE"),
        ({"seed": 4_294_967_295}, "SEED_OUT_OF_RANGE"),
        ({"aspect": "7:1"}, "INVALID_REQUEST"),
        ({"prompt": "a gun on a table"}, "PROMPT_BLOCKED"),
    ],
)
def test_what_can_not_be_painted_is_told_and_nothing_is_paid(api: Api, words: dict[str, Any], code: str) -> None:
    api.spending = account = Account()
    api.prompt_policy = Policies((BlockList(("gun",)),))
    assert api.painting(**words).code == code
    assert (api.painter.calls, account.charged) == ([], {})


def test_a_limit_is_checked_before_the_call(api: Api) -> None:
    api.spending = Account(left=0.1)
    assert [api.painting(seed=seed).status for seed in (1, 2)] == [201, 201]
    refused = api.painting(seed=3)
    assert (refused.status, refused.code, refused.message) == (409, "SPENDING_LIMIT", "The picture costs too much.")
    assert len(api.painter.calls) == 2
    api.spending = Account()
    assert api.painting(seed=3).status == 201, "it is not taken for one that is being painted"


@pytest.mark.parametrize(
    ("code", "paid", "words"),
    [
        (ErrorCode.MODEL_THROTTLED, 0.0, "nothing was paid"),
        (ErrorCode.MODEL_ACCESS_DENIED, 0.0, "grant model access"),
        (ErrorCode.MODEL_TIMED_OUT, 0.04, "may have been paid"),
    ],
)
def test_a_call_that_fails_says_whether_it_was_paid_and_may_be_made_again(
    api: Api, code: ErrorCode, paid: float, words: str
) -> None:
    api.spending = account = Account()
    api.painter.failure = BackdropError(code, "No.")
    answer = api.painting(seed=7)
    assert (answer.code, words in answer.body["error"]["nextStep"]) == (code, True), answer
    assert list(account.charged.values()) == [paid]
    api.painter.failure = None
    assert api.painting(seed=7).status == 201
    assert list(account.charged.values()) == [paid, 0.04], "each call counts"


def test_two_at_once_call_once(api: Api) -> None:
    second = []
    call = api.painter.call

    def slow(region: str, model_id: str, body: bytes) -> bytes:
        second.append(api.painting(seed=7))
        return call(region, model_id, body)

    api.painter.call = slow  # type: ignore[method-assign]
    assert api.painting(seed=7).status == 201
    assert [(one.status, one.code) for one in second] == [(409, "IMAGE_NOT_FINISHED")]
    assert "not paid twice" in second[0].body["error"]["nextStep"]
    assert len(api.painter.calls) == 1


def test_a_picture_that_the_filter_or_the_policy_blocks_is_not_shown_and_not_paid_again(api: Api) -> None:
    api.painter.answer = {"finish_reasons": ["Filter reason: output image"]}
    for _ in range(2):
        assert api.painting(seed=7).code == "MODEL_REFUSED_OUTPUT_IMAGE"
    api.painter.answer = None
    api.painter.blocks = ModerationBlocked(ErrorCode.MODERATION_BLOCKED, "Rekognition sees Weapons.")
    for _ in range(2):
        refused = api.painting(seed=8)
        assert (refused.code, refused.body["error"]["nextStep"]) == (
            "MODERATION_BLOCKED",
            "Ask with other words or another seed.",
        )
    assert len(api.painter.calls) == 2
    assert not [key for key in api.objects.data if "/paintings/" in key and key.endswith(".jpg")]


def test_without_a_seed_it_is_left_to_chance_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    api = make_api(monkeypatch)
    seeds = {api.painting().body["recipe"]["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert {call[2]["seed"] for call in api.painter.calls} == seeds
