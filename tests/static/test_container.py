"""The web app's container: not root, pinned, asked whether it is well, without what runs behind the API."""

from __future__ import annotations

import ast
import json
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.documented_commands import ROOT


def read_instructions() -> list[tuple[str, str]]:
    """Name and words of each instruction, in their order."""
    lines = (ROOT / "webapp/Dockerfile").read_text("utf-8").splitlines()
    pairs = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    return [(name, words) for name, words in pairs]


def words_of(name: str) -> list[str]:
    """The words of each instruction of a name."""
    return [words for one, words in read_instructions() if one == name]


def exec_form(name: str) -> list[str]:
    """The program of CMD or HEALTHCHECK."""
    (words,) = words_of(name)
    found: list[str] = json.loads(words[words.index("[") :])
    return found


def test_it_runs_as_a_user_of_its_own_from_files_that_are_there() -> None:
    names = [name for name, _ in read_instructions()]
    assert words_of("USER") == ["10001"]
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in {"RUN", "COPY"})
    for words in words_of("COPY"):
        assert (ROOT / words.split()[0]).exists(), words
    assert (ROOT / exec_form("CMD")[4]).exists()
    assert "/_stcore/health" in " ".join(exec_form("HEALTHCHECK"))


def test_what_it_installs_is_pinned_with_hashes_and_the_same_as_here() -> None:
    (install,) = [words for words in words_of("RUN") if "pip install" in words]
    assert "--require-hashes -r requirements/web.txt" in install
    pinned, here = (_pins((ROOT / "requirements" / name).read_text("utf-8")) for name in ("web.txt", "local.txt"))
    assert pinned.items() <= here.items()
    assert not {"ministack", "aws-sam-translator"} & set(pinned)


def test_all_that_its_code_imports_is_in_the_image() -> None:
    """The container itself can't be built where there is no Docker."""
    copied = [ROOT / words.split()[0] for words in words_of("COPY")]
    files = {file for one in copied for file in ([one] if one.is_file() else one.rglob("*.py")) if file.suffix == ".py"}
    # A tool of the repository that lies beside the app: it paints pictures with the local models.
    files.discard(ROOT / "webapp/render_scenes.py")
    # What `backdrop verify` alone reads; no page does.
    files.discard(ROOT / "client/backdrop_client/proof/credentials.py")
    readers = [file for file in files if "backdrop_client.proof.credentials" in _imported(file)]
    assert all("proof" in file.parts for file in readers)
    assert len(files) > 150
    pinned = {name.lower().replace("_", "-") for name in _pins((ROOT / "requirements/web.txt").read_text("utf-8"))}
    providers = packages_distributions()
    roots = [ROOT / "webapp", ROOT / "client", ROOT / "functions"]
    missing = set()
    for file in files:
        for module in _imported(file):
            top = module.partition(".")[0]
            if top in sys.stdlib_module_names:
                continue
            if top.startswith("backdrop"):
                path = module.replace(".", "/")
                places = {root / f"{path}{end}" for root in roots for end in (".py", "/__init__.py")}
                found = bool(places & files)
            else:
                found = bool({name.lower().replace("_", "-") for name in providers.get(top, [])} & pinned)
            if not found:
                missing.add((str(file.relative_to(ROOT)), module))
    assert missing == set()


def _imported(file: Path) -> set[str]:
    """Modules that a file imports when it runs."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.name for node in imports for alias in node.names} | {str(node.module) for node in froms}


def _pins(text: str) -> dict[str, str]:
    lines = [line.split(" ")[0] for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    return dict(line.split("==", 1) for line in lines)
