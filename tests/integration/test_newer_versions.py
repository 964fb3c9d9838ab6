"""A newer version of a model that a parameter names, on the deployed stack: called, allowed, priced and shown."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from tests.bench.quick_cloud import CUT_OUT, PAINT, quick_cloud

pytestmark = pytest.mark.integration

NEWER = "us.stability.stable-image-inpaint-v1:1"


def test_a_newer_version_is_called_and_told_in_the_catalogue_and_the_report() -> None:
    named = f"{NEWER}/{PAINT}/usd:0.11/perMinute:600"
    with quick_cloud(MoreModels=named, AllowRetiredModels="false") as quick:
        headers = {"Authorization": quick.cloud.demo_token()}
        told = httpx.get(f"{quick.cloud.outputs.api_url}/models", headers=headers, timeout=30).json()
        (model,) = (one for one in told["models"] if one["modelId"] == NEWER)
        assert (model["usable"], model["pricePerImageUsd"], model["access"]["state"]) == (True, 0.18, "ACCESSIBLE")
        assert told["defaultModelId"] == PAINT

        known, newer = quick.start("known", 2), quick.start("newer", 2, ModelId=NEWER)
        quick.wait([known, newer])

        called = Counter((one["modelId"], one["outcome"]) for one in quick.invocations())
        assert called == {(CUT_OUT, "answered"): 4, (PAINT, "answered"): 2, (NEWER, "answered"): 2}
        report = quick.report("newer")
        assert (report["Job"]["ModelId"], report["Totals"]["Succeeded"]) == (NEWER, 2)
        costs = {one["ModelId"]: one["UsdPerCall"] for one in report["Cost"]["Models"]}
        assert costs == {CUT_OUT: 0.07, NEWER: 0.11}
