"""What `backdrop accept` pays for, before it pays."""

from __future__ import annotations

from dataclasses import dataclass

from backdrop.core.options import Options
from backdrop_cli.accept.trial import Trial
from backdrop_cli.cost.models import painted

PHOTOS = 3
"""Of its job; one of them is broken."""

MOST_USD = 1.5
"""The job's own limit. With the rest of `Price` it stays under two dollars."""

_REST_USD = 0.05
"""Labels, moderation, functions, requests: a few cents at list prices (docs/architecture.md)."""


@dataclass(frozen=True)
class Price:
    """US dollars. `job`: of the images that succeed; `refused`: of a call that is refused, if that is billed."""

    job: float
    refused: float
    rest: float = _REST_USD

    @property
    def usd(self) -> float:
        """All of it, as it is expected."""
        return self.job + self.refused + self.rest

    @property
    def most(self) -> float:
        """What it can come to, however often calls are repeated: the service keeps the job's limit."""
        return MOST_USD + self.refused + self.rest


def price_of(trial: Trial) -> Price:
    """Return the price of a trial with the stack's default model, at the catalogue's list prices.

    Raises:
        NoAnswer: AWS does not tell the stack's parameters.
        WrongUse: this version does not know the model.
    """
    model_id = trial.patient.parameters.get("ModelId") or trial.patient.models.default_model_id
    calls = painted(model_id, Options()).calls
    image = sum(often * usd for _, often, usd in calls)
    return Price(image * (PHOTOS - 1), max((usd for _, _, usd in calls), default=0))
