"""`backdrop settings`: saved settings are listed, made of a job's, shared with a team, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

from backdrop.api.schemas.options import Scene
from backdrop.api.schemas.saved import SavedSettings
from backdrop.api.schemas.wire import to_json
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.scenes import describe_scene
from backdrop_cli.checks import checked_job_id
from backdrop_cli.connect import connect
from backdrop_cli.flags import connection_of, connection_options
from backdrop_cli.terminal import say, tell
from backdrop_client.api import BackdropApi
from backdrop_client.errors import WrongUse
from backdrop_client.saved import find_named, settings_of_job

_DONE = 0
_WORDS = 60
"""Characters of the background in the list."""


def given_options() -> frozenset[str]:
    """Return the names of the current command's options that somebody gave."""
    context = click.get_current_context()
    unsaid = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)
    return frozenset(name for name in context.params if context.get_parameter_source(name) not in unsaid)


@click.command()
@click.option("--save", metavar="NAME", help="Save a job's settings under this name, or over those that have it.")
@click.option("--from-job", metavar="JOB_ID", help="The job whose settings --save saves.")
@click.option("--share", metavar="NAME", help="Hand these settings of yours over to the team that --team names.")
@click.option("--team", metavar="TEAM", help="Of --save and --share: the team of yours whose they are.")
@click.option("--delete", metavar="NAME", help="Delete these settings; jobs that were begun with them stay.")
@connection_options
def settings(
    save: str | None,
    from_job: str | None,
    share: str | None,
    team: str | None,
    delete: str | None,
    json_: bool,
    **connection: Any,
) -> int:
    """List the saved settings of yours and your teams, for `backdrop replace --preset-name`; or save, share or delete
    some."""
    _check_use(save, from_job, share, team, delete)
    with connect(connection_of(connection), say, start_local=False) as connected:
        api = connected.api
        if save is not None and from_job is not None:
            found = [_save(api, save, from_job, team)]
        elif share is not None:
            before = find_named(api.saved_settings(), share)
            found = [api.change_settings(before, before.name, team, before.settings.request())]
        else:
            if delete is not None:
                api.delete_settings(find_named(api.saved_settings(), delete).settings_id)
            found = api.saved_settings()
    tell({"settings": [to_json(one) for one in found]} if json_ else _settings_text(found))
    return _DONE


def _check_use(save: str | None, from_job: str | None, share: str | None, team: str | None, delete: str | None) -> None:
    if sum(one is not None for one in (save, share, delete)) > 1:
        raise WrongUse("WRONG_USE", "--save, --share and --delete don't go together.", "Do one after the other.")
    if (save is None) != (from_job is None):
        raise WrongUse("WRONG_USE", "--save and --from-job go together.", "Say the name, and the job's id.")
    if share is not None and team is None:
        raise WrongUse("WRONG_USE", "--share says no team.", "Add --team.")
    if team is not None and save is None and share is None:
        raise WrongUse("WRONG_USE", "--team goes with --save or --share.", "Leave it out.")


def _save(api: BackdropApi, name: str, job_id: str, team: str | None) -> SavedSettings:
    request = settings_of_job(api.job(checked_job_id(job_id)))
    theirs = [one for one in api.saved_settings() if one.team == team]
    try:
        before = find_named(theirs, name)
    except WrongUse:
        return api.save_settings(name, team, request)
    return api.change_settings(before, before.name, team, request)


def _settings_text(found: Sequence[SavedSettings]) -> str:
    lines = []
    for one in found:
        asked = one.settings
        own = Scene(prompt=asked.prompt, background=asked.options.background, backdrop=asked.options.backdrop)
        words = shown(" ".join(describe_scene(own.named()).split()))
        whose = f"team {one.team}" if one.team else "yours"
        when = f"{clock.parse(one.changed_at):%Y-%m-%d}"
        short = words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…"
        lines.append(f"{shown(one.name)}  version {one.version:,}, {whose}, {when}  {short}")
    return "\n".join(lines or ["No saved settings. `backdrop settings --save NAME --from-job JOB_ID` makes some."])
