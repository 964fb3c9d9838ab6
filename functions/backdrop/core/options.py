"""What a job may choose besides prompt, mode, model and seed; everything here has a default.

Plain dataclasses without pydantic: the per-image functions read them too. `options_json` has the form in which they
travel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from backdrop.core.backdrops import ACROSS, SHARES, SURFACES, Backdrop, Placement
from backdrop.core.choices import color as color
from backdrop.core.choices import invalid as invalid
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.scenes import BACKDROP as BACKDROP
from backdrop.core.scenes import GENERATED as GENERATED
from backdrop.core.scenes import MAX_SCENES, MAX_SCENES_OF_JOB, Scene, Spread
from backdrop.core.scenes import TRANSPARENT as TRANSPARENT
from backdrop.core.words.marks import mark_phrase, phrase

SAME_FORMAT = "SAME"
FORMATS = (SAME_FORMAT, "JPEG", "PNG", "WEBP", "AVIF")

MAX_VARIATIONS = 5
"""Images of one photo: as many as Titan and Nova Canvas make at once (`numberOfImages` at
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-image.html)."""

MAX_OUTPUTS = 5
"""Finished images that one painting makes, each of another shape or file. Ours."""

MAX_IMAGES = MAX_VARIATIONS * MAX_OUTPUTS
"""Finished images of one photo."""

_ASPECT = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")


class MaskSource(StrEnum):
    """Which cut-out makes the mask: the model family's own, or the one that Backdrop brings (no model call)."""

    MODEL = "MODEL"
    BUILT_IN = "BUILT_IN"


class Fill(StrEnum):
    """How a new aspect is filled: the model paints on, or a plain border."""

    OUTPAINT = "OUTPAINT"
    PAD = "PAD"


class UnlocatedLabels(StrEnum):
    """What becomes of an image of whose photo labels are to be kept that nobody can point at."""

    FLAG = "FLAG"
    FAIL = "FAIL"


@dataclass(frozen=True)
class OutputOptions:
    """The finished image's shape and file.

    Attributes:
        aspect: width to height, such as `4:5`; None: the photo's own, or that of `width` and `height`.
        fill: what the added area of a new aspect shows.
        pad_color: `#rrggbb`, of `Fill.PAD`.
        width: pixels; when only one of width and height is given, the other follows.
        height: pixels.
        preset: id of a marketplace preset.
        format: one of `FORMATS`; SAME is the photo's own, JPEG for a HEIC, AVIF or TIFF photo.
        quality: 1..100; None is the format's default.
    """

    aspect: str | None = None
    fill: Fill = Fill.OUTPAINT
    pad_color: str = "#ffffff"
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    format: str = SAME_FORMAT
    quality: int | None = None

    @property
    def shape(self) -> tuple[int, int] | None:
        """The aspect asked for, by itself or by both sides; None: the photo's own."""
        if self.aspect is None and self.width is not None and self.height is not None:
            return self.width, self.height
        return parse_aspect(self.aspect) if self.aspect is not None else None

    @property
    def changes_frame(self) -> bool:
        """Whether another part of the plane around the photo is shown than the photo's own frame."""
        return self.preset is not None or self.shape is not None


