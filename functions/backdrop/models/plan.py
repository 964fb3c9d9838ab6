"""The passes of one image: cut-out, painting, extending; each only where this image needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backdrop.core.options import MaskSource, Options
from backdrop.core.vocabulary import MaskOrigin, Mode
from backdrop.imaging.framing import canvas_for, outpaints
from backdrop.models import registry
from backdrop.models.base import ModelAdapter, ModelPass, PassOutput
from backdrop.models.built_in import BuiltInCutOut

if TYPE_CHECKING:
    from backdrop.core.workflow_state import Item, RunningJob

Plan = tuple[ModelPass, ...]


def plan(
    adapter: ModelAdapter,
    mode: Mode,
    options: Options,
    *,
    photo_size: tuple[int, int] | None = None,
    own_mask: bool = False,
) -> Plan:
    """The passes in order. The last one finishes the image.

    Args:
        adapter: the job's model.
        mode: the job's.
        options: the job's, checked by `models/choices.py`.
        photo_size: width and height in pixels; None where it is not known yet: then a new aspect is taken to need
            its extra pass.
        own_mask: whether the photo has a mask of its own, so that no cut-out is needed.
    """
    extends = outpaints(options) and (photo_size is None or canvas_for(photo_size, options.output).size != photo_size)
    extension = adapter.extend() if extends else None
    generates = options.generates
    masked = (
        own_mask
        or not generates
        or mode is Mode.PRECISE
        or options.mask_source is MaskSource.BUILT_IN
        or adapter.needs_mask(mode)
        # A canvas painted in one go: only a mask tells where the photo's subject is on it.
        or (extends and extension is None)
    )
    passes: list[ModelPass] = []
    if masked and not own_mask:
        own = None if options.mask_source is MaskSource.BUILT_IN else adapter.cut_out()
        passes.append(own or BuiltInCutOut())
    painting = adapter.paint(masked) if generates else None
    if painting is not None:
        passes.append(painting)
        if extension is not None:
            passes.append(extension)
    return tuple(passes)


def plan_of(job: RunningJob, item: Item, photo_size: tuple[int, int] | None = None) -> Plan:
    """The passes of a running job's photo; `photo_size` where it is known better than the item knows it (an inline
    list has no sizes)."""
    return plan(
        registry.get(job.model_id),
        job.mode,
        job.options,
        photo_size=photo_size or item.size,
        own_mask=item.mask_sha256 is not None,
    )


def is_masked(item: Item, steps: Plan) -> bool:
    """Whether a photo has a mask once these passes are made: of its own, or a cut-out's."""
    return item.mask_sha256 is not None or any(step.output is PassOutput.CUT_OUT for step in steps)


def labels_used(item: Item, steps: Plan) -> tuple[str, ...]:
    """The labels to keep that have an effect on the picture, by their places or by their names in a request.

    A mask that somebody brought decides alone what is kept; that of an earlier cut-out was limited to the labels.
    """
    if item.mask_sha256 is not None and item.mask_from != MaskOrigin.CUT_OUT:
        return ()
    if any(step.names_subject for step in steps):
        return item.labels
    return tuple(name for name in item.labels if not item.to_locate and name not in item.not_located)
