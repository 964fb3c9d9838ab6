"""Which of a photo's objects some words name: the classifier looks at each segmented object and the best fit wins."""

from __future__ import annotations

import re
from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.regions import Box
from localcloud.models.images import Alpha, Pixels, shrink
from localcloud.models.labels import Labeller, Vocabulary
from localcloud.models.rekognition import WORKING_SIDE
from localcloud.models.segmentation import Segmenter, parts

# Words that mean everything but the subject.
_BACKGROUND = re.compile(r"\b(?:background|backdrop|backgrounds|surroundings|scenery)\b")
# What comes after these words tells where the thing is, not what it is.
_WHERE = re.compile(r"\b(?:on|in|at|with|under|behind|near|beside|from|next|against)\b")
# A class probability that says "this may be it", and the share of the best object's that says "this one too".
_POSSIBLE = 0.04
_ALSO = 0.35


def means_background(words: str) -> bool:
    """Whether `words` ask for the background rather than for an object."""
    return bool(_BACKGROUND.search(words.lower()))


def named_alpha(pixels: Pixels, words: str, segmenter: Segmenter, labeller: Labeller) -> Alpha:
    """Alpha (H x W, 0..1) of the objects that `words` name, as in "the coffee mug and the bottle".

    All of the main subject where it is one piece, or where none of its objects fits any of the words: what the
    classifier has no name for can still be the thing that was meant.
    """
    alpha = segmenter.alpha(pixels)
    height, width = alpha.shape
    scale = min(1.0, WORKING_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = parts(shrink(alpha, *size))
    if len(found) < 2:
        return alpha
    chosen = _chosen(small, words, found, labeller)
    if not chosen or len(chosen) == len(found):
        return alpha
    return _only(alpha, [mask for index, (_, mask) in enumerate(found) if index in chosen], found)


def _chosen(pixels: Pixels, words: str, found: list[tuple[Box, Alpha]], labeller: Labeller) -> set[int]:
    """Numbers of the objects that one of the things named in `words` fits."""
    probabilities = [labeller.probabilities(pixels, box, mask) for box, mask in found]
    chosen: set[int] = set()
    for phrase in re.split(r"\band\b|\bor\b|,|;|/|&|\+", words.lower()):
        classes = classes_named(phrase, labeller.vocabulary)
        if not len(classes):
            continue
        scores = [float(each[classes].sum()) for each in probabilities]
        best = max(scores)
        if best >= _POSSIBLE:
            chosen |= {index for index, score in enumerate(scores) if score >= max(_POSSIBLE, _ALSO * best)}
    return chosen


def classes_named(phrase: str, vocabulary: Vocabulary) -> npt.NDArray[np.intp]:
    """Return ImageNet classes that a phrase can mean: a class, its term, or one of the term's aliases or parents is in
    it."""
    tokens = _tokens(_WHERE.split(phrase)[0])
    return np.array(
        [index for index in range(len(vocabulary.class_names)) if _fits(tokens, _names(index, vocabulary))], np.intp
    )


def _names(index: int, vocabulary: Vocabulary) -> Iterable[str]:
    yield vocabulary.class_names[index]
    term = vocabulary.term_of(index)
    if term is not None:
        yield from (term.name, *term.aliases, *term.parents)


def _fits(tokens: list[str], names: Iterable[str]) -> bool:
    """Whether a whole name is in the phrase, or the phrase's last word is what a name is about ("bottle" in
    "wine bottle")."""
    for name in names:
        wanted = _tokens(name)
        if wanted and (set(wanted) <= set(tokens) or wanted[-1] == (tokens or [""])[-1]):
            return True
    return False


def _tokens(text: str) -> list[str]:
    """Lower-case words in the singular, near enough to compare."""
    words = re.findall(r"[a-z]+", text.lower())
    return [word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words]


def _only(alpha: Alpha, chosen: list[Alpha], found: list[tuple[Box, Alpha]]) -> Alpha:
    """Return `alpha` without the objects that were not chosen; a soft edge goes with the object next to it."""
    height, width = alpha.shape
    wanted = np.maximum.reduce(chosen) > 0
    others = np.maximum.reduce([mask for _, mask in found]) > 0
    others &= ~wanted
    to_wanted = cv2.distanceTransform((~wanted).astype(np.uint8), cv2.DIST_L2, 3)
    to_others = cv2.distanceTransform((~others).astype(np.uint8), cv2.DIST_L2, 3)
    near = (to_wanted <= to_others).astype(np.float32)
    return np.asarray(alpha * cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
