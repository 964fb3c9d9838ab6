"""Where the local cloud keeps its things and which ports it uses."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
REGION = "us-east-1"
# The repository: this file is local/localcloud/settings.py in it.
REPOSITORY = Path(__file__).resolve().parents[2]

CLOUD_PORT = "BACKDROP_CLOUD_PORT"
MODELS_PORT = "BACKDROP_MODELS_PORT"
WEB_PORT = "BACKDROP_WEB_PORT"
_DEFAULT_PORTS = {CLOUD_PORT: 4566, MODELS_PORT: 4567, WEB_PORT: 8501}


class LocalCloudError(Exception):
    """The local cloud cannot do what was asked; the message says why and what to do."""


class PortInUse(LocalCloudError):
    """Another program listens on the port."""

    def __init__(self, what: str, port: int, variable: str) -> None:
        super().__init__(
            f"Port {port} for {what} is in use by another program. "
            f"Stop that program, or choose another port: {variable}={port + 100} make run"
        )


def port_from_env(variable: str) -> int:
    """The port that an environment variable names, or its default. Raises `LocalCloudError`."""
    text = os.environ.get(variable) or str(_DEFAULT_PORTS[variable])
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LocalCloudError(f"{variable} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def claim_port(port: int, what: str, variable: str) -> int:
    """Return `port`, or a free one for 0; raises `PortInUse` naming the variable to change."""
    if port == 0:
        return free_port()
    with socket.socket() as probe:
        # As the servers do: a port in TIME_WAIT after a restart is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortInUse(what, port, variable) from error
    return port


@dataclass(frozen=True)
class Home:
    """The folder that holds one local cloud's state: by default `.local/` in the repository."""

    root: Path

    @classmethod
    def default(cls) -> "Home":
        """Return the folder `BACKDROP_LOCAL_HOME`, or `.local` in the repository."""
        return cls(Path(os.environ.get("BACKDROP_LOCAL_HOME") or REPOSITORY / ".local"))

    @property
    def mailbox(self) -> Path:
        """Folder of `.eml` files."""
        return self.root / "mailbox"

    @property
    def logs(self) -> Path:
        """Folder of one log file per process."""
        return self.root / "logs"

    @property
    def signing(self) -> Path:
        """Folder of the development certificate for content credentials."""
        return self.root / "signing"

    @property
    def temporary(self) -> Path:
        """Folder for temporary files of one run; emptied at start."""
        return self.root / "tmp"

    @property
    def outputs_file(self) -> Path:
        """What clients need to know about the running cloud; holds the demo user's password."""
        return self.root / "outputs.json"

    @property
    def processes_file(self) -> Path:
        """Names and ids of the processes of the running cloud."""
        return self.root / "processes.json"
