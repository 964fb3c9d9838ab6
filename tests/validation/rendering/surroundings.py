"""Where the products stand: calm sweeps, patterned rooms, busy shelves, gardens. Each builds its own light."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import bpy

from tests.validation.rendering.shapes import Colour, ball, box, lathe, leaves, light, mesh, paint, tube, world

Build = Callable[[random.Random], None]
SURROUNDINGS: dict[str, Build] = {}


def _surrounding(build: Build) -> Build:
    SURROUNDINGS[build.__name__] = build
    return build


def any_colour(rng: random.Random, low: float = 0.03, high: float = 0.8) -> Colour:
    """A colour, mostly a strong one."""
    return (rng.uniform(low, high), rng.uniform(low, high) ** 1.4, rng.uniform(low, high) ** 1.2)


def ground(material: Any, *, height: float = 0.0) -> None:
    """A plane in which the products stand."""
    mesh([(-12, -12, height), (12, -12, height), (12, 12, height), (-12, 12, height)], [(0, 1, 2, 3)], material)


def wall(material: Any, *, behind: float = 1.6) -> None:
    """A plane behind the products."""
    # Built lying and set up: patterns are drawn in the plane that a thing was built in.
    thing = mesh([(-12, -1, 0), (12, -1, 0), (12, 9, 0), (-12, 9, 0)], [(0, 1, 2, 3)], material)
    thing.location, thing.rotation_euler = (0, behind, 0), (math.pi / 2, 0, 0)


def _sweep(colour: Colour, strength: float) -> None:
    points = [(-14.0, 0.0)] + [
        (2 + 2 * math.sin(a / 12 * math.pi / 2), 2 - 2 * math.cos(a / 12 * math.pi / 2)) for a in range(13)
    ]
    points += [(4.0, 14.0)]
    vertices = [(x, y, z) for y, z in points for x in (-14.0, 14.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(points) - 1)]
    mesh(vertices, faces, paint(colour, 0.7), smooth=True)
    light("AREA", (-3, -2.5, 4), 260 * strength, 3)
    light("AREA", (3.5, -2, 2.5), 90 * strength, 3)
    world((1, 1, 1), 0.35 * strength)


@_surrounding
def white_sweep(rng: random.Random) -> None:
    """A studio's white paper."""
    _sweep((0.86, 0.86, 0.86), 1.25)


@_surrounding
def black_sweep(rng: random.Random) -> None:
    """A studio's black paper."""
    _sweep((0.012, 0.012, 0.014), 1.0)


@_surrounding
def coloured_sweep(rng: random.Random) -> None:
    """Paper of a strong colour."""
    _sweep(any_colour(rng, 0.1, 0.7), 1.0)


def _row(rng: random.Random, y: float, z: float, height: float, left: float, right: float) -> None:
    """Books, boxes, tins and balls side by side."""
    x = left
    while x < right:
        width = rng.uniform(0.05, 0.3)
        tall = height * rng.uniform(0.4, 0.92)
        colour = any_colour(rng)
        kind = rng.random()
        pattern = rng.choice(["", "", "stripes", "checker", "noise"])
        material = paint(
            colour, rng.uniform(0.2, 0.8), pattern=pattern, second=any_colour(rng), scale=rng.uniform(4, 25)
        )
        if kind < 0.6:
            box((x + width / 2, y, z + tall / 2), (width * 0.94, 0.3, tall), material, turn=rng.uniform(-0.1, 0.1))
        elif kind < 0.85:
            radius = width / 2.1
            lathe(
                [(0, 0), (radius, 0), (radius, tall * 0.8), (radius * 0.6, tall), (0, tall)],
                material,
                at=(x + width / 2, y, z),
            )
        else:
            ball((x + width / 2, y, z + width / 2), width / 2, material)
        x += width + rng.uniform(0.0, 0.08)


@_surrounding
def busy_shelf(rng: random.Random) -> None:
    """Full shelves close behind, in focus."""
    board = paint((0.35, 0.2, 0.1), 0.5, pattern="wood", second=(0.5, 0.33, 0.18), scale=3)
    ground(board)
    wall(paint((0.6, 0.6, 0.55), 0.8), behind=1.3)
    for level in range(5):
        height = 0.62
        if level:
            box((0, 1.0, level * height), (9, 0.7, 0.04), board)
        _row(rng, 0.95, level * height + 0.02, height, -3.0, 3.0)
    light("AREA", (-2, -2.5, 3.5), 160, 1.5)
    world((1, 0.97, 0.92), 0.5)


