"""Saved settings: everything of a job but its photos, under a name, to begin further jobs with. They are one person's,
or a team's (docs/saved-settings.md).

A job has settings of its own all the same: of the saved ones it only tells that it was begun with them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from backdrop.core import clock, keys
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MAX_SAVED_SETTINGS
from backdrop.core.naming import checked_name
from backdrop.core.options import Options, checked, invalid
from backdrop.core.people import User, check_team
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import phrase
from backdrop.jobs.backdrops import find_usable
from backdrop.jobs.model import UsedSettings, is_job_id
from backdrop.jobs.ports import BackdropStore
from backdrop.jobs.saved.rows import SavedSettings, SavedStore, mark_of

_MARKS_KEPT = 50
"""Versions of which it is known whether a job's settings are the same."""


@dataclass(frozen=True)
class Wish:
    """How settings shall be saved: their name, whose they are (None: one's own) and what they ask for."""

    name: str
    team: str | None
    request: JobRequest = field(default_factory=JobRequest)


def find_all(store: SavedStore, user: User) -> list[SavedSettings]:
    """Return the user's own and those of the user's teams, by name, the user's own first."""
    places: list[tuple[str | None, str | None]] = [(keys.owner_hash(user.sub), None)]
    places += [(None, team) for team in sorted(user.teams)]
    return [row for place in places for row in sorted(store.all_saved(*place), key=lambda one: (one.name_form, one.id))]


def find(store: SavedStore, user: User, settings_id: str) -> SavedSettings:
    """Return settings of the user's, or of a team of theirs.

    Raises:
        BackdropError: `NOT_FOUND`.
    """
    found = None
    if is_job_id(settings_id):
        found = store.saved(keys.owner_hash(user.sub), user.teams, settings_id)
    if found is None:
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            phrase("There are no such saved settings of yours or your teams'."),
            phrase("Choose others."),
        )
    return found


def save(
    store: SavedStore, backdrops: BackdropStore, user: User, wish: Wish, default_model_id: str, now: datetime
) -> SavedSettings:
    """Save settings under a name that is new among the user's, or the team's.

    Raises:
        BackdropError: `NAME_INVALID`, `NAME_TAKEN`, `TEAM_UNKNOWN`; `OPTIONS_INVALID`, also where there are too
            many.
    """
    row = SavedSettings(id=keys.new_job_id(now.timestamp()), name="", version=0, request=JobRequest(), changed_at="")
    row = _changed(row, backdrops, user, wish, default_model_id, now)
    _check_room(store, row)
    if not store.put_saved(row):
        raise _name_taken(row)
    return row


def change(
    store: SavedStore,
    backdrops: BackdropStore,
    user: User,
    settings_id: str,
    version: int,
    wish: Wish,
    default_model_id: str,
    now: datetime,
) -> SavedSettings:
    """Save over settings, as another version of them.

    Args:
        store: of the settings.
        backdrops: that they may name.
        user: who does it.
        settings_id: which.
        version: that is there, as far as the user knows.
        wish: how they shall be from now on.
        default_model_id: the model where none is named.
        now: the moment.

    Raises:
        BackdropError: `NOT_FOUND`; `SETTINGS_CHANGED`: somebody saved another version since; as `save`.
    """
    before = find(store, user, settings_id)
    if before.version != version:
        raise _overtaken(before)
    row = _changed(before, backdrops, user, wish, default_model_id, now)
    if row.team != before.team:
        _check_room(store, row)
    if not store.change_saved(row, before):
        latest = find(store, user, settings_id)
        raise _name_taken(row) if latest.version == version else _overtaken(latest)
    return row


def remove(store: SavedStore, user: User, settings_id: str) -> None:
    """Delete settings. Jobs that were begun with them keep theirs.

    Raises:
        BackdropError: `NOT_FOUND`.
    """
    store.delete_saved(find(store, user, settings_id))


