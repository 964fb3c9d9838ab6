"""Refuses to start a function whose artefact was built for another processor or Python than it runs on.

Nothing else notices: `sam deploy` takes other parameters than `sam build` had, and then a library can't be imported,
which says nothing of the cause. The build writes what it was for beside our code (functions/Makefile).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

BUILT_FOR = Path(__file__).parents[2] / "built-for.txt"
"""`<LambdaArchitecture> <LambdaRuntime>`, in artefacts only."""

_ARCHITECTURES = {"aarch64": "arm64"}
"""Lambda's names of processors, where they are not the kernel's."""


class WrongArtefact(Exception):
    """The function can't run; the message says what to build."""


def check_artefact(built_for: Path = BUILT_FOR) -> None:
    """Do nothing where there is no such file, as on a laptop, or where it names this machine's processor and Python.

    Raises:
        WrongArtefact: it was built for another.
    """
    try:
        there = built_for.read_text("ascii").strip()
    except FileNotFoundError:
        return
    machine = os.uname().machine
    here = f"{_ARCHITECTURES.get(machine, machine)} python{sys.version_info.major}.{sys.version_info.minor}"
    if there != here:
        raise WrongArtefact(
            f"This function was built for {there} and runs on {here}. Give LambdaArchitecture and LambdaRuntime to "
            "`sam build` and to `sam deploy` alike (samconfig.toml says where), build again and deploy again."
        )
