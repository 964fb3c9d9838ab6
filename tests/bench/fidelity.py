"""`python -m tests.bench.fidelity`: are the product's pixels untouched, and is the old background gone from its edge?

Each sample photo gets a background that differs strongly from its own, as a model's picture would show it: at most
2048 px, with the model's version of the subject in it. `--crops FOLDER` also writes pieces of the rims at 100 %.

- identical: share of the photo's pixels inside the eroded mask that are the same in the finished PNG.
- JPEG: largest and mean difference there after the JPEG encoder.
- edge error: mean absolute difference (levels of 255) in the soft band to the ideal composite, which has the true
  alpha, the subject's own colour and the new background's.
- halo: how much of the old background's colour is left in the band, as a share of what plain compositing leaves;
  0 = none, 1 = as if nothing was done, negative = too much taken out.

A photo alone does not tell the subject's own colour on a soft edge: there it is taken from the nearest pixel that is
surely the subject's. `known` are the same photos with subjects and backgrounds whose colours are known everywhere
(each subject continued outwards, on another sample's background). `cut-out` uses the built-in cut-out's mask in place
of the true one: then most of the edge's error is the mask's.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.photos import open_photo
from backdrop_cutout.segmentation import CutOut
from tests.bench.samples import SAMPLES, SMALLEST, all_names

_MODEL_SIDE = 2048
_ERODED = 9
"""Pixels: side of the square that the mask is eroded by."""
_JPEG_QUALITY = 95
_SMALLEST_SIDE = 640

_COLUMNS = ("edge error", "plain", "halo")

_Bytes = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """A photo whose ideal composite is known.

    Attributes:
        photo: H x W x 3, the old background behind the subject.
        alpha: H x W, the truth.
        subject, old, new: H x W x 3, the colours of the subject and of both backgrounds, continued everywhere.
    """

    photo: _Bytes
    alpha: _Bytes
    subject: _Bytes
    old: _Bytes
    new: _Bytes

    @property
    def ideal(self) -> _Floats:
        """The subject over the new background, by the true alpha."""
        return _mixed(self.subject, self.new, self.alpha)

    def picture(self, mask: Image.Image) -> Image.Image:
        """What a model would answer: the new background and a soft version of the subject."""
        scale = min(1.0, _MODEL_SIDE / max(mask.size))
        size = (round(mask.width * scale), round(mask.height * scale))
        photo, new = (Image.fromarray(each).resize(size, Image.Resampling.BICUBIC) for each in (self.photo, self.new))
        soft = mask.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1))
        return Image.composite(photo, new, soft)


@dataclass(frozen=True)
class Edge:
    """Of one composite."""

    error: float
    halo: float


def run(out: TextIO, crops: Path | None = None, *, cut_outs: bool = True, smallest: bool = False) -> None:
    """Write the tables; `crops` is a folder for pieces of the rims."""
    names = [SMALLEST] if smallest else all_names()
    segmenter = _cut_out() if cut_outs else None
    side = _SMALLEST_SIDE if smallest else None
    out.write(
        "| photo | identical | JPEG largest | JPEG mean | edge error | plain | halo | known: edge error | plain |"
    )
    out.write(" halo | cut-out: edge error | plain | halo |\n|---" + "|---:" * 12 + "|\n")
    for name, other in zip(names, names[1:] + names[:1], strict=True):
        case = real_case(name, side)
        result = compose(case, case.alpha)
        same, largest, mean = fidelity(case, result)
        cells = [f"{same:.2%}", f"{largest}", f"{mean:.2f}", *_edges(case, case.alpha, result)]
        known = known_case(case, other)
        cells += _edges(known, known.alpha, compose(known, known.alpha))
        if segmenter is not None:
            found = np.asarray(segmenter.alpha(case.photo) * 255 + 0.5, np.uint8)
            # What of the error is a halo and what the mask's can't be told apart here.
            cells += _edges(case, found, compose(case, found))[:2]
        out.write(f"| {name} | " + " | ".join(cells) + " |\n")
        out.flush()
        if crops is not None:
            _write_crops(crops, name, case, result)


def real_case(name: str, side: int | None = None) -> Case:
    """A sample photo, of at most `side` pixels; what it does not tell is continued from the nearest place that does."""
    photo = np.asarray(open_photo((SAMPLES / "photos" / f"{name}.jpg").read_bytes(), side).image)
    with Image.open(SAMPLES / "alpha" / f"{name}.alpha.png") as truth:
        alpha = np.asarray(truth.convert("L").resize((photo.shape[1], photo.shape[0])))
    subject, old = continued(photo, alpha >= 253), continued(photo, alpha <= 2)
    return Case(photo, alpha, subject, old, backdrop(old, alpha))


def known_case(case: Case, other: str) -> Case:
    """The same subject on the background of another sample, so that every colour is known."""
    height, width = case.alpha.shape
    photo = open_photo((SAMPLES / "photos" / f"{other}.jpg").read_bytes()).image.resize((width, height))
    old = np.asarray(photo)
    mixed = np.asarray(_mixed(case.subject, old, case.alpha) + 0.5, np.uint8)
    return Case(mixed, case.alpha, case.subject, old, backdrop(old, case.alpha))


def backdrop(old: _Bytes, alpha: _Bytes) -> _Bytes:
    """A background far from the old one near the subject: dark for light and light for dark, of the other hue."""
    height, width = alpha.shape
    band = (cv2.dilate(alpha, np.ones((15, 15), np.uint8)) > 0) & (alpha < 255)
    near = old[band].mean(axis=0)
    colour = np.where(near > 127, near * 0.25, 255 - (255 - near) * 0.25)[::-1]
    # Soft forms and a little grain, as a picture of a room out of focus has.
    random = np.random.default_rng(7)
    forms = cv2.resize(random.normal(0, 14, (9, 12, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.resize(random.normal(0, 5, (height // 3, width // 3, 3)), (width, height))
    return np.asarray(np.clip(colour + forms + grain, 0, 255), np.uint8)


def continued(picture: _Bytes, known: npt.NDArray[np.bool_]) -> _Bytes:
    """`picture` where it is known; elsewhere a mean of the known pixels nearest to the place."""
    unknown = (~known).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(unknown, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    values = np.zeros((int(labels.max()) + 1, 3), np.uint8)
    values[labels[known]] = np.asarray(cv2.blur(picture, (3, 3)), np.uint8)[known]
    filled: _Bytes = np.array(cv2.blur(values[labels], (5, 5)), np.uint8)
    filled[known] = picture[known]
    return filled


def compose(case: Case, mask: _Bytes) -> _Bytes:
    """The product's composite."""
    grey = Image.fromarray(mask)
    return np.asarray(composite_precise(Image.fromarray(case.photo), case.picture(grey), grey))


