"""What the view for placing a product says: a place to save, that it was closed. Checked, because a browser sends
it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from backdrop.core.by_hand import MOVES, SCALES, TURNS, ByHand
from backdrop_web.streamlit_shell.conversation import Said, parse_said

_Move = Annotated[float, Field(ge=MOVES[0], le=MOVES[1])]


class Save(BaseModel):
    """A place that somebody is content with."""

    n: int
    across: _Move
    down: _Move
    scale: Annotated[float, Field(ge=SCALES[0], le=SCALES[1])]
    turn: Annotated[float, Field(ge=TURNS[0], le=TURNS[1])]

    def place(self) -> ByHand:
        """Return the place that is saved."""
        return ByHand(self.across, self.down, self.scale, self.turn)


class Message(Said):
    """All that the browser says at once."""

    save: Save | None = None


def parse_message(raw: object) -> Message | None:
    """Return the message, or None when there is none or it makes no sense."""
    return parse_said(Message, raw)
