"""`python -m tests.bench.quality`: quality flags on good pictures and on planted faults. Figures, no verdict.

The thresholds in quality.json were chosen on one half of the photos (`CHOSEN_ON`), so the other half's figures are the
honest ones. `--write` puts the tables into docs/quality-flags.md; `--distributions` prints what each measure found,
which is what thresholds are chosen by.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from PIL import Image, ImageOps

from backdrop.core.vocabulary import Mode
from backdrop.imaging.quality import flags as quality_flags
from tests.bench import quality_cases as cases
from tests.bench import steps
from tests.bench.samples import SAMPLES, SMALLEST, all_names

_DOCUMENT = Path(__file__).parents[2] / "docs" / "quality-flags.md"
CHOSEN_ON = frozenset(all_names()[::2])
"""Every second photo of the alphabet: hard and easy ones on both sides."""

_LARGEST = ("headphones_plywood", "mug_wooden_desk", "potted_plant_window", "wooden_chair_room")


@dataclass(frozen=True)
class Judged:
    """One case with what was measured and which flags went up."""

    name: str
    expected: str
    fault: str
    measured: Mapping[str, float | None]
    codes: frozenset[str]
    overlap: float | None = None

    @property
    def held_back(self) -> bool:
        """True when the photo had no say in the thresholds."""
        return self.name not in CHOSEN_ON


@dataclass(frozen=True)
class Size:
    """How much of it.

    Attributes:
        names: the photos that are judged, and those that are judged at a full size.
        prompts: good pictures of each photo are painted for so many.
        side, full_side: pixels of the longer side of the photos, and at a full size.
        megapixels: sizes that the cost is measured at.
        repeats: how often each is, of which the median counts.
    """

    names: tuple[str, ...]
    largest: tuple[str, ...] = _LARGEST
    prompts: int = 3
    side: int = cases.SIDE
    full_side: int = 4000
    megapixels: tuple[float, ...] = (1, 4, 12, 48)
    repeats: int = 5


FULL = Size(tuple(all_names()))
SMALLEST_SIZE = Size((SMALLEST,), (SMALLEST,), prompts=1, side=256, full_side=512, megapixels=(0.25,), repeats=1)


def judge_all(progress: TextIO, size: Size = FULL) -> list[Judged]:
    """Every good picture and every planted fault of every photo: about 750 pictures, some minutes."""
    judged, subjects = [], []
    for number, name in enumerate(size.names):
        for turn in range(size.prompts):
            prompt = cases.PROMPTS[(number + 4 * turn) % len(cases.PROMPTS)]
            subject = cases.load(name, prompt, turn + 1, size.side)
            judged += [_judge(case) for case in cases.good(subject)]
            if turn == 0:
                subjects.append(subject)
        progress.write(f"good pictures of {name}\n")
    judged += [_judge(case, overlap) for case, overlap in cases.segmented(subjects)]
    for number, subject in enumerate(subjects):
        other = subjects[(number + 1) % len(subjects)]
        judged += [_judge(case) for case in cases.faults(subject, other)]
        progress.write(f"faults of {subject.name}\n")
    return judged


def _judge(case: cases.Case, overlap: float | None = None) -> Judged:
    measured = quality_flags.measures(
        case.photo, case.result, case.mask, boxes=case.boxes, mode=case.mode, background=case.background
    )
    codes = frozenset(flag.code for flag in quality_flags.judge(measured))
    return Judged(case.name, case.expected, case.fault, measured, codes, overlap)


def faults_table(judged: Sequence[Judged]) -> Iterator[str]:
    """Per planted fault: caught of all, caught of the photos held back, and what else was flagged."""
    yield "| expected flag | planted fault | caught | of the photos held back | other flags that went up |"
    yield "| --- | --- | --- | --- | --- |"
    for code in quality_flags.FlagCode:
        for fault in dict.fromkeys(one.fault for one in judged if one.expected == code):
            group = [one for one in judged if one.expected == code and one.fault == fault]
            held = [one for one in group if one.held_back]
            yield f"| {code} | {fault} | {_caught(group)} | {_caught(held)} | {_others(group)} |"


def _caught(group: Sequence[Judged]) -> str:
    return f"{sum(one.expected in one.codes for one in group)} of {len(group)}"


def _others(group: Sequence[Judged]) -> str:
    counts = {
        code: sum(code in one.codes for one in group) for code in quality_flags.FlagCode if code != group[0].expected
    }
    return ", ".join(f"{code} {count}" for code, count in counts.items() if count) or "none"


def codes_table(judged: Sequence[Judged]) -> Iterator[str]:
    """The confusion per code: caught and missed among its planted faults, false alarms among the good pictures."""
    good = [one for one in judged if not one.expected and one.overlap is None]
    held = [one for one in good if one.held_back]
    yield "| flag | faults caught | faults missed | caught, held back | false alarms | false alarms, held back |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for code in quality_flags.FlagCode:
        group = [one for one in judged if one.expected == code]
        caught = sum(code in one.codes for one in group)
        alarms, alarms_held = (sum(code in one.codes for one in some) for some in (good, held))
        yield (
            f"| {code} | {caught} | {len(group) - caught} | {_caught([one for one in group if one.held_back])}"
            f" | {alarms} of {len(good)} | {alarms_held} of {len(held)} |"
        )
    flagged, flagged_held = (sum(bool(one.codes) for one in some) for some in (good, held))
    yield f"| any | | | | {flagged} of {len(good)} | {flagged_held} of {len(held)} |"


def own_masks_table(judged: Sequence[Judged]) -> Iterator[str]:
    """PRECISE with the local cut-out's masks: IoU with the true mask, and the flags."""
    yield "| photo | IoU of its cut-out | flags |"
    yield "| --- | --- | --- |"
    for one in judged:
        if one.overlap is not None:
            yield f"| {one.name} | {one.overlap:.3f} | {', '.join(sorted(one.codes)) or 'none'} |"


