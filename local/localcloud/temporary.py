"""A local cloud for one command, in a folder that goes with it."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localcloud import cloud
from localcloud.presence import Phase, look
from localcloud.settings import LocalCloudError

_PREFIX = "backdrop-local-"
# Between the making of a folder and the claim to it lie milliseconds.
_NEW_SECONDS = 2.0


@contextmanager
def temporary_cloud(say: cloud.Progress) -> Iterator[cloud.LocalCloud]:
    """A running cloud, stopped in the end, and its folder removed. Raises `LocalCloudError`."""
    _sweep()
    with (
        _folder() as folder,
        cloud.LocalCloud(Path(folder), 0, 0) as started,
    ):
        started.start(say)
        yield started
        say("Stopping the temporary local cloud")
    # Once more: what was killed shortly before this one began has ended meanwhile.
    _sweep()


def _folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
    except OSError as error:
        raise LocalCloudError(
            f"There is no room for a temporary local cloud: {error.strerror or error}. "
            "Make some, or let TMPDIR name a folder that can be written to."
        ) from error


def _sweep() -> None:
    """Remove the folders of temporary clouds whose command was killed."""
    try:
        folders = list(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"))
    except OSError:
        return  # who makes a folder there says so
    for folder in folders:
        # Somebody else's, or gone by now.
        with suppress(OSError):
            status = folder.lstat()
            ours = status.st_uid == os.getuid() and (folder / "owner.lock").is_file()
            if ours and time.time() - status.st_mtime > _NEW_SECONDS and look(folder)[0] is Phase.NONE:
                shutil.rmtree(folder)