def find_used(store: SavedStore, user: User, request: JobRequest, default_model_id: str) -> UsedSettings | None:
    """Return which saved settings a request was begun with, and whether it asks for something else; None: with none.

    Raises:
        BackdropError: `SETTINGS_CHANGED`: they are gone, or no such version is known.
    """
    if request.settings is None:
        return None
    try:
        row = find(store, user, request.settings.id)
    except BackdropError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        raise BackdropError(
            ErrorCode.SETTINGS_CHANGED,
            phrase("The saved settings that this job was begun with are gone."),
            phrase("Choose others, or go on without them."),
        ) from error
    same = row.is_same(request, request.settings.version, default_model_id)
    if same is None:
        raise _overtaken(row)
    return UsedSettings(row.id, row.name, request.settings.version, changed=not same)


def _changed(
    row: SavedSettings, backdrops: BackdropStore, user: User, wish: Wish, default_model_id: str, now: datetime
) -> SavedSettings:
    name = unicodedata.normalize("NFC", checked_name(wish.name, phrase("name of the saved settings")))
    if not name:
        raise BackdropError(ErrorCode.NAME_INVALID, phrase("The saved settings have no name."), phrase("Name them."))
    if wish.team is not None:
        check_team(user, wish.team)
    options = _checked_options(backdrops, user, wish)
    request = replace(wish.request, options=options)
    who = keys.owner_hash(user.sub)
    return replace(
        row,
        name=name,
        team=wish.team,
        owner=who if wish.team is None else None,
        version=row.version + 1,
        request=request,
        changed_at=clock.iso(now),
        changed_by=user.email or None,
        changed_by_owner=who,
        marks=(*row.marks, mark_of(request, default_model_id))[-_MARKS_KEPT:],
    )


def _checked_options(backdrops: BackdropStore, user: User, wish: Wish) -> Options:
    """The options, with the names of their backdrops."""
    options = wish.request.options
    if options.export_of is not None:
        raise invalid(
            phrase("An export is made of one job: it can't be saved for others."), phrase("Leave exportOf out.")
        )
    own, *further = (_named(backdrops, user, one.backdrop, wish.team) for one in options.by_scene())
    scenes = tuple(replace(scene, backdrop=one) for scene, one in zip(options.scenes, further, strict=True))
    return checked(replace(options, backdrop=own, scenes=scenes))


def _named(store: BackdropStore, user: User, wish: Backdrop | None, team: str | None) -> Backdrop | None:
    if wish is None:
        return None
    row = find_usable(store, user.sub, wish.id)
    if row is None or row.facts is None:
        raise invalid(phrase("The backdrop that was chosen is gone."), phrase("Choose another, or upload it again."))
    if team is not None and row.shared_by is None:
        raise invalid(
            phrase(
                "The backdrop {name!r} is yours alone: nobody else of the team could use these settings.", name=row.name
            ),
            phrase("Share the backdrop first, or save the settings for yourself."),
        )
    return replace(wish, name=row.name)


def _check_room(store: SavedStore, row: SavedSettings) -> None:
    kept: Sequence[SavedSettings] = store.all_saved(row.owner, row.team)
    if len(kept) >= MAX_SAVED_SETTINGS:
        cause = (
            phrase(
                "You have {number:,} saved settings; {most:,} are possible.", number=len(kept), most=MAX_SAVED_SETTINGS
            )
            if row.team is None
            else phrase(
                "The team {team} has {number:,} saved settings; {most:,} are possible.",
                team=row.team,
                number=len(kept),
                most=MAX_SAVED_SETTINGS,
            )
        )
        raise BackdropError(ErrorCode.OPTIONS_INVALID, cause, phrase("Delete some that nobody uses."))


def _name_taken(row: SavedSettings) -> BackdropError:
    cause = (
        phrase("You have saved settings called {name!r} already.", name=row.name)
        if row.team is None
        else phrase("The team {team} has saved settings called {name!r} already.", team=row.team, name=row.name)
    )
    return BackdropError(ErrorCode.NAME_TAKEN, cause)


def _overtaken(row: SavedSettings) -> BackdropError:
    cause = (
        phrase(
            "The saved settings {name!r} were changed by {who} in the meantime: they are version {version:,} now.",
            name=row.name,
            who=row.changed_by,
            version=row.version,
        )
        if row.changed_by
        else phrase(
            "The saved settings {name!r} were changed in the meantime: they are version {version:,} now.",
            name=row.name,
            version=row.version,
        )
    )
    return BackdropError(ErrorCode.SETTINGS_CHANGED, cause)
