"""`backdrop cost`: the price of a job and of a month, by service, before anything is deployed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from backdrop.core.options import GENERATED, MAX_VARIATIONS, MaskSource, Options
from backdrop.core.telemetry.metrics import METRICS
from backdrop_cli.cost.bill import COMPARED_PHOTOS, NOT_COUNTED, Bill, Orchestration, Order, make_bill
from backdrop_cli.cost.models import Painted, default_model, painted
from backdrop_cli.cost.prices import Price, PriceTable, read_prices
from backdrop_cli.cost.sample import PAGE
from backdrop_cli.cost.usage import Sizes, Stack
from backdrop_cli.cost.ways import Way
from backdrop_cli.terminal import tell
from backdrop_client.errors import BackdropClientError

MOST_ASKS = 13
"""How often an image that waits the longest asks for its turns: docs/architecture.md, Pace and retries."""

_NAMES = 26
"""Columns of a design's name."""


@click.command()
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Jobs a month.")
@click.option("--images", type=click.IntRange(1), default=1_000, show_default=True, help="Photos of each job.")
@click.option("--model", "model_id", help="Model, as `backdrop models` lists it; without it the default.")
@click.option(
    "--transparent", is_flag=True, help="Nothing is painted; so it is anyway with a model that paints nothing."
)
@click.option("--mask-source", type=click.Choice(["model", "built-in"]), default="model", show_default=True)
@click.option("--variations", type=click.IntRange(1, MAX_VARIATIONS), default=1, show_default=True)
@click.option("--asks", type=click.IntRange(1), default=MOST_ASKS, show_default=True, help="Turns that an image asks.")
@click.option("--photo-mb", type=click.FloatRange(0), default=3.0, show_default=True, help="Megabytes of a photo.")
@click.option("--image-mb", type=click.FloatRange(0), default=2.0, show_default=True, help="Of a finished image.")
@click.option("--json", "json_", is_flag=True, help="Print one JSON document on standard output.")
def cost(
    jobs: int,
    images: int,
    model_id: str | None,
    transparent: bool,
    mask_source: str,
    variations: int,
    asks: int,
    photo_mb: float,
    image_mb: float,
    json_: bool,
) -> int:
    """Work out what a job and a month cost on AWS, by service; nothing is asked and nothing is paid.

    Counted along the workflow and the template of this repository, at dated list prices. `--asks` is how often an image
    asks for its turns at the models: as often as in a long job, unless you say less.
    """
    stack = read_stack()
    source = MaskSource.BUILT_IN if mask_source == "built-in" else MaskSource.MODEL
    options = Options(background="transparent" if transparent else GENERATED, mask_source=source, variations=variations)
    wanted = painted(model_id or default_model(), options)
    order = Order(jobs, images, Way(wanted.images, asks=(asks,)), wanted, Sizes(photo_mb, image_mb))
    prices = read_prices()
    # One at least for each set of dimensions; a further one for each model, function or code that there is.
    metrics = sum(len(metric.dimensions) for metric in METRICS.values())
    bill = make_bill(order, stack, prices, metrics)
    tell(as_dict(bill, order, prices) if json_ else as_text(bill, order, prices))
    return 0


def read_stack() -> Stack:
    """Return what this repository's template and workflow say. Raises `BackdropClientError` where they are not."""
    try:
        from localcloud.settings import REPOSITORY
        from localcloud.template import read_template
    except ImportError as error:
        raise BackdropClientError(
            "REPOSITORY_MISSING",
            f"The costs are counted along Backdrop's own template, which is not here ({error.name} is missing).",
            "Use the command of the repository (`make setup`, then `.venv/bin/backdrop`).",
        ) from error
    machine = json.loads((REPOSITORY / "statemachine/replace_backgrounds.asl.json").read_text("utf-8"))
    return Stack(read_template(REPOSITORY / "template.yaml"), machine)


def as_text(bill: Bill, order: Order, prices: PriceTable) -> str:
    """Return the bill as a table, the designs beside each other, and what is not in it."""
    rows = [(one.service, f"{one.job:.4f}", f"{one.month:.2f}") for one in bill.lines]
    rows.append(("all", f"{bill.job:.4f}", f"{bill.month:.2f}"))
    width = max(len(row[0]) for row in rows)
    images = len(order.way.images)
    what = f"{order.photos:,} photos" + (f" in {images} variations" if images > 1 else "")
    lines = [
        f"USD, {prices.region}; {prices.basis} ({prices.as_of}; models {order.painted.price_date}).",
        f"{'':<{width}}  {'a job':>12}  {'a month':>12}    ({what} a job; {_many(order.jobs, 'job')} a month)",
        *(f"{service:<{width}}  {job:>12}  {month:>12}" for service, job, month in rows),
        "",
        f"The models are {bill.model_share:.1%} of a job"
        + "".join(f"; {calls:,.0f} calls of {model_id}" for model_id, calls in bill.model_calls.items())
        + ".",
        *_pace(order.painted, order.photos),
        "",
        f"To carry {COMPARED_PHOTOS:,} photos through, beside the public sample ({PAGE}):",
        f"{'':<{_NAMES}}  {'transitions':>12}  {'invocations':>12}  {'GB-seconds':>12}  {'USD':>8}",
        *(_carried(name, one) for name, one in bill.designs.items()),
        "",
        "Not counted:",
        *(f"- {one}" for one in NOT_COUNTED),
        "",
        "Prices:",
        *(_priced(one) for one in prices.prices.values()),
    ]
    return "\n".join(lines)


def as_dict(bill: Bill, order: Order, prices: PriceTable) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "jobs": order.jobs,
        "photosAJob": order.photos,
        "region": prices.region,
        "priceDate": prices.as_of,
        "modelPriceDate": order.painted.price_date,
        "basis": prices.basis,
        "usd": {"job": bill.job, "month": bill.month},
        "services": [asdict(line) for line in bill.lines],
        "modelShare": bill.model_share,
        "modelCalls": dict(bill.model_calls),
        "useOfAJob": dict(bill.counts),
        "orchestration": {
            "photos": COMPARED_PHOTOS,
            "designs": {name: asdict(one) for name, one in bill.designs.items()},
            "publicSample": PAGE,
        },
        "prices": {name: asdict(one) for name, one in prices.prices.items()},
        "notCounted": list(NOT_COUNTED),
    }


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _pace(wanted: Painted, photos: int) -> list[str]:
    if not wanted.per_minute:
        return []
    minutes = photos / wanted.per_minute
    return [f"At the models' default quota {wanted.per_minute:.3g} photos a minute: {minutes:,.0f} minutes a job."]


def _carried(name: str, one: Orchestration) -> str:
    numbers = (f"{number:>12,.0f}" for number in (one.transitions, one.invocations, one.gb_seconds))
    return f"{name:<{_NAMES}}  {'  '.join(numbers)}  {one.usd:>8.2f}"


def _priced(one: Price) -> str:
    usd = f"{one.usd:.10f}".rstrip("0").rstrip(".")
    return f"- {one.service}, {one.unit}: {usd}, {one.page}"
