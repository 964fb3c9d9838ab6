"""What the review says: decisions, and wishes that only the server can fulfil. Checked, because a browser sends it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backdrop.core.verdicts import MOST_WORDS, RejectReason, Why
from backdrop.core.vocabulary import Verdict


class Decision(BaseModel):
    """A verdict of an image; None takes one back."""

    n: int
    id: str = Field(max_length=40)
    verdict: Verdict | None
    reason: RejectReason | None = None
    words: str = Field(default="", max_length=MOST_WORDS)

    @property
    def why(self) -> Why:
        """Why the image was rejected."""
        return Why(self.reason, self.words)


class Turn(BaseModel):
    """A wish to see another page of the grid, counted from 0."""

    n: int
    page: int = Field(ge=0)


class Again(BaseModel):
    """A wish to run an image again, to put its cut-out right, to place its product, or to be told how it was made."""

    n: int
    id: str = Field(max_length=40)


class Message(BaseModel):
    """All that the browser says at once: `run` names the browser's page, which numbers what it says."""

    model_config = ConfigDict(extra="ignore")

    run: str = Field(max_length=60)
    decisions: list[Decision] = Field(max_length=5000)
    turn: Turn | None = None
    again: Again | None = None
    fix: Again | None = None
    place: Again | None = None
    story: Again | None = None


@dataclass
class Inbox:
    """Takes each thing once, however often the browser repeats it."""

    run: str = ""
    applied: int = 0
    refusal: str = ""
    _wishes: dict[str, int] = field(default_factory=dict)

    def parse_message(self, raw: object) -> Message | None:
        """Return the message, or None when there is none or it makes no sense."""
        if raw is None:
            return None
        try:
            message = Message.model_validate(raw)
        except ValidationError:
            return None
        if message.run != self.run:
            self.run, self.applied, self.refusal, self._wishes = message.run, 0, "", {}
        return message

    def list_fresh(self, message: Message) -> list[Decision]:
        """Return what is not handled yet: of each image the last decision. `mark_handled` once it is."""
        return list({one.id: one for one in message.decisions if one.n > self.applied}.values())

    def mark_handled(self, message: Message) -> None:
        """Note that all decisions of the message are done with, whether or not they could be saved."""
        self.applied = max([self.applied, *(one.n for one in message.decisions)])

    def take_wish(self, name: str, wish: Turn | Again | None) -> bool:
        """Whether this wish was not fulfilled yet; it is from now on."""
        if wish is None or wish.n <= self._wishes.get(name, 0):
            return False
        self._wishes[name] = wish.n
        return True
