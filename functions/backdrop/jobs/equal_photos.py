"""Equal photos of one job: the same file, of which the same is kept. They are made and paid once, whatever they are
called; each name gets its images."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from backdrop.core.request import JobRequest
from backdrop.jobs.model import PhotoRow, names_of

_MOST_IMAGES = 200
"""That one child execution makes. Each takes up to some 40 events of the 25,000 that an execution may have
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""

_MOST_BYTES = 100_000
"""Of the names and keys in one line of the manifest: a state holds 256 KiB (same page), and has them once more."""


class Numbered(NamedTuple):
    """A photo and its number (from 0) among the good ones of its draft."""

    number: int
    photo: PhotoRow


def group_equal(ready: Sequence[PhotoRow], request: JobRequest) -> list[list[Numbered]]:
    """The photos in groups of equal ones, in the order of their first. A photo like no other is a group by itself.

    Photos for which the request gives other labels, seeds, words, places or scenes are not equal. More of them than one
    child execution can make are several groups.

    Args:
        ready: the good photos of a draft.
        request: the job's.
    """
    groups: list[list[Numbered]] = []
    latest: dict[Hashable, tuple[list[Numbered], int]] = {}
    for number, photo in enumerate(ready):
        key = _what_counts(photo, request)
        group, room = latest.get(key, ([], 0))
        needed = len(json.dumps((photo.name, photo.source_key, photo.file_names)))
        images = (len(group) + 1) * request.count_images_of(photo.image_id)
        if not group or needed > room or images > _MOST_IMAGES:
            group, room = [], _MOST_BYTES
            groups.append(group)
        group.append(Numbered(number, photo))
        latest[key] = group, room - needed
    return groups


def best_known(equal: Sequence[Numbered]) -> Numbered:
    """Return of equal photos the first one whose labels are known: Rekognition may have been busy for the others."""
    return next((one for one in equal if one.photo.labels_error is None), equal[0])


def _what_counts(photo: PhotoRow, request: JobRequest) -> Hashable:
    seeds = request.seeds.get(photo.image_id)
    return (
        photo.facts.sha256 if photo.facts else photo.image_id,
        photo.mask_sha256,
        _choice(photo, request),
        None if seeds is None else tuple(seeds),
        request.prompts.get(photo.image_id),
        request.by_hand.get(photo.image_id),
        tuple(request.in_scenes.get(photo.image_id, ())),
    )


def _choice(photo: PhotoRow, request: JobRequest) -> Hashable:
    """What a person chose of a photo's labels; None: everything is kept, whether anybody knows what that is or not."""
    labels = request.labels.get(photo.image_id)
    found = set(names_of(photo.all_labels))
    everything = labels is None or set(labels) == found
    if photo.own_labels is not None:
        return photo.own_labels, frozenset(found if everything else labels or ())
    if everything:
        return None
    return photo.labels_error is None, photo.labels, frozenset(labels or ())
