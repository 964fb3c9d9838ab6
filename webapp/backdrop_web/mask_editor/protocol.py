"""What the mask editor says: strokes to work on, a mask to save, that it was closed. Checked, because a browser sends
it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_Share = Annotated[float, Field(ge=0, le=1)]
_Picture = Annotated[str, Field(max_length=6_000_000)]


class Stroke(BaseModel):
    """A line drawn by hand, as the API takes it (`StrokeWish`)."""

    points: list[tuple[_Share, _Share]] = Field(min_length=1, max_length=2_000)
    width: Annotated[float, Field(gt=0, le=0.5)]


class Ask(BaseModel):
    """Something that the service is to work out: what `strokes` reach, the product `within` a rectangle, or the cut-out
    `anew`. `mask` is what the strokes were drawn on, base64 of a PNG."""

    n: int
    kind: Literal["strokes", "within", "anew"]
    mask: _Picture | None
    keep: list[Stroke] = Field(max_length=20)
    remove: list[Stroke] = Field(max_length=20)
    rectangle: tuple[_Share, _Share, _Share, _Share] | None


class Save(BaseModel):
    """A mask that somebody is content with, base64 of a PNG."""

    n: int
    mask: _Picture


class Close(BaseModel):
    """The editor is not needed any more."""

    n: int


class Message(BaseModel):
    """All that the browser says at once: `run` names the browser's page, which numbers what it says, and `id` the
    opening of the editor that it is about."""

    model_config = ConfigDict(extra="ignore")

    run: str = Field(max_length=60)
    id: str = Field(max_length=60)
    ask: Ask | None = None
    save: Save | None = None
    close: Close | None = None

    @property
    def number(self) -> int:
        """The number of what is said."""
        return max((one.n for one in (self.ask, self.save, self.close) if one), default=0)


def parse_message(raw: object) -> Message | None:
    """Return the message, or None when there is none or it makes no sense."""
    if raw is None:
        return None
    try:
        return Message.model_validate(raw)
    except ValidationError:
        return None
