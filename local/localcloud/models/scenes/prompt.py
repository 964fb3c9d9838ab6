"""Reads a scene out of a prompt by its words. What is not understood changes nothing but the random numbers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from localcloud.models.scenes.colours import NAMED, Colour, hexadecimal, mix
from localcloud.models.scenes.noise import Random

# Kinds by their words. A kind named by a strong word wins over one named by a weak word (`table` says less
# about the material than `marble`); then the one named first wins.
FLOORS: tuple[tuple[str, str], ...] = (
    ("moss", r"forest floor|moss|mossy|soil|earth|leaves|ground"),
    ("marble", r"marble|quartz"),
    ("terrazzo", r"terrazzo"),
    ("wood", r"wood|wooden|oak|walnut|timber|plank|planks|butcher block|parquet|table|desk|shelf"),
    ("concrete", r"concrete|cement|plaster|stucco|asphalt|pavement"),
    ("linen", r"linen|fabric|cloth|cotton|textile|silk|velvet|blanket|bed|bedding|tablecloth"),
    ("slate", r"slate|basalt|granite|stone|rock|rocks"),
    ("sand", r"sand|sandy|dune|dunes|desert|beach"),
    ("snow", r"snow|snowy|frost|ice|winter"),
    ("grass", r"grass|lawn|meadow|picnic|field"),
    ("water", r"water|pool|lake|puddle"),
)
PLACES: tuple[tuple[str, str], ...] = (
    (
        "night",
        r"city lights|neon|bokeh lights|fairy lights|christmas lights|christmas|festive|party|nightclub"
        r"|(?:city|street|bar|skyline|downtown)\W+(?:\w+\W+){0,3}night|night\W+(?:\w+\W+){0,3}(?:city|street|skyline)",
    ),
    ("forest", r"forest|woods|woodland|jungle|rainforest|trees"),
    ("park", r"park|garden|meadow|lawn|grass|field|orchard|picnic|outdoors?|nature|spring"),
    ("beach", r"beach|sea|ocean|seaside|coast|shore|tropical|island"),
    ("city", r"city|street|urban|downtown|skyline|cityscape"),
    ("kitchen", r"kitchen|countertop|counter"),
    ("bathroom", r"bathroom|spa|shower"),
    (
        "interior",
        r"living room|apartment|home|interior|bedroom|room|scandinavian|window|windowsill|cosy|cozy|house",
    ),
    ("cafe", r"cafe|café|coffee shop|restaurant|bar|bistro|bakery|pub"),
    ("office", r"office|lobby|showroom|retail|store|shop|gallery|museum"),
    ("workshop", r"workshop|garage|factory|warehouse|loft|industrial|studio apartment"),
    ("mountains", r"mountains?|alpine|alps|canyon|cliffs?|hills|desert|dunes?|landscape"),
    ("brick", r"brick|bricks"),
    ("snowy", r"snow|snowy|winter|christmas market|ice"),
    ("sunset", r"sunset|sunrise|golden hour|dusk|dawn"),
    ("sky", r"sky|clouds?|heaven|airy"),
)
_WEAK = {
    "table", "desk", "shelf", "ground", "field", "rock", "rocks", "bed", "ice", "winter", "stone", "leaves",
    "outdoor", "outdoors", "nature", "counter", "countertop", "room", "home", "house", "window", "interior",
    "grass", "store", "shop", "bar", "loft", "sunset", "sunrise", "golden hour", "dusk", "dawn", "sky",
    "spring", "cosy", "cozy", "airy", "earth", "water", "landscape", "picnic", "trees", "garage", "desert",
}  # fmt: skip
# The floor that a place has when the prompt names none.
FLOOR_OF_PLACE = {
    "beach": "sand",
    "forest": "moss",
    "park": "grass",
    "city": "concrete",
    "night": "slate",
    "interior": "wood",
    "cafe": "wood",
    "office": "plain",
    "workshop": "wood",
    "mountains": "slate",
    "brick": "wood",
    "bathroom": "marble",
    "snowy": "snow",
}
_COLOUR_WORDS = "|".join(sorted(NAMED, key=len, reverse=True))
_NOT_A_BACKDROP = r"sky|sea|ocean|water|clouds?|sand|trees?|grass|leaves|lights?|marble|quartz|concrete|wood|wooden|oak"


@dataclass(frozen=True)
class Wish:
    """What a prompt asks for. `light` points to the light (x right, y down); `blur` is a share of the width."""

    place: str | None
    floor: str | None
    colours: tuple[Colour, ...]
    floor_colour: Colour | None
    tone: str | None
    time: str
    gradient: bool
    white: bool
    pure_white: bool
    light: tuple[float, float]
    hard_light: bool
    warmth: float
    moody: bool
    glossy: bool
    blur: float
    shadow: bool
    digest: int

    def random(self, seed: int) -> Random:
        """The generator for this prompt and seed."""
        return np.random.Generator(np.random.PCG64([seed & 0xFFFFFFFF, self.digest]))


def _first(table: tuple[tuple[str, str], ...], text: str, unwanted: str) -> str | None:
    found: list[tuple[bool, int, int, str]] = []
    for rank, (kind, words) in enumerate(table):
        pattern = rf"\b(?:{words})\b"
        match = re.search(pattern, text)
        if match and not re.search(pattern, unwanted):
            # A strong word of a kind counts even when a weak one comes before it.
            names = [m.group() for m in re.finditer(pattern, text)]
            weak = all(name in _WEAK for name in names)
            found.append((weak, match.start(), rank, kind))
    return min(found)[3] if found else None


def _colours(text: str, unwanted: str) -> tuple[Colour, ...]:
    found: list[tuple[int, Colour]] = [
        (match.start(), hexadecimal(match.group(1))) for match in re.finditer(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", text)
    ]
    for match in re.finditer(rf"\b(?:(light|dark|pale|pastel|deep|soft|bright|dusty)\s+)?({_COLOUR_WORDS})\b", text):
        name = match.group(2)
        # "navy blue", "sage green": the second word only says what kind of colour the first one is.
        if re.search(rf"\b(?:{_COLOUR_WORDS})\s+$", text[: match.start()]):
            continue
        if re.search(rf"\b{name}\b", unwanted):
            continue
        if re.match(rf"\s*(?:\w+\s+)?(?:{_NOT_A_BACKDROP})\b", text[match.end() :]):
            continue
        colour = NAMED[name]
        if match.group(1) in ("light", "pale", "soft", "pastel"):
            colour = mix(colour, NAMED["white"], 0.45)
        elif match.group(1) in ("dark", "deep"):
            colour = (colour * 0.55).astype(np.float32)
        found.append((match.start(), colour))
    return tuple(colour for _, colour in sorted(found, key=lambda item: item[0]))


def _light(text: str) -> tuple[float, float]:
    if re.search(r"\bleft\b", text):
        return -0.75, -0.65
    if re.search(r"\bright\b", text):
        return 0.75, -0.65
    if re.search(r"overhead|top.?down|from above|noon", text):
        return 0.0, -1.0
    return -0.5, -0.75


def _time(text: str) -> str:
    if re.search(r"\bnight\b|midnight|moonlight|moonlit", text):
        return "night"
    if re.search(r"sunset|golden hour|dusk|evening", text):
        return "sunset"
    if re.search(r"sunrise|dawn|morning", text):
        return "sunrise"
    if re.search(r"overcast|cloudy|foggy|fog|mist|rain", text):
        return "overcast"
    return "day"


def read_prompt(prompt: str, negative: str = "") -> Wish:
    """The scene that `prompt` asks for; what `negative` (or "no ..." / "without ...") names is left out."""
    text = re.sub(r"\((.+?):[\d.]+\)", r"\1", prompt.lower())
    unwanted = negative.lower()
    without = re.findall(r"\b(?:no|without(?:\s+any)?)\s+([a-z]+)", text)
    unwanted += " " + " ".join(without)
    text = re.sub(r"\b(?:no|without(?:\s+any)?)\s+[a-z]+", " ", text)

    floor = _first(FLOORS, text, unwanted)
    place = _first(PLACES, text, unwanted)
    if place == "sky" and floor is None and re.search(r"\bairy\b", text) and "sky" not in text:
        place = None
    white = (
        place is None
        and floor is None
        and bool(re.search(r"white (?:studio )?(?:background|backdrop)|on (?:a )?(?:pure )?white\b|marketplace", text))
    )
    fabric = re.search(
        rf"({_COLOUR_WORDS})\s+(?:\w+\s+)?(?:linen|fabric|cloth|cotton|velvet|silk|textile|sand|blanket|water)",
        text,
    )
    tone = next(
        (t for t in ("black", "white", "green", "pink", "walnut", "dark", "light", "gray", "grey") if
         re.search(rf"\b{t}\b", text)),
        None,
    )  # fmt: skip
    moody = bool(re.search(r"moody|dramatic|low.?key|dark background|noir", text))
    blur = 0.022
    if re.search(r"\bsharp\b|in focus|detailed background", text):
        blur = 0.008
    if re.search(r"blur|bokeh|shallow|depth of field", text):
        blur = 0.032
    return Wish(
        place=place,
        floor=floor,
        colours=_colours(text, unwanted),
        floor_colour=NAMED[fabric.group(1)] if fabric else None,
        tone="gray" if tone == "grey" else tone,
        time=_time(text),
        gradient=bool(re.search(r"gradient|ombre|ombré", text)),
        white=white,
        pure_white=white and bool(re.search(r"pure|marketplace|amazon|isolated|\b255\b|#fff", text)),
        light=_light(text),
        hard_light=bool(re.search(r"hard light|direct sun|sunlight|sunlit|sunny|harsh|dramatic", text)),
        warmth=0.05
        if re.search(r"warm|golden|sunset|cozy|cosy|candle", text)
        else -0.04
        if re.search(r"\bcool\b|\bcold\b|winter|moon", text)
        else 0.0,
        moody=moody,
        glossy=bool(re.search(r"gloss|reflect|mirror|acrylic|polished|\bwet\b", text)),
        blur=blur,
        shadow=not re.search(r"shadow", unwanted),
        digest=int.from_bytes(hashlib.sha256(prompt.strip().lower().encode()).digest()[:8], "little"),
    )
