"""What the libraries in an artefact need of the system they run on, read from the files by `readelf`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

SYSTEM = {
    *("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2"),
    *("ld-linux-aarch64.so.1", "ld-linux-x86-64.so.2", "libgcc_s.so.1", "libstdc++.so.6"),
    "libz.so.1",
}
"""Of glibc and gcc, which Amazon Linux 2023 has: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html; and zlib,
which Python's own module of that name needs, and which the makers of wheels count as the system's:
https://github.com/pypa/auditwheel/blob/main/src/auditwheel/policy/manylinux-policy.json"""

NEWEST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0)}
"""Its glibc is 2.34 and its gcc 11; whose versions of C++ those are:
https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html"""

_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
_VERSION = re.compile(r"Name: (GLIBC|GLIBCXX|CXXABI|GCC)_([0-9.]+)")


def list_lacking(artefact: Path) -> list[str]:
    """Return which libraries in the artefact need one that lies neither in it nor in Amazon Linux 2023."""
    inside = {file.name for file in artefact.rglob("*.so*")}
    return sorted(
        f"{file.name} needs {name}"
        for file, told in _read(artefact, "--dynamic")
        for name in _NEEDED.findall(told)
        if name not in SYSTEM | inside
    )


def list_too_new(artefact: Path) -> list[str]:
    """Return which libraries in the artefact need newer versions of glibc and gcc than Amazon Linux 2023 has."""
    return sorted(
        f"{file.name} needs {name}_{version}"
        for file, told in _read(artefact, "--version-info")
        for name, version in set(_VERSION.findall(told))
        if tuple(map(int, version.split("."))) > NEWEST[name]
    )


def libraries(artefact: Path) -> Iterator[Path]:
    """Yield the native libraries in an artefact."""
    for file in sorted(artefact.rglob("*.so*")):
        with file.open("rb") as stream:
            if stream.read(4) == b"\x7fELF":
                yield file


def _read(artefact: Path, what: str) -> Iterator[tuple[Path, str]]:
    """Yield each library with what `readelf` tells of it; one process reads all of them."""
    files = list(libraries(artefact))
    if not files:
        return
    # Of a single file it doesn't write the name: the first is given twice.
    command = ["readelf", "--wide", what, str(files[0]), *map(str, files)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    _, _, _, *parts = re.split(r"^File: (.+)$", told, flags=re.MULTILINE)
    assert parts[::2] == [str(file) for file in files]
    yield from zip(files, parts[1::2], strict=True)
