"""`backdrop paint`: candidates for a backdrop from words, and the one that is kept."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import click
import httpx

from backdrop.api.schemas.backdrops import Backdrop, Candidate
from backdrop.api.schemas.wire import to_json
from backdrop.core import recipes
from backdrop_cli.flag_types import Command, declare
from backdrop_cli.wording import money
from backdrop_client.api import BackdropApi
from backdrop_client.download import Downloader
from backdrop_client.errors import WrongUse
from backdrop_client.outputs import OutputFolder
from backdrop_client.painting import MOST_CANDIDATES, Wish, find_painter, paint_each, pick_seeds


@dataclass(frozen=True)
class Order:
    """What the command was asked for."""

    prompt: str
    negative_prompt: str
    model_id: str | None
    aspect: str
    seed: int | None
    count: int
    keep: bool


@dataclass(frozen=True)
class Painted:
    """A candidate, and the file that it was saved as, if it was."""

    candidate: Candidate
    file: Path | None


@dataclass(frozen=True)
class Outcome:
    """What was painted, and what was kept."""

    order: Order
    painted: tuple[Painted, ...]
    kept: Backdrop | None

    @property
    def paid_usd(self) -> float:
        """What the calls cost at the list price; of those that were painted before, nothing."""
        return sum(one.candidate.paid_usd for one in self.painted)


_OPTIONS = (
    click.option("--negative-prompt", default="", help="What the backdrop must not show."),
    click.option("--model", "model_id", metavar="ID", help="Image model; `backdrop models` lists those that paint."),
    click.option(
        "--aspect", type=click.Choice(recipes.ASPECTS), default="1:1", show_default=True, help="Width to height."
    ),
    click.option(
        "--seed", type=click.IntRange(1), help="Of the first candidate; the others follow.  [default: by chance]"
    ),
    click.option(
        "--count",
        type=click.IntRange(1, MOST_CANDIDATES),
        default=1,
        show_default=True,
        help="Candidates, each painted and paid by itself.",
    ),
    click.option("--keep", is_flag=True, help="Keep the one candidate among your backdrops."),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for the candidates, made if missing. Existing files are never overwritten.",
    ),
)


def painting_options(command: Command) -> Command:
    """Declare the options of what is painted."""
    return declare(_OPTIONS, command)


def order_of(words: str, flags: Mapping[str, Any]) -> Order:
    """What the command was asked for.

    Raises:
        WrongUse: several are to be kept.
    """
    order = Order(words, **{one.name: flags[one.name] for one in dataclasses.fields(Order) if one.name != "prompt"})
    if order.keep and order.count > 1:
        raise WrongUse("WRONG_USE", "--keep keeps one, and --count is more.", "Name the one to keep by --seed.")
    return order


def run_order(api: BackdropApi, order: Order, out: Path | None, say: Callable[[str], object]) -> Outcome:
    """Paint the candidates one after another, save each, and keep the one that is to be kept.

    Raises what `BackdropApi` and `Downloader` raise. What was painted before that is not paid again.
    """
    painter = find_painter(api.models(), order.model_id)
    seeds = pick_seeds(painter, order.count, order.seed)
    wish = Wish(painter, order.prompt, order.negative_prompt, order.aspect, seeds)
    say(f"{painter.name} paints {order.count}, at most {money(wish.usd)} at the list price.")
    folder = OutputFolder(out) if out else None
    painted: list[Painted] = []
    with httpx.Client() as storage:
        for one in paint_each(api, wish):
            painted.append(Painted(one, _save(Downloader(storage), folder, one) if folder else None))
            paid = money(one.paid_usd) if one.paid_usd else "there already, nothing was paid"
            say(f"Painted {len(painted)} of {order.count}: seed {one.recipe.seed} ({paid})")
    kept = api.keep_painting(painted[0].candidate.candidate_id) if order.keep else None
    return Outcome(order, tuple(painted), kept)


def _save(downloader: Downloader, folder: OutputFolder, one: Candidate) -> Path:
    with folder.downloads() as waiting:
        temporary = waiting / "painted"
        downloader.fetch(one.picture_url, temporary)
        return folder.place(temporary, PurePosixPath(f"backdrop-{one.recipe.seed}.jpg"))


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """The outcome as a JSON document. Addresses are left out: they are secrets."""
    candidates = []
    for one in outcome.painted:
        shown = {name: value for name, value in to_json(one.candidate).items() if not name.endswith("Url")}
        candidates.append({**shown, **({"file": str(one.file)} if one.file else {})})
    kept = {"kept": outcome.kept.backdrop_id} if outcome.kept else {}
    return {"candidates": candidates, "paidUsd": round(outcome.paid_usd, 6), **kept}


def outcome_text(outcome: Outcome) -> str:
    """The outcome for people: a line for each, and what can be done next."""
    lines = [f"seed {one.candidate.recipe.seed}{f'  {one.file}' if one.file else ''}" for one in outcome.painted]
    lines.append(f"Paid: {money(outcome.paid_usd)} at the list price.")
    if outcome.kept:
        lines.append(f"Kept. Put it behind products with: --backdrop kept:{outcome.kept.backdrop_id}")
    else:
        seed = outcome.painted[0].candidate.recipe.seed
        lines.append(f"Keep one, which is not paid again: {_again(outcome.order, seed)}")
    return "\n".join(lines)


def _again(order: Order, seed: int | None) -> str:
    command = ["backdrop", "paint", order.prompt]
    command += ["--negative-prompt", order.negative_prompt] if order.negative_prompt else []
    command += ["--model", order.model_id] if order.model_id else []
    command += ["--aspect", order.aspect] if order.aspect != "1:1" else []
    return shlex.join([*command, "--seed", str(seed), "--keep"])
