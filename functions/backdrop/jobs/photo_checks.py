"""The photos of a draft as a job takes them: which are good, what is kept of each, whether they fit the options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MAX_NAME_CHARACTERS, MAX_OWN_WORDS, MAX_PATH_CHARACTERS
from backdrop.core.names import name_key
from backdrop.core.options import Options, UnlocatedLabels
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus
from backdrop.imaging import framing
from backdrop.jobs.drafts import name_problem
from backdrop.jobs.model import Label, PhotoRow, names_of
from backdrop.models.base import ModelAdapter

_MAX_TYPED_LABELS = 20

MOST_FILE_NAME_CHARACTERS = 2 * MAX_PATH_CHARACTERS
"""What a client makes of a photo's name is a little longer: by a number, or by a Unicode form."""


def ready_photos(photos: Sequence[PhotoRow]) -> list[PhotoRow]:
    """The photos that a job would have.

    Raises:
        BackdropError: `NO_PHOTOS`.
    """
    ready = [photo for photo in photos if photo.status is ImageStatus.READY]
    if not ready:
        raise BackdropError(ErrorCode.NO_PHOTOS, _why_none(photos))
    return ready


def unknown_photos(ready: Sequence[PhotoRow], request: JobRequest) -> Iterator[BackdropError]:
    """The refusals of labels, seeds, prompts and whatever else is said of a photo that is none of the `ready` ones."""
    known = {photo.image_id for photo in ready}
    named = (
        ("labels", request.labels.keys(), ErrorCode.LABEL_UNKNOWN),
        ("seeds", request.seeds.keys(), ErrorCode.OPTIONS_INVALID),
        ("prompts", request.prompts.keys(), ErrorCode.OPTIONS_INVALID),
        ("byHand", request.by_hand.keys(), ErrorCode.OPTIONS_INVALID),
        ("inScenes", request.in_scenes.keys(), ErrorCode.OPTIONS_INVALID),
        ("skus", request.skus.keys(), ErrorCode.OPTIONS_INVALID),
        ("insteadOf", request.instead_of.keys(), ErrorCode.OPTIONS_INVALID),
        ("fileNames", request.file_names.keys(), ErrorCode.OPTIONS_INVALID),
    )
    for field_, ids, code in named:
        if unknown := sorted(ids - known):
            yield BackdropError(
                code,
                f"{field_} names {', '.join(map(repr, unknown[:5]))}: no good photo of this draft.",
                "Name only photos that are READY.",
            )


def check_words(photo: PhotoRow, request: JobRequest, model: ModelAdapter) -> None:
    """Refuse words of a photo's own that the model does not take, and a photo for which there are none at all.

    Raises:
        BackdropError: `PROMPT_EMPTY`, `PROMPT_TOO_LONG`.
    """
    own = request.prompts.get(photo.image_id)
    if request.options_of(photo.image_id).generates and not request.prompt_of(photo.image_id).strip():
        raise BackdropError(
            ErrorCode.PROMPT_EMPTY,
            f"{photo.name!r} has no words for its background, neither its own nor the job's.",
            "Describe the background for all photos, or for this one.",
        )
    if own is not None and len(own) > model.prompt_max_length:
        raise BackdropError(
            ErrorCode.PROMPT_TOO_LONG,
            f"The prompt of {photo.name!r} has {len(own):,} characters; {model.model_id} takes at most"
            f" {model.prompt_max_length:,}.",
        )


def check_file_names(request: JobRequest) -> None:
    """Refuse names of files that can't be, and two that some file system takes for one.

    Raises:
        BackdropError: `NAME_INVALID`; `OPTIONS_INVALID` for more names than the photo has images.
    """
    seen: dict[str, str] = {}
    for photo_id, names in request.file_names.items():
        images = request.count_images_of(photo_id)
        if not 1 <= len(names) <= images:
            raise BackdropError(
                ErrorCode.OPTIONS_INVALID,
                f"fileNames of {photo_id!r}: {len(names)} names; the photo has {images} images.",
                "Give a name for each image of the photo, or for the first ones.",
            )
        for name in names:
            if problem := name_problem(name, MOST_FILE_NAME_CHARACTERS):
                raise BackdropError(ErrorCode.NAME_INVALID, f"fileNames: {problem}")
            if other := seen.get(name_key(name)):
                raise BackdropError(
                    ErrorCode.NAME_INVALID,
                    f"fileNames: {name!r} is there twice" + ("." if name == other else f", once as {other!r}."),
                    "Give every image a name of its own.",
                )
            seen[name_key(name)] = name


