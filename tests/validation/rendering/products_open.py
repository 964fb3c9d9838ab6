"""Products with holes, wires, spokes, leaves: what a mask at 320 pixels loses."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from tests.validation.rendering.shapes import Paint, ball, box, lathe, leaves, paint, ring, tube, wires

Build = Callable[[random.Random], None]
_UPRIGHT = (math.pi / 2, 0.0, 0.0)


def _steel(red: float, green: float, blue: float) -> Paint:
    return paint((red, green, blue), 0.2, metal=1)


def bicycle_wheel(rng: random.Random) -> None:
    """Tyre, rim, hub and 28 spokes."""
    ring((0, 0, 0.52), 0.48, 0.035, paint((0.02, 0.02, 0.02), 0.8), turn=_UPRIGHT)
    ring((0, 0, 0.52), 0.44, 0.014, _steel(0.7, 0.7, 0.72), turn=_UPRIGHT)
    tube([(0, -0.07, 0.52), (0, 0.07, 0.52)], 0.035, _steel(0.3, 0.3, 0.32))
    for spoke in range(28):
        angle = spoke * math.pi / 14
        turned = angle + (0.5 if spoke % 2 else -0.5)
        foot = (0.035 * math.cos(turned), 0.05 if spoke % 2 else -0.05, 0.52 + 0.035 * math.sin(turned))
        tube([foot, (0.44 * math.cos(angle), 0, 0.52 + 0.44 * math.sin(angle))], 0.003, _steel(0.7, 0.7, 0.7))


def necklace_chain(rng: random.Random) -> None:
    """A golden chain in a loop, with a pendant, lying flat."""
    gold = paint((0.9, 0.6, 0.2), 0.2, metal=1)
    for link in range(64):
        angle = 2 * math.pi * link / 64
        far = 0.5 + 0.06 * math.sin(3 * angle)
        at = (far * math.cos(angle), far * 0.8 * math.sin(angle), 0.03)
        ring(at, 0.03, 0.008, gold, turn=(math.pi / 2 if link % 2 else 0.3, 0, angle + math.pi / 2), stretch=1.15)
    ball((0, -0.55, 0.06), 0.07, paint((0.05, 0.2, 0.6), 0.05, glass=0.6))
    ring((0, -0.55, 0.06), 0.075, 0.01, gold)


def woven_basket(rng: random.Random) -> None:
    """Canes around uprights, gaps between them, a high handle."""
    cane = paint((0.55, 0.36, 0.17), 0.7)
    for row in range(9):
        radius, height = 0.3 + 0.012 * row, 0.03 + 0.045 * row
        points = []
        for step in range(32):
            # In and out of the uprights by turns.
            out, angle = radius + 0.012 * (-1) ** (step + row), step * math.pi / 16
            points.append((out * math.cos(angle), out * math.sin(angle), height))
        tube(points, 0.015, cane, closed=True)
    for post in range(16):
        angle = post * math.pi / 8
        tube(
            [
                (0.3 * math.cos(angle), 0.3 * math.sin(angle), 0.01),
                (0.4 * math.cos(angle), 0.4 * math.sin(angle), 0.45),
            ],
            0.012,
            cane,
        )
    tube(
        [(0.39 * math.cos(a), 0, 0.42 + 0.5 * math.sin(a)) for a in (i * math.pi / 20 for i in range(21))], 0.022, cane
    )


def whisk(rng: random.Random) -> None:
    """Loops of wire on a handle, lying on its side."""
    steel = _steel(0.75, 0.75, 0.77)
    tube([(-0.55, 0, 0.12), (-0.1, 0, 0.12)], 0.035, steel, tapers=(1.0, 0.7))
    for loop in range(6):
        turn = loop * math.pi / 6
        points = []
        for i in range(25):
            s = i / 24 * math.pi
            side = 0.16 * math.cos(s) * math.sin(s) ** 0.5
            points.append((-0.1 + 0.62 * math.sin(s) ** 0.8, side * math.cos(turn), 0.14 + side * math.sin(turn)))
        tube(points, 0.006, steel)


def wire_bowl(rng: random.Random) -> None:
    """A fruit bowl of black wire with two apples in it."""
    profile = [
        (0.12 + 0.36 * math.sin(i / 6 * math.pi / 2), 0.02 + 0.3 * (1 - math.cos(i / 6 * math.pi / 2)))
        for i in range(7)
    ]
    wires(lathe(profile, paint((0.02, 0.02, 0.02), 0.4), steps=22), 0.014)
    ball((-0.1, 0, 0.2), 0.13, paint((0.6, 0.06, 0.04), 0.3), squash=(1, 1, 0.9))
    ball((0.14, 0.05, 0.2), 0.12, paint((0.4, 0.5, 0.08), 0.3), squash=(1, 1, 0.9))


def scissors(rng: random.Random) -> None:
    """Open scissors, lying flat."""
    for side in (-1, 1):
        turn = 0.28 * side
        tip = (0.75 * math.sin(turn), 0.75 * math.cos(turn), 0.02)
        heel = (-0.2 * math.sin(turn), -0.2 * math.cos(turn), 0.02)
        tube([heel, (0, 0, 0.03), tip], 0.035, paint((0.7, 0.7, 0.72), 0.25, metal=1), tapers=(0.9, 1.0, 0.1))
        ring(
            (-0.36 * math.sin(turn) - 0.03 * side, -0.4 * math.cos(turn), 0.03),
            0.13,
            0.03,
            paint((0.75, 0.1, 0.03), 0.35),
            turn=(0, 0, math.pi / 2 - turn),
            stretch=1.3,
        )


def bar_stool(rng: random.Random) -> None:
    """A seat on four splayed thin legs with rungs."""
    steel = paint((0.04, 0.04, 0.045), 0.4)
    lathe(
        [(0, 0.94), (0.22, 0.94), (0.24, 0.97), (0.22, 1.0), (0, 1.0)],
        paint((0.5, 0.32, 0.16), 0.4, pattern="wood", second=(0.35, 0.2, 0.1), scale=4),
    )
    feet = [(0.32 * math.cos(a), 0.32 * math.sin(a)) for a in (math.pi / 4 + i * math.pi / 2 for i in range(4))]
    for x, y in feet:
        tube([(x, y, 0.0), (x * 0.5, y * 0.5, 0.95)], 0.015, steel)
    tube([(x * 0.83, y * 0.83, 0.33) for x, y in feet], 0.01, steel, closed=True)


def step_ladder(rng: random.Random) -> None:
    """A folding ladder of aluminium."""
    metal = paint((0.7, 0.71, 0.73), 0.35, metal=1)
    for side in (-1, 1):
        tube([(0.3 * side, -0.3, 0), (0.2 * side, 0.02, 1.2)], 0.022, metal)
        tube([(0.28 * side, 0.38, 0), (0.2 * side, 0.04, 1.2)], 0.016, metal)
    for step in range(1, 5):
        share = step / 5
        box((0, -0.3 + 0.32 * share, 1.2 * share), (0.56 - 0.2 * share, 0.09, 0.025), metal, bevel=0.005)
    box((0, 0.02, 1.21), (0.42, 0.14, 0.03), paint((0.7, 0.1, 0.05), 0.4), bevel=0.01)


def desk_lamp(rng: random.Random) -> None:
    """Thin double arms, a shade, a round foot."""
    metal = paint((0.08, 0.25, 0.24), 0.35)
    lathe([(0, 0), (0.2, 0), (0.2, 0.03), (0.05, 0.05), (0, 0.05)], metal)
    for side in (-0.03, 0.03):
        tube([(0, side, 0.05), (-0.3, side, 0.55)], 0.009, metal)
        tube([(-0.3, side, 0.55), (0.22, side, 0.9)], 0.009, metal)
    ball((-0.3, 0, 0.55), 0.035, metal)
    shade = lathe([(0.05, 0.16), (0.07, 0.1), (0.16, -0.06), (0.155, -0.06), (0.06, 0.1), (0.04, 0.15)], metal)
    shade.location, shade.rotation_euler = (0.27, 0, 0.88), (0, -0.7, 0)


def house_palm(rng: random.Random) -> None:
    """Long arching leaves with gaps, in a white pot."""
    lathe([(0, 0), (0.16, 0), (0.21, 0.3), (0.19, 0.3), (0.18, 0.26), (0, 0.26)], paint((0.8, 0.8, 0.78), 0.35))
    for green in ((0.08, 0.28, 0.06), (0.15, 0.36, 0.08)):
        stalks = [
            (
                (0.04 * rng.uniform(-1, 1), 0.04 * rng.uniform(-1, 1), 0.26),
                rng.uniform(0, 6.28),
                rng.uniform(0.6, 1.5),
                rng.uniform(0.5, 0.95),
                rng.uniform(0.03, 0.05),
            )
            for _ in range(26)
        ]
        leaves(stalks, paint(green, 0.45), droop=0.55, parts=12)


def bunch_of_flowers(rng: random.Random) -> None:
    """Thin stems, petals and grass in a glass."""
    lathe([(0, 0), (0.1, 0), (0.13, 0.34), (0.125, 0.34), (0.095, 0.02), (0, 0.02)], paint((1, 1, 1), 0.02, glass=1))
    stem = paint((0.15, 0.35, 0.08), 0.5)
    for _ in range(13):
        angle, lean, tall = rng.uniform(0, 6.28), rng.uniform(0.05, 0.4), rng.uniform(0.6, 1.0)
        top = (lean * math.cos(angle), lean * math.sin(angle), tall)
        tube([(0, 0, 0.02), (top[0] * 0.25, top[1] * 0.25, tall * 0.5), top], 0.007, stem, smooth=False)
        petal = paint(rng.choice([(0.8, 0.1, 0.2), (0.9, 0.7, 0.1), (0.85, 0.8, 0.85), (0.4, 0.1, 0.5)]), 0.6)
        leaves([(top, i * 6.28 / 9, 0.4, 0.1, 0.05) for i in range(9)], petal, droop=0.3)
        ball(top, 0.025, paint((0.7, 0.5, 0.05), 0.8))
    leaves(
        [((0, 0, 0.3), rng.uniform(0, 6.28), rng.uniform(0.9, 1.4), rng.uniform(0.4, 0.7), 0.012) for _ in range(20)],
        stem,
        droop=0.3,
    )


def tennis_racket(rng: random.Random) -> None:
    """A strung racket, lying flat."""
    frame = paint((0.75, 0.75, 0.1), 0.3)
    ring((0, 0.3, 0.03), 0.3, 0.022, frame, stretch=0.8)
    string = paint((0.9, 0.9, 0.85), 0.5)
    for i in range(-7, 8):
        x = i * 0.03
        y = 0.3 * math.sqrt(max(0, 1 - (x / 0.24) ** 2))
        tube([(x, 0.3 - y, 0.03), (x, 0.3 + y, 0.03)], 0.003, string)
    for i in range(-8, 9):
        y = i * 0.033
        x = 0.24 * math.sqrt(max(0, 1 - (y / 0.3) ** 2))
        tube([(-x, 0.3 + y, 0.03), (x, 0.3 + y, 0.03)], 0.003, string)
    for side in (-1, 1):
        tube([(0.13 * side, 0.05, 0.03), (0.015 * side, -0.18, 0.03)], 0.018, frame)
    tube([(0, -0.17, 0.03), (0, -0.6, 0.03)], 0.03, paint((0.03, 0.03, 0.03), 0.8))


def bird_cage(rng: random.Random) -> None:
    """Thirty bars, a tray, a hook."""
    brass = paint((0.7, 0.5, 0.2), 0.25, metal=1)
    lathe([(0, 0), (0.34, 0), (0.34, 0.08), (0.32, 0.08), (0.32, 0.03), (0, 0.03)], brass)
    for bar in range(30):
        angle = bar * math.pi / 15
        out = [(0.33, 0.05), (0.33, 0.65), (0.29, 0.78), (0.18, 0.9), (0.0, 0.96)]
        tube([(r * math.cos(angle), r * math.sin(angle), z) for r, z in out], 0.005, brass)
    ring((0, 0, 0.4), 0.33, 0.008, brass)
    ring((0, 0, 0.65), 0.33, 0.008, brass)
    ring((0, 0, 1.02), 0.06, 0.01, brass, turn=_UPRIGHT)
    ball((0.05, 0, 0.35), 0.09, paint((0.8, 0.7, 0.1), 0.8), squash=(1.3, 0.9, 1))


def cutlery(rng: random.Random) -> None:
    """Three forks side by side, lying flat."""
    steel = paint((0.8, 0.8, 0.82), 0.12, metal=1)
    for x in (-0.25, 0.0, 0.25):
        tube([(x, -0.55, 0.02), (x, -0.1, 0.025), (x, 0.1, 0.03)], 0.022, steel, tapers=(1.2, 0.7, 0.7))
        tube(
            [
                (x - 0.065, 0.3, 0.03),
                (x - 0.05, 0.17, 0.03),
                (x, 0.1, 0.03),
                (x + 0.05, 0.17, 0.03),
                (x + 0.065, 0.3, 0.03),
            ],
            0.015,
            steel,
        )
        for tine in range(4):
            at = x - 0.065 + tine * 0.0433
            tube([(at, 0.2, 0.03), (at, 0.5, 0.035)], 0.009, steel, tapers=(1.3, 0.6))


def coat_hanger(rng: random.Random) -> None:
    """One bent wire, hanging in the air."""
    wire = paint((0.05, 0.05, 0.06), 0.4)
    tube([(0, 0, 0.55), (-0.6, 0, 0.25), (-0.58, 0, 0.21), (0.58, 0, 0.21), (0.6, 0, 0.25)], 0.012, wire, closed=True)
    tube([(0, 0, 0.55), (0, 0, 0.62), (0.07, 0, 0.66), (0.08, 0, 0.75), (0.0, 0, 0.8), (-0.07, 0, 0.75)], 0.012, wire)


def broom(rng: random.Random) -> None:
    """A hand brush with long bristles."""
    box((0, 0, 0.52), (0.6, 0.12, 0.08), paint((0.55, 0.3, 0.14), 0.5))
    tube([(0, 0, 0.55), (0.12, 0, 1.15)], 0.03, paint((0.5, 0.1, 0.06), 0.4))
    bristle = paint((0.75, 0.62, 0.35), 0.8)
    for _ in range(420):
        x, y = rng.uniform(-0.29, 0.29), rng.uniform(-0.05, 0.05)
        tube(
            [
                (x, y, 0.5),
                (x * 1.25 + rng.uniform(-0.03, 0.03), y * 2 + rng.uniform(-0.03, 0.03), rng.uniform(0.0, 0.06)),
            ],
            0.003,
            bristle,
        )


OPEN: tuple[Build, ...] = (
    bicycle_wheel,
    necklace_chain,
    woven_basket,
    whisk,
    wire_bowl,
    scissors,
    bar_stool,
    step_ladder,
    desk_lamp,
    house_palm,
    bunch_of_flowers,
    tennis_racket,
    bird_cage,
    cutlery,
    coat_hanger,
    broom,
)
