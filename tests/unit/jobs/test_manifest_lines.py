"""Whatever a name holds, a line of the manifest is one line for every reader, and says the same to all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody
from hypothesis import given
from hypothesis import strategies as st

from backdrop.aws import objects
from backdrop.aws.objects import Objects
from backdrop.jobs.manifest import manifest_line
from localcloud.emulator.workflow.item_reader import read_json_lines

LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
ALL = [chr(code) for code in range(0x110000)]
NAMES = st.text(st.one_of(st.characters(), st.characters(categories=["Cs", "Cn", "Co", "Cf", "Cc"]),
                          st.sampled_from(LINE_ENDS)), min_size=1, max_size=40)  # fmt: skip


def written(names: list[str]) -> bytes:
    lines = (
        manifest_line(image_id=f"{number:08}", image_name=name, key=f"in/d/{name}", seeds=[1], labels=[name])
        for number, name in enumerate(names)
    )
    return b"".join(lines)


def by_our_reader(manifest: bytes) -> list[Any]:
    """`Objects.lines`, from a bucket that streams."""
    body = StreamingBody(io.BytesIO(manifest), len(manifest))
    client: Any = SimpleNamespace(get_object=lambda **_: {"Body": body})
    return [json.loads(line) for line in Objects(lambda: client).lines("b", "k")]


READERS: dict[str, Callable[[bytes], list[Any]]] = {
    "our own": by_our_reader,
    "str.splitlines": lambda manifest: [json.loads(line) for line in manifest.decode().splitlines()],
    "bytes.splitlines": lambda manifest: [json.loads(line) for line in manifest.splitlines()],
    "bytes.split": lambda manifest: [json.loads(line) for line in manifest.split(b"\n")[:-1]],
    "the local cloud's ItemReader": lambda manifest: read_json_lines(manifest.decode()),
    "Latin-1": lambda manifest: [json.loads(line) for line in manifest.decode("latin-1").splitlines()],
}


def check(reader: str, names: list[str]) -> None:
    items = READERS[reader](written(names))
    assert [item["ImageName"] for item in items] == names
    assert [item["Key"] for item in items] == [f"in/d/{name}" for name in names]
    assert [item["Labels"] for item in items] == names


@pytest.mark.parametrize("reader", READERS)
@given(names=st.lists(NAMES, min_size=1, max_size=5))
def test_what_is_written_is_read_line_by_line(reader: str, names: list[str]) -> None:
    # JSON takes the two halves of a pair for the one character that they make.
    check(reader, [name.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") for name in names])


@pytest.mark.parametrize("reader", READERS)
def test_every_character_of_unicode_comes_back(reader: str) -> None:
    # From the last to the first, so that no two lone surrogates make a pair.
    check(reader, ["".join(reversed(ALL[start : start + 200])) for start in range(0, len(ALL), 200)])


def test_a_manifest_of_any_other_writer_is_cut_at_line_feeds_only() -> None:
    """AWS does not say where else; ours holds none of these, but other systems write manifests too."""
    names = [f"a{end}b.jpg" for end in LINE_ENDS if end not in "\n\r"]
    text = "\r\n".join([*(json.dumps({"ImageName": name}, ensure_ascii=False) for name in names), " \t", ""])
    text = text.replace(": ", ":\r")
    assert [item["ImageName"] for item in read_json_lines(text)] == names
    assert [item["ImageName"] for item in by_our_reader(text.encode())] == names


@pytest.mark.parametrize("size", [objects._CHUNK_BYTES - 1, objects._CHUNK_BYTES, 3 * objects._CHUNK_BYTES + 1])
def test_a_line_may_end_anywhere_in_what_the_storage_sends(size: int) -> None:
    first = json.dumps("x" * (size - 3)).encode() + b"\n"
    assert len(first) == size
    assert by_our_reader(first + b"1\n\n2") == ["x" * (size - 3), 1, 2]
    assert by_our_reader(b"") == []
