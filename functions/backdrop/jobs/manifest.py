"""The manifest: one JSON line per image, what the Distributed Map reads (docs/contracts.md, Workflow)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backdrop.core.by_hand import ByHand, to_dict
from backdrop.core.options import Options
from backdrop.core.vocabulary import Box, LabelSource, MaskOrigin
from backdrop.jobs.model import JobSettings


def seeds(settings: JobSettings, number: int) -> list[int]:
    """Seeds of the variations of photo `number` (from 0) of a job: consecutive, so that none comes twice.

    `settings.check_count` makes sure that none passes the model's largest.
    """
    first = settings.seed + (number * settings.options.variations if settings.options.vary_seed else 0)
    return list(range(first, first + settings.options.variations))


def seeds_of_images(seeds: Sequence[int], options: Options) -> list[int]:
    """Seeds of a photo's images: each variation's once for every scene and output."""
    return [seed for seed in seeds for _ in range(options.images_a_seed)]


def manifest_line(
    *,
    image_id: str,
    image_name: str,
    key: str,
    seeds: Sequence[int],
    labels: Sequence[str] = (),
    boxes: Sequence[Box] | None = None,
    not_located: Sequence[str] = (),
    removed: Sequence[str] = (),
    removed_boxes: Sequence[Box] = (),
    boxes_by: Sequence[LabelSource] = (),
    removed_boxes_by: Sequence[LabelSource] = (),
    mask_sha256: str | None = None,
    mask_from: MaskOrigin | None = None,
    mask_at: str | None = None,
    mask_key: str | None = None,
    sha256: str | None = None,
    size_bytes: int | None = None,
    width: int | None = None,
    height: int | None = None,
    answers_at: str | None = None,
    file_names: Sequence[str] = (),
    prompt: str | None = None,
    by_hand: ByHand | None = None,
    scenes: Sequence[int] = (),
    sku: str | None = None,
    copies: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """One line, with its newline.

    `seeds` has one for each image (`seeds_of_images`). `labels` are the names to keep, `boxes` where they are (shares
    of the upright image; None: nobody looked yet), `not_located` those of them that have no place in it, `removed` and
    `removed_boxes` those of what was found and is not kept; `boxes_by` and `removed_boxes_by` who set each box, where a
    person set one of them. `mask_sha256` says that the photo has a mask of its own (at
    `keys.mask_key`), `mask_from` where that is from, `mask_at` when it was put right by hand; `mask_key` is where a
    mask lies that nobody checked yet. `sha256` and `size_bytes` are the upload's, `width` and `height` the upright
    image's pixels. `answers_at` says where answers about this very photo may lie already (`keys.answers_at`).
    `file_names` are those that an earlier job gave the images. `prompt`: words of the photo's own for its background;
    `by_hand`: its product's own place; `scenes`: numbers of those of the job's scenes in which it is finished; `sku`:
    the article number. `copies` are the photos equal to this one (`copy_of`).
    What is None is left out.

    All of it is ASCII: a reader that ends a line at U+2028 or U+0085 (the JSON Lines format ends one at `\\n` alone,
    https://jsonlines.org) reads the same items, and no name can break one.
    """
    line = {
        "ImageId": image_id,
        "ImageName": image_name,
        "Key": key,
        "Seeds": seeds,
        "Labels": ",".join(labels),
        "Boxes": boxes,
        "NotLocated": ",".join(not_located) or None,
        "Removed": ",".join(removed) or None,
        "RemovedBoxes": removed_boxes or None,
        "BoxesBy": boxes_by or None,
        "RemovedBoxesBy": removed_boxes_by or None,
        "MaskSha256": mask_sha256,
        "MaskFrom": mask_from,
        "MaskAt": mask_at,
        "MaskKey": mask_key,
        "Sha256": sha256,
        "Bytes": size_bytes,
        "Width": width,
        "Height": height,
        "AnswersAt": answers_at,
        "FileNames": file_names or None,
        "Prompt": prompt,
        "ByHand": to_dict(by_hand) if by_hand else None,
        "Scenes": list(scenes) or None,
        "Sku": sku,
        "Copies": copies or None,
    }
    known = {name: value for name, value in line.items() if value is not None}
    return json.dumps(known, separators=(",", ":")).encode("ascii") + b"\n"


def copy_of(
    image_id: str, image_name: str, key: str, answers_at: str, file_names: Sequence[str] = (), sku: str | None = None
) -> dict[str, Any]:
    """What another photo of the same bytes has for itself; all else it shares with the photo of its line.

    `answers_at` says where the answers about that photo lie, which are its own, too. `sku`: empty where it has none and
    the photo of its line has one.
    """
    own = {"ImageId": image_id, "ImageName": image_name, "Key": key, "AnswersAt": answers_at}
    # Empty where it has none: it must not have those of the photo of its line.
    return {**own, "FileNames": list(file_names), **({} if sku is None else {"Sku": sku})}


def items_of(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The photos of a manifest's line: that of the line, then those equal to it, each with all that it needs.

    The workflow merges them likewise (TakeNextCopy).
    """
    copies = line.get("Copies") or ()
    first = {name: value for name, value in line.items() if name != "Copies"}
    return [first, *({**first, **copy} for copy in copies)]


def read_items(lines: Iterable[bytes]) -> list[dict[str, Any]]:
    """All photos of a manifest, in its order; of one with equal photos in that of their ids, which is the order of
    registration."""
    parsed = [json.loads(line) for line in lines]
    items = [item for line in parsed for item in items_of(line)]
    return sorted(items, key=lambda item: str(item["ImageId"])) if len(items) > len(parsed) else items
