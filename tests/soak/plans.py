"""What happens to a job of the soak: decided by chance, from the seed and the job's number alone, so that a job that
broke a promise can be made again by itself."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.bench.quick_cloud import CUT_OUT, PAINT

LABELS = "rekognition:DetectLabels"


FUNCTIONS = ("PrepareJob", "StagePayload", "ReserveTurn", "DecodeResult", "CompileReport")
"""Functions that the workflow calls in every job."""


class Start(StrEnum):
    """Who starts the job."""

    STAFF = "staff"
    """Through the API: photos are uploaded and inspected, the table's stream starts the run."""
    SYSTEM = "system"
    """Another system, by StartExecution with a list of images."""


class Trouble(StrEnum):
    """What happens to the job as a whole."""

    NONE = "none"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """Somebody stops the run in Step Functions: the sweeper closes the job."""
    BREAKS = "breaks"
    """The run ends outside any Catch, between the images and the report: the sweeper goes on with it."""
    FORGOTTEN = "forgotten"
    """The table's stream does not bring the job: the sweeper starts it; then the stream brings it after all."""


@dataclass(frozen=True)
class Plan:
    """One job.

    Attributes:
        photos: good ones, of which the last `equal` are the first one again.
        cut_short: photos that end in the middle of the file.
        rules: how the models misbehave while the job runs.
        label_rules: how Rekognition does, while photos are inspected, too.
        crash_rules: which functions of the workflow die.
        after_calls: model calls after which the job is cancelled or stopped.
        redrives: how often a run that breaks is gone on with until it does not.
    """

    number: int
    start: Start
    photos: int
    equal: int
    cut_short: int
    variations: int
    labels: bool
    trouble: Trouble
    after_calls: int
    redrives: int
    rules: list[dict[str, Any]] = field(default_factory=list)
    label_rules: list[dict[str, Any]] = field(default_factory=list)
    crash_rules: list[dict[str, Any]] = field(default_factory=list)

    @property
    def images(self) -> int:
        """How many images the job is to make: a broken photo of staff's is refused before the job."""
        broken = self.cut_short if self.start is Start.SYSTEM else 0
        return (self.photos + broken) * self.variations

    @property
    def again(self) -> bool:
        """Whether images that failed are run again, in a second job and without faults."""
        return self.start is Start.STAFF

    def __str__(self) -> str:
        """All of it in a line."""
        rules = [f"{one['kind']} {one.get('model', '*').split('.')[-1]} {one.get('count')}" for one in self._all_rules]
        what = f"{self.photos}+{self.cut_short} photos x {self.variations}, {self.equal} equal"
        return f"{self.start}, {what}, {self.trouble} after {self.after_calls} calls; {', '.join(rules) or 'no faults'}"

    @property
    def _all_rules(self) -> list[dict[str, Any]]:
        return [*self.label_rules, *self.running_rules]

    @property
    def running_rules(self) -> list[dict[str, Any]]:
        """What goes wrong while the job runs."""
        return [*self.crash_rules, *self.rules]


_MODEL_FAULTS = {
    "throttle": 4,
    "timeout": 2,
    "server-error": 3,
    "unavailable": 3,
    # Step Functions calls such a model again by itself, up to three times, and tells nobody.
    "not-ready": 2,
    "model-error": 4,
    "denied": 1,
    "end-of-life": 1,
    "filter": 2,
    "garbage": 2,
    "html": 2,
    "truncated": 2,
    "slow": 4,
}
"""The emulator's fault kinds, and how often each strikes at most: few enough that a job's waits stay short."""

# Beyond five the SDK's own tries are used up.
_LABEL_FAULTS = {"throttle": 6, "server-error": 6, "denied": 1, "slow": 2}
_TROUBLES = {Trouble.NONE: 5, Trouble.CANCELLED: 2, Trouble.STOPPED: 2, Trouble.BREAKS: 1, Trouble.FORGOTTEN: 1}


def make_plan(seed: int, number: int) -> Plan:
    """Return the plan of the soak's job of that number."""
    chance = random.Random(f"{seed}:{number}")
    start = chance.choices((Start.STAFF, Start.SYSTEM), (2, 1))[0]
    # What another system started has no row: nobody cancels it here, and the sweeper does not know it.
    staff = start is Start.STAFF
    trouble = chance.choices(list(_TROUBLES), list(_TROUBLES.values()))[0] if staff else Trouble.NONE
    photos = chance.randint(1, 4)
    return Plan(
        number=number,
        start=start,
        photos=photos,
        equal=chance.randint(0, photos - 1) if staff and chance.random() < 0.3 else 0,
        cut_short=chance.choices((0, 1), (3, 1))[0],
        variations=chance.choices((1, 2, 3), (4, 1, 1))[0],
        labels=chance.random() < 0.5,
        trouble=trouble,
        after_calls=chance.randint(0, 5),
        redrives=chance.choice((1, 2, 99)),
        rules=[_rule(chance, _MODEL_FAULTS, ("*", CUT_OUT, PAINT)) for _ in range(chance.randint(0, 4))],
        label_rules=[_rule(chance, _LABEL_FAULTS, (LABELS,)) for _ in range(chance.choices((0, 1), (2, 1))[0])],
        crash_rules=[_crash(chance) for _ in range(chance.choices((0, 1), (2, 1))[0])],
    )


def _crash(chance: random.Random) -> dict[str, Any]:
    """Of two tries that a state has besides, a function may die in two."""
    kind, name = chance.choice(("crash-before", "crash-after")), chance.choice(FUNCTIONS)
    return {"kind": kind, "model": f"lambda:*-{name}Function-*", "count": chance.randint(1, 2)}


def _rule(chance: random.Random, kinds: dict[str, int], models: tuple[str, ...]) -> dict[str, Any]:
    kind = chance.choice(list(kinds))
    rule: dict[str, Any] = {"kind": kind, "model": chance.choice(models), "count": chance.randint(1, kinds[kind])}
    rule["skip"] = chance.choice((0, 0, 1, 2))
    if kind == "slow":
        rule["delaySeconds"] = round(chance.uniform(0.2, 1.5), 2)
    return rule
