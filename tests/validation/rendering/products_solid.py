"""Bulky products that are furry, shiny, see-through, as bright or as dark as their ground, or several at once."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import bpy

from tests.validation.rendering.shapes import Colour, Paint, Point, ball, box, fur, lathe, paint, ring, tube

Build = Callable[[random.Random], None]


def _figurine(material: Paint) -> Any:
    """Blender's monkey head on a plinth, smoothed."""
    before = set(bpy.data.objects)
    bpy.ops.mesh.primitive_monkey_add(size=0.8, location=(0, 0, 0.52), rotation=(0, 0, 0.3))
    head = next(iter(set(bpy.data.objects) - before))
    head.data.materials.append(material)
    head.modifiers.new("smooth", "SUBSURF").render_levels = 2
    head.data.polygons.foreach_set("use_smooth", [True] * len(head.data.polygons))
    lathe([(0, 0), (0.24, 0), (0.22, 0.06), (0.12, 0.14), (0.1, 0.25), (0, 0.25)], material)
    return head


def glass_vase(rng: random.Random) -> None:
    """Clear glass with water."""
    outer = [(0, 0), (0.16, 0), (0.24, 0.25), (0.13, 0.65), (0.18, 0.85)]
    lathe([*outer, (0.165, 0.85), (0.115, 0.65), (0.22, 0.25), (0.14, 0.04), (0, 0.04)], paint((1, 1, 1), 0.0, glass=1))
    lathe([(0, 0.045), (0.135, 0.045), (0.215, 0.25), (0.16, 0.45), (0, 0.45)], paint((0.95, 1, 1), 0.0, glass=1))


def wine_glasses(rng: random.Random) -> None:
    """Two stemmed glasses, one with red wine."""
    for x, wine in ((-0.26, True), (0.26, False)):
        bowl = [
            (0.0, 0.0),
            (0.17, 0.0),
            (0.16, 0.012),
            (0.015, 0.03),
            (0.013, 0.4),
            (0.12, 0.5),
            (0.17, 0.65),
            (0.13, 0.9),
        ]
        lathe(
            [*bowl, (0.125, 0.9), (0.163, 0.65), (0.11, 0.51), (0, 0.43)], paint((1, 1, 1), 0.0, glass=1), at=(x, 0, 0)
        )
        if wine:
            lathe(
                [(0, 0.44), (0.1, 0.51), (0.155, 0.63), (0, 0.63)],
                paint((0.25, 0.0, 0.02), 0.0, glass=0.7),
                at=(x, 0, 0),
            )


def perfume_bottle(rng: random.Random) -> None:
    """Tinted glass, a golden cap."""
    box((0, 0, 0.3), (0.5, 0.2, 0.56), paint((0.95, 0.7, 0.75), 0.02, glass=0.95), bevel=0.05)
    lathe(
        [(0, 0.58), (0.06, 0.58), (0.06, 0.64), (0.1, 0.64), (0.1, 0.85), (0, 0.85)],
        paint((0.85, 0.6, 0.25), 0.2, metal=1),
    )


def white_pitcher(rng: random.Random) -> None:
    """White porcelain with a handle."""
    china = paint((0.83, 0.83, 0.82), 0.25)
    lathe(
        [(0, 0), (0.16, 0), (0.26, 0.25), (0.15, 0.6), (0.19, 0.8), (0.18, 0.8), (0.13, 0.6), (0.24, 0.25), (0, 0.03)],
        china,
    )
    tube([(0.16, 0, 0.72), (0.3, 0, 0.76), (0.4, 0, 0.62), (0.38, 0, 0.4), (0.22, 0, 0.3)], 0.025, china, smooth=True)


def white_trainers_box(rng: random.Random) -> None:
    """A white carton with a white lid ajar."""
    box((0, 0, 0.2), (0.9, 0.55, 0.4), paint((0.84, 0.84, 0.84), 0.6))
    box((0.04, 0.02, 0.43), (0.94, 0.59, 0.08), paint((0.85, 0.85, 0.85), 0.6), turn=0.08)
    box((0, -0.279, 0.2), (0.3, 0.004, 0.1), paint((0.05, 0.05, 0.05), 0.6), bevel=0)


