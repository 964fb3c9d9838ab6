"""Trials: one photo made with the settings of a job to be, before the others are."""

from __future__ import annotations

from backdrop.domain.errors import BackdropError, ErrorCode


def check_size(trial: bool, photos: int) -> None:
    """Refuse a trial of anything but one photo: nobody is mailed about it, so it must not be a batch.

    Raises:
        BackdropError: `INVALID_REQUEST`.
    """
    if trial and photos != 1:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            f"trial: a trial is made of one photo; this draft has {photos:,}.",
            "Make a draft of the one photo (POST /drafts/{id}/copies), or submit without `trial`.",
        )
