"""ICC profiles for tests, written here from the numbers of a colour space, by whatever name and in whatever way.

Independent of the ones that the product makes: what a photo must look like is computed from the same numbers, in
floating point. Types of tags: ICC.1:2022 (version 4) and ICC.1:2001-04 (version 2).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Curve = Callable[[Floats], Floats]
Pixel = tuple[int, int, int]

D50 = np.array([0.9642, 1.0, 0.8249])
D65 = (0.3127, 0.3290)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def srgb_decode(coded: Floats) -> Floats:
    """Light of sRGB's values, all of them 0..1 (IEC 61966-2-1)."""
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def srgb_encode(light: Floats) -> Floats:
    """The other way round; light that sRGB does not hold is cut."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


@dataclass(frozen=True)
class Space:
    """A colour space: chromaticities, and the curve between light and coded values.

    Attributes:
        exponent: of the curve; None for sRGB's.
    """

    primaries: tuple[tuple[float, float], ...] = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
    white: tuple[float, float] = D65
    exponent: float | None = None

    def decode(self, coded: Floats) -> Floats:
        """Light, 0..1."""
        return srgb_decode(coded) if self.exponent is None else coded**self.exponent

    def encode(self, light: Floats) -> Floats:
        """Coded values, 0..1."""
        light = np.clip(light, 0, 1)
        return srgb_encode(light) if self.exponent is None else light ** (1 / self.exponent)

    @property
    def matrix(self) -> Floats:
        """Light to XYZ at D50, 3 x 3 (annex E of ICC.1:2022)."""
        unscaled = np.array([_light(*colour) for colour in self.primaries]).T
        white = np.array(_light(*self.white))
        adapted = np.linalg.inv(_BRADFORD) @ np.diag((_BRADFORD @ D50) / (_BRADFORD @ white)) @ _BRADFORD
        matrix: Floats = adapted @ (unscaled * np.linalg.solve(unscaled, white))
        return matrix

    def coded(self, patches: Sequence[Pixel], most: int = 255) -> list[Pixel]:
        """sRGB's colours as a file in this space holds them, up to `most`."""
        light = srgb_decode(np.array(patches) / 255) @ (np.linalg.inv(self.matrix) @ SRGB.matrix).T
        return _pixels(self.encode(light) * most)

    def seen(self, coded: Sequence[Pixel], most: int = 255) -> list[Pixel]:
        """sRGB's colours of what a file in this space holds."""
        light = self.decode(np.array(coded) / most) @ (np.linalg.inv(SRGB.matrix) @ self.matrix).T
        return _pixels(srgb_encode(light) * 255)


SRGB = Space()
_P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
_BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))
SPACES = {
    "linear sRGB": Space(exponent=1.0),
    "sRGB with gamma 1.8": Space(exponent=1.8),
    "sRGB with gamma 2.6": Space(exponent=2.6),
    "sRGB at white D50": Space(white=(0.3457, 0.3585)),
    "sRGB with red and green exchanged": Space(primaries=((0.30, 0.60), (0.64, 0.33), (0.15, 0.06))),
    "a monitor": Space(((0.652, 0.325), (0.281, 0.626), (0.149, 0.055)), (0.3005, 0.3130), 2.35),
    "Adobe RGB": Space(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, 563 / 256),
    "Display P3": Space(_P3),
    "linear P3": Space(_P3, exponent=1.0),
    "Rec. 2020": Space(_BT2020, exponent=2.4),
    "linear Rec. 2020": Space(_BT2020, exponent=1.0),
    "ProPhoto RGB": Space(((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), (0.3457, 0.3585), 1.8),
}


def matrix_profile(
    space: Space,
    *,
    version: int = 4,
    curve: str = "parametric",
    name: str = "sRGB",
    tags: dict[bytes, bytes] | None = None,
) -> bytes:
    """Three colorants and a curve: `parametric`, a `table` of 1024, a `small table` of 64, or a `gamma`.

    `tags`: further ones.
    """
    red, green, blue = space.matrix.T
    tags = {b"rXYZ": _xyz(red), b"gXYZ": _xyz(green), b"bXYZ": _xyz(blue), **(tags or {})}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(space, curve))
    return file_of(tags, version=version, name=name)


def lut_profile(space: Space, kind: str = "mft2", *, pcs: str = "Lab", grid: int = 33, name: str = "sRGB") -> bytes:
    """A table from colours to Lab or XYZ, of type `mft1`, `mft2` (version 2) or `mAB ` (version 4).

    Its input curves are the space's, so that the steps of the table lie closer where light is darker.
    """
    # To steps as even as sRGB's, whatever the file's own curve is.
    steps = [float(value) for value in srgb_encode(space.decode(np.linspace(0, 1, 256 if kind == "mft1" else 4096)))]
    light = srgb_decode(np.array(list(product(np.linspace(0, 1, grid), repeat=3))))
    values = _in_pcs(light @ space.matrix.T, pcs, legacy=kind == "mft2")
    tag = _lut(kind, 3, grid, [steps] * 3, values)
    version = 4 if kind == "mAB " else 2
    return file_of({b"A2B0": tag}, version=version, name=name, pcs=pcs, kind=b"scnr")


def grey_profile(exponent: float | None, *, version: int = 4, name: str = "sRGB grey") -> bytes:
    """One curve."""
    curve = _curve(Space(exponent=exponent), "parametric" if version == 4 else "table")
    return file_of({b"kTRC": curve}, version=version, name=name, space="GRAY")


