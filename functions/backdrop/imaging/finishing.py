"""A finished image: subject and background put together, judged, framed, scaled, written, and checked.

With default options the picture keeps the photo's size and format, and no full-size copy is made beyond the one that
compositing makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from PIL import Image

from backdrop.core.backdrops import Backdrop, Placement
from backdrop.core.options import BACKDROP, TRANSPARENT, Options, OutputOptions, color
from backdrop.core.vocabulary import Box, Mode
from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.encoding import CONTENT_TYPES, EXTENSIONS, Format, encode
from backdrop.imaging.framing import Canvas, Rectangle, View, canvas_for, format_for, frame_for, outpaints, view_for
from backdrop.imaging.masks import VISIBLE
from backdrop.imaging.photos import Photo
from backdrop.imaging.provenance import Origin, xmp_packet
from backdrop.imaging.quality import flags as quality_flags

if TYPE_CHECKING:
    from backdrop.core.by_hand import ByHand
    from backdrop.imaging.by_hand import Done, Moved
    from backdrop.imaging.marketplace import MarketplaceResult

Colour = tuple[int, ...]

_TRANSPARENT: Colour = (0, 0, 0, 0)

_ONLY_VISIBLE = [value if value >= VISIBLE else 0 for value in range(256)]
_NOTHING = [255 if value < VISIBLE else 0 for value in range(256)]


@dataclass(frozen=True)
class Finished:
    """A finished image and what is known of it.

    Attributes:
        data: the file.
        format: of the file.
        width: pixels.
        height: pixels.
        flags: reasons why a person should look at it.
        checks: of the marketplace preset; None without one.
        image: what `data` was made from, RGB or RGBA.
        by_hand: how the product was moved, scaled and turned; None: it stands where the options put it.
    """

    data: bytes
    format: Format
    width: int
    height: int
    flags: tuple[quality_flags.Flag, ...]
    checks: MarketplaceResult | None
    image: Image.Image
    by_hand: Done | None = None

    @property
    def content_type(self) -> str:
        """The file's content type, for S3 and browsers."""
        return CONTENT_TYPES[self.format]

    @property
    def extension(self) -> str:
        """The extension of the file's name, without the dot."""
        return EXTENSIONS[self.format]


def finish(
    photo: Photo,
    picture: Image.Image | None,
    mask: Image.Image | None,
    *,
    mode: Mode,
    options: Options,
    boxes: Sequence[Box],
    origin: Origin,
    cut_out: bool = False,
    by_hand: ByHand | None = None,
) -> Finished:
    """Make the finished image of a photo.

    Args:
        photo: decoded at full size.
        picture: the model's picture, RGB of any size and of the shape of the photo's frame, or of `canvas_for` when
            the model was asked to paint beyond it (`framing.outpaints`); or the backdrop, of any size and shape; None
            when the background is flat.
        mask: L of any size and of the photo's shape, 255 = subject; None only in DEFAULT with a picture.
        mode: DEFAULT takes the picture as it is, PRECISE puts the photo's own subject over it.
        options: checked by `framing.check_output`.
        boxes: of the kept labels.
        origin: goes into the metadata.
        cut_out: the mask is the photo's own alpha, and the photo was opened with its own colours.
        by_hand: the product's own place, from where the options put it; of no use where the background is painted.

    Raises:
        BackdropError: OPTIONS_INVALID when this photo can't have the size, aspect or format that was asked for.
        ValueError: a picture or a mask is missing.
    """
    size = (photo.width, photo.height)
    # The options may not fit this photo: say so before the work is done.
    view = view_for(size, options.output, subject_box_of(mask, size) if mask and options.output.preset else None)
    placement = options.backdrop.placement if options.backdrop else None
    moved, enlarged = None, view.scale
    if by_hand is not None and mask is not None and not options.generates:
        moved = _moved(photo, mask, view, by_hand, options, boxes, cut_out=cut_out)
        photo, mask, view, enlarged = moved.photo, moved.mask, moved.view, moved.scale
    elif placement is not None and mask is not None:
        photo, mask, view = _placed(photo, mask, view, placement, options.output)
        enlarged = view.scale
    size = (photo.width, photo.height)
    if picture is not None and options.backdrop is not None and mode is Mode.DEFAULT:
        photo = _toned(photo, picture, options.backdrop)
        if moved is not None:
            judged = _toned(photo._replace(image=moved.judged), picture, options.backdrop)
            moved = moved._replace(judged=judged.image)
    frame = _frame(size, options, view)
    if picture is None and not options.is_flat:
        raise ValueError("this background needs a picture")
    behind = None if options.is_flat else picture
    composed = _composed(photo, behind, mask, mode, options, frame, view, cut_out=cut_out, moved=moved)
    flags = quality_flags.assess(
        moved.judged if moved else photo.image,
        composed if frame.size == size else composed.crop(_pixels(frame, size)),
        mask,
        boxes=moved.boxes if moved else boxes,
        mode=mode,
        background=options.background,
        cut_out=cut_out,
    )
    image = shown(composed, frame.rectangle, view, _fill(options))
    plain = image is not composed and options.is_flat and options.background != TRANSPARENT
    visible = None
    if mask is not None and (plain or options.output.preset):
        visible = shown(mask.point(_ONLY_VISIBLE), Canvas(size).rectangle, view, 0)
    if visible is not None and plain:
        # Scaling rings: beside a dark edge the plain background would be a shade off.
        image.paste(color(options.background), mask=visible.point(_NOTHING))
    format_ = format_for(photo.format, options)
    done = moved.done if moved else None
    packet = xmp_packet(replace(origin, by_hand=done.words) if done else origin)
    if options.output.preset is None:
        data, checks = encode(image, format_, options.output.quality, packet), None
    else:
        # Here: most jobs have no preset, and a cold start should not pay for them.
        from backdrop.imaging import marketplace

        preset = marketplace.preset_of(options.output.preset)
        data = encode(image, format_, options.output.quality or preset.quality, packet)
        checks = marketplace.check(data, preset, visible, enlarged)
    return Finished(data, format_, image.width, image.height, flags, checks, image, done)


