"""The costs on paper follow the workflow and the catalogue as they are now."""

from __future__ import annotations

import pytest

from tests import on_paper
from tests.documented_commands import ROOT


@pytest.mark.parametrize("way", [on_paper.ON_A_BACKDROP, on_paper.PAINTED], ids=["backdrop", "painted"])
def test_the_workflow_goes_the_way_that_is_counted(way: list[str]) -> None:
    assert on_paper.is_way(way)
    assert not on_paper.is_way(way[:-1])
    assert not on_paper.is_way([*way[:3], *way[4:]])


def test_the_document_says_what_is_computed() -> None:
    text = (ROOT / "docs/benchmarks.md").read_text()
    for one in on_paper.papers().values():
        assert f"| {one.a_minute:.0f} | {on_paper.PHOTOS / one.a_minute:.1f} | {one.total:.2f} |" in text
