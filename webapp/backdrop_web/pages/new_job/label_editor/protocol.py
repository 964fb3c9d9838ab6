"""What the view for words and boxes says: labels to save, that it was closed. Checked, because a browser sends it; what
a label may be, the service says."""

from __future__ import annotations

from pydantic import BaseModel, Field

from backdrop.core.limits import MAX_LABEL_BOXES, MAX_LABELS
from backdrop_web.streamlit_shell.conversation import Said, parse_said


class SavedLabel(BaseModel):
    """A word, and the boxes around what it names; either may be missing."""

    name: str = Field(max_length=1_000)
    boxes: list[tuple[float, float, float, float]] = Field(max_length=10 * MAX_LABEL_BOXES)


class Save(BaseModel):
    """Labels that somebody is content with; None: those that were found."""

    n: int
    labels: list[SavedLabel] | None = Field(max_length=10 * MAX_LABELS)


class Message(Said):
    """All that the browser says at once."""

    save: Save | None = None


def parse_message(raw: object) -> Message | None:
    """Return the message, or None when there is none or it makes no sense."""
    return parse_said(Message, raw)