_Fill = TypeVar("_Fill", Colour, int)


def shown(image: Image.Image, covers: Rectangle, view: View, fill: _Fill) -> Image.Image:
    """The view of an image; what lies beyond the image is `fill`.

    Args:
        image: of any size.
        covers: the rectangle that the image shows, in the view's plane.
        view: what to show.
        fill: of the image's mode.

    Returns:
        `image` itself when it is already the view, else a new image of the view's size.
    """
    if covers == view.window:
        return image if image.size == view.size else image.resize(view.size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    across = view.size[0] / (view.window[2] - view.window[0])
    down = view.size[1] / (view.window[3] - view.window[1])
    place = _inside(
        (
            round((covers[0] - view.window[0]) * across),
            round((covers[1] - view.window[1]) * down),
            round((covers[2] - view.window[0]) * across),
            round((covers[3] - view.window[1]) * down),
        ),
        view.size,
    )
    out = Image.new(image.mode, view.size, fill)
    if place[0] >= place[2] or place[1] >= place[3]:
        return out
    # Back from whole pixels of the view to the image's own: what is pasted is not stretched by the rounding.
    columns, rows = image.width / (covers[2] - covers[0]), image.height / (covers[3] - covers[1])
    source = (
        max(0.0, (view.window[0] + place[0] / across - covers[0]) * columns),
        max(0.0, (view.window[1] + place[1] / down - covers[1]) * rows),
        min(float(image.width), (view.window[0] + place[2] / across - covers[0]) * columns),
        min(float(image.height), (view.window[1] + place[3] / down - covers[1]) * rows),
    )
    size = (place[2] - place[0], place[3] - place[1])
    part = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, source, reducing_gap=3.0)
    out.paste(part, place[:2])
    return out


def _frame(size: tuple[int, int], options: Options, view: View) -> Canvas:
    """What subject and background are put together in."""
    if options.background == BACKDROP:
        return frame_for(size, view)
    return canvas_for(size, options.output) if outpaints(options) else Canvas(size)


def _composed(
    photo: Photo,
    picture: Image.Image | None,
    mask: Image.Image | None,
    mode: Mode,
    options: Options,
    frame: Canvas,
    view: View,
    *,
    cut_out: bool,
    moved: Moved | None,
) -> Image.Image:
    """Return subject and background together: RGB or RGBA of the frame's size."""
    if picture is not None and options.generates and mode is Mode.DEFAULT:
        rgb = picture.convert("RGB")
        return rgb if rgb.size == frame.size else rgb.resize(frame.size, Image.Resampling.LANCZOS)
    if mask is None:
        raise ValueError("compositing needs the subject's mask")
    if moved is not None:
        cut_out = moved.cut_out
    if picture is not None and options.backdrop is not None:
        if moved is not None:
            from backdrop.imaging.by_hand import lay_behind  # Here: few products are placed by hand.

            ground = lay_behind(picture, options.backdrop, moved)
        else:
            ground = _ground(picture, options.backdrop, mask, photo.image, frame, view)
        rim = options.backdrop.light.rim if options.backdrop.light else 0.0
        return composite_precise(photo.image, ground, mask, canvas=frame, cut_out=cut_out, empty=True, rim=rim)
    if picture is not None:
        return composite_precise(photo.image, picture.convert("RGB"), mask, canvas=frame, cut_out=cut_out)
    plain = None if options.background == TRANSPARENT else color(options.background)
    return composite_precise(photo.image, plain, mask, canvas=frame, cut_out=cut_out)


