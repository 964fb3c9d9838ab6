"""Save the state now and then, so that a crash costs seconds and not everything since the start.

MiniStack saves at a graceful stop only. What was saved while an execution ran is resumed at the next start, as after
Ctrl-C.
"""

import logging
import threading
import time
from typing import Any

from localcloud.emulator import upstream

logger = logging.getLogger(__name__)


def start(interval: float) -> None:
    """Begin to save every `interval` seconds, on a thread of its own that ends with the process."""
    upstream.expect_attributes(upstream.app, "save_all", "_build_persistence_save_dict")
    stock_save = upstream.app.save_all
    lock = threading.Lock()

    def save(services: dict[str, Any]) -> None:
        # The save at the stop must not meet one of ours in the same temporary file.
        with lock:
            stock_save(services)

    upstream.app.save_all = save
    threading.Thread(target=_keep_saving, args=(interval,), name="autosave", daemon=True).start()


def _keep_saving(interval: float) -> None:
    # One line a service and save would drown the log.
    logging.getLogger("persistence").setLevel(logging.WARNING)
    took = 0.0
    while True:
        # A large state is saved less often: to save takes a tenth of the time at most.
        time.sleep(max(interval, 9 * took))
        began = time.monotonic()
        try:
            upstream.app.save_all(upstream.app._build_persistence_save_dict())
        except Exception:
            logger.exception("The state could not be saved; the next attempt is in %s s", interval)
        took = time.monotonic() - began
