from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop.api.schemas.jobs import PhotoNames
from backdrop_client.errors import WrongUse
from backdrop_client.file_names import JobNames
from backdrop_client.outputs import OutputFolder

P = PurePosixPath


def put(folder: OutputFolder, planned: PurePosixPath, data: bytes) -> Path:
    temporary = folder.temporary()
    temporary.write_bytes(data)
    return folder.place(temporary, planned)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mug.png").write_bytes(b"mine")
    (tmp_path / "mug (2).png").write_bytes(b"mine too")
    folder = OutputFolder(tmp_path)
    folder.reserve([P("mug"), P("mug (2)")])
    assert put(folder, P("mug.png"), b"new").name == "mug (3).png"
    assert put(folder, P("mug (2).png"), b"newer").name == "mug (2) (2).png"
    assert files(tmp_path) == {
        "mug.png": b"mine",
        "mug (2).png": b"mine too",
        "mug (3).png": b"new",
        "mug (2) (2).png": b"newer",
    }


def test_the_very_same_file_is_not_copied_again(tmp_path: Path) -> None:
    for _ in range(2):
        folder = OutputFolder(tmp_path)
        put(folder, P("a/mug.png"), b"result")
    assert files(tmp_path) == {"a/mug.png": b"result"}


def test_a_number_is_nobodys_own_name_whoever_comes_first(tmp_path: Path) -> None:
    """Other files lie there; what each image gets besides must not hang on which was quicker."""
    stems = [P("A/mug"), P("A/mug (2)"), P("A/MUG (3)")]
    for run, order in enumerate(([0, 1, 2], [2, 1, 0], [1, 0, 2])):
        folder = OutputFolder(tmp_path / str(run))
        for stem in stems:
            put(folder, stem.with_name(f"{stem.name}.png"), b"of an earlier job")
        folder = OutputFolder(tmp_path / str(run))
        folder.reserve(stems)
        for number in order:
            put(folder, stems[number].with_name(f"{stems[number].name}.png"), str(number).encode())
        made = files(tmp_path / str(run))
        assert made["A/mug (4).png"] == b"0"
        assert made["A/mug (2) (2).png"] == b"1"
        assert made["A/MUG (3) (2).png"] == b"2"


def test_what_waits_for_its_turn_is_gone_in_the_end(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    with folder.downloads() as waiting:
        (waiting / "one").write_bytes(b"placed")
        (waiting / "two").write_bytes(b"left")
        folder.place(waiting / "one", P("A/mug.png"))
    assert files(tmp_path) == {"A/mug.png": b"placed"}
    assert [path.name for path in tmp_path.iterdir()] == ["A"]


@given(
    st.lists(
        st.text(min_size=1).filter(lambda text: "\0" not in text)
        | st.sampled_from(
            ["../../x.png", "/etc/passwd", "..", "a\\..\\b.jpg", "x" * 300 + ".jpg", "é" * 200 + ".jpg", "CON:", " . "]
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_the_name_the_file_lands_inside_and_apart(sources: list[str]) -> None:
    with tempfile.TemporaryDirectory() as outer:
        folder = OutputFolder(Path(outer) / "out")
        names = JobNames(PhotoNames(photo_id=str(n), name=name, images=1) for n, name in enumerate(sources))
        placed = [
            put(folder, stem.with_name(f"{stem.name}.png"), str(index).encode())
            for index, stem in enumerate(names.stems)
        ]
        assert len(set(placed)) == len(sources)
        assert all(path.resolve().is_relative_to(folder.path.resolve()) for path in placed)
        assert all(path.suffix == ".png" for path in placed)
        assert sorted(files(Path(outer)).values()) == sorted(str(n).encode() for n in range(len(sources)))
        assert not any("(2) (2)" in path.name for path in placed), "the names were apart before they came here"


def test_a_link_inside_the_folder_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder = OutputFolder(tmp_path / "out")
    (folder.path / "sub").symlink_to(tmp_path / "elsewhere")
    from backdrop_client.errors import DownloadError

    with pytest.raises(DownloadError):
        put(folder, P("sub/mug.png"), b"x")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_cannot_be_made_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WrongUse):
        OutputFolder(tmp_path / "file" / "out")
