"""Saved settings, as the REST API answers them (docs/saved-settings.md)."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from backdrop.api.schemas.options import Options
from backdrop.api.schemas.wire import answer
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import Mode


@answer
class Settings:
    """As in the submission, with the options' defaults filled in. Without `modelId` it is the service's own model,
    without `seed` each job draws one."""

    prompt: str
    negative_prompt: str
    mode: Literal[Mode.PRECISE, Mode.DEFAULT]
    model_id: str | None = None
    seed: int | None = None
    options: Options
    tags: list[str] = field(default_factory=list)

    def request(self) -> JobRequest:
        """What a job with these settings is asked for."""
        return JobRequest(**{**vars(self), "options": self.options.chosen(), "tags": tuple(self.tags)})


@answer
class SavedSettings:
    """Settings under a name. `team`: whose members use and change them; not there: they are yours. `version` grows with
    each save. `changedBy`: e-mail address of who saved them last, where that is known."""

    settings_id: str
    name: str
    version: int
    team: str | None = None
    changed_at: str
    changed_by: str | None = None
    settings: Settings


@answer
class AllSettings:
    """Yours, then those of your teams, each by name."""

    settings: list[SavedSettings]
