"""A user's backdrops, as the REST API answers them. No pydantic: their inspection uses these."""

from __future__ import annotations

from typing import Literal

from backdrop.api.schemas.photos import Error, PhotoStatus, Upload
from backdrop.api.schemas.wire import answer
from backdrop.core import recipes
from backdrop.core.vocabulary import Generator


@answer
class Recipe:
    """How a backdrop was made that nobody uploaded. GRADIENT: from the colour `top` to `bottom`. FLOOR: a `wall` that
    becomes a `floor` at `line`, a share of the height from the top. PAINTED: by the model `modelId` from `prompt`;
    `generator` says what really painted, `usd` what the call was listed at, and the hashes are of its bodies."""

    kind: recipes.Kind
    top: str | None = None
    bottom: str | None = None
    wall: str | None = None
    floor: str | None = None
    line: float | None = None
    model_id: str | None = None
    region: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    aspect: str | None = None
    generator: Generator | None = None
    request_sha256: str | None = None
    answer_sha256: str | None = None
    usd: float | None = None
    painted_at: str | None = None

    def chosen(self) -> recipes.Recipe:
        """The recipe as the service has it.

        Raises:
            BackdropError: `OPTIONS_INVALID`.
        """
        given = {name: value for name, value in vars(self).items() if value is not None}
        return recipes.from_dict({recipes.pascal(name): one for name, one in given.items()})


def show_recipe(recipe: recipes.Recipe) -> Recipe:
    """A recipe, with the fields of its kind."""
    return Recipe(kind=recipes.kind_of(recipe), **vars(recipe))


@answer
class Backdrop:
    """A picture of your own to stand behind products: as it is kept, upright and in sRGB. `uploadSha256`: of the file
    that was uploaded; `recipe`: how it was made, where none was; `surface`: share of its height, from the top, at which
    products stand on it: guessed, until you set it. `light`: degrees from which its light comes, as on a clock: 0 from
    above, -90 from the left, 90 from the right; guessed, and left out where none could be told. `shared`: everybody who
    may sign in sees it and may use it; `mine`: it is yours, and only you change, share or delete it; `sharedBy`: e-mail
    address of who shares it."""

    backdrop_id: str
    name: str
    status: Literal[PhotoStatus.UPLOADING, PhotoStatus.READY, PhotoStatus.REFUSED]
    created_at: str
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    upload_sha256: str | None = None
    picture_url: str | None = None
    thumbnail_url: str | None = None
    surface: float | None = None
    light: float | None = None
    recipe: Recipe | None = None
    shared: bool = False
    mine: bool = True
    shared_by: str | None = None
    error: Error | None = None


@answer
class Backdrops:
    """All of your backdrops, newest first, then those that others share."""

    backdrops: list[Backdrop]


@answer
class Candidate:
    """A picture that a model painted from words, which is kept when you say so. `paidUsd`: what this call of yours cost
    at the list price; 0 when the picture was there already."""

    candidate_id: str
    recipe: Recipe
    paid_usd: float
    width: int
    height: int
    picture_url: str
    thumbnail_url: str


@answer
class RegisteredBackdrop:
    """Where the picture may be uploaded now."""

    backdrop_id: str
    upload: Upload
