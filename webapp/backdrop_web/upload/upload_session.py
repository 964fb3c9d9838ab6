"""How files chosen in the browser become photos of a draft, seen from the server.

The browser sends every file straight to the storage; here pass names and sizes only. The uploader in the browser
(`queue.js`, `talk.js`) and this end talk by numbered messages (`protocol`): the browser says what it has and what it
sent, and gets back where to send each file and what became of it. A message is never half done: what failed on the way
is done when the browser says it again, and nothing is done twice. No Streamlit here.
"""

from __future__ import annotations

import logging
import secrets

from backdrop.api.schemas.models import Limits
from backdrop.api.schemas.photos import Photo, PhotoStatus
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.service.api import Api
from backdrop_web.text.errors import Notice, explain, explain_failure
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.file_table import FileTable
from backdrop_web.upload.photo_checks import PhotoChecks
from backdrop_web.upload.protocol import Answer, LeftOut, Message
from backdrop_web.upload.registration import Registration
from backdrop_web.upload.update_log import UpdateLog

logger = logging.getLogger(__name__)

_NOT_UPLOADED = Notice(mark_phrase("It was not uploaded yet."), mark_phrase("Add it again, or remove it here."))


class UploadSession:
    """The files of one draft on their way. All of it runs in the thread that draws the page."""

    def __init__(self, draft: DraftState | None = None) -> None:
        self.draft = draft or DraftState()
        self.key = secrets.token_hex(8)
        """Tells this session from any other that the browser may still hold files for."""
        self.trouble: Notice | None = None
        """Why the last message could not be worked on; the browser says it again."""
        self.left = 0
        """Files that the browser still holds and that are neither in nor out."""
        self.out = 0
        """Files and photos that the browser lists as left out."""
        self._stops = 0
        self._heard = 0
        self._updates = UpdateLog()
        self._files = FileTable()
        self._checks = PhotoChecks(self.draft, self._files, self._updates)
        self._registration = Registration(self.draft, self._files, self._updates, self._checks)

    # What the page asks.

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way, here or in the browser."""
        return not self.left and self._checks.is_quiet

    @property
    def waiting(self) -> int:
        """How many photos are on their way: in the browser, or being looked for since a draft was loaded."""
        return self.left + self._checks.waiting

    @property
    def left_out(self) -> list[Photo]:
        """Photos of the draft that were refused, or whose upload was cut off; those on their way are none of them."""
        return [
            photo
            for photo in self.draft.photos.values()
            if photo.status is PhotoStatus.REFUSED
            or (photo.status is PhotoStatus.UPLOADING and not self._checks.is_in_flight(photo.photo_id))
        ]

    def build_answer(self) -> Answer:
        """Return what the browser is to know: everything since what it said it has heard of."""
        missing = self._checks.missing
        left_out = [
            LeftOut(photo.photo_id, photo.name, explain_failure(photo.error).sentence)
            if photo.status is PhotoStatus.REFUSED
            else LeftOut(photo.photo_id, photo.name, _NOT_UPLOADED.sentence, missing=True)
            for photo in self.draft.photos.values()
            if photo.status is PhotoStatus.REFUSED or photo.photo_id in missing
        ]
        return Answer(
            key=self.key,
            draft=self.draft.draft_id,
            ack=self._heard,
            updates=self._updates.list_unheard(),
            left_out=left_out,
            ready=len(self.draft.ready),
            busy=self._checks.is_busy,
            trouble=self.trouble.sentence if self.trouble else None,
            stop=self._stops,
        )

    def stop_sending(self) -> None:
        """Have the browser leave out what it has not sent yet. It keeps those files, for another job."""
        self._stops += 1

    def load_draft(self, api: Api, draft_id: str) -> bool:
        """Take over a draft from the service, such as after signing in again. Returns whether it was submitted."""
        page = api.draft(draft_id)
        submitted, loaded = page.submitted, list(page.photos)
        while page.cursor and not submitted:
            page = api.draft(draft_id, cursor=page.cursor)
            loaded += page.photos
        self.draft.replace_photos(page.draft_id, loaded)
        if not submitted:
            self._find_arrived(api)
        return submitted

    def remove_photo(self, api: Api, photo_id: str) -> None:
        """Delete a photo of the draft."""
        if self.draft.draft_id is not None:
            api.delete_photo(self.draft.draft_id, photo_id)
        self.draft.pop_photo(photo_id)

    # What the browser says.

    def receive_message(self, message: Message, api: Api, limits: Limits) -> None:
        """Do what a message of the browser asks for, once.

        Raises `SessionExpired`; other failures of the service are kept as `trouble`, and the message stays unheard.
        """
        if message.key != self.key:
            return
        self._updates.drop_heard(message.heard)
        if message.seq <= self._heard:
            return
        self.left, self.out = message.left, message.out
        self._take_out(message, api)
        try:
            self._registration.register(message.offers, api, limits)
            self._registration.renew(message.renew, api)
        except SessionExpired:
            raise
        except BackdropClientError as error:
            logger.warning("photos could not be registered: %s: %s", error.code, error.message)
            self.trouble = explain(error)
            return
        for file_id in message.arrived:
            if photo_id := self._files.find_photo(file_id):
                self._checks.check_photo(photo_id, api)
        self.trouble = None
        self._heard = message.seq

    def collect_results(self, api: Api) -> None:
        """Take over what the checks found. Raises `SessionExpired`; what that held up is done next time."""
        self._checks.collect_results(api)

    def wait_for_calls(self) -> None:
        """Wait until the checks under way have ended; `collect_results` takes over what they found."""
        self._checks.wait_for_calls()

    def _take_out(self, message: Message, api: Api) -> None:
        # Before anything else of the message: what was taken away may be offered again in the same breath.
        for file_id in message.removed:
            self._files.drop_offer(file_id)
            if photo_id := self._files.unlink_file(file_id):
                self._checks.take_out(photo_id, api)
        for photo_id in message.cleared:
            self._checks.take_out(photo_id, api)

    def _find_arrived(self, api: Api) -> None:
        """Find out which photos of a loaded draft that were on their way have arrived."""
        for photo in self.draft.photos.values():
            if photo.status is PhotoStatus.UPLOADING and not self._checks.is_in_flight(photo.photo_id):
                self._checks.check_photo(photo.photo_id, api)
