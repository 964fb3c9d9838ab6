"""A backdrop: a picture of one's own behind every product of a job, and the shadow that the product casts on it.

Plain dataclasses without pydantic, as in `core/options.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from backdrop.core.recipes import Recipe


class Shadow(StrEnum):
    """What a product casts on a backdrop: nothing, a thin dark line where it stands, or that and a soft shadow."""

    NONE = "NONE"
    CONTACT = "CONTACT"
    SOFT = "SOFT"


@dataclass(frozen=True)
class Backdrop:
    """The picture behind the products of a job.

    Attributes:
        id: of one of the user's backdrops; empty in jobs of other systems.
        name: what the user calls it.
        key: where the job's own copy lies in the job's bucket; empty until the job is submitted.
        sha256: of that copy; empty until then.
        shadow: what products cast on it.
        recipe: how it was made; None: it was uploaded.
    """

    id: str = ""
    name: str = ""
    key: str = ""
    sha256: str = ""
    shadow: Shadow = Shadow.SOFT
    recipe: Recipe | None = None
