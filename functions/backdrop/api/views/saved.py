"""Saved settings as the REST API shows them (docs/saved-settings.md)."""

from __future__ import annotations

from backdrop.api.schemas.saved import SavedSettings, Settings
from backdrop.api.views.jobs import options_view
from backdrop.jobs.saved import rows


def saved_view(row: rows.SavedSettings) -> SavedSettings:
    """Settings under their name."""
    asked = row.request
    return SavedSettings(
        settings_id=row.id,
        name=row.name,
        version=row.version,
        team=row.team,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        settings=Settings(
            prompt=asked.prompt,
            negative_prompt=asked.negative_prompt,
            mode=asked.mode,
            model_id=asked.model_id,
            seed=asked.seed,
            options=options_view(asked.options),
            tags=list(asked.tags),
        ),
    )
