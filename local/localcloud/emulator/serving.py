"""The HTTP server in front of MiniStack: uvicorn with httptools and uvloop, where MiniStack's main() takes Hypercorn.

A job asks the emulator some 35 times an image, and reading and writing HTTP in pure Python (h11) took a third of its
time.
"""

import contextlib
import resource
import signal
import sys
from typing import Any

import uvicorn

from localcloud.emulator.environment import HOST

# A request that is still answered at a stop has so long; a Lambda call may hold one open.
_SECONDS_TO_FINISH = 3
# boto3 keeps connections for a minute; closing them later than it does spares it a reset.
_KEEP_ALIVE_SECONDS = 75


def serve(application: Any, port: int) -> None:
    """Answer on loopback until SIGTERM or SIGINT; the application's shutdown has run when this returns.

    Raises SystemExit when the port is taken, with uvicorn's own message on standard error.
    """
    _allow_many_connections()
    # uvicorn hands the signal on when it has shut down: as an ordinary end, not as a death by signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        application,
        host=HOST,
        port=port,
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,  # MiniStack writes its own
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def _allow_many_connections() -> None:
    """Raise the soft limit of open files to the hard one: a burst of connections goes beyond 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