@dataclass(frozen=True)
class Options:
    """All choices besides prompt, mode, model and seed.

    Attributes:
        background: `generated` (from the prompt), `transparent`, `backdrop`, or a colour `#rrggbb`.
        backdrop: the picture of `backdrop`.
        mask_source: which cut-out makes the mask.
        variations: finished images per photo, 1 to `MAX_VARIATIONS`, each with a seed of its own.
        vary_seed: another seed for each photo; else all photos share the job's.
        cfg_scale: how closely the model follows the prompt; None: the model's default.
        quality: the model's quality level; None: its default.
        style: the model's style preset; None: none.
        unlocated_labels: FLAG makes the image and flags it, FAIL fails it before anything is paid for it.
        reuse_answers: a model's answer to the very same request of an earlier job of the owner's is used again.
        export_of: id of the job whose images are finished once more: no model is called, and an image that would need
            a call fails.
        output: the finished image's shape and file.
        outputs: further ones, up to `MAX_OUTPUTS` with the first: every picture is finished in each of them.
        scenes: further backgrounds, with the job's own, which is first: every photo is finished in each of them, from
            one cut-out, or in those that `spread` and the photo itself say.
        spread: which of the scenes a photo has of which nothing is said.
        places: which of the scenes one photo has, 0 is the job's own; empty: all. Of the options of a photo
            (`of_photo`), never of a job's.
    """

    background: str = GENERATED
    mask_source: MaskSource = MaskSource.MODEL
    variations: int = 1
    vary_seed: bool = False
    cfg_scale: float | None = None
    quality: str | None = None
    style: str | None = None
    unlocated_labels: UnlocatedLabels = UnlocatedLabels.FLAG
    reuse_answers: bool = True
    export_of: str | None = None
    output: OutputOptions = field(default_factory=OutputOptions)
    backdrop: Backdrop | None = None
    outputs: tuple[OutputOptions, ...] = ()
    scenes: tuple[Scene, ...] = ()
    spread: Spread = Spread.ALL
    places: tuple[int, ...] = ()

    @property
    def every_output(self) -> tuple[OutputOptions, ...]:
        """The shapes and files in which every picture is finished."""
        return (self.output, *self.outputs)

    @property
    def scenes_a_photo(self) -> int:
        """Scenes of a photo; of a job's options, of one of which nothing is said."""
        if self.places:
            return len(self.places)
        return 1 + len(self.scenes) if self.spread is Spread.ALL else 1

    @property
    def images_a_seed(self) -> int:
        """Finished images of one seed of a photo: in each of its scenes, in every output."""
        return self.scenes_a_photo * len(self.every_output)

    def of_photo(self, scenes: Sequence[int] = ()) -> Options:
        """The options of a photo: with those of the scenes that it has.

        Args:
            scenes: their numbers, the job's own is 1; none: as `spread` says. Which one a photo has in turn is said
                of each (`JobRequest.dealt`).
        """
        if scenes:
            return replace(self, places=tuple(number - 1 for number in scenes)) if self.scenes else self
        return self if self.spread is Spread.ALL else replace(self, places=(0,))

    def of_any_photo(self) -> Options:
        """The options of a photo as there may be others, to tell what one takes: a painted scene where one is."""
        if self.spread is not Spread.TURN:
            return self.of_photo()
        painted = [number for number, one in enumerate(self.by_scene(), 1) if one.generates]
        return self.of_photo(painted[:1] or (1,))

    @property
    def images(self) -> int:
        """Finished images of a photo: each variation in every scene and output."""
        return self.variations * self.images_a_seed

    def by_scene(self) -> tuple[Options, ...]:
        """The options of each scene, in all outputs; the job's own first. Of a photo's options, of its scenes."""
        return tuple(map(self._in_scene, self.places or range(1 + len(self.scenes))))

    def _in_scene(self, place: int) -> Options:
        """The options of one scene, in all outputs; 0 is the job's own."""
        if not self.scenes:
            return self
        one = self.scenes[place - 1] if place else Scene("", self.background, self.backdrop)
        alone = replace(self, background=one.background, backdrop=one.backdrop, scenes=(), spread=Spread.ALL, places=())
        return alone if one.generates else replace(alone, cfg_scale=None, quality=None, style=None)

    def by_image(self) -> tuple[Options, ...]:
        """The options of one seed's images, each of which has one scene and one output: scene by scene."""
        if not self.outputs:
            return self.by_scene()
        return tuple(
            replace(scene, output=output, outputs=()) for scene in self.by_scene() for output in self.every_output
        )

    def of_image(self, number: int) -> Options:
        """The options of a photo's image `number`, from 1: those of the first variation come first."""
        scene = self._in_scene(self.place_of_scene(number))
        if not self.outputs:
            return scene
        return replace(scene, output=self.every_output[(number - 1) % len(self.every_output)], outputs=())

    def place_of_scene(self, number: int) -> int:
        """Which scene a photo's image `number`, from 1, has: 0 is the job's own."""
        place = (number - 1) // len(self.every_output) % self.scenes_a_photo
        return self.places[place] if self.places else place

    def scene_of(self, number: int) -> Scene | None:
        """The further scene that a photo's image `number`, from 1, has; None: it has the job's own."""
        place = self.place_of_scene(number)
        return self.scenes[place - 1] if place else None

    def of_one_picture(self) -> Options:
        """The options of one picture by itself, in the first scene and output: what a trial shows."""
        return replace(self.by_scene()[0], variations=1, vary_seed=False, outputs=())

    @property
    def generates(self) -> bool:
        """Whether a model paints the background; of several scenes, the job's own. A photo may not have that one."""
        return self.background == GENERATED and (not self.places or 0 in self.places)

    @property
    def paints(self) -> bool:
        """Whether a model paints the background of any scene."""
        return any(one.generates for one in self.by_scene()) if self.scenes else self.generates

    @property
    def moves_product(self) -> bool:
        """Whether the product may lie elsewhere in the finished image than in the photo."""
        placed = self.backdrop is not None and self.backdrop.placement is not None
        return placed or self.output.changes_frame

    @property
    def calls_models(self) -> bool:
        """Whether a model may be called at all."""
        return self.export_of is None

    @property
    def is_flat(self) -> bool:
        """Whether there is one colour, or nothing, behind the product: no picture."""
        return self.background not in (GENERATED, BACKDROP)


