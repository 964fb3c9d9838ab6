"""Backdrops painted from words: a model paints a candidate at a time, and staff keep the one that they like.

A call is made once for the same words and seed: its answer is stored before anything else is done with it, and found
again by the request's hash. It is charged before it is made, and given back where it was surely not paid. Candidates
that nobody keeps go by the bucket's lifecycle, as the files of an abandoned draft do.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from PIL import Image

from backdrop.core import clock, keys, recipes
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import DRAFT_TAG
from backdrop.core.recipes import Painted
from backdrop.core.vocabulary import Generator
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop.imaging.lights import find_light
from backdrop.imaging.surfaces import find_surface
from backdrop.imaging.thumbnails import encode_thumbnail
from backdrop.jobs import backdrops, drafts
from backdrop.jobs.costs.spending import NoLimits, Spending
from backdrop.jobs.model import BackdropRow, Facts, is_candidate_id
from backdrop.jobs.ports import BackdropStore, Copy, ObjectStore
from backdrop.models import catalogue_data
from backdrop.models.bodies import open_answer, parse_response
from backdrop.models.painters import find_painter
from backdrop.models.painters.stable_image import StableImage
from backdrop.policy.prompts import Policies, PromptPolicy

_CLAIM_MS = 40_000
"""Longer than a call of the API may run."""

_UNPAID = frozenset({
    ErrorCode.MODEL_THROTTLED, ErrorCode.MODEL_UNAVAILABLE, ErrorCode.MODEL_QUOTA_EXCEEDED,
    ErrorCode.MODEL_ACCESS_DENIED, ErrorCode.MODEL_NOT_SERVED, ErrorCode.MODEL_REQUEST_INVALID,
})  # fmt: skip
"""What a call ends with that never came to the model. Of the others AWS does not say whether they are billed."""

_AGAIN = mark_phrase("Ask for the picture again in a minute: nothing was paid for it.")
_NEXT_STEPS = {
    ErrorCode.MODEL_THROTTLED: _AGAIN,
    ErrorCode.MODEL_UNAVAILABLE: _AGAIN,
    ErrorCode.MODEL_TIMED_OUT: mark_phrase(
        "Ask again, or choose another model. The call may have been paid, and counts as such."
    ),
    ErrorCode.MODEL_FAILED: mark_phrase("Ask with another seed, or choose another model. The call may have been paid."),
    ErrorCode.RESPONSE_INVALID: mark_phrase("Ask with another seed: this answer is of no use, and was paid."),
    ErrorCode.MODERATION_BLOCKED: mark_phrase("Ask with other words or another seed."),
}


class Words(NamedTuple):
    """What is to be painted. `model_id` None: the default painter's; `aspect`: one of `recipes.ASPECTS`."""

    prompt: str
    negative_prompt: str = ""
    model_id: str | None = None
    aspect: str = "1:1"
    seed: int | None = None


class Claims(Protocol):
    """Who makes a call right now. The handler's `aws.request_claims.RequestClaims`, by a caller's own word."""

    def claim(self, request: str, by: str, now_ms: int, until_ms: int) -> bool: ...
    def release(self, request: str, by: str) -> None: ...


@dataclass(frozen=True)
class Studio:
    """What painting works with.

    Attributes:
        call: Region, model id and body -> the answer's body; raises `BackdropError` with the code of what went wrong.
        screen: raises `ModerationBlocked` for a picture that must not be delivered.
        generator: what paints in this stack.
        region: the stack's own.
    """

    objects: ObjectStore
    bucket: str
    input_prefix: str
    claims: Claims
    call: Callable[[str, str, bytes], bytes]
    screen: Callable[[Image.Image], object]
    generator: Generator
    region: str
    prompt_policy: PromptPolicy = field(default_factory=Policies)
    spending: Spending = field(default_factory=NoLimits)
    now: Callable[[], datetime] = clock.now


@dataclass(frozen=True)
class Candidate:
    """A picture that was painted. `key`: of the JPEG; `surface`, `light`: as a backdrop's; `paid_usd`: what this call
    cost, 0 where it was there already."""

    id: str
    recipe: Painted
    key: str
    sha256: str
    bytes: int
    width: int
    height: int
    surface: float
    light: float | None = None
    paid_usd: float = 0.0


