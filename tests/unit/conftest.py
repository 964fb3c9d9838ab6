"""For every unit test."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True, scope="session")
def _seldom_look_for_garbage() -> None:
    """Leave what was imported alone, and look through the rest less often: a tenth of the time of page tests."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
