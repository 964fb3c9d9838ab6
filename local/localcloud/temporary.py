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

_PREFIX = "backdrop-local-"
# Between the making of a folder and the claim to it lie milliseconds.
_NEW_SECONDS = 2.0


@contextmanager
def temporary_cloud(say: cloud.Progress) -> Iterator[cloud.LocalCloud]:
    """A running cloud, stopped in the end, and its folder removed. Raises `LocalCloudError`."""
    _sweep()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder,
        cloud.LocalCloud(Path(folder), 0, 0) as started,
    ):
        started.start(say)
        yield started
        say("Stopping the temporary local cloud")
    # Once more: what was killed shortly before this one began has ended meanwhile.
    _sweep()


def _sweep() -> None:
    """Remove the folders of temporary clouds whose command was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # Somebody else's, or gone by now.
        with suppress(OSError):
            status = folder.lstat()
            ours = status.st_uid == os.getuid() and (folder / "owner.lock").is_file()
            if ours and time.time() - status.st_mtime > _NEW_SECONDS and look(folder)[0] is Phase.NONE:
                shutil.rmtree(folder)
