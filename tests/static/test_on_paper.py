"""The costs on paper follow the workflow and the catalogue as they are now."""

from __future__ import annotations

from tests import on_paper
from tests.documented_commands import ROOT


def test_the_document_says_what_is_computed() -> None:
    text = (ROOT / "docs/benchmarks.md").read_text()
    for name, one in on_paper.papers().items():
        assert f"| {name} {one.row()}" in text
