"""The adapter of a newer version: all is asked and read as of the known model, under the newer id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backdrop.core.vocabulary import Mode
from backdrop.models.base import (
    Answer,
    ModelAdapter,
    ModelPass,
    PassContext,
    PassInput,
    PassOutput,
    Settings,
    StagedRequest,
)


@dataclass(frozen=True)
class _NewerPass:
    """A pass of the known model, under the newer id."""

    service_id: str
    known: ModelPass

    @property
    def built_in(self) -> bool:
        return self.known.built_in

    @property
    def output(self) -> PassOutput:
        return self.known.output

    @property
    def input(self) -> PassInput:
        return self.known.input

    @property
    def needs_mask(self) -> bool:
        return self.known.needs_mask

    @property
    def names_subject(self) -> bool:
        return self.known.names_subject

    @property
    def max_side(self) -> int:
        return self.known.max_side

    @property
    def max_pixels(self) -> int:
        return self.known.max_pixels

    def request(self, context: PassContext) -> StagedRequest:
        return self.known.request(context)

    def read(self, response: Mapping[str, Any]) -> Answer:
        return self.known.read(response)


@dataclass(frozen=True)
class NewerAdapter:
    """A newer version of the `known` model. Services besides the model itself, such as Stability's remove-background,
    stay the known ones."""

    model_id: str
    known: ModelAdapter

    @property
    def family(self) -> str:
        """Return the known model's."""
        return self.known.family

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Return the known model's."""
        return self.known.modes

    @property
    def settings(self) -> Settings:
        """Return the known model's."""
        return self.known.settings

    @property
    def prompt_max_length(self) -> int:
        """Return the known model's."""
        return self.known.prompt_max_length

    @property
    def negative_prompt_max_length(self) -> int:
        """Return the known model's."""
        return self.known.negative_prompt_max_length

    @property
    def seed_min(self) -> int:
        """Return the known model's."""
        return self.known.seed_min

    @property
    def seed_max(self) -> int:
        """Return the known model's."""
        return self.known.seed_max

    def needs_mask(self, mode: Mode) -> bool:
        """Return what the known model needs."""
        return self.known.needs_mask(mode)

    def cut_out(self) -> ModelPass | None:
        """Return the known model's pass."""
        return self._newer(self.known.cut_out())

    def paint(self, masked: bool) -> ModelPass | None:
        """Return the known model's pass."""
        return self._newer(self.known.paint(masked))

    def extend(self) -> ModelPass | None:
        """Return the known model's pass."""
        return self._newer(self.known.extend())

    def _newer(self, step: ModelPass | None) -> ModelPass | None:
        """The pass, under the newer id where it calls the model itself."""
        if step is None or step.service_id != self.known.model_id:
            return step
        return _NewerPass(self.model_id, step)
