"""Amazon Nova Canvas. Retired since 2026-09-30: https://docs.aws.amazon.com/bedrock/latest/userguide/model-lifecycle-legacy.html

Source of the limits: https://docs.aws.amazon.com/nova/latest/userguide/image-gen-access.html
"""

from __future__ import annotations

from backdrop.models.amazon import AmazonOutpainting, Bounds

# Sides 320 to 4096, under 4,194,304 pixels: 2032 squared is the largest square with sides that divide by 16.
_BOUNDS = Bounds(max_side=2032, min_side=320, max_pixels=4_194_303)
_TEXT_MAX = 1024

NOVA_CANVAS = AmazonOutpainting("amazon.nova-canvas-v1:0", "Nova Canvas", _BOUNDS, _TEXT_MAX, _TEXT_MAX, 6.5)
