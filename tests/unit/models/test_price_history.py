"""Prices change with a new date, and the tables of former days stay."""

from __future__ import annotations

from backdrop.jobs.costs.prices import USD_PER_LABEL_CALL
from backdrop.models import catalogue, price_history
from backdrop.models.catalogue_data import data


def test_the_prices_of_today_stand_in_the_history_under_their_date() -> None:
    today = {
        service_id: {name: row[name] for name in ("usdPerCall", "usdPremium") if name in row}
        for service_id, row in data()["services"].items()
    }
    today[price_history.LABELS] = {"usdPerCall": USD_PER_LABEL_CALL}

    words = (
        "a price was changed: give catalogue.json a new priceDate, and price_history.json its table; leave the former"
    )
    assert price_history.tables()[catalogue.price_date()] == today, words


def test_each_quality_has_its_price() -> None:
    date, model = catalogue.price_date(), "amazon.nova-canvas-v1:0"

    plain, premium = (price_history.usd_per_call_on(date, model, quality) for quality in (None, "premium"))
    assert (plain, premium) == (catalogue.service(model).usd(None), catalogue.service(model).usd("premium"))
    assert premium > plain
