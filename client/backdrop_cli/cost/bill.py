"""The bill of a job and of a month, by service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from backdrop_cli.cost.models import Painted
from backdrop_cli.cost.prices import PriceTable
from backdrop_cli.cost.sample import orchestration_of_sample
from backdrop_cli.cost.usage import (
    Sizes,
    Stack,
    Uses,
    use_of_a_job,
    use_of_a_month,
    use_of_a_photo,
    use_of_the_workflow,
)
from backdrop_cli.cost.ways import Way

BEDROCK = "Bedrock"
ORCHESTRATION = ("transitions", "invocations", "gbSecondsArm", "gbSecondsX86")
"""What the comparison with the public sample counts."""

COMPARED_PHOTOS = 1_000

NOT_COUNTED = (
    "free tiers, discounts, support and taxes",
    "calls that are made again after a failure, throttled ones (free) and images that fail",
    "a look at a cut-out before the start, masks put right, trials, backdrops painted from words",
    "moderation of uploads, guardrails, a budget, WAF, threat protection, API access logs: parameters that are off",
    "metrics of further models, functions and codes; X-Ray traces",
    "searching the logs, keeping logs, old versions of objects, point-in-time recovery of the tables",
    "storage after the first month: photos and images stay until PhotoDays and ImageDays say otherwise",
    "Cognito (its Essentials plan is free for the first 10,000 people a month), the web app's own machine",
)


@dataclass(frozen=True)
class Order:
    """What is to be priced: `jobs` a month, each of `photos`, and what becomes of one."""

    jobs: int
    photos: int
    way: Way
    painted: Painted
    sizes: Sizes


@dataclass(frozen=True)
class Line:
    """US dollars of one service, for a job and for the whole month with all its jobs."""

    service: str
    job: float
    month: float


@dataclass(frozen=True)
class Orchestration:
    """What carries photos through in one job: counts and US dollars."""

    transitions: float
    invocations: float
    gb_seconds: float
    usd: float


@dataclass(frozen=True)
class Bill:
    """Lines by service, the dearest of a month first.

    Attributes:
        counts: what a job uses, by the names of the price table.
        model_calls: of a job, by Bedrock model id.
        designs: what carries `COMPARED_PHOTOS` through in this design, waiting for its turns or not, and in the public
            sample's.
    """

    lines: tuple[Line, ...]
    counts: Mapping[str, float]
    model_calls: Mapping[str, float]
    designs: Mapping[str, Orchestration]

    @property
    def job(self) -> float:
        """US dollars of a job."""
        return sum(one.job for one in self.lines)

    @property
    def month(self) -> float:
        """US dollars of a month."""
        return sum(one.month for one in self.lines)

    @property
    def model_share(self) -> float:
        """Share of the models in a job's price, 0 to 1."""
        models = next(one.job for one in self.lines if one.service == BEDROCK)
        return models / self.job


def make_bill(order: Order, stack: Stack, prices: PriceTable, metrics: int) -> Bill:
    """Return the bill of an order; `metrics`: how many the stack writes."""
    photo = use_of_a_photo(stack, order.way, order.sizes)
    job = Uses(photo.times(order.photos), use_of_a_job(stack, order.photos))
    month = Uses(job.times(order.jobs), use_of_a_month(stack, metrics))
    models = order.photos * sum(often * usd for _, often, usd in order.painted.calls)
    of_job, of_month = _by_service(job, prices), _by_service(month, prices)
    lines = [Line(service, of_job.get(service, 0.0), usd) for service, usd in of_month.items()]
    lines.append(Line(BEDROCK, models, models * order.jobs))
    calls = Uses(*({model_id: often * order.photos} for model_id, often, _ in order.painted.calls))
    compared = {
        "Backdrop, as asked": use_of_the_workflow(stack, order.way, COMPARED_PHOTOS),
        "Backdrop, nothing waits": use_of_the_workflow(stack, replace(order.way, asks=()), COMPARED_PHOTOS),
        "public sample": orchestration_of_sample(COMPARED_PHOTOS),
    }
    return Bill(
        tuple(sorted(lines, key=lambda line: -line.month)),
        job,
        calls,
        {name: _orchestration(found, prices) for name, found in compared.items()},
    )


def _by_service(found: Mapping[str, float], prices: PriceTable) -> Mapping[str, float]:
    usd: defaultdict[str, float] = defaultdict(float)
    for name, number in found.items():
        price = prices.prices[name]
        usd[price.service] += number * price.usd
    return usd


def _orchestration(found: Mapping[str, float], prices: PriceTable) -> Orchestration:
    usd = sum(found.get(name, 0.0) * prices.prices[name].usd for name in ORCHESTRATION)
    gb_seconds = found.get("gbSecondsArm", 0.0) + found.get("gbSecondsX86", 0.0)
    return Orchestration(found["transitions"], found["invocations"], gb_seconds, usd)
