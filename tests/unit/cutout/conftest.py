"""The cut-out with its real weights, loaded once."""

from __future__ import annotations

import hashlib

import pytest

from backdrop_cutout.network import Network, Tensor
from backdrop_cutout.segmentation import CutOut
from localcloud.models.weights import ensure


class AsksOnce:
    """A network's answers by their picture: tests look at the same photo in several sizes, and in the mirror."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._answers: dict[bytes, Tensor] = {}

    def run(self, tensor: Tensor) -> Tensor:
        picture = hashlib.sha256(tensor.tobytes()).digest()
        if picture not in self._answers:
            self._answers[picture] = self._network.run(tensor)
        return self._answers[picture].copy()


@pytest.fixture(scope="session")
def cut_out() -> CutOut:
    return CutOut(AsksOnce(Network(ensure().segmentation, 2)))
