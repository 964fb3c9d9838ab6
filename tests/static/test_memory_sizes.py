"""What memory each function has is what docs/benchmarks.md says, and more than it was seen to take."""

from __future__ import annotations

import re
from typing import Any

from backdrop.core import limits
from tests.static.conftest import ROOT

_ROW = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SPARE = 1.3
LEAST_SPARE = 1.2
"""Of a function that has all that a new account may give."""


def told() -> dict[str, tuple[int, int]]:
    """Function -> (MB, peak MB) of the page's table."""
    section = (ROOT / "docs/benchmarks.md").read_text("utf-8").partition("\n## Sizes")[2].partition("\n## ")[0]
    return {f"{name}Function": (int(size), int(peak)) for name, size, peak, _, _ in _ROW.findall(section)}


def is_enough(size: int, peak: int) -> bool:
    return size >= peak * (LEAST_SPARE if size == limits.LARGEST_FUNCTION_MB else SPARE)


def test_the_page_names_the_size_of_every_function(template: dict[str, Any]) -> None:
    sizes = {
        name: one["Properties"]["MemorySize"]
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::Serverless::Function"
    }
    assert {name: size for name, (size, _) in told().items()} == sizes


def test_every_function_has_more_than_it_was_seen_to_take() -> None:
    assert [name for name, (size, peak) in told().items() if not is_enough(size, peak)] == []


def test_too_small_a_size_is_noticed() -> None:
    assert not is_enough(512, 400)
    assert not is_enough(limits.LARGEST_FUNCTION_MB, 2600)