def black_camera(rng: random.Random) -> None:
    """A black body with a lens."""
    black = paint((0.02, 0.02, 0.022), 0.5, pattern="noise", second=(0.03, 0.03, 0.032), scale=60)
    box((0, 0, 0.32), (0.95, 0.3, 0.6), black, bevel=0.06)
    box((0, 0, 0.68), (0.32, 0.26, 0.18), black, bevel=0.05)
    lens = lathe(
        [(0, 0), (0.24, 0), (0.24, 0.3), (0.22, 0.36), (0.2, 0.3), (0.17, 0.26), (0, 0.24)],
        paint((0.015, 0.015, 0.016), 0.3),
    )
    lens.location, lens.rotation_euler = (0, -0.14, 0.32), (math.pi / 2, 0, 0)
    ring((0, -0.4, 0.32), 0.21, 0.01, paint((0.5, 0.5, 0.5), 0.2, metal=1), turn=(math.pi / 2, 0, 0))


def black_speaker(rng: random.Random) -> None:
    """A black box with a grille."""
    box((0, 0, 0.5), (0.6, 0.5, 1.0), paint((0.018, 0.018, 0.02), 0.6), bevel=0.04)
    for height, radius in ((0.32, 0.2), (0.72, 0.12)):
        ring((0, -0.26, height), radius, 0.02, paint((0.06, 0.06, 0.065), 0.3), turn=(math.pi / 2, 0, 0))


def chrome_figurine(rng: random.Random) -> None:
    """A mirror of its surroundings."""
    _figurine(paint((0.9, 0.9, 0.9), 0.04, metal=1))


def ceramic_figurine(rng: random.Random) -> None:
    """Glazed in a strong colour."""
    _figurine(paint((0.05, 0.25, 0.4), 0.2))


def watering_can(rng: random.Random) -> None:
    """Zinc, with a spout, a rose and two handles."""
    zinc = paint((0.45, 0.5, 0.5), 0.4, metal=0.9)
    lathe([(0, 0), (0.28, 0), (0.28, 0.45), (0.2, 0.5), (0.19, 0.5), (0.27, 0.44), (0, 0.02)], zinc)
    tube([(0.26, 0, 0.1), (0.5, 0, 0.35), (0.68, 0, 0.62)], 0.04, zinc, tapers=(1.3, 0.9, 0.7))
    rose = lathe([(0.03, 0), (0.1, 0.1), (0.1, 0.12), (0, 0.12)], zinc)
    rose.location, rose.rotation_euler = (0.66, 0, 0.6), (0, 0.7, 0)
    tube([(-0.26, 0, 0.1), (-0.45, 0, 0.25), (-0.45, 0, 0.55), (-0.2, 0, 0.48)], 0.022, zinc, smooth=True)
    tube([(-0.18, 0, 0.5), (0, 0, 0.72), (0.18, 0, 0.5)], 0.022, zinc, smooth=True)


def tote_bag(rng: random.Random) -> None:
    """Canvas with two open handles."""
    canvas = paint((0.65, 0.55, 0.38), 0.9, pattern="stripes", second=(0.2, 0.25, 0.4), scale=3)
    box((0, 0, 0.35), (0.8, 0.18, 0.7), canvas, bevel=0.05)
    for y in (-0.08, 0.08):
        tube(
            [(-0.2, y, 0.66), (-0.18, y, 0.95), (0, y, 1.08), (0.18, y, 0.95), (0.2, y, 0.66)],
            0.022,
            paint((0.2, 0.12, 0.06), 0.6),
            smooth=True,
        )


def sauce_bottles(rng: random.Random) -> None:
    """Three bottles with labels, side by side."""
    for x, colour in ((-0.34, (0.5, 0.04, 0.02)), (0, (0.75, 0.55, 0.05)), (0.34, (0.1, 0.22, 0.06))):
        lathe([(0, 0), (0.14, 0), (0.14, 0.5), (0.05, 0.66), (0.05, 0.8), (0, 0.8)], paint(colour, 0.1), at=(x, 0, 0))
        lathe(
            [(0.142, 0.12), (0.142, 0.4)],
            paint((0.85, 0.82, 0.75), 0.6, pattern="checker", second=colour, scale=5),
            at=(x, 0, 0),
        )
        lathe([(0.055, 0.78), (0.06, 0.88), (0, 0.88)], paint((0.05, 0.05, 0.05), 0.4), at=(x, 0, 0))


