"""`python -m localcloud up | memory`."""

import argparse
import sys

from backdrop_client.loopback import reach_loopback_directly
from backdrop_client.streams import fill_closed, use_utf8
from localcloud.settings import Home, LocalCloudError


def main() -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m localcloud", description="Backdrop's local cloud.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start the local cloud and the web app; Ctrl-C stops them")
    commands.add_parser("memory", help="memory of every process of the running cloud")
    use_utf8()
    fill_closed()
    arguments = parser.parse_args()
    reach_loopback_directly()
    if arguments.command == "up":
        from localcloud.up import up

        return up()
    return _memory()


def _memory() -> int:
    from localcloud.memory import report

    try:
        sys.stdout.write(report(Home.default()) + "\n")
    except LocalCloudError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
