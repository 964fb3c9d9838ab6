"""What a run did: one result an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backdrop.api.schemas.jobs import Flag, Job, Marketplace
from backdrop.api.schemas.photos import Error
from backdrop_cli.collect import Collected
from backdrop_cli.scan import LeftOut


@dataclass(frozen=True)
class Result:
    """What became of one image: the finished `file`, or the `failure`. `source` is None for an earlier job's.

    A photo that was not submitted has one result, any other one for each variation. `flags` are reasons to look at
    the file, `marketplace` what the preset's checks found.
    """

    name: str
    source: Path | None
    file: Path | None
    failure: Error | None
    image_id: str | None = None
    variation: int = 1
    flags: Sequence[Flag] = ()
    marketplace: Marketplace | None = None

    @property
    def title(self) -> str:
        """The photo's name, and which of its variations it is from the second on."""
        return f"{self.name}, variation {self.variation}" if self.variation > 1 else self.name

    @property
    def left(self) -> bool:
        """Whether the image was never begun, because its job was cancelled."""
        return self.failure is not None and self.failure.code == "JOB_CANCELLED"


@dataclass(frozen=True)
class Outcome:
    """What a run did. `job` is None when no photo was good enough to submit. Results in the photos' order."""

    job: Job | None
    results: list[Result]
    reports: Mapping[str, Path] = field(default_factory=dict)
    left_out: Sequence[LeftOut] = ()

    @property
    def succeeded(self) -> list[Result]:
        """Images that lie on disk."""
        return [result for result in self.results if result.file is not None]

    @property
    def failed(self) -> list[Result]:
        """Images, and photos that were not submitted, of which nothing lies on disk."""
        return [result for result in self.results if result.file is None]

    @property
    def flagged(self) -> list[Result]:
        """Images on disk that a person should look at before they are used."""
        return [result for result in self.succeeded if result.flags]

    @property
    def not_for_marketplace(self) -> list[Result]:
        """Images on disk that break a rule of the marketplace preset."""
        return [result for result in self.succeeded if result.marketplace and not result.marketplace.passed]


def result_of(collected: Collected, name: str, source: Path | None) -> Result:
    """What came of one image of a job; `name` is the photo's."""
    image = collected.image
    return Result(
        name,
        source,
        collected.file,
        collected.failure,
        image.image_id,
        image.variation,
        tuple(image.flags or ()),
        image.marketplace,
    )
