"""The cut-out with its real weights, loaded once."""

from __future__ import annotations

import pytest

from backdrop_cutout.network import Network
from backdrop_cutout.segmentation import CutOut
from localcloud.models.weights import ensure


@pytest.fixture(scope="session")
def cut_out() -> CutOut:
    return CutOut(Network(ensure().segmentation, 2))