def parse_aspect(text: str) -> tuple[int, int]:
    """Return `4:5` as (4, 5).

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    match = _ASPECT.fullmatch(text)
    if match is None:
        raise invalid(
            phrase("{text!r} is no aspect ratio.", text=text),
            phrase("Write width:height in whole numbers, for example 4:5."),
        )
    return int(match[1]), int(match[2])


def checked(options: Options) -> Options:
    """The options, when each field by itself makes sense; colours in lower case.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    every = tuple(_checked_output(one) for one in options.every_output)
    scenes = tuple(_checked_scene(number, scene) for number, scene in enumerate(options.scenes, 2))
    options = replace(
        options,
        background=_checked_background(options.background, options.backdrop),
        output=every[0],
        outputs=every[1:],
        scenes=scenes,
    )
    if len(every) > MAX_OUTPUTS:
        raise invalid(
            phrase("{every} outputs were asked for.", every=len(every)), phrase("Choose 1 to {most}.", most=MAX_OUTPUTS)
        )
    if len(set(every)) < len(every):
        raise invalid(
            phrase("Two of the outputs are the same."), phrase("Leave one of them out, or change its size or format.")
        )
    if options.export_of is not None and not options.reuse_answers:
        raise invalid(
            phrase("An export finishes pictures that are there, and this one would use none again."),
            phrase("Leave out that answers are not used again, or start a new job."),
        )
    if not 1 <= options.variations <= MAX_VARIATIONS:
        raise invalid(
            phrase("{variations} variations were asked for.", variations=options.variations),
            phrase("Choose 1 to {most}.", most=MAX_VARIATIONS),
        )
    check_scenes(options)
    if options.variations > 1 and not all(one.generates for one in options.by_scene()):
        raise invalid(
            phrase("Variations differ by their seed; a plain background has none."),
            phrase("Ask for one variation, or let the model paint every background."),
        )
    return options


def _checked_background(background: str, backdrop: Backdrop | None) -> str:
    """The background in lower case, which a backdrop goes together with."""
    background = background.lower()
    if background not in (GENERATED, TRANSPARENT, BACKDROP):
        color(background)
    if (background == BACKDROP) != (backdrop is not None):
        raise invalid(
            phrase("A backdrop is named, and the background is another.")
            if backdrop
            else phrase("The background is a backdrop, and none is named."),
            phrase("Name a backdrop together with the background `backdrop`, or neither."),
        )
    if backdrop is not None and backdrop.placement is not None:
        check_placement(backdrop.placement)
    if backdrop is not None and backdrop.light is not None:
        from backdrop.core.light import check_light  # Here: most jobs have none.

        check_light(backdrop.light)
    return background


