"""A photo whose mask somebody puts right: what the browser shows, and what is done about what it says. No Streamlit
here."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from typing import Any

from backdrop.api.schemas.photos import Photo, SeenMask
from backdrop.core.names import shown
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_client.upload import PhotoSource
from backdrop_web.mask_editor.protocol import Ask, Message, Save
from backdrop_web.service.api import User
from backdrop_web.text.errors import explain
from backdrop_web.text.language import translate, translate_text

_UNREADABLE = mark_phrase("The browser sent no picture. Try once more.")


@dataclass
class Editing:
    """One opening of the editor.

    Attributes:
        draft_id: of the photo's draft.
        photo: whose mask it is.
        seen: the mask that it began with.
        closed: whether the browser has closed it.
    """

    draft_id: str
    photo: Photo
    seen: SeenMask
    closed: bool = False
    _id: str = field(default_factory=lambda: secrets.token_hex(8))
    _run: str = ""
    _handled: int = 0
    _answered: int = 0
    _answer: str | None = None
    _refusal: str = ""
    _saved: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return what the browser is told (main.js)."""
        return {
            "id": self._id,
            "photo": f"{self.draft_id}.{self.photo.photo_id}",
            "name": shown(self.photo.name),
            "picture": self.photo.preview_url or self.photo.thumbnail_url,
            "width": self.seen.width,
            "height": self.seen.height,
            "mask": self.seen.mask,
            "run": self._run,
            "answered": self._answered,
            "answer": self._answer,
            "refusal": translate_text(self._refusal),
            "saved": self._saved,
            "noAnswer": translate("No answer came. Try once more."),
        }

    def receive(self, message: Message | None, who: User) -> Photo | None:
        """Do what the browser says, once however often it is repeated. Return the photo with its new mask after a save.

        What fails is told to the browser, which keeps the mask.

        Raises:
            SessionExpired: nothing was done; the browser says it again after the sign-in.
        """
        if message is None or not self._is_new(message):
            return None
        fresh = None
        try:
            if message.close:
                self.closed = True
            elif message.save:
                fresh = self._save(message.save, who)
            elif message.ask:
                self._ask(message.ask, who)
        except SessionExpired:
            raise
        except BackdropClientError as error:
            self._refuse(message.number, explain(error).sentence)
        except binascii.Error:
            self._refuse(message.number, _UNREADABLE)
        self._handled = message.number
        return fresh

    def _is_new(self, message: Message) -> bool:
        # What was said of another photo, and is still there, must not be done to this one.
        if message.id != self._id:
            return False
        if message.run != self._run:
            self._run, self._handled, self._answered, self._saved = message.run, 0, 0, 0
        return message.number > self._handled

    def _ask(self, ask: Ask, who: User) -> None:
        edit: dict[str, Any] = {"anew": ask.kind == "anew"}
        if ask.mask is not None:
            edit["mask"] = ask.mask
        if ask.rectangle is not None:
            edit["rectangle"] = list(ask.rectangle)
        for name, strokes in (("keep", ask.keep), ("remove", ask.remove)):
            if strokes:
                edit[name] = [one.model_dump(mode="json") for one in strokes]
        answer = who.api.see_mask(self.draft_id, self.photo.photo_id, edit)
        self._answered, self._answer, self._refusal = ask.n, answer.mask, ""

    def _save(self, save: Save, who: User) -> Photo:
        data = base64.b64decode(save.mask, validate=True)
        upload = who.api.add_mask(self.draft_id, self.photo.photo_id, len(data))
        who.uploader.upload(upload, PhotoSource.from_bytes("mask.png", data))
        fresh = who.api.inspect_mask(self.draft_id, self.photo.photo_id, edited=True)
        self._saved, self._refusal = save.n, ""
        return fresh

    def _refuse(self, number: int, words: str) -> None:
        self._answered, self._answer, self._refusal = number, None, words


def open_editing(who: User, draft_id: str, photo: Photo) -> Editing:
    """Begin with the mask that the photo has, or its built-in cut-out: a second or two.

    Raises:
        BackdropClientError: there is no mask to be had.
    """
    return Editing(draft_id, photo, who.api.see_mask(draft_id, photo.photo_id, {}))
