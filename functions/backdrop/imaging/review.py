"""What is recorded beside a finished image for those who judge it: quality flags, marketplace checks, moderation.

One JSON text, so that the state machine carries it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backdrop.imaging.by_hand import Done
    from backdrop.imaging.marketplace import MarketplaceResult
    from backdrop.imaging.quality.flags import Flag


def review_json(
    flags: Sequence[Flag],
    checks: MarketplaceResult | None,
    moderation: Mapping[str, Any] | None,
    by_hand: Done | None = None,
) -> str:
    """Return the Review as JSON: `{"flags": [{"code", "measured", "threshold", "box"?}], "marketplace"?: {"preset",
    "passed", "checks": [{"code", "passed", "measured", "wanted"}]}, "moderation"?: {"labels", "modelVersion"},
    "byHand"?: {"across", "down", "scale", "turn", "resampled"}}`."""
    review: dict[str, Any] = {
        "flags": [
            {"code": one.code, "measured": one.measured, "threshold": one.threshold}
            | ({"box": [round(side, 4) for side in one.box]} if one.box else {})
            for one in flags
        ]
    }
    if checks is not None:
        review["marketplace"] = checks.to_dict()
    if moderation is not None:
        review["moderation"] = dict(moderation)
    if by_hand is not None:
        review["byHand"] = by_hand.to_dict()
    return json.dumps(review, separators=(",", ":"))


def is_doubtful(text: str | None) -> bool:
    """Whether something was measured that a person should look at: a quality flag, or a marketplace's broken rule."""
    review = parse_review(text)
    checks = review.get("marketplace", {}).get("checks", [])
    return bool(review["flags"]) or not all(check["passed"] for check in checks)


def parse_review(text: str | None) -> dict[str, Any]:
    """What `review_json` wrote; `{"flags": []}` where nothing was recorded."""
    review: dict[str, Any] = json.loads(text) if text else {}
    return {"flags": [], **review}
