"""Newer versions of known models, named by the stack's configuration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.handlers.environment import MissingVariable, check_more_models
from backdrop.jobs.model import JobSettings
from backdrop.jobs.scheduling.regions import ModelRegions
from backdrop.jobs.workflow_input import StackSettings, job_state
from backdrop.models import catalogue, catalogue_data, registry
from backdrop.models.account.quotas import find_quota
from backdrop.models.newer_versions import NewerVersionsInvalid, parse
from backdrop.models.plan import plan
from tests.newer_versions import more_models
from tests.unit.models.test_adapters import context

INPAINT, NEW_INPAINT = "us.stability.stable-image-inpaint-v1:0", "us.stability.stable-image-inpaint-v1:1"
NOVA, NEW_NOVA = "amazon.nova-canvas-v1:0", "amazon.nova-canvas-v2:0"
CUT_OUT, OUTPAINT = "us.stability.stable-image-remove-background-v1:0", "us.stability.stable-outpaint-v1:0"
SQUARE = Options(output=OutputOptions(aspect="1:1"))


@pytest.fixture
def newer() -> Iterator[None]:
    text = f"{NEW_INPAINT}/{INPAINT}/usd:0.09/perMinute:33, {NEW_NOVA}/{NOVA}"
    with more_models(text):
        yield


@pytest.mark.usefixtures("newer")
def test_a_newer_version_is_a_model_with_its_own_price_and_quota() -> None:
    ids = [one.model_id for one in catalogue.entries()]
    assert ids[0] == INPAINT, "the default stays the first"
    assert ids[-2:] == [NEW_INPAINT, NEW_NOVA]
    entry = catalogue.check_usable(NEW_INPAINT, allow_retired=False)
    assert entry.price_per_image_usd == pytest.approx(0.07 + 0.09)
    assert catalogue.service(NEW_INPAINT).requests_per_minute == 33
    assert entry.requests_per_minute == 20, "the cut-out is the known one, and the slowest"
    assert (entry.family, entry.seed_max) == ("Stability Image Services", catalogue.entry(INPAINT).seed_max)
    assert catalogue.price_per_photo(NEW_INPAINT, Mode.PRECISE, Options(variations=2)) == pytest.approx(0.07 + 0.18)


@pytest.mark.usefixtures("newer")
def test_a_newer_version_of_a_retired_model_is_served_and_takes_over_what_is_not_said() -> None:
    known, new = catalogue.service(NOVA), catalogue.service(NEW_NOVA)
    assert (known.state, new.state, new.end_of_life, new.legacy_since) == ("RETIRED", "ACTIVE", None, None)
    assert (new.usd(None), new.usd("premium")) == (known.usd(None), known.usd("premium"))
    assert new.requests_per_minute == known.requests_per_minute
    assert set(new.unverified) == {"usdPerCall", "usdPremium", "requestsPerMinute", "regions"}
    assert ModelRegions("us-east-1", ("us-west-2", "eu-west-1")).of_model(NEW_NOVA) == ("us-east-1", "eu-west-1")


@pytest.mark.usefixtures("newer")
@pytest.mark.parametrize(("new", "known"), [(NEW_INPAINT, INPAINT), (NEW_NOVA, NOVA)])
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("options", [Options(), SQUARE], ids=["as it is", "square"])
def test_the_newer_is_asked_what_the_known_would_be_under_its_own_id(
    new: str, known: str, mode: Mode, options: Options
) -> None:
    theirs, ours = (plan(registry.get(one), mode, options) for one in (known, new))
    assert [one.service_id for one in ours] == [new if one.service_id == known else one.service_id for one in theirs]
    assert new in [one.service_id for one in ours]
    for one, other in zip(ours, theirs, strict=True):
        assert one.request(context(mode)).body == other.request(context(mode)).body
        for trait in ("built_in", "output", "input", "needs_mask", "names_subject", "max_side", "max_pixels"):
            assert getattr(one, trait) == getattr(other, trait), trait


@pytest.mark.usefixtures("newer")
def test_the_answers_of_a_newer_version_are_noted_apart() -> None:
    def folder(model_id: str) -> str:
        state = job_state(
            job_id="j",
            bucket="b",
            prefixes={"InputS3Prefix": "in/d", "OutputS3Prefix": "out/d", "StatusS3Prefix": "status/d"},
            settings=JobSettings("x", "", Mode.PRECISE, model_id, 1, Options()),
            requested_by="ann@example.com",
            team=None,
            used=None,
            language=None,
            redo_of=None,
            trial=False,
            trial_job_id=None,
            owner="ann",
            max_usd=None,
            stack=StackSettings("trained-model", False, False, 30, False),
        )
        return str(state["AnswersFolder"])

    assert folder(NEW_INPAINT) == f"{folder(INPAINT)}{NEW_INPAINT}/"


@pytest.mark.usefixtures("newer")
def test_a_quota_that_is_said_is_not_looked_for_in_the_account() -> None:
    quotas = {
        "Cross-region model inference requests per minute for Stability.ai Stable Image Inpaint V1": 5.0,
        "On-demand model inference requests per minute for Amazon Nova Canvas V2": 7.0,
    }
    assert find_quota(catalogue.service(INPAINT), quotas) == 5.0
    assert find_quota(catalogue.service(NEW_INPAINT), quotas) is None
    assert find_quota(catalogue.service(NEW_NOVA), quotas) == 7.0


def test_without_configuration_there_is_none() -> None:
    assert catalogue_data.newer_versions() == {}
    with pytest.raises(BackdropError) as refused:
        registry.get(NEW_INPAINT)
    assert refused.value.code is ErrorCode.MODEL_UNKNOWN


@pytest.mark.usefixtures("newer")
def test_an_unknown_model_is_refused_with_the_newer_ones_among_the_known() -> None:
    with pytest.raises(BackdropError, match=NEW_NOVA):
        registry.get("amazon.nova-canvas-v9:9")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NEW_NOVA, "is not NEW_ID/KNOWN_ID"),
        (f"{NEW_NOVA}/{NOVA}/usd:cheap/usdPremium:1", "is not NEW_ID/KNOWN_ID"),
        (f"{NEW_NOVA}/{NOVA}/perMinute:0", "is not NEW_ID/KNOWN_ID"),
        (f"{NEW_NOVA}/{NOVA} {NEW_INPAINT}/{INPAINT}", "is not NEW_ID/KNOWN_ID"),
        (f"us.stability.stable-image-remove-background-v1:1/{CUT_OUT}", "families that can"),
        ("backdrop.cut-out-v2/backdrop.cut-out", "families that can"),
        (f"{INPAINT}/{INPAINT}", "it is known already"),
        (f"{NEW_NOVA}/{NOVA},{NEW_NOVA}/{NOVA}", "named twice"),
        (f"{NEW_NOVA}/amazon.nova-canvas-v1:9", "which is not known; known are us.stability"),
        (f"{NEW_NOVA}/amazon.titan-image-generator-v2:0", "another family"),
        (f"{NEW_INPAINT}/{INPAINT}/usd:0.1/usdPremium:0.2", "no quality premium"),
        (f"{NEW_NOVA}/{NOVA}/usd:0.1", "both prices"),
        (f"{NEW_NOVA}/{NOVA}/usdPremium:0.1", "both prices"),
    ],
)
def test_what_makes_no_sense_is_refused_and_stops_a_function_at_its_start(text: str, words: str) -> None:
    with pytest.raises(NewerVersionsInvalid, match=words):
        parse(text, catalogue_data.data()["services"])
    with more_models(text), pytest.raises(MissingVariable, match=f"MORE_MODELS.*{words}"):
        check_more_models()
