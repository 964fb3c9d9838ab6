"""The documentation against the code: tables, links, files that it names, and the length of its first page."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests import docs_tables
from tests.docs_tables import PAGES, SETTINGS, TABLES, tables_of, variables_of, with_tables
from tests.static.conftest import ROOT

RUNBOOKS = sorted((ROOT / "docs/runbooks").glob("*.md"))
ALL = [ROOT / "README.md", ROOT / "local/localcloud/models/README.md", *PAGES, *RUNBOOKS]

CODE = ["functions", "client", "webapp", "local", "tests", "statemachine", "*.yaml", "*.toml", "Makefile"]

WORDS_OF_THE_FIRST_PAGE = 900

# Files that are made: by a run, by a build.
MADE = {
    "built-for.txt",
    "demo-out/",
    "state/",
    "s3/",
    "mailbox/",
    "logs/",
    "signing/",
    "tmp/",
    "licenses/",
    "LICENSES_bundled.txt",
}
# What looks like a file and is a function.
FUNCTIONS = {"st.html"}


def text(page: Path) -> str:
    return page.read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@cache
def tails() -> set[str]:
    """Every end of the path of a file or folder of the repository, with a slash before it, folders with one behind."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split(
        "\n"
    )
    found: set[str] = set()
    for file in listed:
        parts = file.split("/")
        for end in range(1, len(parts) + 1):
            path = "/".join(parts[:end]) + ("/" if end < len(parts) else "")
            found |= {"/" + "/".join(path.split("/")[start:]) for start in range(end)}
    return found


def named_files(page: Path) -> list[str]:
    """Paths in code marks: of files with a known ending, and of folders."""
    inline = re.findall(r"`([^`\s<>{}*]+)`", re.sub(r"```.*?```", "", text(page), flags=re.DOTALL))
    without_name = (one.partition(":")[0] for one in inline)
    return [one for one in without_name if re.fullmatch(r"\w[\w./-]*(\.(py|js|css|html|ya?ml|toml|txt|md)|/)", one)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_as_the_code_is(page: Path) -> None:
    assert with_tables(text(page)) == text(page), "make docs"


def test_every_table_stands_on_one_page() -> None:
    assert sorted(name for page in PAGES for name in tables_of(text(page))) == sorted(TABLES)


def test_every_setting_that_the_code_reads_is_described_and_no_other() -> None:
    assert variables_of(["client", "webapp", "local"]) == set(SETTINGS)


def test_a_table_that_drifted_is_found() -> None:
    page = "<!-- table: outputs; make docs writes it -->\n| old |\n<!-- end -->"
    assert with_tables(page) == page.replace("| old |\n", docs_tables.outputs_table())


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("page", ALL, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    """By their whole path, or by its end: a page about a room names the room's files alone."""
    missing = [name for name in named_files(page) if name not in MADE | FUNCTIONS and f"/{name}" not in tails()]
    assert missing == []


def test_pages_and_headings_that_the_code_names_exist() -> None:
    listed = subprocess.run(
        ["git", "grep", "-hIoE", r"\bdocs/[a-z-]+\.(md|json)(, [A-Z][A-Za-z ]+[a-z])?", "--", *CODE],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    named = sorted({one for one in listed if one})
    assert len(named) > 10
    for one in named:
        file, _, heading = one.partition(", ")
        assert (ROOT / file).is_file(), one
        begins = heading.lower().replace(" ", "-")
        assert not begins or any(there.startswith(begins) for there in anchors(ROOT / file)), one


def test_the_first_page_is_short() -> None:
    assert len(text(ROOT / "README.md").split()) < WORDS_OF_THE_FIRST_PAGE
