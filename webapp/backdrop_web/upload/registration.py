"""How files that the browser offers become photos of the draft: each gets a place to go to, or a reason why not."""

from __future__ import annotations

from collections.abc import Sequence

from backdrop.api.schemas.models import Limits
from backdrop.api.schemas.photos import PhotoStatus, RegisteredPhoto
from backdrop.core.words.marks import phrase
from backdrop_client.api import NewPhoto
from backdrop_client.errors import ApiError
from backdrop_web.service.api import Api
from backdrop_web.text.errors import Notice, explain, explain_failure
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.file_table import FileTable
from backdrop_web.upload.photo_checks import PhotoChecks
from backdrop_web.upload.protocol import FileOffer, FileUpdate
from backdrop_web.upload.update_log import UpdateLog

_TOO_MANY_REQUESTS, _BROKEN = 429, 500


class Registration:
    """Registers the files of one draft."""

    def __init__(self, draft: DraftState, files: FileTable, updates: UpdateLog, checks: PhotoChecks) -> None:
        self._draft = draft
        self._files = files
        self._updates = updates
        self._checks = checks

    def register(self, offers: Sequence[FileOffer], api: Api, limits: Limits) -> None:
        """Answer each offer that was not answered before.

        Raises `BackdropClientError`: what is not answered then is to be offered again.
        """
        fresh = [offer for offer in offers if not self._files.is_seen(offer.id)]
        room = limits.max_photos - len(self._draft.photos.keys() | self._files.photo_ids)
        wanted: list[FileOffer] = []
        for offer in fresh:
            if self._is_known(offer) or any(offer.is_same_file(other) for other in wanted):
                self._turn_away(FileUpdate(kind="known", id=offer.id))
            elif len(wanted) >= room:
                full = Notice(
                    phrase("A job takes {most:,} photos, and this one is full.", most=limits.max_photos),
                    phrase("Make a second job."),
                )
                self._turn_away(FileUpdate(kind="refused", id=offer.id, reason=full.sentence))
            else:
                wanted.append(offer)
        if not wanted:
            return
        if self._draft.draft_id is None:
            self._draft.draft_id = api.create_draft().draft_id
        self._replace_missing(wanted, api)
        try:
            answers = api.add_photos(self._draft.draft_id, _describe_files(wanted))
        except ApiError as error:
            # The service says no to these files, and would again: TOO_MANY_PHOTOS, a draft that is gone.
            if error.status >= _BROKEN or error.status == _TOO_MANY_REQUESTS:
                raise
            for offer in wanted:
                self._turn_away(FileUpdate(kind="refused", id=offer.id, reason=explain(error).sentence))
            return
        self._files.mark_seen(offer.id for offer in wanted)
        for offer, answer in zip(wanted, answers, strict=True):
            self._take_answer(offer, answer)

    def renew(self, file_ids: Sequence[str], api: Api) -> None:
        """Register files once more whose permission to upload ran out: a fresh one comes with that only."""
        draft_id = self._draft.draft_id
        known = self._files.find_offers(file_ids)
        if not known or draft_id is None:
            return
        answers = api.add_photos(draft_id, _describe_files(known))
        for offer, answer in zip(known, answers, strict=True):
            if old := self._files.unlink_file(offer.id):
                self._checks.take_out(old, api)
            self._take_answer(offer, answer)

    def _take_answer(self, offer: FileOffer, answer: RegisteredPhoto) -> None:
        upload = answer.upload
        if upload is None or answer.photo_id is None:
            reason = explain_failure(answer.error).sentence
            self._updates.add(FileUpdate(kind="refused", id=offer.id, reason=reason))
            return
        self._files.link(offer, answer.photo_id)
        self._updates.add(
            FileUpdate(kind="target", id=offer.id, photo_id=answer.photo_id, url=upload.url, fields=dict(upload.fields))
        )

    def _turn_away(self, update: FileUpdate) -> None:
        """Tell what became of an offered file that is not registered."""
        self._files.mark_seen([update.id])
        self._updates.add(update)

    def _is_known(self, offer: FileOffer) -> bool:
        """Whether the same file (name with folder, size, bytes) is in the job, or on its way."""
        return self._files.has_same_file(offer) or any(
            offer.is_same(photo.name, photo.bytes, photo.sha256) and photo.status is PhotoStatus.READY
            for photo in self._draft.photos.values()
        )

    def _replace_missing(self, offers: Sequence[FileOffer], api: Api) -> None:
        """Take out photos that never arrived and are added again: their old rows go."""
        names = {offer.name for offer in offers}
        for photo_id in list(self._checks.missing):
            photo = self._draft.photos.get(photo_id)
            if photo is not None and photo.name in names:
                self._checks.take_out(photo_id, api)


def _describe_files(offers: Sequence[FileOffer]) -> list[NewPhoto]:
    return [NewPhoto(offer.name, offer.size, offer.type) for offer in offers]