@_surrounding
def crowded_table(rng: random.Random) -> None:
    """A table with other things standing around and behind."""
    ground(paint((0.4, 0.27, 0.16), 0.35, pattern="wood", second=(0.55, 0.4, 0.26), scale=2.2))
    wall(paint(any_colour(rng, 0.2, 0.6), 0.8), behind=3.2)
    for row in range(3):
        _row(rng, 1.2 + 0.55 * row, 0, 0.9 + 0.3 * row, -2.6, 2.6)
    light("AREA", (2.5, -2, 3.5), 190, 1.2, (1, 0.92, 0.82))
    world((0.9, 0.95, 1), 0.4)


@_surrounding
def tiled_kitchen(rng: random.Random) -> None:
    """Marble before tiles."""
    ground(paint((0.75, 0.74, 0.72), 0.15, pattern="noise", second=(0.45, 0.45, 0.47), scale=2.5))
    wall(paint((0.55, 0.68, 0.66), 0.15, pattern="bricks", second=(0.9, 0.9, 0.88), scale=2.4), behind=1.2)
    light("AREA", (-2.5, -1.5, 3), 150, 1.0)
    world((1, 1, 1), 0.5)


@_surrounding
def brick_wall(rng: random.Random) -> None:
    """Paving before bricks, in the sun."""
    ground(paint((0.4, 0.39, 0.37), 0.9, pattern="cells", second=(0.55, 0.53, 0.5), scale=5))
    wall(paint((0.45, 0.18, 0.12), 0.9, pattern="bricks", second=(0.6, 0.58, 0.55), scale=2.2, bump=0.4), behind=0.9)
    light("SUN", (-3, -4, 5), 3.2, colour=(1, 0.95, 0.85))
    world((0.6, 0.75, 1), 0.6)


@_surrounding
def wallpaper(rng: random.Random) -> None:
    """Floorboards before a wallpaper with a pattern."""
    ground(paint((0.3, 0.17, 0.09), 0.4, pattern="wood", second=(0.42, 0.26, 0.15), scale=1.4))
    wall(
        paint(
            any_colour(rng, 0.1, 0.6),
            0.7,
            pattern=rng.choice(["checker", "cells", "stripes"]),
            second=any_colour(rng, 0.2, 0.8),
            scale=7,
        ),
        behind=1.4,
    )
    light("AREA", (3, -2, 3), 170, 1.5)
    world((1, 1, 1), 0.45)


@_surrounding
def rug(rng: random.Random) -> None:
    """A patterned rug, seen from above."""
    ground(paint(any_colour(rng, 0.1, 0.5), 0.95, pattern="checker", second=any_colour(rng, 0.1, 0.6), scale=5))
    for _ in range(6):
        angle, far = rng.uniform(0, 6.28), rng.uniform(1.4, 2.4)
        box(
            (far * math.cos(angle), far * math.sin(angle), 0.1),
            (0.3, 0.3, 0.2),
            paint(any_colour(rng)),
            turn=rng.random(),
        )
    light("AREA", (-2, 1.5, 4), 200, 1.4)
    world((1, 1, 1), 0.45)


@_surrounding
def gravel(rng: random.Random) -> None:
    """Pebbles, seen from above."""
    ground(paint((0.2, 0.18, 0.16), 0.9))
    shades = [paint((shade, shade * 0.95, shade * 0.88), 0.8) for shade in (0.18, 0.3, 0.42, 0.6)]
    models = [ball((0, 0, -9), 0.09, shade) for shade in shades]
    for _ in range(2600):
        copy = models[rng.randrange(4)].copy()
        copy.location = (rng.uniform(-2.6, 2.6), rng.uniform(-2.2, 4), rng.uniform(-0.05, 0.0))
        copy.scale = (rng.uniform(0.5, 1.2), rng.uniform(0.5, 1.2), rng.uniform(0.3, 0.55))
        copy.rotation_euler = (0, 0, rng.uniform(0, 3.14))
        bpy.context.scene.collection.objects.link(copy)
    light("SUN", (2, -3, 5), 3.0, colour=(1, 0.96, 0.9))
    world((0.7, 0.8, 1), 0.6)