def _placed(
    photo: Photo, mask: Image.Image, view: View, placement: Placement, output: OutputOptions
) -> tuple[Photo, Image.Image, View]:
    """The photo and its mask at the scale in which they are seen, and what is seen of them and around them."""
    from backdrop.imaging.placement import shrink, stand  # Here: only jobs with a placement pay for it.

    box = subject_box_of(mask, (photo.width, photo.height))
    return shrink(photo, mask, stand(view, box, placement, enlarge=_size_asked(output)))


def _moved(
    photo: Photo,
    mask: Image.Image,
    view: View,
    by_hand: ByHand,
    options: Options,
    boxes: Sequence[Box],
    *,
    cut_out: bool,
) -> Moved:
    """The photo with its product where somebody put it."""
    from backdrop.imaging.by_hand import find_way, move  # Here: few products are placed by hand.

    size = (photo.width, photo.height)
    box = subject_box_of(mask, size)
    view, covers = scene_for(size, view, box, options)
    return move(photo, mask, find_way(view, box, by_hand), box, boxes, covers, cut_out=cut_out)


def scene_for(size: tuple[int, int], view: View, subject: Rectangle, options: Options) -> tuple[View, Rectangle]:
    """What the finished picture shows by the job's rule alone, and what a backdrop covers: both in the photo's pixels.

    Args:
        size: of the photo.
        view: from `framing.view_for`.
        subject: box of the product in the photo's pixels.
        options: of the image.
    """
    placement = options.backdrop.placement if options.backdrop else None
    if placement is None:
        return view, frame_for(size, view).rectangle
    from backdrop.imaging.placement import stand

    view = stand(view, subject, placement, enlarge=_size_asked(options.output))
    return view, view.window


def _size_asked(output: OutputOptions) -> bool:
    return output.preset is not None or output.width is not None or output.height is not None


def _ground(
    picture: Image.Image, backdrop: Backdrop, mask: Image.Image, photo: Image.Image, frame: Canvas, view: View
) -> Image.Image:
    """The backdrop behind the photo: RGB of the frame's size."""
    from backdrop.imaging.compositing.backdrop import lay  # Here: only jobs with a backdrop pay for it.

    if backdrop.placement is None:
        return lay(picture, frame, mask, photo, backdrop.shadow, light=backdrop.light)
    from backdrop.imaging.placement import window_of

    window = window_of(view)
    ground = lay(picture, window, mask, photo, backdrop.shadow, backdrop.placement.line, backdrop.light)
    if window == frame:
        return ground
    # What of the photo lies beyond the view is only judged, never seen.
    out = Image.new("RGB", frame.size)
    out.paste(ground, (frame.offset[0] - window.offset[0], frame.offset[1] - window.offset[1]))
    return out


def _toned(photo: Photo, picture: Image.Image, backdrop: Backdrop) -> Photo:
    """The photo in the backdrop's light, where that is asked for. It is judged by what it is then."""
    if backdrop.light is None or not backdrop.light.tone:
        return photo
    from backdrop.imaging.toning import tone  # Here: few jobs have it.

    return photo._replace(image=tone(photo.image, picture, backdrop.light.tone))


def _fill(options: Options) -> Colour:
    """What lies beyond the picture: a plain background simply goes on, a painted one gets the border's colour."""
    if options.background == TRANSPARENT:
        return _TRANSPARENT
    return color(options.background if options.is_flat else options.output.pad_color)


def subject_box_of(mask: Image.Image, size: tuple[int, int]) -> Rectangle:
    """Return the box of the product in a photo of that size, in its pixels; all of it for an empty mask."""
    from backdrop.imaging.marketplace import subject_box

    left, top, right, bottom = subject_box(mask)
    across, down = size[0] / mask.width, size[1] / mask.height
    return left * across, top * down, right * across, bottom * down


def _pixels(frame: Canvas, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where the photo lies in its frame."""
    left, top = frame.offset
    return left, top, left + size[0], top + size[1]


def _inside(box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    return max(0, box[0]), max(0, box[1]), min(size[0], box[2]), min(size[1], box[3])
