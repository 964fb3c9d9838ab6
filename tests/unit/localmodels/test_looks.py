"""The network looks at a photo once for its labels and its cut-out."""

from __future__ import annotations

import numpy as np

from backdrop_cutout.network import Tensor
from localcloud.models.looks import SAME, RememberedLooks


class Network:
    """Answers the mean of what it sees, and counts."""

    def __init__(self) -> None:
        self.looks = 0

    def run(self, tensor: Tensor) -> Tensor:
        self.looks += 1
        return np.full((1, 1, 320, 320), tensor.mean(), np.float32)


def picture(seed: int) -> Tensor:
    return np.random.default_rng(seed).normal(0, 1, (1, 3, 320, 320)).astype(np.float32)


def test_a_picture_compressed_another_way_is_not_looked_at_again() -> None:
    network = Network()
    looks = RememberedLooks(network)
    first = looks.run(picture(1))
    noise = np.random.default_rng(9).normal(0, SAME / 2, (1, 3, 320, 320)).astype(np.float32)
    again = looks.run(picture(1) + noise)
    assert network.looks == 1
    assert np.allclose(first, again, atol=1e-3)


def test_another_picture_is_looked_at_also_one_that_differs_in_a_spot_alone() -> None:
    network = Network()
    looks = RememberedLooks(network)
    looks.run(picture(1))
    other = picture(1)
    other[:, :, 160:176, 160:176] += 0.2
    looks.run(other)
    looks.run(picture(2))
    assert network.looks == 3


def test_the_oldest_look_is_forgotten() -> None:
    network = Network()
    looks = RememberedLooks(network, most=2)
    for seed in (1, 2, 3, 1):
        looks.run(picture(seed))
    assert network.looks == 4
