"""Places behind the subject, far out of focus: forest, park, city, rooms, mountains, snow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from localcloud.models.images import FloatImage
from localcloud.models.scenes.colours import hexadecimal, mix
from localcloud.models.scenes.lens import Canvas, linear
from localcloud.models.scenes.noise import Random, blurred, clouds
from localcloud.models.scenes.prompt import Wish

# Light of the hour: a factor for each channel in sRGB.
_HOUR = {
    "day": (1.0, 1.0, 1.0),
    "sunrise": (1.06, 0.98, 0.92),
    "sunset": (1.08, 0.93, 0.78),
    "overcast": (0.94, 0.97, 1.0),
    "night": (0.42, 0.48, 0.66),
}


def paint(kind: str, rng: Random, width: int, height: int, horizon: float, wish: Wish) -> FloatImage:
    """The backdrop of `kind`, `width` x `height`; `horizon` is where the floor begins, in pixels."""
    canvas = Canvas(rng, width, height)
    _PAINTERS[kind](canvas, horizon / height, wish)
    strength = {"mountains": 0.4, "snowy": 0.9}.get(kind, 1.0)
    seen = canvas.photograph(width, height, wish.blur * strength)
    # Indoors the lamps, not the hour, make the light.
    if kind in ("interior", "cafe", "office", "workshop") and wish.time == "night":
        return seen * np.array([0.72, 0.66, 0.60], np.float32)
    return np.asarray(seen * np.array(_HOUR[wish.time], np.float32), np.float32)


def with_window(rng: Random, wall: FloatImage, horizon: float) -> FloatImage:
    """A tiled wall with a bright window and a shelf: kitchen or bathroom."""
    height, width = wall.shape[:2]
    left = width * rng.uniform(0.05, 0.58)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    inside = (columns > left) & (columns < left + width * 0.34) & (rows < horizon * 0.70)
    bars = (np.abs(columns - left - width * 0.17) < width * 0.006) | (np.abs(rows - horizon * 0.34) < width * 0.005)
    garden = mix(hexadecimal("cfe2c4"), hexadecimal("fbfdf8"), clouds(rng, height, width, 7, 7, 3)[..., None])
    share = blurred((inside & ~bars).astype(np.float32), width * 0.005)
    out = mix(wall, np.clip(garden * 1.12, 0, 1), share[..., None])
    spill = blurred(inside.astype(np.float32), width * 0.09)
    return np.asarray(out * (1 + 0.10 * spill[..., None]), np.float32)


def _forest(canvas: Canvas, horizon: float, wish: Wish) -> None:  # noqa: ARG001 - shared shape
    rng = canvas.rng
    canvas.gradient(
        [
            (0, linear("5f7a3c", 0.8)),
            (horizon * 0.55, linear("d9dfa0", 1.1)),
            (horizon * 0.95, linear("7d8a4c", 0.8)),
            (1, linear("4b4a2c", 0.6)),
        ]
    )
    canvas.glow(rng.uniform(0.25, 0.75), horizon * 0.45, 0.28, linear("fff2b8", 0.9))
    for depth in np.linspace(0, 1, 4):
        trunk = mix(linear("8f9560", 0.9), linear("33271a", 0.9), float(depth))
        for _ in range(int(9 - 4 * depth)):
            x, lean = rng.uniform(-0.05, 1.05), rng.normal(0, 0.02)
            canvas.line((x, horizon + 0.05), (x + lean, -0.05), 0.008 + 0.024 * float(depth) ** 2, trunk)
        leaves = (
            mix(linear("b7c46a", 0.9), linear("2f4a1a", 0.7), float(depth)),
            mix(linear("d6de8e", 1.0), linear("5b7a30", 0.8), float(depth)),
        )
        canvas.foliage(leaves, 3 + 3 * (1 - float(depth)), 0.34 - 0.08 * float(depth), horizon * 0.75)
    gold = (linear("fff6c9", 5), linear("eaf2a6", 4), linear("ffe39a", 4))
    canvas.sparkle(70, (0, 0, 1, horizon * 0.7), gold, 0.004)


def _park(canvas: Canvas, horizon: float, wish: Wish) -> None:  # noqa: ARG001 - shared shape
    rng = canvas.rng
    canvas.gradient(
        [
            (0, linear("a9cdec", 1.0)),
            (horizon * 0.6, linear("eaf3f2", 1.2)),
            (horizon * 0.9, linear("a5c27a", 0.9)),
            (1, linear("7fa64e", 0.9)),
        ]
    )
    for layer in range(4):
        near = layer / 3
        base = horizon * (0.82 + 0.14 * near)
        dark = mix(linear("9fb98f", 1.0), linear("3c5a26", 0.9), near)
        light = mix(linear("c6d8ae", 1.1), linear("8fae4e", 1.0), near)
        for _ in range(11 - 2 * layer):
            x = rng.uniform(-0.1, 1.1)
            tall = horizon * rng.uniform(0.16, 0.42) * (0.7 + 0.6 * near)
            wide = tall * rng.uniform(0.35, 0.6)
            canvas.rectangle(x - 0.006, base - tall * 0.4, x + 0.006, base, linear("4d3c2a", 0.8))
            for _ in range(9):
                dx, dy = rng.normal(0, wide * 0.5), rng.uniform(-0.9, -0.25) * tall
                shade = mix(dark, light, float(np.clip(0.5 - 1.2 * dx - dy / tall * 0.4 - 0.2, 0, 1)))
                canvas.ellipse(x + dx, base + dy, wide * 0.5, tall * 0.24, shade)
    canvas.rectangle(0, horizon * 0.95, 1, 1, linear("86ad52", 1.0))
    bright = (linear("ffffff", 3), linear("f4f7c0", 3), linear("dff0a0", 2.5))
    canvas.sparkle(60, (0, horizon * 0.15, 1, horizon * 0.85), bright, 0.0045)
    canvas.sparkle(14, (0, horizon * 0.86, 1, horizon), (linear("f2c6d4", 2), linear("ffe9a0", 2)), 0.005)


def _city(canvas: Canvas, horizon: float, wish: Wish) -> None:
    rng = canvas.rng
    canvas.gradient([(0, linear("bcd3e6", 1.1)), (horizon * 0.8, linear("f4efe6", 1.3)), (1, linear("9a9a98", 0.8))])
    palette = ("8d99a6", "a79a8c", "c2b8aa", "6f7c88", "b9a08a", "d3cdc4")
    for layer in range(3):
        near = layer / 2
        for side in (-1, 1):
            x = 0.5 + side * (0.06 + 0.10 * near)
            while -0.2 < x < 1.2:
                wide = rng.uniform(0.07, 0.16)
                top = horizon * rng.uniform(0.05, 0.55) * (1.15 - 0.7 * near)
                code = palette[int(rng.integers(len(palette)))]
                body = mix(linear("dfe4e6", 1.0), linear(code, 0.75), 0.35 + 0.6 * near)
                left, right = min(x, x + side * wide), max(x, x + side * wide)
                canvas.rectangle(left, top, right, horizon, body)
                _windows(canvas, (left, top, right, horizon * 0.86), near)
                x += side * wide * rng.uniform(0.9, 1.25)
    lamps = (linear("ffd9a0", 5), linear("fff1d0", 5), linear("ffb070", 4))
    if wish.time in ("sunset", "night"):
        canvas.sparkle(90, (0, horizon * 0.15, 1, horizon * 0.98), lamps, 0.005)
    canvas.sparkle(24, (0, horizon * 0.78, 1, horizon * 0.98), lamps, 0.005)
    canvas.sparkle(6, (0.3, horizon * 0.85, 0.7, horizon * 0.97), (linear("ff5a46", 4),), 0.004)


def _windows(canvas: Canvas, area: tuple[float, float, float, float], near: float) -> None:
    left, top, right, bottom = area
    rng = canvas.rng
    pitch = 0.022 + 0.012 * near
    for y in np.arange(top + pitch * 0.6, bottom, pitch * 1.5):
        for x in np.arange(left + pitch * 0.4, right - pitch * 0.6, pitch):
            lit = rng.random() < 0.12
            glass = linear("ffe2ae", 1.8) if lit else linear("5d6c7c", rng.uniform(0.6, 1.5))
            canvas.rectangle(float(x), float(y), float(x) + pitch * 0.6, float(y) + pitch * 0.8, glass)


def _interior(canvas: Canvas, horizon: float, wish: Wish) -> None:
    rng = canvas.rng
    shade = wish.colours[0] if wish.colours else hexadecimal("ece6dc")
    plaster = np.asarray(shade**2.2, np.float32)
    canvas.gradient([(0, plaster * np.float32(0.92)), (1, plaster * np.float32(0.8))])
    flip = rng.random() < 0.5

    def at(x: float) -> float:
        return 1 - x if flip else x

    def box(left: float, top: float, right: float, bottom: float, code: str, light: float = 1.0) -> None:
        a, b = sorted((at(left), at(right)))
        canvas.rectangle(a, top, b, bottom, linear(code, light))

    window = rng.uniform(0.02, 0.12)
    box(window, -0.05, window + 0.30, horizon * 0.80, "f7f5f0", 1.1)
    box(window + 0.02, -0.05, window + 0.28, horizon * 0.76, "f4faff", 2.6)
    box(window + 0.145, -0.05, window + 0.155, horizon * 0.76, "ffffff", 0.95)
    for curtain in (window - 0.05, window + 0.27):
        for fold in np.arange(0, 0.085, 0.017):
            tone = 0.85 + 0.25 * rng.random()
            box(curtain + fold, -0.05, curtain + fold + 0.017, horizon * 0.97, "e9e2d6", tone)
    canvas.glow(at(window + 0.15), horizon * 0.4, 0.30, linear("fff6e6", 0.25))
    couch = ("8d9a8c", "b3a38f", "8794a3", "c0a58d")[int(rng.integers(4))]
    left = rng.uniform(0.50, 0.58)
    box(left, horizon * 0.66, left + 0.52, horizon, couch, 0.85)
    box(left - 0.02, horizon * 0.74, left + 0.05, horizon, couch, 0.75)
    cushions = zip((0.10, 0.20, 0.33), ("d9a066", "efe7da", "6f7f74"), strict=True)
    for offset, code in cushions:
        canvas.ellipse(at(left + offset), horizon * 0.76, 0.055, 0.055, linear(code, 0.95))
    picture = rng.uniform(0.58, 0.70)
    box(picture, horizon * 0.16, picture + 0.17, horizon * 0.46, "3d3a37", 0.9)
    box(picture + 0.008, horizon * 0.175, picture + 0.162, horizon * 0.445, "f3eee4", 1.0)
    box(picture + 0.03, horizon * 0.26, picture + 0.13, horizon * 0.40, "c9805c", 0.9)
    lamp = rng.uniform(0.42, 0.47)
    box(lamp - 0.003, horizon * 0.36, lamp + 0.003, horizon * 0.98, "4a443c", 0.8)
    box(lamp - 0.045, horizon * 0.26, lamp + 0.045, horizon * 0.42, "ffe8c0", 1.5)
    canvas.glow(at(lamp), horizon * 0.38, 0.10, linear("ffdca0", 0.35))
    _plant(canvas, at(0.95), horizon, 0.30)
    canvas.rectangle(0, horizon * 0.975, 1, horizon, linear("f2eee8", 0.8))


def _plant(canvas: Canvas, x: float, base: float, size: float) -> None:
    rng = canvas.rng
    canvas.polygon(
        [
            (x - 0.05, base - 0.09),
            (x + 0.05, base - 0.09),
            (x + 0.04, base),
            (x - 0.04, base),
        ],
        linear("b98a68", 0.9),
    )
    for _ in range(26):
        angle, length = rng.normal(0, 0.55), size * rng.uniform(0.5, 1.0)
        tip = (x + np.sin(angle) * length * 0.55, base - 0.08 - np.cos(angle) * length)
        green = mix(linear("3f5f33", 0.9), linear("8fae6a", 1.0), float(rng.random()))
        canvas.line((x, base - 0.08), tip, 0.012, green)


def _cafe(canvas: Canvas, horizon: float, wish: Wish) -> None:  # noqa: ARG001 - shared shape
    rng = canvas.rng
    canvas.gradient([(0, linear("4a382c", 0.8)), (horizon, linear("7d5e45", 0.9)), (1, linear("5a4332", 0.8))])
    window = rng.choice([0.0, 0.68])
    canvas.rectangle(window, horizon * 0.08, window + 0.32, horizon * 0.82, linear("dbe6ea", 1.5))
    for bar in (window + 0.10, window + 0.21):
        canvas.rectangle(bar, horizon * 0.08, bar + 0.008, horizon * 0.82, linear("2c241e", 0.8))
    canvas.glow(window + 0.16, horizon * 0.45, 0.24, linear("eaf2f4", 0.22))
    start = 0.36 if window == 0.0 else 0.02
    for shelf in (0.26, 0.44, 0.62):
        canvas.rectangle(start, horizon * shelf, start + 0.62, horizon * shelf + 0.012, linear("2e2118", 0.9))
        x = start + 0.02
        while x < start + 0.58:
            wide, tall = rng.uniform(0.012, 0.032), horizon * rng.uniform(0.06, 0.13)
            code = ("c98f4e", "e8dcc6", "7d8a66", "a3452f", "d9b27c", "46606b")[int(rng.integers(6))]
            canvas.rectangle(x, horizon * shelf - tall, x + wide, horizon * shelf, linear(code, rng.uniform(0.7, 1.3)))
            x += wide + rng.uniform(0.004, 0.03)
    canvas.rectangle(0, horizon * 0.80, 1, horizon, linear("8a6244", 0.8))
    canvas.rectangle(0, horizon * 0.79, 1, horizon * 0.815, linear("caa27a", 1.0))
    for x in np.arange(0.10, 1.0, 0.2):
        place = float(x) + rng.normal(0, 0.015)
        canvas.line((place, -0.05), (place, horizon * 0.14), 0.003, linear("1d1713", 1.0))
        canvas.ellipse(place, horizon * 0.17, 0.020, 0.020, linear("ffdca0", 7))
        canvas.glow(place, horizon * 0.17, 0.08, linear("ffb964", 0.5))
    canvas.sparkle(26, (start, horizon * 0.15, start + 0.6, horizon * 0.75), (linear("ffd596", 3.5),), 0.004)


def _office(canvas: Canvas, horizon: float, wish: Wish) -> None:
    rng = canvas.rng
    shade = wish.colours[0] if wish.colours else hexadecimal("ebeae7")
    canvas.gradient(
        [(0, linear("d6d5d1", 1.0)), (horizon, np.asarray(shade**2.2, np.float32)), (1, linear("c9c6c0", 0.9))]
    )
    canvas.rectangle(0.0, horizon * 0.14, 0.58, horizon * 0.90, linear("eef5f8", 1.9))
    for x in np.arange(0.0, 0.60, 0.145):
        canvas.rectangle(float(x), horizon * 0.14, float(x) + 0.012, horizon * 0.90, linear("55585a", 0.9))
    canvas.rectangle(0.0, horizon * 0.62, 0.58, horizon * 0.90, linear("a9b8ae", 1.1))
    canvas.rectangle(0.62, -0.05, 0.70, horizon, linear("f4f3f0", 0.9))
    canvas.rectangle(0.76, horizon * 0.30, 0.98, horizon * 0.74, linear("c9b49a", 0.9))
    for shelf in (0.40, 0.52, 0.64):
        canvas.rectangle(0.76, horizon * shelf, 0.98, horizon * shelf + 0.008, linear("8f7a60", 0.8))
    for x in (0.18, 0.42, 0.72, 0.92):
        canvas.rectangle(x - 0.05, horizon * 0.03, x + 0.05, horizon * 0.05, linear("ffffff", 4))
    canvas.sparkle(12, (0.6, horizon * 0.1, 1, horizon * 0.3), (linear("fff2da", 4),), 0.006)
    _plant(canvas, rng.uniform(0.62, 0.70), horizon, 0.34)
    canvas.glow(0.28, horizon * 0.4, 0.35, linear("f4faff", 0.18))


def _workshop(canvas: Canvas, horizon: float, wish: Wish) -> None:  # noqa: ARG001 - shared shape
    rng = canvas.rng
    canvas.gradient([(0, linear("6f655b", 0.8)), (horizon, linear("9a8b7a", 0.9)), (1, linear("6b5d50", 0.8))])
    left = rng.choice([0.04, 0.62])
    canvas.rectangle(left, horizon * 0.04, left + 0.34, horizon * 0.60, linear("dfeaf0", 2.0))
    for x in np.arange(left, left + 0.35, 0.085):
        canvas.rectangle(float(x), horizon * 0.04, float(x) + 0.007, horizon * 0.60, linear("2b2d2f", 0.9))
    for y in np.arange(horizon * 0.04, horizon * 0.61, horizon * 0.14):
        canvas.rectangle(left, float(y), left + 0.34, float(y) + 0.006, linear("2b2d2f", 0.9))
    canvas.glow(left + 0.17, horizon * 0.32, 0.28, linear("f0f6fa", 0.25))
    board = 0.44 if left < 0.5 else 0.04
    canvas.rectangle(board, horizon * 0.10, board + 0.52, horizon * 0.58, linear("b08a60", 0.8))
    for _ in range(20):
        x, y = rng.uniform(board + 0.03, board + 0.49), horizon * rng.uniform(0.14, 0.32)
        code = ("3b3f42", "8c9296", "7a3b26", "c9a15f")[int(rng.integers(4))]
        canvas.line((x, y), (x + rng.normal(0, 0.012), y + horizon * rng.uniform(0.08, 0.22)), 0.012, linear(code))
    canvas.rectangle(0, horizon * 0.72, 1, horizon * 0.75, linear("c09263", 1.0))
    x = 0.0
    while x < 1.0:
        wide, tall = rng.uniform(0.04, 0.12), horizon * rng.uniform(0.05, 0.16)
        code = ("5b6a70", "a8482f", "d6b36a", "7a6a58", "3f5a4a")[int(rng.integers(5))]
        canvas.rectangle(x, horizon * 0.72 - tall, x + wide, horizon * 0.72, linear(code, 0.9))
        x += wide + rng.uniform(0.0, 0.08)
    canvas.rectangle(0, horizon * 0.75, 1, horizon, linear("5e4a38", 0.8))
    for x in (0.3, 0.7):
        canvas.ellipse(x, horizon * 0.05, 0.016, 0.016, linear("ffdca0", 7))
        canvas.glow(x, horizon * 0.05, 0.10, linear("ffc070", 0.4))


def _mountains(canvas: Canvas, horizon: float, wish: Wish) -> None:
    rng = canvas.rng
    warm = wish.time in ("sunset", "sunrise")
    top, low = ("6f8fc0", "f6d3ae") if warm else ("6fa3d8", "e6eff4")
    canvas.gradient([(0, linear(top)), (horizon * 0.75, linear(low, 1.15)), (1, linear("8b8f84", 0.8))])
    for layer in range(5):
        near = layer / 4
        base = horizon * (0.50 + 0.40 * near)
        line = clouds(rng, 4, canvas.width, 1, 2.5 + 2 * near, 6, 0.52)[0]
        line = base - (line - line.mean()) * horizon * (0.95 - 0.45 * near)
        points = [(x / canvas.width, float(line[x])) for x in range(canvas.width)]
        rock = mix(linear("c3d0de" if not warm else "dcb9a8", 1.0), linear("46543f", 0.7), near)
        canvas.polygon([(0.0, horizon + 0.02), *points, (1.0, horizon + 0.02)], rock)


def _snowy(canvas: Canvas, horizon: float, wish: Wish) -> None:  # noqa: ARG001 - shared shape
    rng = canvas.rng
    canvas.gradient([(0, linear("c9d6e4", 1.0)), (horizon * 0.8, linear("eef3f8", 1.15)), (1, linear("f4f7fb", 1.0))])
    for layer in range(3):
        near = layer / 2
        base = horizon * (0.90 + 0.06 * near)
        for _ in range(13 - 3 * layer):
            x, tall = rng.uniform(-0.05, 1.05), horizon * rng.uniform(0.35, 0.65) * (0.65 + 0.5 * near)
            green = mix(linear("a9bccb", 1.0), linear("3d5550", 0.8), near)
            for step in range(5):
                top = base - tall * (1 - step * 0.17)
                wide = tall * (0.10 + 0.055 * step) * canvas.height / canvas.width
                foot = top + tall * 0.26
                canvas.polygon([(x, top), (x + wide, foot), (x - wide, foot)], green)
                frost = [(x, top), (x + wide * 0.75, foot - tall * 0.05), (x - wide * 0.5, foot - tall * 0.10)]
                canvas.polygon(frost, mix(green, linear("f4f8fc", 1.0), 0.7))
    canvas.rectangle(0, horizon * 0.95, 1, 1, linear("f1f5fa", 1.0))
    canvas.sparkle(55, (0, 0, 1, horizon), (linear("ffffff", 2.2),), 0.0035)


_PAINTERS: dict[str, Callable[[Canvas, float, Wish], None]] = {
    "forest": _forest,
    "park": _park,
    "city": _city,
    "interior": _interior,
    "cafe": _cafe,
    "office": _office,
    "workshop": _workshop,
    "mountains": _mountains,
    "snowy": _snowy,
}