def coloured_cups(rng: random.Random) -> None:
    """Four cups apart from each other."""
    shades: tuple[Colour, ...] = ((0.8, 0.2, 0.1), (0.1, 0.4, 0.6), (0.85, 0.7, 0.2), (0.8, 0.8, 0.8))
    places: tuple[tuple[float, float], ...] = ((-0.45, 0.1), (-0.05, -0.25), (0.15, 0.3), (0.5, -0.05))
    for shade, (x, y) in zip(shades, places, strict=True):
        glaze = paint(shade, 0.2)
        lathe([(0, 0), (0.1, 0), (0.15, 0.22), (0.14, 0.22), (0.09, 0.02), (0, 0.02)], glaze, at=(x, y, 0))
        angle = 0.6
        points: list[Point] = [
            (x + r * math.cos(angle), y - r * math.sin(angle), z)
            for r, z in ((0.13, 0.18), (0.21, 0.17), (0.2, 0.08), (0.11, 0.06))
        ]
        tube(points, 0.016, glaze, smooth=True)


def chess_pieces(rng: random.Random) -> None:
    """A white and a black piece, both wanted."""
    profile = [(0, 0), (0.16, 0), (0.16, 0.05), (0.1, 0.1), (0.07, 0.35), (0.12, 0.42), (0.05, 0.46)]
    for x, shade in ((-0.25, (0.85, 0.8, 0.68)), (0.25, (0.03, 0.025, 0.02))):
        wood = paint(shade, 0.25)
        lathe([*profile, (0, 0.46)], wood, at=(x, 0, 0))
        ball((x, 0, 0.54), 0.11, wood)


def patterned_cushion(rng: random.Random) -> None:
    """A cushion with as busy a pattern as what it lies on."""
    cloth = paint((0.6, 0.15, 0.12), 0.9, pattern="checker", second=(0.75, 0.7, 0.6), scale=7)
    ball((0, 0, 0.36), 0.42, cloth, squash=(1, 0.38, 0.85))


def gem_ring(rng: random.Random) -> None:
    """A ring with a stone, close up."""
    ring((0, 0, 0.42), 0.36, 0.05, paint((0.85, 0.85, 0.88), 0.08, metal=1), turn=(math.pi / 2, 0, 0.5))
    lathe([(0, 0.72), (0.16, 0.9), (0.13, 0.98), (0, 0.98)], paint((0.1, 0.5, 0.3), 0.0, glass=0.8), steps=8)
    for i in range(4):
        angle = i * math.pi / 2 + 0.4
        tube(
            [(0, 0, 0.76), (0.15 * math.cos(angle), 0.15 * math.sin(angle), 0.93)],
            0.016,
            paint((0.85, 0.85, 0.88), 0.1, metal=1),
        )


def hand_with_phone(rng: random.Random) -> None:
    """A phone in a hand; the hand belongs to the subject, the arm is cut by nothing."""
    skin = paint((0.6, 0.36, 0.26), 0.55)
    box((0, 0, 0.75), (0.36, 0.04, 0.72), paint((0.02, 0.02, 0.025), 0.15), bevel=0.02)
    box(
        (0, -0.021, 0.75),
        (0.33, 0.002, 0.66),
        paint((0.15, 0.35, 0.7), 0.1, glow=0.6, pattern="noise", second=(0.7, 0.4, 0.2), scale=4),
        bevel=0,
    )
    tube([(0.05, 0.1, 0.0), (0.04, 0.1, 0.3), (0.02, 0.1, 0.55)], 0.13, skin, tapers=(0.9, 1.1, 1.2))
    ball((0.02, 0.1, 0.55), 0.16, skin, squash=(1.2, 0.6, 1.2))
    for finger in range(4):
        z = 0.48 + finger * 0.085
        tube(
            [(0.1, 0.1, z), (-0.2, 0.1, z + 0.03), (-0.22, 0.0, z + 0.03), (-0.14, -0.05, z + 0.02)],
            0.042,
            skin,
            smooth=False,
        )
    tube([(0.12, 0.1, 0.5), (0.24, 0.0, 0.64), (0.16, -0.06, 0.78)], 0.05, skin)


