"""Saved settings: found by their name, begun with, and made of a job's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.saved import SavedSettings
from backdrop.core.names import shown
from backdrop.core.naming import saved_form
from backdrop.core.request import JobRequest, SavedChoice
from backdrop_client.errors import WrongUse


def find_named(saved: Iterable[SavedSettings], name: str) -> SavedSettings:
    """Return the saved settings of this name, in any case, or of this id.

    Raises:
        WrongUse: none are called so (`SETTINGS_UNKNOWN`), or several are.
    """
    saved = list(saved)
    found = [one for one in saved if one.settings_id == name] or [
        one for one in saved if saved_form(one.name) == saved_form(name)
    ]
    if not found:
        raise WrongUse(
            "SETTINGS_UNKNOWN",
            f"You and your teams have no saved settings called {shown(name)!r}.",
            "`backdrop settings` lists them.",
        )
    if len(found) > 1:
        whose = ", ".join(f"{one.settings_id} ({f'team {one.team}' if one.team else 'yours'})" for one in found)
        raise WrongUse(
            "SETTINGS_UNKNOWN", f"{shown(name)!r} is the name of several: {whose}.", "Give one's id instead."
        )
    return found[0]


def begin_request(saved: SavedSettings) -> JobRequest:
    """Return what saved settings ask for; it names them as what it was begun with."""
    return replace(saved.settings.request(), settings=SavedChoice(saved.settings_id, saved.version))


def settings_of_job(job: Job) -> JobRequest:
    """Return what a job's settings ask for, of any photos."""
    return JobRequest(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        model_id=job.model_id,
        seed=job.seed,
        options=replace(job.options.chosen(), export_of=None),
        tags=tuple(job.tags),
    )
