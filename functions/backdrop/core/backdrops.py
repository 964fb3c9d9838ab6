"""A backdrop: a picture of one's own behind every product of a job, where products stand on it, and what they cast.

Plain dataclasses without pydantic, as in `core/options.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backdrop.core.light import Light
    from backdrop.core.recipes import Recipe


class Shadow(StrEnum):
    """What a product casts on a backdrop: nothing, a thin dark line where it stands, or that and a soft shadow."""

    NONE = "NONE"
    CONTACT = "CONTACT"
    SOFT = "SOFT"


SHARES, ACROSS, SURFACES = (0.1, 0.95), (0.2, 0.8), (0.3, 0.97)
"""The least and the most of a placement's `share`, `across` and `surface`."""

SURFACE = 0.82
"""Where products stand on a picture in which no surface can be seen."""


@dataclass(frozen=True)
class Placement:
    """Where products stand on a backdrop, in shares of the finished picture. Several products of a photo keep their
    distance: they are placed together.

    Attributes:
        share: of its width or height that the product takes up, whichever it reaches first; less where it would not fit
            otherwise.
        across: of its width, from the left: where the middle of the product is.
        surface: of its height, from the top: where the lowest point of the product stands; None until it is settled:
            the backdrop's own.
    """

    share: float = 0.6
    across: float = 0.5
    surface: float | None = None

    @property
    def line(self) -> float:
        """The surface, or where it is in a picture that shows none."""
        return SURFACE if self.surface is None else self.surface


@dataclass(frozen=True)
class Backdrop:
    """The picture behind the products of a job.

    Attributes:
        id: of one of the user's backdrops; empty in jobs of other systems.
        name: what the user calls it.
        key: where the job's own copy lies in the job's bucket; empty until the job is submitted.
        sha256: of that copy; empty until then.
        shadow: what products cast on it.
        placement: where products stand; None: each keeps its place in its photo.
        recipe: how it was made; None: it was uploaded.
        light: in which products stand; None: from nowhere in particular, and nothing but the shadow.
    """

    id: str = ""
    name: str = ""
    key: str = ""
    sha256: str = ""
    shadow: Shadow = Shadow.SOFT
    placement: Placement | None = None
    recipe: Recipe | None = None
    light: Light | None = None
