"""What a check of `backdrop accept` is: a name, what of AWS it tries, AWS's page about it, and a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backdrop_cli.accept.trial import Trial


@dataclass(frozen=True)
class Check:
    """One thing that is tried.

    Attributes:
        name: as the table tells it.
        tries: what is taken for true, for people.
        page: AWS's page about it.
        run: tries it; says what was seen. Raises `Fault`, `NotTried`, or what a call ends with.
        calls: the model calls that it pays for.
    """

    name: str
    tries: str
    page: str
    run: Callable[[Trial], str]
    calls: str = "-"
