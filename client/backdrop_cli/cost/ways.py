"""The states that the workflow enters, walked along its definition: AWS charges each one that is entered.

https://aws.amazon.com/step-functions/pricing/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

States = Mapping[str, Mapping[str, Any]]

_MOST = 10_000
"""States of a walk. More are a circle that no choice leads out of."""


class Step(Enum):
    """How a pass of an image gets its answer."""

    CALL = "call"
    BUILT_IN = "built-in"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Way:
    """What happens to a photo that succeeds.

    Attributes:
        images: of each image of the photo the steps of its passes, the first variation first.
        asks: how often an image asks for a turn at each of its calls, in their order; what is not said is once.
        signed: whether images get content credentials.
    """

    images: Sequence[Sequence[Step]]
    asks: Sequence[int] = field(default=())
    signed: bool = False


def states_of_a_job(machine: Mapping[str, Any]) -> list[str]:
    """Return the states that a job enters besides its photos', when all goes well and the mail is sent."""
    return walk(machine["States"], machine["StartAt"], {})


def states_of_a_photo(machine: Mapping[str, Any], way: Way) -> list[str]:
    """Return the states that a photo enters on its way.

    Raises:
        ValueError: the workflow can't go so.
    """
    processor = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]
    return walk(processor["States"], processor["StartAt"], _turns(way))


def walk(states: States, start: str, turns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the states from `start` to an end, in their order.

    Args:
        states: of a state machine, by name.
        start: the first one.
        turns: where each Choice goes, visit by visit; "" and what is not said: its default.

    Raises:
        ValueError: a Choice does not go there, or the walk does not end, or not at a success.
    """
    left = {name: list(places) for name, places in turns.items()}
    found = [start]
    while len(found) < _MOST:
        state = states[found[-1]]
        if state["Type"] == "Choice":
            found.append(_chosen(found[-1], state, left.get(found[-1], [])))
        elif "Next" in state:
            found.append(state["Next"])
        elif state["Type"] == "Fail":
            raise ValueError(f"The walk ends at the failure {found[-1]}.")
        elif any(left.values()):
            raise ValueError(f"The walk ends before {next(name for name, places in left.items() if places)}.")
        else:
            return found
    raise ValueError("The walk does not end.")


def functions_of(states: States, entered: Sequence[str]) -> list[str]:
    """Return the functions (their names in the template) that the states invoke, one for each time."""
    resources = (str(states[name].get("Resource", "")) for name in entered)
    return [one.removeprefix("${").removesuffix("Arn}") for one in resources if one.endswith("FunctionArn}")]


def integrations_of(states: States, entered: Sequence[str]) -> list[str]:
    """Return what the states ask of other services themselves (`dynamodb:updateItem`), one for each time."""
    resources = (str(states[name].get("Resource", "")) for name in entered)
    return [":".join(one.split(":")[-2:]) for one in resources if one.startswith("arn:")]


def _chosen(name: str, state: Mapping[str, Any], places: list[str]) -> str:
    wanted = places.pop(0) if places else ""
    if not wanted:
        return str(state["Default"])
    if wanted not in {choice["Next"] for choice in state["Choices"]}:
        raise ValueError(f"{name} does not go to {wanted}.")
    return wanted


def _turns(way: Way) -> dict[str, list[str]]:
    """Where each Choice of a photo goes: the first call's turn is asked for with a look at the job's cancellation, as
    nothing is paid yet; later ones without."""
    turns: dict[str, list[str]] = {
        name: [] for name in ("IsCancelled", "IsModelCallNeeded", "IsPaidFor", "IsImageFinished")
    }
    last = len(way.images) - 1
    for number, steps in enumerate(way.images):
        turns["IsCancelled"].append("")
        asks, paid = list(way.asks), False
        for place, step in enumerate(steps):
            needed = {Step.ANSWERED: "DecodeResult", Step.BUILT_IN: "CutOut", Step.CALL: ""}
            turns["IsModelCallNeeded"].append(needed[step])
            if step is Step.CALL:
                often = asks.pop(0) if asks else 1
                after = [*["ReserveTurn"] * (often - 1), "InvokeModel"]
                turns["IsPaidFor"] += after if paid else [""] * often
                turns["IsCancelled"] += [] if paid else after
                paid = True
            turns["IsImageFinished"].append("NeedsSigning" if place == len(steps) - 1 else "")
        turns.setdefault("NeedsSigning", []).append("SignResult" if way.signed else "")
        turns.setdefault("IsLastVariation", []).append("BeginNextVariation" if number < last else "")
    return turns
