"""Which part of the plane around the photo the finished picture shows, and in how many pixels. Geometry only.

Nothing is ever stretched: every function here scales both sides alike, to within half a pixel. The request to an
outpainting model and the compositing of its answer both ask `canvas_for`, so that they can't disagree.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from backdrop.core.limits import MAX_PIXELS, MAX_SIDE, MIN_OUTPUT_SIDE
from backdrop.core.options import (
    BACKDROP,
    FORMATS,
    GENERATED,
    SAME_FORMAT,
    TRANSPARENT,
    Fill,
    Options,
    OutputOptions,
    color,
    invalid,
    parse_aspect,
)
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop.imaging.encoding import HOLDS_ALPHA, MAX_ENCODED_SIDE, Format

if TYPE_CHECKING:
    from backdrop.imaging.marketplace import Preset
    from backdrop.imaging.opening import PhotoFormat

Size = tuple[int, int]
"""width, height in pixels."""

Rectangle = tuple[float, float, float, float]
"""left, top, right, bottom in the photo's pixels; may lie beyond the photo."""

MAX_FRAME_ASPECT = 4
"""Longer side by shorter side of a finished picture. Ours: wider than any banner a shop shows."""

_ROOM_ABOVE = 2 / 3
"""Share of the new height that goes above the photo.

A product stands on something near the photo's lower edge: room above is wall and sky, while as much room below would
lift the product to the middle of the picture. A third below keeps it clear of the edge.
"""


class Canvas(NamedTuple):
    """A frame around the photo, in the photo's pixels.

    Attributes:
        size: width and height of the frame, each at least the photo's.
        offset: where the photo's upper left corner lies in it, each at least 0.
    """

    size: Size
    offset: tuple[int, int] = (0, 0)

    @property
    def rectangle(self) -> Rectangle:
        """The frame, seen from the photo's upper left corner."""
        left, top = self.offset
        return -left, -top, self.size[0] - left, self.size[1] - top


class View(NamedTuple):
    """What the finished picture shows.

    Attributes:
        window: the part of the photo's plane.
        size: pixels it is shown in.
    """

    window: Rectangle
    size: Size

    @property
    def scale(self) -> float:
        """Finished pixels per pixel of the photo, along a side."""
        left, top, right, bottom = self.window
        return max(self.size[0] / (right - left), self.size[1] / (bottom - top))


def canvas_for(photo_size: Size, output: OutputOptions) -> Canvas:
    """The smallest frame of the asked aspect that holds the whole photo, for a model to paint.

    The photo is centred from left to right; two thirds of new height go above it, so that a product stands low.
    Without an aspect (see `shape_of`), or when the photo has it to half a pixel, the frame is the photo's own.

    Raises:
        BackdropError: OPTIONS_INVALID when the aspect is beyond 1:4 to 4:1 or the frame beyond the limits.
    """
    canvas = _around(photo_size, output)
    if not _allowed(canvas.size):
        raise invalid(
            phrase(
                "A photo of {photo_size} pixels would grow to {size}; {limits}.",
                photo_size=_text(photo_size),
                size=_text(canvas.size),
                limits=_LIMITS,
            ),
            phrase(
                "Scale the photo down, choose an aspect nearer to its own, or fill with a border (PAD) and "
                "ask for a width."
            ),
        )
    return canvas


def view_for(photo_size: Size, output: OutputOptions, subject: Rectangle | None = None) -> View:
    """What the finished picture shows.

    Without a preset: the frame of `canvas_for`, in its own pixels or those asked for. A preset with a fill puts its
    frame around the subject, whose box must then be given, and beyond the photo where it has to. A preset shrinks
    to its own size; it enlarges only a photo that has fewer pixels than its marketplace takes.

    Args:
        photo_size: of the full photo.
        output: the job's.
        subject: box of the subject.

    Raises:
        BackdropError: OPTIONS_INVALID when the aspect or the picture's size is beyond the limits.
    """
    window = _around(photo_size, output).rectangle
    preset = _preset(output.preset) if output.preset else None
    if preset is None:
        size = _asked_size((round(window[2] - window[0]), round(window[3] - window[1])), output)
    else:
        if preset.fill is not None and subject is not None:
            window = _window_around(subject, preset.aspect or photo_size, preset.fill)
        width, height = window[2] - window[0], window[3] - window[1]
        side = max(preset.rules.side_min, min(preset.side, int(max(width, height))))
        scale = side / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if not _allowed(size):
        raise invalid(
            phrase(
                "From a photo of {photo_size} pixels the picture becomes {size}; {limits}.",
                photo_size=_text(photo_size),
                size=_text(size),
                limits=_LIMITS,
            ),
            phrase("Ask for a smaller width or height."),
        )
    return View(window, size)


def frame_for(photo_size: Size, view: View) -> Canvas:
    """The smallest frame, in whole pixels of the photo, that holds the photo and all that the view shows: what a
    backdrop stands behind."""
    left, top, right, bottom = view.window
    before = max(0, ceil(-left)), max(0, ceil(-top))
    behind = max(photo_size[0], ceil(right)), max(photo_size[1], ceil(bottom))
    return Canvas((before[0] + behind[0], before[1] + behind[1]), before)


