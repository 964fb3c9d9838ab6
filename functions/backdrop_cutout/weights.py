"""Where the network's weights are: none are committed, so they come with the artefact or from a cache."""

from __future__ import annotations

import os
from pathlib import Path

FILE_NAME = "u2netp.onnx"
VARIABLE = "CUT_OUT_WEIGHTS"


class WeightsMissing(RuntimeError):
    """The file of weights is not where it should be; the message says where that is and what to do."""


def weights_file() -> Path:
    """The file that `CUT_OUT_WEIGHTS` names, else the one beside this module, where functions/Makefile puts it.

    Raises:
        WeightsMissing: there is no such file.
    """
    named = os.environ.get(VARIABLE)
    file = Path(named) if named else Path(__file__).with_name(FILE_NAME)
    if not file.is_file():
        raise WeightsMissing(
            f"The cut-out's weights are missing: there is no file {file}. `sam build` puts them into the artefact;"
            f" elsewhere set {VARIABLE} to the file that `python -m localcloud.models.weights --fetch` makes."
        )
    return file
