"""One opening of the view in which a product is placed by hand: what the browser shows, and what it says. No Streamlit
here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from backdrop.api.schemas.jobs import SeenPlace
from backdrop.core.by_hand import MOVES, SCALES, ByHand
from backdrop_web.pages.job.placing.protocol import Message


@dataclass
class Opening:
    """A finished image whose product somebody places.

    Attributes:
        job_id, image_id: of the image.
        name: of the image, as it is shown.
        seen: its parts.
        closed: whether the browser has closed it.
    """

    job_id: str
    image_id: str
    name: str
    seen: SeenPlace
    closed: bool = False
    _id: str = field(default_factory=lambda: secrets.token_hex(8))
    _run: str = ""
    _handled: int = 0
    _refused: int = 0
    _refusal: str = ""
    _saved: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return what the browser is told (main.js)."""
        seen, before = self.seen, self.seen.by_hand.place() if self.seen.by_hand else ByHand()
        return {
            "id": self._id,
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
            "run": self._run,
            "refused": self._refused,
            "refusal": self._refusal,
            "saved": self._saved,
        }

    def take(self, message: Message | None) -> ByHand | None:
        """Return the place that the browser saves, once however often it is said; note when it was closed."""
        # What was said of another image, and is still there, must not be done to this one.
        if message is None or message.id != self._id:
            return None
        if message.run != self._run:
            self._run, self._handled, self._refused, self._saved = message.run, 0, 0, 0
        if message.number <= self._handled:
            return None
        self._handled = message.number
        if message.close:
            self.closed = True
            return None
        return message.save.place() if message.save else None

    def refuse(self, words: str) -> None:
        """Tell the browser why what it saved last was not made; it keeps it."""
        self._refused, self._refusal = self._handled, words

    def accept(self) -> None:
        """Tell the browser that what it saved last is being made: it need not keep it."""
        self._saved = self._handled

    def forget(self) -> None:
        """Let the browser say its last word once more: nothing was done about it."""
        self._handled = 0
