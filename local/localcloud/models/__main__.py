"""`python -m localcloud.models --port N`: the image-model server."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from backdrop_cutout.network import Network
from localcloud.models import weights
from localcloud.models.engine import Engine
from localcloud.models.kept import KeptAnswers, recipe
from localcloud.models.labels import Labeller
from localcloud.models.looks import RememberedLooks
from localcloud.models.moderation import Moderator
from localcloud.models.scenes.own import OwnBackdrops
from localcloud.models.segmentation import Segmenter
from localcloud.models.server import HOST, LOG, NOTICE, WORKERS, ModelServer
from localcloud.settings import Home

DEFAULT_PORT = 4567


def backdrops_folder() -> Path:
    """Where own backdrop photos are: `BACKDROP_BACKDROPS`, or `backdrops` in the local cloud's home."""
    return Path(os.environ.get("BACKDROP_BACKDROPS") or Home.default().root / "backdrops")


def build_server(port: int) -> ModelServer:
    """A server with its networks loaded. Raises WeightsError, OSError when the port is in use."""
    import cv2

    # Each picture gets a core: two pictures at once must not fight over them.
    cv2.setNumThreads(max(1, (os.cpu_count() or 2) // WORKERS))
    files = weights.ensure(on_progress=LOG.info)
    threads = max(1, min(2, os.cpu_count() or 1))
    segmenter = Segmenter(RememberedLooks(Network(files.segmentation, threads)))
    labeller = Labeller(segmenter, Network(files.classifier, 1), files.class_names)
    moderator = Moderator(Network(files.moderation, 1))
    answers = KeptAnswers(
        weights.cache_folder() / "answers",
        recipe((files.segmentation, files.classifier, files.class_names, files.moderation)),
    )
    engine = Engine(segmenter, labeller, OwnBackdrops(backdrops_folder()))
    return ModelServer(port, engine, labeller, moderator, answers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.models", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("BACKDROP_MODELS_PORT", DEFAULT_PORT)))
    port = parser.parse_args(arguments).port
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        server = build_server(port)
    except weights.WeightsError as error:
        LOG.error("%s", error)
        return 1
    except OSError as error:
        LOG.error("cannot listen on %s:%d: %s. Choose another port with --port.", HOST, port, error)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        # `shutdown` waits for the serving loop, which runs in this very thread: ask from another.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    LOG.warning("%s", NOTICE)
    LOG.info("ready on http://%s:%d", HOST, server.server_address[1])
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
