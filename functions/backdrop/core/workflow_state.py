"""The workflow's state as its steps see it: read and checked once, at their edge (docs/contracts.md, Workflow).

Named tuples: every cold start makes these classes, and a dataclass takes four times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from backdrop.core.errors import BackdropError, ErrorCode

if TYPE_CHECKING:
    from backdrop.core.by_hand import ByHand
    from backdrop.core.options import Options
    from backdrop.core.recipes import Painted
    from backdrop.core.vocabulary import Box, Generator, Mode

State = Mapping[str, Any]


class RunningJob(NamedTuple):
    """The state's `Job`, as PrepareJob made it. Prefixes have no trailing slash; `generator` is what paints in this
    stack; `answers_folder` is where answers for later jobs are noted and looked up, empty: they are not."""

    id: str
    bucket: str
    input_prefix: str
    output_prefix: str
    prompt: str
    negative_prompt: str
    mode: Mode
    model_id: str
    options: Options
    generator: Generator
    answers_folder: str
    keep_payloads: bool

    @property
    def background_from(self) -> Generator:
        """What the background of finished images is from."""
        if self.options.generates:
            return self.generator
        if self.painted:
            return self.painted.generator
        return "backdrop" if self.options.backdrop else "none"

    @property
    def painted(self) -> Painted | None:
        """How the backdrop was painted, where a model did."""
        recipe = self.options.backdrop.recipe if self.options.backdrop else None
        if recipe is None:
            return None
        from backdrop.core.recipes import Painted

        return recipe if isinstance(recipe, Painted) else None


def read_job(job: State) -> RunningJob:
    """The state's `Job`.

    Raises:
        BackdropError: `INTERNAL` when it is none; `OPTIONS_INVALID`.
    """
    # Here: the cut-out has no use for them.
    from backdrop.core.options_json import from_dict
    from backdrop.core.vocabulary import Mode

    try:
        return RunningJob(
            id=job["Id"],
            bucket=job["S3Bucket"],
            input_prefix=job["InputS3Prefix"],
            output_prefix=job["OutputS3Prefix"],
            prompt=job["Prompt"],
            negative_prompt=job["NegativePrompt"],
            mode=Mode(job["Mode"]),
            model_id=job["ModelId"],
            options=from_dict(job.get("Options") or {}),
            generator=job["Generator"],
            answers_folder=job.get("AnswersFolder") or "",
            keep_payloads=bool(job.get("KeepPayloads")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable("Job", error) from error


class Item(NamedTuple):
    """The state's `Item`: one photo of a job, as its manifest's line names it (`jobs.manifest` writes it).

    Attributes:
        name: as the user knows it.
        key: of the photo in S3.
        labels: names of the objects to keep.
        boxes: where those are, as shares of the upright image.
        to_locate: whether nobody looked yet where they are.
        not_located: those of them that have no place in the photo.
        removed: names of what was found and is not kept.
        removed_boxes: where that is.
        mask_sha256: of a mask of the photo's own; None: there is none.
        mask_from: a `MaskOrigin`: where that mask is from.
        mask_key: of a mask, as another system made it, that nobody checked yet.
        sha256: of the photo when it was checked; None: nobody did.
        size: width and height in pixels of the upright photo, where they are known.
        answers_at: where answers about this very photo may lie already (`keys.answers_at`).
        prompt: words of its own for its background; None: the job's.
        by_hand: the product's own place in each of its images; None: where the job's rule puts it.
        scenes: numbers of those of the job's scenes in which it is finished; none: as the job says.
    """

    image_id: str
    name: str
    key: str
    labels: tuple[str, ...]
    boxes: tuple[Box, ...]
    to_locate: bool
    not_located: tuple[str, ...]
    removed: tuple[str, ...]
    removed_boxes: tuple[Box, ...]
    mask_sha256: str | None
    mask_from: str | None
    mask_key: str | None
    sha256: str | None
    size: tuple[int, int] | None
    answers_at: str | None
    prompt: str | None
    by_hand: ByHand | None = None
    scenes: tuple[int, ...] = ()


def read_item(line: State, called: str = "The photo's line in the manifest") -> Item:
    """The photo of a manifest's line; its seeds are the map's affair. `called`: the line's name in an error.

    Raises:
        BackdropError: `JOB_INPUT_INVALID`, naming the fields that are missing or wrong.
    """
    missing = [name for name in ("ImageId", "ImageName", "Key", "Labels") if not isinstance(line.get(name), str)]
    if missing:
        raise _invalid(f"{called} lacks {', '.join(missing)}.")
    for name in ("NotLocated", "Removed", "MaskSha256", "MaskFrom", "MaskKey", "Sha256", "AnswersAt", "Prompt", "Sku"):
        if not isinstance(line.get(name), str | None):
            raise _invalid(f"{called}: {name} is {line[name]!r}, no text.")
    width, height = (_side(line, name, called) for name in ("Width", "Height"))
    return Item(
        image_id=line["ImageId"],
        name=line["ImageName"],
        key=line["Key"],
        labels=_names(line["Labels"]),
        boxes=_boxes(line, "Boxes", called),
        to_locate=bool(line["Labels"]) and line.get("Boxes") is None,
        not_located=_names(line.get("NotLocated") or ""),
        removed=_names(line.get("Removed") or ""),
        removed_boxes=_boxes(line, "RemovedBoxes", called),
        mask_sha256=line.get("MaskSha256") or None,
        # Jobs of earlier versions knew no others.
        mask_from=(line.get("MaskFrom") or "Upload") if line.get("MaskSha256") else None,
        mask_key=line.get("MaskKey"),
        sha256=line.get("Sha256"),
        size=(width, height) if width and height else None,
        answers_at=line.get("AnswersAt"),
        prompt=line.get("Prompt"),
        by_hand=_place(line["ByHand"], called) if line.get("ByHand") is not None else None,
        scenes=_scenes(line, called),
    )


class Step(NamedTuple):
    """One pass of one image, as StagePayload and DecodeResult are called for it.

    Attributes:
        job: with the options of this image, which has one scene and one output, and with its scene's words.
        options: the photo's, with all its scenes and outputs.
        image_id, variation: of the image among its photo's; StagePayload, whose request it doesn't change, is not told
            the id, nor `attempts` and `throttled`.
        number: of the pass, from 0.
        passes: records of those before it.
        attempts: calls made for this pass.
        throttled: how many of them were throttled, which AWS does not count as answered.
        slot_ms: the turn of the last one, epoch milliseconds; None: there was none.
        region: where the last one was made; None: there was none, or nobody told.
        regions: calls by Region, without those that were throttled.
    """

    job: RunningJob
    options: Options
    item: Item
    image_id: str
    variation: int
    seed: int
    number: int
    passes: tuple[State, ...]
    attempts: int
    throttled: int
    slot_ms: int | None
    region: str | None
    regions: State


def in_scene(job: RunningJob, item: Item, number: int) -> tuple[RunningJob, Item]:
    """Return job and photo as its image `number`, from 1, sees them: with the options and the words of its scene.
    Words of the photo's own are for the job's own scene."""
    options = job.options.of_photo(item.scenes)
    scene = options.scene_of(number)
    job = job._replace(options=options.of_image(number))
    return (job, item) if scene is None else (job._replace(prompt=scene.prompt), item._replace(prompt=None))


def read_step(state: State) -> Step:
    """The image's pass that the state is at; its photo with what StagePayload found out about it.

    Raises:
        BackdropError: `INTERNAL`, `OPTIONS_INVALID`, `JOB_INPUT_INVALID`: the state holds no such thing.
    """
    try:
        item = read_item({**state["Item"], **state.get("Stage", {}).get("Found", {})})
        turn = state.get("Turn", {"Attempt": 0})
        job, variation = read_job(state["Job"]), int(state.get("Variation", 1))
        own, item = in_scene(job, item, variation)
        return Step(
            job=own,
            options=job.options.of_photo(item.scenes),
            item=item,
            image_id=state.get("ImageId", item.image_id),
            variation=variation,
            seed=int(state["Seed"]),
            number=int(state["Pass"]),
            passes=tuple(state["Passes"]),
            attempts=int(turn["Attempt"]),
            throttled=int(state["Throttles"]["Count"]) if "Throttles" in state else 0,
            slot_ms=turn.get("Slot"),
            region=turn.get("Region"),
            regions=turn.get("Regions") or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable("state", error) from error


class Stage(NamedTuple):
    """The state's `Stage`: what StagePayload found out and wrote, for the steps after it.

    Attributes:
        photo_size: width and height in pixels of the upright photo.
        found: fields of an `Item`, as a manifest's line has them, that nobody knew before: a mask of the photo's own,
            the places of its labels.
        answered: whether the answer lies there already.
        built_in: whether no model is called.
        model_id: that Bedrock is called with. This and all below stays empty where nothing has to be asked.
        usd: price of the call in US dollars.
        size: width and height in pixels of the picture in the answer.
        parameters: of the request, as a status file can hold them.
        copied_from: key of the answer, of a trial or an equal photo, that this one is a copy of.
    """

    photo_size: tuple[int, int]
    source_sha256: str
    source_bytes: int
    found: State = {}  # noqa: RUF012 - a named tuple's default; nobody changes it
    answered: bool = True
    built_in: bool = True
    model_id: str = ""
    request_key: str = ""
    request_sha256: str = ""
    request_bytes: int = 0
    usd: float = 0.0
    response_key: str = ""
    size: tuple[int, int] = (0, 0)
    parameters: State | None = None
    copied_from: str | None = None

    @property
    def request(self) -> dict[str, Any]:
        """What was asked and where the answer lies, as the state and the pass's record hold it."""
        return {
            "ModelId": self.model_id,
            "RequestKey": self.request_key,
            "RequestSha256": self.request_sha256,
            "Parameters": self.parameters,
            "ResponseKey": self.response_key,
            **({"CopiedFrom": self.copied_from} if self.copied_from else {}),
        }

    def to_state(self, bucket: str) -> dict[str, Any]:
        """Return the stage as the state holds it, with what the workflow itself reads."""
        facts = {
            "PhotoWidth": self.photo_size[0],
            "PhotoHeight": self.photo_size[1],
            "SourceSha256": self.source_sha256,
            "SourceBytes": self.source_bytes,
            "Found": dict(self.found),
            "BuiltIn": self.built_in,
            "Answered": self.answered,
        }
        if not self.request_key:
            return facts
        return {
            **facts,
            **self.request,
            "RequestUri": f"s3://{bucket}/{self.request_key}",
            "ResponseUri": f"s3://{bucket}/{self.response_key}",
            "RequestBytes": self.request_bytes,
            "Usd": self.usd,
            "Width": self.size[0],
            "Height": self.size[1],
        }


