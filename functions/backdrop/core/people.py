"""Who may do what: one table of roles and actions, which every route asks (docs/people.md).

Groups of the user pool say who somebody is. Nothing else does: no row, no setting, no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.names import shown
from backdrop.core.vocabulary import Role
from backdrop.core.words.marks import phrase

TEAM_PREFIX: Final = "team-"
"""What the names of groups begin with that are teams."""

MAX_TEAM_CHARACTERS: Final = 60

_TEAM = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{MAX_TEAM_CHARACTERS - 1}}}")


class Action(StrEnum):
    """What somebody does. `SEE`: look at a job, search it, download it; `JUDGE`: approve and reject its images;
    `CANCEL`: stop it; `REUSE`: make something new of its photos; `NAME`: call it otherwise, or give it other tags;
    `SHARE`: say which team sees it; `START`: jobs, drafts, backdrops and settings of their own."""

    SEE = "SEE"
    JUDGE = "JUDGE"
    CANCEL = "CANCEL"
    REUSE = "REUSE"
    NAME = "NAME"
    SHARE = "SHARE"
    START = "START"


class Owned(Protocol):
    """What rights to a job depend on: who started it, and the team that sees it; None: it is private. A trial is."""

    @property
    def owner(self) -> str: ...
    @property
    def owner_email(self) -> str: ...
    @property
    def team(self) -> str | None: ...
    @property
    def trial(self) -> bool: ...


@dataclass(frozen=True)
class User:
    """Who calls: the Cognito `sub`, e-mail address and groups of the ID token, as roles and names of teams.
    `email_verified`: the address is known to be theirs."""

    sub: str
    email: str
    roles: frozenset[Role] = frozenset()
    email_verified: bool = False
    teams: frozenset[str] = frozenset()

    @property
    def role(self) -> Role | None:
        """The one role that counts, the one that may change least where there are several; None: a member."""
        return next((role for role in Role if role in self.roles), None)

    @property
    def sees_all(self) -> bool:
        """Whether they see everybody's jobs."""
        return Action.SEE in _OF_ANY_JOB[self.role]


_EVERYTHING = frozenset(Action)
_LOOK = frozenset({Action.SEE})
_OF_OWN_JOB = {None: _EVERYTHING, Role.AUDITOR: _LOOK, Role.REVIEWER: _LOOK | {Action.JUDGE}, Role.OPS: _EVERYTHING}
_OF_TEAMS_JOB = {role: actions - {Action.SHARE} for role, actions in _OF_OWN_JOB.items()}
_OF_ANY_JOB: dict[Role | None, frozenset[Action]] = {
    None: frozenset(),
    Role.AUDITOR: _LOOK,
    Role.REVIEWER: frozenset(),
    Role.OPS: _LOOK | {Action.CANCEL},
}


def allowed(user: User, job: Owned) -> frozenset[Action]:
    """What the user may do with a job. Whatever no line of the table allows is refused."""
    found = _OF_ANY_JOB[user.role]
    if job.team is not None and job.team in user.teams:
        found |= _OF_TEAMS_JOB[user.role]
    if job.owner == user.sub:
        found |= _OF_OWN_JOB[user.role]
    return found - {Action.START}


def may(user: User, action: Action, job: Owned | None = None) -> bool:
    """Whether the user may do it: to this job, or, without one, to anything that could be theirs."""
    return action in (_OF_OWN_JOB[user.role] if job is None else allowed(user, job))


def check_role(user: User, action: Action) -> None:
    """Refuse what the user's role does to nothing at all, whatever it is asked of.

    Raises:
        BackdropError: `READ_ONLY` for an auditor, `ROLE_FORBIDS` for a reviewer.
    """
    if may(user, action):
        return
    if user.role is Role.AUDITOR:
        raise BackdropError(ErrorCode.READ_ONLY, phrase("Auditors see every job, and change nothing."))
    raise BackdropError(
        ErrorCode.ROLE_FORBIDS,
        phrase("Reviewers look at their teams' jobs, approve and reject: they start and cancel none."),
    )


def check_job(user: User, action: Action, job: Owned) -> None:
    """Refuse what the user may not do to this job, and say whom to ask. Nothing else is told of it: whoever asks has
    its id, so somebody gave them the link, and the one name is what they need.

    Raises:
        BackdropError: `NOT_SHARED` when they may not see it, `NOT_FOUND` for another's trial, of which no link goes
            round; `READ_ONLY`, `ROLE_FORBIDS` for what their role does not do.
    """
    may_do = allowed(user, job)
    if Action.SEE not in may_do:
        if job.trial:
            raise BackdropError(ErrorCode.NOT_FOUND, phrase("You have no such job."))
        raise BackdropError(
            ErrorCode.NOT_SHARED,
            phrase(
                "This job was started by {who}, and is not shared with you.",
                who=shown(job.owner_email) or phrase("somebody whose address is not known"),
            ),
            phrase(
                "Ask {who} to share it with a team of yours, or ask whoever runs Backdrop to "
                "take you into the team that "
                "it is shared with.",
                who=shown(job.owner_email) or phrase("whoever sent you the link"),
            ),
        )
    check_role(user, action)
    if action not in may_do:
        words = phrase("Ops see and cancel every job. The rest is for who started it and for its team.")
        if action is Action.SHARE:
            words = phrase("Only who started a job says which team sees it.")
        raise BackdropError(
            ErrorCode.ROLE_FORBIDS,
            words,
            phrase("Ask {who}, who started it.", who=shown(job.owner_email)) if job.owner_email else None,
        )


def choose_team(user: User, team: str | None, private: bool) -> str | None:
    """Return the team that shall see a new job; None: it is private. Where nothing is said it is the user's only team;
    whoever has several shares nothing without saying so.

    Raises:
        BackdropError: `INVALID_REQUEST` where both are said, `TEAM_UNKNOWN` for a team that they are not in.
    """
    if private and team is not None:
        raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("A job is private or a team's: not both."))
    if private:
        return None
    if team is None:
        return next(iter(user.teams)) if len(user.teams) == 1 else None
    check_team(user, team)
    return team


def check_team(user: User, team: str) -> None:
    """Refuse a team that the user is not in.

    Raises:
        BackdropError: `TEAM_UNKNOWN`.
    """
    if team not in user.teams:
        theirs = ", ".join(sorted(user.teams))
        raise BackdropError(
            ErrorCode.TEAM_UNKNOWN,
            phrase("You are in no team {team!r}.", team=shown(team)[:MAX_TEAM_CHARACTERS]),
            phrase("Name a team of yours ({theirs}), or keep the job private.", theirs=theirs) if theirs else None,
        )


def is_team(name: str) -> bool:
    """Whether a team can have this name: small letters, digits, `-` and `_`, up to 60."""
    return _TEAM.fullmatch(name) is not None


def roles_of(groups: Iterable[str]) -> frozenset[Role]:
    """Return the roles among the names of somebody's groups; other names are none."""
    names = set(groups)
    return frozenset(role for role in Role if role.value in names)


def teams_of(groups: Iterable[str]) -> frozenset[str]:
    """Return the names of the teams among somebody's groups: `studio` of `team-studio`."""
    named = {name.removeprefix(TEAM_PREFIX) for name in groups if name.startswith(TEAM_PREFIX)}
    return frozenset(name for name in named if is_team(name))
