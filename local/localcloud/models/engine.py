"""What the model families share: one segmenter and one painter, behind plain pictures."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from localcloud.models.images import Alpha, Pixels
from localcloud.models.labels import Labeller
from localcloud.models.matting import subject_colours
from localcloud.models.named import named_alpha
from localcloud.models.scenes.compose import compose
from localcloud.models.scenes.own import OwnBackdrops, photographed
from localcloud.models.scenes.prompt import read_prompt
from localcloud.models.scenes.scene import Scene, paint
from localcloud.models.scenes.stance import Stance, stance_of
from localcloud.models.segmentation import Segmenter

# Larger pictures are worked on one at a time: two of 9 megapixels at once took more than a gigabyte.
LARGE_PIXELS = 5_000_000
# Where a subject would stand that is not there: a picture without one still needs a floor at a useful height.
_EMPTY_STAGE = Stance(top=0.3, bottom=0.8, cut_off=False, flat=0.0)


@dataclass(frozen=True)
class Engine:
    """Cuts subjects out and paints scenes behind them."""

    segmenter: Segmenter
    labeller: Labeller
    backdrops: OwnBackdrops
    _large: threading.Lock = field(default_factory=threading.Lock)

    def room_for(self, pixels: Pixels) -> AbstractContextManager[object]:
        """Return what is held while a large picture is worked on, so that there is one at a time; not to be nested."""
        large = pixels.shape[0] * pixels.shape[1] > LARGE_PIXELS
        return self._large if large else nullcontext()

    def cut_out(self, pixels: Pixels) -> tuple[Pixels, npt.NDArray[np.uint8]]:
        """The subject's colours (black where fully transparent) and its alpha, both 8 bits."""
        with self.room_for(pixels):
            alpha = self.segmenter.alpha(pixels)
            return subject_colours(pixels, alpha), (alpha * 255 + 0.5).astype(np.uint8)

    def repaint(
        self, pixels: Pixels, keep: Alpha, prompt: str, negative: str, seed: int, *, exact: bool = True
    ) -> Pixels:
        """A new picture of the same size: a scene from prompt and seed behind what `keep` (0..1) keeps.

        Pixels with keep = 1 are returned unchanged when `exact`; otherwise the scene's light may wrap
        around the subject's rim. The same arguments give the same picture on the same machine.
        """
        height, width = keep.shape
        with self.room_for(pixels):
            scene = self.scene(prompt, negative, seed, width, height, stance_of(keep))
            return compose(pixels, keep, subject_colours(pixels, keep), scene, exact=exact)

    def scene(
        self, prompt: str, negative: str, seed: int, width: int, height: int, stance: Stance | None = _EMPTY_STAGE
    ) -> Scene:
        """The scene of a prompt: the own backdrop photo that it names, or a painted one."""
        wish = read_prompt(prompt, negative)
        own = self.backdrops.named_in(prompt)
        if own is not None:
            return photographed(own, wish, width, height, stance)
        return paint(wish, seed, width, height, stance)

    def generate(self, prompt: str, negative: str, seed: int, width: int, height: int) -> Pixels:
        """A picture of a scene without a subject."""
        nothing = np.zeros((height, width), np.float32)
        empty = np.zeros((height, width, 3), np.uint8)
        with self.room_for(empty):
            return compose(empty, nothing, empty, self.scene(prompt, negative, seed, width, height), exact=True)

    def named(self, pixels: Pixels, words: str) -> Alpha:
        """Alpha (H x W, 0..1) of what `words` name; see `named_alpha`."""
        return named_alpha(pixels, words, self.segmenter, self.labeller)