def violin(rng: random.Random) -> None:
    """A varnished body with a long neck and strings."""
    wood = paint((0.4, 0.14, 0.04), 0.2, pattern="wood", second=(0.5, 0.2, 0.07), scale=4)
    for z, radius in ((0.2, 0.21), (0.5, 0.17)):
        ball((0, 0, z), radius, wood, squash=(1, 0.28, 0.95))
    ball((0, 0, 0.36), 0.14, wood, squash=(1, 0.4, 1.2))
    box((0, -0.04, 0.82), (0.05, 0.04, 0.62), paint((0.03, 0.02, 0.02), 0.4), bevel=0.01)
    tube([(0, -0.02, 1.12), (0, -0.06, 1.2), (0, 0.0, 1.22)], 0.03, wood)
    for side in (-1, 1):
        for z in (1.08, 1.15):
            tube([(0, -0.03, z), (0.09 * side, -0.03, z)], 0.012, paint((0.03, 0.02, 0.02), 0.4))
    for x in (-0.018, -0.006, 0.006, 0.018):
        tube([(x, -0.09, 0.2), (x, -0.09, 0.3), (x * 0.7, -0.07, 1.1)], 0.0025, paint((0.8, 0.8, 0.8), 0.2, metal=1))


def teddy(rng: random.Random) -> None:
    """A furry bear."""
    plush, hair = (0.35, 0.19, 0.08), (0.45, 0.26, 0.12)
    parts = [
        ((0, 0, 0.3), 0.27, (1, 0.9, 1.05)),
        ((0, -0.03, 0.72), 0.21, (1, 0.95, 0.95)),
        ((-0.17, 0, 0.9), 0.08, (1, 0.6, 1)),
        ((0.17, 0, 0.9), 0.08, (1, 0.6, 1)),
    ]
    parts += [
        ((-0.32, -0.08, 0.4), 0.1, (1, 1, 1.6)),
        ((0.32, -0.08, 0.4), 0.1, (1, 1, 1.6)),
        ((-0.2, -0.25, 0.1), 0.11, (1, 1.5, 1)),
        ((0.2, -0.25, 0.1), 0.11, (1, 1.5, 1)),
    ]
    for number, (at, radius, squash) in enumerate(parts):
        part = ball(at, radius, paint(plush, 0.9), squash=squash)
        fur(part, paint(hair, 0.7), count=900 if radius > 0.15 else 300, length=0.06, seed=number)
    for side in (-0.08, 0.08):
        ball((side, -0.22, 0.78), 0.022, paint((0.01, 0.01, 0.01), 0.1))
    ball((0, -0.24, 0.7), 0.035, paint((0.02, 0.02, 0.02), 0.3))


def wool_pompon(rng: random.Random) -> None:
    """A grey fur ball with a ring to hold it."""
    ring((0, 0, 0.92), 0.1, 0.012, paint((0.8, 0.6, 0.3), 0.2, metal=1), turn=(math.pi / 2, 0, 0))
    tube([(0, 0, 0.7), (0, 0, 0.83)], 0.015, paint((0.05, 0.05, 0.05), 0.6))
    fur(
        ball((0, 0, 0.42), 0.28, paint((0.5, 0.5, 0.52), 0.9)),
        paint((0.65, 0.65, 0.68), 0.8),
        count=2200,
        length=0.14,
        seed=3,
        rough=0.3,
    )


SOLID: tuple[Build, ...] = (
    glass_vase,
    wine_glasses,
    perfume_bottle,
    white_pitcher,
    white_trainers_box,
    black_camera,
    black_speaker,
    chrome_figurine,
    ceramic_figurine,
    watering_can,
    tote_bag,
    sauce_bottles,
    coloured_cups,
    chess_pieces,
    patterned_cushion,
    gem_ring,
    hand_with_phone,
    violin,
    teddy,
    wool_pompon,
)
