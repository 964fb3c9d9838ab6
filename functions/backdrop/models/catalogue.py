"""What is true of each model today: served or retired, price, quota. Data in catalogue.json, dated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options
from backdrop.core.vocabulary import Mode
from backdrop.core.words.marks import phrase
from backdrop.imaging.framing import paintings
from backdrop.models import registry
from backdrop.models.base import ModelPass, PassInput, PassOutput, Settings
from backdrop.models.catalogue_data import data, regions, usd_per_call
from backdrop.models.plan import plan

State = Literal["ACTIVE", "RETIRED"]

_AVOIDED = "text, letters, logo, watermark, people, hands, other products, clutter"
"""What nobody wants behind a product: proposed as negative prompt of backgrounds that people describe themselves."""


@dataclass(frozen=True)
class ServiceEntry:
    """One Bedrock model id.

    Attributes:
        usd_per_call: indicative; see the price's date. At the model's default quality.
        requests_per_minute: default account quota.
        legacy_since: day since which new accounts could not start with it, where AWS said so.
        profile: the geography of its inference profile (`us`); None: called on demand, in each of its `regions`.
        regions: where it can be (or, retired, could be) called from; empty: not verified.
        routes_to: Regions among which its inference profile spreads the calls; empty for one called on demand.
        unverified: names of the facts in catalogue.json that no AWS page confirms.
        quota_said: whether the stack's configuration says the quota: the account's need not be looked for.
    """

    service_id: str
    state: State
    end_of_life: str | None
    usd_per_call: float
    requests_per_minute: int
    legacy_since: str | None = None
    profile: str | None = None
    regions: tuple[str, ...] = ()
    routes_to: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    quota_said: bool = False

    def usd(self, quality: str | None) -> float:
        """Return US dollars for a call at a quality level; None is the default level."""
        return usd_per_call(self.service_id, quality)

    @property
    def foundation_model_id(self) -> str:
        """The model's own id, without the geography that makes it an inference profile's."""
        return self.service_id.removeprefix(f"{self.profile}.") if self.profile else self.service_id


@dataclass(frozen=True)
class ModelEntry:
    """One model a job can choose, with what the web app and the command show of it.

    Attributes:
        price_per_image_usd: of a PRECISE image, or of a DEFAULT one where PRECISE is not supported.
        requests_per_minute: of its slowest pass; 0: it calls no model, and nothing limits it.
        passes: InvokeModel calls per image, of the same mode as the price.
        services: ids that these calls go to, each once.
        settings: which of the optional settings it has.
    """

    model_id: str
    family: str
    state: State
    end_of_life: str | None
    price_per_image_usd: float
    price_date: str
    requests_per_minute: int
    passes: int
    modes: tuple[Mode, ...]
    prompt_max_length: int
    negative_prompt_max_length: int
    seed_min: int
    seed_max: int
    services: tuple[str, ...]
    settings: Settings

    @property
    def default_negative_prompt(self) -> str:
        """What clients send as negative prompt when nobody says otherwise; empty where the model takes none."""
        fits = len(_AVOIDED) <= self.negative_prompt_max_length
        return _AVOIDED if self.settings.generates and fits else ""


def price_date() -> str:
    """Day the prices were read."""
    return str(data()["priceDate"])


@cache
def service(service_id: str) -> ServiceEntry:
    """The entry of a Bedrock model id that a pass calls."""
    row = data()["services"][service_id]
    geography = service_id.partition(".")[0]
    profile = data()["inferenceProfiles"].get(geography)
    return ServiceEntry(
        service_id,
        row["state"],
        row["endOfLife"],
        float(row["usdPerCall"]),
        int(row["requestsPerMinute"]),
        legacy_since=row.get("legacySince"),
        profile=geography if profile else None,
        regions=regions(service_id),
        routes_to=tuple(profile["routesTo"] if profile else ()),
        unverified=tuple(row.get("unverified", ())),
        quota_said=bool(row.get("quotaSaid")),
    )


def price_per_photo(
    model_id: str, mode: Mode, options: Options | None = None, photo_size: tuple[int, int] | None = None
) -> float:
    """Return US dollars for all calls that a photo's variations need, each made once; the cut-out serves all of
    them."""
    chosen = options or Options()
    steps = calls_a_photo(model_id, mode, chosen, photo_size)
    return sum(service(step.service_id).usd(chosen.quality) * often for step, often in steps)


def services_called(model_id: str, mode: Mode, options: Options) -> tuple[str, ...]:
    """Return the Bedrock model ids that an image calls, each once, in the order of its passes.

    Raises:
        BackdropError: `MODEL_UNKNOWN`.
    """
    return tuple(dict.fromkeys(step.service_id for step, _ in calls_a_photo(model_id, mode, options)))


def calls_a_photo(
    model_id: str,
    mode: Mode,
    options: Options,
    photo_size: tuple[int, int] | None = None,
    *,
    own_mask: bool = False,
) -> list[tuple[ModelPass, int]]:
    """Passes of one photo, with all its variations and outputs, that call a model, and how often each does.

    One cut-out serves all; outputs of one frame are finished from one painting of each scene, and what is asked about
    the photo as it is, without a frame, is asked once. An export makes none.
    """
    if not options.calls_models:
        return []
    found: list[tuple[ModelPass, int]] = []
    cut_out: set[str] = set()
    for scene in options.by_scene():
        painted: set[tuple[str, bool]] = set()
        for one in paintings(scene):
            for step in plan(registry.get(model_id), mode, one, photo_size=photo_size, own_mask=own_mask):
                picture = step.output is PassOutput.PICTURE
                request = (step.service_id, step.needs_mask)
                again = request in painted if picture else step.service_id in cut_out
                if step.built_in or (again and step.input is PassInput.PHOTO):
                    continue
                found.append((step, options.variations if picture else 1))
                if picture:
                    painted.add(request)
                else:
                    cut_out.add(step.service_id)
    return found


@cache
def entry(model_id: str) -> ModelEntry:
    """The catalogue's entry of a model.

    Raises:
        BackdropError: `MODEL_UNKNOWN`.
    """
    adapter = registry.get(model_id)
    mode = adapter.modes[0]
    default = Options() if adapter.settings.generates else Options(background="transparent")
    called = [step for step in plan(adapter, mode, default) if not step.built_in]
    services = [service(step.service_id) for step in called]
    retired = next((one for one in services if one.state == "RETIRED"), None)
    return ModelEntry(
        model_id=adapter.model_id,
        family=adapter.family,
        state="RETIRED" if retired else "ACTIVE",
        end_of_life=retired.end_of_life if retired else None,
        price_per_image_usd=sum(one.usd_per_call for one in services),
        price_date=price_date(),
        requests_per_minute=min((one.requests_per_minute for one in services), default=0),
        passes=len(services),
        modes=adapter.modes,
        prompt_max_length=adapter.prompt_max_length,
        negative_prompt_max_length=adapter.negative_prompt_max_length,
        seed_min=adapter.seed_min,
        seed_max=adapter.seed_max,
        services=tuple(dict.fromkeys(one.service_id for one in services)),
        settings=adapter.settings,
    )


def entries() -> list[ModelEntry]:
    """Every model, the default first."""
    return [entry(adapter.model_id) for adapter in registry.all_models()]


def check_usable(model_id: str, allow_retired: bool) -> ModelEntry:
    """The model's entry, when a job may use it.

    `allow_retired` is for the local cloud, whose renderer answers for retired models too.

    Raises:
        BackdropError: `MODEL_UNKNOWN` or `MODEL_RETIRED`, naming the alternatives.
    """
    found = entry(model_id)
    if found.state == "RETIRED" and not allow_retired:
        served = ", ".join(one.model_id for one in entries() if one.state == "ACTIVE")
        cause = (
            phrase(
                "AWS no longer serves {model_id} since {day}; still served: {served}.",
                model_id=model_id,
                day=found.end_of_life,
                served=served,
            )
            if found.end_of_life
            else phrase("AWS no longer serves {model_id}; still served: {served}.", model_id=model_id, served=served)
        )
        raise BackdropError(ErrorCode.MODEL_RETIRED, cause)
    return found
