"""What a view in the browser and Python say to each other about one opening of it: each thing done once, however often
it is repeated. No Streamlit here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backdrop_web.text.language import translate

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
"""The browser's half: the class `Conversing`, which needs `slider.DOM` before it."""


class Close(BaseModel):
    """The view is not needed any more."""

    n: int


class Said(BaseModel):
    """All that the browser says at once: `run` names the browser's page, which numbers what it says, and `id` the
    opening of the view that it is about. What it says besides that it closes, each view adds."""

    model_config = ConfigDict(extra="ignore")

    run: str = Field(max_length=60)
    id: str = Field(max_length=60)
    close: Close | None = None

    @property
    def number(self) -> int:
        """The number of what is said."""
        parts = (getattr(self, name) for name in type(self).model_fields)
        return max((part.n for part in parts if isinstance(part, BaseModel) and hasattr(part, "n")), default=0)


_Said = TypeVar("_Said", bound=Said)


def parse_said(kind: type[_Said], raw: object) -> _Said | None:
    """Return what the browser says, or None when it says nothing or it makes no sense."""
    if raw is None:
        return None
    try:
        return kind.model_validate(raw)
    except ValidationError:
        return None


@dataclass(kw_only=True)
class Conversation:
    """One opening of a view.

    Attributes:
        closed: whether the browser has closed it.
    """

    closed: bool = False
    _id: str = field(default_factory=lambda: secrets.token_hex(8))
    _run: str = ""
    _handled: int = 0
    _refused: int = 0
    _refusal: str = ""
    _saved: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return what the browser is told, whatever the view is."""
        return {
            "id": self._id,
            "run": self._run,
            "refused": self._refused,
            "refusal": self._refusal,
            "saved": self._saved,
            "noAnswer": translate("No answer came. Try once more."),
        }

    def hear(self, said: Said | None) -> bool:
        """Whether what is said is new and to be done; note when the view was closed."""
        # What was said of another opening, and is still there, must not be done to this one.
        if said is None or said.id != self._id:
            return False
        if said.run != self._run:
            self._run, self._handled, self._refused, self._saved = said.run, 0, 0, 0
        if said.number <= self._handled:
            return False
        self._handled = said.number
        if said.close:
            self.closed = True
        return not said.close

    def refuse(self, words: str) -> None:
        """Tell the browser why what it saved last was not made; it keeps it."""
        self._refused, self._refusal = self._handled, words

    def accept(self) -> None:
        """Tell the browser that what it saved last is done: it need not keep it."""
        self._saved = self._handled

    def forget(self) -> None:
        """Let the browser say its last word once more: nothing was done about it."""
        self._handled = 0
