"""What becomes of a draft's photos once their files are sent: checked, refused, taken out.

The calls run in threads (`background_calls`), so that a rerun of the page neither waits for them nor cuts them short;
`collect_results` takes over what they found. All else here runs in the thread that draws the page.
"""

from __future__ import annotations

import logging

from backdrop.api.schemas.photos import Error, Photo, PhotoStatus
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import ApiError, BackdropClientError, SessionExpired
from backdrop_web.service.api import Api
from backdrop_web.text.errors import Notice, explain, explain_failure
from backdrop_web.upload.background_calls import BackgroundCalls, CallResult
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.file_table import FileTable
from backdrop_web.upload.protocol import FileUpdate
from backdrop_web.upload.update_log import UpdateLog

logger = logging.getLogger(__name__)

_MISSING = "PHOTO_MISSING"
_NOT_REMOVED = mark_phrase("Not removed:")


class PhotoChecks:
    """Checks and removals of the photos of one draft."""

    def __init__(self, draft: DraftState, files: FileTable, updates: UpdateLog) -> None:
        self._draft = draft
        self._files = files
        self._updates = updates
        self.missing: set[str] = set()
        """Photos that were never uploaded, of which this browser has no file."""
        self._checking: set[str] = set()
        self._unchecked: list[str] = []
        self._undeleted: list[tuple[str, Photo | None]] = []
        self._removed: set[str] = set()
        self._calls = BackgroundCalls()

    @property
    def is_busy(self) -> bool:
        """Whether photos are being checked."""
        return bool(self._checking)

    @property
    def is_quiet(self) -> bool:
        """Whether no check is under way or to be made up for."""
        return not (self._checking or self._unchecked)

    @property
    def waiting(self) -> int:
        """How many photos are looked for that no file of this browser stands for, as after a draft was loaded."""
        return sum(self._files.find_file(photo_id) is None for photo_id in {*self._checking, *self._unchecked})

    def is_in_flight(self, photo_id: str) -> bool:
        """Whether a photo is on its way, so that it is neither good nor left out yet."""
        known = self._files.find_file(photo_id) is not None
        return photo_id in self._checking or (known and photo_id not in self.missing)

    def check_photo(self, photo_id: str, api: Api) -> None:
        """Have a photo inspected, unless it is being, or was taken out."""
        draft_id = self._draft.draft_id
        if draft_id is None or photo_id in self._checking or photo_id in self._removed:
            return
        self.missing.discard(photo_id)
        self._checking.add(photo_id)
        self._calls.check_photo(api, draft_id, photo_id)

    def take_out(self, photo_id: str, api: Api) -> None:
        """Remove a photo from the draft; it is gone from the page at once, and comes back should that fail."""
        if self._draft.draft_id is None or photo_id in self._removed:
            return
        photo = self._draft.pop_photo(photo_id)
        self._removed.add(photo_id)
        self.missing.discard(photo_id)
        self._files.unlink_photo(photo_id)
        self._delete_photo(photo_id, photo, api)

    def collect_results(self, api: Api) -> None:
        """Take over what the threads found. Raises `SessionExpired`; what that held up is done next time.

        The end of an earlier sign-in than that of `api` is passed over: several threads may have met it, and it was
        told once.
        """
        expired: SessionExpired | None = None
        for result in self._calls.take_results():
            if isinstance(result.error, SessionExpired) and result.api is api:
                expired = result.error
            self._take_over(result)
        if expired is not None:
            raise expired
        unchecked, self._unchecked = self._unchecked, []
        for photo_id in unchecked:
            self.check_photo(photo_id, api)
        undeleted, self._undeleted = self._undeleted, []
        for photo_id, removed in undeleted:
            self._delete_photo(photo_id, removed, api)

    def wait_for_calls(self) -> None:
        """Wait until the threads have done what they were given; `collect_results` takes it over."""
        self._calls.wait_for_all()

    def _delete_photo(self, photo_id: str, removed: Photo | None, api: Api) -> None:
        draft_id = self._draft.draft_id
        assert draft_id is not None
        self._calls.delete_photo(api, draft_id, photo_id, removed)

    def _take_over(self, result: CallResult) -> None:
        if result.removal:
            self._end_removal(result)
            return
        photo_id, error = result.photo_id, result.error
        self._checking.discard(photo_id)
        if photo_id in self._removed:
            return
        if result.photo is not None:
            self._end_check(result.photo)
        elif error is None:
            raise AssertionError("a check ends with a photo or an error")
        elif isinstance(error, SessionExpired):
            self._unchecked.append(photo_id)
        elif isinstance(error, ApiError) and error.code == _MISSING:
            self._note_missing(photo_id)
        else:
            self._note_failure(photo_id, error)

    def _end_check(self, photo: Photo) -> None:
        self._draft.put_photo(photo)
        file_id = self._files.find_file(photo.photo_id)
        if file_id is None:
            return
        self._files.drop_offer(file_id)
        if photo.status is PhotoStatus.REFUSED:
            reason = explain_failure(photo.error).sentence
            self._updates.add(FileUpdate(kind="refused", id=file_id, photo_id=photo.photo_id, reason=reason))
        else:
            self._updates.add(FileUpdate(kind="done", id=file_id))

    def _note_missing(self, photo_id: str) -> None:
        """Have the browser send a file once more that the storage has not, or tell the user."""
        self._draft.revision += 1
        if file_id := self._files.find_file(photo_id):
            self._updates.add(FileUpdate(kind="again", id=file_id))
        else:
            self.missing.add(photo_id)

    def _note_failure(self, photo_id: str, error: Exception) -> None:
        reason = _explain_error(error).sentence
        if file_id := self._files.find_file(photo_id):
            self._updates.add(FileUpdate(kind="failed", id=file_id, reason=reason))
        else:
            self.missing.add(photo_id)
            self._updates.add(FileUpdate(kind="note", id=photo_id, reason=reason))

    def _end_removal(self, result: CallResult) -> None:
        if result.error is None:
            return
        if isinstance(result.error, SessionExpired):
            self._undeleted.append((result.photo_id, result.removed))
            return
        self._removed.discard(result.photo_id)
        if result.removed is not None:
            self._draft.put_photo(result.removed)
        reason = f"{_NOT_REMOVED} {_explain_error(result.error).sentence}"
        self._updates.add(FileUpdate(kind="note", id=result.photo_id, reason=reason))


def _explain_error(error: Exception) -> Notice:
    """Return a failure of a thread in words; one that nobody foresaw goes to the log."""
    if isinstance(error, BackdropClientError):
        return explain(error)
    logger.error("a photo could not be worked on", exc_info=error)
    return explain_failure(Error(code="INTERNAL", message="", next_step=""))
