"""What 1,000 photos would cost and take on AWS: counted, not measured (docs/benchmarks.md, Loop).

`.venv/bin/python -m tests.on_paper`. The costs are those of `backdrop cost`; the time is worked out here, from its
seconds of the functions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from backdrop.core.options import BACKDROP, MaskSource, Options
from backdrop.core.telemetry.metrics import METRICS
from backdrop_cli.cost.bill import Bill, Order, make_bill
from backdrop_cli.cost.command import MOST_ASKS, read_stack
from backdrop_cli.cost.models import default_model, painted
from backdrop_cli.cost.prices import read_prices
from backdrop_cli.cost.usage import SECONDS, Sizes, Stack
from backdrop_cli.cost.ways import Way, functions_of, states_of_a_photo

PHOTOS = 1_000
_AT_ONCE = 40
"""MapMaxConcurrency."""
_STATE_SECONDS = 0.05
"""Of a state besides its work. Ours, a guess."""


@dataclass(frozen=True)
class Paper:
    """The bill of one job of 1,000 photos, and how many are done a minute."""

    bill: Bill
    a_minute: float

    def row(self) -> str:
        """The row of docs/benchmarks.md, after its name."""
        usd = {line.service: line.job for line in self.bill.lines}
        parts = [usd[one] for one in ("Bedrock", "Rekognition", "Lambda", "Step Functions")]
        parts.append(self.bill.job - sum(parts))
        words = " | ".join(f"{one:.2f}" for one in (self.bill.job, *parts))
        return f"| {self.a_minute:.0f} | {PHOTOS / self.a_minute:.1f} | {words} |"


def papers() -> dict[str, Paper]:
    """On a backdrop with the built-in cut-out, and each photo painted by the default model."""
    stack = read_stack()
    flat = Options(background=BACKDROP, mask_source=MaskSource.BUILT_IN)
    return {"on a backdrop": _paper(stack, flat), "painted": _paper(stack, Options())}


def _paper(stack: Stack, options: Options) -> Paper:
    wanted = painted(default_model(), options)
    way = Way(wanted.images, asks=(MOST_ASKS,))
    order = Order(1, PHOTOS, way, wanted, Sizes(3.0, 2.0))
    bill = make_bill(order, stack, read_prices(), len(METRICS))
    entered = states_of_a_photo(stack.machine, way)
    states = stack.machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    called = Counter(functions_of(states, entered))
    seconds = sum(often * SECONDS[name] for name, often in called.items()) + len(entered) * _STATE_SECONDS
    own = _AT_ONCE * 60 / seconds
    return Paper(bill, min(own, wanted.per_minute or own))


if __name__ == "__main__":
    for name, one in papers().items():
        print(f"| {name} {one.row()}")
