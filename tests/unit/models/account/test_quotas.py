"""Which quota is a model's: one that fits, or none. Never a guess."""

from __future__ import annotations

import pytest

from backdrop.models import catalogue
from backdrop.models.account.quotas import find_quota

INPAINT = "us.stability.stable-image-inpaint-v1:0"
CROSS = "Cross-region model inference requests per minute for"
ON_DEMAND = "On-demand model inference requests per minute for"


@pytest.mark.parametrize(
    "name",
    [
        f"{CROSS} Stability.ai Stable Image Inpaint V1",
        f"{CROSS} Stability AI Stable Image Inpaint",
        f"{CROSS} Stable Image Inpaint V1.0",
        "Cross-Region InvokeModel requests per minute for Stable Image Inpaint",
    ],
)
def test_a_quota_of_the_model_is_found(name: str) -> None:
    assert find_quota(catalogue.service(INPAINT), {name: 20.0, "Batch inference job size": 1.0}) == 20.0


@pytest.mark.parametrize(
    "name",
    [
        f"{ON_DEMAND} Stable Image Inpaint V1",
        f"Global {CROSS.lower()} Stable Image Inpaint V1",
        f"{CROSS} Stable Image Inpaint V2",
        f"{CROSS} Stable Image Inpaint Large V1",
        f"{CROSS} Stable Image Outpaint V1",
        "Cross-region model inference tokens per minute for Stable Image Inpaint V1",
        "Records per batch inference job for Stable Image Inpaint V1",
    ],
)
def test_a_quota_of_something_else_is_not(name: str) -> None:
    assert find_quota(catalogue.service(INPAINT), {name: 20.0}) is None


def test_two_that_fit_are_none() -> None:
    both = {f"{CROSS} Stable Image Inpaint V1": 20.0, f"{CROSS} Stability.ai Stable Image Inpaint": 4.0}
    assert find_quota(catalogue.service(INPAINT), both) is None


def test_an_on_demand_model_has_the_on_demand_quota() -> None:
    canvas = catalogue.service("amazon.nova-canvas-v1:0")
    assert find_quota(canvas, {f"{ON_DEMAND} Amazon Nova Canvas": 100.0, f"{CROSS} Amazon Nova Canvas": 1.0}) == 100.0


def test_versions_of_a_model_are_not_mixed_up() -> None:
    titan = catalogue.service("amazon.titan-image-generator-v1")
    assert find_quota(titan, {f"{ON_DEMAND} Amazon Titan Image Generator V2": 60.0}) is None
    assert find_quota(titan, {f"{ON_DEMAND} Amazon Titan Image Generator V1": 60.0}) == 60.0
