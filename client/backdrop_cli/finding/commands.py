"""`backdrop jobs`, `backdrop rename` and `backdrop drafts`: jobs are found, called otherwise, gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.photos import ListedDraft
from backdrop.api.schemas.wire import to_json
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop_cli.checks import checked_job_id
from backdrop_cli.connect import ConnectionOptions, connect
from backdrop_cli.flags import connection_options
from backdrop_cli.present import job_dict, jobs_text
from backdrop_cli.terminal import say, tell
from backdrop_client.api import BackdropApi
from backdrop_client.errors import WrongUse

_DONE = 0
_MOST_CALLS = 20
"""Calls of one search: each looks at 1,000 jobs."""


@click.command()
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many to list.")
@click.option(
    "--search",
    metavar="WORDS",
    help="Those with all these words, or parts of words, in name, tags, texts, file names, backdrop, preset or person.",
)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Those with this tag; may be given several times.")
@click.option("--since", metavar="DAY", help="Those from this day (UTC) on, such as 2026-11-28.")
@click.option("--until", metavar="DAY", help="Those until the end of this day (UTC).")
@click.option("--mine", is_flag=True, help="Those that you started.")
@click.option("--team", metavar="NAME", help="Those of one team.")
@connection_options
def jobs(
    limit: int,
    search: str | None,
    tags: tuple[str, ...],
    since: str | None,
    until: str | None,
    mine: bool,
    team: str | None,
    json_: bool,
    **connection: Any,
) -> int:
    """List the jobs that you may see, newest first: yours and your teams', everybody's to auditors and ops; or those
    of them that --search, --tag, --since, --until find."""
    if mine and team:
        raise WrongUse("WRONG_USE", "--mine and --team are both given.", "Leave one of them out.")
    asked = any((search, tags, since, until))
    with connect(ConnectionOptions(**connection), say, start_local=False) as connected:
        wanted = {"search": search, "tags": tags, "since": since, "until": until}
        listed = _find_jobs(connected.api, limit, whose="mine" if mine else None, team=team, **wanted)
    words = "No job matches." if asked and not listed else jobs_text(listed)
    tell({"jobs": [job_dict(job) for job in listed]} if json_ else words)
    return _DONE


@click.command()
@click.argument("job_id")
@click.argument("name", required=False)
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="The job's tags from now on; may be repeated.")
@click.option("--no-tags", is_flag=True, help="Take all tags away.")
@connection_options
def rename(job_id: str, name: str | None, tags: tuple[str, ...], no_tags: bool, json_: bool, **connection: Any) -> int:
    """Call the job JOB_ID otherwise, or give it other tags. What was made stays as it is, under its file names."""
    job_id = checked_job_id(job_id)
    if name is None and not tags and not no_tags:
        raise WrongUse("WRONG_USE", "Neither a name nor tags are given.", "Add NAME, --tag or --no-tags.")
    if tags and no_tags:
        raise WrongUse("WRONG_USE", "--tag and --no-tags don't go together.", "Leave one of them out.")
    with connect(ConnectionOptions(**connection), say, start_local=False) as connected:
        job = connected.api.rename_job(job_id, name=name, tags=tags if tags or no_tags else None)
    tell(job_dict(job) if json_ else _renamed_text(job))
    return _DONE


@click.command()
@click.option("--delete", metavar="ID", help="Take this draft off the list; its photos go by themselves.")
@connection_options
def drafts(delete: str | None, json_: bool, **connection: Any) -> int:
    """List the jobs that were put together and not started; the web app goes on with them."""
    with connect(ConnectionOptions(**connection), say, start_local=False) as connected:
        if delete:
            connected.api.list_draft(checked_job_id(delete), listed=False)
        found = connected.api.open_drafts()
    tell({"drafts": [_draft_dict(one) for one in found]} if json_ else _drafts_text(found))
    return _DONE


def _find_jobs(api: BackdropApi, limit: int, **wanted: Any) -> list[Job]:
    """Jobs that match, `limit` at most; a search goes on through older ones, as far as that takes."""
    found: list[Job] = []
    cursor: str | None = None
    for _ in range(_MOST_CALLS):
        page = api.jobs_page(limit=limit - len(found), cursor=cursor, **wanted)
        found += page.jobs
        cursor = page.cursor
        if cursor is None or len(found) >= limit:
            break
    else:
        say("Older jobs were not looked at. Add --until to look at those.")
    return found


def _renamed_text(job: Job) -> str:
    tags = f" [{', '.join(map(shown, job.tags))}]" if job.tags else ""
    return f"{job.job_id}  {shown(job.name or 'no name')}{tags}"


def _draft_dict(draft: ListedDraft) -> dict[str, Any]:
    document: dict[str, Any] = to_json(draft)
    # Addresses are secrets for their time.
    document.pop("thumbnailUrls", None)
    return document


def _drafts_text(found: Sequence[ListedDraft]) -> str:
    lines = [
        f"{one.draft_id}  {clock.parse(one.changed_at):%Y-%m-%d %H:%M}  {one.photos:,} photo{'s' * (one.photos != 1)}"
        f"  {shown(one.first_photo)}"
        for one in found
    ]
    return "\n".join(lines or ["Nothing that was not started."])
