"""What a job's model calls cost, at the catalogue's dated list prices.

AWS does not say whether a filtered or failed call is billed (https://aws.amazon.com/bedrock/pricing/), so two sums
are kept: of every call that was made (the most it can cost) and of those that were answered. A call that was throttled
never reached the model and is in neither.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from backdrop.models import catalogue

BASIS = (
    "List price of every call that was made, retries included, but for those that were throttled: the most that the "
    "model calls can cost. AWS does not say whether failed calls are billed. AnsweredUsd counts only calls whose "
    "answer was used. The job's own DetectLabels calls are counted in both. What Rekognition looks at besides (USD "
    "0.001 for each upload and each moderated result), Lambda, S3 and the other services come on top."
)

USD_PER_LABEL_CALL = 0.001
"""Of DetectLabels, for the first million images a month: https://aws.amazon.com/rekognition/pricing/"""


@dataclass(frozen=True)
class ServiceCost:
    """Calls of one Bedrock model id and their price in US dollars."""

    model_id: str
    calls: int
    usd_per_call: float

    @property
    def usd(self) -> float:
        """The price of the calls in US dollars."""
        return self.calls * self.usd_per_call


class RegionCost(NamedTuple):
    """Calls that were made in one Region, and their price in US dollars."""

    region: str
    calls: int
    usd: float


@dataclass(frozen=True)
class Cost:
    """The price of a job in US dollars: `usd` for every call, `answered_usd` for those whose answer was used.

    `label_calls` is how often Rekognition is asked where labels are; both sums have their price.
    """

    usd: float
    answered_usd: float
    price_date: str
    services: tuple[ServiceCost, ...]
    label_calls: int = 0


def cost(
    made: Mapping[str, int], answered: Mapping[str, int], quality: str | None = None, label_calls: int = 0
) -> Cost:
    """The cost of calls, counted by Bedrock model id; `quality` is the job's level, None the model's default."""
    services = tuple(
        ServiceCost(model_id, calls, catalogue.service(model_id).usd(quality))
        for model_id, calls in sorted(made.items())
        if calls
    )
    used = sum(calls * catalogue.service(model_id).usd(quality) for model_id, calls in answered.items())
    labels = label_calls * USD_PER_LABEL_CALL
    usd = sum(one.usd for one in services) + labels
    return Cost(round(usd, 6), round(used + labels, 6), catalogue.price_date(), services, label_calls)


def by_region(made: Mapping[tuple[str, str], int], quality: str | None = None) -> list[RegionCost]:
    """The cost of calls in each Region, counted by Region and Bedrock model id; prices are the same everywhere."""
    calls: Counter[str] = Counter()
    usd: defaultdict[str, float] = defaultdict(float)
    for (region, model_id), number in made.items():
        calls[region] += number
        usd[region] += number * catalogue.service(model_id).usd(quality)
    return [RegionCost(region, calls[region], round(usd[region], 6)) for region in sorted(calls) if calls[region]]
