"""The web app's container: not root, pinned, asked whether it is well, without what runs behind the API."""

from __future__ import annotations

import json

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


def _pins(text: str) -> dict[str, str]:
    lines = [line.split(" ")[0] for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    return dict(line.split("==", 1) for line in lines)
