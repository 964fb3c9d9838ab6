"""The state machine's input, with an inline list of images or a pointer to a manifest (docs/contracts.md, Workflow).

Other systems write it by hand, so every field is checked and the message names the one that is wrong.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, ValidationError

from backdrop.core import by_hand
from backdrop.core.errors import BackdropError, ErrorCode, JobInputInvalid
from backdrop.core.keys import manifest_key, mask_key, names_that_collide
from backdrop.core.limits import MAX_NAME_CHARACTERS, MAX_PHOTOS_PER_JOB
from backdrop.core.options import MAX_VARIATIONS, Options, check_photo_scenes
from backdrop.core.options_json import from_dict
from backdrop.core.people import is_team
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Spread
from backdrop.core.vocabulary import Mode
from backdrop.core.workflow_state import read_item
from backdrop.jobs.drafts import name_problem
from backdrop.jobs.manifest import items_of, manifest_line, seeds, seeds_of_images
from backdrop.jobs.model import JobSettings, image_id
from backdrop.jobs.photo_checks import check_all_words
from backdrop.jobs.settings import check_count, resolve_settings
from backdrop.models import registry
from backdrop.policy.prompts import shorten

_MAX_KEY_BYTES = 900
"""S3 takes 1,024; what we append to a photo's key stays under 100."""

_OUR_ENDINGS = (".mask.png", ".preview.jpg", ".thumb.jpg")

_NO_PROMPT = "-"
"""In the place of an empty prompt while the other settings are checked."""

_Text = Annotated[str, StringConstraints(strict=True)]
_Id = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$")]


class InlineImage(BaseModel):
    """One image of an inline list: `Labels` is comma-separated, `Prompt` its own words for the background, `ByHand` its
    product's own place, `Scenes` numbers of those of the job's scenes in which it is finished, `Sku` its article
    number. The photo lies at `<InputS3Prefix>/<ImageName>`, its mask, if it has one, at
    `<InputS3Prefix>/<MaskName>`."""

    ImageName: _Text
    Labels: _Text = ""
    MaskName: _Text = ""
    Prompt: _Text = ""
    ByHand: dict[str, Any] | None = None
    Scenes: list[StrictInt] = Field(default_factory=list)
    Sku: Annotated[str, StringConstraints(strict=True, max_length=MAX_NAME_CHARACTERS)] = ""


class ManifestPointer(BaseModel):
    """Where the manifest lies."""

    ManifestKey: _Text


class JobInput(BaseModel):
    """The state machine's input. Fields that other systems send and we do not know are left alone."""

    model_config = ConfigDict(extra="ignore")

    Id: _Id
    S3Bucket: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    InputS3Prefix: _Text
    OutputS3Prefix: _Text
    StatusS3Prefix: _Text
    Prompt: _Text = ""
    NegativePrompt: _Text = ""
    Mode: Mode = Mode.PRECISE
    Images: ManifestPointer | Annotated[list[InlineImage], Field(min_length=1, max_length=MAX_PHOTOS_PER_JOB)]
    ModelId: _Text | None = None
    Seed: StrictInt | None = None
    Options: dict[str, Any] = Field(default_factory=dict)
    RequestedBy: _Text | None = None
    Team: _Text | None = None
    Language: Annotated[str, StringConstraints(strict=True, max_length=35)] | None = None
    Trial: StrictBool = False
    TrialJobId: _Text | None = None
    MaxUsd: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None

    @property
    def prefixes(self) -> dict[str, str]:
        """The three prefixes without trailing slashes."""
        names = ("InputS3Prefix", "OutputS3Prefix", "StatusS3Prefix")
        return {name: getattr(self, name).rstrip("/") for name in names}


def parse(raw: object) -> JobInput:
    """The input, checked.

    Raises:
        JobInputInvalid: naming each field that is wrong.
    """
    try:
        parsed = JobInput.model_validate(raw)
    except ValidationError as error:
        raise invalid(_in_words(error)) from error
    if parsed.Team is not None and not is_team(parsed.Team):
        raise invalid(f"Team: {parsed.Team[:80]!r} is no name of a team: small letters, digits, - and _, up to 60.")
    prefixes = parsed.prefixes
    for name, prefix in prefixes.items():
        check_path(name, prefix)
    for one in prefixes:
        for other in prefixes:
            if one != other and f"{prefixes[one]}/".startswith(f"{prefixes[other]}/"):
                raise invalid(f"{one} lies inside {other}: outputs could overwrite photos.")
    return parsed


