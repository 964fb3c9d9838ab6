"""Stability search-and-replace: the model finds the background itself (reference A1, recipe R3). The cheapest.

What it takes for background is its own decision, and labels have no say in it. In PRECISE mode a cut-out comes first,
so that the photographer's pixels can be put back.
"""

from __future__ import annotations

from dataclasses import dataclass

from backdrop.domain.jobs import Mode
from backdrop.models.base import ModelPass, StagedRequest, Staging
from backdrop.models.stability_services import RemoveBackground, StabilityModel, StabilityPicture, painting_request

SEARCH_REPLACE = "us.stability.stable-image-search-replace-v1:0"

# The default of 5 grows what is replaced over the subject's rim, which a found (not a given) edge needs a little of.
_GROW_MASK = 2


@dataclass(frozen=True)
class _SearchReplace(StabilityPicture):
    service_id: str = SEARCH_REPLACE
    needs_mask: bool = False

    def request(self, staging: Staging) -> StagedRequest:
        return painting_request(staging, {"search_prompt": "background", "grow_mask": _GROW_MASK})


@dataclass(frozen=True)
class StabilitySearchReplace(StabilityModel):
    """One pass in DEFAULT mode, two in PRECISE."""

    model_id: str = SEARCH_REPLACE

    def plan(self, mode: Mode) -> tuple[ModelPass, ...]:
        """See the class."""
        return (_SearchReplace(),) if mode is Mode.DEFAULT else (RemoveBackground(), _SearchReplace())