def paint(studio: Studio, user: drafts.User, words: Words) -> Candidate:
    """Paint a candidate, or return the one of the very same words and seed.

    Raises:
        BackdropError: `PROMPT_EMPTY`, `PROMPT_TOO_LONG`, `NEGATIVE_PROMPT_TOO_LONG`, `MODEL_UNKNOWN`,
            `SEED_OUT_OF_RANGE`, `OPTIONS_INVALID`, `PROMPT_BLOCKED`, `MODERATION_UNAVAILABLE`, `SPENDING_LIMIT`,
            `IMAGE_NOT_FINISHED` (it is being painted), `STORAGE_ERROR`: nothing was paid. `MODEL_...`,
            `RESPONSE_INVALID`, `MODERATION_BLOCKED`: there is no picture; the next step says whether it was paid.
    """
    painter = find_painter(words.model_id)
    words = _checked(painter, words)
    assert words.seed is not None
    body = painter.request(words.prompt, words.negative_prompt, words.aspect, words.seed)
    request_sha256 = hashlib.sha256(body).hexdigest()
    owner = keys.owner_hash(user.sub)
    id_ = _id_of(painter, request_sha256)
    beginning = keys.painting_key(studio.input_prefix, owner, id_)
    found = _read(studio, f"{beginning}.json")
    if found is not None:
        return _candidate(id_, beginning, json.loads(found))
    answer, paid = _read(studio, f"{beginning}.answer.json"), 0.0
    region = _region_of(studio, painter)
    if answer is None:
        studio.prompt_policy.check(words.prompt, words.negative_prompt)
        answer, paid = _answer(studio, painter, region, owner, id_, beginning, body), _price(painter)
    recipe = Painted(
        model_id=painter.model_id,
        region=region,
        prompt=words.prompt,
        negative_prompt=words.negative_prompt,
        seed=words.seed,
        aspect=words.aspect,
        generator=studio.generator,
        request_sha256=request_sha256,
        answer_sha256=hashlib.sha256(answer).hexdigest(),
        usd=_price(painter),
        painted_at=clock.iso(studio.now()),
    )
    try:
        picture = open_answer(painter.read(parse_response(answer)).image).convert("RGB")
        studio.screen(picture)
    except BackdropError as error:
        raise _explained(error) from error
    return replace(_store(studio, id_, beginning, picture, recipe), paid_usd=paid)


def keep(studio: Studio, store: BackdropStore, user: drafts.User, candidate_id: str) -> BackdropRow:
    """Keep a candidate as a backdrop, like one that was uploaded; a second time returns the same.

    Raises:
        BackdropError: `NOT_FOUND`: there is no such candidate of the user's; `INVALID_REQUEST`: there are too many
            backdrops; `STORAGE_ERROR`.
    """
    owner = keys.owner_hash(user.sub)
    beginning = keys.painting_key(studio.input_prefix, owner, candidate_id)
    found = _read(studio, f"{beginning}.json") if is_candidate_id(candidate_id) else None
    if found is None:
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            phrase("You have no such candidate."),
            phrase("Paint it again: candidates that nobody keeps expire."),
        )
    candidate = _candidate(candidate_id, beginning, json.loads(found))
    kept = store.backdrops(user.sub)
    if known := backdrops.find_made(kept, candidate.recipe):
        return known
    backdrops.check_room(kept)
    row = backdrops.begin_made(user, candidate.recipe, studio.input_prefix, studio.now())
    key = keys.backdrop_key(row.upload_key)
    copies = [Copy(candidate.key, key), Copy(keys.thumbnail_key(candidate.key), keys.thumbnail_key(key))]
    studio.objects.copy(studio.bucket, copies, "")
    facts = Facts(candidate.bytes, candidate.sha256, candidate.width, candidate.height, "JPEG", key)
    made = replace(row, facts=facts, surface=candidate.surface, light=candidate.light)
    store.put_backdrop(made)
    return made


def _checked(painter: StableImage, words: Words) -> Words:
    """The words, when the model takes them, with a seed."""
    prompt, negative = words.prompt.strip(), words.negative_prompt.strip()
    if not prompt:
        raise BackdropError(
            ErrorCode.PROMPT_EMPTY, phrase("Nothing says what to paint."), phrase("Describe the backdrop in words.")
        )
    for text, what, code in (
        (prompt, "prompt", ErrorCode.PROMPT_TOO_LONG),
        (negative, "negative prompt", ErrorCode.NEGATIVE_PROMPT_TOO_LONG),
    ):
        if len(text) > painter.prompt_max_length:
            raise BackdropError(
                code,
                phrase(
                    "The {what} has {text:,} characters; {model_id} takes at most {prompt_max_length:,}.",
                    what=what,
                    text=len(text),
                    model_id=painter.model_id,
                    prompt_max_length=painter.prompt_max_length,
                ),
            )
    seed = words.seed
    if seed is None:
        seed = painter.seed_min + secrets.randbelow(painter.seed_max - painter.seed_min + 1)
    if not painter.seed_min <= seed <= painter.seed_max:
        raise BackdropError(
            ErrorCode.SEED_OUT_OF_RANGE,
            phrase(
                "The seed is {seed:,}; {model_id} takes {seed_min:,} to {seed_max:,}.",
                seed=seed,
                model_id=painter.model_id,
                seed_min=painter.seed_min,
                seed_max=painter.seed_max,
            ),
        )
    return words._replace(prompt=prompt, negative_prompt=negative, seed=seed)


