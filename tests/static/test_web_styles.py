"""The web app's style sheets: nothing in them is left over, and no page brings any of its own while it is drawn."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.static.conftest import ROOT

PACKAGE = ROOT / "webapp" / "backdrop_web"
SHEETS = sorted(PACKAGE.rglob("*.css"))
PYTHON = sorted(PACKAGE.rglob("*.py"))
MARKUP = "\n".join(file.read_text("utf-8") for file in [*PYTHON, *PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.html")])

STREAMLITS = re.compile(r"st[A-Z]\w*")
"""Classes of Streamlit's own elements, such as `stButton`."""


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: str(sheet.relative_to(PACKAGE)))
def test_every_class_in_a_style_sheet_is_given_to_something(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    selectors = " ".join(re.findall(r"([^{}]+)\{", text))
    classes = set(re.findall(r"\.([A-Za-z_][\w-]*)", selectors)) | set(re.findall(r'class\*="([\w-]+)', selectors))
    assert classes
    unknown = [name for name in classes if not STREAMLITS.fullmatch(name) and not re.search(_given(name), MARKUP)]
    assert unknown == []


def _given(name: str) -> str:
    """How code gives an element this class: by its name, by a container's key, or by a name that ends in a number."""
    bare = re.escape(re.sub(r"-\d+$", "-", name.removeprefix("st-key-")))
    return rf"(?<![\w-]){bare}(?![\w-])" if name[-1] not in "-0123456789" else rf"(?<![\w-]){bare}\{{"


def test_no_page_brings_styles_after_it_is_drawn() -> None:
    for file in PYTHON:
        if file.name == "styles.py":
            continue
        text = file.read_text("utf-8")
        assert "<style" not in text, file
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) == "st.html":
                # A name could be that of a file; markup is written where it is shown, or made by a function.
                assert not isinstance(call.args[0], ast.Name | ast.Attribute), file
