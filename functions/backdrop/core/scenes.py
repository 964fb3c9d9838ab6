"""Scenes: what is behind the products. A job may finish every photo in several of them, all from one cut-out.

Plain dataclasses without pydantic, as in `core/options.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from backdrop.core.words.marks import phrase

if TYPE_CHECKING:
    from backdrop.core.backdrops import Backdrop

GENERATED = "generated"
TRANSPARENT = "transparent"
BACKDROP = "backdrop"

MAX_SCENES = 5
"""Scenes of a photo. Ours."""

MAX_SCENES_OF_JOB = 25
"""Scenes of a job of which each photo has some, its own among them: they are in the state of every step. Ours."""


class Spread(StrEnum):
    """Which of the job's scenes a photo has of which nothing is said: all of them, the job's own, or one of them in
    turn, in the order of the photos."""

    ALL = "ALL"
    FIRST = "FIRST"
    TURN = "TURN"


@dataclass(frozen=True)
class Scene:
    """A further background of every photo of a job, beside the job's own.

    Attributes:
        prompt: words that it is painted from, verbatim; of a generated one only.
        background: `generated`, `transparent`, `backdrop`, or a colour `#rrggbb`.
        backdrop: the picture of `backdrop`.
    """

    prompt: str = ""
    background: str = GENERATED
    backdrop: Backdrop | None = None

    @property
    def generates(self) -> bool:
        """Whether a model paints it."""
        return self.background == GENERATED


def describe_scene(scene: Scene) -> str:
    """Return a scene in words, for lists and pages: its prompt, or what stands there instead."""
    if scene.generates:
        return scene.prompt
    if scene.backdrop is not None:
        return phrase("backdrop {name}", name=scene.backdrop.name or scene.backdrop.id)
    return (
        phrase("transparent") if scene.background == TRANSPARENT else phrase("colour {colour}", colour=scene.background)
    )
