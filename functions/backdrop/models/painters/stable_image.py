"""Stable Image Core, Stable Image Ultra and Stable Diffusion 3.5 Large: a picture from words.

AWS serves them by their bare ids, on demand, in us-west-2. Sources:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-stable-image-core-text-image-request-response.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-stable-ultra-text-image-request-response.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-3-5-large.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backdrop.models.base import Answer
from backdrop.models.bodies import build_body
from backdrop.models.stability_services import StabilityPass


@dataclass(frozen=True)
class StableImage:
    """A model of this family. `fixed`: what every request of it says besides."""

    model_id: str
    name: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    prompt_max_length: int = 10_000
    # 0 asks for a random seed: a picture made with it could never be made again.
    seed_min: int = 1
    seed_max: int = 4_294_967_294

    def request(self, prompt: str, negative_prompt: str, aspect: str, seed: int) -> bytes:
        """Return the body of a request for one picture, a PNG of about a megapixel; the same for the same words."""
        body = {"prompt": prompt, **self.fixed, "aspect_ratio": aspect, "seed": seed, "output_format": "png"}
        if negative_prompt:
            body["negative_prompt"] = negative_prompt
        return build_body(body).body

    def read(self, response: Mapping[str, Any]) -> Answer:
        """Return the picture.

        Raises:
            ModelRefused, ResponseInvalid: there is none.
        """
        return StabilityPass(self.model_id).read(response)