def full_size_table(size: Size) -> Iterator[str]:
    """The good pictures of the largest photos at their own size, as PRECISE and as DEFAULT."""
    yield "| photo | megapixels | PRECISE | DEFAULT | sharpness kept by DEFAULT |"
    yield "| --- | --- | --- | --- | --- |"
    for number, name in enumerate(size.largest):
        subject = cases.load(name, cases.PROMPTS[2 * number], 3, size.full_side)
        precise, default = (_judge(case) for case in list(cases.good(subject))[:2])
        flags = [", ".join(sorted(one.codes)) or "none" for one in (precise, default)]
        megapixels = subject.photo.width * subject.photo.height / 1e6
        kept = default.measured["sharpness_kept"] or 0.0
        yield f"| {name} | {megapixels:.0f} | {flags[0]} | {flags[1]} | {kept:.2f} |"


def distributions(judged: Sequence[Judged]) -> Iterator[str]:
    """For each rule what it measured on the good pictures and on the faults it is there for, by halves."""
    for rule in quality_flags.rules():
        yield f"{rule.code} {rule.measure} (threshold {rule.threshold})"
        groups: dict[str, list[Judged]] = {}
        for one in judged:
            if one.expected in ("", rule.code) and one.overlap is None:
                groups.setdefault(one.fault if one.expected else "good pictures", []).append(one)
        for name, group in groups.items():
            for half, some in (("chosen on", [o for o in group if not o.held_back]), ("all", group)):
                values = sorted(v for o in some if (v := o.measured.get(rule.measure)) is not None)
                if values and (half == "chosen on" or name == "good pictures"):
                    spots = " ".join(f"{values[int(at * (len(values) - 1))]:7.3f}" for at in (0, 0.1, 0.5, 0.9, 1))
                    yield f"  {name:52} {half:10} {len(values):4} {spots}"


