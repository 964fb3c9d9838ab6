"""The stack's parameter `MoreModels` in a test, and every cache that was filled without it emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backdrop.models import catalogue, catalogue_data, registry
from backdrop.models.newer_versions import VARIABLE

_CACHES = (catalogue_data.data, catalogue_data.newer_versions, catalogue.service, catalogue.entry, registry.get)


@contextmanager
def more_models(text: str) -> Iterator[None]:
    """Run with this value of the parameter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, text)
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    for cached in _CACHES:
        cached.cache_clear()
