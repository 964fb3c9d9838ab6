"""What the page's uploader (JavaScript in the user's browser) and this server tell each other.

Everything that comes from a browser is checked here before anything else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from backdrop_client.api import PHOTOS_PER_CALL

Id = Annotated[str, Field(min_length=1, max_length=64)]
_MANY = 10_000


class _FromBrowser(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class FileOffer(_FromBrowser):
    """A file that the user chose: `name` with its folders, `size` in bytes, `type` a MIME type, `sha256` of its
    bytes in hexadecimal digits; None: the browser could not tell it."""

    id: Id
    name: Annotated[str, Field(min_length=1, max_length=4096)]
    size: Annotated[int, Field(ge=0, le=2**53)]
    type: Annotated[str, Field(max_length=100)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    def is_same_file(self, other: FileOffer) -> bool:
        """Whether both are the same file."""
        return self.is_same(other.name, other.size, other.sha256)

    def is_same(self, name: str, size: int | None, sha256: str | None) -> bool:
        """Whether this is the file of that name, size and hash; without a hash, name and size tell."""
        return (self.name, self.size) == (name, size) and (None in (self.sha256, sha256) or self.sha256 == sha256)


class Message(_FromBrowser):
    """One message of the browser. Lists hold file ids unless said otherwise.

    `seq` counts messages from 1; `heard` is the number of the last update it knows of; `left` is how many files are
    neither in nor out, `out` how many are listed as left out; `renew`: their permission to upload ran out; `cleared`:
    ids of photos to take out.
    """

    key: Id
    seq: Annotated[int, Field(ge=1)]
    heard: Annotated[int, Field(ge=0)] = 0
    left: Annotated[int, Field(ge=0)] = 0
    out: Annotated[int, Field(ge=0)] = 0
    offers: Annotated[list[FileOffer], Field(max_length=PHOTOS_PER_CALL)] = Field(default_factory=list)
    arrived: Annotated[list[Id], Field(max_length=_MANY)] = Field(default_factory=list)
    renew: Annotated[list[Id], Field(max_length=PHOTOS_PER_CALL)] = Field(default_factory=list)
    removed: Annotated[list[Id], Field(max_length=_MANY)] = Field(default_factory=list)
    cleared: Annotated[list[Id], Field(max_length=_MANY)] = Field(default_factory=list)


def parse_message(raw: object) -> Message | None:
    """Return a message of the browser, or None when there is none, or none that makes sense."""
    try:
        return Message.model_validate(raw)
    except ValidationError:
        return None


@dataclass(frozen=True)
class FileUpdate:
    """What happened to a file. `target`: send it to `url` with `fields`; `known`: it is in the job already;
    `done`: it is in the job; `refused`: it never will be; `failed`: checking it failed, try again; `again`: it is not
    in the storage, send it once more; `note`: something to tell the user, `id` is a photo's."""

    kind: Literal["target", "known", "done", "refused", "failed", "again", "note"]
    id: str
    photo_id: str | None = None
    reason: str | None = None
    url: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    number: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as the browser gets it."""
        values: dict[str, Any] = {
            "n": self.number,
            "kind": self.kind,
            "id": self.id,
            "photoId": self.photo_id,
            "reason": self.reason,
        }
        if self.url:
            values |= {"url": self.url, "fields": self.fields}
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True)
class LeftOut:
    """A photo of the draft that is not in the job, and why; `missing`: it was never uploaded."""

    photo_id: str
    name: str
    reason: str
    missing: bool = False


@dataclass(frozen=True)
class Answer:
    """What the browser is told each time the page is drawn. `ack` is the last message that was done; `stop` counts
    how often it was told to leave out what it has not sent."""

    key: str
    draft: str | None
    ack: int
    updates: list[FileUpdate]
    left_out: list[LeftOut]
    ready: int
    busy: bool
    trouble: str | None
    stop: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as the browser gets it."""
        return {
            "key": self.key,
            "draft": self.draft,
            "ack": self.ack,
            "updates": [update.to_json() for update in self.updates],
            "leftOut": [
                {"photoId": item.photo_id, "name": item.name, "reason": item.reason, "missing": item.missing}
                for item in self.left_out
            ],
            "ready": self.ready,
            "busy": self.busy,
            "trouble": self.trouble,
            "stop": self.stop,
        }