def read_stage(state: State) -> Stage:
    """The state's `Stage`, which `Stage.to_state` wrote.

    Raises:
        BackdropError: `INTERNAL`.
    """
    try:
        stage = state["Stage"]
        facts = Stage(
            photo_size=(int(stage["PhotoWidth"]), int(stage["PhotoHeight"])),
            source_sha256=stage["SourceSha256"],
            source_bytes=int(stage["SourceBytes"]),
            found=stage.get("Found") or {},
        )
        if "RequestKey" not in stage:
            return facts
        return facts._replace(
            answered=bool(stage["Answered"]),
            built_in=bool(stage["BuiltIn"]),
            model_id=stage["ModelId"],
            request_key=stage["RequestKey"],
            request_sha256=stage["RequestSha256"],
            request_bytes=int(stage["RequestBytes"]),
            usd=float(stage.get("Usd") or 0),
            response_key=stage["ResponseKey"],
            size=(int(stage["Width"]), int(stage["Height"])),
            parameters=stage["Parameters"],
            copied_from=stage.get("CopiedFrom"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable("Stage", error) from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _boxes(line: State, name: str, called: str) -> tuple[Box, ...]:
    boxes = line.get(name) or ()
    if not isinstance(boxes, list | tuple) or not all(_is_box(box) for box in boxes):
        raise _invalid(f"{called}: {name} is no list of [left, top, width, height], shares of the photo.")
    return tuple((left, top, width, height) for left, top, width, height in boxes)


def _is_box(box: object) -> bool:
    return isinstance(box, list | tuple) and len(box) == 4 and all(_is_number(side) for side in box)


def _scenes(line: State, called: str) -> tuple[int, ...]:
    numbers = line.get("Scenes") or ()
    if not isinstance(numbers, list | tuple) or not all(
        _is_number(one) and one >= 1 and one % 1 == 0 for one in numbers
    ):
        raise _invalid(f"{called}: Scenes is no list of numbers of scenes, from 1.")
    return tuple(int(one) for one in numbers)


def _place(data: object, called: str) -> ByHand:
    from backdrop.core import by_hand  # Here: few products are placed by hand.

    try:
        return by_hand.from_dict(data)
    except BackdropError as error:
        raise _invalid(f"{called}: {error.cause}") from error


def _side(line: State, name: str, called: str) -> int | None:
    side = line.get(name)
    if side is not None and (not _is_number(side) or side < 1 or side != int(side)):
        raise _invalid(f"{called}: {name} is {side!r}, no number of pixels.")
    return None if side is None else int(side)


def _is_number(value: object) -> bool:
    # JSON as Python reads it may hold NaN and infinities, which are not within any bounds.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _invalid(cause: str) -> BackdropError:
    return BackdropError(ErrorCode.JOB_INPUT_INVALID, cause)


def _unreadable(part: str, error: Exception) -> BackdropError:
    return BackdropError(ErrorCode.INTERNAL, f"The workflow's {part} can't be read: {error!r}")
