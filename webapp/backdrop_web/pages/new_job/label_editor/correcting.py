"""A photo whose words and boxes somebody corrects: what the browser shows, and what is done about what it says. No
Streamlit here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backdrop.api.schemas.photos import Photo
from backdrop.core.limits import MAX_LABEL_CHARACTERS
from backdrop.core.names import shown
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.new_job.label_editor.protocol import Message
from backdrop_web.service.api import User
from backdrop_web.streamlit_shell.conversation import Conversation
from backdrop_web.text.errors import explain


@dataclass
class Correcting(Conversation):
    """One opening of the view.

    Attributes:
        draft_id: of the photo's draft.
        photo: whose labels they are.
    """

    draft_id: str
    photo: Photo

    def to_data(self) -> dict[str, Any]:
        """Return what the browser is told (main.js)."""
        photo = self.photo
        return {
            **super().to_data(),
            "photo": f"{self.draft_id}.{photo.photo_id}",
            "name": shown(photo.name),
            "picture": photo.preview_url or photo.thumbnail_url,
            "width": photo.width or 1,
            "height": photo.height or 1,
            "labels": [{"name": label.name, "boxes": [list(box) for box in label.boxes]} for label in photo.labels],
            "corrected": photo.labels_corrected,
            "characters": MAX_LABEL_CHARACTERS,
        }

    def receive(self, message: Message | None, who: User) -> Photo | None:
        """Do what the browser says, once however often it is repeated. Return the photo with its labels after a save.

        What the service refuses is told to the browser, which keeps it.

        Raises:
            SessionExpired: nothing was done; the browser says it again after the sign-in.
        """
        if not self.hear(message) or message is None or message.save is None:
            return None
        labels = message.save.labels
        wish = None if labels is None else [one.model_dump(mode="json") for one in labels]
        try:
            fresh = who.api.correct_labels(self.draft_id, self.photo.photo_id, wish)
        except SessionExpired:
            self.forget()
            raise
        except BackdropClientError as error:
            self.refuse(explain(error).sentence)
            return None
        self.accept()
        return fresh
