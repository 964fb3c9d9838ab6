"""Who sees a job: the options that say it, `backdrop share` that says it later, and how it is told."""

from __future__ import annotations

from typing import Any

import click

from backdrop.api.schemas.jobs import Job
from backdrop.core.names import shown
from backdrop_cli.checks import checked_job_id
from backdrop_cli.connect import connect
from backdrop_cli.execute import ALL_SUCCEEDED
from backdrop_cli.flags import check_one_said, connection_of, connection_options
from backdrop_cli.present import job_dict
from backdrop_cli.terminal import say, tell
from backdrop_client.errors import WrongUse


def seen_text(job: Job) -> str:
    """Who sees a job, in words."""
    return f"Seen by the team {shown(job.team)}." if job.team else "Private: no team sees it; ops and auditors do."


@click.command()
@click.argument("job_id")
@click.option("--team", metavar="NAME", help="A team of yours, whose members shall see the job.")
@click.option("--private", is_flag=True, help="No team sees it any more.")
@connection_options
def share(job_id: str, team: str | None, private: bool, json_: bool, **connection: Any) -> int:
    """Say which team sees a job of yours, or that none does."""
    job_id = checked_job_id(job_id)
    check_one_said(team, private=private)
    if team is None and not private:
        raise WrongUse("WRONG_USE", "Neither --team nor --private is given.", "Say who shall see the job.")
    with connect(connection_of(connection), say, start_local=False) as connected:
        job = connected.api.share_job(job_id, team)
    tell(job_dict(job) if json_ else seen_text(job))
    return ALL_SUCCEEDED
