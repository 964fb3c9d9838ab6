"""`python -m localcloud.tied -m MODULE|SCRIPT [ARGUMENT...]`: a Python program that ends when its parent is gone.

The parent holds the writing end of the pipe that is this process's standard input. The system closes it however the
parent went, SIGKILL too, on Linux and macOS alike. (Linux's own PR_SET_PDEATHSIG goes by the thread that started the
child, which may end long before.) It is watched before the program is imported, so it ends in the middle of its start,
too.
"""

import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

STANDARD_INPUT = 0
# The emulator saves its state when it is asked to end; `ChildProcess.stop` waits as long.
GRACE_SECONDS = 20.0


def end_with_parent() -> None:
    """Watch standard input, which says nothing until it ends, from a thread of its own."""
    threading.Thread(target=_watch, name="tied", daemon=True).start()


def _watch() -> None:
    # Not through sys.stdin: its lock, held here, would break the interpreter's own end.
    while os.read(STANDARD_INPUT, 4096):
        pass
    # Who has not yet said what SIGTERM means to it has nothing to save.
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
    # The group is ours (`ChildProcess` makes it), with all that the program started and did not end.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Run the program in this very process, as the interpreter itself would."""
    end_with_parent()
    is_module, arguments = sys.argv[1] == "-m", sys.argv[1:]
    if is_module:
        del arguments[0]
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