def _checked_scene(number: int, scene: Scene) -> Scene:
    scene = replace(scene, background=_checked_background(scene.background, scene.backdrop))
    if scene.generates and not scene.prompt.strip():
        raise BackdropError(ErrorCode.PROMPT_EMPTY, phrase("Scene {number} has no words.", number=number))
    if scene.prompt.strip() and not scene.generates:
        raise invalid(
            phrase("Scene {number} has words, and its background is not painted.", number=number),
            phrase("Leave the words out, or the background."),
        )
    return scene


def check_scenes(options: Options) -> None:
    """Refuse more scenes, or images of a photo, than there may be, and two scenes that are the same.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    number = 1 + len(options.scenes)
    most = MAX_SCENES if options.spread is Spread.ALL else MAX_SCENES_OF_JOB
    if number > most:
        raise invalid(
            phrase("{number} scenes were asked for.", number=number),
            phrase("Choose 1 to {most}, the job's own among them.", most=most),
        )
    if number == 1 and options.spread is not Spread.ALL:
        raise invalid(
            phrase("There is one scene, and nothing to choose from for each photo."), phrase("Name further scenes.")
        )
    own = [] if options.generates else [Scene("", options.background, options.backdrop)]
    if len({*own, *options.scenes}) < len(own) + len(options.scenes):
        raise invalid(phrase("Two of the scenes are the same."), phrase("Leave one of them out, or change its words."))
    if options.images > MAX_IMAGES:
        raise invalid(
            phrase(
                "{variations} variations in {scenes_a_photo} scenes and {every_output} outputs are {images} "
                "images of each photo.",
                variations=options.variations,
                scenes_a_photo=options.scenes_a_photo,
                every_output=len(options.every_output),
                images=options.images,
            ),
            phrase("Choose fewer of them: a photo has at most {most} images.", most=MAX_IMAGES),
        )


def check_photo_scenes(options: Options, scenes: Sequence[int], whose: str) -> None:
    """Refuse scenes of a photo that the job has not, or more than a photo may have.

    Args:
        options: the job's, checked.
        scenes: numbers, the job's own is 1.
        whose: they are, for the message.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    known = 1 + len(options.scenes)
    if not scenes or len(set(scenes)) < len(scenes) or not all(1 <= number <= known for number in scenes):
        raise invalid(
            phrase(
                "{whose} names the scenes {names}; the job has {known}.",
                whose=whose,
                names=", ".join(map(str, scenes)) or phrase("none"),
                known=known,
            ),
            phrase("Name some of 1 to {known}, each once; 1 is the job's own background.", known=known),
        )
    images = options.variations * len(scenes) * len(options.every_output)
    if len(scenes) > MAX_SCENES or images > MAX_IMAGES:
        raise invalid(
            phrase(
                "{whose} names {scenes} scenes, which make {images} images of one photo.",
                whose=whose,
                scenes=len(scenes),
                images=images,
            ),
            phrase("A photo has at most {scenes} scenes and {most} images.", scenes=MAX_SCENES, most=MAX_IMAGES),
        )


def _checked_output(output: OutputOptions) -> OutputOptions:
    color(output.pad_color)
    if output.aspect is not None:
        parse_aspect(output.aspect)
    if output.format not in FORMATS:
        raise invalid(
            phrase("There is no output format {format!r}.", format=output.format), f"Choose {', '.join(FORMATS)}."
        )
    return replace(output, pad_color=output.pad_color.lower())


def check_placement(placement: Placement) -> None:
    """Refuse a place that no product can have.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    told = (
        (placement.share, SHARES, mark_phrase("The share of the picture that the product takes up is {value:g}.")),
        (placement.across, ACROSS, mark_phrase("The place across is {value:g}.")),
        (placement.surface, SURFACES, mark_phrase("The height of the surface is {value:g}.")),
    )
    for value, (least, most), cause in told:
        if value is not None and not least <= value <= most:
            raise invalid(cause.format(value=value), phrase("Choose {least:g} to {most:g}.", least=least, most=most))
