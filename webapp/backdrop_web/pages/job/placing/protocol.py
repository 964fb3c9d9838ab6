"""What the view for placing a product says: a place to save, that it was closed. Checked, because a browser sends
it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backdrop.core.by_hand import MOVES, SCALES, TURNS, ByHand

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


class Close(BaseModel):
    """The view is not needed any more."""

    n: int


class Message(BaseModel):
    """All that the browser says at once: `run` names the browser's page, which numbers what it says, and `id` the
    opening of the view that it is about."""

    model_config = ConfigDict(extra="ignore")

    run: str = Field(max_length=60)
    id: str = Field(max_length=60)
    save: Save | None = None
    close: Close | None = None

    @property
    def number(self) -> int:
        """The number of what is said."""
        return max((one.n for one in (self.save, self.close) if one), default=0)


def parse_message(raw: object) -> Message | None:
    """Return the message, or None when there is none or it makes no sense."""
    if raw is None:
        return None
    try:
        return Message.model_validate(raw)
    except ValidationError:
        return None
