"""Stability search-and-replace: the model finds the background itself (reference A1, recipe R3). The cheapest.

What it takes for background is its own decision, and labels have no say in it. In PRECISE mode a cut-out comes first,
so that the photographer's pixels can be put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backdrop.domain.jobs import Mode
from backdrop.models.base import Answer, ModelPass, StagedRequest, Staging, Yields, build_body, jpeg
from backdrop.models.stability_services import (
    FAMILY,
    MAX_SIDE,
    PROMPT_MAX_LENGTH,
    SEED_MAX,
    SEED_MIN,
    RemoveBackground,
    read_answer,
)

SEARCH_REPLACE = "us.stability.stable-image-search-replace-v1:0"

# The default of 5 grows what is replaced over the subject's rim, which a found (not a given) edge needs a little of.
_GROW_MASK = 2


@dataclass(frozen=True)
class _SearchReplace:
    service_id: str = SEARCH_REPLACE
    yields: Yields = Yields.PICTURE
    needs_mask: bool = False
    max_side: int = MAX_SIDE

    def request(self, staging: Staging) -> StagedRequest:
        fields: dict[str, Any] = {
            "prompt": staging.prompt,
            "search_prompt": "background",
            "image": jpeg(staging.image),
            "seed": staging.seed,
            "output_format": "png",
            "grow_mask": _GROW_MASK,
        }
        if staging.negative_prompt:
            fields["negative_prompt"] = staging.negative_prompt
        return build_body(fields, (staging.prompt, staging.negative_prompt))

    def read(self, response: Mapping[str, Any]) -> Answer:
        return read_answer(response)


@dataclass(frozen=True)
class StabilitySearchReplace:
    """One pass in DEFAULT mode, two in PRECISE."""

    model_id: str = SEARCH_REPLACE
    family: str = FAMILY
    modes: tuple[Mode, ...] = (Mode.PRECISE, Mode.DEFAULT)
    prompt_max_length: int = PROMPT_MAX_LENGTH
    negative_prompt_max_length: int = PROMPT_MAX_LENGTH
    seed_min: int = SEED_MIN
    seed_max: int = SEED_MAX

    def plan(self, mode: Mode) -> tuple[ModelPass, ...]:
        """See the class."""
        return (_SearchReplace(),) if mode is Mode.DEFAULT else (RemoveBackground(), _SearchReplace())