def check_all_words(prompts: Iterable[str]) -> None:
    """Refuse more different words of photos' own than can be looked at before a job starts.

    Raises:
        BackdropError: `PROMPT_TOO_LONG`.
    """
    characters = sum(map(len, set(prompts)))
    if characters > MAX_OWN_WORDS:
        raise BackdropError(
            ErrorCode.PROMPT_TOO_LONG,
            f"The photos' own prompts have {characters:,} characters in all; a job takes at most {MAX_OWN_WORDS:,}.",
            "Shorten them, or make several jobs.",
        )


def check_photo(photo: PhotoRow, names: Sequence[str] | None, options: Options) -> tuple[Label, ...]:
    """The labels to keep of a good photo that can be finished with the options.

    Raises:
        BackdropError: `NO_LABELS_KEPT`, `LABEL_UNKNOWN`, `LABELS_NOT_LOCATED`, `OPTIONS_INVALID`.
    """
    _check_shape(photo, options)
    kept = kept_labels(photo, names)
    lost = names_of(label for label in kept if label.by_person and not label.boxes)
    if lost and photo.mask_sha256 is None and is_located(photo) and options.unlocated_labels is UnlocatedLabels.FAIL:
        raise BackdropError(
            ErrorCode.LABELS_NOT_LOCATED,
            f"Nobody said where {', '.join(lost)} is in {photo.name!r}.",
            "Say where it is (a box), give the photo a mask, or let UnlocatedLabels be FLAG.",
        )
    return kept


def kept_labels(photo: PhotoRow, names: Sequence[str] | None) -> tuple[Label, ...]:
    """The labels to keep of a photo; all of them when nobody chose.

    Where Rekognition could not be asked, a person may type names (they have no boxes). A photo with a mask of its own,
    or with a person's box that has no name, needs none: the mask or the box says what stays.

    Raises:
        BackdropError: `NO_LABELS_KEPT`, `LABEL_UNKNOWN`.
    """
    if names is None:
        return photo.all_labels
    if photo.labels_error is not None and not photo.own_labels:
        return tuple(Label(name, 0.0) for name in _typed(photo, names))
    chosen = set(names)
    found = set(names_of(photo.all_labels))
    nameless = any(not label.name for label in photo.all_labels)
    if found and not chosen and not nameless and photo.mask_sha256 is None:
        raise BackdropError(ErrorCode.NO_LABELS_KEPT, f"No label of {photo.name!r} is kept.")
    if chosen - found:
        raise BackdropError(
            ErrorCode.LABEL_UNKNOWN,
            f"{photo.name!r} has no label {', '.join(map(repr, sorted(chosen - found)[:5]))}; "
            f"found were {', '.join(map(repr, sorted(found))) or 'none'}.",
        )
    return tuple(label for label in photo.all_labels if label.name in chosen or not label.name)


def is_located(photo: PhotoRow) -> bool:
    """Whether it is known where the photo's labels are: Rekognition was asked, or a person drew a box.

    Of any other photo a running job asks Rekognition where the labels are that it shall keep.
    """
    return photo.labels_error is None or any(label.boxes for label in photo.own_labels or ())


def _typed(photo: PhotoRow, names: Sequence[str]) -> list[str]:
    typed = list(dict.fromkeys(name.strip() for name in names))
    # The manifest and the workflow's input (docs/contracts.md, Workflow) separate labels by commas.
    bad = [name for name in typed if not name or "," in name or len(name) > MAX_NAME_CHARACTERS]
    if bad or len(typed) > _MAX_TYPED_LABELS:
        raise BackdropError(
            ErrorCode.LABEL_UNKNOWN,
            f"The labels typed for {photo.name!r} can't be used.",
            f"Type at most {_MAX_TYPED_LABELS} names of 1 to {MAX_NAME_CHARACTERS} characters without commas.",
        )
    return typed


def _why_none(photos: Sequence[PhotoRow]) -> str:
    if not photos:
        return "The draft has no photos."
    refused = sum(photo.status is ImageStatus.REFUSED for photo in photos)
    return (
        f"None of the draft's {len(photos):,} photos is ready: {refused:,} refused, "
        f"{len(photos) - refused:,} not uploaded or not inspected."
    )


def _check_shape(photo: PhotoRow, options: Options) -> None:
    """Refuse, by its name, a photo that can't have the aspect or size that was asked for."""
    assert photo.facts is not None
    try:
        framing.check_photo((photo.facts.width, photo.facts.height), options)
    except BackdropError as error:
        raise BackdropError(error.code, f"{photo.name!r}: {error.cause}", error.next_step) from error