def settings(parsed: JobInput, default_model_id: str, allow_retired: bool) -> JobSettings:
    """Prompt, mode, model, seed and options against the model's limits; a seed left open is drawn here and recorded.

    A backdrop is only named here; `execution.backdrops` looks at it. Photos may have prompts of their own:
    `check_prompts` looks at them.

    Raises:
        JobInputInvalid: with the code of what is wrong (`PROMPT_EMPTY`, `PROMPT_TOO_LONG`, `MODEL_RETIRED`, ...).
    """
    try:
        request = JobRequest(
            parsed.Prompt if parsed.Prompt.strip() else _NO_PROMPT,
            parsed.NegativePrompt,
            parsed.Mode,
            parsed.ModelId or None,
            parsed.Seed,
            from_dict(parsed.Options),
            in_scenes=_scenes_of(parsed.Images) if isinstance(parsed.Images, list) else {},
        )
        made = resolve_settings(request, default_model_id, allow_retired)
        if isinstance(parsed.Images, list):
            check_count(made, len(parsed.Images), request)
    except BackdropError as error:
        raise JobInputInvalid(error.code, error.cause, error.next_step) from error
    return replace(made, prompt=parsed.Prompt)


def _scenes_of(images: list[InlineImage]) -> dict[str, list[int]]:
    return {image.ImageName: image.Scenes for image in images if image.Scenes}


def check_prompts(settled: JobSettings, manifest: Manifest) -> None:
    """Look at the prompts that photos have of their own, and whether all others have the job's.

    Raises:
        JobInputInvalid: `PROMPT_EMPTY`, `PROMPT_TOO_LONG`.
    """
    if settled.options.generates and not settled.prompt.strip() and manifest.without_prompt:
        raise invalid(
            f"The prompt is empty, and {manifest.without_prompt:,} of {manifest.photos:,} photos have none of their"
            " own.",
            ErrorCode.PROMPT_EMPTY,
        )
    model = registry.get(settled.model_id)
    for prompt in manifest.prompts:
        if len(prompt) > model.prompt_max_length:
            raise invalid(
                f"The Prompt {shorten(prompt)!r} has {len(prompt):,} characters; {model.model_id} takes at most"
                f" {model.prompt_max_length:,}.",
                ErrorCode.PROMPT_TOO_LONG,
            )
    try:
        further = [scene.prompt for scene in settled.options.scenes]
        check_all_words([*manifest.prompts, *further])
    except BackdropError as error:
        raise JobInputInvalid(error.code, error.cause, error.next_step) from error


def manifest_of(parsed: JobInput, images: list[InlineImage], settled: JobSettings) -> tuple[str, bytes]:
    """Key and content of the manifest of an inline list. Image ids are the numbers in the list.

    Raises:
        JobInputInvalid: a name that is unsafe, or two that would share a key.
    """
    names = [image.ImageName for image in images]
    prefix = parsed.prefixes["InputS3Prefix"]
    for name in names:
        _check_name(name, prefix)
    masks = {image.MaskName for image in images if image.MaskName}
    for name in sorted(masks):
        _check_name(name, prefix, "MaskName")
    distinct = set(names) | masks
    clashing = names_that_collide(names) or sorted(
        f"{name}{ending}" for name in names for ending in _OUR_ENDINGS if f"{name}{ending}" in distinct
    )
    if clashing:
        raise invalid(
            f"Images: these names stand there twice or would overwrite another image: {_some(clashing)}.",
            ErrorCode.NAME_INVALID,
        )
    request = JobRequest(
        options=settled.options,
        prompts={image.ImageName: image.Prompt for image in images if image.Prompt.strip()},
        in_scenes=_scenes_of(images),
    ).dealt(names)
    lines = [
        manifest_line(
            image_id=image_id(number),
            image_name=image.ImageName,
            key=f"{prefix}/{image.ImageName}",
            seeds=seeds_of_images(seeds(settled, number), request.options_of(image.ImageName)),
            labels=[label.strip() for label in image.Labels.split(",") if label.strip()],
            mask_key=f"{prefix}/{image.MaskName}" if image.MaskName else None,
            prompt=image.Prompt if image.Prompt.strip() else None,
            by_hand=_place_of(image),
            scenes=request.in_scenes.get(image.ImageName, ()),
            sku=image.Sku or None,
        )
        for number, image in enumerate(images)
    ]
    return manifest_key(prefix), b"".join(lines)


