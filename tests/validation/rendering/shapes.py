"""Shapes, paints and patterns for Blender scenes: thin wrappers that build meshes and curves without operators.

Units are metres only by name: products are about one unit high and stand on z = 0; the camera looks along +y.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import bpy

Point = tuple[float, float, float]
Colour = tuple[float, float, float]
Paint = Any


def paint(
    colour: Colour,
    rough: float = 0.5,
    *,
    metal: float = 0.0,
    glass: float = 0.0,
    pattern: str = "",
    second: Colour = (0.9, 0.9, 0.9),
    scale: float = 6.0,
    bump: float = 0.0,
    glow: float = 0.0,
) -> Paint:
    """A material. `pattern` ("noise", "checker", "bricks", "stripes", "cells", "wood") mixes `colour` and `second`."""
    material = bpy.data.materials.new("paint")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = rough
    shader.inputs["Metallic"].default_value = metal
    shader.inputs["Transmission Weight"].default_value = glass
    if glow:
        shader.inputs["Emission Color"].default_value = (*colour, 1)
        shader.inputs["Emission Strength"].default_value = glow
    if not pattern:
        return material
    places = nodes.new("ShaderNodeTexCoord")
    kind = {
        "noise": "ShaderNodeTexNoise",
        "checker": "ShaderNodeTexChecker",
        "bricks": "ShaderNodeTexBrick",
        "stripes": "ShaderNodeTexWave",
        "wood": "ShaderNodeTexWave",
        "cells": "ShaderNodeTexVoronoi",
    }[pattern]
    texture = nodes.new(kind)
    texture.inputs["Scale"].default_value = scale
    if pattern == "wood":
        texture.inputs["Distortion"].default_value = 6.0
        texture.inputs["Detail"].default_value = 4.0
    links.new(places.outputs["Object"], texture.inputs["Vector"])
    if pattern in {"checker", "bricks"}:
        texture.inputs["Color1"].default_value = (*colour, 1)
        texture.inputs["Color2"].default_value = (*(second if pattern == "checker" else _shade(colour)), 1)
        if pattern == "bricks":
            texture.inputs["Mortar"].default_value = (*second, 1)
        links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    else:
        ramp = nodes.new("ShaderNodeValToRGB")
        ramp.color_ramp.elements[0].color = (*colour, 1)
        ramp.color_ramp.elements[1].color = (*second, 1)
        if pattern != "wood":
            ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.4, 0.6
        fac = "Distance" if pattern == "cells" else "Fac"
        links.new(texture.outputs[fac], ramp.inputs["Fac"])
        links.new(ramp.outputs["Color"], shader.inputs["Base Color"])
    if bump:
        node = nodes.new("ShaderNodeBump")
        node.inputs["Strength"].default_value = bump
        height = texture.outputs["Color"] if "Color" in texture.outputs else texture.outputs[0]
        links.new(height, node.inputs["Height"])
        links.new(node.outputs["Normal"], shader.inputs["Normal"])
    return material


def _shade(colour: Colour) -> Colour:
    return (colour[0] * 0.7, colour[1] * 0.7, colour[2] * 0.7)


def _add(name: str, data: Any, material: Paint) -> Any:
    data.materials.append(material)
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def mesh(vertices: Sequence[Point], faces: Sequence[Sequence[int]], material: Paint, *, smooth: bool = False) -> Any:
    """One mesh of `faces` (indices into `vertices`)."""
    data = bpy.data.meshes.new("mesh")
    data.from_pydata(list(vertices), [], [list(face) for face in faces])
    if smooth:
        data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
    data.update()
    return _add("mesh", data, material)


def box(centre: Point, size: Point, material: Paint, *, turn: float = 0.0, bevel: float = 0.02) -> Any:
    """A box with rounded edges around `centre`, turned by `turn` radians about the vertical."""
    x, y, z = (side / 2 for side in size)
    corners = [(i * x, j * y, k * z) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    thing = mesh(corners, faces, material)
    thing.location, thing.rotation_euler = centre, (0, 0, turn)
    if bevel:
        modifier = thing.modifiers.new("bevel", "BEVEL")
        modifier.width, modifier.segments = bevel, 3
    return thing


def lathe(profile: Sequence[tuple[float, float]], material: Paint, *, at: Point = (0, 0, 0), steps: int = 64) -> Any:
    """The surface that a profile of (radius, height) makes when it turns about the vertical."""
    vertices, faces = [], []
    for radius, height in profile:
        for step in range(steps):
            angle = 2 * math.pi * step / steps
            vertices.append((radius * math.cos(angle), radius * math.sin(angle), height))
    for row in range(len(profile) - 1):
        for step in range(steps):
            after = (step + 1) % steps
            faces.append((row * steps + step, row * steps + after, (row + 1) * steps + after, (row + 1) * steps + step))
    thing = mesh(vertices, faces, material, smooth=True)
    thing.location = at
    return thing


def ball(centre: Point, radius: float, material: Paint, *, squash: Point = (1, 1, 1)) -> Any:
    """A sphere, or an ellipsoid."""
    profile = [(radius * math.sin(math.pi * i / 24), -radius * math.cos(math.pi * i / 24)) for i in range(25)]
    thing = lathe(profile, material, at=centre, steps=40)
    thing.scale = squash
    return thing


def tube(
    points: Sequence[Point],
    radius: float,
    material: Paint,
    *,
    closed: bool = False,
    tapers: Sequence[float] = (),
    smooth: bool = False,
) -> Any:
    """A round rod along `points`; `tapers`: its radius at each point as shares of `radius`."""
    data = bpy.data.curves.new("tube", "CURVE")
    data.dimensions, data.bevel_depth, data.bevel_resolution, data.use_fill_caps = "3D", radius, 4, True
    line = data.splines.new("NURBS" if smooth else "POLY")
    line.points.add(len(points) - 1)
    for number, point in enumerate(points):
        line.points[number].co = (*point, 1)
        line.points[number].radius = tapers[number] if tapers else 1.0
    line.use_cyclic_u = closed
    if smooth:
        line.order_u, line.use_endpoint_u = 4, not closed
    return _add("tube", data, material)


def ring(
    centre: Point, radius: float, thickness: float, material: Paint, *, turn: Point = (0, 0, 0), stretch: float = 1.0
) -> Any:
    """A ring; untilted it lies flat. `stretch` makes an oval of it along its own x."""
    steps = 64
    points = [
        (stretch * radius * math.cos(2 * math.pi * i / steps), radius * math.sin(2 * math.pi * i / steps), 0.0)
        for i in range(steps)
    ]
    thing = tube(points, thickness, material, closed=True)
    thing.location, thing.rotation_euler = centre, turn
    return thing


def leaves(
    stalks: Sequence[tuple[Point, float, float, float, float]], material: Paint, *, droop: float = 0.5, parts: int = 7
) -> Any:
    """Many leaves or blades in one mesh: each (base, direction in the plane, rise, length, width)."""
    vertices: list[Point] = []
    faces: list[tuple[int, ...]] = []
    for (x, y, z), direction, rise, length, width in stalks:
        first = len(vertices)
        across = (-math.sin(direction), math.cos(direction))
        for part in range(parts + 1):
            share = part / parts
            out = length * share * math.cos(rise)
            up = length * (share * math.sin(rise) - droop * share * share)
            half = width * math.sin(math.pi * (0.12 + 0.88 * share)) / 2
            middle = (x + out * math.cos(direction), y + out * math.sin(direction), max(0.002, z + up))
            for side in (-1, 1):
                vertices.append((middle[0] + side * half * across[0], middle[1] + side * half * across[1], middle[2]))
        faces += [(first + 2 * i, first + 2 * i + 1, first + 2 * i + 3, first + 2 * i + 2) for i in range(parts)]
    return mesh(vertices, faces, material, smooth=True)


def fur(thing: Any, material: Paint, *, count: int, length: float, seed: int, rough: float = 0.1) -> None:
    """Hair all over `thing`."""
    thing.data.materials.append(material)
    modifier = thing.modifiers.new("fur", "PARTICLE_SYSTEM")
    settings = modifier.particle_system.settings
    modifier.particle_system.seed = seed
    settings.type, settings.count, settings.hair_length, settings.hair_step = "HAIR", count, length, 4
    settings.material = len(thing.data.materials)
    settings.root_radius, settings.tip_radius, settings.radius_scale = 1.0, 0.1, 0.004
    settings.child_type, settings.rendered_child_count, settings.child_length = "INTERPOLATED", 8, 1.0
    settings.roughness_2, settings.roughness_endpoint = rough, rough / 2


def wires(thing: Any, thickness: float) -> Any:
    """Turn the faces of `thing` into a lattice along their edges."""
    modifier = thing.modifiers.new("wires", "WIREFRAME")
    modifier.thickness = thickness
    return thing


def light(kind: str, at: Point, power: float, size: float = 2.0, colour: Colour = (1, 1, 1)) -> None:
    """An "AREA", "SUN" or "POINT" light that points at the product."""
    data: Any = bpy.data.lights.new("light", kind)
    data.energy, data.color = power, colour
    if kind == "AREA":
        data.size = size
    if kind == "SUN":
        data.angle = 0.02
    thing = bpy.data.objects.new("light", data)
    thing.location = at
    length = math.hypot(*at[:2])
    thing.rotation_euler = (math.atan2(length, at[2] - 0.4), 0, math.atan2(at[1], at[0]) + math.pi / 2)
    bpy.context.scene.collection.objects.link(thing)


def world(colour: Colour, strength: float) -> None:
    """Even light from all around."""
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*colour, 1)
    background.inputs["Strength"].default_value = strength
