"""Models, presets and limits as the REST API and `backdrop models --account` show them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backdrop.api.schemas import models as schemas
from backdrop.api.schemas.models import (
    AccountCatalogue,
    CfgScale,
    Limits,
    Model,
    ModelAccess,
    Models,
    ModelSettings,
    Painter,
    Preset,
)
from backdrop.core import limits, recipes
from backdrop.imaging.marketplace import presets
from backdrop.models import catalogue
from backdrop.models.account.access import Access, Unanswered
from backdrop.models.account.function_limits import FunctionLimits
from backdrop.models.account.preflight import Account, Preflight
from backdrop.models.base import Settings
from backdrop.models.catalogue import ModelEntry
from backdrop.models.painters import all_painters
from backdrop.models.painters.stable_image import StableImage

_MEMORY = (
    "AWS tells nobody an account's memory limit: it could not be checked. New accounts are held to 3,008 MB a function,"
    f" and the stack's largest has {limits.LARGEST_FUNCTION_MB:,} MB."
)


def catalogue_view(preflight: Preflight, default_model_id: str) -> Models:
    """What a job can choose from, the default model first. Asks the account, which takes some seconds at most."""
    return Models(
        default_model_id=default_model_id,
        limits=Limits(
            max_photos=limits.MAX_PHOTOS_PER_JOB,
            max_upload_bytes=limits.MAX_UPLOAD_BYTES,
            min_side=limits.MIN_SIDE,
            max_pixels=limits.MAX_PIXELS,
            content_types=list(limits.CONTENT_TYPES),
        ),
        models=models_view(preflight),
        presets=[
            Preset(
                id=one.id,
                name=one.name,
                background=one.background or None,
                formats=list(one.rules.formats),
                notes=one.notes,
            )
            for one in presets().values()
        ],
        painters=[_painter_view(one) for one in all_painters()],
    )


def _painter_view(painter: StableImage) -> Painter:
    entry = catalogue.service(painter.model_id)
    return Painter(
        model_id=painter.model_id,
        name=painter.name,
        usd_per_picture=entry.usd_per_call,
        price_date=catalogue.price_date(),
        prompt_max_length=painter.prompt_max_length,
        seed_min=painter.seed_min,
        seed_max=painter.seed_max,
        aspects=list(recipes.ASPECTS),
        requests_per_minute=entry.requests_per_minute,
        regions=list(entry.regions),
    )


def account_view(
    account: Account, functions: FunctionLimits | Unanswered, *, number: str, arn: str, region: str
) -> AccountCatalogue:
    """The models as an account (12 digits) sees them that has no Backdrop yet; `arn`: whose credentials were used.

    With them what it may run: `functions`.
    """
    return AccountCatalogue(
        account=number,
        identity=arn,
        region=region,
        default_model_id=catalogue.entries()[0].model_id,
        models=models_view(Preflight(account, allow_retired=False)),
        functions=limits_view(functions),
    )


def limits_view(answer: FunctionLimits | Unanswered) -> schemas.FunctionLimits:
    """The account's Lambda limits, with a reason and a next step where they are too low."""
    view = schemas.FunctionLimits(
        wanted_concurrent_executions=limits.IMAGES_AT_ONCE,
        largest_memory_mb=limits.LARGEST_FUNCTION_MB,
        memory=_MEMORY,
    )
    if isinstance(answer, Unanswered):
        return replace(view, reason=answer.words, next_step=answer.next_step)
    view = replace(view, concurrent_executions=answer.at_once, unreserved_concurrent_executions=answer.unreserved)
    if answer.unreserved >= limits.IMAGES_AT_ONCE:
        return view
    # Half of what there is: the other half is for pages and uploads.
    bearable = max(1, answer.unreserved // 2)
    return replace(
        view,
        reason=f"A job has up to {limits.IMAGES_AT_ONCE} images under way at once. Where that makes more than"
        f" {answer.unreserved:,} function calls at once, Lambda refuses some: they are repeated, jobs take longer, and"
        " pages can fail meanwhile.",
        next_step=f"Deploy with MapMaxConcurrency={bearable}, or ask Service Quotas for more (AWS Lambda, Concurrent"
        " executions, L-B99A9384).",
    )


def models_view(preflight: Preflight) -> list[Model]:
    """Every model, the default first. Asks the account, which takes some seconds at most."""
    accesses = preflight.models()
    return [_model_view(entry, preflight, accesses.get(entry.model_id)) for entry in catalogue.entries()]


def _model_view(entry: ModelEntry, preflight: Preflight, access: Access | None) -> Model:
    why_not = preflight.usable(entry, access)
    return Model(
        model_id=entry.model_id,
        family=entry.family,
        state=entry.state,
        end_of_life=(access.end_of_life if access else None) or entry.end_of_life or None,
        usable=why_not is None,
        reason=why_not or None,
        modes=[mode.value for mode in entry.modes],
        prompt_max_length=entry.prompt_max_length,
        negative_prompt_max_length=entry.negative_prompt_max_length,
        default_negative_prompt=entry.default_negative_prompt,
        seed_min=entry.seed_min,
        seed_max=entry.seed_max,
        price_per_image_usd=entry.price_per_image_usd,
        price_date=entry.price_date,
        requests_per_minute=entry.requests_per_minute,
        passes=entry.passes,
        settings=_settings_view(entry.settings),
        **_where_view(entry, access),
    )


def _settings_view(settings: Settings) -> ModelSettings:
    scale = settings.cfg_scale
    return ModelSettings(
        generates=settings.generates,
        cfg_scale=CfgScale(min=scale.least, max=scale.most, default=scale.default) if scale else None,
        qualities=list(settings.qualities),
        styles=list(settings.styles),
    )


def _where_view(entry: ModelEntry, access: Access | None) -> dict[str, Any]:
    """The fields of `Model` that say where it is called and what the account may do with it; none for what Backdrop
    does itself."""
    services = [catalogue.service(service_id) for service_id in entry.services]
    if not services:
        return {}
    own = next((one for one in services if one.service_id == entry.model_id), services[-1])
    return {
        "regions": [region for region in own.regions if all(region in one.regions for one in services)],
        "inference_profile": own.service_id if own.profile else None,
        "routes_to": list((access.routes_to if access else None) or own.routes_to) or None,
        "account_requests_per_minute": access.requests_per_minute if access else None,
        "access": _access_view(access) if access else None,
    }


def _access_view(access: Access) -> ModelAccess:
    return ModelAccess(
        state=access.state,
        reason=access.reason or None,
        next_step=access.next_step or None,
        lifecycle=access.lifecycle or None,
        legacy_since=access.legacy_since or None,
        notes=list(access.notes) or None,
        region=access.region,
        checked_at=access.checked_at,
    )
