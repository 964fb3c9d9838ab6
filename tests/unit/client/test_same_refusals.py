"""What the command refuses before the upload is what the service would refuse after it, and nothing else."""

from __future__ import annotations

from typing import Any

from backdrop_cli import choices
from backdrop_cli.checks import Settings, check_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from backdrop.api.schemas.models import Models
from backdrop.api.schemas.options import OptionsWish, preset_views
from backdrop.api.views import models as model_views
from backdrop.core import limits
from backdrop.core.errors import BackdropError
from backdrop.core.options import Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.jobs.settings import Submission, check_count, settle
from backdrop.models import catalogue
from backdrop.models.account.preflight import Nobody, Preflight
from backdrop_client.errors import WrongUse

CATALOGUE = Models.model_validate(
    {
        "defaultModelId": catalogue.entries()[0].model_id,
        "limits": {
            "maxPhotos": limits.MAX_PHOTOS_PER_JOB,
            "maxUploadBytes": limits.MAX_UPLOAD_BYTES,
            "minSide": limits.MIN_SIDE,
            "maxPixels": limits.MAX_PIXELS,
            "contentTypes": list(limits.CONTENT_TYPES),
        },
        "models": model_views.models_view(Preflight(Nobody(), allow_retired=True)),
        "presets": preset_views(),
    }
)
MODELS = [model.model_id for model in CATALOGUE.models]
STYLES = sorted({style for model in CATALOGUE.models for style in model.settings.styles})
PRESETS = [preset.id for preset in CATALOGUE.presets]


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None in two cases of three, so that a wish with a single fault is common."""
    return st.none() | st.none() | values


SIDES = st.sampled_from([16, 500, 1000, 1250, 4000, 4001, 16_384 - 1])
ANY = st.builds(
    Options,
    background=st.sampled_from(["generated", "generated", "transparent", "#ffffff", "#f5f5f0"]),
    mask_source=st.sampled_from(choices.MASK_SOURCES),
    variations=st.sampled_from([1, 1, 2, 5]),
    vary_seed=st.booleans(),
    cfg_scale=maybe(st.sampled_from([1.0, 1.1, 7.0, 10.0, 10.1])),
    quality=maybe(st.sampled_from(["standard", "premium", "best"])),
    style=maybe(st.sampled_from([*STYLES[:2], "baroque"])),
    output=st.builds(
        OutputOptions,
        aspect=maybe(st.sampled_from(["4:5", "1:1", "16:9"])),
        fill=st.sampled_from(choices.FILLS),
        width=maybe(SIDES),
        height=maybe(SIDES),
        preset=maybe(st.sampled_from([*PRESETS, "bazaar"])),
        format=st.sampled_from(choices.FORMATS),
        quality=maybe(st.just(80)),
    ),
)
FOR_MARKETS = st.builds(
    Options,
    background=st.sampled_from(["#ffffff", "#ffffff", "transparent", "generated"]),
    output=st.builds(
        OutputOptions,
        preset=st.sampled_from(PRESETS),
        format=st.sampled_from(choices.FORMATS),
        quality=maybe(st.just(80)),
    ),
)
WISHES = st.one_of(ANY, FOR_MARKETS)


@settings(max_examples=800, deadline=None)
@given(
    WISHES,
    st.sampled_from(MODELS),
    st.sampled_from(list(Mode)),
    st.sampled_from(["", "a beach"]),
    st.sampled_from([1, 3000, 10_001]),
    maybe(st.sampled_from([-1, 0, "last"])),
)
def test_refused_here_is_refused_there(
    wish: Options, model_id: str, mode: Mode, prompt: str, photos: int, seed: int | str | None
) -> None:
    model = CATALOGUE.find(model_id)
    assert model
    number = model.seed_max if seed == "last" else seed
    assert number is None or isinstance(number, int)
    chosen = Settings(prompt, mode=mode.value, model_id=model_id, seed=number, options=wish)
    assert refused_here(chosen, photos) == refused_there(chosen, photos)


def refused_here(chosen: Settings, photos: int) -> bool:
    try:
        check_settings(chosen, CATALOGUE, photos)
    except WrongUse:
        return True
    return False


def refused_there(chosen: Settings, photos: int) -> bool:
    body = OptionsWish.model_validate(chosen.options.wish())
    try:
        submission = Submission(
            prompt=chosen.prompt,
            mode=Mode(chosen.mode),
            model_id=chosen.model_id,
            seed=chosen.seed,
            options=body.chosen(),
        )
        check_count(settle(submission, CATALOGUE.default_model_id, allow_retired=True), photos, submission)
    except BackdropError:
        return True
    return False
