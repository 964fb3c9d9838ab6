"""What the files of a new job's images are called, when its user says so: by a template, or each photo by a sheet.

What comes out of it is stored with the job (`fileNames` of the submission), so that every later download has the same
names (`file_names.JobNames`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from string import Formatter

from backdrop.api.schemas.jobs import PhotoNames
from backdrop.core.names import name_key, shown
from backdrop.core.options import OutputOptions
from backdrop.core.output_words import name_output
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import phrase
from backdrop_client.file_names import (
    IMAGE_EXTENSIONS,
    MAX_STEM_BYTES,
    JobNames,
    folders_of,
    portable,
    stem_of,
)
from backdrop_client.sheets.sheet import OUTPUT_NAME, SKU, Fault, Wish

FIELDS = ("sku", "name", "folder", "n", "output", "preset", "scene")
"""Of a template: SKU (of the sheet, else the photo's SKU folder), the photo's name without extension, its folders, a
number that counts the images which would else have one name, the output in short, its preset, its scene's
number."""

TEMPLATE = "Names"
"""Where a fault is that is not the sheet's."""

_NUMBER = "\0"
_MOST_CHARACTERS = 200


@dataclass(frozen=True)
class Named:
    """A photo whose files are to be named: its name with folders, how many images it has, its row of a sheet, and
    numbers of those of the job's scenes that it has; none: all."""

    name: str
    images: int
    wish: Wish
    scenes: Sequence[int] = ()


@dataclass(frozen=True)
class Naming:
    """Place of a photo -> names of its files, without extension, of photos that get other names than ever; and all that
    is wrong with them."""

    names: Mapping[int, Sequence[str]]
    faults: Sequence[Fault]


def plan_names(template: str, photos: Sequence[Named], outputs: Sequence[OutputOptions], scenes: int = 1) -> Naming:
    """Name the files of these photos' images, in their order.

    Args:
        template: with `FIELDS` in braces, `/` between folders; empty: only a sheet's output names count.
        photos: all that are made, in the order of the upload.
        outputs: the job's; every picture of a photo has an image in each.
        scenes: how many the job has; every photo has pictures in each.
    """
    planner = _Planner(template, photos, outputs, scenes)
    planner.plan()
    return Naming({} if planner.faults else planner.names, planner.faults)


def plan_files(template: str, photos: Mapping[str, tuple[str, Wish]], request: JobRequest) -> Naming:
    """Name the files of a job's images (`plan_names`).

    Args:
        template: as of `plan_names`.
        photos: id -> name and row of a sheet, in the order of the upload.
        request: of the job, which may say more of single photos, by these ids.
    """
    dealt = request.dealt(photos)
    named = [
        Named(name, dealt.count_images_of(id_), wish, [place + 1 for place in dealt.options_of(id_).places])
        for id_, (name, wish) in photos.items()
    ]
    return plan_names(template, named, request.options.every_output, 1 + len(request.options.scenes))


@dataclass
class _Planner:
    template: str
    photos: Sequence[Named]
    outputs: Sequence[OutputOptions]
    scenes: int
    names: dict[int, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)

    def plan(self) -> None:
        if not self._parse():
            return
        for place, photo in enumerate(self.photos):
            if photo.wish.output_name:
                self._take(place, [self._own_name(photo)])
        numbers: Counter[str] = Counter()
        for place, photo in enumerate(self.photos):
            if self.template and not photo.wish.output_name:
                self._take(place, self._rendered(place, photo, numbers))

    def _parse(self) -> bool:
        """Whether the template is one."""
        if not self.template:
            return True
        try:
            parts = list(Formatter().parse(self.template))
        except ValueError:
            parts = [("", "", "", None)]
        fields = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        for name, spec, conversion in fields:
            if name not in FIELDS or conversion or (spec and not (name == "n" and re.fullmatch("0?[1-9]", spec))):
                self._fault(
                    0,
                    TEMPLATE,
                    phrase("The names have braces that are no field."),
                    phrase("There are {known}.", known=known),
                )
                return False
        if not fields:
            self._fault(
                0, TEMPLATE, phrase("All images would have one name."), phrase("Use fields: {known}.", known=known)
            )
        if len(self.template) > _MOST_CHARACTERS:
            self._fault(
                0,
                TEMPLATE,
                phrase("The names have more than {most_characters} characters.", most_characters=_MOST_CHARACTERS),
                phrase("Shorten them."),
            )
        if "preset" in [name for name, *_ in fields] and not all(one.preset for one in self.outputs):
            what = (
                phrase("An output has no preset for {preset}.")
                if self.outputs[1:]
                else phrase("No preset is chosen for {preset}.")
            )
            self._fault(0, TEMPLATE, what, phrase("Use {output}, choose a preset, or leave the field out."))
        if "scene" in self._fields and self.outputs[1:] and not self._fields & {"n", "output", "preset"}:
            what = phrase("{scene} does not tell the files of one scene apart.")
            self._fault(0, TEMPLATE, what, phrase("Use {output} or {n} as well."))
        return not self.faults

    def _own_name(self, photo: Named) -> str:
        wanted = unicodedata.normalize("NFC", photo.wish.output_name)
        path = PurePosixPath(wanted)
        stem = path.stem if path.suffix.lower() in IMAGE_EXTENSIONS else wanted
        if portable(stem, "", MAX_STEM_BYTES) != stem:
            self._fault(
                photo.wish.row,
                OUTPUT_NAME,
                phrase("“{wanted}” can't be a file's name on every system.", wanted=shown(wanted)[:120]),
                phrase('Leave out < > : " / \\ | ? * and dots or blanks at its ends; 250 bytes at most.'),
            )
        return "/".join([*folders_of(photo.name), stem])

    def _rendered(self, place: int, photo: Named, numbers: Counter[str]) -> list[str]:
        values = self._values(place, photo)
        if values is None:
            return []
        made = []
        scenes = photo.scenes or range(1, self.scenes + 1)
        # Without a number of its own, a further variation gets one behind its photo's name.
        for image in range(min(photo.images, self._named_images(photo))):
            output = self.outputs[image % len(self.outputs)]
            scene = scenes[image // len(self.outputs) % len(scenes)]
            values |= {"preset": output.preset or "", "output": name_output(output), "scene": str(scene)}
            base = "".join(self._parts(values, _NUMBER))
            numbers[name_key(base)] += 1
            text = "".join(self._parts(values, numbers[name_key(base)]))
            parts = [part for part in unicodedata.normalize("NFC", text).split("/") if part]
            if not parts or any(portable(part, "", MAX_STEM_BYTES) != part for part in parts):
                self._fault(
                    photo.wish.row,
                    TEMPLATE,
                    phrase("“{text}” can't be a file's name on every system.", text=shown(text)[:120]),
                    phrase("Leave out special characters, and dots or blanks at the ends; 250 bytes at most."),
                )
                return []
            made.append("/".join(parts))
        return made

    def _named_images(self, photo: Named) -> int:
        """How many of a photo's images the template tells apart."""
        if "n" in self._fields:
            return photo.images
        outputs = len(self.outputs) if self._fields & {"output", "preset"} else 1
        return outputs * (len(photo.scenes) or self.scenes) if "scene" in self._fields else outputs

    @cached_property
    def _fields(self) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(self.template) if name is not None}

    def _parts(self, values: Mapping[str, str], number: int | str) -> Iterator[str]:
        for text, name, spec, _ in Formatter().parse(self.template):
            yield text
            if name == "n":
                yield format(number, spec or "") if isinstance(number, int) else number
            elif name is not None:
                yield values[name]

    def _values(self, place: int, photo: Named) -> dict[str, str] | None:
        sku = photo.wish.sku or self._sku_folders[place]
        if "{sku}" in self.template and not sku:
            self._fault(
                photo.wish.row,
                SKU,
                phrase("“{name}” has none, and lies in no folder of its own.", name=shown(photo.name)[:120]),
                phrase("Write it into the sheet, or leave {sku} out of the names."),
            )
            return None
        return {
            "sku": portable(sku, "_"),
            "name": portable(stem_of(photo.name), "photo"),
            "folder": "/".join(portable(part, "folder") for part in folders_of(photo.name)),
        }

    @cached_property
    def _sku_folders(self) -> list[str]:
        named = [PhotoNames(photo_id=str(place), name=photo.name, images=1) for place, photo in enumerate(self.photos)]
        names = JobNames(named)
        return [names.sku_folder_of(one.photo_id) for one in named]

    def _take(self, place: int, names: list[str]) -> None:
        """Note a photo's names, none of which another has."""
        photo = self.photos[place]
        for name in names:
            other = self.taken.setdefault(name_key(name), place)
            if other != place:
                self._fault(
                    photo.wish.row,
                    OUTPUT_NAME if photo.wish.output_name else TEMPLATE,
                    phrase(
                        "“{name}” would be the name of “{name_2}” and of “{name_2_}”.",
                        name=shown(name)[:120],
                        name_2=shown(self.photos[other].name)[:120],
                        name_2_=shown(photo.name)[:120],
                    ),
                    phrase("Give them different names.")
                    if photo.wish.output_name
                    else phrase("Use {n}, which counts such images."),
                )
        if names:
            self.names[place] = names

    def _fault(self, row: int, column: str, message: str, next_step: str) -> None:
        self.faults.append(Fault(row, column, message, next_step))
