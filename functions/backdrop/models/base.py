"""What every model family looks like from outside.

A family says how it cuts out, how it paints and how it extends a frame; `models/plan.py` makes the passes of an image
of that. Nothing outside `models/` knows a family. Masks are "subject = keep" (255 = subject) everywhere; a family
converts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from backdrop.core.options import Options
from backdrop.core.vocabulary import Box, Doubt, Mode

if TYPE_CHECKING:
    from PIL import Image

    from backdrop.imaging.framing import Canvas


class PassOutput(StrEnum):
    """What a pass's answer is."""

    CUT_OUT = "CUT_OUT"
    """The photo with the background transparent: its alpha becomes the mask."""
    PICTURE = "PICTURE"
    """The photo with its new background."""


class PassInput(StrEnum):
    """What the image in a pass's request is."""

    PHOTO = "PHOTO"
    CANVAS = "CANVAS"
    """The photo on a canvas of the aspect asked for; just the photo where none is asked for."""
    PICTURE = "PICTURE"
    """The picture of the pass before."""


@dataclass(frozen=True)
class PassContext:
    """What a request is built from.

    Attributes:
        image: upright RGB, within the pass's `max_side`; what the pass's `input` says.
        mask: 8-bit grey of the same size, 255 = subject = keep; None for a pass that needs none.
        labels: names of the objects to keep, as Rekognition wrote them; may be empty.
        removed: names of the objects that were found and are not kept.
        boxes: where the kept objects are, as shares of the photo; may be empty.
        removed_boxes: where those are that are not kept.
        canvas: the frame asked for, in the image's pixels; None for a pass that does not extend the frame.
        source: `{"Key", "Sha256"}` of the photo.
    """

    image: Image.Image
    mask: Image.Image | None
    prompt: str
    negative_prompt: str
    mode: Mode
    seed: int
    labels: tuple[str, ...]
    removed: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    removed_boxes: tuple[Box, ...] = ()
    canvas: Canvas | None = None
    options: Options = field(default_factory=Options)
    source: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StagedRequest:
    """A request's body, and the part of it that a status file can hold.

    Attributes:
        body: JSON, at most 25,000,000 bytes.
        parameters: the body with each text of the job and each image replaced (an image by its SHA-256).
        answer_size: width and height of the picture the answer must have; None: those of the image sent.
    """

    body: bytes
    parameters: dict[str, Any]
    answer_size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Answer:
    """A model's picture, still encoded, the seed it says it used, and how far it doubts its own cut-out if it says."""

    image: bytes
    seed: int | None
    doubt: Doubt | None = None


class ModelPass(Protocol):
    """One InvokeModel call, or one run of the built-in cut-out."""

    @property
    def service_id(self) -> str:
        """Model or inference-profile id that Bedrock is called with; the catalogue's key."""

    @property
    def built_in(self) -> bool:
        """True for what Backdrop does itself: no model is called, no turn is taken, nothing is paid."""

    @property
    def output(self) -> PassOutput:
        """What the answer is."""

    @property
    def input(self) -> PassInput:
        """What the image in the request is."""

    @property
    def needs_mask(self) -> bool:
        """Whether the mask goes into the request."""

    @property
    def names_subject(self) -> bool:
        """Whether the kept labels' names say in the request what the subject is; where it is need not be known then."""

    @property
    def max_side(self) -> int:
        """Longest side in pixels of the image in the request, where the photo has more than `max_pixels`."""

    @property
    def max_pixels(self) -> int:
        """The most pixels of a photo that is sent as it is, whatever its sides, and loses nothing. 0: none is."""

    def request(self, context: PassContext) -> StagedRequest:
        """Build the body.

        Raises:
            BackdropError: when the model would refuse it; nothing has been paid then.
        """

    def read(self, response: Mapping[str, Any]) -> Answer:
        """Take the picture out of the answer.

        Raises:
            ModelRefused: the content filter declined.
            ResponseInvalid: there is no picture for another reason.
        """


@dataclass(frozen=True)
class Range:
    """A number a model takes."""

    least: float
    most: float
    default: float


@dataclass(frozen=True)
class Settings:
    """Which settings a family has. What it has not is said plainly: a job that asks for it is refused.

    Attributes:
        generates: whether it paints backgrounds at all.
        cfg_scale: how closely it follows the prompt; None: it has no such setting.
        qualities: quality levels, the default first; empty: it has none.
        styles: style presets; empty: it has none.
    """

    generates: bool = True
    cfg_scale: Range | None = None
    qualities: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()


class ModelAdapter(Protocol):
    """One model a job can choose. Its passes: see `models/plan.py`."""

    @property
    def model_id(self) -> str:
        """What a job names."""

    @property
    def family(self) -> str:
        """Name of the family, as AWS calls it."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Modes it can do."""

    @property
    def settings(self) -> Settings:
        """Settings it has."""

    @property
    def prompt_max_length(self) -> int:
        """The most characters that a prompt may have."""

    @property
    def negative_prompt_max_length(self) -> int:
        """The most characters that a negative prompt may have."""

    @property
    def seed_min(self) -> int:
        """Smallest seed that makes the picture reproducible."""

    @property
    def seed_max(self) -> int:
        """The largest seed that the model takes."""

    def needs_mask(self, mode: Mode) -> bool:
        """Whether painting needs a mask in this mode (PRECISE compositing needs one anyway)."""

    def cut_out(self) -> ModelPass | None:
        """The pass that makes the mask; None: the family has none, and the built-in cut-out serves."""

    def paint(self, masked: bool) -> ModelPass | None:
        """The pass that paints the background; `masked`: there is a mask. None: it paints nothing."""

    def extend(self) -> ModelPass | None:
        """The pass that paints beyond the frame of the picture; None: painting covers the whole canvas itself."""
