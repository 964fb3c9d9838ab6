"""Using the cloud of a home: the one that is ready there, or the one that is starting there as soon as it is."""

import time
from pathlib import Path

from localcloud.cloud import Progress, running
from localcloud.outputs import Outputs
from localcloud.presence import Phase, look
from localcloud.settings import LocalCloudError

# What the parts of a start may take together (emulator, stack, image models), and its time to stop an earlier one.
WAIT_SECONDS = 450.0
_POLL_SECONDS = 0.2


def join(home: Path, say: Progress, seconds: float = WAIT_SECONDS) -> Outputs | None:
    """What the cloud of `home` told, after waiting for one that is starting; None when there is none.

    Raises `LocalCloudError` when the start that was waited for failed, or took longer than `seconds`.
    """
    until = time.monotonic() + seconds
    waited_for_start, told = False, ""
    while True:
        phase, message = look(home)
        if phase is Phase.NONE:
            if waited_for_start:
                reason = message or "it was stopped"
                raise LocalCloudError(f"The local cloud that was starting in {home} did not become ready: {reason}")
            return None
        if phase is Phase.READY and (outputs := running(home)):
            return outputs
        if time.monotonic() >= until:
            raise LocalCloudError(
                f"The local cloud in {home} was not ready within {seconds:g} s ({message or phase}). "
                f"Look where it was started, or into {home / 'logs'}."
            )
        waited_for_start = waited_for_start or phase is Phase.STARTING
        news = message if phase is Phase.STARTING and told else _WAITING[phase].format(home)
        if news and news != told:
            say(news)
            told = news
        time.sleep(_POLL_SECONDS)


_WAITING = {
    Phase.STARTING: "A local cloud is starting in {}: waiting for it",
    Phase.READY: "The local cloud in {} does not answer: waiting for it",
    Phase.STOPPING: "The local cloud in {} is being stopped: waiting for that",
    Phase.ENDING: "The local cloud in {} is ending: waiting for that",
}
