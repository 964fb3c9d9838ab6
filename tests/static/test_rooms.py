"""A folder can be looked over: it has no more than 25 modules of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 25
FOLDERS = sorted(
    {
        file.parent
        for part in ("functions/backdrop", "functions/backdrop_cutout", "client", "local", "webapp")
        for file in (ROOT / part).rglob("*.py")
        if not {"builds", "__pycache__"} & set(file.parts)
    }
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_is_not_too_full(folder: Path) -> None:
    modules = [file.name for file in folder.glob("*.py") if file.name != "__init__.py"]
    assert len(modules) <= MOST, "make a room for what belongs together"
