"""Under whose terms a model's pictures are made."""

from __future__ import annotations

from backdrop.models.built_in import BUILT_IN

_THIRD_PARTY = "https://aws.amazon.com/legal/bedrock/third-party-models/"
"""Where AWS has the agreements of the providers whose models Bedrock serves."""

_ADDRESSES = {
    "amazon": "https://aws.amazon.com/service-terms/",
    "stability": _THIRD_PARTY,
}

_BUILT_IN = "https://github.com/xuebinqin/U-2-Net/blob/master/LICENSE"
"""Of the network that the built-in cut-out runs (docs/segmentation.md)."""


def terms_of(model_id: str) -> str:
    """The address of the terms of a model, or of an inference profile (`us.<provider>...`)."""
    if model_id == BUILT_IN:
        return _BUILT_IN
    parts = model_id.split(".")
    provider = parts[1] if len(parts[0]) == 2 and len(parts) > 2 else parts[0]
    return _ADDRESSES.get(provider, _THIRD_PARTY)
