"""How files chosen in the browser become photos of a draft, seen from the server.

The browser sends every file straight to the storage; here pass names and sizes only. The page's uploader
(`components/upload/`) and this end talk by numbered messages (`backdrop_web.messages`): the browser says what it has
and what it sent, and gets back where to send each file and what became of it. A message is never half done: what
failed on the way is done when the browser says it again, and nothing is done twice.

No Streamlit here. Checks of photos run in threads of their own (`backdrop_web.errands`), so that a rerun of the page
neither waits for them nor cuts them short; `collect` takes over what they found.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from backdrop_client.answers import Failure, Limits, Photo, PhotoStatus, RegisteredPhoto
from backdrop_client.api import NewPhoto
from backdrop_client.errors import ApiError, BackdropClientError, SessionExpired
from backdrop_web.service.api import Api
from backdrop_web.text.errors import Notice, explain, explain_failure
from backdrop_web.upload.background_calls import Errands, Result
from backdrop_web.upload.protocol import Answer, LeftOut, Message, News, Offer

if TYPE_CHECKING:
    from backdrop_web.upload.draft_state import Workspace

logger = logging.getLogger(__name__)

_MISSING = "PHOTO_MISSING"
_NOT_UPLOADED = Notice("It was not uploaded yet.", "Add it again, or remove it here.")


class Intake:
    """The files of one `Workspace` on their way. All of it runs in the thread that draws the page."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.key = secrets.token_hex(8)
        """Tells this intake from any other that the browser may still hold files for."""
        self.revision = 0
        """Counts changes of the workspace's photos."""
        self.trouble: Notice | None = None
        """Why the last message could not be worked on; the browser says it again."""
        self.left = 0
        """Files that the browser still holds and that are neither in nor out."""
        self.out = 0
        """Files and photos that the browser lists as left out."""
        self._stops = 0
        self._heard = 0
        self._number = 0
        self._news: list[News] = []
        self._photo_of: dict[str, str] = {}
        self._file_of: dict[str, str] = {}
        self._offers: dict[str, Offer] = {}
        self._seen: set[str] = set()
        self._checking: set[str] = set()
        self._unchecked: list[str] = []
        self._undeleted: list[tuple[str, Photo | None]] = []
        self._missing: set[str] = set()
        self._removed: set[str] = set()
        self._errands = Errands()

    # What the page asks.

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way, here or in the browser."""
        return not (self.left or self._checking or self._unchecked)

    @property
    def waiting(self) -> int:
        """How many photos are on their way: in the browser, or being looked for since a draft was loaded."""
        return self.left + sum(photo_id not in self._file_of for photo_id in {*self._checking, *self._unchecked})

    def in_flight(self, photo_id: str) -> bool:
        """Whether a photo is on its way, so that it is neither good nor left out yet."""
        return photo_id in self._checking or (photo_id in self._file_of and photo_id not in self._missing)

    def answer(self) -> Answer:
        """What the browser is to know: everything since what it said it has heard of."""
        workspace = self._workspace
        left_out = [
            LeftOut(photo.photo_id, photo.name, explain_failure(photo.error).sentence)
            if photo.status is PhotoStatus.REFUSED
            else LeftOut(photo.photo_id, photo.name, _NOT_UPLOADED.sentence, missing=True)
            for photo in workspace.photos.values()
            if photo.status is PhotoStatus.REFUSED or photo.photo_id in self._missing
        ]
        return Answer(
            key=self.key,
            draft=workspace.draft_id,
            ack=self._heard,
            news=list(self._news),
            left_out=left_out,
            ready=len(workspace.ready),
            busy=bool(self._checking),
            trouble=self.trouble.sentence if self.trouble else None,
            stop=self._stops,
        )

    def stop(self) -> None:
        """Have the browser leave out what it has not sent yet. It keeps those files, for another job."""
        self._stops += 1

    # What the browser says.

    def hear(self, message: Message, api: Api, limits: Limits) -> None:
        """Do what a message of the browser asks for, once.

        Raises `SessionExpired`; other failures of the service are kept as `trouble`, and the message stays unheard.
        """
        if message.key != self.key:
            return
        self._news = [item for item in self._news if item.number > message.heard]
        if message.seq <= self._heard:
            return
        self.left, self.out = message.left, message.out
        # First of all: what was taken away may be offered again in the same breath.
        for file_id in message.removed:
            self._offers.pop(file_id, None)
            if photo_id := self._photo_of.pop(file_id, None):
                self._take_out(photo_id, api)
        for photo_id in message.cleared:
            self._take_out(photo_id, api)
        try:
            self._register(message.offers, api, limits)
            self._renew(message.renew, api)
        except SessionExpired:
            raise
        except BackdropClientError as error:
            logger.warning("photos could not be registered: %s: %s", error.code, error.message)
            self.trouble = explain(error)
            return
        for file_id in message.arrived:
            if photo_id := self._photo_of.get(file_id):
                self._check(photo_id, api)
        self.trouble = None
        self._heard = message.seq

    def resume(self, api: Api) -> None:
        """After a draft was loaded: find out which of its photos that were on their way have arrived."""
        for photo in self._workspace.photos.values():
            if photo.status is PhotoStatus.UPLOADING and not self.in_flight(photo.photo_id):
                self._check(photo.photo_id, api)

    def collect(self, api: Api) -> None:
        """Take over what the worker threads found. Raises `SessionExpired`; what that held up is done next time.

        An end of an earlier sign-in than that of `api` is old news: several threads may have met it, one has told it.
        """
        expired: SessionExpired | None = None
        for result in self._errands.results():
            if isinstance(result.error, SessionExpired) and result.api is api:
                expired = result.error
            self._take_over(result)
        if expired is not None:
            raise expired
        unchecked, self._unchecked = self._unchecked, []
        for photo_id in unchecked:
            self._check(photo_id, api)
        undeleted, self._undeleted = self._undeleted, []
        for photo_id, removed in undeleted:
            self._delete(photo_id, removed, api)

    def finish(self) -> None:
        """Wait until the worker threads have done what they were given; `collect` takes it over."""
        self._errands.finish()

    # One thing each.

    def _register(self, offers: Sequence[Offer], api: Api, limits: Limits) -> None:
        workspace = self._workspace
        fresh = [offer for offer in offers if offer.id not in self._seen]
        room = limits.max_photos - len(workspace.photos.keys() | self._photo_of.values())
        wanted: list[Offer] = []
        for offer in fresh:
            if self._is_known(offer) or any(offer.same_file(other) for other in wanted):
                self._settle(News(kind="known", id=offer.id))
            elif len(wanted) >= room:
                full = Notice(f"A job takes {limits.max_photos:,} photos, and this one is full.", "Make a second job.")
                self._settle(News(kind="refused", id=offer.id, reason=full.sentence))
            else:
                wanted.append(offer)
        if not wanted:
            return
        if workspace.draft_id is None:
            workspace.draft_id = api.create_draft().draft_id
        self._replace_missing(wanted, api)
        try:
            answers = api.add_photos(workspace.draft_id, [NewPhoto(o.name, o.size, o.type) for o in wanted])
        except ApiError as error:
            # The service says no to these files, and would again: TOO_MANY_PHOTOS, a draft that is gone.
            if error.status >= 500 or error.status == 429:
                raise
            for offer in wanted:
                self._settle(News(kind="refused", id=offer.id, reason=explain(error).sentence))
            return
        self._seen.update(offer.id for offer in wanted)
        for offer, answer in zip(wanted, answers, strict=True):
            self._registered(offer, answer)

    def _registered(self, offer: Offer, answer: RegisteredPhoto) -> None:
        if answer.upload is None or answer.photo_id is None:
            self._tell(News(kind="refused", id=offer.id, reason=explain_failure(answer.error).sentence))
            return
        self._offers[offer.id] = offer
        self._photo_of[offer.id] = answer.photo_id
        self._file_of[answer.photo_id] = offer.id
        upload = answer.upload
        self._tell(
            News(kind="target", id=offer.id, photo_id=answer.photo_id, url=upload.url, fields=dict(upload.fields))
        )

    def _settle(self, news: News) -> None:
        """Tell what became of an offered file that was never registered."""
        self._seen.add(news.id)
        self._tell(news)

    def _is_known(self, offer: Offer) -> bool:
        """Whether the same file (name with folder, and size) is in the job, or on its way."""
        if any(offer.same_file(other) for other in self._offers.values()):
            return True
        return any(
            photo.name == offer.name and photo.bytes == offer.size and photo.status is PhotoStatus.READY
            for photo in self._workspace.photos.values()
        )

    def _replace_missing(self, offers: Sequence[Offer], api: Api) -> None:
        """A photo that never arrived is added again: its old row goes."""
        names = {offer.name for offer in offers}
        for photo_id in list(self._missing):
            photo = self._workspace.photos.get(photo_id)
            if photo is not None and photo.name in names:
                self._take_out(photo_id, api)

    def _renew(self, file_ids: Sequence[str], api: Api) -> None:
        """Permissions to upload that ran out: a fresh one needs a fresh registration."""
        draft_id = self._workspace.draft_id
        known = [self._offers[file_id] for file_id in file_ids if file_id in self._offers]
        if not known or draft_id is None:
            return
        answers = api.add_photos(draft_id, [NewPhoto(offer.name, offer.size, offer.type) for offer in known])
        for offer, answer in zip(known, answers, strict=True):
            if old := self._photo_of.pop(offer.id, None):
                self._take_out(old, api)
            self._registered(offer, answer)

    def _check(self, photo_id: str, api: Api) -> None:
        draft_id = self._workspace.draft_id
        if draft_id is None or photo_id in self._checking or photo_id in self._removed:
            return
        self._missing.discard(photo_id)
        self._checking.add(photo_id)
        self._errands.check(api, draft_id, photo_id)

    def _take_out(self, photo_id: str, api: Api) -> None:
        """Remove a photo from the draft; it is gone from the page at once, and comes back should that fail."""
        if self._workspace.draft_id is None or photo_id in self._removed:
            return
        photo = self._workspace.photos.pop(photo_id, None)
        self.revision += photo is not None
        self._removed.add(photo_id)
        self._missing.discard(photo_id)
        self._file_of.pop(photo_id, None)
        self._delete(photo_id, photo, api)

    def _delete(self, photo_id: str, removed: Photo | None, api: Api) -> None:
        draft_id = self._workspace.draft_id
        assert draft_id is not None
        self._errands.remove(api, draft_id, photo_id, removed)

    def _take_over(self, result: Result) -> None:
        if result.removal:
            self._removal_done(result)
            return
        photo_id, error = result.photo_id, result.error
        self._checking.discard(photo_id)
        if photo_id in self._removed:
            return
        if result.photo is not None:
            self._checked(result.photo)
        elif error is None:
            raise AssertionError("a check ends with a photo or an error")
        elif isinstance(error, SessionExpired):
            self._unchecked.append(photo_id)
        elif isinstance(error, ApiError) and error.code == _MISSING:
            self._not_there(photo_id)
        else:
            self._check_failed(photo_id, error)

    def _checked(self, photo: Photo) -> None:
        workspace = self._workspace
        workspace.photos[photo.photo_id] = photo
        workspace.put_in_order()
        self.revision += 1
        file_id = self._file_of.get(photo.photo_id)
        if file_id is None:
            return
        self._offers.pop(file_id, None)
        if photo.status is PhotoStatus.REFUSED:
            reason = explain_failure(photo.error).sentence
            self._tell(News(kind="refused", id=file_id, photo_id=photo.photo_id, reason=reason))
        else:
            self._tell(News(kind="done", id=file_id))

    def _not_there(self, photo_id: str) -> None:
        """The storage has no such file: the browser sends it once more, or the user is told."""
        self.revision += 1
        if file_id := self._file_of.get(photo_id):
            self._tell(News(kind="again", id=file_id))
        else:
            self._missing.add(photo_id)

    def _check_failed(self, photo_id: str, error: Exception) -> None:
        if file_id := self._file_of.get(photo_id):
            self._tell(News(kind="failed", id=file_id, reason=_words(error).sentence))
        else:
            self._missing.add(photo_id)
            self._tell(News(kind="note", id=photo_id, reason=_words(error).sentence))

    def _removal_done(self, result: Result) -> None:
        if result.error is None:
            return
        if isinstance(result.error, SessionExpired):
            self._undeleted.append((result.photo_id, result.removed))
            return
        self._removed.discard(result.photo_id)
        if result.removed is not None:
            self._workspace.photos[result.photo_id] = result.removed
            self._workspace.put_in_order()
            self.revision += 1
        self._tell(News(kind="note", id=result.photo_id, reason=f"Not removed: {_words(result.error).sentence}"))

    def _tell(self, news: News) -> None:
        self._number += 1
        self._news.append(news.numbered(self._number))


def _words(error: Exception) -> Notice:
    """A failure of a worker thread in words; one that nobody foresaw goes to the log."""
    if isinstance(error, BackdropClientError):
        return explain(error)
    logger.error("a photo could not be worked on", exc_info=error)
    return explain_failure(Failure(code="INTERNAL", message=""))
