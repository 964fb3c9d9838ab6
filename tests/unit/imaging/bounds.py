"""Bad files cost next to nothing: what a test of one may spend."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backdrop.core.errors import PhotoRefused
from backdrop.imaging.photos import open_photo


@contextmanager
def within(seconds: float, most_bytes: int) -> Iterator[None]:
    """Fail when what is done inside takes as many CPU seconds, or as many bytes of Python's memory at once."""
    tracemalloc.start()
    try:
        started = time.process_time()
        yield
        assert time.process_time() - started < seconds
        assert tracemalloc.get_traced_memory()[1] < most_bytes
    finally:
        tracemalloc.stop()


def refused_at_once(data: bytes) -> PhotoRefused:
    """The refusal of a file that is no good photo, which takes less than a second of CPU."""
    started = time.process_time()
    with pytest.raises(PhotoRefused) as refusal:
        open_photo(data)
    assert time.process_time() - started < 1
    return refusal.value