def plain(case: Case, mask: _Bytes) -> _Bytes:
    """The peer: alpha compositing of the photo's own pixels over the enlarged picture."""
    grey = Image.fromarray(mask)
    photo = Image.fromarray(case.photo)
    picture = case.picture(grey).resize(photo.size, Image.Resampling.LANCZOS)
    return np.asarray(Image.composite(photo, picture, grey))


def fidelity(case: Case, result: _Bytes) -> tuple[float, int, float]:
    """Share of identical pixels inside the eroded mask in PNG; largest and mean difference there in JPEG."""
    inside = cv2.erode(case.alpha, np.ones((_ERODED, _ERODED), np.uint8)) == 255
    stored = _through(result, "PNG")[inside]
    jpeg = _through(result, "JPEG", quality=_JPEG_QUALITY, subsampling=0)[inside]
    photo = case.photo[inside]
    difference = np.abs(jpeg.astype(np.int16) - photo)
    return float((stored == photo).all(axis=1).mean()), int(difference.max()), float(difference.mean())


def edge(case: Case, result: _Bytes) -> Edge:
    """Measured where the true alpha is soft."""
    soft = (case.alpha > 4) & (case.alpha < 251)
    share = case.alpha[soft].astype(np.float32)[:, None] / 255
    difference = result[soft].astype(np.float32) - case.ideal[soft]
    apart = case.old[soft].astype(np.float32) - case.subject[soft]
    left_by_plain = share * (1 - share) * apart
    halo = float((difference * left_by_plain).sum() / max(1.0, float((left_by_plain**2).sum())))
    return Edge(float(np.abs(difference).mean()), halo)


def _edges(case: Case, mask: _Bytes, result: _Bytes) -> list[str]:
    ours, peer = edge(case, result), edge(case, plain(case, mask))
    return [f"{ours.error:.1f}", f"{peer.error:.1f}", f"{ours.halo:+.2f}"]


def _mixed(subject: _Bytes, background: _Bytes, alpha: _Bytes) -> _Floats:
    share = alpha.astype(np.float32)[..., None] / 255
    return np.asarray(subject * share + background * (1 - share), np.float32)


def _through(pixels: _Bytes, format_: str, **options: int) -> _Bytes:
    """Encoded and decoded again."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format_, **options)
    return np.array(Image.open(out).convert("RGB"), np.uint8)


def _write_crops(folder: Path, name: str, case: Case, result: _Bytes) -> None:
    """Four places of the rim: the photo, plain compositing, ours and the ideal beside each other."""
    folder.mkdir(parents=True, exist_ok=True)
    peer, ideal = plain(case, case.alpha), np.clip(case.ideal + 0.5, 0, 255).astype(np.uint8)
    rows, columns = np.nonzero((case.alpha > 60) & (case.alpha < 200))
    side, strips = 160, []
    for share in (0.15, 0.4, 0.6, 0.85):
        place = int(len(rows) * share)
        top = int(np.clip(rows[place] - side // 2, 0, case.alpha.shape[0] - side))
        left = int(np.clip(columns[place] - side // 2, 0, case.alpha.shape[1] - side))
        pieces = [each[top : top + side, left : left + side] for each in (case.photo, peer, result, ideal)]
        strips.append(np.hstack(pieces))
    Image.fromarray(np.vstack(strips)).save(folder / f"{name}.png")


def _cut_out() -> CutOut:
    # Here, since the networks are large and not needed without the cut-outs.
    from backdrop_cutout.network import Network
    from localcloud.models.weights import ensure

    return CutOut(Network(ensure().segmentation, 2))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fidelity")
    parser.add_argument("--crops", type=Path, help="folder for pieces of the rims: photo, plain, ours, ideal")
    parser.add_argument("--no-cut-outs", action="store_true", help="only the true masks")
    parser.add_argument("--smallest", action="store_true", help="one photo")
    options = parser.parse_args(arguments)
    run(sys.stdout, options.crops, cut_outs=not options.no_cut_outs, smallest=options.smallest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
