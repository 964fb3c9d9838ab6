"""What a running job tells whoever watches. Events are always sent in the caller's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from backdrop.api.schemas.jobs import Estimate, Job
from backdrop.api.schemas.models import Model
from backdrop.api.schemas.photos import Error


class Stage(StrEnum):
    """The parts of a run that take time, in their order."""

    UPLOADING = "Uploading and checking"
    PROCESSING = "Replacing backgrounds"
    DOWNLOADING = "Downloading"


@dataclass(frozen=True)
class Progress:
    """How far a stage is: `done` of `total` photos; `fraction` (0..1) is finer where bytes are known.

    `eta_seconds` is given where the service knows it.
    """

    stage: Stage
    done: int
    total: int
    fraction: float
    eta_seconds: float | None = None


@dataclass(frozen=True)
class Problem:
    """A photo that will not be done, or was not."""

    name: str
    failure: Error


@dataclass(frozen=True)
class Submitting:
    """The paid work is about to start: so many images of so many photos with this model, at the service's estimate."""

    photos: int
    images: int
    model: Model
    estimate: Estimate


@dataclass(frozen=True)
class Resubmitting:
    """The paid work on photos of an earlier job is about to start again."""

    photos: int


@dataclass(frozen=True)
class Exporting:
    """Images of an earlier job, which has `of` finished ones, are about to be finished once more. `unfinished` of those
    that were asked for never were, `alike` would be equal to another one. `elsewhere`: command that exports what a redo
    made -> how many images of the set that are."""

    images: int
    of: int
    unfinished: int
    alike: int
    elsewhere: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Submitted:
    """The job runs on the server from here on, whatever happens to the client."""

    job: Job


@dataclass(frozen=True)
class Notice:
    """Something worth knowing that is no failure of a photo."""

    text: str


Event = Progress | Problem | Submitting | Resubmitting | Exporting | Submitted | Notice
Listener = Callable[[Event], object]
