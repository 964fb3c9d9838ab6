"""Progress on standard error: a live bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from backdrop.api.schemas.jobs import Estimate
from backdrop.api.schemas.models import Model
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop_cli.events import Event, Exporting, Notice, Problem, Progress, Resubmitting, Stage, Submitted, Submitting
from backdrop_cli.wording import money, problem_lines
from backdrop_client.streams import Unfailing

_LINE_EVERY_SECONDS = 10.0
_LINE_EVERY_FRACTION = 0.25


class Display(Protocol):
    """Shows what goes on; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def say(self, text: str) -> None:
        """One line of news."""

    def __call__(self, event: Event) -> None:
        """Show an event of a run."""


def display_on(stream: TextIO | None = None) -> Display:
    """The display that suits a stream (standard error unless told)."""
    # What is shown on the way is no reason to break off work that is paid for.
    shown_on = cast("TextIO", Unfailing(stream or sys.stderr))
    return LiveDisplay(Console(file=shown_on)) if shown_on.isatty() else PlainDisplay(shown_on)


class PlainDisplay:
    """Lines for logs: each stage's start, every quarter or ten seconds, its end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._stage: Stage | None = None
        self._last_time = 0.0
        self._last_fraction = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def say(self, text: str) -> None:
        """Write one line at once."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def __call__(self, event: Event) -> None:
        """Write the lines an event is worth, if any."""
        if isinstance(event, Progress):
            self._progress(event)
        else:
            for line in _lines(event):
                self.say(line)

    def _progress(self, event: Progress) -> None:
        now = time.monotonic()
        share = event.done / event.total if event.total else 1.0
        started = event.stage is not self._stage
        finished = event.done >= event.total and self._last_fraction < 1
        due = now - self._last_time >= _LINE_EVERY_SECONDS
        if not (started or finished or due or share - self._last_fraction >= _LINE_EVERY_FRACTION):
            return
        self._stage, self._last_time = event.stage, now
        self._last_fraction = share
        eta = f", {clock.about(event.eta_seconds)} left" if event.eta_seconds and event.done < event.total else ""
        self.say(f"{event.stage}: {event.done:,} of {event.total:,}{eta}")


class LiveDisplay:
    """A bar for each stage, with the time left; news scroll above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
            TimeElapsedColumn(),
            _TimeLeft(),
            console=console,
        )
        self._tasks: dict[Stage, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._console.print(text, markup=False, highlight=False)

    def __call__(self, event: Event) -> None:
        """Move a bar, or print the event above the bars."""
        if isinstance(event, Progress):
            self._progress(event)
        else:
            for line in _lines(event):
                self.say(line)

    def _progress(self, event: Progress) -> None:
        if event.stage not in self._tasks:
            # Not before: a password may be asked for until now, and live bars would draw over it.
            self._bars.start()
            self._tasks[event.stage] = self._bars.add_task(
                event.stage, total=1.0, counts=f"0/{event.total:,}", eta=None
            )
        finished = event.done >= event.total
        self._bars.update(
            self._tasks[event.stage],
            completed=1.0 if finished else min(event.fraction, 0.999),
            counts=f"{event.done:,}/{event.total:,}",
            eta=event.eta_seconds,
        )


class _TimeLeft(ProgressColumn):
    """What the service tells of its own work; of all else rich's estimate from the speed so far."""

    def render(self, task: Task) -> Text:
        """Return `about 2 min left`, or nothing when done or unknown."""
        if task.finished:
            return Text("")
        seconds = task.fields["eta"] if task.description == Stage.PROCESSING else task.time_remaining
        return Text(f"{clock.about(seconds)} left" if seconds else "", style="progress.remaining")


def _lines(event: Problem | Submitting | Resubmitting | Exporting | Submitted | Notice) -> list[str]:
    match event:
        case Problem(name, failure):
            return problem_lines(name, failure)
        case Resubmitting(photos):
            return [f"Submitting {_photos(photos)} again"]
        case Exporting(images, of, unfinished, alike, elsewhere):
            some = f"{images:,} of {of:,}" if images < of else f"{images:,}"
            told = [f"Exporting {some} {'image' if of == 1 else 'images'}: no model is called, nothing is paid"]
            if unfinished:
                told.append(f"Left out, because they were never finished: {unfinished:,}")
            if alike:
                told.append(f"Left out, because without a painted background they are like another one: {alike:,}")
            for command, count in elsewhere.items():
                told.append(f"Left out, because the set shows a new try: {count:,}; they are exported by: {command}")
            return told
        case Submitting(photos, images, model, estimate):
            what = _photos(photos)
            if images > photos:
                what += f", {images:,} images"
            ready = estimate.ready_seconds
            when = f"; ready in {clock.about(ready)}" if ready is not None else ""
            return [*_savings(estimate), f"Submitting {what}{_price(model, estimate)}{when}"]
        case Submitted(job):
            cost = ""
            if job.estimated_cost_usd:
                cost = f"; the model calls will cost about {money(job.estimated_cost_usd)}"
            return [f"Job {job.job_id} is submitted{cost}"]
        case Notice(text):
            return [shown(text)]


def _savings(estimate: Estimate) -> list[str]:
    """Return what is not made, or not made anew, and why."""
    found = []
    if number := estimate.equal_photos:
        photos = "1 photo is the same as another" if number == 1 else f"{number:,} photos are the same as others"
        found.append(f"{photos}: made and paid for once, and each name gets its file")
    if number := estimate.cut_out_already:
        photos = "1 photo is" if number == 1 else f"{number:,} photos are"
        found.append(f"{photos} cut out already: the file's own transparency is used, and no cut-out is made")
    if estimate.answer_days and any(call.calls for call in estimate.calls):
        found.append(f"The same photo with the same words is not paid for twice within {_days(estimate.answer_days)}")
    return found


def _days(number: int) -> str:
    return f"{number:,} days" if number != 1 else "a day"


def _photos(number: int) -> str:
    return f"{number:,} photo{'s' if number != 1 else ''}"


def _price(model: Model, estimate: Estimate) -> str:
    """Return where the photos go and what that costs, in words."""
    if not any(call.calls for call in estimate.calls):
        paid = "is paid already" if estimate.reused_calls else "is called"
        return f" (no model {paid})"
    called = [call.model_id for call in estimate.calls if call.calls]
    # A plain background needs the cut-out alone, which is another model's.
    where = model.model_id if model.model_id in called else " and ".join(called)
    if model.price_per_image_usd is None:
        return f" to {where} (price unknown)"
    return f" to {where} (about {money(estimate.usd)}, prices of {estimate.price_date})"
