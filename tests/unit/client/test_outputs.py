from __future__ import annotations

import os
import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backdrop_client.errors import WrongUse
from backdrop_client.outputs import OutputFolder

P = PurePosixPath


def put(folder: OutputFolder, planned: PurePosixPath, data: bytes) -> Path:
    temporary = folder.temporary()
    temporary.write_bytes(data)
    return folder.place(temporary, planned)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_results_are_named_after_their_sources_with_the_outputs_extension(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "out")
    planned = [folder.plan(P(name), ".png") for name in ["mug.jpg", "sub/mug.v1.jpeg", "Möbel 2.webp"]]
    assert [str(name) for name in planned] == ["mug.png", "sub/mug.v1.png", "Möbel 2.png"]


def test_hidden_characters_and_bytes_that_are_no_unicode_are_underscores(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "out")
    names = [
        "photo\u202egpj.exe.jpg",
        "a\u2028\x85/b\u200b.jpg",
        os.fsdecode(b"caf\xe9.jpg"),
        "caf\ufffd.jpg",
        "👩\u200d🚀.jpg",
    ]
    planned = [folder.plan(P(name), ".png") for name in names]
    assert [str(name) for name in planned] == [
        "photo_gpj.exe.png", "a__/b_.png", "caf_.png", "caf_ (2).png", "👩\u200d🚀.png"
    ]  # fmt: skip
    assert put(folder, planned[2], b"x").read_bytes() == b"x"


def test_two_of_one_name_both_stay(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    planned = [str(folder.plan(P(name), ".png")) for name in ["mug.jpg", "mug.png", "MUG.jpg", "mug (2).jpg"]]
    assert planned == ["mug.png", "mug (2).png", "MUG (3).png", "mug (2) (2).png"]


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mug.png").write_bytes(b"mine")
    (tmp_path / "mug (2).png").write_bytes(b"mine too")
    folder = OutputFolder(tmp_path)
    first, second = folder.plan(P("mug.jpg"), ".png"), folder.plan(P("mug.webp"), ".png")
    assert put(folder, first, b"new").name == "mug (3).png"
    assert put(folder, second, b"newer").name == "mug (2) (2).png"
    assert files(tmp_path) == {
        "mug.png": b"mine",
        "mug (2).png": b"mine too",
        "mug (3).png": b"new",
        "mug (2) (2).png": b"newer",
    }


def test_the_very_same_file_is_not_copied_again(tmp_path: Path) -> None:
    for _ in range(2):
        folder = OutputFolder(tmp_path)
        put(folder, folder.plan(P("a/mug.jpg"), ".png"), b"result")
    assert files(tmp_path) == {"a/mug.png": b"result"}


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
        sources = [source.encode("utf-8", "replace").decode() for source in sources]
        placed = [
            put(folder, folder.plan(P(source), ".png"), str(index).encode()) for index, source in enumerate(sources)
        ]
        assert len(set(placed)) == len(sources)
        assert all(path.resolve().is_relative_to(folder.path.resolve()) for path in placed)
        assert all(path.suffix == ".png" for path in placed)
        assert sorted(files(Path(outer)).values()) == sorted(str(n).encode() for n in range(len(sources)))


def test_a_link_inside_the_folder_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    folder = OutputFolder(tmp_path / "out")
    (folder.path / "sub").symlink_to(tmp_path / "elsewhere")
    from backdrop_client.errors import DownloadError

    with pytest.raises(DownloadError):
        put(folder, folder.plan(P("sub/mug.jpg"), ".png"), b"x")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_cannot_be_made_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WrongUse):
        OutputFolder(tmp_path / "file" / "out")
