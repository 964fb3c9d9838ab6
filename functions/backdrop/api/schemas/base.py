"""What all bodies of the REST API have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Text = Annotated[str, Field(max_length=100_000)]
"""No model takes so much; the model's own limit is checked, and named, later."""


class RequestBody(BaseModel):
    """Unknown fields are an error: a client can't set what it does not own, and typing errors are told."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class AnswerBody(BaseModel):
    """Answers are documented, and tested, by these."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)
