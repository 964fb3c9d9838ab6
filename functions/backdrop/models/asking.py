"""The request of one pass of an image, made of nothing but its photo, its mask and the job's settings.

Whoever has those can make it once more, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backdrop.models.base import ModelPass, PassContext, StagedRequest
from backdrop.models.request_image import RequestImage

if TYPE_CHECKING:
    from PIL import Image

    from backdrop.core.workflow_state import Item, RunningJob


def build_request(
    job: RunningJob,
    item: Item,
    seed: int,
    model_pass: ModelPass,
    image: RequestImage,
    mask: Image.Image | None,
    source_sha256: str,
) -> StagedRequest:
    """Return the body that a pass asks with.

    Args:
        job: with the options of this image, which has one output.
        item: the photo, with what was found out about it.
        seed: of the image.
        model_pass: the pass.
        image: what it is shown.
        mask: the photo's mask as it is stored; None for a pass that needs none.
        source_sha256: hex, of the photo's file.

    Raises:
        BackdropError: the model would refuse it.
    """
    context = PassContext(
        image=image.image,
        mask=image.fit(mask) if mask is not None else None,
        prompt=job.prompt if item.prompt is None else item.prompt,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        seed=seed,
        labels=item.labels,
        removed=item.removed,
        boxes=item.boxes,
        removed_boxes=item.removed_boxes,
        canvas=image.canvas,
        options=job.options,
        source={"Key": item.key, "Sha256": source_sha256},
    )
    return model_pass.request(context)