def shape_of(output: OutputOptions) -> tuple[int, int] | None:
    """Width to height of the frame: asked for, or a preset's; None: the photo's own.

    A preset with a fill is framed around the subject later, and needs no frame around the photo.
    """
    if output.preset is None:
        return output.shape
    preset = _preset(output.preset)
    return None if preset.fill is not None else preset.aspect


def outpaints(options: Options) -> bool:
    """Whether a model is to paint beyond the photo's frame, where the photo has not the shape that is asked for."""
    return options.generates and options.output.fill is Fill.OUTPAINT and shape_of(options.output) is not None


def paintings(options: Options) -> tuple[Options, ...]:
    """The options of each painting that the images of a seed are finished from: one for each scene and each frame that
    a model is to paint in it."""
    found: dict[int, Options] = {}
    for number, one in enumerate(options.by_image(), 1):
        found.setdefault(first_of_painting(options, number), one)
    return tuple(found.values())


def first_of_painting(options: Options, number: int) -> int:
    """Which of a photo's images, from 1, is the first that is finished from the same painting as image `number`."""
    each = [(options.place_of_scene(place), _painted_shape(one)) for place, one in enumerate(options.by_image(), 1)]
    picture, place = divmod(number - 1, len(each))
    return picture * len(each) + each.index(each[place]) + 1


def _painted_shape(options: Options) -> float | None:
    """Width by height of the frame that a model is to paint; None: the photo's own."""
    shape = shape_of(options.output) if outpaints(options) else None
    return shape[0] / shape[1] if shape else None


def check_photo(photo_size: Size, options: Options) -> None:
    """Refuse a photo that can't be finished with the options, in every output, before a model is paid.

    Raises:
        BackdropError: OPTIONS_INVALID.
    """
    for one in paintings(options):
        if outpaints(one):
            canvas_for(photo_size, one.output)
    for output in options.every_output:
        view_for(photo_size, output)


def check_output(output: OutputOptions, background: str) -> None:
    """Refuse options that can't be carried out whatever the photo.

    Args:
        output: the job's.
        background: `generated`, `transparent`, `backdrop` or `#rrggbb`.

    Raises:
        BackdropError: OPTIONS_INVALID, saying what to do.
    """
    color(output.pad_color)
    _check_size(output)
    _check_format(output, background)
    if output.preset is not None:
        _check_preset(_preset(output.preset), output, background)


def _check_size(output: OutputOptions) -> None:
    for cause, side in (
        (mark_phrase("The width is {side:,} pixels."), output.width),
        (mark_phrase("The height is {side:,} pixels."), output.height),
    ):
        if side is not None and not MIN_OUTPUT_SIDE <= side <= MAX_SIDE:
            raise invalid(
                cause.format(side=side),
                phrase("Choose {least} to {side:,} pixels.", least=MIN_OUTPUT_SIDE, side=MAX_SIDE),
            )
    if output.width is not None and output.height is not None:
        if output.width * output.height > MAX_PIXELS:
            raise invalid(
                phrase(
                    "{value} are {width:.2f} megapixels.",
                    value=_text((output.width, output.height)),
                    width=output.width * output.height / 1e6,
                ),
                phrase(
                    "Choose a width and a height of at most {megapixels:.0f} megapixels together.",
                    megapixels=MAX_PIXELS / 1e6,
                ),
            )
        if output.aspect is not None:
            across, down = parse_aspect(output.aspect)
            fitting = output.height * across / down
            if abs(output.width - fitting) > 1:
                raise invalid(
                    phrase(
                        "{value} is not {across}:{down}, and pictures are never stretched.",
                        value=_text((output.width, output.height)),
                        across=across,
                        down=down,
                    ),
                    phrase(
                        "Leave the aspect out, or ask for {fitting:,} x {height:,}.",
                        fitting=round(fitting),
                        height=output.height,
                    ),
                )
    if output.shape is not None:
        _check_aspect(output.shape)


def _check_format(output: OutputOptions, background: str) -> None:
    if output.format not in FORMATS:
        raise invalid(
            phrase("There is no output format {format!r}.", format=output.format), f"Choose {', '.join(FORMATS)}."
        )
    if background == TRANSPARENT and output.format == "JPEG":
        raise invalid(phrase("JPEG can't be transparent."), phrase("Choose PNG, WEBP or AVIF, or a background colour."))
    if output.quality is not None:
        if not 1 <= output.quality <= 100:
            raise invalid(
                phrase("The quality is {quality}.", quality=output.quality),
                phrase("Choose 1 to 100, or none for the format's default."),
            )
        if output.format == "PNG":
            raise invalid(
                phrase("PNG is lossless and has no quality."),
                phrase("Leave the quality out, or choose another format."),
            )
    for format_, most in MAX_ENCODED_SIDE.items():
        if output.format == format_ and max(output.width or 0, output.height or 0) > most:
            raise invalid(
                phrase("{format} takes at most {most:,} pixels a side.", format=format_, most=most),
                phrase("Choose another format or a smaller size."),
            )


