"""A mask to look at, as the REST API shows it."""

from __future__ import annotations

from backdrop.api.schemas.photos import SeenMask
from backdrop.imaging.quality import flags as quality_flags
from backdrop.jobs import mask_editing


def seen_mask_view(seen: mask_editing.SeenMask) -> SeenMask:
    """A mask to look at; a cut-out is called doubtful where the image that it makes would be flagged for it."""
    return SeenMask(
        mask=seen.data,
        width=seen.width,
        height=seen.height,
        source=seen.source,
        doubt=seen.doubt.measured if seen.doubt else None,
        doubtful=bool(seen.doubt and quality_flags.doubted(seen.doubt, ())),
        place=seen.doubt.box if seen.doubt else None,
    )