def _answer(
    studio: Studio, painter: StableImage, region: str, owner: str, id_: str, beginning: str, body: bytes
) -> bytes:
    """Make the call, and store its answer."""
    by = secrets.token_hex(8)
    now = studio.now()
    now_ms = int(now.timestamp() * 1000)
    if not studio.claims.claim(beginning, by, now_ms, now_ms + _CLAIM_MS):
        raise BackdropError(
            ErrorCode.IMAGE_NOT_FINISHED,
            phrase("This very picture is being painted by another call."),
            phrase("Ask again in a minute: it is not paid twice."),
        )
    # Every call has an account of its own: what is asked again after a call that may have been paid counts again.
    account = f"painting#{id_}#{by}"
    try:
        studio.spending.charge(account, owner, _price(painter), None, now, "The picture")
    except Exception:
        studio.claims.release(beginning, by)
        raise
    try:
        answer = studio.call(region, painter.model_id, body)
    except BackdropError as error:
        if error.code in _UNPAID:
            studio.spending.settle(account, 0.0)
        studio.claims.release(beginning, by)
        raise _explained(error) from error
    studio.objects.put(studio.bucket, f"{beginning}.answer.json", answer, "application/json", DRAFT_TAG)
    return answer


def _store(studio: Studio, id_: str, beginning: str, picture: Image.Image, recipe: Painted) -> Candidate:
    """Store what is shown of a candidate; last what is known of it, so that one that is found is whole."""
    jpeg = backdrops.encode(picture)
    key = f"{beginning}.jpg"
    put = studio.objects.put
    put(studio.bucket, key, jpeg, "image/jpeg", DRAFT_TAG)
    put(studio.bucket, keys.thumbnail_key(key), encode_thumbnail(picture), "image/jpeg", DRAFT_TAG)
    known = {
        "Recipe": recipes.to_dict(recipe),
        "Sha256": hashlib.sha256(jpeg).hexdigest(),
        "Bytes": len(jpeg),
        "Width": picture.width,
        "Height": picture.height,
        "Surface": find_surface(picture),
        "Light": find_light(picture),
    }
    put(studio.bucket, f"{beginning}.json", json.dumps(known).encode(), "application/json", DRAFT_TAG)
    return _candidate(id_, beginning, known)


def _candidate(id_: str, beginning: str, known: dict[str, Any]) -> Candidate:
    recipe = recipes.from_dict(known["Recipe"])
    assert isinstance(recipe, Painted)
    return Candidate(
        id=id_,
        recipe=recipe,
        key=f"{beginning}.jpg",
        sha256=known["Sha256"],
        bytes=known["Bytes"],
        width=known["Width"],
        height=known["Height"],
        surface=known["Surface"],
        light=known.get("Light"),
    )


def _read(studio: Studio, key: str) -> bytes | None:
    try:
        return studio.objects.get(studio.bucket, key, missing=ErrorCode.NOT_FOUND)
    except BackdropError as error:
        if error.code is ErrorCode.NOT_FOUND:
            return None
        raise


def _id_of(painter: StableImage, request_sha256: str) -> str:
    return hashlib.sha256(f"{painter.model_id} {request_sha256}".encode()).hexdigest()[:32]


def _region_of(studio: Studio, painter: StableImage) -> str:
    """The stack's own Region where it has the model, else the first that has."""
    served = catalogue_data.regions(painter.model_id)
    return studio.region if studio.region in served or not served else served[0]


def _price(painter: StableImage) -> float:
    return catalogue_data.usd_per_call(painter.model_id, None)


def _explained(error: BackdropError) -> BackdropError:
    """The error, of its own class, with the next step that fits somebody who waits for a backdrop."""
    error.next_step = _NEXT_STEPS.get(error.code, error.next_step)
    return error