@_surrounding
def meadow(rng: random.Random) -> None:
    """Grass all around, blades before the product too."""
    ground(paint((0.12, 0.16, 0.05), 0.9, pattern="noise", second=(0.2, 0.22, 0.08), scale=8))
    for green in ((0.12, 0.3, 0.04), (0.22, 0.38, 0.08), (0.08, 0.2, 0.04)):
        stalks = [
            (
                (rng.uniform(-3, 3), rng.uniform(-2.5, 5), 0.0),
                rng.uniform(0, 6.28),
                rng.uniform(0.9, 1.5),
                rng.uniform(0.06, 0.2),
                0.012,
            )
            for _ in range(7000)
        ]
        leaves(stalks, paint(green, 0.6), droop=0.3, parts=4)
    light("SUN", (-3, -2, 5), 3.5, colour=(1, 0.95, 0.85))
    world((0.6, 0.8, 1), 0.7)


@_surrounding
def foliage(rng: random.Random) -> None:
    """Bushes close behind, in focus."""
    ground(paint((0.3, 0.22, 0.14), 0.9, pattern="noise", second=(0.2, 0.15, 0.09), scale=6))
    for green in ((0.1, 0.25, 0.05), (0.2, 0.36, 0.08), (0.05, 0.14, 0.04)):
        stalks = [
            (
                (rng.uniform(-3.5, 3.5), rng.uniform(0.9, 2.6), rng.uniform(0, 3.2)),
                rng.uniform(0, 6.28),
                rng.uniform(-0.6, 1),
                rng.uniform(0.15, 0.4),
                rng.uniform(0.06, 0.14),
            )
            for _ in range(1800)
        ]
        leaves(stalks, paint(green, 0.5), droop=0.4, parts=5)
    wall(paint((0.03, 0.06, 0.02), 0.9), behind=2.9)
    light("SUN", (-2, -4, 5), 3.5, colour=(1, 0.94, 0.84))
    world((0.7, 0.85, 1), 0.7)


@_surrounding
def wrinkled_cloth(rng: random.Random) -> None:
    """A crumpled sheet, seen from above."""
    waves = [(rng.uniform(1, 5), rng.uniform(0, 6.28), rng.uniform(0, 6.28)) for _ in range(12)]
    side = 140

    def height(x: float, y: float) -> float:
        return sum(0.05 / f * math.sin(f * (x * math.cos(a) + y * math.sin(a)) * 2 + p) for f, a, p in waves) - 0.09

    step = 6 / side
    vertices = [
        (-3 + i * step, -3 + j * step, height(-3 + i * step, -3 + j * step)) for j in range(side) for i in range(side)
    ]
    faces = [
        (j * side + i, j * side + i + 1, (j + 1) * side + i + 1, (j + 1) * side + i)
        for j in range(side - 1)
        for i in range(side - 1)
    ]
    mesh(vertices, faces, paint(any_colour(rng, 0.3, 0.8), 0.85), smooth=True)
    light("AREA", (-4, 1, 2), 170, 0.8)
    world((1, 1, 1), 0.4)


@_surrounding
def night_desk(rng: random.Random) -> None:
    """A dark desk, lamps out of focus behind."""
    ground(paint((0.03, 0.025, 0.02), 0.25, pattern="wood", second=(0.06, 0.045, 0.03), scale=2))
    wall(paint((0.03, 0.035, 0.05), 0.8), behind=7)
    for _ in range(40):
        ball(
            (rng.uniform(-4, 4), rng.uniform(4, 6.5), rng.uniform(0.2, 4)),
            0.06,
            paint(any_colour(rng, 0.3, 1.0), glow=14),
        )
    light("AREA", (-2, -1.5, 2.5), 60, 0.8, (1, 0.85, 0.7))
    world((0.4, 0.5, 0.8), 0.12)


@_surrounding
def workbench(rng: random.Random) -> None:
    """Planks before a board full of tools."""
    ground(paint((0.42, 0.3, 0.18), 0.7, pattern="wood", second=(0.3, 0.2, 0.12), scale=3))
    wall(paint((0.5, 0.42, 0.3), 0.8, pattern="noise", second=(0.42, 0.35, 0.25), scale=20), behind=1.1)
    for _ in range(36):
        x, z, turn = rng.uniform(-2.6, 2.6), rng.uniform(0.3, 2.6), rng.uniform(-0.4, 0.4)
        length = rng.uniform(0.3, 0.7)
        tip = (x + length * math.sin(turn), 1.02, z + length * math.cos(turn))
        tube([(x, 1.02, z), tip], 0.02, paint((0.6, 0.6, 0.62), 0.3, metal=1))
        tube([(x, 1.02, z), (x - 0.2 * math.sin(turn), 1.02, z - 0.2 * math.cos(turn))], 0.045, paint(any_colour(rng)))
    light("AREA", (2, -2.5, 3.2), 170, 1.2)
    world((1, 0.97, 0.9), 0.4)
