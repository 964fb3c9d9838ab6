"""Stability search-and-replace: the model finds the background itself. The cheapest.

What it takes for background is its own decision, and it takes no mask. So objects that are not kept are searched for
by their names as well, and wiped out of the image it sees. In PRECISE mode a cut-out comes first, so that the
photographer's pixels can be put back. Source of the fields: `stability_services`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from backdrop.core.vocabulary import Mode
from backdrop.imaging.object_removal import wiped
from backdrop.models.base import ModelPass, PassContext, StagedRequest
from backdrop.models.stability_services import StabilityModel, StabilityPass, painting_request

SEARCH_REPLACE = "us.stability.stable-image-search-replace-v1:0"

_SEARCH_MAX_LENGTH = 10_000
"""Characters of `search_prompt`."""

# The default of 5 grows what is replaced over the subject's rim, which a found (not a given) edge needs a little of.
_GROW_MASK = 2


@dataclass(frozen=True)
class _SearchReplace(StabilityPass):
    service_id: str = SEARCH_REPLACE

    def request(self, context: PassContext) -> StagedRequest:
        searched = ", ".join(("background", *(name.lower() for name in context.removed)))[:_SEARCH_MAX_LENGTH]
        context = replace(context, image=wiped(context.image, context.removed_boxes, context.boxes))
        return painting_request(context, {"search_prompt": searched, "grow_mask": _GROW_MASK})


@dataclass(frozen=True)
class StabilitySearchReplace(StabilityModel):
    """One pass in DEFAULT mode, two in PRECISE."""

    model_id: str = SEARCH_REPLACE

    def needs_mask(self, mode: Mode) -> bool:  # noqa: ARG002 - the same in both modes
        """Return False: the service takes no mask."""
        return False

    def paint(self, masked: bool) -> ModelPass:  # noqa: ARG002 - it takes no mask
        """Return the pass search-and-replace."""
        return _SearchReplace()

    def extend(self) -> ModelPass:
        """Return the pass outpaint."""
        from backdrop.models.stability_outpaint import Outpaint

        return Outpaint()


STABILITY_SEARCH_REPLACE = StabilitySearchReplace()
