"""Whether a person is mailed when a job of theirs ends: a subscription of the topic whose filter names who asked for
the job. SNS asks the address itself to confirm (docs/contracts.md, The end of a job).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.keys import owner_hash
from backdrop.core.vocabulary import MailState
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop.jobs.drafts import User


class MailRow(NamedTuple):
    """What is kept of a person's setting: the subscription's ARN, and the address that it mails."""

    arn: str
    address: str


class Subscription(NamedTuple):
    """A subscription as SNS has it. `own`: its filter lets the jobs of that one address pass, and no others."""

    pending: bool
    own: bool


class MailRows(Protocol):
    """The rows, by `keys.owner_hash`. `aws.mails.settings_table.MailSettingsTable` documents each method."""

    def mail_row(self, owner: str) -> MailRow | None: ...
    def put_mail_row(self, owner: str, row: MailRow) -> None: ...
    def remove_mail_row(self, owner: str) -> None: ...


class Subscriptions(Protocol):
    """The topic's subscriptions. `aws.mails.subscriptions.MailSubscriptions` documents each method."""

    def look_up(self, row: MailRow) -> Subscription | None: ...
    def subscribe(self, address: str) -> str: ...
    def unsubscribe(self, arn: str) -> None: ...


@dataclass(frozen=True)
class Mails:
    """What the setting is kept in. `stack_address`: the stack's own, which gets the mails of all jobs."""

    rows: MailRows
    topic: Subscriptions
    stack_address: str


class Setting(NamedTuple):
    """A person's setting. `words`: what it means, to be shown as they are."""

    state: MailState
    address: str
    words: str


_WORDS = {
    MailState.OFF: mark_phrase("No mails about your jobs go to {address}."),
    MailState.ASKED: mark_phrase(
        "AWS has sent {address} a mail to confirm. Follow its link within 48 hours; until you have, "
        "no mail about your jobs comes, and afterwards AWS forgets the request."
    ),
    MailState.ON: mark_phrase("When a job of yours ends, {address} gets a mail. Trials are not mailed."),
    MailState.ALL: mark_phrase(
        "{address} is the address that this Backdrop was set up with: it gets the mails of all jobs, "
        "once it has confirmed them to AWS. There is nothing to turn on or off."
    ),
}


def find_setting(mails: Mails, user: User) -> Setting:
    """Return a person's setting as SNS has it now.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    if _is_stacks(mails, user.email):
        return _setting(MailState.ALL, user)
    row = mails.rows.mail_row(owner_hash(user.sub))
    # Jobs carry the address of now: mails to an earlier one are none about them.
    return _setting(_state(mails, row) if row and row.address == user.email else MailState.OFF, user)


def turn_on(mails: Mails, user: User) -> Setting:
    """Subscribe a person's address, and return what the setting is then. SNS asks the address once more while it has
    not confirmed; where it has, nothing changes.

    Raises:
        BackdropError: `MAIL_REFUSED`: nobody has verified the address, the topic has no room, or the address is
            subscribed otherwise; `STORAGE_ERROR`.
    """
    setting = find_setting(mails, user)
    if setting.state in (MailState.ON, MailState.ALL):
        return setting
    if not (user.email and user.email_verified):
        raise BackdropError(
            ErrorCode.MAIL_REFUSED,
            phrase(
                "The address {address} is not verified, so nobody knows that it is yours.",
                address=user.email or phrase("of your account"),
            ),
            phrase("Ask whoever runs Backdrop to verify it (docs/deploy.md), sign in again, then turn mails on."),
        )
    owner = owner_hash(user.sub)
    row = mails.rows.mail_row(owner)
    if row and row.address != user.email:
        _release(mails, row)
    new = MailRow(mails.topic.subscribe(user.email), user.email)
    mails.rows.put_mail_row(owner, new)
    return _setting(_state(mails, new), user)


def turn_off(mails: Mails, user: User) -> Setting:
    """Unsubscribe what the person's row names, and return what the setting is then. What waits to be confirmed stays:
    SNS deletes no such subscription on request, and mails it nothing.

    Raises:
        BackdropError: `MAIL_REFUSED`: the address is the stack's own; `STORAGE_ERROR`.
    """
    owner = owner_hash(user.sub)
    row = mails.rows.mail_row(owner)
    if row is None and _is_stacks(mails, user.email):
        raise BackdropError(
            ErrorCode.MAIL_REFUSED,
            phrase(
                "{email} is the address that this Backdrop was set up with: it gets the mails of all jobs.",
                email=user.email,
            ),
            phrase("Ask whoever runs Backdrop to deploy it with another NotificationEmail."),
        )
    if row and _release(mails, row):
        mails.rows.remove_mail_row(owner)
    return find_setting(mails, user)


def forget(mails: Mails, owner: str) -> int:
    """Remove the subscription and the row of a person who is erased (`keys.owner_hash`); return how many rows went.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    row = mails.rows.mail_row(owner)
    if row is None:
        return 0
    _release(mails, row)
    mails.rows.remove_mail_row(owner)
    return 1


def _release(mails: Mails, row: MailRow) -> bool:
    """Unsubscribe, if it is the person's own. False while it waits to be confirmed."""
    found = mails.topic.look_up(row)
    if found is None:
        return True
    if found.pending:
        return False
    # Somebody may have changed it to one of all jobs meanwhile: that is not this setting's to end.
    if found.own:
        mails.topic.unsubscribe(row.arn)
    return True


def _state(mails: Mails, row: MailRow) -> MailState:
    found = mails.topic.look_up(row)
    if found is None:
        return MailState.OFF
    return MailState.ASKED if found.pending else MailState.ON


def _is_stacks(mails: Mails, address: str) -> bool:
    return bool(address) and address.casefold() == mails.stack_address.casefold()


def _setting(state: MailState, user: User) -> Setting:
    return Setting(state, user.email, _WORDS[state].format(address=user.email or "an address"))
