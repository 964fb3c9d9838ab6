"""Backdrops painted from words: which model, which seeds, and one candidate after another."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from backdrop.api.schemas.backdrops import Candidate
from backdrop.api.schemas.models import Models, Painter
from backdrop.core.words.marks import phrase
from backdrop_client.errors import WrongUse

MOST_CANDIDATES = 6
"""At a time: more are asked for by a second press, or command."""


class PaintingApi(Protocol):
    """The part of `BackdropApi` that is needed here."""

    def paint_backdrop(
        self, prompt: str, *, negative_prompt: str, model_id: str | None, aspect: str, seed: int
    ) -> Candidate: ...


@dataclass(frozen=True)
class Wish:
    """What is to be painted, by which model; a candidate for each seed."""

    painter: Painter
    prompt: str
    negative_prompt: str
    aspect: str
    seeds: tuple[int, ...]

    @property
    def usd(self) -> float:
        """What all candidates cost at the list price, if none was painted before."""
        return self.painter.usd_per_picture * len(self.seeds)


def find_painter(models: Models, model_id: str | None) -> Painter:
    """The model of that id; None: the service's default.

    Raises:
        WrongUse: there is none.
    """
    for one in models.painters:
        if model_id in (None, one.model_id):
            return one
    known = ", ".join(one.model_id for one in models.painters)
    raise WrongUse(
        "MODEL_UNKNOWN",
        phrase("{model_id} paints backdrops here.", model_id=model_id)
        if model_id
        else phrase("No model paints backdrops here."),
        phrase("Those that do: {known}.", known=known),
    )


def pick_seeds(painter: Painter, count: int, first: int | None = None) -> tuple[int, ...]:
    """Seeds for so many candidates: from `first` on, else by chance."""
    start = first
    if start is None:
        start = painter.seed_min + secrets.randbelow(painter.seed_max - painter.seed_min - MOST_CANDIDATES)
    return tuple(range(start, start + count))


def paint_each(api: PaintingApi, wish: Wish) -> Iterator[Candidate]:
    """Paint a candidate for each seed, as they are asked for.

    Raises:
        ApiError: one could not be painted; those before it are kept by the service, and not paid again.
    """
    for seed in wish.seeds:
        yield api.paint_backdrop(
            wish.prompt,
            negative_prompt=wish.negative_prompt,
            model_id=wish.painter.model_id,
            aspect=wish.aspect,
            seed=seed,
        )
