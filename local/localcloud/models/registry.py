"""Which model ids answer, and what AWS says to the others."""

from __future__ import annotations

import json
import re
from typing import Any

from localcloud.models.engine import Engine
from localcloud.models.errors import ModelError, invalid
from localcloud.models.families import nova, stability, stability_frame, stable_image, titan
from localcloud.models.families.base import BODY_BYTES, Family

# Served only through a geographic inference profile (model cards: In-Region not supported).
_BY_PROFILE: dict[str, Family] = {
    "stability.stable-image-remove-background-v1:0": stability.remove_background,
    "stability.stable-image-inpaint-v1:0": stability.inpaint,
    "stability.stable-image-search-replace-v1:0": stability.search_replace,
    "stability.stable-image-search-recolor-v1:0": stability.search_recolor,
    "stability.stable-image-erase-object-v1:0": stability.erase,
    "stability.stable-outpaint-v1:0": stability_frame.outpaint,
    "stability.stable-fast-upscale-v1:0": stability_frame.fast_upscale,
}
# Served on demand by their bare ids; there is no profile of them.
_ON_DEMAND: dict[str, Family] = {
    "stability.stable-image-core-v1:1": stable_image.core,
    "stability.stable-image-ultra-v1:1": stable_image.ultra,
    "stability.sd3-5-large-v1:0": stable_image.diffusion_3_5,
    "amazon.titan-image-generator-v1": titan.version_1,
    "amazon.titan-image-generator-v2:0": titan.version_2,
    "amazon.nova-canvas-v1:0": nova.canvas,
}
_PROFILE = "us."
_MODEL_ID = re.compile(r"(us\.)?[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}([.:]?[a-z0-9-]{1,63}){0,3}")


def family_of(model_id: str) -> Family:
    """The family behind a model id, an inference profile id or the ARN of either. Raises ModelError."""
    name = model_id.rsplit("/", 1)[-1] if model_id.startswith("arn:") else model_id
    if not _MODEL_ID.fullmatch(name):
        raise invalid("The provided model identifier is invalid.")
    bare = name.removeprefix(_PROFILE)
    family = (_BY_PROFILE if name != bare else _ON_DEMAND).get(bare)
    if family is not None:
        return family
    if bare in _BY_PROFILE:
        raise invalid(
            f"Invocation of model ID {bare} with on-demand throughput isn’t supported. Retry your request"
            " with the ID or ARN of an inference profile that contains this model."
        )
    raise ModelError(
        "ResourceNotFoundException",
        f"Could not resolve the foundation model from the model identifier {name}."
        f" The local image models serve: {', '.join(served_ids())}.",
    )


def served_ids() -> list[str]:
    """The ids that a caller may use."""
    return [*(f"{_PROFILE}{name}" for name in _BY_PROFILE), *_ON_DEMAND]


def invoke(model_id: str, body: bytes, engine: Engine) -> bytes:
    """Return InvokeModel's response body for a request body, both JSON of at most 25,000,000 bytes."""
    family = family_of(model_id)
    if len(body) > BODY_BYTES:
        raise invalid(f"Input is too long: the body must have at most {BODY_BYTES} bytes, has {len(body)}.")
    try:
        request: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid("Malformed input request, please reformat your input and try again: no valid JSON.") from error
    if not isinstance(request, dict):
        raise invalid("Malformed input request: expected type: JSONObject, please reformat your input.")
    response = json.dumps(family(request, engine), separators=(",", ":")).encode()
    if len(response) > BODY_BYTES:
        raise ModelError(
            "ModelErrorException",
            f"The answer would have {len(response)} bytes; a response body is limited to {BODY_BYTES}."
            " Send a smaller image or ask for a jpeg or webp.",
        )
    return response
