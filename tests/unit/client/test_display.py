"""The time left in the command is the service's own figure, in the words of the web app."""

from __future__ import annotations

import io

from rich.console import Console

from backdrop_cli.display import LiveDisplay, PlainDisplay
from backdrop_cli.events import Progress, Stage


def shown(*seconds: float | None) -> str:
    out = io.StringIO()
    with LiveDisplay(Console(file=out, force_terminal=True, width=200)) as display:
        for number, left in enumerate(seconds, 1):
            display(Progress(Stage.PROCESSING, number, 40, number / 40, left))
    return out.getvalue()


def test_lines_tell_what_the_service_tells() -> None:
    out = io.StringIO()
    PlainDisplay(out)(Progress(Stage.PROCESSING, 1, 40, 1 / 40, 425.0))
    assert out.getvalue() == "Replacing backgrounds: 1 of 40, about 7 min left\n"


def test_the_bar_tells_it_too_and_nothing_of_its_own() -> None:
    assert "about 7 min left" in shown(425.0)
    assert "left" not in shown(None, None, None), "the speed so far says nothing"
