"""Floors and table tops seen from above: square textures of SIDE pixels, and how much each mirrors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from localcloud.models.images import FloatImage
from localcloud.models.scenes.colours import Colour, hexadecimal, mix
from localcloud.models.scenes.noise import Random, blurred, clouds, filled, grid, lit, ramp, stretched

SIDE = 1024
_WOOD = {
    "light": ("e6cba5", "c39a6b"),
    "dark": ("6e4930", "3b2516"),
    "walnut": ("7d5233", "452815"),
    "gray": ("b3aaa0", "7e766d"),
    "white": ("efebe3", "d5cec3"),
    "black": ("3d342e", "1f1a17"),
}
_MARBLE = {
    "black": ("25252a", "17171b", "b9a98a"),
    "dark": ("3a3c42", "25272b", "b0a48e"),
    "green": ("2d4a40", "1c322b", "b5c4b8"),
    "gray": ("c3c5c8", "a7aaae", "6f7378"),
    "pink": ("efdcd6", "e2c6be", "b08b80"),
}
_CONCRETE = {"dark": ("6c6e70", "4f5153"), "black": ("55575a", "3b3d40"), "white": ("e8e7e4", "d3d1cc")}


@dataclass(frozen=True)
class Material:
    """A surface: `texture` SIDE x SIDE x 3; `gloss` 0 (matt) .. 1 (mirror)."""

    texture: FloatImage
    gloss: float


def _wood(rng: Random, tone: str | None, colour: Colour | None) -> Material:
    light, dark = map(hexadecimal, _WOOD.get(tone or "", ("c4935f", "85552f")))
    if colour is not None:
        light, dark = colour, (colour * 0.7).astype(np.float32)
    planks = int(rng.integers(4, 7))
    plank = SIDE // planks
    out = np.empty((SIDE, SIDE, 3), np.float32)
    for top in range(0, SIDE, plank):
        rows = min(plank, SIDE - top)
        warp = clouds(rng, rows, SIDE, 1.2, 2.2, 3)
        grain = clouds(rng, rows, SIDE, 26, 2.5, 4, 0.6)
        across = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        phase = across * rng.uniform(1.5, 3.0) + warp * rng.uniform(2.0, 4.5)
        rings = 0.5 + 0.5 * np.sin(2 * np.pi * phase + rng.uniform(0, 6))
        darkness = np.clip(0.34 * rings + 0.75 * stretched(grain) - 0.12 + rng.uniform(-0.14, 0.14), 0, 1)
        board = mix(light, dark, darkness[..., None]) * np.float32(rng.uniform(0.92, 1.07))
        board *= (0.94 + 0.12 * clouds(rng, rows, SIDE, rows / 2, 14, 1))[..., None]
        # The gap between two boards: a dark line of a few pixels.
        edge = np.minimum(np.arange(rows), rows - 1 - np.arange(rows)).astype(np.float32) / (SIDE * 0.003)
        board *= (0.45 + 0.55 * np.clip(edge, 0, 1) ** 0.7)[:, None, None]
        out[top : top + rows] = board
    return Material(out, 0.10)


def _marble(rng: Random, tone: str | None, colour: Colour | None) -> Material:
    base, shade, vein = map(hexadecimal, _MARBLE.get(tone or "", ("f6f5f3", "e6e5e4", "8e8f94")))
    if colour is not None:
        base, shade = colour, (colour * 0.86).astype(np.float32)
    first = clouds(rng, SIDE, SIDE, 2, 2, 5) - np.float32(0.5)
    second = clouds(rng, SIDE, SIDE, 2, 2, 5) - np.float32(0.5)
    rows, columns = grid(SIDE, SIDE)
    angle = rng.uniform(0.4, 1.1)
    along = columns * np.float32(np.cos(angle)) + rows * np.float32(np.sin(angle))

    def veins(frequency: float, bend: float, field: FloatImage) -> FloatImage:
        wave = np.abs(np.sin(np.pi * (along * frequency + field * bend)))
        return np.asarray(np.clip(1 - wave / 0.16, 0, 1) ** 2, np.float32)

    strong = veins(2.2, 4.2, first) * stretched(clouds(rng, SIDE, SIDE, 3, 3, 3), 20, 95)
    fine = veins(5.0, 5.0, second) * 0.45 * stretched(clouds(rng, SIDE, SIDE, 4, 4, 2), 40, 98)
    depth = np.clip(strong + fine + 0.18 * stretched(np.abs(first + second), 50, 99), 0, 1)
    body = mix(base, shade, stretched(first + 0.6 * second)[..., None])
    return Material(mix(body, vein, (depth * 0.7)[..., None]), 0.30)


def _concrete(rng: Random, tone: str | None, colour: Colour | None) -> Material:
    light, dark = map(hexadecimal, _CONCRETE.get(tone or "", ("bdbcb8", "9a9995")))
    if colour is not None:
        light, dark = colour, (colour * 0.82).astype(np.float32)
    blotches = stretched(0.75 * clouds(rng, SIDE, SIDE, 3, 3, 6, 0.58) + 0.25 * clouds(rng, SIDE, SIDE, 1.5, 1.5, 2))
    body = mix(light, dark, blotches[..., None])
    body *= (0.965 + 0.07 * blurred(rng.random((SIDE, SIDE), dtype=np.float32), 0.7))[..., None]
    pores = blurred((rng.random((SIDE, SIDE), dtype=np.float32) > 0.9994).astype(np.float32), 1.3)
    body *= (1 - np.clip(pores * 2.0, 0, 0.22))[..., None]
    return Material(body, 0.05)


def _terrazzo(rng: Random, tone: str | None, colour: Colour | None) -> Material:
    base = _concrete(rng, tone or "white", colour).texture
    chips = [hexadecimal(code) for code in ("b9876b", "6d7b78", "d9b98f", "3f4447", "a8b5a2", "e9dfd3")]
    for chip in chips:
        mask = clouds(rng, SIDE, SIDE, 46, 46, 2, 0.35)
        threshold = np.percentile(mask[::8, ::8], 94)
        inside = np.clip((mask - threshold) / 0.012, 0, 1)
        base = mix(base, chip, inside[..., None])
    return Material(base, 0.22)


def _linen(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    thread = colour if colour is not None else hexadecimal("e2d8c6")
    pitch = 6.7
    wobble = clouds(rng, SIDE, SIDE, 10, 10, 3) * 3
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    warp = 0.5 + 0.5 * np.sin(2 * np.pi * columns / pitch + wobble)
    weft = 0.5 + 0.5 * np.sin(2 * np.pi * rows / pitch + wobble[::-1])
    over = (columns // pitch + rows // pitch) % 2 > 0
    weave = np.where(over, warp, weft)
    slubs = 0.55 * clouds(rng, SIDE, SIDE, SIDE / 3, 5, 1) + 0.45 * clouds(rng, SIDE, SIDE, 5, SIDE / 3, 1)
    folds = stretched(clouds(rng, SIDE, SIDE, 1.6, 1.1, 2))
    shade = 0.72 + 0.12 * weave + 0.16 * slubs + 0.18 * folds
    return Material(np.asarray(thread * shade[..., None], np.float32), 0.0)


def _sand(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    grain = colour if colour is not None else hexadecimal("e2c9a2")
    dunes = clouds(rng, SIDE, SIDE, 4, 4, 5)
    rows, _ = grid(SIDE, SIDE)
    ripples = 0.5 + 0.5 * np.sin(2 * np.pi * (rows * 26 + dunes * 7))
    body = grain * (0.86 + 0.20 * stretched(dunes) + 0.05 * ripples)[..., None]
    body *= (1 + 0.06 * rng.standard_normal((SIDE, SIDE), dtype=np.float32))[..., None]
    relief = blurred(0.7 * dunes + 0.05 * ripples, 3.0)
    return Material(lit(body, relief, (-0.7, -0.6), 4.5), 0.0)


def _snow(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    """Soft drifts with a powdery grain: wide shading, no hard contours (those read as ice)."""
    drifts = blurred(clouds(rng, SIDE, SIDE, 3, 3, 4, 0.4), 10)
    powder = clouds(rng, SIDE, SIDE, 90, 90, 3, 0.6)
    body = mix(hexadecimal("e9eff7"), hexadecimal("fdfdfe"), stretched(drifts)[..., None])
    body = lit(body, blurred(drifts, 14), (-0.7, -0.5), 9)
    body *= (0.972 + 0.045 * stretched(powder))[..., None]
    glints = (rng.random((SIDE, SIDE), dtype=np.float32) > 0.9996).astype(np.float32)
    return Material(np.clip(body + 0.25 * blurred(glints, 0.7)[..., None], 0, 1.02).astype(np.float32), 0.0)


def _slate(rng: Random, tone: str | None, colour: Colour | None) -> Material:
    dark, light = hexadecimal("3d4247"), hexadecimal("646b72")
    if tone in ("light", "white", "gray"):
        dark, light = hexadecimal("8b8f92"), hexadecimal("b9bcbd")
    if colour is not None:
        dark, light = (colour * 0.7).astype(np.float32), colour
    layers = stretched(clouds(rng, SIDE, SIDE, 4, 6, 6, 0.6))
    return Material(lit(mix(dark, light, layers[..., None]), layers, (-0.6, -0.7), 0.9), 0.06)


def _grass(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    patches = 0.6 * clouds(rng, SIDE, SIDE, 120, 120, 2) + 0.4 * clouds(rng, SIDE, SIDE, 5, 5, 3)
    body = mix(hexadecimal("3b6322"), hexadecimal("93b850"), stretched(patches)[..., None])
    blades = blurred(rng.random((SIDE, SIDE), dtype=np.float32), 0.8, 4.5)
    return Material(np.clip(body * (0.5 + 1.0 * stretched(blades))[..., None], 0, 1), 0.0)


def _water(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    waves = stretched(clouds(rng, SIDE, SIDE, 26, 7, 4))
    deep = hexadecimal("1d6a86") if colour is None else (colour * 0.6).astype(np.float32)
    return Material(mix(deep, hexadecimal("8fd0d8"), (waves**1.4)[..., None]), 0.35)


def _moss(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    """Moss cushions on brown soil with fallen leaves."""
    cushions = stretched(clouds(rng, SIDE, SIDE, 6, 6, 6, 0.6))
    cover = stretched(clouds(rng, SIDE, SIDE, 3, 3, 4))
    soil = mix(hexadecimal("4a3826"), hexadecimal("7b6240"), stretched(clouds(rng, SIDE, SIDE, 60, 60, 3))[..., None])
    green = ramp(cushions, [(0, hexadecimal("34501d")), (0.6, hexadecimal("64853a")), (1, hexadecimal("93ad58"))])
    body = mix(soil, green, np.clip((cover - 0.3) / 0.3, 0, 1)[..., None])
    body *= (0.82 + 0.36 * rng.random((SIDE, SIDE), dtype=np.float32))[..., None]
    return Material(np.clip(lit(body, blurred(cushions, 2), (-0.6, -0.6), 3.0), 0, 1), 0.0)


def _plain(rng: Random, tone: str | None, colour: Colour | None) -> Material:  # noqa: ARG001 - shared shape
    body = filled(SIDE, SIDE, colour if colour is not None else hexadecimal("dcdad6"))
    return Material(body * (0.985 + 0.03 * clouds(rng, SIDE, SIDE, 4, 4, 3))[..., None], 0.16)


_MAKERS: dict[str, Callable[[Random, str | None, Colour | None], Material]] = {
    "wood": _wood,
    "marble": _marble,
    "concrete": _concrete,
    "terrazzo": _terrazzo,
    "linen": _linen,
    "sand": _sand,
    "snow": _snow,
    "slate": _slate,
    "grass": _grass,
    "water": _water,
    "moss": _moss,
    "plain": _plain,
}
# Materials whose colour a tone word (dark, white, walnut ...) chooses; the others take the named colour.
TONED = ("wood", "marble", "concrete", "slate", "terrazzo")


def material(kind: str, rng: Random, tone: str | None, colour: Colour | None) -> Material:
    """The texture of `kind` (a key of FLOORS, or "plain")."""
    return _MAKERS[kind](rng, tone if kind in TONED else None, None if kind in TONED else colour)
