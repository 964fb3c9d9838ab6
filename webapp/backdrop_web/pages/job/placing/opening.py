"""One opening of the view in which a product is placed by hand: what the browser shows, and what it says. No Streamlit
here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backdrop.api.schemas.jobs import SeenPlace
from backdrop.core.by_hand import MOVES, SCALES, ByHand
from backdrop_web.pages.job.placing.protocol import Message
from backdrop_web.pages.job.placing.speech import list_words
from backdrop_web.streamlit_shell.conversation import Conversation
from backdrop_web.text.language import make_speech


@dataclass
class Opening(Conversation):
    """A finished image whose product somebody places.

    Attributes:
        job_id, image_id: of the image.
        name: of the image, as it is shown.
        seen: its parts.
    """

    job_id: str
    image_id: str
    name: str
    seen: SeenPlace

    def to_data(self) -> dict[str, Any]:
        """Return what the browser is told (main.js)."""
        seen, before = self.seen, self.seen.by_hand.place() if self.seen.by_hand else ByHand()
        return {
            **super().to_data(),
            "image": f"{self.job_id}.{self.image_id}",
            "name": self.name,
            "width": seen.width,
            "height": seen.height,
            "background": seen.background,
            "ground": seen.ground,
            "product": seen.product,
            "box": list(seen.box),
            "rim": seen.rim,
            "before": vars(before),
            "scales": list(SCALES),
            "moves": list(MOVES),
            **make_speech(list_words()),
        }

    def take(self, message: Message | None) -> ByHand | None:
        """Return the place that the browser saves, once however often it is said; note when it was closed."""
        return message.save.place() if self.hear(message) and message and message.save else None