def _place_of(image: InlineImage) -> by_hand.ByHand | None:
    try:
        return None if image.ByHand is None else by_hand.from_dict(image.ByHand)
    except BackdropError as error:
        raise invalid(f"Images: {image.ImageName!r}: {error.cause}", error.code) from error


def check_manifest_key(parsed: JobInput, key: str) -> str:
    """The key, when it lies under the job's input prefix.

    Raises:
        JobInputInvalid: it does not.
    """
    check_path("Images.ManifestKey", key)
    if not key.startswith(f"{parsed.prefixes['InputS3Prefix']}/"):
        raise invalid("Images.ManifestKey does not lie under InputS3Prefix.")
    return key


class Manifest(NamedTuple):
    """What a manifest holds: how many photos and images, the different prompts that photos have of their own, and how
    many photos in the job's own scene have none."""

    photos: int
    images: int
    prompts: Sequence[str]
    without_prompt: int


def read_manifest(lines: Iterable[bytes], input_prefix: str, options: Options) -> Manifest:
    """What a manifest holds; every line is checked, none is kept.

    Args:
        lines: of the manifest.
        input_prefix: the job's, under which all its photos lie.
        options: the job's: `Seeds` has each seed once for every scene and output.

    Raises:
        JobInputInvalid: a line is no image, an id or a key stands there twice, or there are none or too many.
    """
    ids: set[str] = set()
    sources: set[str] = set()
    prompts: dict[str, None] = {}
    images = without = 0
    for number, item in _items(lines):
        try:
            own = _options_of(options, read_item(item, f"Manifest line {number}").scenes, f"Manifest line {number}")
        except BackdropError as error:
            raise invalid(error.cause) from error
        broken = [
            name for name in ("ImageName", "Key", "Labels", "Prompt", "Sku") if not _is_unicode(item.get(name) or "")
        ]
        if broken:
            raise invalid(f"Manifest line {number}: {', '.join(broken)} is no valid Unicode.")
        if not _are_seeds(item.get("Seeds"), own.images_a_seed):
            each = f", each {own.images_a_seed} times in a row" if own.images_a_seed > 1 else ""
            raise invalid(f"Manifest line {number} lacks Seeds, 1 to {MAX_VARIATIONS} different whole numbers{each}.")
        if not item["Key"].startswith(f"{input_prefix}/"):
            raise invalid(f"Manifest line {number}: the key does not lie under InputS3Prefix.")
        for name in {"AnswersAt", "MaskKey"} & item.keys():
            check_path(f"Manifest line {number}: {name}", item[name])
        if not item.get("MaskKey", item["Key"]).startswith(f"{input_prefix}/"):
            raise invalid(f"Manifest line {number}: MaskKey does not lie under InputS3Prefix.")
        if item.get("MaskKey") == mask_key(item["Key"]):
            raise invalid(f"Manifest line {number}: MaskKey is where the mask will be stored as it is used.")
        if item["ImageId"] in ids or item["Key"] in sources:
            raise invalid(f"Manifest line {number}: {item['ImageId']!r} or its key stands there twice.")
        if "Prompt" in item and not (item["Prompt"] or "").strip():
            raise invalid(f"Manifest line {number}: Prompt is empty.", ErrorCode.PROMPT_EMPTY)
        if "Prompt" in item:
            prompts[item["Prompt"]] = None
        elif own.generates:
            without += 1
        if own.generates and item.get("ByHand") is not None:
            raise invalid(f"Manifest line {number}: ByHand is of no use where the background is painted.")
        images += len(item["Seeds"])
        ids.add(item["ImageId"])
        sources.add(item["Key"])
    if not ids:
        raise invalid("The manifest holds no image.", ErrorCode.NO_PHOTOS)
    if images > MAX_PHOTOS_PER_JOB:
        raise invalid(
            f"The manifest's {len(ids):,} photos make {images:,} images, the limit is {MAX_PHOTOS_PER_JOB:,}.",
            ErrorCode.TOO_MANY_PHOTOS,
        )
    return Manifest(len(ids), images, list(prompts), without)


