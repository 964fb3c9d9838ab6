"""Price tables of former days, so that a report's cost can be checked with the prices that it was made with.

price_history.json has a table for each `priceDate` that catalogue.json ever had, the present one's too: whoever changes
a price there adds a table here, under a new date (tests/unit/models/test_price_history.py holds both to it).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from backdrop.models.catalogue_data import newer_versions

LABELS = "rekognition.DetectLabels"
"""In a table, a call that asks where labels are."""


@cache
def tables() -> dict[str, dict[str, dict[str, float]]]:
    """Return date -> model id -> `usdPerCall` and, where a better quality costs more, `usdPremium`."""
    read: dict[str, Any] = json.loads((Path(__file__).parent / "price_history.json").read_text("utf-8"))
    return read


def usd_per_call_on(date: str, service_id: str, quality: str | None) -> float:
    """Return US dollars of a call on a date, at a quality level; None is the model's default.

    Raises:
        KeyError: there is no table of that date, or it has no such id.
    """
    table = tables()[date]
    newer = newer_versions().get(service_id)
    prices = table[newer.known_id if newer else service_id]
    return prices["usdPremium"] if quality == "premium" and "usdPremium" in prices else prices["usdPerCall"]
