"""What the model families share: one segmenter and one painter, behind plain pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from localcloud.models.images import Alpha, Pixels
from localcloud.models.matting import subject_colours
from localcloud.models.scenes.compose import compose
from localcloud.models.scenes.prompt import read_prompt
from localcloud.models.scenes.scene import paint
from localcloud.models.scenes.stance import stance_of
from localcloud.models.segmentation import Segmenter


@dataclass(frozen=True)
class Engine:
    """Cuts subjects out and paints scenes behind them."""

    segmenter: Segmenter

    def cut_out(self, pixels: Pixels) -> tuple[Pixels, npt.NDArray[np.uint8]]:
        """The subject's colours (black where fully transparent) and its alpha, both 8 bits."""
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
        stance = stance_of(keep)
        wish = read_prompt(prompt, negative)
        scene = paint(wish, seed, width, height, stance)
        return compose(pixels, keep, subject_colours(pixels, keep), scene, exact=exact)
