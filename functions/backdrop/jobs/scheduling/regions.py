"""In which Regions a model is called, and in which of them a call gets its turn first.

A quota is an account's, for each model and each Region that calls come from
(https://docs.aws.amazon.com/bedrock/latest/userguide/quotas.html), so each Region has a schedule of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backdrop.jobs.scheduling import pacing
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.models import catalogue_data

_WORTH_MOVING_MS = 2_000
"""So much sooner a turn must come elsewhere for an image to give up its place."""


class ModelRegions(NamedTuple):
    """The stack's own Region, and the others in which it may call models, in the order of the parameter."""

    own: str
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, own: str, listed: str) -> ModelRegions:
        """Return what the parameter `ModelRegions` says: Regions separated by commas, the own one among them or not."""
        names = dict.fromkeys(name.strip() for name in listed.split(","))
        return cls(own, tuple(name for name in names if name and name != own))

    @property
    def all(self) -> tuple[str, ...]:
        """Return every Region, the own one first."""
        return (self.own, *self.others)

    def of_model(self, service_id: str) -> tuple[str, ...]:
        """Return the Regions in which a Bedrock model id is called: those that the catalogue knows to serve it.

        Of an id of which no Regions are known, or none of these, it is the own one.
        """
        served = catalogue_data.regions(service_id)
        return tuple(region for region in self.all if region in served) or (self.own,)


def in_use(schedules: Mapping[str, Schedule], now_ms: int) -> list[str]:
    """Return the Regions that are not left out, of those whose schedules these are; all when every one is."""
    return [region for region, one in schedules.items() if not one.outage.lasts(now_ms)] or list(schedules)


def first_turn(schedules: Mapping[str, Schedule], now_ms: int, region: str | None, place: int | None) -> str:
    """Return the Region where a call gets its turn first.

    Args:
        schedules: of the model by Region, not empty; the first one is preferred.
        now_ms: epoch milliseconds.
        region, place: where the call has a place in the queue, and which; None: nowhere.
    """
    usable = in_use(schedules, now_ms)
    turns = {one: pacing.next_turn_ms(schedules[one], now_ms) for one in usable}
    first = min(usable, key=turns.__getitem__)
    if region in turns and place is not None:
        own = pacing.next_turn_ms(schedules[region], now_ms, place)
        if own <= turns[first] + _WORTH_MOVING_MS:
            return region
    return first


def split(calls: int, shares: Sequence[float]) -> list[int]:
    """Divide so many calls by these shares, whose sum is not 0, in whole numbers that add up."""
    ends = [round(calls * sum(shares[: number + 1]) / sum(shares)) for number in range(len(shares))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]