_BACKGROUND_WORDS = {
    GENERATED: mark_phrase("a painted background"),
    BACKDROP: mark_phrase("a backdrop"),
    TRANSPARENT: mark_phrase("no background"),
}


def _named(color: str) -> str:
    return phrase("plain white (#ffffff)") if color == "#ffffff" else phrase("the colour {colour}", colour=color)


def _check_preset(preset: Preset, output: OutputOptions, background: str) -> None:
    named = {phrase("an aspect"): output.aspect, phrase("a width"): output.width, phrase("a height"): output.height}
    for name, value in named.items():
        if value is not None:
            raise invalid(
                phrase(
                    "The preset {id} sets the picture's size, and {name} was asked for as well.",
                    id=preset.id,
                    name=name,
                ),
                phrase("Leave {name} out, or the preset.", name=name),
            )
    if preset.background is not None and background != preset.background:
        raise invalid(
            phrase(
                "{name} takes pictures on {kind} only, and {background} was chosen.",
                name=preset.name,
                kind=_named(preset.background),
                background=_BACKGROUND_WORDS.get(background, _named(background)),
            ),
            phrase(
                "Choose the background {background}, or leave the preset {id} out.",
                background=preset.background,
                id=preset.id,
            ),
        )
    formats = preset.rules.formats
    if output.format != SAME_FORMAT and output.format not in formats:
        raise invalid(
            phrase("{name} takes no {format}.", name=preset.name, format=output.format),
            phrase("Choose {choices}, or SAME.", choices=" or ".join(formats)),
        )
    if background == TRANSPARENT and not HOLDS_ALPHA.intersection(formats):
        raise invalid(
            phrase("{name} takes no transparent picture.", name=preset.name), phrase("Choose a background colour.")
        )


_OWN: dict[PhotoFormat, Format] = {"PNG": "PNG", "WEBP": "WEBP"}
"""Of a photo in these, a finished image has the same."""


def format_for(photo_format: PhotoFormat, options: Options) -> Format:
    """The finished file's format: the one asked for, a preset's, or the photo's (JPEG for what browsers don't show).

    A transparent picture that would be JPEG only because the photo or the preset is, becomes PNG.
    """
    output = options.output
    if output.format != SAME_FORMAT:
        found: Format = output.format  # type: ignore[assignment]
        return found
    own = _OWN.get(photo_format, "JPEG")
    found = _preset(output.preset).format if output.preset else own
    return "PNG" if options.background == TRANSPARENT and found not in HOLDS_ALPHA else found


def _around(photo_size: Size, output: OutputOptions) -> Canvas:
    shape = shape_of(output)
    width, height = photo_size
    if shape is None:
        return Canvas(photo_size)
    _check_aspect(shape)
    wanted_width, wanted_height = height * shape[0] / shape[1], width * shape[1] / shape[0]
    if abs(wanted_width - width) <= 0.5 or abs(wanted_height - height) <= 0.5:
        return Canvas(photo_size)
    size = (round(wanted_width), height) if wanted_width > width else (width, round(wanted_height))
    return Canvas(size, ((size[0] - width) // 2, round((size[1] - height) * _ROOM_ABOVE)))


def _preset(id_: str) -> Preset:
    # Here: most jobs have no preset, and a cold start should not pay for them.
    from backdrop.imaging.marketplace import preset_of

    return preset_of(id_)


def _window_around(subject: Rectangle, shape: tuple[int, int], fill: float) -> Rectangle:
    """The window of that shape, centred on the subject, of which the subject fills that share."""
    left, top, right, bottom = subject
    across, down = shape
    width = max((right - left) / fill, (bottom - top) / fill * across / down)
    height = width * down / across
    centre_x, centre_y = (left + right) / 2, (top + bottom) / 2
    return centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2


def _asked_size(own: Size, output: OutputOptions) -> Size:
    width, height = output.width, output.height
    if width is not None and height is not None:
        return width, height
    if width is not None:
        return width, max(1, round(width * own[1] / own[0]))
    if height is not None:
        return max(1, round(height * own[0] / own[1])), height
    return own


def _check_aspect(shape: tuple[int, int]) -> None:
    across, down = shape
    if across < 1 or down < 1 or max(across, down) > MAX_FRAME_ASPECT * min(across, down):
        raise invalid(
            phrase(
                "The aspect {across}:{down} is beyond 1:{most} to {most}:1.",
                across=across,
                down=down,
                most=MAX_FRAME_ASPECT,
            ),
            phrase("Choose an aspect between 1:{most} and {most}:1, such as 1:1, 4:5 or 16:9.", most=MAX_FRAME_ASPECT),
        )


_LIMITS = phrase(
    "the limits are {megapixels:.0f} megapixels and {side:,} a side", megapixels=MAX_PIXELS / 1e6, side=MAX_SIDE
)


def _allowed(size: Size) -> bool:
    return size[0] * size[1] <= MAX_PIXELS and max(size) <= MAX_SIDE


def _text(size: Size) -> str:
    return f"{size[0]:,} x {size[1]:,}"
