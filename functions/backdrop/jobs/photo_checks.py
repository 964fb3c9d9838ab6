"""The photos of a draft as a job takes them: which are good, what is kept of each, whether they fit the options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MAX_NAME_CHARACTERS, MAX_OWN_WORDS, MAX_PATH_CHARACTERS
from backdrop.core.names import name_key
from backdrop.core.options import Options, UnlocatedLabels
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus
from backdrop.core.words.marks import phrase
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
                phrase(
                    "{field} names {names}: no good photo of this draft.",
                    field=field_,
                    names=", ".join(map(repr, unknown[:5])),
                ),
                phrase("Name only photos that are READY."),
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
            phrase("{name!r} has no words for its background, neither its own nor the job's.", name=photo.name),
            phrase("Describe the background for all photos, or for this one."),
        )
    if own is not None and len(own) > model.prompt_max_length:
        raise BackdropError(
            ErrorCode.PROMPT_TOO_LONG,
            phrase(
                "The prompt of {name!r} has {own:,} characters; {model_id} takes at most {prompt_max_length:,}.",
                name=photo.name,
                own=len(own),
                model_id=model.model_id,
                prompt_max_length=model.prompt_max_length,
            ),
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
                phrase(
                    "fileNames of {photo_id!r}: {names} names; the photo has {images} images.",
                    photo_id=photo_id,
                    names=len(names),
                    images=images,
                ),
                phrase("Give a name for each image of the photo, or for the first ones."),
            )
        for name in names:
            if problem := name_problem(name, MOST_FILE_NAME_CHARACTERS):
                raise BackdropError(ErrorCode.NAME_INVALID, phrase("fileNames: {cause}", cause=problem))
            if other := seen.get(name_key(name)):
                raise BackdropError(
                    ErrorCode.NAME_INVALID,
                    phrase("fileNames: {name!r} is there twice.", name=name)
                    if name == other
                    else phrase("fileNames: {name!r} is there twice, once as {other!r}.", name=name, other=other),
                    phrase("Give every image a name of its own."),
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
            phrase(
                "The photos' own prompts have {characters:,} characters in all; a job takes at most {most:,}.",
                characters=characters,
                most=MAX_OWN_WORDS,
            ),
            phrase("Shorten them, or make several jobs."),
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
            phrase("Nobody said where {names} is in {name!r}.", names=", ".join(lost), name=photo.name),
            phrase("Say where it is (a box), give the photo a mask, or let UnlocatedLabels be FLAG."),
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
        raise BackdropError(ErrorCode.NO_LABELS_KEPT, phrase("No label of {name!r} is kept.", name=photo.name))
    if chosen - found:
        raise BackdropError(
            ErrorCode.LABEL_UNKNOWN,
            phrase(
                "{name!r} has no label {wanted}; found were {found}.",
                name=photo.name,
                wanted=", ".join(map(repr, sorted(chosen - found)[:5])),
                found=", ".join(map(repr, sorted(found))) or phrase("none"),
            ),
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
            phrase("The labels typed for {name!r} can't be used.", name=photo.name),
            phrase(
                "Type at most {max_typed_labels} names of 1 to {max_name_characters} characters without commas.",
                max_typed_labels=_MAX_TYPED_LABELS,
                max_name_characters=MAX_NAME_CHARACTERS,
            ),
        )
    return typed


def _why_none(photos: Sequence[PhotoRow]) -> str:
    if not photos:
        return phrase("The draft has no photos.")
    refused = sum(photo.status is ImageStatus.REFUSED for photo in photos)
    return phrase(
        "None of the draft's {photos:,} photos is ready: {refused:,} refused, {photos_2:,} not "
        "uploaded or not inspected.",
        photos=len(photos),
        refused=refused,
        photos_2=len(photos) - refused,
    )


def _check_shape(photo: PhotoRow, options: Options) -> None:
    """Refuse, by its name, a photo that can't have the aspect or size that was asked for."""
    assert photo.facts is not None
    try:
        framing.check_photo((photo.facts.width, photo.facts.height), options)
    except BackdropError as error:
        raise BackdropError(
            error.code, phrase("{name!r}: {cause}", name=photo.name, cause=error.cause), error.next_step
        ) from error
