"""Stories: how an image or a job was made, as the REST API tells them."""

from __future__ import annotations

from backdrop.api.schemas.wire import answer
from backdrop.core.vocabulary import FileMatch


@answer
class StoryPart:
    """A part of a story, in sentences to be shown as they are."""

    title: str
    sentences: list[str]


@answer
class Story:
    """How an image, or a whole job, was made, from its report.

    `imageId`: of an image's story. `match`: what the file whose hash was given is to the image.
    """

    job_id: str
    image_id: str | None = None
    match: FileMatch | None = None
    parts: list[StoryPart]
