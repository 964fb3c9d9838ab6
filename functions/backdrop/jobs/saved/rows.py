"""Rows of saved settings, and what of a request they keep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol

from backdrop.core import options_json
from backdrop.core.backdrops import Backdrop
from backdrop.core.naming import saved_form
from backdrop.core.request import JobRequest


@dataclass(frozen=True)
class SavedSettings:
    """A row. `owner`: the hash (`keys.owner_hash`) of whose they are; None: they are the `team`'s. `request`: what they
    ask for; nothing in it is about single photos. `version` grows with each save. `changed_by`: e-mail address of who
    saved it last, `changed_by_owner` the hash; None where that person's data was erased. `marks`: of the newest
    versions, the newest last, what tells whether other settings are the same."""

    id: str
    name: str
    version: int
    request: JobRequest
    changed_at: str
    owner: str | None = None
    team: str | None = None
    changed_by: str | None = None
    changed_by_owner: str | None = None
    marks: tuple[str, ...] = ()

    @property
    def name_form(self) -> str:
        """The name as it is told apart from others: in any case."""
        return saved_form(self.name)

    def is_same(self, request: JobRequest, version: int, default_model_id: str) -> bool | None:
        """Whether a request asks for what a version of these does; None: nobody knows any more."""
        back = self.version - version
        if not 0 <= back < len(self.marks):
            return None
        return self.marks[-1 - back] == mark_of(request, default_model_id)


class SavedStore(Protocol):
    """Rows. `aws.saved.settings_table.SavedSettingsTable` documents each method."""

    def saved(self, owner: str, teams: Collection[str], settings_id: str) -> SavedSettings | None: ...
    def all_saved(self, owner: str | None, team: str | None) -> list[SavedSettings]: ...
    def put_saved(self, row: SavedSettings) -> bool: ...
    def change_saved(self, row: SavedSettings, before: SavedSettings) -> bool: ...
    def delete_saved(self, row: SavedSettings) -> None: ...


def mark_of(request: JobRequest, default_model_id: str) -> str:
    """Return what is alike for requests that ask for the same, whatever their photos are."""
    backdrops = {one.backdrop for one in request.options.by_scene() if one.backdrop}
    plain = {one: _asked_of(one) for one in backdrops}
    scenes = tuple(
        replace(one, backdrop=plain[one.backdrop]) if one.backdrop else one for one in request.options.scenes
    )
    own = request.options.backdrop
    options = replace(request.options, backdrop=plain[own] if own else None, scenes=scenes)
    asked = replace(request, model_id=request.model_id or default_model_id, options=options, tags=())
    return hashlib.sha256(json.dumps(to_dict(asked), sort_keys=True).encode()).hexdigest()[:16]


def to_dict(request: JobRequest) -> dict[str, Any]:
    """Return what of a request is saved, as PascalCase JSON."""
    return {
        "Prompt": request.prompt,
        "NegativePrompt": request.negative_prompt,
        "Mode": request.mode.value,
        "ModelId": request.model_id,
        "Seed": request.seed,
        "Options": options_json.to_dict(request.options),
        "Tags": list(request.tags),
    }


def _asked_of(backdrop: Backdrop) -> Backdrop:
    """What is asked for of a backdrop: which, and how products stand on it."""
    return Backdrop(id=backdrop.id, shadow=backdrop.shadow, placement=backdrop.placement, light=backdrop.light)
