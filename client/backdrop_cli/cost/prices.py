"""List prices of the AWS services: prices.json, dated, for one Region. Those of the models are the catalogue's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Price:
    """US dollars for a unit of a service. `page`: where AWS says so."""

    service: str
    unit: str
    usd: float
    page: str


@dataclass(frozen=True)
class PriceTable:
    """All prices, by what is counted. `basis`: what they leave out."""

    region: str
    as_of: str
    basis: str
    prices: Mapping[str, Price]


@cache
def read_prices() -> PriceTable:
    """Return the table."""
    data = json.loads(Path(__file__).with_name("prices.json").read_text("utf-8"))
    return PriceTable(
        data["region"], data["asOf"], data["basis"], {name: Price(**one) for name, one in data["prices"].items()}
    )
