"""A shop's own backdrop photos, used when a prompt names one of their files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from localcloud.models.errors import invalid
from localcloud.models.images import ImageProblem, covering, decode
from localcloud.models.scenes.noise import blurred
from localcloud.models.scenes.prompt import Wish
from localcloud.models.scenes.scene import WORKING_SIDE, Scene
from localcloud.models.scenes.stance import Stance

FORMATS = ("JPEG", "PNG", "WEBP")
_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})
# "backdrop: shop-table", up to a comma, a full stop or a line's end.
_EXPLICIT = re.compile(r"\bbackdrop:\s*([^,.;\n]+)", re.IGNORECASE)
# Share of `Wish.blur`: an own photo is out of focus behind the subject, but still that photo.
_BLUR = 0.14


@dataclass(frozen=True)
class OwnBackdrops:
    """A folder of JPEG, PNG or WebP photos; it may be missing, and is looked at anew for each prompt."""

    folder: Path

    def named_in(self, prompt: str) -> Path | None:
        """The photo that a prompt names: "backdrop: shop-table", or the words "shop table" anywhere in it.

        Of several the longest name wins. Raises ValidationException where "backdrop:" names none of them.
        """
        names = {_words(path.stem): path for path in self._files()}
        explicit = _EXPLICIT.search(prompt)
        if explicit:
            asked = _words(Path(explicit.group(1).strip()).stem) or _words(explicit.group(1))
            found = _longest(asked, names)
            if found is None:
                known = ", ".join(sorted(path.stem for path in names.values())) or "none"
                raise invalid(
                    f"prompt: there is no backdrop photo {explicit.group(1).strip()[:60]!r}; this local stand-in has"
                    f" {known} (files in the folder that BACKDROP_BACKDROPS names)"
                )
            return found
        return _longest(_words(prompt), names)

    def _files(self) -> Sequence[Path]:
        if not self.folder.is_dir():
            return ()
        return sorted(path for path in self.folder.iterdir() if path.is_file() and path.suffix.lower() in _ENDINGS)


def _words(text: str) -> str:
    """Lower-case words of letters and digits with one blank between."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _longest(text: str, names: dict[str, Path]) -> Path | None:
    inside = [name for name in names if name and f" {name} " in f" {text} "]
    return names[max(inside, key=len)] if inside else None


def photographed(path: Path, wish: Wish, width: int, height: int, stance: Stance | None) -> Scene:
    """The photo as a scene for a picture of `width` x `height`: cropped, never stretched, slightly out of focus.

    Raises ValidationException when the file is no readable photo.
    """
    scale = min(1.0, WORKING_SIDE / max(width, height))
    w, h = max(8, round(width * scale)), max(8, round(height * scale))
    try:
        picture = decode(path.read_bytes(), FORMATS, upright=True, side=max(w, h))
    except (ImageProblem, OSError) as problem:
        raise invalid(f"prompt: the backdrop photo {path.name!r} cannot be used: {problem}") from problem
    image = blurred(covering(picture.pixels, w, h).astype(np.float32) / 255, w * wish.blur * _BLUR)
    grounded = stance is not None and not stance.cut_off
    return Scene(np.clip(image, 0, 1), wish, 0.0, stance, grounded=grounded)
