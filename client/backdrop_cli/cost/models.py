"""What a photo's passes are and what its model calls cost, by the code that plans and prices them in a job.

There is no API before a deployment, so this one module asks the service's own rooms, once a cost is wanted: who only
uses a deployed Backdrop does not have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backdrop.core.errors import BackdropError
from backdrop.core.options import Options
from backdrop.core.vocabulary import Mode
from backdrop_cli.cost.ways import Step
from backdrop_client.errors import WrongUse


@dataclass(frozen=True)
class Painted:
    """The passes and calls of one photo.

    Attributes:
        images: of each variation the steps of its passes.
        calls: Bedrock model id, calls, US dollars a call.
        price_date: of these prices.
        per_minute: photos that the models' default quotas allow a minute; 0: nothing limits them.
    """

    images: Sequence[Sequence[Step]]
    calls: Sequence[tuple[str, int, float]]
    price_date: str
    per_minute: float


def default_model() -> str:
    """Return the id of the default model."""
    from backdrop.models import registry

    return registry.all_models()[0].model_id


def painted(model_id: str, options: Options) -> Painted:
    """Return what a photo needs with these options, in the default mode; a model that paints nothing leaves the
    background transparent.

    Raises:
        WrongUse: there is no such model.
    """
    from backdrop.models import catalogue, registry
    from backdrop.models.base import PassOutput
    from backdrop.models.plan import plan

    try:
        adapter = registry.get(model_id)
    except BackdropError as error:
        raise WrongUse(error.code, error.cause, error.next_step) from error
    if not adapter.settings.generates and options.generates:
        options = replace(options, background="transparent")
    steps = plan(adapter, Mode.PRECISE, options)
    first = [Step.BUILT_IN if one.built_in else Step.CALL for one in steps]
    # A later variation finds its cut-out answered: the request is the same, only the painting has another seed.
    later = [
        Step.ANSWERED if one.output is not PassOutput.PICTURE else step for one, step in zip(steps, first, strict=True)
    ]
    calls = [
        (step.service_id, often, catalogue.service(step.service_id).usd(options.quality))
        for step, often in catalogue.calls_a_photo(model_id, Mode.PRECISE, options)
    ]
    quotas = [catalogue.service(one).requests_per_minute / often for one, often, _ in calls]
    return Painted([first, *[later] * (options.variations - 1)], calls, catalogue.price_date(), min(quotas, default=0))