def cmyk_profile(name: str = "Inks") -> bytes:
    """Inks that each take away a share of one of red, green and blue, and a black one."""
    inks = np.array(list(product(np.linspace(0, 1, 9), repeat=4)))
    light = srgb_decode((1 - inks[:, :3]) * (1 - inks[:, 3:]))
    values = _in_pcs(light @ SRGB.matrix.T, "Lab", legacy=True)
    tag = _lut("mft2", 4, 9, [[0.0, 1.0]] * 4, values)
    return file_of({b"A2B0": tag}, version=2, name=name, space="CMYK", pcs="Lab", kind=b"prtr")


def seen_of_inks(inks: Sequence[tuple[int, int, int, int]]) -> list[Pixel]:
    """sRGB's colours of such inks, 255 = all of it."""
    shares = np.array(inks) / 255
    return _pixels((1 - shares[:, :3]) * (1 - shares[:, 3:]) * 255)


def file_of(
    tags: dict[bytes, bytes],
    *,
    version: int = 4,
    name: str = "sRGB",
    space: str = "RGB",
    pcs: str = "XYZ",
    kind: bytes = b"mntr",
) -> bytes:
    """A profile of these tags."""
    words = _words(name) if version == 4 else _old_words(name)
    copyright_ = _words("none") if version == 4 else b"text" + bytes(4) + b"none\0"
    tags = {b"desc": words, b"cprt": copyright_, b"wtpt": _xyz(D50), **tags}
    at, table, body = 132 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", at + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    spaces = (space.ljust(4).encode(), pcs.ljust(4).encode())
    head = struct.pack(">I4xI4s4s4s12x4s", at + len(body), version << 24, kind, *spaces, b"acsp")
    head = head.ljust(68, b"\0") + b"".join(map(_fixed, D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _light(x: float, y: float) -> tuple[float, float, float]:
    return (x / y, 1.0, (1 - x - y) / y)


def _pixels(values: Floats) -> list[Pixel]:
    return [(round(red), round(green), round(blue)) for red, green, blue in values.tolist()]


def _in_pcs(xyz: Floats, pcs: str, *, legacy: bool) -> Floats:
    """0..1 as tables hold it: XYZ up to 1 + 32767/32768; Lab in the 16 bits of version 2 (`legacy`), or as in 4."""
    if pcs == "XYZ":
        return np.clip(xyz / (1 + 32767 / 32768), 0, 1)
    ratio = xyz / D50
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    lightness = 116 * f[:, 1] - 16
    lab = np.stack([lightness / 100, (500 * (f[:, 0] - f[:, 1]) + 128) / 255, (200 * (f[:, 1] - f[:, 2]) + 128) / 255])
    return np.clip(lab.T * (65280 / 65535 if legacy else 1), 0, 1)


def _lut(kind: str, channels: int, grid: int, inputs: Sequence[Sequence[float]], values: Floats) -> bytes:
    if kind == "mAB ":
        return _lut_of_version_4(channels, grid, inputs, values)
    head = kind.encode() + bytes(4) + struct.pack(">BBBx", channels, 3, grid)
    head += b"".join(map(_fixed, (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    if kind == "mft1":
        ramp = bytes(range(256)) * 3
        return head + b"".join(bytes(round(v * 255) for v in table) for table in inputs) + _bytes(values) + ramp
    head += struct.pack(">HH", len(inputs[0]), 2)
    return head + b"".join(map(_shorts, inputs)) + _shorts(values.ravel()) + _shorts([0.0, 1.0] * 3)


def _lut_of_version_4(channels: int, grid: int, inputs: Sequence[Sequence[float]], values: Floats) -> bytes:
    """`lutAToBType`: curves, a table, and curves that do nothing."""
    curves = b"".join(b"curv" + bytes(4) + struct.pack(">I", len(table)) + _shorts(table) for table in inputs)
    idle = (b"curv" + bytes(8)) * 3
    clut = bytes([grid] * channels).ljust(16, b"\0") + b"\2\0\0\0" + _shorts(values.ravel())
    clut += bytes(-len(clut) % 4)
    at_clut = 32 + len(idle)
    head = b"mAB " + bytes(4) + struct.pack(">BBxxIIIII", channels, 3, 32, 0, 0, at_clut, at_clut + len(clut))
    return head + idle + clut + curves


def _curve(space: Space, kind: str) -> bytes:
    if kind == "parametric":
        numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045) if space.exponent is None else (space.exponent,)
        return b"para" + bytes(4) + struct.pack(">HH", 3 if len(numbers) > 1 else 0, 0) + b"".join(map(_fixed, numbers))
    if kind == "gamma" and space.exponent is not None:
        return b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(space.exponent * 256))
    steps = np.linspace(0, 1, 64 if kind == "small table" else 1024)
    return b"curv" + bytes(4) + struct.pack(">I", len(steps)) + _shorts(space.decode(steps))


def _words(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded


def _old_words(text: str) -> bytes:
    encoded = text.encode() + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(encoded)) + encoded + bytes(78)


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: Floats) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, values.tolist()))


def _shorts(values: Sequence[float] | Floats) -> bytes:
    return np.round(np.asarray(values) * 65535).astype(">u2").tobytes()


def _bytes(values: Floats) -> bytes:
    return np.round(values * 255).astype(np.uint8).tobytes()
