"""Models as the REST API and `backdrop models --account` show them: the catalogue's facts and the account's access."""

from __future__ import annotations

from typing import Any

from backdrop.models import catalogue
from backdrop.models.account.access import Access, Unanswered
from backdrop.models.account.function_limits import FunctionLimits, limits_view
from backdrop.models.account.preflight import Account, Preflight
from backdrop.models.base import Settings
from backdrop.models.catalogue import ModelEntry

View = dict[str, Any]


def models_view(preflight: Preflight) -> list[View]:
    """Every model, the default first. Asks the account, which takes some seconds at most."""
    accesses = preflight.models()
    return [_model_view(entry, preflight, accesses.get(entry.model_id)) for entry in catalogue.entries()]


def _model_view(entry: ModelEntry, preflight: Preflight, access: Access | None) -> View:
    why_not = preflight.usable(entry, access)
    end_of_life = (access.end_of_life if access else None) or entry.end_of_life
    return {
        "modelId": entry.model_id,
        "family": entry.family,
        "state": entry.state,
        **({"endOfLife": end_of_life} if end_of_life else {}),
        "usable": why_not is None,
        **({"reason": why_not} if why_not else {}),
        **_where_view(entry, access),
        "modes": [mode.value for mode in entry.modes],
        "promptMaxLength": entry.prompt_max_length,
        "negativePromptMaxLength": entry.negative_prompt_max_length,
        "seedMin": entry.seed_min,
        "seedMax": entry.seed_max,
        "pricePerImageUsd": entry.price_per_image_usd,
        "priceDate": entry.price_date,
        "requestsPerMinute": entry.requests_per_minute,
        "passes": entry.passes,
        "settings": _settings_view(entry.settings),
    }


def _settings_view(settings: Settings) -> View:
    """Which optional settings there are."""
    scale = settings.cfg_scale
    return {
        "generates": settings.generates,
        **({"cfgScale": {"min": scale.least, "max": scale.most, "default": scale.default}} if scale else {}),
        "qualities": list(settings.qualities),
        "styles": list(settings.styles),
    }


def _where_view(entry: ModelEntry, access: Access | None) -> View:
    """Where the model is called and what the account may do with it; nothing for what Backdrop does itself."""
    services = [catalogue.service(service_id) for service_id in entry.services]
    if not services:
        return {}
    own = next((one for one in services if one.service_id == entry.model_id), services[-1])
    view: View = {
        "regions": [region for region in own.regions if all(region in one.regions for one in services)],
        **({"inferenceProfile": own.service_id} if own.profile else {}),
        **({"routesTo": list(own.routes_to)} if own.routes_to else {}),
    }
    if access is None:
        return view
    if access.routes_to:
        view["routesTo"] = list(access.routes_to)
    if access.requests_per_minute is not None:
        view["accountRequestsPerMinute"] = access.requests_per_minute
    view["access"] = {
        "state": access.state.value,
        **({"reason": access.reason} if access.reason else {}),
        **({"nextStep": access.next_step} if access.next_step else {}),
        **({"lifecycle": access.lifecycle} if access.lifecycle else {}),
        **({"legacySince": access.legacy_since} if access.legacy_since else {}),
        **({"notes": list(access.notes)} if access.notes else {}),
        "region": access.region,
        "checkedAt": access.checked_at,
    }
    return view


def account_view(
    account: Account, functions: FunctionLimits | Unanswered, *, number: str, arn: str, region: str
) -> View:
    """The models as an account (12 digits) sees them that has no Backdrop yet; `arn`: whose credentials were used.

    With them what it may run: `functions`.
    """
    preflight = Preflight(account, allow_retired=False)
    return {
        "account": number,
        "identity": arn,
        "region": region,
        "defaultModelId": catalogue.entries()[0].model_id,
        "models": models_view(preflight),
        "functions": limits_view(functions),
    }