def cost_table(size: Size) -> Iterator[str]:
    """CPU milliseconds of `assess` and of all of DecodeResult as it is now, at each size."""
    yield "| megapixels | assess, PRECISE | assess, DEFAULT | DecodeResult's whole step | share (PRECISE) |"
    yield "| --- | --- | --- | --- | --- |"
    with Image.open(SAMPLES / "photos" / "mug_wooden_desk.jpg") as file:
        whole = ImageOps.exif_transpose(file).convert("RGB")
    with Image.open(SAMPLES / "alpha" / "mug_wooden_desk.alpha.png") as file:
        whole_mask = file.convert("L")
    for megapixels in size.megapixels:
        scale = (megapixels / 12) ** 0.5
        photo = whole.resize((round(4000 * scale), round(3000 * scale)))
        mask = whole_mask.resize(photo.size)
        result = Image.composite(photo, Image.new("RGB", photo.size, "#88aacc"), mask)
        precise, default = (
            _assess_time(photo, result, mask, mode, size.repeats) for mode in (Mode.PRECISE, Mode.DEFAULT)
        )
        bench = steps.prepare(megapixels)
        step = _cpu(bench.decode, size.repeats)
        yield f"| {megapixels} | {precise:.0f} ms | {default:.0f} ms | {step:.0f} ms | {precise / step:.1%} |"


def _assess_time(photo: Image.Image, result: Image.Image, mask: Image.Image, mode: Mode, repeats: int) -> float:
    boxes = (cases.box_of(mask),)
    step = partial(quality_flags.assess, photo, result, mask, boxes=boxes, mode=mode, background="generated")
    return _cpu(step, repeats)


def _cpu(step: Callable[[], object], repeats: int) -> float:
    """CPU milliseconds, the median."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        step()
        times.append((time.process_time() - started) * 1000)
    return median(times)


_TABLES: dict[str, Callable[[Sequence[Judged], Size], Iterator[str]]] = {
    "codes": lambda judged, _: codes_table(judged),
    "faults": lambda judged, _: faults_table(judged),
    "cut-outs": lambda judged, _: own_masks_table(judged),
    "full size": lambda _, size: full_size_table(size),
    "cost": lambda _, size: cost_table(size),
}


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Print all tables."""
    size = SMALLEST_SIZE if smallest else FULL
    judged = judge_all(sys.stderr, size)
    for name, table in _TABLES.items():
        out.write(f"quality, {name}\n" + "\n".join(table(judged, size)) + "\n\n")


def write(judged: Sequence[Judged], names: Sequence[str]) -> None:
    """Replace those tables in the document, each between its two marks."""
    text = _DOCUMENT.read_text("utf-8")
    for name in names:
        table = "\n".join(_TABLES[name](judged, FULL))
        marks = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        pattern = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.DOTALL)
        block = f"{marks[0]}\n{table}\n{marks[1]}"
        text = pattern.sub(lambda _, block=block: block, text)  # type: ignore[misc]
    _DOCUMENT.write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print or write."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/quality-flags.md")
    parser.add_argument("--distributions", action="store_true", help="print what each rule measured instead")
    parser.add_argument("--keep", type=Path, help="file that keeps the measures, or has them from an earlier run")
    parser.add_argument("--smallest", action="store_true", help="every table, of one small photo")
    asked = parser.parse_args(arguments)
    if asked.smallest:
        run(sys.stdout, smallest=True)
        return 0
    if asked.keep and asked.keep.exists():
        judged = [_from_row(row) for row in json.loads(asked.keep.read_text("utf-8"))]
    else:
        judged = judge_all(sys.stderr)
        if asked.keep:
            asked.keep.write_text(json.dumps([_to_row(one) for one in judged]), "utf-8")
    if asked.write:
        write(judged, list(_TABLES))
    elif asked.distributions:
        print("\n".join(distributions(judged)))
    else:
        for name in ("codes", "faults", "cut-outs"):
            print("\n".join(_TABLES[name](judged, FULL)) + "\n")
    return 0


def _to_row(one: Judged) -> list[object]:
    return [one.name, one.expected, one.fault, dict(one.measured), one.overlap]


def _from_row(row: list[Any]) -> Judged:
    """Judged anew by the rules of today: that is what kept measures are for."""
    name, expected, fault, measured, overlap = row
    return Judged(
        name, expected, fault, measured, frozenset(flag.code for flag in quality_flags.judge(measured)), overlap
    )


if __name__ == "__main__":
    sys.exit(main())
