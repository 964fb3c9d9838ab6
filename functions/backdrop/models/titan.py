"""Amazon Titan Image Generator v1 and v2. Retired: v1 is gone, v2 since 2026-06-30.

v1 has no BACKGROUND_REMOVAL: its masks come from the built-in cut-out.
Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/titan-image-models.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle-legacy.html
"""

from __future__ import annotations

from backdrop.models.amazon import AmazonOutpainting, Bounds

# The photo's longer side and file size; the text fields.
_BOUNDS = Bounds(max_side=1408, min_side=1, max_bytes=5_000_000)
_TEXT_MAX = 512
_FAMILY = "Titan Image Generator"

TITAN_V1 = AmazonOutpainting(
    "amazon.titan-image-generator-v1", _FAMILY, _BOUNDS, _TEXT_MAX, _TEXT_MAX, 8.0, removes_background=False
)
TITAN_V2 = AmazonOutpainting("amazon.titan-image-generator-v2:0", _FAMILY, _BOUNDS, _TEXT_MAX, _TEXT_MAX, 8.0)
