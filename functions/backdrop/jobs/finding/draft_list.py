"""The drafts that a user has not started yet, to go on with: whatever page, browser or machine they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import PICTURES_OF_JOB
from backdrop.core.words.marks import phrase
from backdrop.jobs import drafts
from backdrop.jobs.model import Draft, PhotoRow
from backdrop.jobs.ports import DraftStore

MOST_DRAFTS = 50
"""Drafts in a list, the newest: each goes by itself after some days."""


@dataclass(frozen=True)
class FoundDraft:
    """An open draft, and the first few of its photos."""

    draft: Draft
    photos: Sequence[PhotoRow]


def find_drafts(store: DraftStore, user: drafts.User) -> list[FoundDraft]:
    """The user's own drafts that are not submitted and have a photo, newest first.

    Those that a program made for a moment (`listed` false) are none of them.
    """
    found = store.drafts_of(user.sub, MOST_DRAFTS)
    listed = [draft for draft in found if draft.submitted_at is None and draft.photo_count and draft.listed]
    return [FoundDraft(draft, store.page(draft.id, PICTURES_OF_JOB, None)[0]) for draft in listed]


def set_listed(store: DraftStore, user: drafts.User, draft_id: str, *, listed: bool) -> Draft:
    """Put a draft of the user's into their list, or take it off; it is a draft as before, and goes as all do.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`.
    """
    draft = drafts.find_open(store, user, draft_id)
    if not store.set_listed(draft, listed=listed):
        raise BackdropError(ErrorCode.ALREADY_SUBMITTED, phrase("The job was started; it is in the list of jobs."))
    return draft