def _options_of(options: Options, scenes: Sequence[int], line: str) -> Options:
    """The options of the photo of a manifest's line.

    Raises:
        BackdropError: `OPTIONS_INVALID`, `JOB_INPUT_INVALID`: it has scenes that there are not, or nobody said which.
    """
    if scenes:
        check_photo_scenes(options, scenes, line)
    elif options.spread is Spread.TURN:
        raise invalid(f"{line} lacks Scenes: in a manifest of your own each photo's turn is said with it.")
    return options.of_photo(scenes)


def _are_seeds(value: object, images: int) -> bool:
    """Whether it is a photo's seeds, each so many times in a row."""
    if not isinstance(value, list):
        return False
    each = value[::images]
    if [seed for seed in each for _ in range(images)] != value:
        return False
    if not 1 <= len(each) <= MAX_VARIATIONS or len(set(map(str, each))) != len(each):
        return False
    return all(isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0 for seed in value)


def _items(lines: Iterable[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each photo with the number of its line, from 1."""
    for number, line in enumerate(lines, start=1):
        try:
            # Not from bytes: `json` would read UTF-16 and a byte order mark as well, which the map does not.
            item = json.loads(line.decode())
        except ValueError as error:
            raise invalid(f"Manifest line {number} is not JSON: {error}") from error
        if not isinstance(item, dict):
            raise invalid(f"Manifest line {number} is not a JSON object.")
        copies = item.get("Copies", [])
        if not isinstance(copies, list) or not all(isinstance(copy, dict) for copy in copies):
            raise invalid(f"Manifest line {number}: Copies is no list of JSON objects.")
        yield from ((number, one) for one in items_of(item))


def _is_unicode(text: str) -> bool:
    return not any(unicodedata.category(one) == "Cs" for one in text)


def _check_name(name: str, prefix: str, field: str = "ImageName") -> None:
    if problem := name_problem(name):
        raise invalid(f"Images: {name[:80]!r}: {problem}")
    check_path(f"Images: {field}", name)
    if len(f"{prefix}/{name}".encode()) > _MAX_KEY_BYTES:
        raise invalid(f"Images: {name!r} with its prefix is longer than {_MAX_KEY_BYTES} bytes.")
    if name == manifest_key("")[1:]:
        raise invalid(f"Images: {name!r} is the manifest's own name.", ErrorCode.NAME_INVALID)


def check_path(field: str, path: object) -> None:
    """Refuse what S3 would take and the next tool would not: empty, absolute, `..`, control characters, and the two
    characters that S3's own XML can't hold (https://www.w3.org/TR/xml/#charsets)."""
    if not isinstance(path, str) or not path or any(part in ("", ".", "..") for part in path.split("/")):
        raise invalid(f"{field}: {path!r} is empty, starts or ends with a slash, or has an empty, '.' or '..' part.")
    if any(unicodedata.category(one) in ("Cc", "Cs") or one in "\ufffe\uffff" for one in path):
        raise invalid(f"{field}: {path!r} holds control characters.")
    if len(path.encode()) > _MAX_KEY_BYTES:
        raise invalid(f"{field} is longer than {_MAX_KEY_BYTES} bytes.")


def _in_words(error: ValidationError) -> str:
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'] if part not in _UNION_TAGS) or 'input'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
    return f"{_some(list(dict.fromkeys(problems)), quote=False)}"


_UNION_TAGS = {"ManifestPointer", "constrained-list"} | {f"list[{InlineImage.__name__}]"}


def _some(values: list[str], *, quote: bool = True) -> str:
    shown = [repr(value) if quote else value for value in values[:5]]
    rest = len(values) - len(shown)
    return "; ".join(shown) + (f"; and {rest:,} more" if rest else "")


def invalid(cause: str, code: ErrorCode = ErrorCode.JOB_INPUT_INVALID) -> JobInputInvalid:
    """Return the error that says what is wrong with the input."""
    return JobInputInvalid(code, cause)
